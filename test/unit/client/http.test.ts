import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { AlephError } from '../../../src/client/errors.js'
import { parseEndpoint } from '../../../src/client/http/endpoint.js'
import { Http } from '../../../src/client/http/http.js'
import { readText } from '../../../src/client/http/limits.js'
import { parseRetryAfter, retryDelayMs } from '../../../src/client/http/retry.js'
import { downloadBy, type HttpEvent } from '../../../src/client/http/transport.js'
import { FakeClock, fakeFetch, refused, reset } from '../../helpers/fakes.js'

const node = 'https://one.example'
const other = 'https://two.example'

function http(script: Parameters<typeof fakeFetch>[0], { endpoints = [node], retries = 4 } = {}) {
  const fetch = fakeFetch(script)
  const clock = new FakeClock()
  const events: HttpEvent[] = []
  const upload = async () => assert.fail('nothing is uploaded here')
  const download = downloadBy(fetch)
  const core = new Http({
    endpoints,
    fetch,
    upload,
    download,
    clock,
    retry: { retries, maxWaitMs: 30_000, random: () => 0.5 },
    onEvent: event => events.push(event),
  })
  return { core, fetch, clock, waits: () => events.flatMap(event => (event.type === 'wait' ? [event.delayMs] : [])) }
}

describe('http', () => {
  for (const [name, failure] of [
    ['408', { status: 408 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['a reset connection', reset()],
    ['a refused connection', refused()],
  ] as const)
    it(`tries again after ${name}`, async () => {
      const { core, fetch } = http((_, i) => (i === 0 ? failure : { body: 'fine' }))
      assert.equal((await core.request('/x')).text, 'fine')
      assert.equal(fetch.requests.length, 2)
    })

  for (const status of [400, 402, 403, 404, 413, 422])
    it(`does not try again after ${status}`, async () => {
      const { core, fetch } = http(() => ({ status }))
      await assert.rejects(
        core.request('/x'),
        (error: AlephError) => error.response?.status === status && !error.retryable,
      )
      assert.equal(fetch.requests.length, 1)
    })

  it('tries 500 once more only, because some malformed requests get it (trap 46)', async () => {
    const { core, fetch } = http(() => ({ status: 500 }))
    await assert.rejects(core.request('/x'), { code: 'NETWORK' })
    assert.equal(fetch.requests.length, 2)
  })

  it('gives up after four retries with the last error', async () => {
    const { core, fetch } = http(() => ({ status: 503, body: 'busy\u0007 <b>' }))
    await assert.rejects(
      core.request('/x'),
      (error: AlephError) => error.code === 'NETWORK' && error.details.reason === 'busy <b>',
    )
    assert.equal(fetch.requests.length, 5)
  })

  it('does not try again with retries: 0', async () => {
    const { core, fetch } = http(() => ({ status: 503 }), { retries: 0 })
    await assert.rejects(core.request('/x'), { code: 'NETWORK' })
    assert.equal(fetch.requests.length, 1)
  })

  it('waits as long as Retry-After says', async () => {
    const { core, waits } = http((_, i) => (i < 2 ? { status: 429, headers: { 'retry-after': '3' } } : {}))
    await core.request('/x')
    assert.deepEqual(waits(), [3000, 3000])
  })

  it('does not wait for a Retry-After beyond its patience', async () => {
    const { core, fetch } = http(() => ({ status: 429, headers: { 'retry-after': '3600' } }))
    await assert.rejects(
      core.request('/x'),
      (error: AlephError) => error.code === 'RATE_LIMITED' && error.response?.retryAfterMs === 3_600_000,
    )
    assert.equal(fetch.requests.length, 1)
  })

  it('reads Retry-After as seconds and as a date', () => {
    const nowMs = Date.UTC(2026, 0, 1)
    assert.equal(parseRetryAfter('2', nowMs), 2000)
    assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:00:05 GMT', nowMs), 5000)
    assert.equal(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', nowMs), 0)
    assert.equal(parseRetryAfter('soon', nowMs), undefined)
    assert.equal(parseRetryAfter(null, nowMs), undefined)
  })

  it('never waits more than 30 s in all, whatever the dice and the node say', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            random: fc.double({ min: 0, max: 0.999, noNaN: true }),
            retryAfterMs: fc.option(fc.nat(60_000), { nil: undefined }),
          }),
        ),
        fc.nat(10),
        (steps, retries) => {
          let waitedMs = 0
          let attempt = 0
          for (const { random, retryAfterMs } of steps) {
            const response = { status: 503, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
            const error = new AlephError('NETWORK', '', { retryable: true, response })
            const delayMs = retryDelayMs(error, attempt, waitedMs, { retries, maxWaitMs: 30_000, random: () => random })
            if (delayMs === undefined) break
            assert.ok(delayMs >= 0)
            waitedMs += delayMs
            attempt++
          }
          assert.ok(waitedMs <= 30_000 && attempt <= retries)
        },
      ),
    )
  })

  it('asks the next endpoint at once when a read fails, and stays with the healthy one for a while', async () => {
    const { core, fetch, waits, clock } = http(({ url }) => (url.origin === node ? { status: 503 } : {}), {
      endpoints: [node, other],
    })
    await core.request('/x')
    await core.request('/y')
    assert.deepEqual(
      fetch.requests.map(({ url }) => url.href),
      [`${node}/x`, `${other}/x`, `${other}/y`],
    )
    assert.deepEqual(waits(), [])
    clock.nowMs += 61_000
    await core.request('/z')
    assert.equal(fetch.requests[3]?.url.href, `${node}/z`)
  })

  it('stays with one endpoint for a write', async () => {
    const { core, fetch } = http(() => ({ status: 503 }), { endpoints: [node, other] })
    await assert.rejects(core.request('/x', { endpoint: node, body: '{}' }))
    assert.deepEqual(new Set(fetch.requests.map(({ url }) => url.origin)), new Set([node]))
  })

  it('ends a request that is not answered in time', async () => {
    const { core, fetch } = http(() => 'hang', { retries: 1 })
    await assert.rejects(core.request('/x', { timeoutMs: 5000 }), {
      code: 'TIMEOUT',
      message: 'The node did not answer for 5 seconds.',
    })
    assert.equal(fetch.requests.length, 2)
  })

  it('ends within a tick when aborted while a request hangs', async () => {
    const { core } = http(() => 'hang')
    const controller = new AbortController()
    const request = core.request('/x', { signal: controller.signal })
    let isSettled = false
    const settled = assert.rejects(request, { code: 'ABORTED' }).then(() => (isSettled = true))
    controller.abort()
    await new Promise(setImmediate)
    assert.ok(isSettled)
    await settled
  })

  it('ends within a tick when aborted while it waits to try again', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const unused = async () => assert.fail()
    const core = new Http({
      endpoints: [node],
      fetch: fakeFetch(() => ({ status: 503 })),
      upload: unused,
      download: unused,
      clock,
      retry: { retries: 4, maxWaitMs: 30_000, random: () => 0.9 },
      onEvent: event => event.type === 'wait' && controller.abort(),
    })
    await assert.rejects(core.request('/x', { signal: controller.signal }), { code: 'ABORTED' })
    assert.equal(clock.nowMs, Date.UTC(2026, 10, 23))
  })

  it('asks nothing when aborted beforehand', async () => {
    const { core, fetch } = http(() => ({}))
    await assert.rejects(core.request('/x', { signal: AbortSignal.abort() }), { code: 'ABORTED' })
    assert.equal(fetch.requests.length, 0)
  })

  it('does not read an endless answer', async () => {
    let pulled = 0
    const endless = new ReadableStream({ pull: controller => (pulled++, controller.enqueue(new Uint8Array(65_536))) })
    const clock = new FakeClock()
    const core = new Http({
      endpoints: [node],
      fetch: async () => new Response(endless),
      upload: async () => assert.fail(),
      download: async () => assert.fail(),
      clock,
      retry: { retries: 4, maxWaitMs: 30_000, random: () => 0 },
      onEvent: () => undefined,
    })
    await assert.rejects(core.request('/x', { maxBytes: 1_000_000 }), { code: 'TOO_LARGE' })
    assert.ok(pulled < 30)
  })

  it('reads text whose characters are cut between two pieces', async () => {
    const text = '€ 😀 ü '.repeat(20)
    const cut = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of new TextEncoder().encode(text)) controller.enqueue(Uint8Array.of(byte))
        controller.close()
      },
    })
    assert.equal(await readText(cut as AsyncIterable<Uint8Array>, 10_000), text)
  })

  it('says that a page of HTML is not a node', async () => {
    const { core, fetch } = http(() => ({ body: '\n<html>' }))
    await assert.rejects(
      core.request('/x'),
      (error: AlephError) =>
        error.code === 'NETWORK' &&
        error.details.reason === 'web-page' &&
        !error.retryable &&
        /login page/.test(error.message),
    )
    assert.equal(fetch.requests.length, 1)
    const other = http(() => ({ body: 'fine' }))
    await assert.rejects(other.core.json('/x'), /is not JSON; is this the URL of an Aleph Cloud node/)
  })

  it('wants https, or this computer', () => {
    assert.equal(parseEndpoint('https://api.example/'), 'https://api.example')
    assert.equal(parseEndpoint('https://api.example/api/v0/'), 'https://api.example')
    assert.equal(parseEndpoint(' http://127.0.0.1:4024 '), 'http://127.0.0.1:4024')
    assert.equal(parseEndpoint('http://[::1]:4024'), 'http://[::1]:4024')
    for (const bad of [
      'http://api.example',
      'ftp://x',
      'nonsense',
      '',
      'https://user:pw@api.example',
      'http://127.0.0.1.example',
      'https://a.example?x=1',
    ])
      assert.throws(() => parseEndpoint(bad), { code: 'INVALID_INPUT' })
  })
})
