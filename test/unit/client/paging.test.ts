// Lists of a node that has no end, too many rows, or too large ones; and the JSON of its answers.
import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { AlephHttpClient } from '../../../src/client/client.js'
import { parseJson, parseJsonInSlices } from '../../../src/client/http/json.js'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { FakeClock, fakeFetch, type FakeAnswer } from '../../helpers/fakes.js'
import { account, signed } from '../../helpers/signed.js'

const owner = account(0).address

function client(script: (url: URL, index: number) => FakeAnswer | undefined) {
  const fetch = fakeFetch(({ url }, index) => script(url, index))
  const aleph = new AlephHttpClient({
    ...{ endpoints: 'https://node.example', fetch, retries: 0, clock: new FakeClock(), webSocket: null, gateways: [] },
  })
  return { aleph, requests: fetch.requests }
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const rows: T[] = []
  for await (const row of list) rows.push(row)
  return rows
}

const firstOf = (list: AsyncIterable<unknown>) => list[Symbol.asyncIterator]().next()

const calls: Record<string, (aleph: AlephHttpClient) => Promise<unknown>> = {
  'messages.list': aleph => all(aleph.messages.list()),
  'messages.watch': aleph => firstOf(aleph.messages.watch({}, { history: 199 })),
  'aggregate.history': aleph => all(aleph.aggregate.history('users', { owner })),
  'aggregate.history.at': aleph => aleph.aggregate.history('users', { owner }).at('0'.repeat(64)),
  'aggregate.get, verified': aleph => aleph.aggregate.get('users', undefined, { owner, verify: true }),
  'aggregate.keys, verified': aleph => aleph.aggregate.keys({ owner, verify: true }),
  'aggregate.forgotten': aleph => all(aleph.aggregate.forgotten(owner)),
  'aggregate.query': aleph => aleph.aggregate.query('users'),
  'storage.query': async aleph => aleph.storage.query(),
  'address.files': aleph => all(aleph.address.files(owner)),
  'address.creditHistory': aleph => all(aleph.address.creditHistory(owner)),
}

const lists = ['messages', 'files', 'credit_history', 'aggregates']
/** What every call above reads as its own list. */
const page = (rows: unknown[], index: number) => ({
  ...Object.fromEntries(lists.map(name => [name, rows])),
  next_cursor: `c${index}`,
})
const merged = { data: { users: { a: 1 } }, info: { users: { created: '2026-01-01', last_updated: '2026-01-01' } } }
const isMerged = (url: URL) => /aggregates\/0x/.test(url.pathname)
const hash = (text: string) => sha256Hex(text)

/** A row that every list takes for one of its own, and that is not signed. */
const invented = (name: string) => ({
  ...{ item_hash: hash(name), file_hash: hash(name), size: 1, created: '2026-01-01', type: 'AGGREGATE', time: 1 },
  ...{ sender: owner, chain: 'ETH', item_type: 'inline', signature: '0x00', address: owner, key: name },
  ...{ content: {}, amount: 1, message_timestamp: '2026-01-01', credit_ref: name, credit_index: 0 },
  item_content: JSON.stringify({ address: owner, key: 'other', content: {}, time: 1 }),
})

describe('a list without an end', () => {
  const pages: Record<string, (url: URL, index: number) => unknown[]> = {
    'of empty pages': () => [],
    'of one row again and again': () => [invented('one')],
    'of one invented row a page': (_, index) => [invented(`${index}`)],
    'of things that are no rows': () => [{}, null, 5, { item_hash: { toString: 1 } }],
    'of full pages of invented rows': (url, index) =>
      Array.from({ length: Number(url.searchParams.get('pagination')) }, (_, i) => invented(`${index} ${i}`)),
  }
  for (const [kind, rows] of Object.entries(pages))
    for (const [name, call] of Object.entries(calls)) {
      // These lists are as long as the node says, and nothing in them is signed; their readers stop when they have enough.
      if (kind.includes('full') && (name.startsWith('address') || name.endsWith('query'))) continue
      it(`${kind} ends for ${name}`, async () => {
        const { aleph, requests } = client((url, index) => ({
          body: isMerged(url) ? merged : page(rows(url, index), index),
        }))
        const outcome = await call(aleph).then(
          () => 'ended',
          (error: { code?: string }) => error.code,
        )
        assert.ok(['ended', 'NETWORK', 'NOT_FOUND', 'INTEGRITY'].includes(String(outcome)), String(outcome))
        assert.ok(requests.length <= 51, `${requests.length} requests`)
      })
    }

  it('is as long as what was asked for where that is known', async () => {
    const message = signed('POST', { type: 'note' })
    const { aleph, requests } = client((_, index) => ({ body: page([message], index) }))
    assert.equal((await all(aleph.messages.list({ hashes: [message.item_hash] }))).length, 1)
    assert.equal(requests.length, 1)
  })
})

