// Folders as one directory on IPFS: its root, its CAR, its STORE.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CarReader } from '@ipld/car/reader'
import fc from 'fast-check'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import type { FolderEntry, FolderSource } from '../../../src/client/index.js'
import type { StoreContent } from '../../../src/client/message/types.js'
import { createUpload } from '../../../src/client/node/multipart.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { impatientClock } from '../../helpers/fakes.js'
import { Blocks, Gateway } from '../../helpers/gateway.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { get } from '../../helpers/signed.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const text = (value: string) => new TextEncoder().encode(value)
const noise = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256)
const clock = impatientClock(testDate)

/** The root that the library gives to these files, with kubo's settings. */
const expectedRoot = async (files: { path: string; content?: Uint8Array }[]): Promise<string> =>
  (await new Blocks().add(files as never, { profile: 'unixfs-v0-2015', wrapWithDirectory: true })).toString()

describe('ipfs.addFolder', () => {
  let rich: ETHAccount
  let poor: ETHAccount
  before(async () => {
    rich = await developmentAccount(0)
    poor = await developmentAccount(1)
  })
  const node = useLocalNode(() => ({ balances: { [rich.address]: 100_000 } }), { each: true })
  const folder = useTemporaryFolder()

  /** A client that keeps the CARs it sends. */
  function client(options: AlephOptions = {}) {
    const cars: Buffer[] = []
    const upload = createUpload()
    const aleph = new AlephHttpClient({
      endpoints: node().url,
      account: rich,
      clock,
      gateways: ['https://one.example/ipfs/', 'https://two.example/ipfs/'],
      upload: request =>
        upload({
          ...request,
          parts: request.parts.map(part =>
            part.name !== 'file'
              ? part
              : {
                  ...part,
                  async *body() {
                    const car: Uint8Array[] = []
                    for await (const chunk of part.body()) {
                      car.push(chunk)
                      yield chunk
                    }
                    cars.push(Buffer.concat(car))
                  },
                },
          ),
        }),
      ...options,
    })
    return { aleph, cars }
  }

  function write(files: Record<string, string | Uint8Array>) {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(folder(path)), { recursive: true })
      writeFileSync(folder(path), content)
    }
  }

  it('stores a local folder: its root is that of the library, its STORE tells name, size and number', async () => {
    const big = noise(600_000)
    write({ 'site/index.html': '<h1>', 'site/a/big.bin': big, 'site/a/b/ü :%#.txt': 'x', 'site/.hidden': '' })
    mkdirSync(folder('site/empty'))
    const { aleph, cars } = client()
    const added = await aleph.ipfs.addFolder(folder('site'), { tags: ['t'], metadata: { m: 1 }, channel: 'c' })
    const cid = await expectedRoot([
      { path: '.hidden', content: text('') },
      { path: 'a/b/ü :%#.txt', content: text('x') },
      { path: 'a/big.bin', content: big },
      { path: 'empty' },
      { path: 'index.html', content: text('<h1>') },
    ])
    const { item_hash, ...rest } = added
    assert.deepEqual(rest, {
      cid,
      size: 600_005,
      files: 4,
      skipped: [],
      status: 'processed',
      urls: [`https://one.example/ipfs/${cid}`, `https://two.example/ipfs/${cid}`],
    })
    const message = await aleph.messages.get(item_hash)
    const { time: _, ...content } = message.content as StoreContent
    assert.deepEqual(content, {
      address: rich.address,
      item_type: 'ipfs',
      item_hash: cid,
      metadata: { m: 1, filename: 'site', size: 600_005, files: 4 },
      tags: ['t'],
      payment: { chain: 'ETH', type: 'hold' },
    })
    assert.equal(message.channel, 'c')
    assert.equal(await aleph.storage.getIPFSHash(item_hash), cid)
    const [car] = cars
    const reader = await CarReader.fromBytes(car as Buffer)
    assert.deepEqual((await reader.getRoots()).map(String), [cid])

    // What the node gives is a tar of the same files.
    const response = await fetch(`${node().url}/api/v0/storage/raw/${cid}`)
    assert.equal(response.headers.get('content-type'), 'application/x-tar')
    assert.equal(response.headers.get('content-length'), null)
    writeFileSync(folder('out.tar'), new Uint8Array(await response.arrayBuffer()))
    execFileSync('tar', ['-xf', folder('out.tar'), '-C', folder()])
    assert.deepEqual(new Uint8Array(readFileSync(folder(`${cid}/a/big.bin`))), big)
    assert.equal(readFileSync(folder(`${cid}/a/b/ü :%#.txt`), 'utf8'), 'x')
    assert.equal((await get(node().url, `/api/v0/storage/metadata/${cid}`)).status, 200)
    await assert.rejects(aleph.storage.getFile(item_hash), { code: 'INVALID_INPUT', message: /is a folder/ })
    await assert.rejects(aleph.ipfs.get(cid), { code: 'INVALID_INPUT', message: /is a folder/ })
  })

  it('what it sends is what a gateway serves: its files are read by path', async () => {
    const { aleph, cars } = client()
    const { cid } = await aleph.ipfs.addFolder([
      { path: 'a/b.txt', source: text('b') },
      { path: 'same.txt', source: text('b') },
      { path: 'big', source: noise(1_000_000) },
    ])
    const gateway = await Gateway.start((_, response) => void response.end(cars[0]))
    try {
      const reader = new AlephHttpClient({ endpoints: node().url, gateways: [gateway.url] })
      assert.equal(await (await reader.ipfs.get(cid, { path: 'a/b.txt' })).text(), 'b')
      assert.deepEqual(
        new Uint8Array(await (await reader.ipfs.get(cid, { path: 'big' })).arrayBuffer()),
        noise(1_000_000),
      )
    } finally {
      gateway.close()
    }
  })

  it('an empty folder is the one that everybody knows', async () => {
    const { aleph } = client()
    mkdirSync(folder('empty'))
    const { cid, files, size } = await aleph.ipfs.addFolder(folder('empty'))
    assert.deepEqual([cid, files, size], ['QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn', 0, 0])
  })

  it('any tree has the root that the library gives it', async () => {
    const { aleph } = client()
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter(each => !/[/\\\0\p{Cs}]/u.test(each) && each !== '.' && each !== '..')
    const tree = fc.uniqueArray(
      fc.record({ path: fc.array(name, { minLength: 1, maxLength: 4 }), content: fc.uint8Array({ maxLength: 20 }) }),
      { maxLength: 12, selector: ({ path }) => path[0] },
    )
    await fc.assert(
      fc.asyncProperty(tree, async entries => {
        const files = entries.map(({ path, content }) => ({ path: path.join('/'), content }))
        const { cid } = await aleph.ipfs.addFolder(files.map(({ path, content }) => ({ path, source: content })))
        assert.equal(cid, await expectedRoot(files))
      }),
      { numRuns: 25 },
    )
  })

  it('takes 2 000 files, and a folder so large that it is sharded', async () => {
    const { aleph } = client()
    for (const [count, name] of [
      [2000, 'file'],
      [1200, 'x'.repeat(200)],
    ] as const) {
      const files = Array.from({ length: count }, (_, i) => ({ path: `d/${name} ${i}.txt`, content: text(String(i)) }))
      const { cid, files: stored } = await aleph.ipfs.addFolder(
        (async function* () {
          for (const { path, content } of files) yield { path, source: content }
        })(),
      )
      assert.equal(stored, count)
      const blocks = new Blocks()
      const root = await blocks.add(files, { profile: 'unixfs-v0-2015', wrapWithDirectory: true })
      assert.equal(cid, root.toString())
      // One block for each file, one for the root, and one for the folder, or those of its shards.
      assert.equal(blocks.size > count + 2, count === 1200)
    }
  }).timeout(60_000)

  it('links are not followed but left out by name', async () => {
    write({ 'site/a.txt': 'a', secret: 's' })
    symlinkSync(folder('secret'), folder('site/link'))
    symlinkSync(folder('site'), folder('site/loop'))
    const { aleph } = client()
    const { cid, files, skipped } = await aleph.ipfs.addFolder(folder('site'))
    assert.equal(cid, await expectedRoot([{ path: 'a.txt', content: text('a') }]))
    assert.deepEqual([files, skipped], [1, ['link', 'loop']])
  })

  it('tells how far it is, twice over all bytes', async () => {
    const seen: string[] = []
    await client().aleph.ipfs.addFolder([{ path: 'a', source: noise(2_000_000) }], {
      onProgress: ({ phase, doneBytes, totalBytes }) => seen.push(`${phase} ${doneBytes} of ${totalBytes}`),
    })
    for (const line of ['hashing 0', 'hashing 2000000', 'sending 0', 'sending 2000000', 'publishing 2000000'])
      assert.ok(seen.includes(`${line} of 2000000`), line)
    assert.equal(seen.at(-1), 'publishing 2000000 of 2000000')
  })

  describe('a file that changes between the two readings', () => {
    const changing = (first: Uint8Array, second: Uint8Array): FolderEntry[] => {
      let reads = 0
      return [
        { path: 'same', source: text('same') },
        {
          path: 'changing',
          source: {
            sizeBytes: first.length,
            name: 'changing',
            async *stream() {
              yield reads++ ? second : first
            },
          },
        },
      ]
    }
    for (const [name, second] of [
      ['in its bytes', text('1235')],
      ['and grows', text('12345')],
      ['and shrinks', text('123')],
    ] as const)
      it(`${name} is INVALID_INPUT, and nothing is stored`, async () => {
        const { aleph } = client()
        await assert.rejects(aleph.ipfs.addFolder(changing(text('1234'), second)), {
          code: 'INVALID_INPUT',
          message: /changing changed while it was read/,
        })
        for await (const _ of aleph.address.files(rich.address)) assert.fail('nothing may be stored')
      })

    it('and is gone is IO', async () => {
      write({ 'site/a': 'a', 'site/b': 'b' })
      const { aleph } = client()
      await assert.rejects(
        aleph.ipfs.addFolder(folder('site'), {
          onProgress: ({ phase }) => phase === 'sending' && rmSync(folder('site/b'), { force: true }),
        }),
        { code: 'IO', message: /b can not be read: it does not exist/ },
      )
    })
  })

  it('an answer that is lost doubles nothing', async () => {
    const upload = createUpload()
    let uploads = 0
    const { aleph } = client({
      upload: async request => {
        uploads++
        await upload(request)
        throw new Error('the answer was lost')
      },
    })
    const { status, item_hash } = await aleph.ipfs.addFolder([{ path: 'a', source: text('a') }])
    assert.equal(status, 'processed')
    assert.equal(uploads, 1)
    const stored: string[] = []
    for await (const file of aleph.address.files(rich.address)) stored.push(file.item_hash ?? '')
    assert.deepEqual(stored, [item_hash])
  })

  it('a connection that breaks is tried again from the first byte', async () => {
    const upload = createUpload()
    let uploads = 0
    const { aleph } = client({
      upload: async request => {
        if (uploads++) return upload(request)
        for (const part of request.parts) for await (const _ of part.body()) break
        throw new Error('the connection broke')
      },
    })
    const { cid } = await aleph.ipfs.addFolder([{ path: 'a', source: noise(1_000_000) }])
    assert.equal(cid, await expectedRoot([{ path: 'a', content: noise(1_000_000) }]))
    assert.equal(uploads, 2)
  })

  it('without funds is refused before anything is read, with the numbers and a way forward', async () => {
    const { aleph, cars } = client({ account: poor })
    const source = { sizeBytes: 3, stream: () => assert.fail('nothing may be read') }
    await assert.rejects(aleph.ipfs.addFolder([{ path: 'a', source }]), (error: AlephError) => {
      assert.equal(error.code, 'INSUFFICIENT_FUNDS')
      assert.deepEqual(error.details, { required: 0.333333333, available: 0, unit: 'ALEPH' })
      assert.match(error.message, /the node takes single files of up to 25 MiB only/)
      return true
    })
    await assert.rejects(aleph.ipfs.addFolder([{ path: 'a', source }], { payment: 'credit' }), (error: AlephError) => {
      assert.equal(error.code, 'INSUFFICIENT_FUNDS')
      assert.equal(error.details.unit, 'credits')
      return true
    })
    assert.equal(cars.length, 0)
  })

  it('more than the node takes is TOO_LARGE before anything is read', async () => {
    const { aleph } = client()
    const source = { sizeBytes: 5 * 1024 ** 3, stream: () => assert.fail('nothing may be read') }
    await assert.rejects(aleph.ipfs.addFolder([{ path: 'a', source }]), {
      code: 'TOO_LARGE',
      message: 'The folder has 5120 MiB; this node takes 4096 MiB at most.',
    })
    const limits = { storage: {}, ipfs: {} }
    Object.assign(limits.storage, { max_file_size: 1, max_unauthenticated_upload_file_size: 1 })
    Object.assign(limits.ipfs, {
      max_upload_file_size: 1,
      max_unauthenticated_upload_file_size: 1,
      max_upload_car_size: 200,
    })
    const small = client({
      fetch: async (url, init) =>
        url.endsWith('/limits.json') ? new Response(JSON.stringify(limits)) : fetch(url, init),
    })
    await assert.rejects(small.aleph.ipfs.addFolder([{ path: 'a', source: noise(190) }]), { code: 'TOO_LARGE' })
  })

  it('a node that stored something else is INTEGRITY, one that takes no folders is named', async () => {
    const other = `Qm${'a'.repeat(44)}`
    const lying = client({
      upload: async () => ({
        status: 200,
        header: () => undefined,
        body: JSON.stringify({ status: 'success', hash: other }),
      }),
      retries: 0,
    })
    await assert.rejects(lying.aleph.ipfs.addFolder([{ path: 'a', source: text('a') }]), { code: 'INTEGRITY' })
    for (const status of [404, 405]) {
      const old = client({ upload: async () => ({ status, header: () => undefined, body: `${status}` }), retries: 0 })
      await assert.rejects(old.aleph.ipfs.addFolder([{ path: 'a', source: text('a') }]), {
        code: 'INVALID_INPUT',
        message: /takes no folders for IPFS; use another node/,
      })
    }
    const off = client({
      fetch: async (url, init) =>
        url.endsWith('/ipfs/add_file') ? new Response('403: IPFS is disabled', { status: 403 }) : fetch(url, init),
    })
    await assert.rejects(off.aleph.ipfs.addFolder([{ path: 'a', source: text('a') }]), { code: 'INVALID_INPUT' })
  })

  it('a name with which a node would lose the folder is refused (trap 41)', async () => {
    const { aleph, cars } = client()
    for (const filename of ['a%22b', 'a%5Cb', 'a%0ab'])
      await assert.rejects(aleph.ipfs.addFolder([{ path: 'a', source: text('a') }], { filename }), {
        code: 'INVALID_INPUT',
        message: /Rename it/,
      })
    assert.equal(cars.length, 0)
    const { item_hash } = await aleph.ipfs.addFolder([{ path: 'a%22b', source: text('a') }], { filename: '100% "x"\n' })
    assert.equal((await aleph.messages.get(item_hash)).status, 'processed')
  })

  it('is listed among the files of its owner as a folder', async () => {
    const { aleph } = client()
    const { cid } = await aleph.ipfs.addFolder([{ path: 'a', source: text('a') }])
    const types: string[] = []
    for await (const { file_hash, type } of aleph.address.files(rich.address)) types.push(`${file_hash} ${type}`)
    assert.deepEqual(types, [`${cid} dir`])
  })

  it('a signal ends it while it hashes and while it sends', async () => {
    for (const phase of ['hashing', 'sending']) {
      const controller = new AbortController()
      await assert.rejects(
        client().aleph.ipfs.addFolder([{ path: 'a', source: noise(3_000_000) }], {
          signal: controller.signal,
          onProgress: progress => progress.phase === phase && progress.doneBytes > 0 && controller.abort(),
        }),
        { code: 'ABORTED' },
        phase,
      )
    }
  })

  it('paths and options that make no folder are INVALID_INPUT before anything is sent', async () => {
    const { aleph, cars } = client()
    write({ file: 'x' })
    const entry = (path: unknown): FolderEntry => ({ path: path as string, source: text('x') })
    const sources: [unknown, RegExp?][] = [
      [[entry('')]],
      [[entry(undefined)]],
      [[entry('/etc/passwd')], /absolute/],
      [[entry('../x')], /“\.\.”/],
      [[entry('a/../b')]],
      [[entry('./a')]],
      [[entry('a//b')]],
      [[entry('a/')]],
      [[entry('a\\b')], /backslash/],
      [[entry('C:\\x')]],
      [[entry('a\0')]],
      [[entry('\ud800')]],
      [[entry('a'), entry('a')], /twice/],
      [[entry('a'), entry('a/b')], /file and a folder/],
      [[entry('a/b'), entry('a')], /twice/],
      [['a']],
      [[undefined]],
      [[{ path: 'a', source: 7 }]],
      [7],
      [undefined],
      [{}],
      [folder('file'), /is not a folder/],
    ]
    for (const [source, message = /./] of sources)
      await assert.rejects(
        aleph.ipfs.addFolder(source as FolderSource),
        { code: 'INVALID_INPUT', message },
        JSON.stringify(source),
      )
    await assert.rejects(aleph.ipfs.addFolder(folder('nothing')), { code: 'IO' })
    for (const options of [{ nonsense: 1 }, { tags: ['a,b'] }, { metadata: 'x' }, { filename: 7 }, { payment: 'cash' }])
      await assert.rejects(aleph.ipfs.addFolder([entry('a')], options as never), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.ipfs.addFolder([entry('a')], { metadata: { x: 'x'.repeat(60_000) } }), {
      code: 'TOO_LARGE',
    })
    assert.equal(cars.length, 0)
  })
})
