// Whatever a program passes by mistake, it hears of it as INVALID_INPUT before anything is asked, signed or shown.
import { strict as assert } from 'node:assert'
import { inspect } from 'node:util'
import * as api from '../../../src/client/index.js'
import {
  AddressAccount,
  AlephHttpClient,
  checksumAddress,
  ETHAccount,
  namespaced,
  SOLAccount,
  type AlephError,
} from '../../../src/client/index.js'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { developmentAccount, developmentKey } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch } from '../../helpers/fakes.js'

const key = developmentKey(7)
const hash = 'ab'.repeat(32)
const envelope = {
  ...{ sender: `0x${'12'.repeat(20)}`, chain: 'ETH', type: 'POST', item_type: 'inline', signature: '0x', time: 1 },
  ...{ item_content: '{}', item_hash: sha256Hex(new TextEncoder().encode('{}')) },
}

const garbage: readonly (readonly [name: string, value: unknown])[] = [
  ['null', null],
  ['a number', 5],
  ['NaN', NaN],
  ['true', true],
  ['a symbol', Symbol('x')],
  ['a function', () => 5],
  ['a bigint', 5n],
  ['a key in the wrong place', [key]],
  ['an object that is no text', { toString: 1 }],
  ['an object of a key', { [key]: key }],
  ['a Promise', Promise.resolve(key)],
]

/** Also what throws at once, and what fails only when it is iterated. */
async function outcome(call: () => unknown): Promise<unknown> {
  const result = await call()
  const iterable = result as AsyncIterable<unknown> | undefined
  if (typeof iterable === 'object' && iterable !== null && Symbol.asyncIterator in iterable)
    for await (const _ of iterable) return undefined
  return result
}

function assertRefused(error: unknown, codes: readonly string[], about = ''): void {
  assert.ok(api.isAlephError(error), `${about}: ${String((error as Error)?.stack ?? error)}`)
  assert.ok(codes.includes((error as AlephError).code), `${about}: ${error.code}: ${error.message}`)
  assert.ok(!inspect(error, { depth: 9 }).includes(key.slice(10)), `${about}: the key is in the error`)
  assert.ok(error.message.length <= 500)
}

