import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import fc from 'fast-check'
import { AlephError, AlephHttpClient, JsonText } from '../../../src/client/index.js'
import { DocumentReader, type FileAddress } from '../../../src/core/documentReader.js'
import { fileKind, safeEditors } from '../../../src/core/fileKind.js'
import { formatJson } from '../../../src/core/jsonText.js'
import { fileLink } from '../../../src/core/links.js'
import { mainnet, type Network } from '../../../src/core/network.js'
import { noRevision } from '../../../src/core/readAddress.js'
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

describe('what some bytes are', () => {
  const bytes = (head: string) => Uint8Array.from(head, character => character.charCodeAt(0))
  const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'))
  for (const [name, content, kind] of [
    ['nothing', new Uint8Array(), 'text'],
    ['UTF-8', utf8('# Zoë 🦊'), 'text'],
    ['UTF-8 that is cut in the middle of a character', utf8(`a${'🦊'.repeat(20_000)}`), 'text'],
    ['UTF-8 that begins as a signature does', utf8('GIF89a, BM and OggS are signatures'), 'text'],
    ['Latin-1', bytes('Stra\xdfe, caf\xe9'), 'text'],
    ['Latin-1 that is cut where a sequence of UTF-8 would go on', bytes('caf\xe9'), 'text'],
    ['Shift JIS', bytes('\x93\xfa\x96{\x8c\xea'), 'text'],
    ['UTF-16 with a mark', bytes('\xff\xfeA\0\xe9\0'), 'text'],
    ['UTF-16 without a mark', utf16('ABC'), 'text'],
    ['UTF-16 in big-endian order without a mark', utf16('ABC').toReversed(), 'text'],
    ['text with a zero byte behind what VS Code looks at', bytes(`${'\xe9'.repeat(512)}\0`), 'text'],
    ['text with a zero byte', bytes('ab\0'), 'binary'],
    ['a notebook', utf8('{"cells":[]}'), 'text'],
    ['SVG', utf8('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'text'],
    ['PNG', bytes('\x89PNG\r\n\x1a\n\0'), 'image'],
    ['JPEG', bytes('\xff\xd8\xff\xe0\0\x10JFIF'), 'image'],
    ['GIF', bytes('GIF89a\x01\0\x01\0\xff'), 'image'],
    ['WebP', bytes('RIFF\x1a\0\0\0WEBPVP8L'), 'image'],
    ['AVIF', bytes('\0\0\0\x20ftypavif'), 'image'],
    ['MP3', bytes('ID3\x04\0\0'), 'audio'],
    ['WAV', bytes('RIFF\x24\0\0\0WAVEfmt '), 'audio'],
    ['Ogg', bytes('OggS\0\x02'), 'audio'],
    ['MP4', bytes('\0\0\0\x18ftypmp42'), 'video'],
    ['WebM', bytes('\x1aE\xdf\xa3\x01\0'), 'video'],
    ['HEIC, which browsers do not show', bytes('\0\0\0\x18ftypheic'), 'binary'],
    ['PDF', bytes('%PDF-1.7\n%\xe2\xe3\xcf\xd3'), 'binary'],
    ['gzip', bytes('\x1f\x8b\x08\x01\xff\xff'), 'binary'],
    ['a program', bytes('\x7fELF\x02\x01\x01\0'), 'binary'],
  ] as const)
    it(`${name}: ${kind}`, () => equal(fileKind(content), kind))

  it('is never shown by an editor that is not VS Code’s own', () => {
    deepEqual(safeEditors, {
      text: 'default',
      image: 'imagePreview.previewEditor',
      audio: 'vscode.audioPreview',
      video: 'vscode.videoPreview',
    })
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
  const address = (number: number): FileAddress => ({
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

  it('gives a file under its own name only after its user agreed, and no other', () => {
    const { reader } = setUp(async () => new File([], 'a'))
    const named = (number: number): FileAddress => ({ ...address(number), hasOwnName: true })
    ok(reader.isPermitted(address(1)))
    ok(!reader.isPermitted(named(1)))
    reader.permit(named(1))
    ok(reader.isPermitted({ ...named(1), name: 'other' }))
    ok(!reader.isPermitted(named(2)))
    ok(!reader.isPermitted({ ...named(1), networkId: 'other' }))
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
      equal(text(read.bytes), 'hello')
      await rejects(reader.read({ kind: 'file', networkId: 'local', itemHash: large, name: 'a' }), {
        code: 'TOO_LARGE',
      })

      deepEqual(await authorOf(reader, file), { sender: owner, owner, authority: 'owner' })

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

async function authorOf(reader: DocumentReader, itemHash: string) {
  const { sender, owner, authority } = await reader.author({ kind: 'file', networkId: 'local', itemHash, name: 'a' })
  return { sender, owner, authority }
}
