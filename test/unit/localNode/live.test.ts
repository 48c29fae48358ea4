// The WebSocket of the node where the recordings say nothing: order, gaps, slow readers, dead ones, faults, its end.
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { startLocalNode } from '../../../src/localNode/index.js'
import { openLog } from '../../../src/localNode/log.js'
import { LiveClient } from '../../helpers/liveClient.js'
import { quick, useLocalNode } from '../../helpers/localNode.js'
import { account, baseTime, get, nextTime, post, publish, signed, upload, type Signed } from '../../helpers/signed.js'

const metrics = async (url: string) => (await get(url, '/metrics.json')).body as Record<string, number>
const connections = async (url: string) => (await metrics(url))['pyaleph_ws_messages_connections_active']

describe('the WebSocket of the local node', () => {
  const node = useLocalNode({ live: { errorDelayMs: 5 } })
  const open = (query: string) => LiveClient.open(node().url, query)
  let channels = 0
  const newChannel = () => `live-${++channels}`
  const sendAll = async (messages: Signed[]) => {
    for (const message of messages) assert.equal((await publish(node().url, message)).status, 200)
  }
  const notes = (count: number, channel: string) =>
    Array.from({ length: count }, (_, n) => post({ n }, {}, { channel }))

  it('misses nothing between history and live, and sends nothing twice, whenever a client comes', async () => {
    const channel = newChannel()
    const messages = notes(120, channel)
    const clients: LiveClient[] = []
    const publishing = messages.map(message => publish(node().url, message, false))
    for (let i = 0; i < 12; i++) clients.push(await open(`channels=${channel}&history=199`))
    await Promise.all(publishing)
    await node().idle()
    const wanted = messages.map(message => message.item_hash).sort()
    for (const client of clients) assert.deepEqual((await client.hashes(120)).sort(), wanted)
    await Promise.all(clients.map(client => client.close()))
  })

  it('sends live messages in the order in which they were processed, and the same to two windows', async () => {
    const channel = newChannel()
    const [one, two] = [await open(`channels=${channel}`), await open(`channels=${channel}`)]
    // Written in the wrong order: the time in a message does not matter here.
    const messages = notes(20, channel).reverse()
    await sendAll(messages)
    const frames = await one.take(20)
    assert.deepEqual(
      frames.map(frame => (JSON.parse(frame) as Signed).item_hash),
      messages.map(message => message.item_hash),
    )
    assert.deepEqual(await two.take(20), frames)
    await Promise.all([one.close(), two.close()])
  })

  it('history is the newest ones, oldest first: 10 unless asked for, with sortOrder=1 the oldest ones, newest first', async () => {
    const channel = newChannel()
    const messages = notes(15, channel)
    await sendAll(messages)
    const hashes = messages.map(message => message.item_hash)
    const historyOf = async (query: string, count: number) => {
      const client = await open(`channels=${channel}${query}`)
      const seen = await client.hashes(count)
      await client.close()
      return seen
    }
    assert.deepEqual(await historyOf('', 10), hashes.slice(5))
    assert.deepEqual(await historyOf('&history=3', 3), hashes.slice(12))
    assert.deepEqual(await historyOf('&history=0', 0), [])
    assert.deepEqual(await historyOf('&history=199', 15), hashes)
    assert.deepEqual(await historyOf('&history=3&sortOrder=1', 3), hashes.slice(0, 3).reverse())
  })

  it('honours some filters live, ignores others, and never matches a tag', async () => {
    const channel = newChannel()
    const by = account(2).address
    const file = await upload(node().url, 'a file to be named')
    const note = post({ tags: ['t'] }, { type: 'kind', ref: 'r' }, { by: 2, channel })
    const store = signed('STORE', { item_type: 'storage', item_hash: file }, { by: 2, channel })
    const cases: [query: string, expected: string[]][] = [
      ['', [note.item_hash, store.item_hash]],
      ['&msgType=STORE', [store.item_hash]],
      [`&addresses=${by}`, [note.item_hash, store.item_hash]],
      [`&addresses=${by.toLowerCase()}`, []],
      [`&owners=${by},x`, [note.item_hash, store.item_hash]],
      [`&hashes=${note.item_hash}`, [note.item_hash]],
      ['&chains=SOL', []],
      ['&refs=r', [note.item_hash]],
      ['&contentTypes=kind', [note.item_hash]],
      [`&contentHashes=${file}`, [store.item_hash]],
      ['&tags=t', []],
      // Ignored:
      ['&msgTypes=FORGET', [note.item_hash, store.item_hash]],
      ['&startDate=4000000000', [note.item_hash, store.item_hash]],
      ['&endDate=1', [note.item_hash, store.item_hash]],
      ['&startBlock=4000000000', [note.item_hash, store.item_hash]],
      [`&contentKeys=${file}`, [note.item_hash, store.item_hash]],
      ['&paymentTypes=credit', [note.item_hash, store.item_hash]],
      ['&msgStatuses=rejected', [note.item_hash, store.item_hash]],
      ['&page=7&pagination=x&cursor=%00', [note.item_hash, store.item_hash]],
    ]
    const clients = await Promise.all(cases.map(([query]) => open(`channels=${channel}&history=0${query}`)))
    await sendAll([note, store])
    for (const [i, [query, expected]] of cases.entries())
      assert.deepEqual(await clients[i]?.hashes(expected.length), expected, query)
    await Promise.all(clients.map(client => client.close()))
    const tagged = await open(`channels=${channel}&tags=t`)
    assert.deepEqual(await tagged.hashes(1), [note.item_hash])
    await tagged.close()
  })

  it('a message whose content is in a file comes with that content, live and in history', async () => {
    const channel = newChannel()
    const live = await open(`channels=${channel}&history=0`)
    const content = {
      address: account().address,
      time: nextTime(),
      type: 'big',
      content: { text: 'x'.repeat(300_000) },
    }
    const item_hash = await upload(node().url, JSON.stringify(content))
    const { address: sender, sign } = account()
    const head = { chain: 'ETH', sender, type: 'POST', item_hash }
    const signature = sign([head.chain, head.sender, head.type, head.item_hash].join('\n'))
    const message = { ...head, item_type: 'storage', time: content.time, channel, signature }
    await publish(node().url, message, false)
    await node().idle()
    const [frame = ''] = await live.take(1)
    const { body } = await get(node().url, `/api/v0/messages/${item_hash}`)
    assert.deepEqual(JSON.parse(frame), (body as { message: unknown }).message)
    assert.deepEqual((JSON.parse(frame) as { content: unknown }).content, { ...content, ref: null })

    const late = await open(`channels=${channel}`)
    const [old = ''] = await late.take(1)
    const { body: list } = await get(node().url, `/api/v0/messages.json?channels=${channel}`)
    assert.deepEqual([JSON.parse(old)], (list as { messages: unknown[] }).messages)
    await Promise.all([live.close(), late.close()])
  })

  it('without content where headers or none is asked for; what was signed is still there', async () => {
    const channel = newChannel()
    const queries = ['contentFormat=headers', 'contentFormat=none', 'excludeContent=true']
    const before = await Promise.all(queries.map(query => open(`channels=${channel}&${query}`)))
    const [message] = notes(1, channel) as [Signed]
    await sendAll([message])
    const after = await Promise.all(queries.map(query => open(`channels=${channel}&${query}`)))
    for (const client of [...before, ...after]) {
      const [frame = '{}'] = await client.take(1)
      const shown = JSON.parse(frame) as Record<string, unknown>
      assert.equal(shown['item_content'], message.item_content)
      assert.ok(!('content' in shown))
      await client.close()
    }
  })

  it('forgotten messages are not announced, the FORGET is; refused ones and copies are not either', async () => {
    const channel = newChannel()
    const client = await open(`channels=${channel}`)
    const [one, bad] = notes(2, channel) as [Signed, Signed]
    await sendAll([one])
    await publish(node().url, { ...bad, signature: one.signature }, false)
    await node().idle()
    await publish(node().url, one, false) // again: nothing new
    const forget = signed('FORGET', { hashes: [one.item_hash] }, { channel })
    await sendAll([forget])
    assert.deepEqual(await client.hashes(2), [one.item_hash, forget.item_hash])
    await client.close()
  })

  const invalid = [
    'history=200',
    'history=-1',
    'history=',
    'history=1e999',
    'msgType=__proto__',
    'hashes=../../etc',
    'chains=ETH,eth',
    'startDate=NaN',
    'endDate=-1',
    'startDate=2&endDate=1',
    'startBlock=2&endBlock=1',
    'excludeContent=perhaps',
    'contentFormat=constructor',
    'sortOrder=0',
  ]
  for (const query of invalid)
    it(`${query}: the connection opens, then an HTTP answer breaks it (trap 49)`, async () => {
      const client = await open(query)
      const { code } = await client.closed
      assert.equal(code, 1006)
      assert.match(String(client.error), /RSV/)
      assert.deepEqual(client.frames, [])
    })

  it('strange values that are allowed match nothing and break nothing', async () => {
    const wild = ['__proto__', 'constructor', '%00', '%ff', '%', ',,,', 'x'.repeat(2_000), '%F0%9F%92%A9', "';--"]
    for (const value of wild) {
      const client = await open(`channels=${value}&addresses=${value}&refs=${value}&unknown=${value}`)
      assert.deepEqual(await client.take(0), [])
      await client.close()
    }
  })

  it('a plain request is told what is missing', async () => {
    const response = await fetch(`${node().url}/api/ws0/messages`, { headers: { Origin: 'http://localhost:1' } })
    assert.equal(response.status, 400)
    assert.equal(response.headers.get('access-control-allow-origin'), 'http://localhost:1')
    assert.match(await response.text(), /^No WebSocket UPGRADE hdr: None\n/)
  })

  it('the wish for another protocol or at another path is not heard; a body behind it is refused', async () => {
    const ask = (head: string) =>
      new Promise<string>((resolve, reject) => {
        let text = ''
        const socket = connect(node().port, '127.0.0.1', () => socket.write(`${head}\r\nHost: localhost\r\n\r\n`))
        socket.on('data', (data: Buffer) => (text += data.toString('utf8')))
        socket.on('end', () => resolve(text))
        socket.on('error', reject)
      })
    const wish = 'Connection: Upgrade\r\nUpgrade: '
    assert.match(await ask(`GET /version HTTP/1.1\r\n${wish}h2c`), /^HTTP\/1\.1 200 OK[^]*"version"/)
    assert.match(await ask(`GET /nowhere HTTP/1.1\r\n${wish}websocket`), /^HTTP\/1\.1 404 /)
    assert.match(await ask(`GET /api/ws0/messages HTTP/1.1\r\n${wish}h2c`), /^HTTP\/1\.1 400 [^]*HDR?: h2c/i)
    assert.match(await ask(`POST /api/v0/messages HTTP/1.1\r\n${wish}h2c`), /^HTTP\/1\.1 400 /)
    for (const path of ['//', '//[', '*', 'http://[/api/ws0/messages', '/api/ws0/messages/../x?%'])
      assert.match(await ask(`GET ${path} HTTP/1.1\r\n${wish}websocket`), /^HTTP\/1\.1 4\d\d /, path)
    // No key, no version.
    assert.match(await ask(`GET /api/ws0/messages HTTP/1.1\r\n${wish}websocket`), /^HTTP\/1\.1 400 /)
  })

  it('a client that talks is not listened to; one that says too much is cut off', async () => {
    const channel = newChannel()
    const client = await open(`channels=${channel}`)
    client.socket.send('{"subscribe":"everything"}')
    const [message] = notes(1, channel) as [Signed]
    await sendAll([message])
    assert.deepEqual(await client.hashes(1), [message.item_hash])
    client.socket.send('x'.repeat(70_000))
    assert.equal((await client.closed).code, 1009)
  })
})

