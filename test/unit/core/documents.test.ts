import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import fc from 'fast-check'
import { AlephError, AlephHttpClient, JsonText } from '../../../src/client/index.js'
import { DocumentReader } from '../../../src/core/documentReader.js'
import { fileKind, nameWithExtension } from '../../../src/core/fileKind.js'
import { formatJson } from '../../../src/core/jsonText.js'
import { fileLink } from '../../../src/core/links.js'
import { mainnet, type Network } from '../../../src/core/network.js'
import { noRevision, type ReadAddress } from '../../../src/core/readAddress.js'
import { developmentSigner } from '../../../src/core/developmentAccounts.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { fakeClient, hashOf, localNetwork, owner } from './fakes.js'

const ports = { networks: () => [localNetwork], maxBytes: () => 1000, openAggregate: () => undefined }
const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe('JSON text', () => {
  it('is indented without touching a value', () => {
    const source = '{"n":1.0e5,"big":12345678901234567890,"s":"a\\u0025\\"{,}:\\\\","e":{},"l":[ ],"a":[1,null]}'
    equal(
      formatJson(source),
      '{\n  "n": 1.0e5,\n  "big": 12345678901234567890,\n  "s": "a\\u0025\\"{,}:\\\\",\n  "e": {},\n  "l": [],\n  "a": [\n    1,\n    null\n  ]\n}',
    )
  })

  it('stays the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        const formatted = formatJson(JSON.stringify(value, undefined, 1))
        deepEqual(JSON.parse(formatted), JSON.parse(JSON.stringify(value)))
        equal(formatJson(formatted), formatted)
      }),
    )
  })
})

describe('the editor that fits', () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1])
  for (const [name, type, bytes, kind] of [
    ['notes.md', 'text/markdown', utf8('# Zoë 🦊'), 'text'],
    ['empty', undefined, new Uint8Array(), 'text'],
    ['utf16.txt', undefined, new Uint8Array([0xff, 0xfe, 0x41, 0]), 'text'],
    ['long.txt', undefined, utf8('🦊'.repeat(20_000)), 'text'],
    ['a.png', undefined, png, 'image'],
    ['noname', 'image/png', png, 'image'],
    ['logo.svg', 'image/svg+xml', utf8('<svg/>'), 'text'],
    ['lies.txt', 'text/plain', png, 'binary'],
    ['latin1.txt', 'text/plain', new Uint8Array([0x41, 0xe4, 0x41]), 'binary'],
    ['x', '__proto__', png, 'binary'],
  ] as const)
    it(`for ${name} of ${type ?? 'no type'} is that for ${kind}`, () => equal(fileKind(name, type, bytes), kind))

  it('gets the extension that an image lacks', () => {
    equal(nameWithExtension('photo', 'image/jpeg'), 'photo.jpg')
    equal(nameWithExtension('photo.JPEG', 'image/jpeg'), 'photo.JPEG')
    equal(nameWithExtension('notes', 'text/plain'), 'notes')
  })
})

describe('links', () => {
  const own: Network = { id: 'own', name: 'own', endpoints: ['https://a.example'], isDevelopment: false }
  const gateway = 'https://gateway.example/ipfs/'
  const ipfs = { engine: 'ipfs', fileHash: 'Qm1' } as const
  const storage = { engine: 'storage', fileHash: 'abc' } as const

  it('go to the gateway, or to the node where no gateway has the file', () => {
    equal(fileLink(ipfs, mainnet, gateway), 'https://gateway.example/ipfs/Qm1')
    equal(fileLink(storage, own, gateway), 'https://a.example/api/v0/storage/raw/abc')
    equal(fileLink(ipfs, localNetwork, gateway), 'http://127.0.0.1:4024/api/v0/storage/raw/Qm1')
    match(fileLink(storage, mainnet, gateway), /^https:\/\/.+\/api\/v0\/storage\/raw\/abc$/)
  })
})

