// Files in chunks with a manifest: cut, published, taken up again after a break, joined.
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import { groupTag, manifestOf } from '../../../src/client/file/manifest.js'
import type { UploadRecord } from '../../../src/client/file/resume.js'
import type { StoredFile, StoreFileOptions, StoreProgress } from '../../../src/client/file/storeFile.js'
import type { PostContent, StoreContent } from '../../../src/client/message/types.js'
import { createUpload } from '../../../src/client/node/multipart.js'
import { startLocalNode, type LocalNode } from '../../../src/localNode/index.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { impatientClock } from '../../helpers/fakes.js'
import { quick, testDate, useLocalNode } from '../../helpers/localNode.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const poor = 9
const rich = 0
const mebibyte = 1024 * 1024
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
/** Every mebibyte of it is another one. */
const noise = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) + (i >> 20) * 7) % 256)
const two = noise(2 * mebibyte + 1)

let accounts: ETHAccount[]
before(async () => (accounts = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(developmentAccount))))
const account = (index: number) => accounts[index] as ETHAccount

describe('large files, against the local node', () => {
  const node = useLocalNode(
    () => ({ balances: { [account(rich).address]: 100_000 }, credits: { [account(1).address]: 1000 } }),
    { each: true },
  )
  const folder = useTemporaryFolder()
  const clock = impatientClock(testDate)

  /** A client that notes what it uploads. */
  function client(index: number, options: AlephOptions = {}) {
    const uploads: { parts: string; bytes: number }[] = []
    const upload = options.upload ?? createUpload()
    const aleph = new AlephHttpClient({
      endpoints: node().url,
      account: account(index),
      clock,
      ...options,
      upload: request => {
        uploads.push({
          parts: `${new URL(request.url).pathname} ${request.parts.map(({ name }) => name).join('+')}`,
          bytes: request.parts[0]?.lengthBytes ?? 0,
        })
        return upload(request)
      },
    })
    return { aleph, uploads, storage: aleph.storage }
  }

  const bytesOf = async (aleph: AlephHttpClient, hash: string) =>
    new Uint8Array(await (await aleph.storage.getFile(hash)).arrayBuffer())

  async function assertJoined(
    aleph: AlephHttpClient,
    { item_hash, file_hash, chunks }: StoredFile,
    content: Uint8Array,
  ) {
    assert.equal(file_hash, sha256(content))
    assert.equal(sha256(await bytesOf(aleph, item_hash)), sha256(content))
    const message = await aleph.messages.get(item_hash)
    const manifest = manifestOf(message)
    assert.equal(manifest?.chunks.length, chunks)
    return { message, manifest, content: (message.content as PostContent).content as Record<string, unknown> }
  }

  async function storesOf(aleph: AlephHttpClient) {
    const stores = []
    for await (const { message } of aleph.messages.list({ types: ['STORE'], order: 'oldest' })) {
      assert.ok(message)
      stores.push(message)
    }
    return stores
  }

  const chunked: StoreFileOptions = { chunkSize: mebibyte }

  describe('storeFile', () => {
    it('cuts what is above 25 MiB without funds, free of charge, and getFile joins it', async () => {
      const { aleph, uploads, storage } = client(poor)
      const content = noise(25 * mebibyte + 1)
      const stored = await storage.storeFile(content, { filename: 'video.mp4', tags: ['mine'], metadata: { a: 1 } })
      assert.deepEqual(
        uploads.sort((a, b) => a.bytes - b.bytes),
        [
          { parts: '/api/v0/ipfs/add_file file', bytes: 1 },
          { parts: '/api/v0/ipfs/add_file file', bytes: 25 * mebibyte },
        ],
      )
      assert.deepEqual(
        [stored.manifest, stored.chunks, stored.size, stored.status],
        [true, 2, content.length, 'processed'],
      )
      const { content: post, message } = await assertJoined(aleph, stored, content)
      const data = post.data as Record<string, unknown>
      const stores = await storesOf(aleph)
      assert.deepEqual(data, {
        filename: 'video.mp4',
        mimetype: 'video/mp4',
        size: content.length,
        chunks: data.chunks,
        totalChunks: 2,
        chunkSize: 25 * mebibyte,
        fileHashes: data.fileHashes,
        sha256: sha256(content),
        version: 1,
      })
      assert.equal((message.content as PostContent).type, 'aleph-storage')
      assert.deepEqual(post.tags, ['manifest', groupTag('video.mp4'), 'mine'])
      assert.equal((post.metadata as Record<string, unknown>).a, 1)
      assert.deepEqual(stores.map(({ item_hash }) => item_hash).sort(), [...(data.chunks as string[])].sort())
      const names = stores.map(({ content: store }) => (store as StoreContent).metadata?.filename)
      assert.deepEqual(names.sort(), ['video.mp4.part0', 'video.mp4.part1'])
      for (const { content: store } of stores)
        assert.deepEqual((store as StoreContent).tags, ['chunk', groupTag('video.mp4')])
      const file = await storage.getFile(stored.item_hash)
      assert.deepEqual([file.name, file.type, file.size], ['video.mp4', 'video/mp4', content.length])
    })

    for (const [size, chunks] of [
      [0, undefined],
      [mebibyte - 1, undefined],
      [mebibyte, undefined],
      [mebibyte + 1, 2],
      [3 * mebibyte, 3],
    ] as const)
      it(`with a chunk size of 1 MiB: ${size} bytes make ${chunks ?? 'no'} chunks`, async () => {
        const { aleph, storage } = client(rich)
        const content = noise(size)
        const stored = await storage.storeFile(content, chunked)
        assert.equal(stored.chunks, chunks)
        assert.equal(sha256(await bytesOf(aleph, stored.item_hash)), sha256(content))
      })

    it('takes a path, a Blob and a stream factory, whatever their pieces', async () => {
      const { aleph, storage } = client(poor)
      writeFileSync(folder('two.bin'), two)
      const stream = async function* () {
        for (let at = 0; at < two.length; at += 700_001) yield two.subarray(at, at + 700_001)
      }
      for (const source of [folder('two.bin'), new Blob([two]), { stream, sizeBytes: two.length }])
        await assertJoined(aleph, await storage.storeFile(source, chunked), two)
    })

    it('sends at most four chunks at a time, and never more of a chunk than once', async () => {
      let running = 0
      let most = 0
      const upload = createUpload()
      const { aleph, uploads, storage } = client(poor, {
        upload: async request => {
          most = Math.max(most, ++running)
          return upload(request).finally(() => running--)
        },
      })
      const content = noise(9 * mebibyte + 5)
      await assertJoined(aleph, await storage.storeFile(content, chunked), content)
      assert.ok(most > 1 && most <= 4, `${most} at a time`)
      assert.equal(
        uploads.reduce((sum, { bytes }) => sum + bytes, 0),
        content.length,
      )
    })

    it('sends chunks above 25 MiB with their STORE, for accounts with funds', async () => {
      const { aleph, uploads, storage } = client(rich)
      const content = noise(27 * mebibyte)
      const stored = await storage.storeFile(content, { chunkSize: 26 * mebibyte, filename: 'a%22b.bin' })
      assert.deepEqual(
        uploads.map(({ parts }) => parts),
        Array(2).fill('/api/v0/ipfs/add_file file+metadata'),
      )
      await assertJoined(aleph, stored, content)
      await assert.rejects(client(poor).storage.storeFile(content, { chunkSize: 26 * mebibyte }), {
        code: 'INSUFFICIENT_FUNDS',
        message: /the ipfs engine takes chunks of 25 MiB/,
      })
    })

    it('is refused before anything is sent where the chunks are not covered (trap 39, credits)', async () => {
      const without = client(poor)
      await assert.rejects(without.storage.storeFile(two, { ...chunked, engine: 'storage' }), {
        code: 'INSUFFICIENT_FUNDS',
        message: /storage engine/,
      })
      // 107.8 credits for each chunk.
      const credits = client(1)
      await assert.rejects(credits.storage.storeFile(noise(10 * mebibyte), { ...chunked, payment: 'credit' }), {
        code: 'INSUFFICIENT_FUNDS',
        message: /10 chunks needs 1078 credits.*the account has 1000/,
      })
      assert.deepEqual([...without.uploads, ...credits.uploads], [])
      const stored = await credits.storage.storeFile(two, { ...chunked, payment: 'credit' })
      await assertJoined(credits.aleph, stored, two)
    })

    it('uses the storage engine with funds', async () => {
      const { aleph, storage } = client(rich)
      const stored = await storage.storeFile(two, { ...chunked, engine: 'storage' })
      const { manifest } = await assertJoined(aleph, stored, two)
      assert.deepEqual(manifest?.fileHashes?.[0], sha256(two.subarray(0, mebibyte)))
    })

    it('keeps names with : % # , quotes, emoji and 300 characters', async () => {
      const { aleph, storage } = client(poor)
      for (const name of ['a:b%2F#%22,😀.txt', '100% "quoted".txt', `${'é'.repeat(300)}.txt`, 'new\nline.txt']) {
        const stored = await storage.storeFile(noise(mebibyte + 1), { ...chunked, filename: name })
        assert.equal((await storage.getFile(stored.item_hash)).name, name)
        const found = []
        for await (const row of aleph.messages.list({ tags: [groupTag(name)] })) found.push(row.message?.type)
        assert.deepEqual(found.sort(), ['POST', 'STORE', 'STORE'])
      }
    })

    it('reports bytes of the whole that never go back, then that it publishes', async () => {
      const { storage } = client(poor)
      const steps: StoreProgress[] = []
      await storage.storeFile(two, { ...chunked, onProgress: step => steps.push({ ...step }) })
      assert.deepEqual(steps[0], { phase: 'sending', sentBytes: 0, totalBytes: two.length })
      assert.deepEqual(steps.at(-1), { phase: 'publishing', sentBytes: two.length, totalBytes: two.length })
      for (let i = 1; i < steps.length; i++) assert.ok((steps[i]?.sentBytes ?? 0) >= (steps[i - 1]?.sentBytes ?? 0))
    })

    it('goes on after a 429 storm, 503, broken connections and lost answers, and publishes each chunk once', async () => {
      for (const fault of [
        '429 retry-after=1 count=4 path=/api/v0/ipfs/add_file',
        '503 count=2 path=/api/v0/messages',
        'reset count=2 path=/api/v0/ipfs/add_file',
        'lost count=2 path=/api/v0/ipfs/add_file',
        'lost count=2 method=POST path=/api/v0/messages',
        '429 retry-after=2 count=3 method=HEAD path=/api/v0/storage/raw',
      ])
        node().faults.add(fault)
      const { aleph, storage } = client(poor)
      const content = noise(4 * mebibyte)
      await assertJoined(aleph, await storage.storeFile(content, chunked), content)
      assert.equal((await storesOf(aleph)).length, 4)
    })

    it('two uploads of one file at once are two files, both whole', async () => {
      const { aleph, storage } = client(poor)
      const both = await Promise.all([storage.storeFile(two, chunked), storage.storeFile(two, chunked)])
      assert.notEqual(both[0].item_hash, both[1].item_hash)
      for (const stored of both) await assertJoined(aleph, stored, two)
    })

    it('publishes a manifest above 50 000 bytes as a file of its own, and joins it', async () => {
      const { aleph, storage } = client(rich)
      const stored = await storage.storeFile(noise(12 * mebibyte), {
        ...chunked,
        metadata: { note: 'x'.repeat(48_700) },
      })
      assert.equal((await aleph.messages.get(stored.item_hash)).envelope.item_type, 'storage')
      assert.equal((await bytesOf(aleph, stored.item_hash)).length, 12 * mebibyte)
    })

    it('writes for an owner who allows it, and reads it back', async () => {
      const owner = account(rich).address
      const authorizations = [{ address: account(poor).address, types: ['STORE', 'POST'] }]
      const content = { address: owner, key: 'security', time: testDate / 1000, content: { authorizations } }
      const { signMessage } = await import('../../../src/client/message/envelope.js')
      const { envelope } = await signMessage(account(rich), { type: 'AGGREGATE', content })
      await fetch(`${node().url}/api/v0/messages`, {
        method: 'POST',
        body: JSON.stringify({ sync: true, message: envelope }),
      })
      const { aleph, storage } = client(poor)
      const stored = await storage.storeFile(two, { ...chunked, owner })
      assert.equal((await assertJoined(aleph, stored, two)).message.owner, owner)
    })

    it('is INVALID_INPUT before anything is asked for a chunk size that no node could take', async () => {
      const account = await developmentAccount(9)
      const unreachable = new AlephHttpClient({
        endpoints: 'http://127.0.0.1:1',
        account,
        fetch: () => assert.fail('nothing is asked'),
      })
      for (const chunkSize of [1000, 1.5 * mebibyte + 0.5, 101 * mebibyte, NaN, '1' as never])
        await assert.rejects(unreachable.storage.storeFile(two, { chunkSize }), { code: 'INVALID_INPUT' })
    })

    it('is INVALID_INPUT before anything is sent', async () => {
      const { uploads, storage } = client(rich)
      const bad: object[] = [
        { chunkSize: 1000 },
        { chunkSize: mebibyte + 0.5 },
        { chunkSize: 101 * mebibyte },
        { chunkSize: '1' },
        { chunkSize: NaN },
        { ...chunked, tags: Array.from({ length: 15 }, (_, i) => `t${i}`) },
        { ref: 'a/b' },
        { ref: 'a,b' },
        { ref: '' },
        { ref: 7 },
        { encryptFor: undefined },
        { encryptFor: null },
        { encryptFor: [] },
        { encryptFor: '' },
        { encryptFor: false },
        { chunksize: mebibyte },
        { resume: null },
        { resume: {} },
        { resume: { version: 2 } },
      ]
      for (const options of bad)
        await assert.rejects(storage.storeFile(two, options), (error: AlephError) => {
          assert.equal(error.code, 'INVALID_INPUT', `${JSON.stringify(options)}: ${error.message}`)
          return true
        })
      assert.deepEqual(uploads, [])
    })

    it('gives files the tags of the client too', async () => {
      const { aleph, storage } = client(poor, { tags: ['app'] })
      const whole = await storage.storeFile(noise(10), { tags: ['a', 'app'] })
      assert.deepEqual(((await aleph.messages.get(whole.item_hash)).content as StoreContent).tags, ['a', 'app'])
      const { content } = await assertJoined(aleph, await storage.storeFile(two, chunked), two)
      assert.deepEqual((content.tags as string[]).at(-1), 'app')
    })

    it('ends when cancelled, also while the source hangs, and publishes no manifest', async () => {
      const { aleph, storage } = client(poor)
      const controller = new AbortController()
      const stream = async function* () {
        yield two.subarray(0, mebibyte + 10)
        controller.abort()
        await new Promise(() => undefined)
      }
      const options = { ...chunked, signal: controller.signal }
      await assert.rejects(storage.storeFile({ stream, sizeBytes: two.length }, options), { code: 'ABORTED' })
      for await (const row of aleph.messages.list({ types: ['POST'] })) assert.fail(row.item_hash)
    })

    for (const [what, change] of [
      ['is written in place', (path: string) => writeFileSync(path, noise(4 * mebibyte).reverse())],
      ['is cut short', (path: string) => truncateSync(path, 3 * mebibyte)],
      ['is touched', (path: string) => utimesSync(path, 1, 1)],
    ] as const)
      it(`ends without a manifest when the source ${what} between two chunks`, async () => {
        writeFileSync(folder('moving.bin'), noise(4 * mebibyte))
        let isChanged = false
        const { aleph, storage } = client(poor)
        const upload = storage.storeFile(folder('moving.bin'), {
          ...chunked,
          onProgress: ({ sentBytes }) => {
            if (!sentBytes || isChanged) return
            isChanged = true
            change(folder('moving.bin'))
          },
        })
        await assert.rejects(upload, { code: 'INVALID_INPUT', message: /moving.bin changed while it was read/ })
        for await (const row of aleph.messages.list({ types: ['POST'] })) assert.fail(row.item_hash)
      })

    it('ends when a stream gives more or less than it announced', async () => {
      const { storage } = client(poor)
      const stream = async function* () {
        yield two
      }
      for (const sizeBytes of [two.length - 1, two.length + 1])
        await assert.rejects(storage.storeFile({ stream, sizeBytes }, chunked), { code: 'INVALID_INPUT' })
    })
  })

  describe('resume', () => {
    const content = noise(6 * mebibyte + 3)
    beforeEach(() => writeFileSync(folder('big.bin'), content))

    /** An upload that is cancelled when so many chunks are done; gives the record as it came out of a JSON file. */
    async function interrupted(
      doneChunks: number,
      options: StoreFileOptions = {},
      using = client(poor),
    ): Promise<UploadRecord> {
      const controller = new AbortController()
      let text = ''
      const upload = using.storage.storeFile(folder('big.bin'), {
        ...chunked,
        ...options,
        signal: controller.signal,
        onRecord: record => {
          if (controller.signal.aborted) return
          text = JSON.stringify(record)
          if (record.chunks.filter(chunk => chunk?.isDone).length >= doneChunks) controller.abort()
        },
      })
      await assert.rejects(upload, { code: 'ABORTED' })
      return JSON.parse(text) as UploadRecord
    }

    it('goes on after a restart: what the node has is not sent again', async () => {
      const first = client(poor)
      const record = await interrupted(3, { filename: 'x.bin', tags: ['t'], metadata: { m: 1 } }, first)
      const { aleph, uploads, storage } = client(poor)
      const before = (await storesOf(aleph)).map(({ item_hash }) => item_hash)
      const stored = await storage.storeFile(folder('big.bin'), { resume: record })
      const post = (await assertJoined(aleph, stored, content)).content
      assert.deepEqual((post.data as Record<string, unknown>).filename, 'x.bin')
      assert.equal((post.metadata as Record<string, unknown>).m, 1)
      assert.ok((post.tags as string[]).includes('t'))
      const after = (await storesOf(aleph)).map(({ item_hash }) => item_hash)
      assert.equal(after.length, 7)
      assert.deepEqual(
        after.filter(hash => before.includes(hash)),
        before,
      )
      assert.ok(uploads.length <= 4, `${uploads.length} chunks sent after 3 were done`)
    })

    it('with everything done publishes the manifest alone, and is the same file when it was published already', async () => {
      let record: UploadRecord | undefined
      const { aleph, storage } = client(poor)
      const stored = await storage.storeFile(folder('big.bin'), { ...chunked, onRecord: next => void (record = next) })
      const again = client(poor)
      const resume = JSON.parse(JSON.stringify(record)) as UploadRecord
      assert.equal((await again.storage.storeFile(folder('big.bin'), { resume })).item_hash, stored.item_hash)
      delete resume.manifest
      const other = await again.storage.storeFile(folder('big.bin'), { resume })
      await assertJoined(aleph, other, content)
      assert.deepEqual(again.uploads, [])
      assert.equal((await storesOf(aleph)).length, 7)
    })

    it('keeps no secret, and one record after the other even when keeping takes time', async () => {
      const done: number[] = []
      let running = 0
      await client(poor).storage.storeFile(folder('big.bin'), {
        ...chunked,
        onRecord: async record => {
          assert.equal(++running, 1)
          await new Promise(setImmediate)
          running--
          assert.ok(!JSON.stringify(record).includes('ac00000000'))
          assert.ok(!/"(signature|item_content)"/.test(JSON.stringify(record)))
          done.push(record.chunks.filter(chunk => chunk?.isDone).length)
        },
      })
      assert.equal(done[0], 0)
      assert.equal(done.at(-1), 7)
      assert.deepEqual(
        done,
        [...done].sort((a, b) => a - b),
      )
    })

    it('ends the upload when its record can not be kept', async () => {
      const full = new Error('disk full')
      const upload = client(poor).storage.storeFile(folder('big.bin'), {
        ...chunked,
        onRecord: () => Promise.reject(full),
      })
      await assert.rejects(upload, full)
    })

    it('sends again what another node does not have, and signs the same messages there', async () => {
      const record = await interrupted(2)
      const other: LocalNode = await startLocalNode({ ...quick })
      try {
        const { aleph, storage } = client(poor, { endpoints: other.url })
        const stored = await storage.storeFile(folder('big.bin'), { resume: record })
        const { manifest } = await assertJoined(aleph, stored, content)
        for (const [i, chunk] of record.chunks.entries()) if (chunk) assert.equal(manifest?.chunks[i], chunk.item_hash)
      } finally {
        await other.close()
      }
    })

    it('falls over to another of its nodes when the first is gone', async () => {
      const gone: LocalNode = await startLocalNode({ ...quick })
      const record = await interrupted(1, {}, client(poor, { endpoints: [gone.url, node().url] }))
      await gone.close()
      const { aleph, storage } = client(poor, { endpoints: [record.endpoint, node().url] })
      await assertJoined(aleph, await storage.storeFile(folder('big.bin'), { resume: record }), content)
    })

    it('stores a chunk anew that was forgotten meanwhile', async () => {
      const record = await interrupted(2)
      const { aleph, storage } = client(poor)
      const lost = record.chunks.find(chunk => chunk?.isDone)
      await aleph.messages.forget(lost?.item_hash ?? '')
      const stored = await storage.storeFile(folder('big.bin'), { resume: record })
      const { manifest } = await assertJoined(aleph, stored, content)
      assert.ok(!manifest?.chunks.includes(lost?.item_hash ?? ''))
    })

    it('ends when the source changed meanwhile', async () => {
      const record = await interrupted(2)
      const path = folder('big.bin')
      const { mtimeMs } = statSync(path)
      const changed = Uint8Array.from(content)
      changed[5] = 1 + (changed[5] as number)
      writeFileSync(path, changed)
      utimesSync(path, mtimeMs / 1000 + 100, mtimeMs / 1000 + 100)
      const { uploads, storage } = client(poor)
      await assert.rejects(storage.storeFile(path, { resume: record }), { code: 'INVALID_INPUT', message: /changed/ })
      writeFileSync(path, content.subarray(1))
      await assert.rejects(storage.storeFile(path, { resume: record }), { code: 'INVALID_INPUT', message: /changed/ })
      // With the old date only the bytes can tell.
      writeFileSync(path, changed)
      const resume = { ...record, source: { ...record.source, modifiedMs: statSync(path).mtimeMs } }
      await assert.rejects(storage.storeFile(path, { resume }), {
        code: 'INVALID_INPUT',
        message: /changed while it was read/,
      })
      for await (const row of client(poor).aleph.messages.list({ types: ['POST'] })) assert.fail(row.item_hash)
      assert.ok(uploads.length <= 4)
    })

    it('refuses records of another version, account or file, and changed ones', async () => {
      const record = await interrupted(2)
      writeFileSync(folder('other.bin'), content)
      const { storage, uploads } = client(poor)
      const changed = (change: (copy: Record<string, never>) => void) => {
        const copy = structuredClone(record) as unknown as Record<string, never>
        change(copy)
        return copy as unknown as UploadRecord
      }
      const done = record.chunks.findIndex(chunk => chunk?.isDone)
      const bad: [RegExp, UploadRecord, string?][] = [
        [/version 2/, changed(copy => Object.assign(copy, { version: 2 }))],
        [/no record/, changed(copy => Object.assign(copy, { extra: 1 }))],
        [/no record/, changed(copy => Object.assign(copy, { chunkSize: 1e12 }))],
        [/no record/, 'text' as unknown as UploadRecord],
        [/does not fit/, changed(copy => Object.assign(copy, { chunks: [] }))],
        [/begun by/, changed(copy => Object.assign(copy, { address: account(rich).address }))],
        [/not of other.bin/, record, folder('other.bin')],
        [/changed at chunk/, changed(copy => Object.assign(copy.chunks?.[done] as never, { time: 1 }))],
        [/changed at chunk/, changed(copy => Object.assign(copy, { owner: account(rich).address }))],
        [/tag/, changed(copy => Object.assign(copy.description as never, { tags: ['a,b'] }))],
      ]
      for (const [message, resume, path = folder('big.bin')] of bad)
        await assert.rejects(storage.storeFile(path, { resume }), { code: 'INVALID_INPUT', message })
      for (const more of [{ tags: ['x'] }, { chunkSize: mebibyte }, { filename: 'x' }, { encryptFor: 'self' }])
        await assert.rejects(storage.storeFile(folder('big.bin'), { resume: record, ...more }), {
          code: 'INVALID_INPUT',
          message: /with resume has no option/,
        })
      await assert.rejects(client(1).storage.storeFile(folder('big.bin'), { resume: record }), { message: /begun by/ })
      assert.ok(uploads.length <= 4, 'what did not fit was told at the chunk that it was found at')
    })

    it('does not make a file public that a changed record names as its ciphertext', async () => {
      const record = await interrupted(1)
      writeFileSync(folder('secret.txt'), content)
      const resume = { ...record, sealed: { path: folder('secret.txt'), sizeBytes: content.length } }
      const { storage, uploads } = client(poor)
      await assert.rejects(storage.storeFile(folder('big.bin'), { resume }), { code: 'INVALID_INPUT' })
      assert.deepEqual(uploads, [])
    })
  })

  describe('new versions by ref', () => {
    const pointed = async (path: string) => {
      const answer = await fetch(`${node().url}/api/v0/storage/by-ref/${path}`)
      return ((await answer.json()) as { file_hash: string }).file_hash
    }

    it('move the pointer of a text of one’s own, and of the first version', async () => {
      const { storage } = client(poor)
      for (const text of ['one', 'two', 'three']) {
        const stored = await storage.storeFile(new TextEncoder().encode(text), { ref: 'doc 1' })
        assert.equal(await pointed(`${account(poor).address}/doc%201`), stored.file_hash)
      }
      const first = await storage.storeFile(new TextEncoder().encode('first'))
      for (const text of ['second', 'third']) {
        const stored = await storage.storeFile(new TextEncoder().encode(text), { ref: first.item_hash })
        assert.equal(await pointed(first.item_hash), stored.file_hash)
      }
    })

    it('are newer than the head, whatever the clock of this client says', async () => {
      const ahead = { clock: { ...clock, now: () => testDate + 60_000 } }
      await client(poor, ahead).storage.storeFile(new TextEncoder().encode('ahead'), { ref: 'doc' })
      const stored = await client(poor).storage.storeFile(new TextEncoder().encode('late'), { ref: 'doc' })
      assert.equal(await pointed(`${account(poor).address}/doc`), stored.file_hash)
    })

    it('are refused before the first byte when the head lies in the future', async () => {
      const ahead = { clock: { ...clock, now: () => testDate + 3_600_000 } }
      await client(poor, ahead).storage.storeFile(two, { ...chunked, ref: 'doc' })
      await client(poor, ahead).storage.storeFile(new Uint8Array(1), { ref: 'doc' })
      const { storage, uploads } = client(poor)
      for (const options of [{ ref: 'doc' }, { ref: 'doc', ...chunked }])
        await assert.rejects(storage.storeFile(two, options), { code: 'CONFLICT', message: /in the future/ })
      assert.deepEqual(uploads, [])
    })

    it('name the first version, of the same owner and kind, or say what to do', async () => {
      const { aleph, storage } = client(poor)
      const bytes = new TextEncoder().encode('x')
      const first = await storage.storeFile(bytes)
      const second = await storage.storeFile(bytes, { ref: first.item_hash })
      await assert.rejects(storage.storeFile(bytes, { ref: second.item_hash }), {
        code: 'INVALID_INPUT',
        message: new RegExp(`itself a version of message ${first.item_hash}: give that as ref`),
      })
      await assert.rejects(storage.storeFile(bytes, { ref: 'ab'.repeat(32) }), {
        code: 'NOT_FOUND',
        message: /not known/,
      })
      await assert.rejects(client(rich).storage.storeFile(bytes, { ref: first.item_hash }), {
        code: 'INVALID_INPUT',
        message: /belongs to/,
      })
      const { item_hash } = await aleph.storage.store('value')
      await assert.rejects(storage.storeFile(bytes, { ref: item_hash }), {
        code: 'INVALID_INPUT',
        message: /type POST/,
      })
    })

    it('of a file in chunks are found by lists, the newest first', async () => {
      const { aleph, storage } = client(poor)
      const first = await storage.storeFile(two, chunked)
      const second = await storage.storeFile(two, { ...chunked, ref: first.item_hash })
      const third = await storage.storeFile(noise(mebibyte + 7), { ...chunked, ref: first.item_hash })
      const found = []
      for await (const row of aleph.messages.list({ refs: [first.item_hash] })) found.push(row.item_hash)
      assert.deepEqual(found, [third.item_hash, second.item_hash])
      await assert.rejects(storage.storeFile(new Uint8Array(1), { ref: first.item_hash }), { message: /type POST/ })
    })
  })

  describe('reading', () => {
    const guideChunk = 5 * mebibyte
    const guideContent = noise(2 * guideChunk + 100)

    /** As the public guide prints it. */
    async function guideUpload(aleph: AlephHttpClient, change: (manifest: Record<string, unknown>) => object = m => m) {
      const chunks: string[] = []
      for (let at = 0; at < guideContent.length; at += guideChunk) {
        const result = await aleph.storage.storeFile(guideContent.subarray(at, at + guideChunk), {
          filename: `video.mp4.part${chunks.length}`,
          tags: ['chunk', 'file-video.mp4'],
        })
        chunks.push(result.item_hash)
      }
      const manifest = {
        filename: 'video.mp4',
        mimetype: 'video/mp4',
        size: guideContent.length,
        chunks,
        totalChunks: chunks.length,
      }
      return aleph.storage.store(change(manifest), { tags: ['manifest', 'file-video.mp4'] })
    }

    it('joins the hand-made manifests of the public guide', async () => {
      const { aleph, storage } = client(poor)
      const { item_hash } = await guideUpload(aleph)
      const file = await storage.getFile(item_hash)
      assert.deepEqual([file.name, file.type], ['video.mp4', 'video/mp4'])
      assert.equal(sha256(new Uint8Array(await file.arrayBuffer())), sha256(guideContent))
      const info = await storage.fileInfo(item_hash)
      assert.deepEqual(
        [info.name, info.type, info.sizeBytes, info.file_hash],
        ['video.mp4', 'video/mp4', guideContent.length, ''],
      )
      assert.equal(info.manifest?.chunks.length, 3)
    })

    it('joins the manifest that the guide makes of an empty file', async () => {
      const { aleph, storage } = client(poor)
      const manifest = { filename: 'empty.txt', mimetype: '', size: 0, chunks: [], totalChunks: 0 }
      const { item_hash } = await aleph.storage.store(manifest)
      const file = await storage.getFile(item_hash)
      assert.deepEqual([file.name, file.size], ['empty.txt', 0])
    })

    it('anybody may read them, without an account', async () => {
      const { item_hash } = await guideUpload(client(poor).aleph)
      const stranger = new AlephHttpClient({ endpoints: node().url })
      const { sizeBytes } = await stranger.storage.downloadTo(item_hash, folder('out.mp4'))
      assert.equal(sizeBytes, guideContent.length)
      assert.equal(sha256(readFileSync(folder('out.mp4'))), sha256(guideContent))
      assert.deepEqual(readdirSync(folder()), ['out.mp4'])
    })

    for (const [what, change, expected] of [
      [
        'announces another number of chunks',
        { totalChunks: 2 },
        { code: 'INTEGRITY', message: /announces 2 chunks and lists 3/ },
      ],
      [
        'is larger than its chunks',
        { size: guideContent.length + 1 },
        { code: 'INTEGRITY', message: /its manifest says/ },
      ],
      [
        'is smaller than its chunks',
        { size: guideContent.length - 1 },
        { code: 'INTEGRITY', message: /Chunk 3 of 3.*longer/ },
      ],
      ['has no size that can be', { size: -1 }, { code: 'INTEGRITY', message: /size is not as expected/ }],
      ['has no chunks', { chunks: [], totalChunks: 0 }, { code: 'INTEGRITY', message: /lists no chunks/ }],
      ['lists what is no hash', { chunks: ['a', 'b', 'c'] }, { code: 'INTEGRITY' }],
      [
        'has another hash of the whole',
        { sha256: '00'.repeat(32) },
        { code: 'INTEGRITY', message: /hash of the whole/ },
      ],
      [
        'pins other files',
        { fileHashes: Array(3).fill('00'.repeat(32)) },
        { code: 'INTEGRITY', message: /Chunk 1 of 3/ },
      ],
      ['has chunks of another size', { chunkSize: 3 * mebibyte }, { code: 'INTEGRITY', message: /3 chunks of/ }],
    ] as const)
      it(`refuses a manifest that ${what}`, async () => {
        const { aleph, storage } = client(poor)
        const { item_hash } = await guideUpload(aleph, manifest => ({ ...manifest, ...change }))
        await assert.rejects(storage.getFile(item_hash), expected)
        await assert.rejects(storage.downloadTo(item_hash, folder('out.bin')), expected)
        assert.deepEqual(readdirSync(folder()), [])
      })

    it('names the chunk that is missing, forgotten, foreign, twice there, or a manifest itself', async () => {
      const { aleph, storage } = client(poor)
      const foreign = await client(rich).storage.storeFile(guideContent.subarray(0, guideChunk))
      const inner = await guideUpload(aleph)
      const swap = (at: number, hash: string) => (manifest: Record<string, unknown>) => ({
        ...manifest,
        chunks: (manifest.chunks as string[]).map((each, i) => (i === at ? hash : each)),
      })
      const cases: [number, string, object][] = [
        [1, 'ab'.repeat(32), { code: 'NOT_FOUND', message: /Chunk 2 of 3/ }],
        [0, foreign.item_hash, { code: 'INTEGRITY', message: /Chunk 1 of 3: it belongs to/ }],
        [2, inner.item_hash, { code: 'INTEGRITY', message: /Chunk 3 of 3: its message is no file but of type POST/ }],
      ]
      for (const [at, hash, expected] of cases) {
        const { item_hash } = await guideUpload(aleph, swap(at, hash))
        await assert.rejects(storage.getFile(item_hash), expected)
      }
      const twice = await guideUpload(aleph, manifest => ({
        ...manifest,
        chunks: [0, 1, 1].map(i => (manifest.chunks as string[])[i]),
      }))
      await assert.rejects(storage.getFile(twice.item_hash), {
        code: 'INTEGRITY',
        message: /chunks 2 and 3 are the same/,
      })
      const whole = await guideUpload(aleph)
      const chunk = (await storage.fileInfo(whole.item_hash)).manifest?.chunks[1] ?? ''
      await aleph.messages.forget(chunk)
      await assert.rejects(storage.getFile(whole.item_hash), (error: AlephError) => {
        assert.equal(error.code, 'FORGOTTEN')
        assert.equal(error.details.chunk, 2)
        return true
      })
    })

    it('refuses chunks in another order by the sizes or the hash of the whole', async () => {
      const { aleph, storage } = client(poor)
      const stored = await storage.storeFile(noise(3 * mebibyte), chunked)
      const data = ((await aleph.messages.get(stored.item_hash)).content as PostContent).content as { data: object }
      const { chunks, fileHashes } = data.data as { chunks: string[]; fileHashes: string[] }
      const swapped = { ...data.data, chunks: [chunks[1], chunks[0], chunks[2]] }
      const first = await aleph.storage.store(swapped)
      await assert.rejects(storage.getFile(first.item_hash), { code: 'INTEGRITY', message: /Chunk 1 of 3/ })
      const both = { ...swapped, fileHashes: [fileHashes[1], fileHashes[0], fileHashes[2]] }
      const second = await aleph.storage.store(both)
      await assert.rejects(storage.getFile(second.item_hash), { code: 'INTEGRITY', message: /hash of the whole/ })
    })

    it('bounds the whole before the first byte', async () => {
      const { storage } = client(poor)
      const stored = await storage.storeFile(two, chunked)
      const asked: string[] = []
      const reader = client(poor, { fetch: (url, init) => (asked.push(url), globalThis.fetch(url, init)) })
      await assert.rejects(reader.storage.getFile(stored.item_hash, { maxBytes: two.length - 1 }), {
        code: 'TOO_LARGE',
        message: /downloadTo/,
      })
      assert.ok(!asked.some(url => url.includes('/raw/')))
      assert.equal((await reader.storage.getFile(stored.item_hash, { maxBytes: two.length })).size, two.length)
    })

    it('a value that is no manifest is still no file', async () => {
      const { aleph, storage } = client(poor)
      for (const value of ['x', null, [1], { chunks: 3 }, { chunks: ['a'] }]) {
        const { item_hash } = await aleph.storage.store(value)
        await assert.rejects(storage.getFile(item_hash), { code: 'INVALID_INPUT', message: /type POST/ })
      }
    })

    it('finds bytes that a node changed out, names the chunk, and keeps what was there before', async () => {
      const stored = await client(poor).storage.storeFile(two, chunked)
      let raw = 0
      const lying: AlephOptions['fetch'] = async (url, init) => {
        const response = await globalThis.fetch(url, init)
        if (!url.includes('/raw/') || ++raw % 3 !== 2) return response
        const body = new Uint8Array(await response.arrayBuffer())
        body[1000] = 1 + (body[1000] as number)
        return new Response(body)
      }
      const { storage } = client(poor, { fetch: lying })
      writeFileSync(folder('out.bin'), 'before')
      const expected = { code: 'INTEGRITY', message: /Chunk 2 of 3/ }
      await assert.rejects(storage.downloadTo(stored.item_hash, folder('out.bin')), expected)
      assert.deepEqual(readdirSync(folder()), ['out.bin'])
      assert.equal(readFileSync(folder('out.bin'), 'utf8'), 'before')
    })

    it('goes on where it was when the connection breaks in the middle of a chunk', async () => {
      const stored = await client(poor).storage.storeFile(two, chunked)
      let raw = 0
      const breaking: AlephOptions['fetch'] = async (url, init) => {
        const response = await globalThis.fetch(url, init)
        if (!url.includes('/raw/') || ++raw > 3) return response
        const body = new Uint8Array(await response.arrayBuffer())
        // Each try comes a little further.
        return new Response(body.subarray(0, raw * 100_000), { headers: { 'content-length': String(body.length) } })
      }
      const { storage } = client(poor, { fetch: breaking })
      const written: number[] = []
      await storage.downloadTo(stored.item_hash, folder('out.bin'), {
        onProgress: ({ receivedBytes, totalBytes }) => {
          written.push(receivedBytes)
          assert.equal(totalBytes, two.length)
        },
      })
      assert.equal(sha256(readFileSync(folder('out.bin'))), sha256(two))
      assert.deepEqual(
        written,
        [...written].sort((a, b) => a - b),
      )
      assert.equal(raw, 6)
    })

    it('a broken connection does not let bytes through that were not checked', async () => {
      const stored = await client(poor).storage.storeFile(two, chunked)
      let raw = 0
      const lying: AlephOptions['fetch'] = async (url, init) => {
        const response = await globalThis.fetch(url, init)
        if (!url.includes('/raw/') || ++raw > 1) return response
        const body = new Uint8Array(await response.arrayBuffer())
        body[10] = 1 + (body[10] as number)
        return new Response(body.subarray(0, 500_000), { headers: { 'content-length': String(body.length) } })
      }
      const { storage } = client(poor, { fetch: lying })
      await assert.rejects(storage.getFile(stored.item_hash), { code: 'INTEGRITY', message: /Chunk 1 of 3/ })
    })

    it('stops when cancelled, and leaves nothing behind', async () => {
      const { storage } = client(poor)
      const stored = await storage.storeFile(noise(6 * mebibyte), chunked)
      const controller = new AbortController()
      const download = storage.downloadTo(stored.item_hash, folder('out.bin'), {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      })
      await assert.rejects(download, { code: 'ABORTED' })
      assert.deepEqual(readdirSync(folder()), [])
      await assert.rejects(storage.getFile(stored.item_hash, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
    })

    it('says what a disk says, and leaves nothing behind', async () => {
      const { storage } = client(poor)
      const stored = await storage.storeFile(two, chunked)
      await assert.rejects(storage.downloadTo(stored.item_hash, folder('missing/out.bin')), { code: 'IO' })
      assert.deepEqual(readdirSync(folder()), [])
    })
  })

  describe('forgetFile', () => {
    it('forgets a file, or a manifest with its chunks, and can be called again after a break', async () => {
      const { aleph, storage } = client(poor)
      const whole = await storage.storeFile(noise(100))
      assert.equal((await storage.forgetFile(whole.item_hash)).messages, 1)
      const stored = await storage.storeFile(two, chunked)
      const { manifest } = await assertJoined(aleph, stored, two)
      await aleph.messages.forget(manifest?.chunks[0] ?? '')
      const { messages, item_hashes, status } = await storage.forgetFile(stored.item_hash, { reason: 'test' })
      assert.deepEqual([messages, item_hashes.length, status], [3, 1, 'processed'])
      assert.deepEqual(await storesOf(aleph), [])
      await assert.rejects(storage.getFile(stored.item_hash), { code: 'FORGOTTEN' })
      await assert.rejects(storage.forgetFile(stored.item_hash), { code: 'FORGOTTEN' })
    })

    it('takes nothing along that is no file of the owner of the manifest', async () => {
      const { aleph, storage } = client(poor)
      const value = await aleph.storage.store('keep me')
      const foreign = await client(rich).storage.storeFile(noise(7))
      const manifest = { size: 9, chunks: [value.item_hash, foreign.item_hash], totalChunks: 2 }
      const { item_hash } = await aleph.storage.store(manifest)
      assert.equal((await storage.forgetFile(item_hash)).messages, 1)
      assert.equal(await aleph.messages.status(value.item_hash), 'processed')
      assert.equal(await aleph.messages.status(foreign.item_hash), 'processed')
    })

    it('refuses what is no file, or not one’s own', async () => {
      const { aleph, storage } = client(poor)
      const { item_hash } = await aleph.storage.store('value')
      await assert.rejects(storage.forgetFile(item_hash), { code: 'INVALID_INPUT', message: /no file/ })
      const foreign = await client(rich).storage.storeFile(two, chunked)
      await assert.rejects(storage.forgetFile(foreign.item_hash), { code: 'INVALID_INPUT', message: /belongs to/ })
      await assert.rejects(storage.forgetFile('nonsense'), { code: 'NOT_FOUND' })
      await assert.rejects(storage.forgetFile(item_hash, { reson: 'x' } as object), { code: 'INVALID_INPUT' })
    })
  })
})