describe('a page', () => {
  for (const [name, call] of Object.entries(calls))
    it(`with more rows than were asked for is refused by ${name}`, async () => {
      const { aleph, requests } = client((url, index) => ({
        body: isMerged(url)
          ? merged
          : page(
              Array.from({ length: 201 }, (_, i) => invented(`${i}`)),
              index,
            ),
      }))
      await assert.rejects(call(aleph), { code: 'NETWORK', message: 'The node sent more rows than it was asked for.' })
      assert.ok(requests.length <= 2)
    })

  it('of millions of empty values is refused before a value is made of it', async () => {
    const { aleph } = client(() => ({ body: `{"messages":[${'{},'.repeat(1_500_000)}{}]}` }))
    await assert.rejects(all(aleph.messages.list()), { code: 'TOO_LARGE' })
  })

  it('that is too large is asked for in halves, and no row is lost', async () => {
    const messages = Array.from({ length: 8 }, (_, n) => signed('POST', { type: 'note', content: { n } }))
    const large = 'x'.repeat(81 * 1024 * 1024)
    const { aleph, requests } = client(url => {
      const start = Number(url.searchParams.get('cursor') ?? 0)
      const count = Number(url.searchParams.get('pagination'))
      if (count > 3) return { body: large }
      const end = start + count
      const rows = messages.slice(start, end)
      return { body: { messages: rows, next_cursor: end < messages.length ? String(end) : null } }
    })
    const rows = await all(aleph.messages.list({}, { pageSize: 6 }))
    assert.deepEqual(
      rows.map(({ item_hash }) => item_hash),
      messages.map(({ item_hash }) => item_hash),
    )
    assert.deepEqual(
      requests.map(({ url }) => url.searchParams.get('pagination')),
      ['6', '3', '3', '3'],
    )
  })

  for (const cursor of ['\ud800', 'x'.repeat(2000), 5, { a: 1 }, 'a\nb'])
    it(`with the cursor ${JSON.stringify(cursor).slice(0, 20)} is unreadable`, async () => {
      const { aleph } = client(() => ({ body: `{"messages":[],"next_cursor":${JSON.stringify(cursor)}}` }))
      await assert.rejects(all(aleph.messages.list()), { code: 'NETWORK', message: /next_cursor is not as expected/ })
    })
})

describe('JSON in slices', () => {
  /** Above the size that is parsed at once. */
  const padding = JSON.stringify('"\\,{['.repeat(40_000))
  const outcome = async (parse: () => unknown): Promise<unknown> => {
    try {
      return { value: await parse() }
    } catch {
      return 'refused'
    }
  }

  it('is what JSON.parse makes of it', () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
        fc.array(fc.jsonValue(), { maxLength: 4 }),
        async (object, array) => {
          const text = JSON.stringify({ ...object, rows: array, deep: { more: [array, object] } }, null, 1)
          const padded = text.replace(/\}$/, `,"pad":${padding}}`)
          assert.deepEqual(await parseJsonInSlices(padded, 'x'), JSON.parse(padded))
        },
      ),
      { numRuns: 60 },
    ))

  it('refuses what JSON.parse refuses', async () => {
    const broken =
      '[1,] [,1] [1 2] {"a":1,} {"a"} {"a":} {"a":1 "b":2} {a:1} {"a":[1} [[1],,2] [[1]2] [2[1]] {"a":{}1} {"a":1{}} [1]] [1][2] {"a":1}x [ ] { } [[],{}] [{"a":1}] {"":[]} {"__proto__":{"a":1}} {"a":[{"b":[1]}]} [:1] {:1} {"a":1:2} {"a":"b":1}'.split(
        / (?=[[{])/,
      )
    assert.ok(broken.length > 20)
    for (const text of broken)
      for (const whole of [
        `[${padding},${text}]`,
        `{"p":${padding},"x":${text}}`,
        `${text.slice(0, -1)},${padding}${text.slice(-1)}`,
      ])
        assert.deepEqual(
          await outcome(() => parseJsonInSlices(whole, 'x')),
          await outcome(() => JSON.parse(whole) as unknown),
          whole.slice(0, 40),
        )
  })

  it('keeps names as they are, also those that objects have by themselves', async () => {
    const value = await parseJsonInSlices(`{"__proto__":{"a":1},"constructor":2,"pad":${padding}}`, 'x')
    assert.deepEqual(Object.keys(value as object), ['__proto__', 'constructor', 'pad'])
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
  })

  it('lets the event loop run in between', async () => {
    const row = JSON.stringify({ a: padding })
    let turns = 0
    let isOver = false
    const turn = () => {
      turns++
      if (!isOver) setTimeout(turn, 0)
    }
    setTimeout(turn, 0)
    await parseJsonInSlices(`{"messages":[${Array(200).fill(row).join(',')}]}`, 'x')
    isOver = true
    assert.ok(turns > 2, `${turns} turns`)
  })

  it('refuses millions of values, at once as well', async () => {
    const text = `[${'[],'.repeat(1_200_000)}[]]`
    await assert.rejects(parseJsonInSlices(text, 'x'), { code: 'TOO_LARGE' })
    assert.throws(() => parseJson(text, 'x'), { code: 'TOO_LARGE' })
  })
})
