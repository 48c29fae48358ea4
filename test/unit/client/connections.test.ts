// What becomes of a request when the connection, the proxy, the certificate, the answer's pace or the clock is wrong.
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { connectionError } from '../../../src/client/http/failures.js'
import { Http, type HttpOptions } from '../../../src/client/http/http.js'
import { backOffMs } from '../../../src/client/http/retry.js'
import type { HttpEvent } from '../../../src/client/http/transport.js'
import { createUpload } from '../../../src/client/node/multipart.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch, refused, reset } from '../../helpers/fakes.js'

const node = 'https://one.example'
const unused = async () => assert.fail('not expected')

function http(options: Partial<HttpOptions> = {}) {
  const events: HttpEvent[] = []
  const clock = new FakeClock()
  const core = new Http({
    ...{ endpoints: [node], fetch: unused, upload: unused, download: unused, clock },
    retry: { retries: 4, maxWaitMs: 30_000, random: () => 0.5 },
    onEvent: event => events.push(event),
    ...options,
  })
  return { core, clock, events }
}

const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more })
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause })
const electron = (name: string) => new Error(`net::${name}`)

describe('a connection that fails', () => {
  const rows: [unknown, reason: string, retryable: boolean, neverSent: boolean, says: RegExp][] = [
    [fetchFailed(coded('ENOTFOUND', { syscall: 'getaddrinfo' })), 'dns', true, true, /name isn't known/],
    [fetchFailed(coded('EAI_AGAIN')), 'dns', true, true, /name isn't known/],
    [electron('ERR_NAME_NOT_RESOLVED'), 'dns', true, true, /name isn't known/],
    [fetchFailed(coded('ECONNREFUSED')), 'refused', true, true, /nothing accepts connections/],
    [fetchFailed(new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])), 'refused', true, true, /nothing/],
    [electron('ERR_CONNECTION_REFUSED'), 'refused', true, true, /nothing accepts connections/],
    [fetchFailed(coded('ENETUNREACH')), 'offline', true, true, /internet connection/],
    [electron('ERR_INTERNET_DISCONNECTED'), 'offline', true, true, /internet connection/],
    [fetchFailed(coded('UND_ERR_CONNECT_TIMEOUT')), 'unreachable', true, true, /no connection comes about/],
    [
      Object.assign(new Error('connect ETIMEDOUT 192.0.2.1:443'), { code: 'ETIMEDOUT' }),
      'unreachable',
      true,
      true,
      /no conn/,
    ],
    [fetchFailed(coded('EHOSTUNREACH', { syscall: 'read' })), 'unreachable', true, false, /no connection/],
    [fetchFailed(coded('ECONNRESET')), 'reset', true, false, /before it answered/],
    [fetchFailed(coded('UND_ERR_SOCKET')), 'reset', true, false, /before it answered/],
    [fetchFailed(new Error('other side closed')), 'reset', true, false, /before it answered/],
    [electron('ERR_EMPTY_RESPONSE'), 'reset', true, false, /before it answered/],
    [fetchFailed(coded('CERT_HAS_EXPIRED')), 'certificate-date', false, true, /Check the date and time/],
    [electron('ERR_CERT_DATE_INVALID'), 'certificate-date', false, true, /Check the date and time/],
    [fetchFailed(coded('ERR_TLS_CERT_ALTNAME_INVALID')), 'certificate-name', false, true, /for another name/],
    [electron('ERR_CERT_COMMON_NAME_INVALID'), 'certificate-name', false, true, /for another name/],
    [fetchFailed(coded('DEPTH_ZERO_SELF_SIGNED_CERT')), 'certificate', false, true, /doesn't trust/],
    [fetchFailed(coded('SELF_SIGNED_CERT_IN_CHAIN')), 'certificate', false, true, /doesn't trust/],
    [fetchFailed(coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE')), 'certificate', false, true, /doesn't trust/],
    [fetchFailed(coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')), 'certificate', false, true, /doesn't trust/],
    [electron('ERR_CERT_AUTHORITY_INVALID'), 'certificate', false, true, /doesn't trust/],
    [fetchFailed(coded('EPROTO')), 'tls', false, false, /securely/],
    [electron('ERR_SSL_PROTOCOL_ERROR'), 'tls', false, false, /securely/],
    [electron('ERR_PROXY_CONNECTION_FAILED'), 'proxy', false, true, /http\.proxy/],
    [electron('ERR_TUNNEL_CONNECTION_FAILED'), 'proxy', false, true, /http\.proxy/],
    [
      fetchFailed(
        Object.assign(new Error('Proxy response (407) !== 200 when HTTP Tunneling'), { code: 'UND_ERR_ABORTED' }),
      ),
      ...(['proxy-auth', false, true, /user name and password.*http\.proxy/] as const),
    ],
    [electron('ERR_PROXY_AUTH_UNSUPPORTED'), 'proxy-auth', false, true, /user name and password/],
    [fetchFailed(new Error('unexpected redirect')), 'redirect', false, false, /redirects elsewhere/],
    [
      new Error("Attempted to redirect, but redirect policy was 'error'"),
      'redirect',
      false,
      false,
      /redirects elsewhere/,
    ],
    [fetchFailed(coded('HPE_INVALID_CONSTANT')), 'not-http', false, false, /isn't valid/],
    [fetchFailed(coded('UND_ERR_HEADERS_OVERFLOW')), 'not-http', false, false, /isn't valid/],
    [new TypeError('Failed to fetch'), 'unknown', true, false, /can't be reached\.$/],
    ['what is this', 'unknown', true, false, /can't be reached\.$/],
  ]
  for (const [cause, reason, retryable, neverSent, says] of rows) {
    const inner = (cause as { cause?: { code?: string; message?: string } }).cause
    it(`for ${inner?.code ?? inner?.message ?? String(cause)} says ${reason}`, async () => {
      const { code, message, ...error } = connectionError(`${node}/x`, cause)
      assert.deepEqual([code, error.retryable, error.details], ['NETWORK', retryable, { reason, neverSent }])
      assert.match(message, /^The node one\.example /)
      assert.match(message, says)
      // Nothing is tried again where it can't help; another node is.
      const fetch = fakeFetch(({ url }) => (url.origin === node ? (cause as Error) : {}))
      const { core } = http({ fetch, endpoints: [node, 'https://two.example'] })
      if (cause instanceof Error) assert.equal((await core.request('/x')).endpoint, 'https://two.example')
      const alone = fakeFetch(() => cause as Error)
      if (!retryable) {
        await assert.rejects(http({ fetch: alone }).core.request('/x'), { code: 'NETWORK' })
        assert.equal(alone.requests.length, 1)
      }
    })
  }

  it('in the middle of an answer says so', async () => {
    const body = new ReadableStream({ start: controller => controller.error(coded('ECONNRESET')) })
    const { core } = http({
      fetch: async () => new Response(body),
      retry: { retries: 0, maxWaitMs: 0, random: () => 0 },
    })
    await assert.rejects(core.request('/x'), {
      message: /in the middle of its answer/,
      code: 'NETWORK',
      retryable: true,
    })
  })

  for (const [name, answer, says] of [
    ['a redirect', { status: 302, headers: { location: 'https://login.example/a' } }, /redirects to login\.example, /],
    ['a redirect to what is no host', { status: 307, headers: { location: 'https://[' } }, /redirects elsewhere, /],
    ['a proxy that wants a password', { status: 407, body: '<h1>proxy</h1>' }, /user name and password.*http\.proxy/],
    ['a login page', { status: 200, body: ' <!doctype html><p>Welcome' }, /web page.*login page/],
    ['a network that wants one to sign in', { status: 511 }, /sign in/],
  ] as const)
    it(`because of ${name} is not tried again`, async () => {
      const fetch = fakeFetch(() => answer)
      await assert.rejects(http({ fetch }).core.request('/x'), (error: AlephError) => {
        assert.match(error.message, says)
        assert.doesNotMatch(error.message, /<|Welcome/)
        return error.code === 'NETWORK' && !error.retryable
      })
      assert.equal(fetch.requests.length, 1)
    })

  it('has nothing of what a node wrote in its sentence, but in its details and in the log', async () => {
    const fetch = fakeFetch(() => ({ status: 403, body: '[Click](command:x)\u0007 <b>' }))
    const { core, events } = http({ fetch })
    await assert.rejects(core.request('/x'), {
      message: 'The node refused the request (HTTP 403).',
      details: { reason: '[Click](command:x) <b>' },
    })
    assert.match(events.map(event => ('reason' in event ? event.reason : '')).join(), /\(\[Click\]\(command:x\) <b>\)/)
  })

  it('says that IPFS is down behind a node that answers', async () => {
    const upload = async () => ({ status: 500, header: () => undefined, body: '500 Internal Server Error' })
    const { core } = http({ upload })
    await assert.rejects(core.uploadOnce(node, '/api/v0/ipfs/add_file', [], {}), (error: AlephError) => {
      assert.match(error.message, /IPFS service may be down.*storage engine/)
      return error.code === 'NETWORK' && error.details.isIpfsDown === true
    })
    await assert.rejects(core.uploadOnce(node, '/api/v0/storage/add_file', [], {}), { message: /^((?!IPFS).)*$/ })
  })
})

describe('patience', () => {
  it('ends an answer that comes byte by byte', async () => {
    const { core, clock } = http({
      fetch: async () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await clock.sleep(29_000)
              controller.enqueue(new TextEncoder().encode(' '))
            },
          }),
        ),
    })
    const startMs = clock.now()
    await assert.rejects(core.request('/x', { totalMs: 120_000 }), { code: 'TIMEOUT' })
    assert.ok(clock.now() - startMs < 10 * 60_000, `${clock.now() - startMs} ms`)
  })

  it('lets a large answer come as long as it moves', async () => {
    let pieces = 0
    const { core, clock } = http({
      fetch: async () =>
        new Response(
          new ReadableStream({
            async pull(controller) {
              await clock.sleep(20_000)
              if (pieces++ < 4) controller.enqueue(new TextEncoder().encode('1'))
              else controller.close()
            },
          }),
        ),
    })
    assert.equal((await core.request('/x', { totalMs: 120_000 })).text, '1111')
  })

  it('with a silent node ends within minutes, whatever is uploaded', async () => {
    for (const sizeBytes of [3, 1_000_000_000]) {
      let tries = 0
      const { core, clock } = http({
        upload: ({ onSent }) => {
          tries++
          onSent(true)
          return new Promise(() => undefined)
        },
      })
      const part = { name: 'file', lengthBytes: sizeBytes, body: () => [] }
      const startMs = clock.now()
      const attempt = () => core.uploadOnce(node, '/x', [part], {})
      await assert.rejects(core.retrying(attempt, { endpoint: node }), { code: 'TIMEOUT' })
      const tookMs = clock.now() - startMs
      assert.ok(tookMs <= (sizeBytes === 3 ? 130_000 : 310_000), `${tookMs} ms`)
      assert.ok(tries <= 2)
    }
  })

  it('lets an upload take as long as bytes move, and not if they stop', async () => {
    const { core, clock } = http({
      async upload({ onSent }) {
        for (let i = 0; i < 100; i++) {
          await clock.sleep(50_000)
          onSent(false)
        }
        return new Promise(() => undefined)
      },
    })
    const startMs = clock.now()
    const part = { name: 'file', lengthBytes: 1000, body: () => [] }
    await assert.rejects(core.uploadOnce(node, '/x', [part], {}), { code: 'TIMEOUT' })
    assert.equal(clock.now() - startMs, 100 * 50_000 + 60_000)
  })

  it('with a node that never answers ends after three tries of half a minute', async () => {
    const { core, clock } = http({ fetch: () => new Promise(() => undefined) })
    const startMs = clock.now()
    await assert.rejects(core.request('/x'), { code: 'TIMEOUT' })
    assert.ok(clock.now() - startMs < 100_000)
  })

  it('of what never gives up grows to a minute, and follows Retry-After no longer than that', () => {
    const failure = (retryAfterMs?: number) =>
      ({ response: { status: 503, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } }) as AlephError
    for (const random of [() => 0, () => 0.5, () => 0.999])
      for (let attempt = 0; attempt < 2000; attempt += attempt < 20 ? 1 : 500) {
        const ms = backOffMs(failure(), attempt, random)
        assert.ok(ms > 0 && ms <= 60_000)
        if (attempt > 8) assert.ok(ms >= 20_000)
      }
    assert.equal(
      backOffMs(failure(3_600_000), 0, () => 0),
      60_000,
    )
    assert.equal(
      backOffMs(failure(5_000), 0, () => 0),
      5_000,
    )
    assert.equal(
      backOffMs(failure(0), 0, () => 0),
      125,
    )
  })

  it('of a watch is not spent on a dead node, and it comes back with it', async () => {
    let isDown = false
    const fetch = fakeFetch(() => (isDown ? refused() : { body: { messages: [], next_cursor: null } }))
    const clock = new FakeClock()
    const controller = new AbortController()
    const states: string[] = []
    let atMs = 0
    let before = 0
    const aleph = new AlephHttpClient({
      ...{ endpoints: [node, 'https://two.example'], fetch, clock, webSocket: null, random: () => 0.5 },
      onEvent(event) {
        if (event.type !== 'wait') return
        // Down for an hour, then back.
        if (isDown && clock.now() - atMs > 3_600_000) isDown = false
      },
    })
    const onState = (state: string) => {
      states.push(state)
      if (states.length === 1) [isDown, atMs, before] = [true, clock.now(), fetch.requests.length]
      if (states.length === 3) controller.abort()
    }
    for await (const _ of aleph.messages.watch({}, { signal: controller.signal, onState })) assert.fail()
    assert.deepEqual(states, ['polling', 'reconnecting', 'polling'])
    const requests = fetch.requests.length - before
    assert.ok(requests < 2 * 110, `${requests} requests in an hour`)
  })
})

describe('a node that closes idle connections', () => {
  let server: Server
  let url: string
  let sockets: Set<Socket>
  /** Connections that have been idle for two seconds: the next request meets their end. */
  let expired: WeakSet<Socket>
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let arrived: string[]

  beforeEach(async () => {
    sockets = new Set()
    expired = new WeakSet()
    arrived = []
    answer = (_, response) => response.end('{}')
    server = createServer((request, response) => {
      arrived.push(`${request.method} ${request.url}`)
      request.resume()
      request.on('error', () => undefined)
      if (expired.has(request.socket)) return void request.socket.resetAndDestroy()
      request.on('end', () => answer(request, response))
    })
    server.keepAliveTimeout = 60_000
    server.on('connection', socket => {
      sockets.add(socket)
      socket.on('error', () => undefined)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  const expire = () => {
    for (const socket of sockets) expired.add(socket)
  }
  const client = (options: AlephOptions = {}) =>
    new AlephHttpClient({ endpoints: url, retries: 0, gateways: [], ...options })

  it('is asked again at once, also without retries', async () => {
    const events: HttpEvent[] = []
    const { core } = http({
      endpoints: [url],
      clock: systemClock,
      fetch: (url, init) => fetch(url, init),
      retry: { retries: 0, maxWaitMs: 0, random: () => 0 },
      onEvent: event => events.push(event),
    })
    for (let i = 0; i < 5; i++) {
      assert.equal((await core.request('/x')).text, '{}')
      expire()
    }
    assert.ok(!events.some(({ type }) => type === 'wait'))
    assert.ok(events.some(({ type }) => type === 'failure'))
  })

  it('is asked again no more often than there may be idle connections', async () => {
    answer = (_, response) => void response.socket?.resetAndDestroy()
    await assert.rejects(client().messages.status('0'.repeat(64)), {
      code: 'NETWORK',
      details: { reason: 'reset', neverSent: false },
    })
    assert.equal(arrived.length, 4)
  })

  it('gets a message again after a look whether it arrived', async () => {
    let stored = ''
    answer = (request, response) => {
      if (request.method === 'POST') response.end('{"message_status":"processed"}')
      else response.writeHead(404).end()
    }
    const aleph = client({ account: await developmentAccount(0) })
    for (let i = 0; i < 3; i++) {
      const { status } = await aleph.storage.store({ i })
      stored += status
      expire()
    }
    assert.equal(stored, 'processedprocessedprocessed')
    assert.match(arrived.join(' '), /POST \/api\/v0\/messages (GET \/api\/v0\/messages\/[0-9a-f]{64}\/status )+POST/)
  })

  it('is not reached by an upload on a connection that was idle', async () => {
    const upload = createUpload()
    const form = () =>
      upload({
        ...{ url: `${url}/x`, parts: [], signal: new AbortController().signal, maxAnswerBytes: 1000 },
        onSent: () => undefined,
      })
    await form()
    const [socket] = sockets
    // Closed from this side, before the node does it after two seconds.
    await once(socket as Socket, 'close')
    assert.equal((await form()).status, 200)
  }).timeout(10_000)

  it('does not fill the memory with what a few bytes unpack to', async () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000, 0x20))
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    const { core } = http({ endpoints: [url], clock: systemClock, fetch: (url, init) => fetch(url, init) })
    await assert.rejects(core.request('/x', { maxBytes: 1_000_000 }), { code: 'TOO_LARGE' })
    assert.ok(bomb.length < 100_000)
  })
})

describe('a clock that is wrong', () => {
  const yearMs = 365 * 86_400_000
  const dated = (clock: FakeClock, aheadMs: number) => new Date(clock.now() + aheadMs).toUTCString()

  for (const [aheadMs, isRefused] of [
    [-yearMs, true],
    [yearMs, true],
    [-6 * 60_000, true],
    [4 * 60_000, false],
    [-4 * 60_000, false],
  ] as const)
    it(`by ${aheadMs / 60_000} minutes is ${isRefused ? 'noticed before anything is signed' : 'taken as it is'}`, async () => {
      const clock = new FakeClock()
      const fetch = fakeFetch(
        () => ({ body: { message_status: 'processed' } }),
        () => dated(clock, aheadMs),
      )
      let signatures = 0
      const account = await developmentAccount(0)
      const counting = {
        ...account,
        address: account.address,
        chain: account.chain,
        sign: (text: string) => (signatures++, account.sign(text)),
      }
      const aleph = new AlephHttpClient({ endpoints: node, fetch, clock, account: counting, retries: 0 })
      const storing = aleph.storage.store({ a: 1 })
      if (!isRefused) {
        await storing
        assert.equal(signatures, 1)
        return
      }
      await assert.rejects(storing, (error: AlephError) => {
        assert.match(
          error.message,
          /^The clock of this computer says 2026-11-23 00:00 UTC, but the node one\.example says 202\d-/,
        )
        return error.code === 'INVALID_INPUT' && error.details.reason === 'clock'
      })
      assert.equal(signatures, 0)
      assert.equal(fetch.requests.filter(({ method }) => method === 'POST').length, 0)
    })

  it('may be put right, and the node is asked anew', async () => {
    const clock = new FakeClock()
    const rightMs = clock.nowMs
    const { core } = http({
      clock,
      fetch: fakeFetch(
        () => undefined,
        () => new Date(rightMs).toUTCString(),
      ),
    })
    clock.nowMs = rightMs + yearMs
    await assert.rejects(core.assertClock(node), { code: 'INVALID_INPUT' })
    clock.nowMs = rightMs
    await core.assertClock(node)
  })

  it('is not asked for again while an answer is fresh, nor where a node does not say', async () => {
    const clock = new FakeClock()
    let asked = 0
    const { core } = http({ clock, fetch: async () => (asked++, new Response()) })
    await Promise.all([core.assertClock(node), core.assertClock(node)])
    await core.assertClock(node)
    assert.equal(asked, 1)
    clock.nowMs += 11 * 60_000
    await core.assertClock(node)
    assert.equal(asked, 2)
  })

  it('does not hide why a node is not reached', async () => {
    await http({ fetch: () => Promise.reject(reset()) }).core.assertClock(node)
  })
})
