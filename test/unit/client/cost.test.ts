import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import fc from 'fast-check'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import {
  builtInPrices,
  decimalText,
  exactPrice as exactPriceAt,
  parseDecimal,
} from '../../../src/client/file/prices.js'
import type { Payment } from '../../../src/client/message/types.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import type { Envelope } from '../../../src/client/message/types.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch, refused, type FakeAnswer } from '../../helpers/fakes.js'
import { testDate } from '../../helpers/localNode.js'
import { readRecordings } from '../../helpers/replay.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const mebibyte = 1024 * 1024
const exactPrice = (sizeBytes: number, payment: Payment['type']) => exactPriceAt(sizeBytes, payment, builtInPrices)
const from2027 = Date.UTC(2027, 0, 1)
const estimatePath = '/api/v0/price/estimate'

/** A recorded answer to a GET of this path, the first one. */
function recorded(path: string): string {
  for (const { steps } of readRecordings('test/fixtures/recordings/node.jsonl').cases)
    for (const { request, response } of steps) if (request.path === path) return response.body as string
  throw new Error(`nothing is recorded of ${path}`)
}

const price = (cost: unknown, payment_type = 'hold', detail: unknown = []) => ({
  body: { required_tokens: 0, payment_type, cost, detail, charged_address: '' },
})

/** A client whose node gives these answers by path; all else is not there. */
function client(answers: Record<string, FakeAnswer | Error | 'hang'>, options: AlephOptions & { nowMs?: number } = {}) {
  const { nowMs = testDate, ...rest } = options
  const fetch = fakeFetch(({ url }) => answers[url.pathname])
  const clock = new FakeClock(nowMs)
  return { aleph: new AlephHttpClient({ endpoints: 'https://node.example', fetch, clock, retries: 0, ...rest }), fetch }
}

describe('exact prices (protocol §6.6)', () => {
  it('are those that a real node gave, digit for digit', () => {
    const { cases } = readRecordings('test/fixtures/recordings/node.jsonl')
    const sizes = new Map([
      ['0.000004768371577262', 15],
      ['0.000003178914384841', 10],
      ['8.333333325000000000', 25 * mebibyte],
      ['8.333333642891438484', 25 * mebibyte + 1],
      ['0.001247742293793479', 12],
    ])
    let compared = 0
    for (const { steps } of cases)
      for (const { request, response } of steps) {
        if (!request.path?.startsWith('/api/v0/price/')) continue
        const { cost, payment_type } = JSON.parse(response.body as string) as { cost: string; payment_type: 'hold' }
        const size = sizes.get(cost)
        assert.ok(size !== undefined, cost)
        assert.equal(decimalText(exactPrice(size, payment_type)), cost)
        compared++
      }
    assert.ok(compared >= 6)
  })

  it('of nothing is nothing, and by credit at least 25 MiB', () => {
    assert.equal(exactPrice(0, 'hold'), 0n)
    assert.equal(exactPrice(0, 'credit'), 0n)
    assert.equal(exactPrice(1, 'credit'), exactPrice(25 * mebibyte, 'credit'))
    assert.ok(exactPrice(25 * mebibyte + 1, 'credit') > exactPrice(1, 'credit'))
  })

  it('decimals are read as they are written, and nothing else is read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), sum => {
        assert.equal(parseDecimal(decimalText(sum)), sum)
      }),
    )
    assert.equal(parseDecimal('1E-7'), 10n ** 11n)
    assert.equal(parseDecimal(4.768371577262e-6), 4_768_371_577_262n)
    assert.equal(parseDecimal('5e2'), 500n * 10n ** 18n)
    assert.equal(parseDecimal('0.0000000000000000019'), 1n)
    for (const bad of ['', ' ', '-1', '+1', '.5', '1,5', 'NaN', 'Infinity', '0x10', '1e999', '9'.repeat(31), NaN, -1])
      assert.equal(parseDecimal(bad), undefined, String(bad))
    for (const bad of [null, undefined, {}, [], true, 1e300]) assert.equal(parseDecimal(bad), undefined)
  })
})

