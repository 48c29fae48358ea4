import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import fc from 'fast-check'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import type { StoredFile, StoreProgress } from '../../../src/client/file/storeFile.js'
import type { StoreContent } from '../../../src/client/message/types.js'
import { createUpload } from '../../../src/client/node/multipart.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { impatientClock } from '../../helpers/fakes.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const poor = 9
const rich = 0
const bytes = (text: string) => new TextEncoder().encode(text)
const noise = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256)
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

let accounts: ETHAccount[]
before(async () => (accounts = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(developmentAccount))))
const account = (index: number) => accounts[index] as ETHAccount

describe('files, against the local node', () => {
  const node = useLocalNode(
    () => ({ balances: { [account(rich).address]: 100_000 }, credits: { [account(1).address]: 1e9 } }),
    { each: true },
  )
  const folder = useTemporaryFolder()
  const clock = impatientClock(testDate)

  /** A client that counts what it uploads. */
  function client(index: number, options: AlephOptions = {}) {
    const uploads: string[] = []
    const upload = createUpload()
    const aleph = new AlephHttpClient({
      endpoints: node().url,
      account: account(index),
      retries: 4,
      upload: request => {
        uploads.push(`${new URL(request.url).pathname} ${request.parts.map(({ name }) => name).join('+')}`)
        return upload(request)
      },
      ...options,
    })
    return { aleph, uploads }
  }

  async function assertStored(
    aleph: AlephHttpClient,
    { item_hash, file_hash, status }: StoredFile,
    content: Uint8Array,
  ) {
    assert.equal(status, 'processed')
    const message = await aleph.messages.get(item_hash)
    assert.equal((message.content as StoreContent).item_hash, file_hash)
    const file = await aleph.storage.getFile(item_hash)
    assert.equal(sha256(new Uint8Array(await file.arrayBuffer())), sha256(content))
    return { message, file, content: message.content as StoreContent }
  }

  describe('storeFile', () => {
    it('with funds: one request, ipfs, the file read once and its STORE last', async () => {
      const { aleph, uploads } = client(rich)
      const stored = await aleph.storage.storeFile(bytes('Hello Aleph.im\n'), {
        filename: 'hello.txt',
        tags: ['a'],
        metadata: { path: 'x/hello.txt' },
        channel: 'c',
      })
      assert.equal(stored.file_hash, 'QmQTJBodaBGHMPUctFmmAXsrEM6qrX9hWMhoKCfRCaTEmE')
      assert.deepEqual(uploads, ['/api/v0/ipfs/add_file file+metadata'])
      const { content, file, message } = await assertStored(aleph, stored, bytes('Hello Aleph.im\n'))
      assert.equal(content.content_type, 'text/plain')
      assert.deepEqual(content.metadata, {
        path: 'x/hello.txt',
        filename: 'hello.txt',
        mimetype: 'text/plain',
        size: 15,
      })
      assert.deepEqual(content.tags, ['a'])
      assert.deepEqual(content.payment, { chain: 'ETH', type: 'hold' })
      assert.equal(message.channel, 'c')
      assert.equal(file.name, 'hello.txt')
      assert.equal(file.type, 'text/plain')
    })

    it('with funds, storage engine', async () => {
      const { aleph, uploads } = client(rich)
      const stored = await aleph.storage.storeFile(noise(3_000_001), { engine: 'storage' })
      assert.equal(stored.file_hash, sha256(noise(3_000_001)))
      assert.deepEqual(uploads, ['/api/v0/storage/add_file file+metadata'])
      await assertStored(aleph, stored, noise(3_000_001))
    })

    it('without funds: the file first, then its STORE; any number of ipfs files (traps 2 and 39)', async () => {
      const { aleph, uploads } = client(poor)
      for (const text of ['one', 'two', 'three'])
        await assertStored(aleph, await aleph.storage.storeFile(bytes(text)), bytes(text))
      assert.deepEqual(uploads, Array(3).fill('/api/v0/ipfs/add_file file'))
    })

    it('without funds, a second file with the storage engine is refused before it is sent (trap 39)', async () => {
      const { aleph, uploads } = client(poor)
      await aleph.storage.storeFile(bytes('one'), { engine: 'storage' })
      await assert.rejects(aleph.storage.storeFile(bytes('two'), { engine: 'storage' }), { code: 'INSUFFICIENT_FUNDS' })
      assert.equal(uploads.length, 1)
    })

    it('by credit from 2027 on, and without credits nothing at all', async () => {
      const later = { clock: { ...clock, now: () => Date.UTC(2027, 0, 2) } }
      const { aleph } = client(1, later)
      const stored = await aleph.storage.storeFile(bytes('paid'))
      const { content } = await assertStored(aleph, stored, bytes('paid'))
      assert.deepEqual(content.payment, { chain: 'ETH', type: 'credit' })
      const broke = client(poor, later)
      await assert.rejects(broke.aleph.storage.storeFile(bytes('x')), {
        code: 'INSUFFICIENT_FUNDS',
        message: /credits/,
      })
      assert.equal(broke.uploads.length, 0)
    })

    it('takes a path, a File, a stream factory, and keeps their name and type', async () => {
      const { aleph } = client(rich)
      const path = folder('page.html')
      writeFileSync(path, '<p>')
      const sources = [
        [path, 'page.html', 'text/html'],
        [new File(['<p>'], 'b.bin', { type: 'image/x-odd' }), 'b.bin', 'image/x-odd'],
        [
          {
            stream: async function* () {
              yield bytes('<')
              yield bytes('p>')
            },
            sizeBytes: 3,
            name: 'c.json',
          },
          'c.json',
          'application/json',
        ],
        [new Blob(['<p>']), '', 'application/octet-stream'],
      ] as const
      for (const [source, name, type] of sources) {
        const { file } = await assertStored(aleph, await aleph.storage.storeFile(source), bytes('<p>'))
        assert.deepEqual([file.name, file.type], [name, type])
      }
    })

    it('keeps names with : % # quotes, emoji and 300 characters', async () => {
      const { aleph } = client(rich)
      for (const name of ['a:b%2F#%22😀.txt', '100% "quoted".txt', `${'é'.repeat(300)}.txt`, 'new\nline.txt']) {
        const stored = await aleph.storage.storeFile(bytes(name), { filename: name })
        assert.equal((await assertStored(aleph, stored, bytes(name))).content.metadata?.filename, name)
      }
    })

    it('sends a name with %22 in two steps, because a node loses it beside the file (trap 41)', async () => {
      const { aleph, uploads } = client(rich)
      for (const name of ['a%22b', 'a%5Cb', 'a%0ab']) {
        const stored = await aleph.storage.storeFile(bytes(name), { filename: name })
        assert.equal((await assertStored(aleph, stored, bytes(name))).file.name, name)
      }
      assert.deepEqual(uploads, Array(3).fill('/api/v0/ipfs/add_file file'))
      const large = { stream: () => assert.fail('it is not read'), sizeBytes: 26_214_401, name: 'a%22b' }
      await assert.rejects(aleph.storage.storeFile(large), { code: 'INVALID_INPUT', message: /Rename it/ })
    })

    it('reports bytes that grow up to the size, then that it publishes', async () => {
      const { aleph } = client(rich)
      const steps: StoreProgress[] = []
      await aleph.storage.storeFile(noise(5_000_000), { onProgress: step => steps.push({ ...step }) })
      assert.deepEqual(steps[0], { phase: 'sending', sentBytes: 0, totalBytes: 5_000_000 })
      assert.deepEqual(steps.at(-1), { phase: 'publishing', sentBytes: 5_000_000, totalBytes: 5_000_000 })
      for (let i = 1; i < steps.length; i++) assert.ok((steps[i]?.sentBytes ?? 0) >= (steps[i - 1]?.sentBytes ?? 0))
    })

    it('stores an empty file', async () => {
      const { aleph } = client(rich)
      await assertStored(aleph, await aleph.storage.storeFile(new Uint8Array()), new Uint8Array())
    })

    it('is INVALID_INPUT before anything is sent', async () => {
      const { aleph, uploads } = client(rich)
      const { storeFile } = aleph.storage
      const bad: [unknown, object][] = [
        [42, {}],
        [null, {}],
        [folder(), {}],
        [bytes('x'), { tags: Array(17).fill('a') }],
        [bytes('x'), { engine: 'disk' }],
        [bytes('x'), { payment: 'superfluid' }],
        [bytes('x'), { metadata: { at: undefined } }],
        [bytes('x'), { filename: 'a\u0000' }],
        [bytes('x'), { encryptfor: 'self' }],
      ]
      for (const [source, options] of bad)
        await assert.rejects(storeFile(source as Uint8Array, options), { code: 'INVALID_INPUT' })
      await assert.rejects(storeFile(bytes('x'), { metadata: { a: 'x'.repeat(60_000) } }), { code: 'TOO_LARGE' })
      assert.equal(uploads.length, 0)
    })

    it('says that a file vanished or can not be read', async () => {
      const { aleph } = client(rich)
      await assert.rejects(aleph.storage.storeFile(folder('gone.txt')), {
        code: 'IO',
        message: 'gone.txt can not be read: it does not exist.',
      })
      if (process.getuid?.() !== 0) {
        writeFileSync(folder('secret.txt'), 'x')
        chmodSync(folder('secret.txt'), 0)
        await assert.rejects(aleph.storage.storeFile(folder('secret.txt')), { code: 'IO', message: /no permission/ })
      }
      symlinkSync(folder('loop'), folder('loop'))
      await assert.rejects(aleph.storage.storeFile(folder('loop')), { code: 'IO' })
    })

    for (const [name, change] of [
      ['grows', (path: string) => appendFileSync(path, 'more')],
      ['shrinks', (path: string) => writeFileSync(path, 'x')],
      ['vanishes', (path: string) => rmSync(path)],
    ] as const)
      for (const [funds, index] of [
        ['with', rich],
        ['without', poor],
      ] as const)
        it(`publishes nothing when the file ${name} between look and upload, ${funds} funds`, async () => {
          const path = folder('moving.bin')
          writeFileSync(path, noise(100_000))
          const upload = createUpload()
          const { aleph } = client(index, {
            upload: request => {
              change(path)
              return upload(request)
            },
          })
          await assert.rejects(aleph.storage.storeFile(path), (error: AlephError) =>
            ['INVALID_INPUT', 'IO'].includes(error.code),
          )
          for await (const row of aleph.messages.list({ types: ['STORE'] })) assert.fail(row.item_hash)
        })

    it('ends as “file changed” when a retry would send other bytes', async () => {
      const path = folder('moving.bin')
      writeFileSync(path, noise(100_000))
      const upload = createUpload()
      let tries = 0
      const { aleph } = client(rich, {
        clock,
        upload: async request => {
          if (tries++) return upload(request)
          for (const part of request.parts) for await (const _ of part.body()) assert.ok(_)
          writeFileSync(
            path,
            noise(100_000).map(byte => byte ^ 1),
          )
          throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
        },
      })
      await assert.rejects(aleph.storage.storeFile(path), {
        code: 'INVALID_INPUT',
        message: /moving.bin changed while it was read/,
      })
    })

    for (const [engine, path] of [
      ['ipfs', '/api/v0/ipfs/add_file'],
      ['storage', '/api/v0/storage/add_file'],
    ] as const)
      it(`finds an upload whose answer was lost, ${engine}, and publishes once`, async () => {
        const upload = createUpload()
        let tries = 0
        const { aleph } = client(rich, {
          clock,
          upload: async request => {
            const answer = await upload(request)
            if (tries++ === 0) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
            return answer
          },
        })
        const stored = await aleph.storage.storeFile(bytes(`lost ${path}`), { engine })
        await assertStored(aleph, stored, bytes(`lost ${path}`))
        assert.equal(tries, 1)
        let rows = 0
        for await (const row of aleph.messages.list({ types: ['STORE'] })) rows += row.message ? 1 : 0
        assert.equal(rows, 1)
      })

    it('goes on after 429 and 503', async () => {
      node().faults.add('429 retry-after=1 count=1 path=/api/v0/ipfs/add_file')
      const { aleph } = client(poor, { clock })
      await assertStored(aleph, await aleph.storage.storeFile(bytes('patience')), bytes('patience'))
    })

    it('takes a refusal of the node as what it is: nothing arrived', async () => {
      const { aleph } = client(rich, {
        upload: async request => {
          for (const part of request.parts) for await (const _ of part.body()) assert.ok(_)
          return { status: 402, header: () => undefined, body: '402: Payment Required' }
        },
      })
      await assert.rejects(aleph.storage.storeFile(bytes('402')), {
        code: 'INSUFFICIENT_FUNDS',
        message: 'The node refused the upload because the account holds too little.',
      })
    })

    it('signs nothing but what is published', async () => {
      const signed: string[] = []
      const signer = {
        address: account(rich).address,
        chain: 'ETH',
        sign: (text: string) => (signed.push(text), account(rich).sign(text)),
      }
      const { aleph } = client(rich, { account: signer })
      const { item_hash } = await aleph.storage.storeFile(bytes('once'))
      assert.deepEqual(signed, [`ETH\n${signer.address}\nSTORE\n${item_hash}`])
    })

    it('is cancelled in the middle: nothing published, the source let go', async () => {
      const controller = new AbortController()
      const { aleph } = client(rich)
      const upload = aleph.storage.storeFile(noise(20_000_000), {
        signal: controller.signal,
        onProgress: ({ sentBytes }) => sentBytes > 1_000_000 && controller.abort(),
      })
      await assert.rejects(upload, { code: 'ABORTED' })
      for await (const row of aleph.messages.list({ types: ['STORE'] })) assert.fail(row.item_hash)
    })

    it('finds a node that stores other bytes out', async () => {
      const { aleph } = client(poor, {
        upload: async () => ({
          status: 200,
          header: () => undefined,
          body: JSON.stringify({ status: 'success', hash: 'QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX', size: 5 }),
        }),
      })
      await assert.rejects(aleph.storage.storeFile(bytes('other')), {
        code: 'INTEGRITY',
        message: /stored other bytes/,
      })
    })

    it('falls back to the storage engine where a node has no IPFS', async () => {
      const fetch: AlephOptions['fetch'] = (url, init) =>
        url.endsWith('/ipfs/add_file')
          ? Promise.resolve(new Response('403: IPFS is disabled on this node', { status: 403 }))
          : globalThis.fetch(url, init)
      const { aleph } = client(rich, { fetch })
      const stored = await aleph.storage.storeFile(bytes('x'))
      assert.equal(stored.engine, 'storage')
    })

    it('can be read by path, whatever the pieces', async () => {
      const { aleph } = client(rich)
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.nat(500)), async (content, cuts) => {
          const edges = [0, ...cuts.map(cut => Math.min(cut, content.length)).sort((a, b) => a - b), content.length]
          const stream = async function* () {
            for (let i = 1; i < edges.length; i++) yield content.subarray(edges[i - 1], edges[i])
          }
          const { file_hash } = await aleph.storage.storeFile(
            { stream, sizeBytes: content.length },
            { engine: 'storage' },
          )
          assert.equal(file_hash, sha256(content))
        }),
        { numRuns: 20 },
      )
    })
  })

  describe('getFile and downloadTo', () => {
    it('take the hash of the message, of the file, or the CID', async () => {
      const { aleph } = client(rich)
      for (const engine of ['ipfs', 'storage'] as const) {
        const stored = await aleph.storage.storeFile(bytes(engine), { filename: `${engine}.txt`, engine })
        for (const hash of [stored.item_hash, stored.file_hash]) {
          const file = await aleph.storage.getFile(hash)
          assert.deepEqual([file.name, await file.text()], [`${engine}.txt`, engine])
        }
      }
    })

    it('believe no name of strangers', async () => {
      const stored = await client(rich).aleph.storage.storeFile(bytes('x'), { filename: 'mine.txt' })
      const { aleph } = client(poor)
      assert.equal((await aleph.storage.getFile(stored.file_hash)).name, '')
      assert.equal((await aleph.storage.getFile(stored.file_hash, { owner: account(rich).address })).name, 'mine.txt')
      assert.equal((await aleph.storage.getFile(stored.item_hash)).name, 'mine.txt')
    })

    it('give a name without folders', async () => {
      const { aleph } = client(rich)
      for (const [filename, name] of [
        ['../../etc/passwd', 'passwd'],
        ['C:\\x\\y.txt', 'y.txt'],
        ['..', ''],
        ['a/', ''],
      ] as const) {
        const { item_hash } = await aleph.storage.storeFile(bytes(filename), { filename })
        assert.equal((await aleph.storage.getFile(item_hash)).name, name)
      }
    })

    it('say what is wrong with a hash', async () => {
      const { aleph } = client(rich)
      await assert.rejects(aleph.storage.getFile('nonsense'), { code: 'NOT_FOUND' })
      await assert.rejects(aleph.storage.getFile('ab'.repeat(32)), { code: 'NOT_FOUND' })
      const { item_hash } = await aleph.storage.store('a value')
      await assert.rejects(aleph.storage.getFile(item_hash), {
        code: 'INVALID_INPUT',
        message: /isn't a file but of type POST/,
      })
      const stored = await aleph.storage.storeFile(noise(1000))
      await assert.rejects(aleph.storage.getFile(stored.item_hash, { maxBytes: 999 }), {
        code: 'TOO_LARGE',
        message: /downloadTo/,
      })
      await aleph.messages.forget(stored.item_hash)
      await assert.rejects(aleph.storage.getFile(stored.item_hash), { code: 'FORGOTTEN' })
    })

    it('write the file whole or not at all', async () => {
      const { aleph } = client(rich)
      const stored = await aleph.storage.storeFile(noise(5_000_000))
      await aleph.storage.downloadTo(stored.item_hash, folder('out.bin'))
      assert.equal(sha256(readFileSync(folder('out.bin'))), sha256(noise(5_000_000)))
      assert.deepEqual(readdirSync(folder()), ['out.bin'])
      await assert.rejects(aleph.storage.downloadTo(stored.item_hash, folder('missing/out.bin')), {
        code: 'IO',
        message: /the folder does not exist/,
      })
    })

    it('leave no trace of bytes that a node changed, and keep what was there before', async () => {
      const stored = await client(rich).aleph.storage.storeFile(noise(3_000_000))
      const lying: AlephOptions['fetch'] = async (url, init) => {
        const response = await globalThis.fetch(url, init)
        if (!url.includes('/raw/')) return response
        const content = new Uint8Array(await response.arrayBuffer())
        content[2_000_000] = 1 + (content[2_000_000] as number)
        return new Response(content)
      }
      const { aleph } = client(rich, { fetch: lying })
      writeFileSync(folder('out.bin'), 'before')
      await assert.rejects(aleph.storage.downloadTo(stored.item_hash, folder('out.bin')), { code: 'INTEGRITY' })
      await assert.rejects(aleph.storage.getFile(stored.item_hash), { code: 'INTEGRITY' })
      assert.deepEqual(readdirSync(folder()), ['out.bin'])
      assert.equal(readFileSync(folder('out.bin'), 'utf8'), 'before')
    })

    it('begin again when the connection breaks in the middle', async () => {
      const stored = await client(rich).aleph.storage.storeFile(noise(3_000_000), { engine: 'storage' })
      let tries = 0
      const breaking: AlephOptions['fetch'] = async (url, init) => {
        const response = await globalThis.fetch(url, init)
        if (!url.includes('/raw/') || tries++) return response
        const content = new Uint8Array(await response.arrayBuffer())
        return new Response(content.subarray(0, 1_000_000), { headers: { 'content-length': String(content.length) } })
      }
      const { aleph } = client(rich, { fetch: breaking, clock })
      await aleph.storage.downloadTo(stored.item_hash, folder('out.bin'))
      assert.equal(sha256(readFileSync(folder('out.bin'))), sha256(noise(3_000_000)))
      assert.equal(tries, 2)
    })

    it('stop when cancelled, and leave nothing behind', async () => {
      const { aleph } = client(rich)
      const stored = await aleph.storage.storeFile(noise(20_000_000))
      const controller = new AbortController()
      const download = aleph.storage.downloadTo(stored.item_hash, folder('out.bin'), {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      })
      await assert.rejects(download, { code: 'ABORTED' })
      assert.ok(!existsSync(folder('out.bin')))
    })
  })

  describe('the rest of the core', () => {
    it('publishes content above 50 000 bytes as a file of its own', async () => {
      const { aleph } = client(poor)
      const value = { text: 'ü%41'.repeat(40_000) }
      const { item_hash, envelope } = await aleph.storage.store(value)
      assert.equal(envelope.item_type, 'storage')
      assert.deepEqual((await aleph.storage.get(item_hash)).content, value)
    })

    it('round-trips what breaks others: %XX, quotes, emoji, lone surrogates (traps 1, 34, 41)', async () => {
      const { aleph } = client(poor)
      const { item_hash } = await aleph.storage.store({ 'a%22b': 'x%0Ay %5C 100% 😀 "\\u0025"', lone: '\ud800' })
      assert.deepEqual((await aleph.storage.get(item_hash)).content, {
        'a%22b': 'x%0Ay %5C 100% 😀 "\\u0025"',
        lone: '\ufffd',
      })
    })

    it('forgets, and says so to who asks', async () => {
      const { aleph } = client(poor)
      const { item_hash } = await aleph.storage.store('x')
      assert.equal((await aleph.messages.forget(item_hash, { reason: 'test' })).status, 'processed')
      await assert.rejects(aleph.storage.get(item_hash), { code: 'FORGOTTEN' })
      assert.equal(await aleph.messages.status(item_hash), 'forgotten')
    })

    it('lists the files of an address', async () => {
      const { aleph } = client(poor)
      const stored = await aleph.storage.storeFile(bytes('listed'))
      const files = []
      for await (const file of aleph.address.files(account(poor).address)) files.push(file)
      assert.deepEqual(
        files.map(({ file_hash, item_hash, sizeBytes }) => ({ file_hash, item_hash, sizeBytes })),
        [{ file_hash: stored.file_hash, item_hash: stored.item_hash, sizeBytes: 6 }],
      )
    })

    it('writes and reads aggregates', async () => {
      const { aleph } = client(poor)
      await aleph.aggregate.create('users', { name: 'John' }, { key: 'john' })
      await aleph.aggregate.update('users', 'kid', { name: 'Kid' })
      assert.deepEqual(await aleph.aggregate.get('users', 'john'), { name: 'John' })
      const [users] = await aleph.aggregate.keys()
      assert.equal(users?.key, 'users')
      assert.deepEqual(Object.keys(users?.content ?? {}), ['john', 'kid'])
      assert.ok((users?.lastUpdated ?? 0) > (users?.created ?? 0))
    })
  })
})
