import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import { isAlephError, type AlephError } from '../../../src/client/errors.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { createUpload } from '../../../src/client/node/multipart.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch, type FakeAnswer } from '../../helpers/fakes.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { readRecordings } from '../../helpers/replay.js'

const address = '0x4A1622efaEcd99d12653F270e910c97D9F5347b3'
const bytes = (text: string) => new TextEncoder().encode(text)

/** A client whose node gives these answers by path and query; all else is not there. */
function client(answers: Record<string, FakeAnswer | FakeAnswer[]>) {
  const fetch = fakeFetch(({ url }) => {
    const answer = answers[`${url.pathname}${url.search}`] ?? answers[url.pathname]
    return Array.isArray(answer) ? answer.shift() : answer
  })
  const clock = new FakeClock(testDate)
  return { aleph: new AlephHttpClient({ endpoints: 'https://node.example', fetch, clock, retries: 0 }), fetch }
}

/** The recorded answers to GETs by path. */
function recordings(): Record<string, FakeAnswer> {
  const answers: Record<string, FakeAnswer> = {}
  for (const { steps } of readRecordings('test/fixtures/recordings/node.jsonl').cases)
    for (const { request, response } of steps)
      if (request.method === 'GET' && request.path && typeof response.body === 'string')
        answers[request.path] ??= { status: response.status ?? 0, body: response.body }
  return answers
}

