// Pinning what is on IPFS, the CID of a file, and its address at a gateway.
import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import type { StoreContent } from '../../../src/client/message/types.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, impatientClock } from '../../helpers/fakes.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { upload } from '../../helpers/signed.js'

const nobodyHas = 'QmTzQ1JRkWErjk39mryYw2WVaphAZNAREyMchXzYQ7c15n'
const hello = 'QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX'

describe('ipfs.pin', () => {
  let accounts: ETHAccount[]
  before(async () => (accounts = await Promise.all([0, 1, 2].map(developmentAccount))))
  const account = (index: number) => accounts[index] as ETHAccount
  const node = useLocalNode(() => ({ balances: { [account(0).address]: 1000 } }), { each: true })
  const client = (index: number, options: AlephOptions = {}) =>
    new AlephHttpClient({
      endpoints: node().url,
      account: account(index),
      gateways: [],
      retries: 0,
      clock: impatientClock(testDate),
      ...options,
    })

  it('publishes a STORE of the CID with what the caller says of it, without an upload', async () => {
    const cid = await upload(node().url, 'hello', 'ipfs')
    const aleph = client(0)
    const pinned = await aleph.ipfs.pin(`ipfs://${cid}`, {
      tags: ['a'],
      metadata: { x: 1 },
      filename: 'hello.txt',
      mimetype: 'text/plain',
      channel: 'c',
    })
    assert.deepEqual({ ...pinned, item_hash: 0 }, { success: true, item_hash: 0, status: 'processed' })
    const message = await aleph.messages.get(pinned.item_hash)
    const { address, time: _, ...content } = message.content as StoreContent
    assert.equal(address, account(0).address)
    assert.deepEqual(content, {
      item_type: 'ipfs',
      item_hash: cid,
      content_type: 'text/plain',
      metadata: { x: 1, filename: 'hello.txt', mimetype: 'text/plain' },
      tags: ['a'],
      payment: { chain: 'ETH', type: 'hold' },
    })
    assert.equal(message.channel, 'c')
    assert.equal(await (await aleph.storage.getFile(pinned.item_hash)).text(), 'hello')
  })

  it('signs with the account of the call, and pays by credit from 2027 on', async () => {
    const cid = await upload(node().url, 'hello', 'ipfs')
    const { item_hash } = await client(0).ipfs.pin(cid, { account: account(1) })
    assert.equal((await client(0).messages.get(item_hash)).sender, account(1).address)
    const sent: string[] = []
    const later = client(0, {
      clock: impatientClock(Date.UTC(2027, 0, 2)),
      fetch: async (url, init) => {
        if (init.body) sent.push(init.body as string)
        return fetch(url, init)
      },
    })
    await assert.rejects(later.ipfs.pin(cid))
    assert.match(sent.join(), /\\"payment\\":{\\"chain\\":\\"ETH\\",\\"type\\":\\"credit\\"}/)
  })

  it('is pending, and no success, while the network still looks', async () => {
    const stuck = new AlephHttpClient({
      endpoints: 'http://127.0.0.1:1',
      account: account(0),
      clock: new FakeClock(testDate),
      fetch: async url =>
        new Response(JSON.stringify(url.endsWith('/status') ? { status: 'pending' } : { message_status: 'pending' }), {
          status: 202,
        }),
    })
    for (const waitMs of [0, 5000]) {
      const { success, status } = await stuck.ipfs.pin(nobodyHas, { waitMs })
      assert.deepEqual({ success, status }, { success: false, status: 'pending' })
    }
  })

  it('does not have a node hold its answer for longer than the caller waits', async () => {
    const clock = new FakeClock(testDate)
    const patient = new AlephHttpClient({
      endpoints: 'http://127.0.0.1:1',
      account: account(0),
      clock,
      async fetch(_, init) {
        if (init.method !== 'POST') return new Response(JSON.stringify({ status: 'pending' }))
        const { sync } = JSON.parse(String(init.body)) as { sync: boolean }
        if (sync) await clock.sleep(30_000)
        return new Response(JSON.stringify({ message_status: 'pending' }), { status: 202 })
      },
    })
    for (const [waitMs, longestMs] of [
      [3_000, 3_000],
      [60_000, 90_000],
    ] as const) {
      const startMs = clock.now()
      assert.equal((await patient.ipfs.pin(nobodyHas, { waitMs })).status, 'pending')
      assert.ok(clock.now() - startMs <= longestMs, `${clock.now() - startMs} ms`)
    }
  })

  it('that nobody has is REJECTED in words', async () => {
    await assert.rejects(client(0).ipfs.pin(nobodyHas), (error: AlephError) => {
      assert.equal(error.code, 'REJECTED')
      assert.equal(error.details.error_code, 4)
      assert.match(error.message, new RegExp(`^The network could not find ${nobodyHas} on IPFS`))
      assert.match(String(error.details.item_hash), /^[0-9a-f]{64}$/)
      return true
    })
  })

  it('without funds tells what is needed and what is there', async () => {
    const aleph = client(2)
    const cid = await upload(node().url, 'hello', 'ipfs')
    assert.equal((await aleph.ipfs.pin(cid)).success, true) // small ones are free
    await assert.rejects(aleph.ipfs.pin(nobodyHas), (error: AlephError) => {
      assert.equal(error.code, 'INSUFFICIENT_FUNDS')
      assert.ok(Number(error.details.required) > 0)
      assert.equal(error.details.available, 0)
      assert.equal(error.details.unit, 'ALEPH')
      assert.match(error.message, /It needs [\d.e-]+ ALEPH held, and has 0 .*pinning it again later helps/)
      return true
    })
    await assert.rejects(aleph.ipfs.pin(cid, { payment: 'credit' }), (error: AlephError) => {
      assert.equal(error.code, 'INSUFFICIENT_FUNDS')
      assert.equal(error.details.unit, 'credits')
      return true
    })
  })

  it('takes no CID that nodes refuse, and says why, before anything is signed or sent', async () => {
    const silent = client(0, { fetch: () => assert.fail('nothing may be sent') })
    const refused: [string, RegExp][] = [
      ['bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4', /raw blocks/],
      ['bafybeigllfqgfpqydppr6cmv56g7ax4wyhruzswvcefv6j5kj77nzttfk', /59 characters/],
      [`${hello}/dir/file`, /path/],
      [`ipfs://${hello}/dir`, /path/],
      ['ab'.repeat(32), /hash of a file of the storage engine/],
      ['nonsense', /not a CID/],
      [`${hello}0`, /not a CID/],
      ['', /not a CID/],
      [undefined as never, /not a CID/],
      [7 as never, /not a CID/],
    ]
    for (const [cid, message] of refused)
      await assert.rejects(silent.ipfs.pin(cid), { code: 'INVALID_INPUT', message }, String(cid))
    for (const options of [
      { tag: ['a'] },
      { tags: ['a,b'] },
      { metadata: 7 },
      { filename: 7 },
      { mimetype: 7 },
      { payment: 'cash' },
      { waitMs: -1 },
      { owner: 'me' },
      { channel: '' },
    ])
      await assert.rejects(silent.ipfs.pin(hello, options as never), { code: 'INVALID_INPUT' }, JSON.stringify(options))
    await assert.rejects(client(0, { account: undefined as never }).ipfs.pin(hello), { code: 'INVALID_INPUT' })
  })
})

