// `ipfs/add_car` of the local node (protocol §5.4): what it takes, keeps and refuses.
import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { CID } from 'multiformats/cid'
import { startLocalNode } from '../../../src/localNode/index.js'
import { buildCli, spawnNode } from '../../helpers/cli.js'
import { Blocks, carOf } from '../../helpers/gateway.js'
import { quick, testDate, useLocalNode } from '../../helpers/localNode.js'
import { account, get, signed, type Signed } from '../../helpers/signed.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const text = (value: string) => new TextEncoder().encode(value)
const noise = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) % 256)
const big = noise(600_000)
const files = [
  { path: 'a.txt', content: text('a') },
  { path: `sub/${'long '.repeat(30)}ü.txt`, content: text('long') },
  { path: 'sub/big.bin', content: big },
  { path: 'none', content: text('') },
]

describe('ipfs/add_car of the local node', () => {
  let now = testDate
  const node = useLocalNode(() => ({ now: () => now, balances: { [account(0).address]: 1000 } }), { each: true })
  const folder = useTemporaryFolder()
  beforeEach(() => (now = testDate))

  const store = (hash: string, more: Record<string, unknown> = {}, options: { by?: number } = {}) =>
    signed('STORE', { item_type: 'ipfs', item_hash: hash, ...more }, options)

  async function send(url: string, car: Uint8Array | undefined, message?: Signed | object | string) {
    const form = new FormData()
    if (message)
      form.append('metadata', typeof message === 'string' ? message : JSON.stringify({ message, sync: true }))
    if (car) form.append('file', new Blob([car as Uint8Array<ArrayBuffer>]), 'x.car')
    const response = await fetch(`${url}/api/v0/ipfs/add_car`, { method: 'POST', body: form })
    const body = await response.text()
    return { status: response.status, body: body.startsWith('{') ? (JSON.parse(body) as object) : body }
  }
  async function made(entries: { path?: string; content: Uint8Array }[], options: Record<string, unknown>) {
    const blocks = new Blocks()
    const root = await blocks.add(entries, { wrapWithDirectory: true, ...options })
    return { root, blocks, car: await carOf(root, blocks.below(root)) }
  }
  const v0 = { cidVersion: 0, rawLeaves: false }
  const metadata = async (url: string, cid: CID) => (await get(url, `/api/v0/storage/metadata/${cid.toString()}`)).body
  const rawStatus = async (cid: CID | string) => (await get(node().url, `/api/v0/storage/raw/${cid.toString()}`)).status

  for (const [name, options] of [
    ['CIDv0', v0],
    ['CIDv1 with raw leaves', { cidVersion: 1, rawLeaves: true }],
    ['shards', { ...v0, shardSplitThresholdBytes: 0 }],
  ] as const)
    it(`keeps a directory with ${name}, and gives it as a tar`, async () => {
      const { root, blocks, car } = await made(files, options)
      const cid = root.toString()
      const sent = store(cid)
      const dagBytes = [...new Set(blocks.below(root))].reduce((sum, { bytes }) => sum + bytes.length, 0)
      assert.deepEqual(await send(node().url, car, sent), {
        status: 200,
        body: { status: 'success', hash: cid, size: dagBytes },
      })
      assert.deepEqual(await metadata(node().url, root), {
        file_hash: cid,
        type: 'dir',
        size: dagBytes,
        download_url: `/api/v0/storage/raw/${cid}`,
      })
      const response = await fetch(`${node().url}/api/v0/storage/raw/${cid}`)
      assert.equal(response.headers.get('content-type'), 'application/x-tar')
      assert.equal(response.headers.get('content-length'), null)
      writeFileSync(folder('x.tar'), new Uint8Array(await response.arrayBuffer()))
      execFileSync('tar', ['-xf', folder('x.tar'), '-C', folder()])
      for (const { path, content } of files)
        assert.deepEqual(new Uint8Array(readFileSync(folder(`${cid}/${path}`))), content, path)
      const head = await fetch(`${node().url}/api/v0/storage/raw/${cid}`, { method: 'HEAD' })
      assert.equal(head.headers.get('content-type'), 'application/x-tar')
      assert.equal(head.headers.get('content-length'), null)
    })

  it('keeps a single file as a file', async () => {
    const { root, car } = await made([{ content: big }], { ...v0, wrapWithDirectory: false })
    assert.equal((await send(node().url, car, store(root.toString()))).status, 200)
    assert.deepEqual(await metadata(node().url, root), {
      file_hash: root.toString(),
      type: 'file',
      size: 600_000,
      download_url: `/api/v0/storage/raw/${root.toString()}`,
    })
    const response = await fetch(`${node().url}/api/v0/storage/raw/${root.toString()}`)
    assert.equal(response.headers.get('content-type'), 'application/octet-stream')
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), big)
  })

  it('does not know the files in a directory by themselves', async () => {
    const { root, blocks, car } = await made(files, v0)
    await send(node().url, car, store(root.toString()))
    const inside = [...blocks.keys()].filter(cid => cid !== root.toString())
    assert.ok(inside.length > 4)
    for (const cid of inside) assert.equal(await rawStatus(cid), 404)
  })

  it('refuses what does not fit, each with its own status and text', async () => {
    const { root, blocks, car } = await made(files, v0)
    const cid = root.toString()
    const below = blocks.below(root)
    const wrong = below.map(block =>
      block.bytes.length > 200_000 ? { ...block, bytes: noise(block.bytes.length) } : block,
    )
    const other = 'QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX'
    const refused: [string, Uint8Array | undefined, Parameters<typeof send>[2], number, RegExp][] = [
      ['no metadata', car, undefined, 422, /^422: metadata is required for CAR upload$/],
      ['no file', undefined, store(cid), 422, /^422: Missing 'file' in multipart form\.$/],
      ['broken metadata', car, '{', 422, /^422: Could not decode metadata: \[/],
      ['no sync', car, JSON.stringify({ message: store(cid) }), 422, /"loc":\["sync"\]/],
      ['another signer', car, { ...store(cid), sender: account(1).address }, 403, /^403: Forbidden$/],
      [
        'the storage engine',
        car,
        signed('STORE', { item_type: 'storage', item_hash: 'ab'.repeat(32) }),
        422,
        /Expected item_type=ipfs or item_type=ipns in STORE message, got ItemType\.storage/,
      ],
      ['no CAR', text('zz'), store(cid), 422, /^422: Invalid CAR file: truncated header$/],
      ['an empty CAR', new Uint8Array(0), store(cid), 422, /^422: Invalid CAR file: truncated header$/],
      ['a bad header', text('\x05hello'), store(cid), 422, /^422: Invalid CAR file: malformed DAG-CBOR header$/],
      ['another root', car, store(other), 422, new RegExp(`^422: Root CID does not match \\(${cid} != ${other}\\)$`)],
      ['no funds', car, store(cid, {}, { by: 1 }), 402, /^402: Payment Required$/],
      [
        'a block missing',
        await carOf(root, below.slice(0, -1)),
        store(cid),
        502,
        /^502: Failed to import CAR into IPFS: /,
      ],
      ['no block', await carOf(root, []), store(cid), 502, /block was not found locally/],
      ['wrong bytes', await carOf(root, wrong), store(cid), 502, /mismatch in content integrity/],
      ['a torn end', car.subarray(0, -5), store(cid), 502, /unexpected EOF/],
    ]
    for (const [name, bytes, message, status, body] of refused) {
      const answer = await send(node().url, bytes, message)
      assert.equal(answer.status, status, name)
      assert.match(String(answer.body), body, name)
      assert.equal(await rawStatus(root), 404, name)
    }
    const plain = await fetch(`${node().url}/api/v0/ipfs/add_car`, { method: 'POST', body: 'zz' })
    assert.equal(plain.status, 400)
  })

  it('goes 24 hours after its FORGET', async () => {
    const { root, car } = await made(files, v0)
    const sent = store(root.toString())
    await send(node().url, car, sent)
    now += 72 * 3_600_000
    node().collectGarbage()
    assert.equal(await rawStatus(root), 200)
    const forget = signed('FORGET', { hashes: [sent.item_hash] })
    await fetch(`${node().url}/api/v0/messages`, {
      method: 'POST',
      body: JSON.stringify({ sync: true, message: forget }),
    })
    now += 23 * 3_600_000
    node().collectGarbage()
    assert.equal(await rawStatus(root), 200)
    now += 2 * 3_600_000
    node().collectGarbage()
    assert.equal(await rawStatus(root), 404)
    assert.equal((await get(node().url, `/api/v0/storage/metadata/${root.toString()}`)).status, 404)
  })

  it('whose message is rejected goes with the next collection', async () => {
    const { root, car } = await made(files, v0)
    const answer = await send(node().url, car, store(root.toString(), { time: 1_798_761_601 }))
    assert.equal(answer.status, 202)
    await node().idle()
    assert.equal(await rawStatus(root), 200)
    node().collectGarbage()
    assert.equal(await rawStatus(root), 404)
  })

  it('is a directory still after a restart with its data', async () => {
    const { root, car } = await made(files, v0)
    const options = { ...quick, dataDir: folder('data'), balances: { [account(0).address]: 1000 } }
    const first = await startLocalNode(options)
    await send(first.url, car, store(root.toString()))
    const before = await metadata(first.url, root)
    await first.close()
    const again = await startLocalNode(options)
    try {
      assert.deepEqual(await metadata(again.url, root), before)
      assert.equal((before as { type: string }).type, 'dir')
      const response = await fetch(`${again.url}/api/v0/storage/raw/${root.toString()}`)
      assert.equal(response.headers.get('content-type'), 'application/x-tar')
    } finally {
      await again.close()
    }
  })

  it('survives kill -9 once it was answered', async function () {
    this.timeout(60_000)
    await buildCli()
    const { root, car } = await made(files, v0)
    const args = ['--data-dir', folder('data'), '--now', '2026-11-23', '--balance', `${account(0).address}=1000`]
    const killed = await spawnNode(args)
    assert.equal((await send(killed.url, car, store(root.toString()))).status, 200)
    await killed.end('SIGKILL')
    const again = await spawnNode(args)
    assert.equal(((await metadata(again.url, root)) as { type: string }).type, 'dir')
    assert.equal((await fetch(`${again.url}/api/v0/storage/raw/${root.toString()}`)).status, 200)
    await again.end()
  })
})
