// Small things in which a running pyaleph differed from this node (protocol, corrections of 2026-11-28).
import { strict as assert } from 'node:assert'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { startLocalNode } from '../../../src/localNode/index.js'
import { retryDelayMs } from '../../../src/localNode/processing.js'
import { quick, useLocalNode } from '../../helpers/localNode.js'
import { account, get, post, publish, signed, upload } from '../../helpers/signed.js'

describe('details of the local node', () => {
  const node = useLocalNode()
  const body = async (path: string) => (await get(node().url, path)).body as Record<string, unknown>
  const statusOf = async (hash: string) => get(node().url, `/api/v0/messages/${hash}/status`)

  it('of repeated query parameters the first counts', async () => {
    assert.equal((await body('/api/v0/messages.json?pagination=3&pagination=7'))['pagination_per_page'], 3)
    assert.equal((await body('/api/v1/posts.json?page=2&page=9'))['pagination_page'], 2)
  })

  it('behind the last page posts and hashes give the true total, messages one that is too high', async () => {
    const channel = 'totals'
    for (let n = 0; n < 3; n++) await publish(node().url, post({ n }, {}, { channel }))
    for (const version of ['v0', 'v1'])
      assert.equal(
        (await body(`/api/${version}/posts.json?channels=${channel}&pagination=2&page=9`))['pagination_total'],
        3,
      )
    const total = (await body('/api/v0/messages/hashes?pagination=1000'))['pagination_total']
    assert.equal((await body('/api/v0/messages/hashes?pagination=2&page=900'))['pagination_total'], total)
    assert.equal((await body(`/api/v0/messages.json?channels=${channel}&pagination=2&page=9`))['pagination_total'], 16)
  })

  it('an address that nobody gave anything has no details and no history', async () => {
    const poor = await startLocalNode({ ...quick, balances: { '*': 0 }, credits: { '*': 0 } })
    const address = account(5).address
    const { body: balance } = await get(poor.url, `/api/v0/addresses/${address}/balance`)
    assert.deepEqual((balance as { details: unknown }).details, {})
    assert.equal((await get(poor.url, `/api/v0/addresses/${address}/credit_history`)).status, 404)
    poor.setBalance(address, 0)
    const { body: named } = await get(poor.url, `/api/v0/addresses/${address}/balance`)
    assert.deepEqual((named as { details: unknown }).details, { ETH: 0 })
    await poor.close()
  })

  it('a preflight for GET or POST is 200 on every path that exists', async () => {
    const ask = (path: string, method: string) =>
      fetch(node().url + path, {
        method: 'OPTIONS',
        headers: { Origin: 'http://localhost:1', 'Access-Control-Request-Method': method },
      })
    for (const path of ['/api/v0/messages', '/api/v0/messages.json', '/version'])
      for (const method of ['GET', 'POST']) {
        const answer = await ask(path, method)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('access-control-allow-methods'), method)
      }
    assert.equal((await ask('/version', 'PUT')).status, 403)
    assert.equal((await ask('/nowhere', 'GET')).status, 404)
  })

  it('an item_type that is empty is refused, one that is missing or null is not', async () => {
    const message = post('x')
    const { item_type: _, ...bare } = message
    assert.equal((await publish(node().url, { ...bare, item_type: '' })).status, 422)
    assert.equal((await publish(node().url, { ...bare, item_type: null })).status, 200)
    const { item_type: __, ...other } = post('y')
    assert.equal((await publish(node().url, other)).status, 200)
  })

  it('content up to 1,024 levels deep is accepted, deeper content refused', async () => {
    const deep = (levels: number) => {
      // The content itself and its field are two levels.
      const inner = `${'['.repeat(levels - 1)}"]["${']'.repeat(levels - 1)}`
      const text = `{"address":"${account().address}","time":1762000000.5,"type":"note","content":${inner}}`
      return signed('POST', {}, { text })
    }
    assert.equal((await publish(node().url, deep(1_024), false)).status, 202)
    for (const levels of [1_025, 1_101, 60_000])
      assert.deepEqual(await publish(node().url, deep(levels)), { status: 422, body: 'InvalidMessageFormat' })
    assert.equal((await get(node().url, '/version')).status, 200)
  })

  it('a message with U+0000 vanishes, beside its file and elsewhere; its escape in the content is rejected', async () => {
    const file = sha256Hex('nul')
    const store = signed('STORE', { item_type: 'storage', item_hash: file, metadata: { name: 'a\0b' } })
    const form = new FormData()
    form.append('metadata', JSON.stringify({ message: store, sync: false }))
    form.append('file', new Blob(['nul']), 'a')
    const answer = await fetch(`${node().url}/api/v0/storage/add_file`, { method: 'POST', body: form })
    assert.equal(answer.status, 202)
    const channel = post('x', {}, { channel: 'a\0b' })
    assert.equal((await publish(node().url, channel, false)).status, 202)
    const content = post('a\0b')
    assert.equal((await publish(node().url, content, false)).status, 202)
    const escaped = post('a\\u0000b') // the six characters, behind a backslash
    await publish(node().url, escaped, false)
    await node().idle()
    assert.equal((await statusOf(store.item_hash)).status, 404)
    assert.equal((await statusOf(channel.item_hash)).status, 404)
    for (const { item_hash } of [content, escaped])
      assert.equal(((await statusOf(item_hash)).body as { status: string }).status, 'rejected')
  })

  it('does not say how long it keeps an idle connection', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(node().port, '127.0.0.1', () =>
        socket.write('GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n'),
      )
      socket.once('data', (data: Buffer) => {
        resolve(data.toString('utf8'))
        socket.destroy()
      })
      socket.once('error', reject)
    })
    assert.match(text, /^HTTP\/1\.1 200 /)
    assert.doesNotMatch(text, /timeout/i)
  })

  it('waits for its retries as the real node does, or a fraction of that', async () => {
    assert.deepEqual(
      [0, 1, 5, 8, 9, 10].map(retries => retryDelayMs(retries, 0.5)),
      [500, 1_000, 16_000, 128_000, 150_000, 150_000],
    )
    assert.equal(retryDelayMs(3, 0), 0)
    const scaled = await startLocalNode({ now: quick.now, retryScale: 1e-6 })
    const store = signed('STORE', { item_type: 'storage', item_hash: sha256Hex('nowhere') })
    assert.equal((await publish(scaled.url, store, false)).status, 202)
    await scaled.idle()
    const { body: found } = await get(scaled.url, `/api/v0/messages/${store.item_hash}`)
    assert.equal((found as { error_code: number }).error_code, 4)
    await scaled.close()
  })

  it('jitter: an ipfs STORE waits twice, the second time with all that comes behind it', async () => {
    const waiting = await startLocalNode({ ...quick, random: () => 0.5, faults: ['jitter seconds=0.2'] })
    const file = await upload(waiting.url, 'x', 'ipfs')
    const store = signed('STORE', { item_type: 'ipfs', item_hash: file })
    const start = performance.now()
    assert.equal((await publish(waiting.url, store)).status, 200)
    assert.ok(performance.now() - start >= 198)
    const other = await upload(waiting.url, 'x')
    const plain = signed('STORE', { item_type: 'storage', item_hash: other })
    assert.equal((await publish(waiting.url, plain)).status, 200)
    await waiting.close()
  })
})
