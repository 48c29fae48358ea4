import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import type { Context } from '../../../src/client/context.js'
import { costOf } from '../../../src/client/cost.js'
import { canStore } from '../../../src/client/file/canStore.js'
import { NetworkPrices } from '../../../src/client/file/networkPrices.js'
import { builtInPrices, type Prices, type PriceSource } from '../../../src/client/file/prices.js'
import { storeFile } from '../../../src/client/file/storeFile.js'
import type { UploadRequest } from '../../../src/client/http/transport.js'
import { addFolder } from '../../../src/client/ipfs/addFolder.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { testContext } from '../../helpers/context.js'
import { FakeClock, fakeFetch, type FakeAnswer } from '../../helpers/fakes.js'
import { HandClock } from '../../helpers/handClock.js'
import { testDate } from '../../helpers/localNode.js'

const mebibyte = 1024 * 1024
const storage = (holding: unknown, credit: unknown) => ({ storage: { price: { storage: { holding, credit } } } })
type Answers = Record<string, FakeAnswer | Error | 'hang' | undefined>

describe('the prices of the network (protocol §6.6)', () => {
  let owner: ETHAccount
  let stranger: ETHAccount
  before(async () => {
    owner = await developmentAccount(3)
    stranger = await developmentAccount(4)
  })

  /** What a node answers that has this pricing aggregate, signed by `signer`, and merges it so. */
  async function pricing(content: object, { signer = owner, merged = content } = {}): Promise<Answers> {
    const aggregate = {
      type: 'AGGREGATE' as const,
      content: { address: owner.address, time: 1, key: 'pricing', content },
    }
    const { envelope } = await signMessage(signer, aggregate)
    return {
      [`/api/v0/aggregates/${owner.address}.json`]: { body: { data: { pricing: merged } } },
      '/api/v0/messages.json': { body: { messages: [envelope], next_cursor: null } },
    }
  }

  function read(answers: Answers) {
    const clock = new HandClock(testDate)
    const fetch = fakeFetch(({ url }) => answers[url.pathname])
    const prices: NetworkPrices = new NetworkPrices(() => context, owner.address)
    const context: Context = testContext({ fetch, clock }, { prices })
    return { prices, fetch, clock, answers }
  }

  it('are what its owner signed', async () => {
    const { prices } = read(await pricing(storage('0.5', '0.25')))
    assert.deepEqual(await prices.get(), { hold: 5n * 10n ** 17n, credit: 25n * 10n ** 16n, source: 'network' })
  })

  it('may be numbers, and one that is left out is nothing, as nodes take it', async () => {
    const { prices } = read(await pricing({ storage: { price: { storage: { credit: 2 } } } }))
    assert.deepEqual(await prices.get(), { hold: 0n, credit: 2n * 10n ** 18n, source: 'network' })
  })

  it('are the defaults of the node where it has no such aggregate', async () => {
    const { prices } = read({})
    assert.deepEqual(await prices.get(), { ...builtInPrices, source: 'node-default' })
  })

  const lies: [string, () => Promise<Answers>][] = [
    ['were signed by somebody else', () => pricing(storage('0', '0'), { signer: stranger })],
    ['are not what was signed', () => pricing(storage('0.5', '0.25'), { merged: storage('0', '0') })],
    ['are no numbers', () => pricing(storage('free', {}))],
    ['have another shape', () => pricing({ storage: [] })],
    ['come with an error', async () => ({ [`/api/v0/aggregates/${owner.address}.json`]: { status: 500 } })],
  ]
  for (const [name, answers] of lies)
    it(`that ${name} are those built in`, async () =>
      assert.deepEqual(await read(await answers()).prices.get(), builtInPrices))

  it('that never come are those built in, after ten seconds', async () => {
    const { prices, clock } = read({ [`/api/v0/aggregates/${owner.address}.json`]: 'hang' })
    const given = prices.get()
    await clock.passWhenAsleep(10_000)
    assert.deepEqual(await given, builtInPrices)
  })

  it('are asked for once in ten minutes, by however many', async () => {
    const { prices, fetch, clock } = read(await pricing(storage('0.5', '0.25')))
    await Promise.all([prices.get(), prices.get()])
    clock.pass(599_000)
    await prices.get()
    const asked = fetch.requests.length
    assert.equal(asked, 2)
    clock.pass(2_000)
    await prices.get()
    assert.equal(fetch.requests.length, 2 * asked)
  })

  it('that could not be read are asked for again soon', async () => {
    const { prices, clock, answers } = read({ [`/api/v0/aggregates/${owner.address}.json`]: { status: 500 } })
    assert.equal((await prices.get()).source, 'built-in')
    Object.assign(answers, await pricing(storage('0.5', '0.25')))
    assert.equal((await prices.get()).source, 'built-in')
    clock.pass(31_000)
    assert.equal((await prices.get()).source, 'network')
  })

  it('are waited for by others when one who asked gives up', async () => {
    const { prices } = read(await pricing(storage('0.5', '0.25')))
    const controller = new AbortController()
    const given = prices.get(controller.signal)
    const other = prices.get()
    controller.abort()
    await assert.rejects(given, { code: 'ABORTED' })
    assert.equal((await other).source, 'network')
  })
})