describe('storage.getIPFSHash', () => {
  let alice: ETHAccount
  before(async () => (alice = await developmentAccount(0)))
  const node = useLocalNode(() => ({ balances: { [alice.address]: 1000 } }))
  const client = () =>
    new AlephHttpClient({ endpoints: node().url, account: alice, gateways: [], clock: impatientClock(testDate) })
  const bytes = new TextEncoder().encode('hello')

  it('is the CID of a STORE of the ipfs engine; a CID is its own', async () => {
    const { item_hash, file_hash } = await client().storage.storeFile(bytes, { engine: 'ipfs' })
    assert.equal(await client().storage.getIPFSHash(item_hash), file_hash)
    assert.equal(await client().storage.getIPFSHash(hello), hello)
  })

  it('of a file of the storage engine is NOT_FOUND, which with compute tells the CID it would get', async () => {
    const { item_hash } = await client().storage.storeFile(bytes, { engine: 'storage' })
    await assert.rejects(client().storage.getIPFSHash(item_hash), (error: AlephError) => {
      assert.equal(error.code, 'NOT_FOUND')
      assert.match(error.message, /not on IPFS.*Store it again with the ipfs engine/)
      assert.equal(error.details.cid, undefined)
      return true
    })
    await assert.rejects(client().storage.getIPFSHash(item_hash, { compute: true }), (error: AlephError) => {
      assert.equal(error.details.cid, hello)
      return true
    })
  })

  it('of a value is INVALID_INPUT, of nothing NOT_FOUND', async () => {
    const { item_hash } = await client().storage.store({ a: 1 })
    await assert.rejects(client().storage.getIPFSHash(item_hash), { code: 'INVALID_INPUT' })
    await assert.rejects(client().storage.getIPFSHash('ab'.repeat(32)), { code: 'NOT_FOUND' })
    await assert.rejects(client().storage.getIPFSHash(hello, { computed: true } as never), { code: 'INVALID_INPUT' })
  })
})