describe('what an address has (protocol §5.6)', () => {
  it('balances are read as a real node gives them', async () => {
    const { aleph } = client(recordings())
    const poor = '0x3BC7eF370dA7afaeF3cCc029c2Afa0F63ED2F577'
    assert.deepEqual(await aleph.address.balance(poor), { balance: 1, lockedAmount: 0, creditBalance: 0 })
    assert.deepEqual((await aleph.address.balance(poor, { details: true })).byChain, { ETH: 1 })
  })

  it('credits come with the dates of their end', async () => {
    const path = `/api/v0/addresses/${address}/balance?include_credit_details=true`
    const recorded = client({ [path]: recordings()[path] as FakeAnswer }).aleph
    assert.deepEqual(await recorded.address.credits(address), { balance: 1e8, parts: [{ amount: 1e8 }] })
    const body = {
      credit_balance: 7,
      credit_balance_details: [
        { amount: 3, expiration_date: '2027-03-01T00:00:00Z' },
        { amount: 4, expiration_date: null },
      ],
    }
    assert.deepEqual(await client({ [path]: { body } }).aleph.address.credits(address), {
      balance: 7,
      parts: [{ amount: 3, expires: Date.UTC(2027, 2, 1) / 1000 }, { amount: 4 }],
    })
  })

  it('what it runs is summed up by the node, in seconds and days', async () => {
    const path = `/api/v0/costs?address=${address}`
    const answer = recordings()[path] as FakeAnswer
    const { aleph, fetch } = client({ '/api/v0/costs': answer })
    assert.deepEqual(await aleph.address.costs(address, { payment: 'credit' }), {
      payment: 'credit',
      unit: 'credits',
      resources: 2,
      total: 0.002495484587586958,
      perDay: 215.6098683675131712,
      exact: '0.002495484587586958',
      consumed: 0,
    })
    assert.equal(fetch.requests[0]?.url.search, `?address=${address}&payment_type=credit`)
    const held = await aleph.address.costs(address)
    assert.deepEqual([held.payment, held.unit, held.total, held.perDay], ['hold', 'ALEPH', 16.66666665, undefined])
  })

  describe('credit history', () => {
    const path = `/api/v0/addresses/${address}/credit_history`
    const movement = (index: number, more: object = {}) => ({
      amount: -index,
      message_timestamp: '2026-11-22T07:30:24.919947Z',
      expiration_date: null,
      credit_ref: 'ref',
      credit_index: index,
      ...more,
    })
    const page = (from: number, count: number) => ({
      body: { credit_history: Array.from({ length: count }, (_, i) => movement(from + i)) },
    })
    const all = async (answers: FakeAnswer | FakeAnswer[]) => {
      const { aleph, fetch } = client({ [path]: answers })
      const found = []
      for await (const each of aleph.address.creditHistory(address)) found.push(each)
      return { found, fetch }
    }

    it('is read as a real node gives it', async () => {
      const { found } = await all(recordings()[path] as FakeAnswer)
      assert.deepEqual(found, [
        { amount: 1e8, time: Date.parse('2026-11-22T07:30:24.919Z') / 1000, method: 'setup', ref: 'setup', index: 0 },
      ])
    })

    it('takes page after page, and no movement twice when new ones came in between', async () => {
      const { found, fetch } = await all([page(0, 100), page(99, 100), { status: 404, body: '404: Not Found' }])
      assert.deepEqual(
        found.map(({ index }) => index),
        Array.from({ length: 199 }, (_, i) => i),
      )
      assert.deepEqual(
        fetch.requests.map(({ url }) => url.searchParams.get('page')),
        ['1', '2', '3'],
      )
    })

    it('asks for nothing before it is iterated, and for no more than is taken', async () => {
      const { aleph, fetch } = client({ [path]: page(0, 100) })
      const history = aleph.address.creditHistory(address)
      assert.equal(fetch.requests.length, 0)
      for await (const { amount } of history) {
        assert.equal(Math.abs(amount ?? NaN), 0)
        break
      }
      assert.equal(fetch.requests.length, 1)
    })

    it('of an address without credits is empty', async () => {
      assert.deepEqual((await all({ status: 404, body: 'No credit history found for this address' })).found, [])
    })

    it('ends with a node that gives the same page for ever', () =>
      assert.rejects(all([page(0, 100), page(0, 100), page(0, 100)]), { code: 'NETWORK', message: /same page/ }))
  })

  for (const [name, change] of [
    ['below 0', { balance: -1 }],
    ['a word', { balance: 'much' }],
    ['an empty text', { locked_amount: '' }],
    ['in hexadecimal', { locked_amount: '0x10' }],
    ['beyond all numbers', { credit_balance: '1e999' }],
    ['nothing', { balance: null }],
    ['of a chain below 0', { details: { ETH: -1 } }],
  ] as const)
    it(`a balance that is ${name} is NETWORK`, async () => {
      const body = { balance: 0, locked_amount: 0, credit_balance: 0, details: {}, ...change }
      const { aleph } = client({ [`/api/v0/addresses/${address}/balance`]: { body } })
      await assert.rejects(aleph.address.balance(address), { code: 'NETWORK', message: /isn't as expected/ })
    })

  it('balances that are decimal texts are numbers', async () => {
    const body = { balance: '1.5', locked_amount: '1E-7', credit_balance: '3' }
    const { aleph } = client({ [`/api/v0/addresses/${address}/balance`]: { body } })
    assert.deepEqual(await aleph.address.balance(address), { balance: 1.5, lockedAmount: 1e-7, creditBalance: 3 })
  })

  it('nonsense of credits, movements and costs is NETWORK', async () => {
    const summary = { total_cost_hold: '1', total_cost_credit: '1', resource_count: 1, total_consumed_credits: 0 }
    for (const change of [{ total_cost_hold: '-1' }, { total_cost_hold: null }, { resource_count: -1 }]) {
      const { aleph } = client({ '/api/v0/costs': { body: { summary: { ...summary, ...change } } } })
      await assert.rejects(aleph.address.costs(address), { code: 'NETWORK' })
    }
    const movement = { amount: 1, message_timestamp: 'yesterday', credit_ref: 'r', credit_index: 0 }
    const history = client({
      [`/api/v0/addresses/${address}/credit_history`]: { body: { credit_history: [movement] } },
    })
    const first = await history.aleph.address.creditHistory(address).next()
    assert.equal(first.value?.error?.code, 'NETWORK')
    const parts = [{ amount: -1, expiration_date: null }]
    const credits = client({
      [`/api/v0/addresses/${address}/balance`]: { body: { credit_balance: 1, credit_balance_details: parts } },
    })
    await assert.rejects(credits.aleph.address.credits(address), { code: 'NETWORK' })
  })

  it('options and addresses are checked before anything is asked', async () => {
    const { aleph, fetch } = client({})
    const { address: calls } = aleph
    for (const call of [
      () => calls.balance(address, { detail: true } as never),
      () => calls.credits(address, { details: true } as never),
      () => calls.costs(address, { payment: 'cash' } as never),
      () => calls.costs(address, { chain: 'ETH' } as never),
      () => calls.creditHistory(address, { page: 2 } as never).next(),
      () => calls.balance('../../version'),
      () => calls.credits('a/b'),
      () => calls.costs(''),
      () => calls.creditHistory(7 as never).next(),
    ])
      await assert.rejects(call, { code: 'INVALID_INPUT' })
    assert.equal(fetch.requests.length, 0)
  })
})

describe('INSUFFICIENT_FUNDS says what is needed, what is there, and of what', () => {
  let rich: ETHAccount
  let poor: ETHAccount
  before(async () => ([rich, poor] = await Promise.all([developmentAccount(0), developmentAccount(9)])))
  const node = useLocalNode(() => ({ balances: { [rich.address]: 100_000 } }), { each: true })

  const figures = (error: unknown) => {
    assert.ok(isAlephError(error, 'INSUFFICIENT_FUNDS'), String(error))
    const { required, available, unit } = error.details as Record<string, unknown>
    return { required, available, unit }
  }
  const caught = async (promise: Promise<unknown>): Promise<AlephError> => {
    try {
      await promise
    } catch (error) {
      return error as AlephError
    }
    return assert.fail('it was stored')
  }
  const options = (more: AlephOptions = {}): AlephOptions => ({
    endpoints: node().url,
    account: rich,
    retries: 0,
    clock: { ...systemClock, now: () => testDate },
    ...more,
  })
  const path = (url: string) => new URL(url).pathname
  /** Requests go to the node; balances are this one from the second question on. */
  const impoverished = (body: unknown, status = 200) => {
    let asked = 0
    return async (url: string, init: RequestInit) =>
      /\/balance$/.test(path(url)) && asked++ > 0
        ? new Response(JSON.stringify(body), { status })
        : globalThis.fetch(url, init)
  }
  const refusing = async () => ({ status: 402, header: () => undefined, body: '402: Payment Required' })

  it('at 402 the balance is asked anew', async () => {
    const fetch = impoverished({ balance: 5, locked_amount: 4.9, credit_balance: 0 })
    const error = await caught(
      new AlephHttpClient(options({ upload: refusing, fetch })).storage.storeFile(bytes('402')),
    )
    assert.equal(error.message.includes('It needs 0.3333 ALEPH held, and has 0.1 to spare.'), true, error.message)
    const { required, available, unit } = figures(error)
    assert.deepEqual([required, unit], [0.333333333, 'ALEPH'])
    assert.ok(Math.abs(Number(available) - 0.1) < 1e-9)
    assert.equal(error.response?.status, 402)
  })

  it('at 402 without an answer to that, the balance before the upload counts', async () => {
    const fetch = impoverished({}, 500)
    const error = await caught(
      new AlephHttpClient(options({ upload: refusing, fetch })).storage.storeFile(bytes('402')),
    )
    assert.deepEqual(figures(error), { required: 0.333333333, available: 100_000, unit: 'ALEPH' })
  })

  /** The node took the message and rejected it with this code. */
  const rejecting = (error_code: number, details: unknown) => async (url: string, init: RequestInit) => {
    if (path(url) === '/api/v0/messages') {
      await globalThis.fetch(url.replace('/messages', '/version')) // keeps the connection in order
      return new Response('{"publication_status":{"status":"success"},"message_status":"rejected"}', { status: 422 })
    }
    const hash = /\/api\/v0\/messages\/(\w{64})$/.exec(path(url))?.[1]
    if (!hash) return globalThis.fetch(url, init)
    return new Response(JSON.stringify({ status: 'rejected', item_hash: hash, error_code, details }))
  }
  const code5 = { errors: [{ account_balance: '0', required_balance: '8.333333325000000000' }] }
  const code6 = { errors: [{ account_credits: '7', min_runtime_days: 1, required_credits: '107.804934183756585600' }] }

  it('at a rejection with code 5 they are the node’s', async () => {
    const aleph = new AlephHttpClient(options({ account: poor, fetch: rejecting(5, code5) }))
    const error = await caught(aleph.storage.storeFile(bytes('5')))
    assert.deepEqual(figures(error), { required: 8.333333325, available: 0, unit: 'ALEPH' })
    assert.match(error.message, /too few ALEPH.*It needs 8\.333 ALEPH held, and has 0 for everything it keeps\./)
    assert.equal(error.details.error_code, 5)
    assert.match(String(error.details.item_hash), /^\w{64}$/)
  })

  for (const [name, details] of [
    ['nothing', null],
    ['no list', { errors: 'x' }],
    ['an empty list', { errors: [] }],
    ['null', { errors: [null] }],
    ['words', { errors: [{ account_balance: 'none', required_balance: 'much' }] }],
  ] as const)
    it(`at code 5 with ${name} for figures they are worked out`, async () => {
      const aleph = new AlephHttpClient(options({ account: poor, fetch: rejecting(5, details) }))
      const error = await caught(aleph.storage.storeFile(bytes('5')))
      assert.deepEqual(figures(error), { required: 0.333333333, available: 0, unit: 'ALEPH' })
    })

  it('at a rejection with code 6 they are credits', async () => {
    const upload = createUpload()
    const aleph = new AlephHttpClient(
      options({
        fetch: async (url, init) =>
          /\/balance$/.test(path(url))
            ? new Response('{"balance":0,"locked_amount":0,"credit_balance":1000}')
            : rejecting(6, code6)(url, init),
        upload: async request => {
          await upload({ ...request, url: `${node().url}/api/v0/ipfs/add_file` }).catch(() => undefined)
          return { status: 422, header: () => undefined, body: '{"status":"success"}' }
        },
      }),
    )
    const error = await caught(aleph.storage.storeFile(bytes('6'), { payment: 'credit' }))
    assert.deepEqual(figures(error), { required: 107.80493418375659, available: 7, unit: 'credits' })
    assert.match(error.message, /too few credits.*needs 107\.8 credits, and has 7/)
  })

  it('other rejections stay what they are', async () => {
    const aleph = new AlephHttpClient(options({ account: poor, fetch: rejecting(4, null) }))
    assert.ok(isAlephError(await caught(aleph.storage.storeFile(bytes('4'))), 'REJECTED'))
  })

  it('before anything is sent they are never below 0', async () => {
    const fetch = async (url: string, init: RequestInit) =>
      /\/balance$/.test(path(url))
        ? new Response('{"balance":1,"locked_amount":5,"credit_balance":0}')
        : globalThis.fetch(url, init)
    const upload = () => assert.fail('nothing is sent')
    const { storage } = new AlephHttpClient(options({ fetch, upload }))
    const large = { sizeBytes: 30 * 1024 * 1024, stream: () => assert.fail('nothing is read') }
    // With the engine for IPFS it would be cut into chunks, which are free.
    assert.deepEqual(figures(await caught(storage.storeFile(large, { engine: 'storage' }))), {
      required: 25 * 0.333333333 + 5 * 0.333333333,
      available: 0,
      unit: 'ALEPH',
    })
  })

  it('credits that other files need for their day do not count, and that is told before anything is sent', async () => {
    const summary = { total_cost_hold: '0', total_cost_credit: '0.002495484587586958', resource_count: 2 }
    const fetch = async (url: string, init: RequestInit) =>
      /\/balance$/.test(path(url))
        ? new Response('{"balance":0,"locked_amount":0,"credit_balance":300}')
        : path(url) === '/api/v0/costs'
          ? new Response(JSON.stringify({ summary }))
          : globalThis.fetch(url, init)
    const upload = () => assert.fail('nothing is sent')
    const { storage } = new AlephHttpClient(options({ fetch, upload }))
    const error = await caught(storage.storeFile(bytes('x'), { payment: 'credit' }))
    const { required, available, unit } = figures(error)
    assert.equal(unit, 'credits')
    assert.ok(Math.abs(Number(required) - 107.80493418) < 1e-6 && Math.abs(Number(available) - 84.3901316) < 1e-6)
    assert.match(error.message, /84\.39 to spare/)
  })

  it('from 2027-01-01 00:00 UTC on holding is INVALID_INPUT before anything is asked or signed, and a moment before it is not', async () => {
    const at = (nowMs: number, more: AlephOptions = {}) =>
      new AlephHttpClient(options({ clock: { ...systemClock, now: () => nowMs }, ...more })).storage
    const sign = () => assert.fail('nothing is signed')
    const account = { address: rich.address, chain: 'ETH', sign }
    const fetch = () => assert.fail('nothing is asked')
    await assert.rejects(at(Date.UTC(2027, 0, 1), { account, fetch }).storeFile(bytes('late'), { payment: 'hold' }), {
      code: 'INVALID_INPUT',
      message: /2027-01-01.*credit/,
    })
    const stored = await at(Date.UTC(2027, 0, 1) - 1).storeFile(bytes('just'), { payment: 'hold' })
    assert.equal(stored.status, 'processed')
  })
})