describe('garbage as an argument', () => {
  let account: ETHAccount
  let asked = 0
  const client = () =>
    new AlephHttpClient({
      endpoints: 'https://node.example',
      account,
      clock: new FakeClock(),
      retries: 0,
      webSocket: null,
      fetch: fakeFetch(() => {
        asked++
        return { status: 404, body: '' }
      }),
      upload: async () => assert.fail('uploaded'),
    })
  before(async () => (account = await developmentAccount(0)))

  type Arguments = readonly unknown[]
  /** Arguments that would do; each is replaced by garbage in its turn. */
  const calls: Record<string, Arguments> = {
    'storage.store': [1, {}],
    'storage.canStore': [[1], {}],
    'storage.get': [hash, {}],
    'storage.storeFile': [new Uint8Array(3), {}],
    'storage.getFile': [hash, {}],
    'storage.getIPFSHash': [hash, {}],
    'storage.fileInfo': [hash, {}],
    'storage.fileHash': [new Uint8Array(1), { engine: 'storage' }],
    'storage.downloadTo': [hash, '/nowhere/x', {}],
    'storage.query': [{}],
    'storage.forgetFile': [hash, {}],
    'ipfs.cid': [new Uint8Array(1), {}],
    'ipfs.pin': [`Qm${'a'.repeat(44)}`, {}],
    'ipfs.gatewayUrl': [`Qm${'a'.repeat(44)}`, {}],
    'ipfs.get': [`Qm${'a'.repeat(44)}`, {}],
    'ipfs.downloadTo': [`Qm${'a'.repeat(44)}`, '/nowhere/x', {}],
    'ipfs.addFolder': [[], {}],
    'messages.get': [hash, {}],
    'messages.list': [{}, {}],
    'messages.status': [hash, {}],
    'messages.statuses': [[hash], {}],
    'messages.resend': [envelope, {}],
    'messages.forget': [hash, {}],
    'messages.amend': [hash, 1, {}],
    'messages.watch': [{}, {}],
    'aggregate.keys': [{}],
    'aggregate.get': ['users', 'ann', {}],
    'aggregate.merge': ['users', { a: 1 }, {}],
    'aggregate.create': ['users', 1, { key: 'a' }],
    'aggregate.update': ['users', 'a', 1, {}],
    'aggregate.delete': ['users', 'a', {}],
    'aggregate.deleteAll': ['users', {}],
    'aggregate.history': ['users', {}],
    'aggregate.forgotten': [`0x${'12'.repeat(20)}`, {}],
    'aggregate.query': ['users', {}],
    'address.balance': [`0x${'12'.repeat(20)}`, {}],
    'address.files': [`0x${'12'.repeat(20)}`, {}],
    'address.credits': [`0x${'12'.repeat(20)}`, {}],
    'address.creditHistory': [`0x${'12'.repeat(20)}`, {}],
    'address.costs': [`0x${'12'.repeat(20)}`, {}],
    'ethereum.connect': [{}],
    cost: [{ sizeBytes: 1 }, {}],
    batch: [[], {}],
  }
  /** JSON values, in whose place much of the garbage is fine; and a batch tells of every item apart. */
  const values = 'storage.store 0, messages.amend 1, aggregate.create 1, aggregate.update 2, aggregate.merge 1, batch 0'
  /** Hashes of what may not exist, for which every malformed one is not found. */
  const lookups = /^(storage\.(get|getFile|getIPFSHash|fileInfo|downloadTo|forgetFile)|messages\.(get|status)) 0$/

  const find = (aleph: AlephHttpClient, name: string) => {
    const [space = '', call] = name.split('.')
    const owner = aleph as unknown as Record<string, unknown>
    if (call === undefined) return (owner[space] as (...given: unknown[]) => unknown).bind(aleph)
    return (owner[space] as Record<string, (...given: unknown[]) => unknown>)[call]
  }

  it('is tried on every call of a client', () => {
    const aleph = client()
    const spaces = Object.entries(aleph).flatMap(([space, value]) =>
      typeof value === 'function' ? [space] : Object.keys(value as object).map(name => `${space}.${name}`),
    )
    assert.deepEqual([...spaces, 'cost'].sort(), Object.keys(calls).sort())
  })

  for (const [name, fine] of Object.entries(calls))
    it(`is INVALID_INPUT for ${name}, and nothing is asked`, async () => {
      for (const [at] of fine.entries())
        for (const [what, value] of garbage) {
          const place = `${name} ${at}`
          if (values.split(', ').includes(place)) continue
          const given = fine.map((each, i) => (i === at ? value : each))
          asked = 0
          let error: unknown
          try {
            await outcome(() => find(client(), name)?.(...given))
          } catch (caught) {
            error = caught
          }
          assert.ok(error !== undefined, `${place} takes ${what}`)
          assertRefused(
            error,
            ['INVALID_INPUT', ...(lookups.test(place) ? ['NOT_FOUND'] : [])],
            `${place} with ${what}`,
          )
          assert.equal(asked, 0, `${place} asks with ${what}`)
        }
    })

  it('is INVALID_INPUT for a signal that is none, in every call with options', async () => {
    for (const [name, fine] of Object.entries(calls)) {
      if (name === 'ipfs.gatewayUrl') continue
      const options = { ...(fine.at(-1) as object), signal: {} }
      await assert.rejects(
        outcome(() => find(client(), name)?.(...fine.slice(0, -1), options)),
        (error: AlephError) => {
          assert.equal(error.code, 'INVALID_INPUT', name)
          assert.match(error.message, /AbortSignal/, name)
          return true
        },
      )
    }
  })

  const functions: Record<string, (value: never) => unknown> = {
    checksumAddress,
    namespaced,
    'namespaced()': namespaced('app') as never,
    'AddressAccount.fromAddress': value => AddressAccount.fromAddress(value),
    'ETHAccount.fromPrivateKey': value => ETHAccount.fromPrivateKey(value),
    'ETHAccount.fromMnemonic': value => ETHAccount.fromMnemonic(value),
    'ETHAccount.fromMnemonic, path': value => ETHAccount.fromMnemonic('test test test', value),
    'ETHAccount.fromKeystore': value => ETHAccount.fromKeystore(value, 'x'),
    'ETHAccount.fromKeystore, password': value => ETHAccount.fromKeystore('{}', value),
    'ETHAccount.fromKeystore, options': value => ETHAccount.fromKeystore('{}', 'x', value),
    'SOLAccount.fromPrivateKey': value => SOLAccount.fromPrivateKey(value),
    'new AlephHttpClient': value => new AlephHttpClient(value),
    ...Object.fromEntries(
      'endpoints account channel tags provider gateways contacts webSocket retries onEvent fetch upload clock random'
        .split(' ')
        .map(name => [`new AlephHttpClient, ${name}`, (value: never) => new AlephHttpClient({ [name]: value })]),
    ),
  }
  /** What is no garbage there. */
  const taken: Record<string, readonly string[]> = {
    'new AlephHttpClient, tags': ['a key in the wrong place'],
    'new AlephHttpClient, webSocket': ['null', 'a function'],
    'new AlephHttpClient, contacts': ['an object that is no text', 'an object of a key'],
    'new AlephHttpClient, retries': ['a number'],
    'new AlephHttpClient, onEvent': ['a function'],
    'new AlephHttpClient, fetch': ['a function'],
    'new AlephHttpClient, upload': ['a function'],
    'new AlephHttpClient, random': ['a function'],
  }

  for (const [name, call] of Object.entries(functions))
    it(`is INVALID_INPUT for ${name}`, async () => {
      for (const [what, value] of garbage) {
        if (taken[name]?.includes(what)) continue
        let error: unknown
        try {
          await outcome(() => call(value as never))
        } catch (caught) {
          error = caught
        }
        assert.ok(error !== undefined, `takes ${what}`)
        assertRefused(error, ['INVALID_INPUT'], what)
      }
    })

  it('says where an account or an owner was not awaited', async () => {
    const promised = developmentAccount(1)
    const owner = promised.then(({ address }) => address)
    const aleph = client()
    const awaited = /is a Promise: await it first/
    assert.throws(() => new AlephHttpClient({ account: promised as never }), {
      code: 'INVALID_INPUT',
      message: awaited,
    })
    for (const options of [{ account: promised }, { owner }] as never[])
      for (const call of [
        () => aleph.storage.store(1, options),
        () => aleph.storage.storeFile(new Uint8Array(1), options),
        () => aleph.aggregate.create('users', 1, { ...(options as object), key: 'a' }),
        () => aleph.messages.forget(hash, options),
        () => aleph.ipfs.addFolder([], options),
      ])
        await assert.rejects(call(), { code: 'INVALID_INPUT', message: awaited })
    const results = await aleph.batch([
      { store: 1, options: { account: promised as never } },
      { aggregate: 'users', key: 'a', document: 1, options: { account: promised as never } },
      { aggregate: 'users', key: 'b', document: 1, options: { owner: owner as never } },
      Promise.resolve({ store: 1 }) as never,
    ])
    for (const result of results) {
      assert.equal(result.status, 'rejected')
      assert.match((result as { reason: AlephError }).reason.message, awaited)
    }
    await assert.rejects(aleph.address.balance(owner as never), { code: 'INVALID_INPUT', message: awaited })
    await assert.rejects(aleph.aggregate.keys({ owner: owner as never }), { code: 'INVALID_INPUT', message: awaited })
  })

  it('nested 10,000 levels deep is INVALID_INPUT wherever a value is published', async () => {
    const deep = (levels: number) => {
      let value: unknown = 1
      for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value }
      return value
    }
    const aleph = client()
    const value = deep(10_000)
    const json = new api.JsonText(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)
    for (const given of [value, json])
      for (const call of [
        () => aleph.storage.store(given),
        () => aleph.storage.store(1, { metadata: { given } }),
        () => aleph.storage.store({ given }, { raw: true }),
        () => aleph.aggregate.create('users', given, { key: 'a' }),
        () => aleph.aggregate.merge('users', { given }),
        () => aleph.messages.amend(hash, given),
        () => aleph.storage.query({ metadata: { given } }),
        () => aleph.aggregate.query('users', { where: { given } }),
        () => aleph.aggregate.query('users', { where: { a: { $eq: given } } }),
      ])
        await assert.rejects(async () => outcome(call), { code: 'INVALID_INPUT' })
    const results = await aleph.batch([{ store: value }, { aggregate: 'users', key: 'a', document: value }])
    for (const result of results) assertRefused((result as { reason: unknown }).reason, ['INVALID_INPUT'])
    const conditions = (name: string) => {
      let where: unknown = { a: 1 }
      for (let i = 0; i < 10_000; i++) where = name === '$not' ? { a: { $not: where } } : { [name]: [where] }
      return where
    }
    for (const name of ['$and', '$or', '$nor', '$not'])
      await assert.rejects(aleph.aggregate.query('users', { where: conditions(name) as never }), {
        code: 'INVALID_INPUT',
      })
  })

  it('that no URL can hold is INVALID_INPUT, or takes no part in one', async () => {
    const aleph = client()
    const half = 'a\ud800'
    for (const call of [
      () => aleph.messages.list({ tags: [half] }),
      () => aleph.messages.list({ channels: [half] }),
      () => aleph.aggregate.get(half, 'a'),
      () => aleph.aggregate.query(half),
      () => aleph.storage.query({ refs: [half] }),
      () => aleph.storage.store(1, { tags: [half] }),
      () => aleph.storage.store(1, { channel: half }),
    ])
      await assert.rejects(async () => outcome(call), { code: 'INVALID_INPUT' })
  })
})