describe('the WebSocket of the local node and bad days', () => {
  it('ten thousand messages: history gives the newest 199 in order', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'aleph-live-'))
    try {
      const { log } = await openLog(
        join(dataDir, 'messages.log'),
        () => undefined,
        () => undefined,
      )
      const address = account().address
      const hashes = Array.from({ length: 10_000 }, (_, n) => {
        const time = baseTime + n
        const item_content = JSON.stringify({ address, time, type: 'n', content: { n } })
        const item_hash = sha256Hex(item_content)
        const head = { sender: address, chain: 'ETH', type: 'POST', item_type: 'inline', item_hash, item_content, time }
        void log.append(
          { k: 'received', m: { ...head, channel: 'many', signature: '0x', content: null }, t: time },
          () => undefined,
        )
        void log.append({ k: 'processed', h: item_hash, t: time }, () => undefined)
        return item_hash
      })
      await log.close()
      const node = await startLocalNode({ ...quick, dataDir })
      const client = await LiveClient.open(node.url, 'channels=many&history=199')
      assert.deepEqual(await client.hashes(199), hashes.slice(-199))
      await client.close()
      await node.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })

  describe('with little patience', () => {
    const node = useLocalNode(
      { live: { maxQueuedBytes: 100_000, maxConnections: 2, errorDelayMs: 60_000 } },
      { each: true },
    )
    const url = () => node().url

    it('a client that does not read is cut off, and nobody else notices', async function () {
      this.timeout(30_000)
      const slow = await LiveClient.open(url(), 'history=0', { autoPong: true })
      const good = await LiveClient.open(url(), 'history=0')
      slow.socket.pause()
      const sent: string[] = []
      // The operating system takes some megabytes for it.
      while (sent.length < 300 && (await connections(url())) === 2) {
        const message = post({ text: 'x'.repeat(190_000), n: sent.length })
        await publish(url(), message)
        sent.push(message.item_hash)
      }
      assert.equal(await connections(url()), 1)
      assert.deepEqual(await good.hashes(sent.length), sent)
      slow.socket.resume()
      assert.equal((await slow.closed).code, 1006)
      await good.close()
    })

    it('too many connections: the next one is told to try later (1013), and may come when one has gone', async () => {
      const [one, two] = [await LiveClient.open(url(), ''), await LiveClient.open(url(), '')]
      const third = await LiveClient.open(url(), '')
      assert.deepEqual(await third.closed, { code: 1013, reason: 'Too many connections' })
      assert.equal((await metrics(url()))['pyaleph_ws_messages_connections_rejected_total'], 1)
      await one.close()
      const fourth = await LiveClient.open(url(), '')
      assert.deepEqual(await fourth.take(0), [])
      await Promise.all([two.close(), fourth.close()])
    })

    it('the end of the node ends its connections (1001), also those that wait for an answer or do not read', async () => {
      const open = await LiveClient.open(url(), '')
      const waiting = await LiveClient.open(url(), 'history=x')
      waiting.socket.pause()
      await node().close()
      assert.equal((await open.closed).code, 1001)
      waiting.socket.resume()
      assert.ok([1001, 1006].includes((await waiting.closed).code))
    })
  })

  describe('with pings', () => {
    const node = useLocalNode({ live: { pingMs: 100 } })

    it('pings; who does not answer is cut off, who does stays', async () => {
      const alive = await LiveClient.open(node().url, '')
      const dead = await LiveClient.open(node().url, '', { autoPong: false })
      let pings = 0
      alive.socket.on('ping', () => pings++)
      assert.equal((await dead.closed).code, 1006)
      assert.ok(pings >= 1)
      assert.deepEqual(await alive.take(0), [])
      await alive.close()
    })
  })

  it('an open connection is use of the node: it is idle only when that has ended', async () => {
    let hasEnded = false
    const isIdle = new Promise<boolean>(resolve => {
      void startLocalNode({ ...quick, live: { pingMs: 50 }, idleTimeoutMs: 100, onIdle: () => resolve(hasEnded) }).then(
        async node => {
          const client = await LiveClient.open(node.url, '')
          // Longer than the time after which it would be idle.
          for (let i = 0; i < 5; i++) await new Promise(done => client.socket.once('ping', done))
          hasEnded = true
          await client.close()
          await isIdle
          await node.close()
        },
      )
    })
    assert.equal(await isIdle, true)
  })

  describe('on demand', () => {
    const node = useLocalNode({}, { each: true })
    const url = () => node().url

    it('dropSockets breaks what is open, and what is missed is in the history afterwards', async () => {
      const [one, two] = [await LiveClient.open(url(), ''), await LiveClient.open(url(), '')]
      const message = post({ n: 1 })
      await publish(url(), message)
      assert.deepEqual(await one.hashes(1), [message.item_hash])
      assert.equal(node().faults.dropSockets(), 2)
      assert.equal((await one.closed).code, 1006)
      assert.equal((await two.closed).code, 1006)
      assert.equal(node().faults.dropSockets(), 0)
      const missed = post({ n: 2 })
      await publish(url(), missed)
      const again = await LiveClient.open(url(), 'history=1')
      assert.deepEqual(await again.hashes(1), [missed.item_hash])
      await again.close()
    })

    it('drop: breaks after so many frames, so many times', async () => {
      for (let n = 0; n < 3; n++) await publish(url(), post({ n }))
      const fault = node().faults.add('drop frames=2 count=1 path=/api/ws0')
      const client = await LiveClient.open(url(), '')
      assert.equal((await client.closed).code, 1006)
      assert.equal(client.frames.length, 2)
      assert.equal(fault.hits, 1)
      const next = await LiveClient.open(url(), '')
      assert.equal((await next.take(3)).length, 3)
      await next.close()
      node().faults.add('drop')
      assert.equal((await (await LiveClient.open(url(), '')).closed).code, 1006)
    })

    it('a status refuses the upgrade, reset and lost break it, slow makes it wait', async () => {
      node().faults.add('503 retry-after=2 body=come back later count=1 path=/api/ws0')
      const refused = await new Promise<{ status: number; retryAfter: unknown }>((resolve, reject) => {
        const headers = {
          ...{ Connection: 'Upgrade', Upgrade: 'websocket' },
          ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64') },
        }
        const request = httpRequest(`${url()}/api/ws0/messages`, { headers }, response => {
          response.resume()
          resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
        })
        request.on('error', reject).end()
      })
      assert.deepEqual(refused, { status: 503, retryAfter: '2' })
      node().faults.add('429 count=1 path=/api/ws0')
      await assert.rejects(LiveClient.open(url(), ''), /429/)
      for (const kind of ['reset', 'lost']) {
        node().faults.add(`${kind} count=1 path=/api/ws0`)
        await assert.rejects(LiveClient.open(url(), ''), /hang up|ECONNRESET/)
      }
      node().faults.add('slow seconds=0.05 count=1 path=/api/ws0')
      const start = performance.now()
      const client = await LiveClient.open(url(), '')
      assert.ok(performance.now() - start >= 49)
      await client.close()
      node().faults.add('slow seconds=60 path=/api/ws0')
      const waiting = new LiveClient(url(), '')
      await get(url(), '/version')
      await node().close()
      await assert.rejects(waiting.opened)
    })
  })
})
