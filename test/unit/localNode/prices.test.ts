// Prices, costs, credits and balances where the recordings say nothing (protocol §5.6, §6.5, §6.6).
import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { startLocalNode } from '../../../src/localNode/index.js'
import { buildCli, spawnNode } from '../../helpers/cli.js'
import { quick, testDate, useLocalNode } from '../../helpers/localNode.js'
import { account, get, post, publish, signed, upload } from '../../helpers/signed.js'

interface Price {
  charged_address: string
  cost: string
  detail: { cost_credit: string; cost_hold: string; size_mib: number | null }[]
  payment_type: string
  required_tokens: number
}

const perMebibyte = '0.333333333000000000'
/** 25 MiB, the least that is billed. */
const leastCredit = '0.001247742293793479'
const aboveFree = 26_214_401

describe('prices and funds of the local node', () => {
  let now = testDate
  const node = useLocalNode(
    () => {
      now = testDate
      return { now: () => now }
    },
    { each: true },
  )
  const url = () => node().url
  const store = (fileHash: string, more: Record<string, unknown> = {}, by = 0) =>
    signed('STORE', { item_type: 'storage', item_hash: fileHash, ...more }, { by })
  const processed = async (message: ReturnType<typeof signed>) => {
    assert.equal((await publish(url(), message)).status, 200)
    return message.item_hash
  }
  /** One byte more than what is free, so the STORE has to come with it. */
  const largeStore = async (fill: number, more: Record<string, unknown> = {}) => {
    const bytes = Buffer.alloc(aboveFree, fill)
    const message = store(sha256Hex(bytes), more)
    const form = new FormData()
    form.append('metadata', JSON.stringify({ message, sync: true }))
    form.append('file', new Blob([bytes]))
    const response = await fetch(`${url()}/api/v0/storage/add_file`, { method: 'POST', body: form })
    assert.equal(response.status, 200)
    return message.item_hash
  }
  const price = (hash: string) => get(url(), `/api/v0/price/${hash}`)
  const statusOf = async (hash: string) =>
    (await get(url(), `/api/v0/messages/${hash}`)).body as { status: string; reason?: string }

  const shortOf = ({ status, reason }: { status: string; reason?: string }) => ({ status, reason })

  describe('the price of a message', () => {
    it('is known of STOREs only, whatever became of them', async () => {
      const note = await processed(post('x'))
      assert.deepEqual(await price(note), {
        status: 400,
        body: `Message is not an executable or store message: ${note}`,
      })
      const unknown = sha256Hex('nobody')
      assert.deepEqual(await price(unknown), { status: 404, body: `Message not found with hash: ${unknown}` })
      assert.deepEqual(await price('zz'), { status: 400, body: 'Invalid message hash: zz' })

      const bad = { ...post('y'), signature: post('z').signature }
      await publish(url(), bad, false)
      await node().idle()
      assert.deepEqual(await price(bad.item_hash), {
        status: 404,
        body: `This message was rejected: ${bad.item_hash}`,
      })

      const kept = await processed(store(await upload(url(), Buffer.alloc(1_048_576))))
      const before = await price(kept)
      assert.equal((before.body as Price).cost, perMebibyte)
      await processed(signed('FORGET', { hashes: [note, kept] }))
      assert.deepEqual(await price(note), { status: 410, body: `This message has been forgotten: ${note}` })
      assert.deepEqual(await price(kept), before)
    })

    it('is nothing for the empty file, and without parts', async () => {
      const { body } = await price(await processed(store(await upload(url(), ''))))
      assert.deepEqual(body, {
        charged_address: account().address,
        cost: '0.000000000000000000',
        detail: [],
        payment_type: 'hold',
        required_tokens: 0,
      })
    })

    it('of a pending message is an information (102) and no answer', async () => {
      const waiting = store(sha256Hex('not here'))
      node().faults.add('late seconds=60 path=/api/v0/messages')
      await publish(url(), waiting, false)
      const status = await new Promise(resolve => {
        const request = httpRequest(`${url()}/api/v0/price/${waiting.item_hash}`)
        request.on('information', ({ statusCode }) => {
          resolve(statusCode)
          request.destroy()
        })
        request.on('response', ({ statusCode }) => resolve(statusCode))
        request.on('error', () => undefined)
        request.end()
      })
      assert.equal(status, 102)
    })
  })

  describe('an estimate', () => {
    const address = '0x000000000000000000000000000000000000dEaD'
    const estimateText = async (text: string) => {
      const response = await fetch(`${url()}/api/v0/price/estimate`, { method: 'POST', body: text })
      const body = await response.text()
      return { status: response.status, body: response.ok ? (JSON.parse(body) as Price) : body }
    }
    const estimate = (content: Record<string, unknown>, more: Record<string, unknown> = {}) => {
      const item_content = JSON.stringify({
        address,
        time: 1,
        item_type: 'storage',
        item_hash: sha256Hex('?'),
        ...content,
      })
      const message = { type: 'STORE', item_type: 'inline', item_content, item_hash: sha256Hex(item_content), ...more }
      return estimateText(JSON.stringify({ message }))
    }

    it('needs no signature, no sender, no time and no file: its size is estimated', async () => {
      const { status, body } = await estimate({ estimated_size_mib: 3 })
      assert.equal(status, 200)
      assert.deepEqual(body, {
        charged_address: address,
        cost: '0.999999999000000000',
        detail: [
          {
            cost_credit: '0.000149729075255217',
            cost_hold: '0.999999999000000000',
            cost_stream: '0.000000000000000000',
            name: 'STORAGE',
            size_mib: 3,
            type: 'STORAGE',
          },
        ],
        payment_type: 'hold',
        required_tokens: 0.999999999,
      })
    })

    it('with credits is per second, of 25 MiB at least', async () => {
      const small = await estimate({ estimated_size_mib: 0.5, payment: { type: 'credit' } })
      assert.equal((small.body as Price).cost, leastCredit)
      assert.equal((small.body as Price).payment_type, 'credit')
      const big = await estimate({ estimated_size_mib: 250, payment: { type: 'credit' } })
      assert.equal((big.body as Price).cost, '0.012477422937934797')
    })

    it('takes the size of a file that the node has, and nothing for one that it has not', async () => {
      const hash = await upload(url(), Buffer.alloc(2 * 1_048_576))
      assert.equal(((await estimate({ item_hash: hash })).body as Price).cost, '0.666666666000000000')
      assert.equal(((await estimate({})).body as Price).cost, '0.000000000000000000')
    })

    it('of a content in a file is read from there', async () => {
      const content = { address, time: 1, item_type: 'storage', item_hash: sha256Hex('?'), estimated_size_mib: 1 }
      const item_hash = await upload(url(), JSON.stringify(content))
      const { body } = await estimateText(
        JSON.stringify({ message: { type: 'STORE', item_type: 'storage', item_hash } }),
      )
      assert.equal((body as Price).cost, perMebibyte)
    })

    it('refuses what is no STORE, and fails where the real node fails', async () => {
      assert.equal((await estimate({}, { type: 'NOTHING' })).status, 422)
      assert.equal((await estimate({}, { type: 'POST' })).status, 500)
      assert.equal((await estimate({}, { item_hash: sha256Hex('other') })).status, 422)
      assert.equal((await estimate({ estimated_size_mib: 'many' })).status, 422)
      assert.equal((await estimate({ estimated_size_mib: 1e300 })).status, 500)
      assert.equal((await estimate({ estimated_size_mib: 1e11 })).status, 500)
      assert.equal(((await estimate({ estimated_size_mib: -5 })).body as Price).cost, '-1.666666665000000000')
      assert.equal((await estimate({ item_type: 'cloud' })).status, 422)
      for (const text of ['', 'zz', '[]', 'null', '{}', '{"message":[]}', '{"message":null}'])
        assert.equal((await estimateText(text)).status, 500, text)
      assert.equal((await estimateText(`"${'x'.repeat(1_048_576)}"`)).status, 413)
    })
  })

  it('costs: a sum, then one by one, then with parts; only of what runs', async () => {
    const credit = { payment: { type: 'credit' } }
    const [one, two, three] = [
      await processed(store(await upload(url(), 'one'), credit)),
      await processed(store(await upload(url(), 'two'), credit)),
      await processed(store(await upload(url(), 'three'))),
    ]
    await processed(store(await upload(url(), 'another owner'), credit, 1))
    const costs = async (query: string) => get(url(), `/api/v0/costs?${query}`)
    const own = `address=${account().address}`
    const summary = async (query: string) => ((await costs(query)).body as { summary: Record<string, unknown> }).summary
    assert.deepEqual(await summary(own), {
      total_consumed_credits: 0,
      total_cost_hold: '16.666666650000000000',
      total_cost_stream: '0.000000000000000000',
      total_cost_credit: '0.002495484587586958',
      resource_count: 2,
    })
    assert.equal((await summary('')).resource_count, 3)
    assert.equal((await summary(`item_hash=${three}`)).resource_count, 0)
    assert.equal((await summary(`item_hash=${three}&payment_type=hold`)).resource_count, 1)

    const { body } = await costs(`${own}&include_details=1&pagination=10`)
    const list = body as { resources: { item_hash: string; detail: unknown }[]; pagination_total: number }
    assert.deepEqual(
      list.resources.map(({ item_hash, detail }) => [item_hash, detail]),
      [one, two].sort().map(hash => [hash, null]),
    )
    assert.equal(list.pagination_total, 2)
    const detailed = (await costs(`item_hash=${one}&include_details=2&include_size=true`)).body as {
      resources: { detail: Price['detail'] }[]
    }
    assert.equal(detailed.resources[0]?.detail[0]?.size_mib, 3 / 1_048_576)
    assert.equal((await costs('include_details=2')).status, 422)
    for (const query of ['include_details=3', 'pagination=9', 'pagination=1001', 'page=0', 'payment_type=gold'])
      assert.equal((await costs(query)).status, 422, query)

    await processed(signed('FORGET', { hashes: [one, three] }))
    assert.equal((await summary(own)).resource_count, 1)
  })

  describe('when credits or balance run out', () => {
    const confirmation = { chain: 'ETH', height: 23_747_000, hash: '0xabc' }
    const credit = { payment: { type: 'credit' } }

    it('a confirmed credit STORE above 25 MiB goes, and comes back when it is paid for', async () => {
      const hash = await largeStore(0, credit)
      node().setCredits(account().address, 100)
      assert.equal((await statusOf(hash)).status, 'processed') // not confirmed: it stays
      node().confirm(hash, confirmation)
      node().setCredits(account().address, 107)
      assert.deepEqual(shortOf(await statusOf(hash)), { status: 'removing', reason: 'credit_insufficient' })
      node().setCredits(account().address, 108)
      assert.equal((await statusOf(hash)).status, 'processed')
      node().setCredits(account().address, 0)
      now += 26 * 3_600_000
      await get(url(), '/version')
      assert.deepEqual(shortOf(await statusOf(hash)), { status: 'removed', reason: 'credit_insufficient' })
      assert.equal(((await price(hash)).body as Price).payment_type, 'credit')
    })

    it('small ones stay, and what is not confirmed takes nothing from what is', async () => {
      const small = await processed(store(await upload(url(), 'small'), credit))
      node().confirm(small, confirmation)
      const unconfirmed = await largeStore(1)
      const confirmed = await largeStore(2)
      node().confirm(confirmed, confirmation)
      node().setCredits(account().address, 0)
      // Enough for one of the two large ones.
      node().setBalance(account().address, 9)
      for (const hash of [small, unconfirmed, confirmed]) assert.equal((await statusOf(hash)).status, 'processed')
      node().setBalance(account().address, 8)
      assert.equal((await statusOf(unconfirmed)).status, 'processed')
      assert.equal((await statusOf(confirmed)).status, 'removing')
    })
  })

  describe('credits', () => {
    const address = account(3).address
    const historyOf = async (at: string, query = '', of = address) =>
      (await get(at, `/api/v0/addresses/${of}/credit_history?${query}`)).body as {
        credit_history: { amount: number; credit_index: number; message_timestamp: string; payment_method: string }[]
        next_cursor?: string | null
        pagination_total: number
      }
    const summaryOf = async (query = '') =>
      (await get(url(), `/api/v0/addresses/${address}/credit_history/summary?${query}`)).body

    const threeChanges = () => {
      for (const credits of [500, 200, 200, 900]) {
        now += 1000
        node().setCredits(address, credits)
      }
    }

    it('every change is an entry, the newest first, and they add up', async () => {
      threeChanges()
      const { credit_history: entries, pagination_total } = await historyOf(url())
      assert.deepEqual(
        entries.map(({ amount }) => amount),
        [700, -300, 500 - 1e9, 1e9],
      )
      assert.deepEqual(
        entries.map(({ credit_index }) => credit_index),
        [3, 2, 1, 0],
      )
      assert.equal(pagination_total, 4)
      assert.equal(entries[0]?.payment_method, 'setup')
      assert.equal(entries[3]?.message_timestamp, '2026-11-23T08:00:00Z')
      assert.deepEqual(await summaryOf(), {
        address,
        entry_count: 4,
        total_amount: 900,
        total_incoming: 1e9 + 700,
        total_outgoing: -1e9 + 200,
      })
    })

    it('filters, sorting and both ways to page', async () => {
      threeChanges()
      const amounts = async (query: string) =>
        (await historyOf(url(), query)).credit_history.map(({ amount }) => amount)
      assert.deepEqual(await amounts('direction=outgoing'), [-300, 500 - 1e9])
      assert.deepEqual(await amounts('sort_by=amount&sort_order=1'), [500 - 1e9, -300, 700, 1e9])
      assert.deepEqual(await amounts('pagination=3&page=2'), [1e9])
      const start = testDate / 1000
      assert.deepEqual(await amounts(`startDate=${start + 2}&endDate=${start + 2}`), [-300])
      const seen: number[] = []
      for (let cursor: string | null | undefined = ''; cursor !== null;) {
        const page = await historyOf(url(), `pagination=3&cursor=${cursor}`)
        seen.push(...page.credit_history.map(({ amount }) => amount))
        cursor = page.next_cursor ?? null
      }
      assert.deepEqual(seen, await amounts(''))
      for (const query of ['resource=x', 'tx_hash=x', 'payment_method=x', 'exclude_payment_method=a,setup'])
        assert.deepEqual((await summaryOf(query)) as object, {
          address,
          ...{ entry_count: 0, total_amount: 0, total_incoming: 0, total_outgoing: 0 },
        })
      const history = `/api/v0/addresses/${address}/credit_history`
      assert.deepEqual(await get(url(), `${history}?chain=ETH`), {
        status: 404,
        body: 'No credit history found for this address',
      })
      for (const query of [
        'page=0',
        'direction=up',
        'sort_by=name',
        'cursor=zz',
        'pagination=0&cursor=',
        'startDate=-1',
      ])
        assert.equal((await get(url(), `${history}?${query}`)).status, 422, query)
    })

    it('an address that nobody named has the history of everybody', async () => {
      const other = await startLocalNode({ ...quick, credits: { '*': 5, [address]: 7 } })
      assert.equal((await historyOf(other.url)).credit_history[0]?.amount, 7)
      assert.equal((await historyOf(other.url, '', '0xanybody')).credit_history[0]?.amount, 5)
      const { body } = await get(other.url, '/api/v0/credit_balances')
      assert.deepEqual((body as { credit_balances: unknown }).credit_balances, [{ address, credits: 7 }])
      await other.close()
    })

    it('lists of balances: only named addresses, by address, with a least amount and cursors', async () => {
      const other = await startLocalNode({ ...quick, balances: { b: 2, a: 1, c: 3, '*': 9, __proto__x: 4 } })
      const list = async (query: string) =>
        (await get(other.url, `/api/v0/balances?${query}`)).body as {
          balances: { address: string }[]
          next_cursor: string | null
        }
      const addresses = async (query: string) => (await list(query)).balances.map(row => row.address)
      assert.deepEqual(await addresses(''), ['__proto__x', 'a', 'b', 'c'])
      assert.deepEqual(await addresses('min_balance=2'), ['__proto__x', 'b', 'c'])
      assert.deepEqual(await addresses('chains=SOL'), [])
      assert.deepEqual(await addresses('chains=SOL,ETH&pagination=2&page=2'), ['b', 'c'])
      const first = await list('pagination=3&cursor=')
      assert.deepEqual(await addresses(`pagination=3&cursor=${first.next_cursor}`), ['c'])
      for (const query of ['min_balance=0', 'chains=eth', 'pagination=-1', 'cursor=zz', 'cursor=e30'])
        assert.equal((await get(other.url, `/api/v0/balances?${query}`)).status, 422, query)
      await other.close()
    })

    describe('with a data directory', () => {
      let dataDir = ''
      beforeEach(() => {
        dataDir = mkdtempSync(join(tmpdir(), 'aleph-funds-'))
      })
      afterEach(() => rmSync(dataDir, { recursive: true, force: true }))
      const seen = async (at: string) =>
        Promise.all([
          historyOf(at),
          get(at, '/api/v0/balances'),
          get(at, '/api/v0/credit_balances'),
          get(at, `/api/v0/addresses/${address}/balance?include_credit_details=true`),
        ])

      it('a restart changes neither amounts nor their history; what is named anew is one entry more', async () => {
        const start = (more: object = {}) => startLocalNode({ ...quick, now: () => ++now, dataDir, ...more })
        const first = await start()
        first.setCredits(address, 5)
        first.setBalance(address, 6)
        const before = await seen(first.url)
        await first.close()

        const second = await start()
        assert.deepEqual(await seen(second.url), before)
        await second.close()

        const third = await start({ credits: { [address]: 5 }, balances: { [address]: 6 } })
        assert.deepEqual(await seen(third.url), before)
        await third.close()

        const fourth = await start({ credits: { [address]: 8 } })
        assert.deepEqual(
          (await historyOf(fourth.url)).credit_history.map(({ amount }) => amount),
          [3, 5 - 1e9, 1e9],
        )
        await fourth.close()
      })

      it('kill -9 loses nothing of it', async function () {
        this.timeout(60_000)
        await buildCli()
        const args = ['--data-dir', dataDir, '--now', '2026-11-23', '--credit', `${address}=5`, '--balance', '7']
        const first = await spawnNode(args)
        const before = await seen(first.url)
        await publish(first.url, post('flushed')) // an answer means that everything before is written
        await first.end('SIGKILL')
        const second = await spawnNode(args.slice(0, 4))
        assert.deepEqual(await seen(second.url), before)
        await second.end()
      })
    })
  })
})