describe('what the prices of the network decide', () => {
  let account: ETHAccount
  before(async () => (account = await developmentAccount(0)))

  /** Prices twice or half of those built in. */
  const times = (factor: bigint, divisor: bigint, source: PriceSource = 'network'): Prices => ({
    hold: (builtInPrices.hold * factor) / divisor,
    credit: (builtInPrices.credit * factor) / divisor,
    source,
  })
  const dear = times(2n, 1n)
  const cheap = times(1n, 2n)

  function node(prices: Prices, { held = 0, credits = 0, nowMs = testDate } = {}) {
    const balance = { balance: held, locked_amount: 0, credit_balance: credits }
    const fetch = fakeFetch(({ url }) =>
      url.pathname.endsWith('/balance')
        ? { body: balance }
        : url.pathname.endsWith('/add_file')
          ? { status: 400 }
          : undefined,
    )
    const sent: UploadRequest[] = []
    const upload = async (request: UploadRequest) => {
      sent.push(request)
      return { status: 402, header: () => undefined, body: '' }
    }
    const clock = new FakeClock(nowMs)
    return { context: testContext({ fetch, clock, upload, account }, { prices: { get: async () => prices } }), sent }
  }
  const file = { sizeBytes: 30 * mebibyte, stream: () => new Blob([new Uint8Array(30 * mebibyte)]).stream() }

  for (const [name, prices, held, isSent] of [
    ['a file that the account can pay at lower prices is sent', cheap, 5.1, true],
    ['a file that the account can not pay at higher prices is not', dear, 10.1, false],
    ['where prices are not known, nothing is refused', builtInPrices, 0, true],
    ['where the node has its defaults, these count', times(1n, 1n, 'node-default'), 9.9, false],
  ] as const)
    it(name, async () => {
      const { context, sent } = node(prices, { held })
      const storing = storeFile(context, file, { chunkSize: false })
      await assert.rejects(storing, { code: 'INSUFFICIENT_FUNDS' })
      assert.equal(sent.length, isSent ? 1 : 0)
    })

  it('folders are measured by them too', async () => {
    const folder = [{ path: 'a', source: new Uint8Array(mebibyte) }]
    for (const [prices, isSent] of [
      [cheap, true],
      [dear, false],
      [builtInPrices, true],
    ] as const) {
      const { context, sent } = node(prices, { held: prices === builtInPrices ? 0 : 0.5 })
      await assert.rejects(addFolder(context, folder), { code: 'INSUFFICIENT_FUNDS' })
      assert.equal(sent.length, isSent ? 1 : 0)
    }
  })

  it('cost() says the same, and where from', async () => {
    const asked = { sizeBytes: 30 * mebibyte }
    for (const [prices, source, required] of [
      [cheap, 'network', 5],
      [dear, 'network', 20],
      [builtInPrices, 'computed', 10],
    ] as const) {
      const { context } = node(prices)
      const cost = await costOf(context, asked)
      assert.deepEqual([cost.source, Math.round(cost.required * 1000) / 1000], [source, required])
      const plan = await canStore(context, [asked.sizeBytes])
      assert.ok(Math.abs(plan.required - cost.required) < 1e-9)
      assert.deepEqual(
        plan.refusals.map(refusal => refusal?.code),
        [source === 'computed' ? undefined : 'INSUFFICIENT_FUNDS'],
      )
    }
  })
})

describe('storage.canStore', () => {
  let account: ETHAccount
  before(async () => (account = await developmentAccount(0)))
  const prices: Prices = { ...builtInPrices, source: 'network' }

  function context({ held = 0, locked = 0, credits = 0, nowMs = testDate } = {}) {
    const balance = { balance: held, locked_amount: locked, credit_balance: credits }
    const fetch = fakeFetch(({ url }) => (url.pathname.endsWith('/balance') ? { body: balance } : undefined))
    return testContext({ fetch, clock: new FakeClock(nowMs), account }, { prices: { get: async () => prices } })
  }
  const codes = async (having: Parameters<typeof context>[0], sizes: number[], engine?: 'storage') => {
    const { refusals } = await canStore(context(having), sizes, engine ? { engine } : {})
    return refusals.map(refusal => (refusal ? (refusal.details['uncovered'] ?? refusal.code) : 'ok'))
  }

  it('lets files of up to 25 MiB through without funds, and nothing larger', async () =>
    assert.deepEqual(await codes({}, [1, 25 * mebibyte, 25 * mebibyte + 1]), ['ok', 'ok', 'INSUFFICIENT_FUNDS']))

  it('refuses an empty file after others that nothing covers, and lets it through before them', async () => {
    assert.deepEqual(await codes({}, [1, 0]), ['ok', 'empty'])
    assert.deepEqual(await codes({}, [0, 1]), ['ok', 'ok'])
    assert.deepEqual(await codes({ held: 1 }, [1, 0]), ['ok', 'ok'])
  })

  it('refuses a second file with the storage engine without funds', async () =>
    assert.deepEqual(await codes({}, [1, 1], 'storage'), ['ok', 'storage']))

  it('counts what the files before take', async () =>
    assert.deepEqual(await codes({ held: 15 }, [30 * mebibyte, 30 * mebibyte, 1]), ['ok', 'INSUFFICIENT_FUNDS', 'ok']))

  it('refuses what the node does not take, whatever the account has', async () =>
    assert.deepEqual(await codes({ held: 1e6 }, [101 * mebibyte], 'storage'), ['TOO_LARGE']))

  it('counts credits from 2027 on, for every file', async () => {
    const having = { credits: 110, nowMs: Date.UTC(2027, 0, 1) }
    assert.deepEqual(await codes(having, [1, 1]), ['ok', 'INSUFFICIENT_FUNDS'])
    const { unit, required, available } = await canStore(context(having), [1, 1])
    assert.deepEqual([unit, required.toFixed(1), available], ['credits', '215.6', 110])
  })

  it('takes nothing but sizes', async () => {
    for (const sizes of [undefined, 5, ['1'], [-1], [0.5], [NaN]])
      await assert.rejects(canStore(context(), sizes as never), { code: 'INVALID_INPUT' })
    await assert.rejects(canStore(context(), [1], { engine: 'tape' as never }), { code: 'INVALID_INPUT' })
  })
})