describe('ipfs.gatewayUrl and ipfs.cid', () => {
  const aleph = new AlephHttpClient({
    endpoints: 'http://127.0.0.1:1',
    gateways: ['https://one.example/ipfs', 'https://two.example/ipfs/'],
  })

  it('is below the first gateway, or the one given, with every name of the path escaped', () => {
    assert.equal(aleph.ipfs.gatewayUrl(hello), `https://one.example/ipfs/${hello}`)
    assert.equal(
      aleph.ipfs.gatewayUrl(`ipfs://${hello}`, { gateway: 'https://x.example/ipfs' }),
      `https://x.example/ipfs/${hello}`,
    )
    assert.equal(
      aleph.ipfs.gatewayUrl(hello, { path: 'a b/ü%#?.txt' }),
      `https://one.example/ipfs/${hello}/a%20b/%C3%BC%25%23%3F.txt`,
    )
    assert.equal(new AlephHttpClient().ipfs.gatewayUrl(hello), `https://ipfs.aleph.cloud/ipfs/${hello}`)
    const raw = 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4'
    assert.equal(aleph.ipfs.gatewayUrl(raw), `https://one.example/ipfs/${raw}`)
  })

  it('refuses what is no CID, no path and no gateway', () => {
    const calls: [string, object?][] = [
      ['nonsense'],
      ['ab'.repeat(32)],
      [`${hello}/../..`],
      ['"><script>'],
      [hello, { path: '../x' }],
      [hello, { path: 'a//b' }],
      [hello, { gateway: 'http://example.org/' }],
      [hello, { nonsense: 1 }],
    ]
    for (const [cid, options] of calls)
      assert.throws(() => aleph.ipfs.gatewayUrl(cid, options as never), { code: 'INVALID_INPUT' }, cid)
    assert.throws(() => new AlephHttpClient({ gateways: [] }).ipfs.gatewayUrl(hello), { code: 'INVALID_INPUT' })
  })

  it('cid hashes any source as a stream', async () => {
    const bytes = new TextEncoder().encode('hello')
    const stream = {
      sizeBytes: 5,
      async *stream() {
        yield bytes.subarray(0, 2)
        yield bytes.subarray(2)
      },
    }
    for (const source of [bytes, new Blob([bytes]), stream]) assert.equal(await aleph.ipfs.cid(source), hello)
    await assert.rejects(aleph.ipfs.cid(7 as never), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.ipfs.cid(bytes, { engine: 'storage' } as never), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.ipfs.cid('/nonexistent/file'), { code: 'IO' })
    await assert.rejects(aleph.ipfs.cid(bytes, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
  })
})
