// What the recordings do not show: traps of protocol §10 that concern the node, and what happens as its clock goes on.
import { strict as assert } from 'node:assert'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { startLocalNode } from '../../../src/localNode/index.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { account, baseTime, get, nextTime, post, publish, signed, upload } from '../../helpers/signed.js'

interface Message {
  status: string
  error_code?: number
  details?: unknown
  message?: Record<string, unknown>
}

describe('the local node', () => {
  let now = testDate
  const node = useLocalNode(
    () => {
      now = testDate
      return { now: () => now, syncTimeoutMs: 400 }
    },
    { each: true },
  )
  const message = async (hash: string) => (await get(node().url, `/api/v0/messages/${hash}`)).body as Message
  const store = (fileHash: string, more: Record<string, unknown> = {}, options: { by?: number } = {}) =>
    signed(
      'STORE',
      { item_type: fileHash.startsWith('Qm') ? 'ipfs' : 'storage', item_hash: fileHash, ...more },
      options,
    )
  const element = (key: string, content: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    signed('AGGREGATE', { key, content, ...more })
  const aggregate = async (key: string, owner = account().address) =>
    ((await get(node().url, `/api/v0/aggregates/${owner}.json?keys=${key}`)).body as { data: Record<string, unknown> })
      .data[key]
  const raw = async (hash: string) => (await fetch(`${node().url}/api/v0/storage/raw/${hash}`)).status
  const count = async (hash: string) => (await get(node().url, `/api/v0/storage/count/${hash}`)).body
  const processed = async (sent: unknown) => assert.equal((await publish(node().url, sent)).status, 200)
  const forget = (...hashes: string[]) => signed('FORGET', { hashes })

  it('trap 41: an escape that breaks the JSON makes a message vanish', async () => {
    for (const escape of ['%22', '%5C', '%0A']) {
      const sent = post({ url: `a${escape}x` })
      assert.equal((await publish(node().url, sent)).status, 202)
      assert.equal((await get(node().url, `/api/v0/messages/${sent.item_hash}`)).status, 404)
    }
  })

  it('trap 4: a message without signature is rejected while the call waits; so is \\u0000', async () => {
    const unsigned = { ...post('a'), signature: '' }
    assert.equal((await publish(node().url, unsigned)).status, 202)
    assert.deepEqual((await message(unsigned.item_hash)).details, { errors: ['Missing signature'] })
    const nul = post('a\u0000b')
    assert.equal((await publish(node().url, nul)).status, 202)
    assert.equal((await message(nul.item_hash)).error_code, 0)
  })

  it('trap 14: pagination=0 is no page size for a cursor, pages end at 200, bad cursors are named', async () => {
    const list = (query: string) => get(node().url, `/api/v0/messages.json?${query}`)
    assert.deepEqual(await list('cursor=&pagination=0'), {
      status: 422,
      body: 'pagination=0 is not allowed with cursor-based pagination',
    })
    assert.deepEqual(await list('cursor=zz'), { status: 422, body: 'Expecting value: line 1 column 1 (char 0)' })
    const incomplete = Buffer.from('{"t":"2026-11-23T08:00:00+00:00"}').toString('base64url')
    assert.deepEqual(await list(`cursor=${incomplete}`), {
      status: 422,
      body: 'Invalid cursor: missing required fields',
    })
    assert.equal((await list(`cursor=${incomplete}&sortBy=tx-time`)).status, 422)
    assert.equal(
      ((await list('cursor=&pagination=1000')).body as { pagination_per_page: number }).pagination_per_page,
      200,
    )
  })

  it('cursors reach every message once, in both orders, while others are published', async () => {
    for (let i = 0; i < 5; i++) await processed(post({ i }, { time: baseTime + (i >> 1) }))
    for (const order of [-1, 1]) {
      const seen: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const path = `/api/v0/messages.json?sortOrder=${order}&pagination=2&cursor=${cursor}`
        const { messages, next_cursor } = (await get(node().url, path)).body as {
          messages: { item_hash: string; time: number }[]
          next_cursor: string | null
        }
        seen.push(...messages.map(each => each.item_hash))
        await processed(post(`later ${seen.length}`, { time: order === -1 ? baseTime + 100 : baseTime - 100 }))
        cursor = next_cursor
      }
      assert.equal(new Set(seen).size, seen.length)
      assert.ok(seen.length >= 5)
    }
  })

  it('trap 35: a list gives the digits that were signed', async () => {
    const time = nextTime()
    const text = `{"address":"${account().address}","time":${time},"type":"n","content":{"big":12345678901234567890}}`
    const sent = signed('POST', {}, { text })
    await processed({ ...sent, time })
    const response = await fetch(`${node().url}/api/v0/messages.json?hashes=${sent.item_hash}`)
    assert.ok((await response.text()).includes('"content":{"big":12345678901234567890}'))
  })

  it('trap 39: without a balance one storage file at a time, but any number of ipfs files', async () => {
    node().setBalance(account(1).address, 0)
    const [one, two] = [await upload(node().url, 'one'), await upload(node().url, 'two')]
    await processed(store(one, {}, { by: 1 }))
    const second = store(two, {}, { by: 1 })
    assert.equal((await publish(node().url, second)).status, 422)
    assert.equal((await message(second.item_hash)).error_code, 5)
    for (const text of ['three', 'four']) {
      const sent = store(await upload(node().url, text, 'ipfs'), {}, { by: 1 })
      await publish(node().url, sent)
      await node().idle()
      assert.equal((await message(sent.item_hash)).status, 'processed')
    }
  })

  it('from 2027 on, by the envelope, files are paid with credits: 202, 402 and 6 otherwise', async () => {
    now = Date.parse('2027-01-02T00:00:00Z')
    const time = now / 1000
    const fileHash = await upload(node().url, 'paid')
    const hold = store(fileHash, { time })
    assert.equal((await publish(node().url, hold)).status, 422)
    assert.equal((await message(hold.item_hash)).error_code, 202)
    await processed(store(fileHash, { time: time + 1, payment: { type: 'credit' } }))
    node().setCredits(account(1).address, 0)
    const poor = store(fileHash, { time: time + 2, payment: { type: 'credit' } }, { by: 1 })
    assert.equal((await publish(node().url, poor)).status, 422)
    assert.equal((await message(poor.item_hash)).error_code, 6)
    const form = new FormData()
    form.append(
      'metadata',
      JSON.stringify({ message: store(sha256Hex('x'), { time, payment: { type: 'credit' } }, { by: 1 }), sync: true }),
    )
    form.append('file', new Blob(['x']))
    const response = await fetch(`${node().url}/api/v0/storage/add_file`, { method: 'POST', body: form })
    assert.equal(response.status, 402)
    // The clock does not matter, the envelope's time does.
    await processed(store(fileHash, { time: baseTime }))
  })

  it('an upload without a message lives for 24 hours; every upload counts (trap 51)', async () => {
    const hash = await upload(node().url, 'short life')
    now += 23 * 3_600_000
    assert.equal(await raw(hash), 200)
    await upload(node().url, 'short life')
    assert.equal(await count(hash), 2)
    now += 2 * 3_600_000 // the first pin is over, the second holds
    node().collectGarbage()
    assert.equal(await raw(hash), 200)
    assert.equal(await count(hash), 1)
    now += 48 * 3_600_000 // the collector comes by itself once a day
    assert.equal(await raw(hash), 404)
  })

  it('a STORE keeps its file; after its FORGET the file has 24 hours', async () => {
    const hash = await upload(node().url, 'kept')
    const sent = store(hash)
    await processed(sent)
    now += 72 * 3_600_000
    assert.equal(await raw(hash), 200)
    await processed(forget(sent.item_hash))
    now += 23 * 3_600_000
    node().collectGarbage()
    assert.equal(await raw(hash), 200)
    now += 2 * 3_600_000
    node().collectGarbage()
    assert.equal(await raw(hash), 404)
  })

  it('trap 50: an upload whose message is rejected goes with the next collection', async () => {
    const fileHash = sha256Hex('no grace')
    const form = new FormData()
    const sent = store(fileHash, { time: 1_798_761_601 })
    form.append('metadata', JSON.stringify({ message: sent, sync: true }))
    form.append('file', new Blob(['no grace']))
    const response = await fetch(`${node().url}/api/v0/storage/add_file`, { method: 'POST', body: form })
    assert.equal(response.status, 422)
    assert.deepEqual(await response.json(), { status: 'success', hash: fileHash }) // trap 3
    assert.equal(await raw(fileHash), 200)
    assert.equal(await count(fileHash), 0)
    node().collectGarbage()
    assert.equal(await raw(fileHash), 404)
  })

  it('a signed ipfs upload with a wrong CID leaves the file for 24 hours', async () => {
    const form = new FormData()
    const sent = store('QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX')
    form.append('metadata', JSON.stringify({ message: sent, sync: true }))
    form.append('file', new Blob(['not hello']), 'a.txt')
    const response = await fetch(`${node().url}/api/v0/ipfs/add_file`, { method: 'POST', body: form })
    assert.equal(response.status, 422)
    const cid = /\((Qm\w+) !=/.exec(await response.text())?.[1] ?? ''
    assert.equal(await count(cid), 1)
  })

  it('a STORE of an unknown file waits for it', async () => {
    const patient = await startLocalNode({
      syncTimeoutMs: 50,
      maxRetries: 1_000,
      retryDelayMs: () => 1,
      now: () => now,
    })
    const sent = store(sha256Hex('comes later'))
    assert.equal((await publish(patient.url, sent)).status, 202)
    await upload(patient.url, 'comes later')
    await patient.idle()
    const { body } = await get(patient.url, `/api/v0/messages/${sent.item_hash}/status`)
    assert.equal((body as Message).status, 'processed')
    await patient.close()
  })

  it('forgetting the newest version of a hash ref falls back to the one before (protocol §3.4)', async () => {
    const versions = []
    for (const text of ['v1', 'v2', 'v3']) versions.push(await upload(node().url, text))
    const [first = '', second = '', third = ''] = versions
    const original = store(first)
    await processed(original)
    const update = store(second, { ref: original.item_hash })
    await processed(update)
    const newest = store(third, { ref: original.item_hash })
    await processed(newest)
    const current = async () =>
      ((await get(node().url, `/api/v0/storage/by-ref/${original.item_hash}`)).body as { file_hash: string }).file_hash
    assert.equal(await current(), third)
    await processed(forget(newest.item_hash))
    assert.equal(await current(), second)
    const ofUpdate = store(third, { ref: update.item_hash })
    await publish(node().url, ofUpdate)
    assert.equal((await message(ofUpdate.item_hash)).error_code, 201)
    const foreign = store(third, { ref: original.item_hash }, { by: 1 })
    await publish(node().url, foreign)
    assert.equal((await message(foreign.item_hash)).error_code, 2)
  })

  it('an amend of an amend and a foreign amend are refused (102, 2)', async () => {
    const original = post('first')
    await processed(original)
    const amend = post('second', { type: 'amend', ref: original.item_hash })
    await processed(amend)
    const again = post('third', { type: 'amend', ref: amend.item_hash })
    await publish(node().url, again)
    assert.equal((await message(again.item_hash)).error_code, 102)
    const foreign = post('theirs', { type: 'amend', ref: original.item_hash }, { by: 1 })
    await publish(node().url, foreign)
    assert.equal((await message(foreign.item_hash)).error_code, 2)
  })

  it('a delegate amends and forgets what he may write (protocol §3.6)', async () => {
    const { address: owner } = account()
    const { address: delegate } = account(1)
    await processed(
      element('security', { authorizations: [{ address: delegate, types: ['POST'], post_types: ['note'] }] }),
    )
    const original = post('mine')
    await processed(original)
    const other = post('other', { type: 'article' })
    await processed(other)
    await processed(post('amended', { type: 'amend', ref: original.item_hash, address: owner }, { by: 1 }))
    const refused = post('amended', { type: 'amend', ref: other.item_hash, address: owner }, { by: 1 })
    assert.equal((await publish(node().url, refused)).status, 422)
    await processed(signed('FORGET', { hashes: [original.item_hash] }, { by: 1 }))
    assert.equal((await publish(node().url, signed('FORGET', { hashes: [other.item_hash] }, { by: 1 }))).status, 422)
  })

  it('aggregates: an element between others without a common key takes the place of the last revision', async () => {
    await processed(element('k', { a: 'newest' }, { time: baseTime + 10 }))
    await processed(element('k', { b: 1 }, { time: baseTime }))
    await processed(element('k', { c: 1 }, { time: baseTime + 4 })) // now counts as the last revision
    await processed(element('k', { a: 'older' }, { time: baseTime + 6 })) // "newer" than that
    assert.deepEqual(await aggregate('k'), { a: 'older', b: 1, c: 1 })
  })

  it('aggregates: more than a thousand elements make a late one wait for the next read', async function () {
    this.timeout(60_000)
    const direct = await import('../../../src/localNode/state/aggregates.js')
    const aggregates = new direct.Aggregates()
    const add = (n: number, content: Record<string, unknown>) =>
      aggregates.add('owner', 'key', { hash: `hash ${n}`, time: n, content: new Map(Object.entries(content)) })
    add(1, { a: 1, b: 1 })
    for (let n = 10; n < 1_010; n++) add(n, { a: n })
    add(5, { b: 'late' })
    assert.equal(aggregates.get('owner', 'key')?.isDirty, true)
    assert.equal(aggregates.get('owner', 'key')?.content.get('b'), 1)
    add(2_000, { c: 1 }) // takes no updates while it is dirty
    assert.equal(aggregates.get('owner', 'key')?.content.has('c'), false)
    aggregates.refreshDirty('owner')
    assert.deepEqual(Object.fromEntries(aggregates.get('owner', 'key')?.content ?? []), { a: 1_009, b: 'late', c: 1 })
  })

  it('names such as __proto__ are keys like any other', async () => {
    const time = nextTime()
    const text = `{"address":"${account().address}","time":${time},"key":"__proto__","content":{"__proto__":{"x":1},"constructor":2}}`
    await processed({ ...signed('AGGREGATE', {}, { text }), time })
    const response = await fetch(`${node().url}/api/v0/aggregates/${account().address}.json`)
    assert.ok((await response.text()).includes('"data": {"__proto__": {"__proto__": {"x": 1}, "constructor": 2}}'))
  })

  it('a client that goes away in the middle of an upload leaves nothing behind', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'aleph-data-'))
    const other = await startLocalNode({ dataDir, now: () => now })
    const tmp = () => readdirSync(join(dataDir, 'files', 'tmp'))
    await new Promise<void>(resolve => {
      const headers = { 'Content-Type': 'multipart/form-data; boundary=b' }
      const request = httpRequest(`${other.url}/api/v0/storage/add_file`, { method: 'POST', headers })
      request.on('error', () => resolve())
      request.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n')
      request.write(Buffer.alloc(1 << 20))
      const look = () => (tmp().length ? request.destroy(new Error('gone')) : setImmediate(look))
      look()
    })
    while (tmp().length) await new Promise(resolve => setImmediate(resolve))
    assert.equal((await get(other.url, '/version')).status, 200)
    await other.close()
    rmSync(dataDir, { recursive: true })
  })

  it('an upload of 100 MiB needs a few megabytes of memory', async function () {
    this.timeout(60_000)
    const chunk = Buffer.alloc(1 << 16, 7)
    const total = 104_857_600
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    const boundary = { 'Content-Type': 'multipart/form-data; boundary=b' }
    const memory = () => process.memoryUsage().arrayBuffers
    await upload(node().url, 'warm up')
    const before = memory()
    let peak = 0
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${node().url}/api/v0/storage/add_file`, { method: 'POST', headers: boundary })
      request.on('response', response => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      request.on('error', reject)
      request.write(head)
      let sent = 0
      const more = () => {
        while (sent < total) {
          sent += chunk.length
          peak = Math.max(peak, memory() - before)
          if (!request.write(chunk)) return void request.once('drain', more)
        }
        request.end('\r\n--b--\r\n')
      }
      more()
    })
    assert.equal(status, 413) // 100 MiB are for signed uploads; this one was read to its end to know
    assert.ok(peak < 64 * 1_048_576, `peak ${Math.round(peak / 1_048_576)} MiB`)
  })

  it('HEAD, 405 and OPTIONS do not touch anything', async () => {
    const response = await fetch(`${node().url}/api/v0/messages.json`, { method: 'HEAD' })
    assert.equal(response.headers.get('content-length'), '110')
    assert.equal((await fetch(`${node().url}/api/v0/messages`, { method: 'PUT' })).status, 405)
  })
})
