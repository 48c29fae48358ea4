import { strict as assert } from 'node:assert'
import { WebSocket } from 'ws'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { HttpEvent, WebSocketConstructor } from '../../../src/client/http/transport.js'
import type { MessageRow } from '../../../src/client/message/list.js'
import type { WatchFilter, WatchOptions } from '../../../src/client/message/watcher.js'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { fakeFetch } from '../../helpers/fakes.js'
import { HandClock } from '../../helpers/handClock.js'
import { LiveNode, useLiveNode } from '../../helpers/liveNode.js'
import { account, signed, type Signed } from '../../helpers/signed.js'

const webSocket = WebSocket as unknown as WebSocketConstructor
const startMs = Date.UTC(2026, 10, 23)
let count = 0

/** A POST dated so many seconds after the start of the clock. */
const post = (atSeconds: number, content: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Signed =>
  signed('POST', { time: startMs / 1000 + atSeconds, type: 'note', content: { n: ++count, ...content }, ...more })

interface Watched {
  rows: MessageRow[]
  states: string[]
  events: HttpEvent[]
  clock: HandClock
  /** Resolves once there are so many rows. */
  until(rows: number): Promise<void>
  /** Resolves once the state is this. */
  is(state: string): Promise<void>
  end(): Promise<void>
  done: Promise<void>
}

const running: Watched[] = []
afterEach(async () => {
  for (const each of running.splice(0)) await each.end()
})

/** Watches into a list; `gate` holds up the reader before each next row. */
function watch(
  url: string | string[],
  filter?: WatchFilter,
  { gate, ...options }: WatchOptions & { gate?: () => Promise<void> | undefined } = {},
  clientOptions: AlephOptions = {},
): Watched {
  const clock = new HandClock()
  const events: HttpEvent[] = []
  const onEvent = (event: HttpEvent) => void events.push(event)
  const aleph = new AlephHttpClient({
    ...{ endpoints: url, clock, webSocket, retries: 0, random: () => 0.5, onEvent },
    ...clientOptions,
  })
  const controller = new AbortController()
  let changed: (() => void)[] = []
  const change = () => {
    for (const wake of changed.splice(0)) wake()
  }
  const rows: MessageRow[] = []
  const states: string[] = []
  const onState = (state: string) => {
    states.push(state)
    change()
  }
  const when = async (isTrue: () => boolean) => {
    while (!isTrue()) await Promise.race([new Promise<void>(resolve => changed.push(resolve)), done])
  }
  const list = aleph.messages.watch(filter, { signal: controller.signal, onState, ...options })
  const done = (async () => {
    for await (const row of list) {
      rows.push(row)
      change()
      await gate?.()
    }
  })()
  done.catch(() => undefined) // looked at by who expects it
  changed = []
  const watched: Watched = {
    ...{ rows, states, events, clock, done },
    until: n => when(() => rows.length >= n),
    is: state => when(() => states[states.length - 1] === state),
    end: async () => {
      controller.abort()
      await done.catch(() => undefined)
    },
  }
  running.push(watched)
  return watched
}

const hashesOf = (rows: MessageRow[]) => rows.map(({ item_hash }) => item_hash)
const waits = ({ events }: Watched) => events.filter(event => event.type === 'wait')

describe('messages.watch', () => {
  const node = useLiveNode()

  it('gives what is published from now on, live, verified, each once', async () => {
    node().add(post(-50))
    const watched = watch(node().url)
    await watched.is('live')
    const first = node().add(post(1))
    node().send(JSON.stringify(node().messages[1]))
    const second = node().add(post(2))
    await watched.until(2)
    assert.deepEqual(hashesOf(watched.rows), [first, second])
    assert.equal(watched.rows[0]?.message?.authority, 'owner')
    assert.deepEqual(watched.states, ['live'])
  })

  it('begins with as many messages as are asked for, oldest first', async () => {
    const hashes = [-40, -30, -20, -10].map(at => node().add(post(at)))
    const watched = watch(node().url, {}, { history: 3 })
    await watched.is('live')
    const next = node().add(post(1))
    await watched.until(4)
    assert.deepEqual(hashesOf(watched.rows), [...hashes.slice(1), next])
  })

  it('begins when it is called, not when it is first read', async () => {
    const clock = new HandClock()
    const aleph = new AlephHttpClient({ endpoints: node().url, clock, webSocket })
    node().add(post(-1))
    const list = aleph.messages.watch()
    const hash = node().add(post(0))
    const seen: string[] = []
    for await (const row of list) {
      seen.push(row.item_hash)
      break
    }
    assert.deepEqual(seen, [hash])
  })

  it('asks a node for what it honours live, and looks at the rest itself (trap 9)', async () => {
    const owner = account(0).address
    const filter = { owners: [owner], types: ['POST', 'STORE'], tags: ['yes'], contentTypes: ['note', 'x'], since: 5 }
    const watched = watch(node().url, filter)
    await watched.is('live')
    assert.deepEqual(Object.fromEntries(node().opened[0] ?? []), {
      history: '0',
      owners: owner,
      contentTypes: 'note,x',
    })
    node().add(post(1, { tags: ['no'] }))
    node().add(post(2))
    node().add(signed('POST', { time: startMs / 1000, type: 'other', content: { tags: ['yes'] } }))
    node().add(signed('FORGET', { time: startMs / 1000, hashes: [] }))
    node().add(signed('POST', { time: startMs / 1000, type: 'note', content: { tags: ['yes'] } }, { by: 1 }))
    const wanted = node().add(post(3, { tags: ['a', 'yes'] }))
    await watched.until(1)
    assert.deepEqual(hashesOf(watched.rows), [wanted])
    const single = watch(node().url, { types: ['POST'] })
    await single.is('live')
    assert.equal(node().opened[1]?.get('msgType'), 'POST')
  })

  it('after a drop gives what was missed, also what comes late under an old time, and nothing twice', async () => {
    const before = node().add(post(-100))
    const watched = watch(node().url, {}, { history: 1 })
    await watched.is('live')
    const first = node().add(post(1))
    await watched.until(2)
    const reopened = node().open()
    node().drop()
    const missed = node().add(post(2), { isLive: false })
    const late = node().add(post(-600), { isLive: false })
    await watched.is('reconnecting')
    await watched.clock.passWhenAsleep(250)
    await reopened
    await watched.until(4)
    await watched.is('live')
    const live = node().add(post(3))
    await watched.until(5)
    assert.deepEqual(hashesOf(watched.rows), [before, first, late, missed, live])
    assert.deepEqual(watched.states, ['live', 'reconnecting', 'live'])
    const [wait] = waits(watched)
    assert.ok(wait?.type === 'wait' && wait.delayMs === 250 && wait.code === 'NETWORK' && wait.attempt === 1)
    assert.match(wait.reason, /127\.0\.0\.1:\d+ ended the connection/)
  })

  it('listens before it reads the list: what is published meanwhile is in one of the two, and told once', async () => {
    const watched = watch(node().url)
    let isAdded = false
    node().onList = () => {
      // The second list is read while the connection is open: the message is in both.
      if (node().lists.length !== 2 || isAdded) return
      isAdded = true
      node().add(post(1))
    }
    await watched.is('live')
    const last = node().add(post(2))
    await watched.until(2)
    assert.deepEqual(hashesOf(watched.rows), [node().messages[0]?.item_hash, last])
  })

  it('is not led past what comes by a message that is dated in the future', async () => {
    const watched = watch(node().url)
    await watched.is('live')
    node().add(post(1_000_000_000))
    await watched.until(1)
    node().drop()
    const missed = node().add(post(1), { isLive: false })
    await watched.clock.passWhenAsleep(250)
    await watched.until(2)
    assert.equal(watched.rows[1]?.item_hash, missed)
  })

  it('tells frames that are no messages or not what was signed, and goes on', async () => {
    const watched = watch(node().url)
    await watched.is('live')
    const forged = { ...post(1), signature: post(2).signature }
    const altered = { ...post(1), item_content: '{}' }
    const frames = ['{', '[]', 'null', '{"item_hash":5}', JSON.stringify(forged), JSON.stringify(altered)]
    for (const frame of frames) node().send(frame)
    node().send(Buffer.from('{}'))
    node().send(' '.repeat(2 * 1024 * 1024 + 1))
    node().send(JSON.stringify({ ...post(1), item_content: 'x'.repeat(400_001) }))
    const good = node().add(post(3))
    await watched.until(10)
    const codes = watched.rows.map(row => row.error?.code)
    assert.deepEqual(codes, [...Array<string>(7).fill('INTEGRITY'), 'TOO_LARGE', 'TOO_LARGE', undefined])
    assert.equal(watched.rows[4]?.item_hash, forged.item_hash)
    assert.equal(watched.rows[9]?.item_hash, good)
  })

  it('believes the true message after a false one of the same hash', async () => {
    const watched = watch(node().url)
    await watched.is('live')
    const message = post(1)
    const lie = JSON.stringify({ ...message, signature: post(2).signature })
    node().send(lie)
    node().send(lie)
    node().add(message)
    await watched.until(2)
    assert.deepEqual(
      watched.rows.map(({ item_hash, error }) => [item_hash, error?.code]),
      [
        [message.item_hash, 'INTEGRITY'],
        [message.item_hash, undefined],
      ],
    )
  })

  it('fetches content that travels apart, and tells when that fails', async () => {
    const watched = watch(node().url)
    await watched.is('live')
    const apart = (n: number) => {
      const message = post(n)
      const { item_content, ...rest } = message
      return { wire: { ...rest, item_type: 'storage' }, text: item_content, hash: message.item_hash }
    }
    const [there, gone] = [apart(1), apart(2)]
    node().files.set(there.hash, there.text)
    node().send(JSON.stringify(there.wire))
    node().send(JSON.stringify(gone.wire))
    await watched.until(2)
    assert.equal(sha256Hex(there.text), watched.rows[0]?.message?.item_hash)
    assert.equal(watched.rows[1]?.error?.code, 'NOT_FOUND')
  })

  it('keeps up with a flood that its reader does not: little waits in memory, nothing is lost, nothing comes twice', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>(resolve => (open = resolve))
    const watched = watch(node().url, {}, { gate: () => gate })
    await watched.is('live')
    const socket = [...node().sockets][0]
    const closed = new Promise<void>(resolve => socket?.on('close', () => resolve()))
    const messages = Array.from({ length: 1200 }, (_, i) => post(-800 + i / 2))
    for (const message of messages) node().add(message)
    // The reader stands still at the first row, and so the connection is closed.
    await closed
    open()
    await watched.until(1200)
    await watched.is('live')
    const last = node().add(post(0))
    await watched.until(1201)
    assert.deepEqual(new Set(hashesOf(watched.rows)), new Set([...messages.map(each => each.item_hash), last]))
    assert.equal(watched.rows.length, 1201)
    assert.equal(node().opened.length, 2)
  }).timeout(60_000)

  it('notices a connection that is silent because it is dead, and makes a new one', async () => {
    const watched = watch(node().url)
    await watched.is('live')
    await watched.clock.passWhenAsleep(60_000)
    // Silent because nothing was published: all is well.
    await watched.clock.asleep(60_000)
    assert.equal(node().opened.length, 1)
    const reopened = node().open()
    const missed = node().add(post(1), { isLive: false })
    watched.clock.pass(60_000)
    await watched.until(1)
    assert.equal(watched.rows[0]?.item_hash, missed)
    await watched.clock.passWhenAsleep(250)
    await reopened
    await watched.is('live')
  })

  it('polls a node that refuses connections, and tries again later', async () => {
    node().refusesSockets = true
    const watched = watch(node().url, {}, { pollMs: 5000 })
    await watched.is('polling')
    const first = node().add(post(1))
    await watched.clock.passWhenAsleep(5000)
    await watched.until(1)
    const lists = node().lists.length
    await watched.clock.asleep(5000)
    assert.equal(node().lists.length, lists)
    node().refusesSockets = false
    watched.clock.pass(30_000)
    await watched.is('live')
    const second = node().add(post(2))
    await watched.until(2)
    assert.deepEqual(hashesOf(watched.rows), [first, second])
    assert.deepEqual(watched.states, ['polling', 'live'])
  })

  it('polls where the platform has no WebSocket, and finds late messages, too', async () => {
    const watched = watch(node().url, {}, { pollMs: 1000 }, { webSocket: null })
    await watched.is('polling')
    const first = node().add(post(0))
    await watched.clock.passWhenAsleep(1000)
    await watched.until(1)
    const late = node().add(post(-800))
    for (let i = 0; i < 300 && watched.rows.length < 2; i++) {
      await watched.clock.passWhenAsleep(1000)
      await watched.clock.asleep(1000)
    }
    assert.deepEqual(hashesOf(watched.rows), [first, late])
  })

  it('polls a node whose connections come to nothing (1002, 1013)', async () => {
    for (const code of [1002, 1013]) {
      node().closesWith = code
      const watched = watch(node().url, {}, { pollMs: 7000 })
      await watched.clock.passWhenAsleep(250)
      await watched.clock.passWhenAsleep(500)
      await watched.is('polling')
      await watched.end()
    }
  })

  it('tells why a filter does not work in the words of the node (trap 49)', async () => {
    node().failure = { status: 422, text: '[{"loc":["hashes"],"msg":"no hash"}]' }
    await assert.rejects(watch(node().url).done, {
      code: 'REJECTED',
      details: { reason: '[{"loc":["hashes"],"msg":"no hash"}]' },
    })
    assert.equal(node().opened.length, 0)
  })

  it('throws while it begins, and rides out the same later with growing waits', async () => {
    node().failure = { status: 503, text: '' }
    await assert.rejects(watch(node().url).done, { code: 'NETWORK' })
    node().failure = undefined
    const watched = watch(node().url)
    await watched.is('live')
    await node().close()
    const missed = node().add(post(1))
    for (const delayMs of [250, 500, 1000, 2000]) await watched.clock.passWhenAsleep(delayMs)
    await watched.clock.asleep(4000)
    assert.deepEqual(watched.states, ['live', 'reconnecting'])
    await node().listen()
    watched.clock.pass(4000)
    await watched.is('live')
    await watched.until(1)
    assert.deepEqual(hashesOf(watched.rows), [missed])
    assert.equal(waits(watched).length, 5)
  })

  it('waits as long as a node that has too many requests asks for, and says why', async () => {
    const watched = watch(node().url)
    await watched.is('live')
    node().failure = { status: 429, text: '', headers: { 'retry-after': '7' } }
    node().drop()
    await watched.clock.passWhenAsleep(250)
    await watched.clock.asleep(7000)
    const wait = waits(watched)[1]
    assert.ok(wait?.type === 'wait' && wait.code === 'RATE_LIMITED' && wait.delayMs === 7000)
    assert.match(wait.reason, /too many/)
    node().failure = undefined
    watched.clock.pass(7000)
    await watched.is('live')
  })

  it('tells once what a list holds that is not what was signed, however often it is read', async () => {
    const forged = { ...post(-5), signature: post(2).signature }
    node().add(forged)
    const watched = watch(node().url, {}, { pollMs: 1000, history: 1 }, { webSocket: null })
    for (let i = 0; i < 3; i++) await watched.clock.passWhenAsleep(1000)
    const good = node().add(post(1))
    await watched.clock.passWhenAsleep(1000)
    await watched.until(2)
    assert.deepEqual(
      watched.rows.map(({ item_hash, error }) => [item_hash, error?.code]),
      [
        [forged.item_hash, 'INTEGRITY'],
        [good, undefined],
      ],
    )
  })

  it('holds no more than some megabytes for a reader who stands still', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>(resolve => (open = resolve))
    const watched = watch(node().url, {}, { gate: () => gate })
    await watched.is('live')
    const closed = new Promise<void>(resolve => [...node().sockets][0]?.on('close', () => resolve()))
    for (let i = 0; i < 10; i++) node().send('x'.repeat(1024 * 1024))
    await closed
    open()
    const last = node().add(post(1))
    await watched.until(2)
    while (watched.rows[watched.rows.length - 1]?.item_hash !== last) await watched.until(watched.rows.length + 1)
    assert.ok(watched.rows.length <= 10)
  })

  it('goes to the next node when one dies', async () => {
    const other = await LiveNode.start()
    try {
      const watched = watch([node().url, other.url])
      await watched.is('live')
      await node().close()
      const missed = other.add(post(1))
      await watched.clock.passWhenAsleep(250)
      await watched.until(1)
      await watched.is('live')
      const live = other.add(post(2))
      await watched.until(2)
      assert.deepEqual(hashesOf(watched.rows), [missed, live])
    } finally {
      await other.close()
    }
  })

  it('ends with the signal, without an error, and lets go of the connection', async () => {
    const watched = watch(node().url)
    await watched.is('live')
    const closed = new Promise<void>(resolve => [...node().sockets][0]?.on('close', () => resolve()))
    await watched.end()
    await watched.done
    await closed
    assert.deepEqual(watched.clock.waits, [])
  })

  it('ends with the loop, and with a call of return while it waits', async () => {
    const clock = new HandClock()
    const aleph = new AlephHttpClient({ endpoints: node().url, clock, webSocket })
    const opened = node().open()
    const rows = aleph.messages.watch()[Symbol.asyncIterator]()
    const next = rows.next()
    await opened
    await clock.asleep(60_000)
    const closed = new Promise<void>(resolve => [...node().sockets][0]?.on('close', () => resolve()))
    await rows.return?.()
    assert.deepEqual(await next, { done: true, value: undefined })
    await closed
    assert.deepEqual(clock.waits, [])
  })

  it('ends at once with a signal that has fired already', async () => {
    const fetch = fakeFetch(() => undefined)
    const aleph = new AlephHttpClient({ endpoints: 'https://node.example', fetch })
    for await (const _ of aleph.messages.watch({}, { signal: AbortSignal.abort() })) assert.fail()
    assert.equal(fetch.requests.length, 0)
  })

  it('refuses what can not be watched when it is called, and asks nothing before it is read', () => {
    const fetch = fakeFetch(() => undefined)
    const aleph = new AlephHttpClient({ endpoints: 'https://node.example', fetch })
    for (const [filter, options] of [
      [{ order: 'oldest' }, {}],
      [{ tags: ['a,b'] }, {}],
      [{ owner: ['x'] }, {}],
      [{}, { history: 200 }],
      [{}, { history: -1 }],
      [{}, { history: 1.5 }],
      [{}, { pollMs: 0 }],
      [{}, { pollMs: Infinity }],
      [{}, { pollms: 1000 }],
    ] as [WatchFilter, WatchOptions][])
      assert.throws(() => aleph.messages.watch(filter, options), { code: 'INVALID_INPUT' })
    aleph.messages.watch()
    assert.equal(fetch.requests.length, 0)
  })

  it('goes to wss for https', async () => {
    const urls: string[] = []
    class Refusing {
      constructor(url: string) {
        urls.push(url)
        throw new Error('not allowed')
      }
    }
    const fetch = fakeFetch(() => ({ body: { messages: [] } }))
    const watched = watch(
      'https://node.example',
      {},
      {},
      {
        fetch,
        webSocket: Refusing as unknown as WebSocketConstructor,
      },
    )
    await watched.is('polling')
    assert.deepEqual(urls, ['wss://node.example/api/ws0/messages?history=0'])
  })
})