describe('document reader', () => {
  const address = (number: number): ReadAddress => ({
    kind: 'file',
    networkId: 'local',
    itemHash: hashOf(number),
    name: 'a',
  })

  const setUp = (getFile: (hash: string) => Promise<File>) => {
    const asked: string[] = []
    const client = fakeClient({
      storage: {
        getFile: (hash, options) => {
          equal(options?.maxBytes, 99)
          asked.push(hash)
          return getFile(hash)
        },
      },
    })
    const reader = new DocumentReader({ ...ports, clientFor: () => client, maxBytes: () => 99 })
    return { reader, asked }
  }

  it('asks once for what is looked at twice', async () => {
    const { reader, asked } = setUp(async () => new File(['hi'], 'a', { type: 'text/plain' }))
    const [one, two] = await Promise.all([reader.read(address(1)), reader.read(address(1))])
    equal(one, two)
    equal(text((await reader.read({ ...address(1), name: 'other' })).bytes), 'hi')
    equal(asked.length, 1)
  })

  it('does not keep a failure', async () => {
    let isDown = true
    const { reader } = setUp(async () => {
      if (isDown) throw new AlephError('INTEGRITY', 'forged')
      return new File(['hi'], 'a')
    })
    await rejects(reader.read(address(1)), { code: 'INTEGRITY' })
    isDown = false
    equal(text((await reader.read(address(1))).bytes), 'hi')
  })

  it('forgets the oldest when memory is full', async () => {
    const { reader, asked } = setUp(async () => new File([new Uint8Array(30_000_000)], 'a'))
    for (const number of [1, 2, 1, 3, 1]) await reader.read(address(number))
    equal(asked.length, 3)
    await reader.read(address(2))
    equal(asked.length, 4)
  })

  it('refuses a network that is no longer in the settings', async () => {
    const { reader } = setUp(async () => new File([], 'a'))
    await rejects(reader.read({ ...address(1), networkId: 'gone' }), { code: 'INVALID_INPUT' })
  })

  describe('on a local node', () => {
    const node = useLocalNode()

    it('shows files, messages as signed, aggregates after each revision, and texts of this window', async () => {
      const account = await developmentSigner(owner)
      const client = new AlephHttpClient({ endpoints: node().url, account })
      const reader = new DocumentReader({
        ...ports,
        clientFor: () => client,
        maxBytes: () => 1000,
      })
      const options = { engine: 'storage', filename: 'a.txt' } as const
      const { item_hash: file } = await client.storage.storeFile(utf8('hello'), options)
      const { item_hash: large } = await client.storage.storeFile(new Uint8Array(1001), options)
      const { item_hash: message } = await client.storage.store({ price: 100 })

      const read = await reader.read({ kind: 'file', networkId: 'local', itemHash: file, name: 'a.txt' })
      deepEqual([text(read.bytes), read.mediaType], ['hello', 'text/plain'])
      await rejects(reader.read({ kind: 'file', networkId: 'local', itemHash: large, name: 'a' }), {
        code: 'TOO_LARGE',
      })

      const shown = text(
        (await reader.read({ kind: 'message', networkId: 'local', itemHash: message, name: 'm' })).bytes,
      )
      const parsed = JSON.parse(shown) as { item_hash: string; sender: string; content: { content: unknown } }
      deepEqual([parsed.item_hash, parsed.sender, parsed.content.content], [message, owner, { data: { price: 100 } }])

      const { item_hash: first } = await client.aggregate.create('users', new JsonText('1.0'), { key: 'a' })
      const { item_hash: second } = await client.aggregate.create('users', 2, { key: 'b' })
      const after = async (itemHash: string) => {
        const revision = { kind: 'revision', networkId: 'local', owner, key: 'users', itemHash, name: 'u' } as const
        return text((await reader.read(revision)).bytes)
      }
      equal(await after(first), '{\n  "a": 1.0\n}\n')
      equal(await after(second), '{\n  "a": 1.0,\n  "b": 2\n}\n')
      equal(await after(noRevision), '{}\n')
      await rejects(after(file), { code: 'NOT_FOUND' })

      const snapshot = reader.snapshot('local', 'mine.json', '{"x": 1}')
      equal(text((await reader.read(snapshot)).bytes), '{"x": 1}')
    })
  })
})