describe('cost', () => {
  let account: ETHAccount
  before(async () => (account = await developmentAccount(0)))
  const folder = useTemporaryFolder()

  it('is the node’s estimate of a STORE without a signature, asked with size, owner and payment', async () => {
    const { aleph, fetch } = client({ [estimatePath]: price('8.333333642891438484') }, { account })
    const cost = await aleph.cost({ sizeBytes: 25 * mebibyte + 1 })
    assert.deepEqual(
      { ...cost, account: undefined },
      {
        payment: 'hold',
        unit: 'ALEPH',
        sizeBytes: 25 * mebibyte + 1,
        price: 8.33333364289144,
        required: 8.666666658,
        free: false,
        exact: { price: '8.333333642891438484', required: '8.666666658000000000' },
        source: 'node',
        computed: '8.333333642891438484',
        node: '8.333333642891438484',
        account: undefined,
      },
    )
    const sent = fetch.requests.find(({ url }) => url.pathname === estimatePath)
    const { message } = JSON.parse(sent?.body ?? '') as { message: Partial<Envelope> }
    assert.ok(!('signature' in message))
    assert.equal(message.type, 'STORE')
    const content = JSON.parse(message.item_content ?? '') as Record<string, unknown>
    assert.equal(content.address, account.address)
    assert.equal(content.estimated_size_mib, 25 + 1 / mebibyte)
    assert.deepEqual(content.payment, { chain: 'ETH', type: 'hold' })
  })

  it('follows a node whose prices changed, also in what must be there', async () => {
    const { aleph } = client({ [estimatePath]: price('20.000000000000000000') })
    const cost = await aleph.cost({ sizeBytes: 30 * mebibyte })
    assert.deepEqual([cost.source, cost.price, cost.required], ['node', 20, 20])
    assert.equal(cost.computed, '9.999999990000000000')
  })

  it('up to 25 MiB is free by holding until 2027, and says what it binds', async () => {
    const { aleph } = client({})
    const cost = await aleph.cost({ sizeBytes: 25 * mebibyte })
    assert.deepEqual([cost.free, cost.required, cost.price], [true, 0, 8.333333325])
    assert.equal((await aleph.cost({ sizeBytes: 25 * mebibyte + 1 })).free, false)
    assert.deepEqual((await aleph.cost({ sizeBytes: 0 })).exact.price, '0.000000000000000000')
  })

  it('by credit is told per second and day, with 25 MiB at least, and nothing is free', async () => {
    const { aleph } = client({ [estimatePath]: price('0.001247742293793479', 'credit') })
    const cost = await aleph.cost({ sizeBytes: 1 }, { payment: 'credit' })
    assert.deepEqual(
      { ...cost },
      {
        payment: 'credit',
        unit: 'credits',
        sizeBytes: 1,
        price: 0.001247742293793479,
        perDay: 107.8049341837565856,
        required: 107.8049341837565856,
        free: false,
        exact: { price: '0.001247742293793479', perDay: '107.804934183756585600', required: '107.804934183756585600' },
        source: 'node',
        computed: '0.001247742293793479',
        node: '0.001247742293793479',
      },
    )
  })

  it('from 2027-01-01 00:00 UTC on it is that by credit, and holding is refused before anything is sent', async () => {
    const before2027 = client({}, { nowMs: from2027 - 1 })
    assert.equal((await before2027.aleph.cost({ sizeBytes: 1 })).payment, 'hold')
    const { aleph, fetch } = client({}, { nowMs: from2027 })
    assert.equal((await aleph.cost({ sizeBytes: 1 })).payment, 'credit')
    const asked = fetch.requests.length
    await assert.rejects(aleph.cost({ sizeBytes: 1 }, { payment: 'hold' }), {
      code: 'INVALID_INPUT',
      message: /2027-01-01.*credit/,
    })
    assert.equal(fetch.requests.length, asked)
  })

  for (const [name, answer] of [
    ['a node without the route', undefined],
    [
      'the light node, which wants a signature',
      { status: 400, body: 'Json deserialize error: missing field `signature`' },
    ],
    ['a node that refuses fractions of a MiB', { status: 422, body: '[]' }],
    ['a node that fails', { status: 500, body: '500 Internal Server Error' }],
    ['nobody there', refused()],
    ['no JSON', { body: '<html>' }],
    ['another shape', { body: [] }],
    ['a price that is a word', price('much')],
    ['a price below 0', price('-1')],
    ['no price', price(null)],
    ['a price that is endless', price('9'.repeat(5000))],
    ['another payment', price('8.333333642891438484', 'credit')],
    ['an answer without end', { body: `{"cost":"${'1'.repeat(200_000)}"}` }],
    ['nothing for long', 'hang'],
  ] as const)
    it(`${name} leaves our own computation`, async () => {
      const { aleph } = client(answer === undefined ? {} : { [estimatePath]: answer })
      const cost = await aleph.cost({ sizeBytes: 25 * mebibyte + 1 })
      assert.deepEqual([cost.source, cost.price, cost.node], ['computed', 8.33333364289144, undefined])
    })

  for (const told of ['0.000000000000000000', '0.8', '84', '1000000000000'])
    it(`a node that says ${told} for what is 8.3 is not believed, and both figures are told`, async () => {
      const { aleph } = client({ [estimatePath]: price(told) })
      const cost = await aleph.cost({ sizeBytes: 25 * mebibyte })
      assert.equal(cost.source, 'computed')
      assert.equal(cost.exact.price, '8.333333325000000000')
      assert.equal(cost.computed, '8.333333325000000000')
      assert.equal(Number(cost.node), Number(told))
    })

  it('takes what storeFile takes', async () => {
    const { aleph } = client({})
    const path = `${folder()}/three.bin`
    writeFileSync(path, 'abc')
    const stream = { sizeBytes: 3, stream: () => assert.fail('the bytes are not read') }
    for (const source of [path, new Uint8Array(3), new Blob(['abc']), new File(['abc'], 'x'), stream, { sizeBytes: 3 }])
      assert.equal((await aleph.cost(source)).sizeBytes, 3)
  })

  for (const [name, source] of [
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['a size below 0', { sizeBytes: -1 }],
    ['half a byte', { sizeBytes: 0.5 }],
    ['no size', {}],
    ['a size that is a text', { sizeBytes: '3' }],
    ['a size beyond all numbers', { sizeBytes: Infinity }],
  ] as const)
    it(`of ${name} is INVALID_INPUT`, async () => {
      const { aleph, fetch } = client({})
      await assert.rejects(aleph.cost(source as never), { code: 'INVALID_INPUT' })
      assert.equal(fetch.requests.length, 0)
    })

  it('of a path that leads nowhere is IO, and options are checked', async () => {
    const { aleph, fetch } = client({})
    await assert.rejects(aleph.cost(`${folder()}/none`), { code: 'IO' })
    for (const options of [
      { paiment: 'hold' },
      { payment: 'cash' },
      { engine: 'disk' },
      { owner: 'alice' },
      { owner: account.address.toLowerCase() },
    ])
      await assert.rejects(aleph.cost({ sizeBytes: 1 }, options as never), { code: 'INVALID_INPUT' })
    assert.equal(fetch.requests.length, 0)
  })

  it('is left by the signal within a tick', async () => {
    const { aleph, fetch } = client({ [estimatePath]: 'hang' })
    const controller = new AbortController()
    const asking = aleph.cost({ sizeBytes: 1 }, { signal: controller.signal })
    while (!fetch.requests.length) await new Promise(setImmediate)
    controller.abort()
    await assert.rejects(asking, { code: 'ABORTED' })
    const asked = fetch.requests.length
    await assert.rejects(aleph.cost({ sizeBytes: 1 }, { signal: controller.signal }), { code: 'ABORTED' })
    assert.equal(fetch.requests.length, asked)
  })

  describe('for an owner', () => {
    const funds = (balance: number, locked_amount: number, credit_balance = 0) => ({
      body: { address: '', balance, locked_amount, credit_balance, details: {}, credit_balance_details: null },
    })
    const ask = async (balance: FakeAnswer, options: object = {}, sizeBytes = 30 * mebibyte, more = {}) => {
      const path = `/api/v0/addresses/${account.address}/balance`
      const { aleph } = client({ [path]: balance, ...more })
      return (await aleph.cost({ sizeBytes }, { owner: account.address, ...options })).account
    }

    it('says whether there is enough to spare', async () => {
      const { address } = account
      assert.deepEqual(await ask(funds(15, 5)), { address, available: 10, isEnough: true })
      assert.deepEqual(await ask(funds(14, 5)), { address, available: 9, isEnough: false })
      assert.deepEqual(await ask(funds(1, 5)), { address, available: 0, isEnough: false })
    })

    it('a free file for IPFS is open to all; one of the storage engine, or empty, while all else is covered', async () => {
      const isOpen = async (balance: FakeAnswer, options: object, size: number) =>
        (await ask(balance, options, size))?.isEnough
      assert.equal(await isOpen(funds(0, 5), { engine: 'ipfs' }, 1), true)
      assert.equal(await isOpen(funds(0, 5), { engine: 'storage' }, 1), false)
      assert.equal(await isOpen(funds(0, 0), { engine: 'storage' }, 1), true)
      assert.equal(await isOpen(funds(0, 5), { engine: 'ipfs' }, 0), false)
    })

    it('credits that what is kept already needs for its day are not to spare', async () => {
      const options = { payment: 'credit' }
      const costs = {
        '/api/v0/costs': { body: recorded('/api/v0/costs?address=0x4A1622efaEcd99d12653F270e910c97D9F5347b3') },
      }
      const one = await ask(funds(0, 0, 300), options, 1)
      assert.deepEqual([one?.available, one?.isEnough], [300, true])
      const two = await ask(funds(0, 0, 300), options, 1, costs)
      assert.ok(Math.abs((two?.available ?? 0) - (300 - 2 * 107.8049341837566)) < 1e-9)
      assert.equal(two?.isEnough, false)
    })

    it('a node that says nonsense of the balance says nothing', async () => {
      for (const body of ['', '{}', funds(-1, 0).body, { ...funds(0, 0).body, balance: 'rich' }])
        assert.equal(await ask({ body }), undefined)
    })
  })

  describe('of a message', () => {
    const answerOf = (envelope: Envelope) => ({
      status: 'processed',
      item_hash: envelope.item_hash,
      message: { ...envelope, content: {}, confirmed: false },
    })
    async function message(content: Record<string, unknown>, type: 'STORE' | 'POST' = 'STORE') {
      const unsigned = { type, content: { address: account.address, time: testDate / 1000, ...content } }
      const { envelope } = await signMessage(account, unsigned)
      return {
        hash: envelope.item_hash,
        answers: { [`/api/v0/messages/${envelope.item_hash}`]: { body: answerOf(envelope) } },
      }
    }
    const file = { item_type: 'storage', item_hash: '0'.repeat(64) }

    it('is the node’s price of it, with its size', async () => {
      const { hash, answers } = await message(file)
      const body = recorded(
        '/api/v0/price/77f46b9a42ad8b281a8a8bc6e69f1ceeb25ac8f5fe956f8ed08d771bb3a1801d?include_size=true',
      )
      const { aleph } = client({ ...answers, [`/api/v0/price/${hash}`]: { body } })
      const cost = await aleph.cost(hash)
      assert.deepEqual([cost.source, cost.sizeBytes, cost.free, cost.required], ['node', 15, true, 0])
      assert.equal(cost.exact.price, '0.000004768371577262')
    })

    it('by credit, as its author pays', async () => {
      const { hash, answers } = await message({ ...file, payment: { type: 'credit' }, size: 15 })
      const body = recorded('/api/v0/price/0e80f57b06b5e6d111bc817d6145d1e869201d0137811129ec82acffcf717834')
      const { aleph } = client({ ...answers, [`/api/v0/price/${hash}`]: { body } })
      const cost = await aleph.cost(hash)
      assert.deepEqual([cost.source, cost.payment, cost.price], ['node', 'credit', 0.001247742293793479])
      const held = await aleph.cost(hash, { payment: 'hold' })
      assert.deepEqual([held.payment, held.sizeBytes, held.free], ['hold', 15, true])
    })

    it('without the node’s price is worked out from the size that node or author tell', async () => {
      const { hash, answers } = await message({ ...file, metadata: { size: 30 * mebibyte } })
      const { aleph } = client(answers)
      const cost = await aleph.cost(hash)
      assert.deepEqual([cost.source, cost.exact.price, cost.free], ['computed', '9.999999990000000000', false])
      const told = client({
        ...answers,
        [`/api/v0/storage/metadata/${file.item_hash}`]: { body: { size: 60 * mebibyte } },
      })
      assert.equal((await told.aleph.cost(hash)).exact.price, '19.999999980000000000')
      const silent = await message(file)
      await assert.rejects(client(silent.answers).aleph.cost(silent.hash), { code: 'NETWORK', message: /how large/ })
    })

    it('is nothing for what is no file, before files cost anything, and an error as of messages.get', async () => {
      const post = await message({ type: 'note', content: {} }, 'POST')
      const { aleph } = client(post.answers)
      assert.deepEqual([(await aleph.cost(post.hash)).free, (await aleph.cost(post.hash)).price], [true, 0])
      await assert.rejects(aleph.cost('0'.repeat(64)), { code: 'NOT_FOUND' })
      const old = await message({ ...file, size: 60 * mebibyte, time: 1_743_775_078 })
      const cost = await client(old.answers).aleph.cost(old.hash)
      assert.deepEqual([cost.free, cost.required], [true, 0])
    })
  })
})
