// Files by CID, from the node and from gateways that fail and lie.
import { strict as assert } from 'node:assert'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import fc from 'fast-check'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { CID } from 'multiformats/cid'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import { Blocks, Gateway, sends, status, UnixFS, type Answer } from '../../helpers/gateway.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { upload } from '../../helpers/signed.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const noise = (size: number, seed = 1) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * seed + seed) % 256)
const text = (value: string) => new TextEncoder().encode(value)

describe('ipfs.get and downloadTo', () => {
  const node = useLocalNode()
  const folder = useTemporaryFolder()
  let gateways: Gateway[] = []
  afterEach(() => {
    for (const gateway of gateways) gateway.close()
    gateways = []
  })

  /** A client whose gateways answer like this, one after the other. */
  async function client(answers: Answer[], options: AlephOptions = {}) {
    for (const answer of answers) gateways.push(await Gateway.start(answer))
    return new AlephHttpClient({
      endpoints: node().url,
      retries: 0,
      gateways: gateways.map(({ url }) => url),
      ...options,
    })
  }
  const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer())
  const content = noise(700_000)

  it('gives what the node has, with and without ipfs://, without asking a gateway', async () => {
    const kept = noise(700_000, 5)
    const cid = await upload(node().url, kept, 'ipfs')
    const aleph = await client([status(500)])
    assert.deepEqual(await bytesOf(await aleph.ipfs.get(cid)), kept)
    assert.deepEqual(await bytesOf(await aleph.ipfs.get(`ipfs://${cid}`)), kept)
    assert.equal(gateways[0]?.requests.length, 0)
  })

  it('gives what only a gateway has, asked for a CAR', async () => {
    const blocks = new Blocks()
    const root = await blocks.add([{ content }], { profile: 'unixfs-v0-2015' })
    const aleph = await client([sends(root, blocks.below(root))])
    const file = await aleph.ipfs.get(root.toString())
    assert.deepEqual(await bytesOf(file), content)
    assert.equal(file.name, root.toString())
    const [request] = gateways[0]?.requests ?? []
    assert.equal(request?.url, `/ipfs/${root.toString()}?format=car&dag-scope=entity`)
    assert.match(request?.accept ?? '', /^application\/vnd\.ipld\.car; version=1/)
  })

  it('gives files of every shape: raw leaves, other chunks, deep trees, raw blocks, empty ones', async () => {
    const chunker = fixedSize({ chunkSize: 1000 })
    const shapes: [string, Uint8Array, Record<string, unknown>][] = [
      ['raw leaves', content, { cidVersion: 1, rawLeaves: true }],
      ['one raw block', text('hello'), { cidVersion: 1, rawLeaves: true }],
      ['small chunks', content, { cidVersion: 0, rawLeaves: false, chunker }],
      ['leaves of type raw', content, { cidVersion: 1, rawLeaves: false, leafType: 'raw', chunker }],
      ['empty', new Uint8Array(0), { cidVersion: 0, rawLeaves: false }],
    ]
    for (const [name, bytes, options] of shapes) {
      const blocks = new Blocks()
      const root = await blocks.add([{ content: bytes }], options)
      const aleph = await client([sends(root, blocks.below(root))], {})
      assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString())), bytes, name)
      gateways.splice(0).forEach(gateway => gateway.close())
    }
  })

  it('reads repeated pieces that are sent once, and blocks in any order', async () => {
    const bytes = new Uint8Array(3_000_000).fill(7)
    const blocks = new Blocks()
    const root = await blocks.add([{ content: bytes }], { profile: 'unixfs-v0-2015' })
    const once = [...blocks].map(([cid, block]) => ({ cid: CID.parse(cid), bytes: block }))
    assert.equal(once.length, 3)
    const aleph = await client([sends(root, once)])
    assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString())), bytes)
  })

  it('keeps inner nodes that came first, however much of the file comes before they are needed', async () => {
    // 70 MB, more than is kept of blocks in all; two levels of nodes.
    const piece = noise(256 * 1024)
    const sizes = Array.from({ length: 280 }, (_, i) => piece.length - i)
    const blocks = new Blocks()
    const root = await blocks.add([{ content: Buffer.concat(sizes.map(size => piece.subarray(0, size))) }], {
      profile: 'unixfs-v0-2015',
    })
    const below = blocks.below(root)
    const isInner = (bytes: Uint8Array) => bytes.length < 100_000
    const aleph = await client([
      sends(root, [...below.filter(({ bytes }) => isInner(bytes)), ...below.filter(({ bytes }) => !isInner(bytes))]),
    ])
    assert.equal(
      (await aleph.ipfs.get(root.toString())).size,
      sizes.reduce((sum, size) => sum + size, 0),
    )
  })

  it('any file, cut and sent in any order, comes out as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.boolean(),
        fc.boolean(),
        async (bytes, chunkSize, rawLeaves, isReversed) => {
          const blocks = new Blocks()
          const root = await blocks.add([{ content: bytes }], {
            cidVersion: 1,
            rawLeaves,
            chunker: fixedSize({ chunkSize }),
          })
          const below = blocks.below(root)
          const aleph = await client([sends(root, isReversed ? below.reverse() : below)])
          assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString())), bytes)
          gateways.splice(0).forEach(gateway => gateway.close())
        },
      ),
      { numRuns: 30 },
    )
  })

  describe('in a folder', () => {
    const files = [
      { path: 'a.txt', content: text('a') },
      { path: 'sub/ü 100%.md', content: text('# deep') },
      { path: 'sub/big.bin', content },
    ]

    it('gives a file by its path, with name and type, also from a sharded folder', async () => {
      for (const shardSplitThresholdBytes of [262_144, 0]) {
        const blocks = new Blocks()
        const root = await blocks.add(files, {
          cidVersion: 0,
          rawLeaves: false,
          wrapWithDirectory: true,
          shardSplitThresholdBytes,
        })
        const aleph = await client([sends(root, blocks.below(root))])
        const file = await aleph.ipfs.get(root.toString(), { path: 'sub/ü 100%.md' })
        assert.equal(await file.text(), '# deep')
        assert.equal(file.name, 'ü 100%.md')
        assert.equal(file.type, 'text/markdown')
        assert.equal(
          gateways[0]?.requests[0]?.url,
          `/ipfs/${root.toString()}/sub/%C3%BC%20100%25.md?format=car&dag-scope=entity`,
        )
        assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString(), { path: '/sub/big.bin' })), content)
        for (const path of ['nothing', 'sub/nothing', 'a.txt/x'])
          await assert.rejects(aleph.ipfs.get(root.toString(), { path }), { code: 'NOT_FOUND', message: /has no “/ })
        for (const options of [{}, { path: 'sub' }])
          await assert.rejects(aleph.ipfs.get(root.toString(), options), {
            code: 'INVALID_INPUT',
            message: /is a folder; name a file in it/,
          })
        gateways.splice(0).forEach(gateway => gateway.close())
      }
    })

    it('a path with empty names, dots or control characters is INVALID_INPUT before anybody is asked', async () => {
      const aleph = await client([status(500)])
      for (const path of ['', 'a//b', '../a', 'a/./b', 'a/', 'a\0', 'a\nb', 7 as never])
        await assert.rejects(aleph.ipfs.get('QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX', { path }), {
          code: 'INVALID_INPUT',
        })
      assert.equal(gateways[0]?.requests.length, 0)
    })
  })

  describe('a gateway that', () => {
    let blocks: Blocks
    let root: CID
    let good: Answer
    before(async () => {
      blocks = new Blocks()
      root = await blocks.add([{ content }], { profile: 'unixfs-v0-2015' })
      good = sends(root, blocks.below(root))
    })
    const altered = () =>
      blocks
        .below(root)
        .map(({ cid, bytes }, i) => ({ cid, bytes: i === 2 ? bytes.map((b, at) => (at === 99 ? b ^ 1 : b)) : bytes }))
    const foreign = async () => {
      const other = new Blocks()
      const cid = await other.add([{ content: noise(10, 3) }], { profile: 'unixfs-v0-2015' })
      return sends(cid, other.below(cid))
    }
    const endless =
      (piece: (i: number) => Uint8Array): Answer =>
      async (_, response) => {
        response.setMaxListeners(0)
        for (let i = 0; !response.destroyed; i++)
          if (!response.write(piece(i)))
            await new Promise(resolve => response.once('drain', resolve).once('close', resolve))
      }
    /** A CAR's header that names the root. */
    const header = () => {
      const cid = root.bytes
      const map = Buffer.concat([
        Buffer.from([0xa2, 0x65]),
        Buffer.from('roots'),
        Buffer.from([0x81, 0xd8, 0x2a, 0x58, cid.length + 1, 0]),
        cid,
        Buffer.from([0x67]),
        Buffer.from('version'),
        Buffer.from([1]),
      ])
      return Buffer.concat([Buffer.from([map.length]), map])
    }
    const lies: [string, () => Answer | Promise<Answer>, RegExp][] = [
      ['sends other bytes in a block', () => sends(root, altered()), /their hash differs/],
      ['sends another tree', foreign, /is missing/],
      ['leaves out a block', () => sends(root, blocks.below(root).slice(0, -1)), /is missing/],
      ['sends no block', () => sends(root, []), /is missing/],
      ['sends a page of HTML', () => status(200, {}, '<html>Welcome</html>'), /not a CAR/],
      ['sends nothing', () => status(200), /not a CAR/],
      [
        'announces a block of 2⁴⁰ bytes',
        () => (_, response) =>
          void response.end(Buffer.concat([header(), Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x20]), root.bytes])),
        /a block of 1099511627742 bytes/,
      ],
      [
        'announces a header without end',
        () => endless(i => (i ? Buffer.alloc(65_536) : Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]))),
        /a block of 4294967295 bytes/,
      ],
      [
        'sends blocks without end that nobody asked for',
        async () => {
          const other = new Blocks()
          const cid = await other.raw(noise(1_000_000))
          const section = Buffer.concat([Buffer.from([0xe4, 0x84, 0x3d]), cid.bytes, noise(1_000_000)])
          return endless(i => (i ? section : header()))
        },
        /blocks that do not belong to the file/,
      ],
      ['sends to another host', () => status(302, { location: 'http://localhost:1/ipfs/' }), /another host/],
      ['sends to another scheme', () => status(302, { location: 'file:///etc/passwd' }), /another host/],
      ['sends nowhere', () => status(301), /another host/],
      [
        'sends in circles',
        () => (request, response) => void response.writeHead(302, { location: request.url }).end(),
        /in circles/,
      ],
    ]
    for (const [name, make, message] of lies) {
      it(`${name} is INTEGRITY, and the next one is asked`, async () => {
        const liar = await make()
        const alone = await client([liar])
        await assert.rejects(alone.ipfs.get(root.toString()), { code: 'INTEGRITY', message })
        const aleph = await client([good])
        assert.equal(gateways.length, 2)
        assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString())), content)
        assert.ok((gateways[0]?.requests.length ?? 0) >= 2)
        const path = folder('file')
        await assert.rejects(alone.ipfs.downloadTo(root.toString(), path), { code: 'INTEGRITY' })
        assert.deepEqual(readdirSync(folder()), [])
      })
    }

    const failures: [string, Answer, string][] = [
      ['does not have it', status(404, {}, `<html>${'x'.repeat(20_000)}</html>`), 'NOT_FOUND'],
      ['is broken', status(500), 'NETWORK'],
      ['has had enough', status(429), 'RATE_LIMITED'],
      ['hangs up', (_, response) => void response.destroy(), 'NETWORK'],
      ['hangs up half way', (_, response) => void response.write(header(), () => response.destroy()), 'NETWORK'],
      ['knows no CARs', status(406), 'REJECTED'],
    ]
    for (const [name, answer, code] of failures)
      it(`${name} is passed over; alone it makes ${code}`, async () => {
        const alone = await client([answer])
        await assert.rejects(alone.ipfs.get(root.toString()), { code })
        const aleph = await client([good])
        assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString())), content)
      })

    it('sends on within its own name is followed', async () => {
      const aleph = await client([
        (request, response) =>
          request.url?.startsWith('/ipfs/')
            ? void response.writeHead(307, { location: `/elsewhere/${root.toString()}?format=car` }).end()
            : good(request, response, gateways[0] as Gateway),
      ])
      assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString())), content)
      assert.equal(gateways[0]?.requests.length, 2)
    })

    it('does not answer is given up after 30 seconds, and the next one is asked', async () => {
      let nowMs = 0
      const waits: (() => void)[] = []
      const aleph = await client([() => waits.splice(0).forEach(end => end()), good], {
        clock: {
          now: () => nowMs,
          sleep: (delayMs, signal) =>
            new Promise((resolve, reject) => {
              signal?.addEventListener('abort', () => reject(new Error('no longer')))
              waits.push(() => {
                nowMs += delayMs
                resolve()
              })
            }),
        },
      })
      assert.deepEqual(await bytesOf(await aleph.ipfs.get(root.toString())), content)
      assert.equal(nowMs >= 30_000, true)
    })

    it('lied is told before one that had nothing or could not be reached', async () => {
      const aleph = await client([status(404), sends(root, altered()), status(500)])
      await assert.rejects(aleph.ipfs.get(root.toString()), {
        code: 'INTEGRITY',
        message: new RegExp(`^The gateway 127.0.0.1:${gateways[1]?.port} sent other bytes .* their hash differs`),
      })
    })

    it('is asked also when the node has other bytes under this CID', async () => {
      const other = await client([good], {
        fetch: async (url, init) => (url.includes('/storage/raw/') ? new Response('other bytes') : fetch(url, init)),
      })
      assert.deepEqual(await bytesOf(await other.ipfs.get(root.toString())), content)
    })

    it('serves storage.getFile and downloadTo of a CID that the node does not have', async () => {
      const aleph = await client([sends(root, altered()), good])
      assert.deepEqual(await bytesOf(await aleph.storage.getFile(root.toString())), content)
      await aleph.storage.downloadTo(root.toString(), folder('file'))
      assert.deepEqual(new Uint8Array(readFileSync(folder('file'))), content)
    })

    it('can not be reached leaves storage.getFile its NOT_FOUND', async () => {
      const aleph = await client([status(500)])
      await assert.rejects(aleph.storage.getFile(root.toString()), { code: 'NOT_FOUND' })
      await assert.rejects(
        new AlephHttpClient({ endpoints: node().url, gateways: [] }).storage.getFile(root.toString()),
        {
          code: 'NOT_FOUND',
        },
      )
    })
  })

  describe('a tree that contradicts itself is INTEGRITY', () => {
    const file = (data: Uint8Array | undefined, blockSizes: bigint[]) =>
      new UnixFS({ type: 'file', ...(data ? { data } : {}), blockSizes }).marshal()
    const link = (Hash: CID) => ({ Hash, Name: '', Tsize: 1 })
    const trees: [string, (blocks: Blocks) => Promise<CID>][] = [
      [
        'a leaf shorter than announced',
        async b => b.node({ Data: file(undefined, [9n]), Links: [link(await b.raw(text('short')))] }),
      ],
      [
        'a leaf longer than announced',
        async b => b.node({ Data: file(undefined, [2n]), Links: [link(await b.raw(text('long')))] }),
      ],
      [
        'more links than sizes',
        async b => {
          const leaf = link(await b.raw(text('x')))
          return b.node({ Data: file(undefined, [1n]), Links: [leaf, leaf] })
        },
      ],
      [
        'fewer links than sizes',
        async b => b.node({ Data: file(undefined, [1n, 1n]), Links: [link(await b.raw(text('x')))] }),
      ],
      [
        'links to nothing, without end',
        async b => {
          let node = await b.node({ Data: file(undefined, []), Links: [] })
          for (let depth = 0; depth < 25; depth++)
            node = await b.node({ Data: file(undefined, [0n, 0n]), Links: [link(node), link(node)] })
          return node
        },
      ],
      [
        'a chain of nodes',
        async b => {
          let node = await b.raw(text('x'))
          for (let depth = 0; depth < 40; depth++)
            node = await b.node({ Data: file(undefined, [1n]), Links: [link(node)] })
          return node
        },
      ],
      [
        'a folder within a file',
        async b => {
          const inner = await b.node({ Data: new UnixFS({ type: 'directory' }).marshal(), Links: [] })
          return b.node({ Data: file(undefined, [1n]), Links: [link(inner)] })
        },
      ],
      ['a node that is not UnixFS', async b => b.node({ Data: text('?'), Links: [] })],
      ['a node without data', async b => b.node({ Links: [] })],
    ]
    for (const [name, make] of trees)
      it(name, async () => {
        const blocks = new Blocks()
        const root = await make(blocks)
        const aleph = await client([
          sends(
            root,
            [...blocks].map(([cid, bytes]) => ({ cid: CID.parse(cid), bytes })),
          ),
        ])
        await assert.rejects(aleph.ipfs.get(root.toString()), { code: 'INTEGRITY' })
      })
  })

  it('a folder that is sharded in an unknown width does not keep the walk from ending', async () => {
    const blocks = new Blocks()
    const root = await blocks.node({
      Data: new UnixFS({
        type: 'hamt-sharded-directory',
        fanout: 1n,
        hashType: 0x22n,
        data: new Uint8Array(1),
      }).marshal(),
      Links: [],
    })
    const aleph = await client([sends(root, blocks.below(root))])
    await assert.rejects(aleph.ipfs.get(root.toString(), { path: 'a' }), { code: 'INTEGRITY' })
  })

  it('more than maxBytes is TOO_LARGE before the bytes come, and names no other gateway', async () => {
    const blocks = new Blocks()
    const root = await blocks.add([{ content }], { profile: 'unixfs-v0-2015' })
    const aleph = await client([sends(root, blocks.below(root)), status(500)])
    await assert.rejects(aleph.ipfs.get(root.toString(), { maxBytes: 699_999 }), { code: 'TOO_LARGE' })
    assert.equal((await aleph.ipfs.get(root.toString(), { maxBytes: 700_000 })).size, 700_000)
    assert.equal(gateways[1]?.requests.length, 0)
  })

  it('writes a file as it comes and tells how far it is', async () => {
    const bytes = noise(5_000_000)
    const blocks = new Blocks()
    const root = await blocks.add([{ content: bytes }], { cidVersion: 1, rawLeaves: true })
    const aleph = await client([sends(root, blocks.below(root))])
    const seen: unknown[] = []
    const { sizeBytes } = await aleph.ipfs.downloadTo(root.toString(), folder('file'), {
      onProgress: ({ receivedBytes, totalBytes }) => seen.push([receivedBytes, totalBytes]),
    })
    assert.equal(sizeBytes, 5_000_000)
    assert.deepEqual(new Uint8Array(readFileSync(folder('file'))), bytes)
    assert.deepEqual(seen.at(-1), [5_000_000, 5_000_000])
    assert.ok(seen.length > 3)
  })

  it('a signal ends it at once, and leaves no file', async () => {
    const blocks = new Blocks()
    const root = await blocks.add([{ content }], { profile: 'unixfs-v0-2015' })
    const controller = new AbortController()
    const aleph = await client([(_, response) => void response.write('', () => controller.abort()), status(500)])
    await assert.rejects(aleph.ipfs.downloadTo(root.toString(), folder('file'), { signal: controller.signal }), {
      code: 'ABORTED',
    })
    assert.ok(!existsSync(folder('file')))
    assert.equal(gateways[1]?.requests.length, 0)
    await assert.rejects(aleph.ipfs.get(root.toString(), { signal: AbortSignal.abort() }), { code: 'ABORTED' })
  })

  it('what is no CID, or none of a file, is INVALID_INPUT before anybody is asked', async () => {
    const aleph = await client([status(500)])
    for (const cid of [
      '',
      'nonsense',
      'ab'.repeat(32),
      'QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX/a',
      'QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaa1',
      'bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku', // dag-cbor
      'bafkrg',
      undefined,
      7,
    ])
      await assert.rejects(aleph.ipfs.get(cid as string), { code: 'INVALID_INPUT' }, String(cid))
    await assert.rejects(aleph.ipfs.get('Qm', { nonsense: 1 } as never), { code: 'INVALID_INPUT' })
    assert.equal(gateways[0]?.requests.length, 0)
  })

  it('gateways are https, or on this computer', () => {
    for (const gateway of ['http://example.org/ipfs/', 'ftp://127.0.0.1/', 'https://a:b@example.org/ipfs/', 'x'])
      assert.throws(() => new AlephHttpClient({ gateways: [gateway] }), { code: 'INVALID_INPUT' })
  })
})
