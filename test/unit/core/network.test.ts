import { deepEqual, equal } from 'node:assert/strict'
import { localEndpoint, mainnet, namedLocal, readNetworks } from '../../../src/core/network.js'
import { untranslated } from '../../../src/shared/translate.js'

const read = (setting: unknown) => readNetworks(setting, untranslated)
const names = (setting: unknown) => read(setting).networks.map(({ name }) => name)

describe('networks', () => {
  it('are mainnet and the local node without a setting', () => {
    deepEqual(names(undefined), ['mainnet', 'local'])
    equal(read([]).initial, mainnet)
  })

  it('of the setting come between, the first of them active at first', () => {
    const setting = [{ name: 'My Node', url: ['https://a.example/', 'https://b.example/x/'] }]
    const { networks, initial, problems } = read(setting)
    deepEqual(names(setting), ['mainnet', 'My Node', 'local'])
    equal(initial, networks[1])
    deepEqual(initial, {
      id: 'my-node',
      name: 'My Node',
      endpoints: ['https://a.example', 'https://b.example/x'],
      isDevelopment: false,
    })
    deepEqual(problems, [])
  })

  it('of the setting can be the local node itself', () => {
    deepEqual(names([{ name: 'local', url: 'http://127.0.0.1:5000', development: true }]), ['mainnet', 'local'])
    deepEqual(names([{ name: 'mine', url: 'http://127.0.0.1:4024/', development: true }]), ['mainnet', 'mine'])
  })

  it('have the local node where it runs, unless a setting names it or its place', () => {
    const at = (setting: unknown) => readNetworks(setting, untranslated, localEndpoint(4031)).networks
    const node = at(undefined).at(-1)
    deepEqual([node?.id, node?.endpoints, node?.isLocalNode], ['local', ['http://127.0.0.1:4031'], true])
    equal(namedLocal(at(undefined)), undefined)
    const usual = at([{ name: 'usual', url: 'http://127.0.0.1:4024' }])
    deepEqual(
      usual.map(({ name }) => name),
      ['mainnet', 'usual', 'local'],
    )
    const here = at([{ name: 'mine', url: 'http://127.0.0.1:4031' }])
    deepEqual(
      here.map(({ name }) => name),
      ['mainnet', 'mine'],
    )
    const named = at([{ name: 'Local', url: 'http://127.0.0.1:9', development: true }])
    equal(namedLocal(named), named[1])
    equal(named.length, 2)
  })

  for (const [what, entry] of Object.entries({
    'no object': 7,
    'no name': { url: 'https://a.example' },
    'a name without a letter': { name: '…', url: 'https://a.example' },
    'the name of mainnet': { name: 'Mainnet', url: 'https://a.example' },
    'plain http to elsewhere': { name: 'a', url: 'http://a.example' },
    'a host that only looks local': { name: 'a', url: 'http://127.0.0.1.evil.example' },
    'a password in its address': { name: 'a', url: 'https://me:secret@a.example' },
    'no address': { name: 'a', url: 'a.example' },
    'one broken address of two': { name: 'a', url: ['https://a.example', 'x'] },
    'development accounts elsewhere': { name: 'a', url: 'https://a.example', development: true },
  }))
    it(`leave out and name an entry with ${what}`, () => {
      const { networks, initial, problems } = read([entry])
      deepEqual(
        networks.map(({ name }) => name),
        ['mainnet', 'local'],
      )
      equal(initial, mainnet)
      equal(problems.length, 1)
    })
})
