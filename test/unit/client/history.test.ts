import { StoredContents } from '../../../src/client/message/storedContents.js'
import { strict as assert } from 'node:assert'
import type { HistoryPage, HistoryRow } from '../../../src/client/aggregate/history.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { FetchFunction } from '../../../src/client/http/transport.js'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { FakeClock, fakeFetch } from '../../helpers/fakes.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { account, publish, signed, upload, type Signed } from '../../helpers/signed.js'

const owner = account().address
const of = (key: string, content: Record<string, unknown>, more: Record<string, unknown> = {}, by = 0) =>
  signed('AGGREGATE', { key, content, ...more }, { by })

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of iterable) items.push(item)
  return items
}
const texts = (row: HistoryRow | undefined) => Object.fromEntries(row?.element?.entries ?? [])

describe('history of an aggregate, of a node', () => {
  const node = useLocalNode({}, { each: true })
  const requests: URL[] = []
  beforeEach(() => void (requests.length = 0))
  const client = (options: AlephOptions = {}) => {
    const fetch: FetchFunction = (url, init) => {
      requests.push(new URL(url))
      return globalThis.fetch(url, init)
    }
    return new AlephHttpClient({ endpoints: node().url, fetch, ...options })
  }
  const publishAll = async (...messages: Signed[]) => {
    for (const message of messages) assert.equal((await publish(node().url, message)).status, 200)
  }

  it('gives every element, newest first, with what it set as it was signed', async () => {
    const first = signed('AGGREGATE', {}, { text: `{"address":"${owner}","time":10,"key":"k","content":{"a":1.10}}` })
    const second = of('k', { b: null, a: { x: 'Zoë' } }, { time: 20 })
    await publishAll({ ...first, time: 10 }, of('other', { a: 1 }), second)
    const rows = await all(client().aggregate.history('k', { owner }))
    assert.deepEqual(
      rows.map(({ item_hash }) => item_hash),
      [second.item_hash, first.item_hash],
    )
    assert.deepEqual(texts(rows[0]), { b: 'null', a: '{"x":"Zoë"}' })
    assert.deepEqual(texts(rows[1]), { a: '1.10' })
    const { entries: _, ...facts } = rows[0]?.element ?? assert.fail()
    assert.deepEqual(facts, {
      item_hash: second.item_hash,
      ...{ time: 20, sender: owner, owner, authority: 'owner', confirmed: false },
      sizeBytes: Buffer.byteLength(second.item_content),
    })
  })

  it('asks nothing before it is iterated, and one request for each page that is shown', async () => {
    // Elements of other aggregates are between them, and a whole page of them behind.
    const messages: Signed[] = []
    for (let i = 0; i < 401; i++) messages.push(of(i === 0 || i === 400 ? 'k' : 'other', { i }))
    await publishAll(...messages)
    const history = client().aggregate.history('k', { owner })
    assert.equal(requests.length, 0)
    const pages: HistoryPage[] = []
    for await (const page of history.pages()) {
      pages.push(page)
      assert.equal(requests.length, pages.length)
    }
    assert.deepEqual(
      pages.map(({ rows, lookedAt, isLast }) => [rows.length, lookedAt, isLast]),
      [
        [1, 200, false],
        [0, 400, false],
        [1, 401, true],
      ],
    )
    assert.equal(
      requests[0]?.search,
      `?sortOrder=-1&contentFormat=none&msgTypes=AGGREGATE&owners=${owner}&pagination=200&cursor=`,
    )
    requests.length = 0
    for await (const row of history) {
      assert.equal(row.item_hash, messages[400]?.item_hash)
      break
    }
    assert.equal(requests.length, 1)
  })

  it('filters by entry, and tells its progress', async () => {
    await publishAll(of('k', { a: 1 }), of('k', { b: 1 }), of('k', { a: 2, b: 2 }))
    const progress: number[] = []
    const history = client().aggregate.history('k', { owner, key: 'a', onProgress: count => progress.push(count) })
    assert.deepEqual((await all(history)).map(texts), [{ a: '2', b: '2' }, { a: '1' }])
    assert.deepEqual(progress, [3])
  })

  it('gives the state after any revision', async () => {
    const [one, two, three] = [
      of('k', { a: 1, b: 1 }),
      of('k', { a: { x: 1 }, ['__proto__']: 0 }),
      of('k', { b: null }),
    ]
    await publishAll(one, two, of('other', { a: 7 }), three)
    const history = client().aggregate.history('k', { owner, key: 'b' })
    assert.deepEqual((await history.at(two.item_hash)).document, { a: { x: 1 }, b: 1, ['__proto__']: 0 })
    const { document, entries, unread } = await history.at(three.item_hash)
    assert.deepEqual(document, { a: { x: 1 }, b: null, ['__proto__']: 0 })
    assert.equal(entries.get('a')?.item_hash, two.item_hash)
    assert.deepEqual(unread, [])
    assert.equal(requests.length, 1)
    await assert.rejects(history.at('ab'.repeat(32)), { code: 'NOT_FOUND' })
  })

  it('reads content that travels apart, and that of no row that says it belongs elsewhere', async () => {
    const large = (key: string) =>
      JSON.stringify({ key, address: owner, time: 50, content: { a: 'x'.repeat(60_000), b: 1 } })
    const apart = async (text: string) => {
      await upload(node().url, text)
      const { item_content: _, ...message } = signed('AGGREGATE', { time: 50 }, { text })
      return { ...message, item_type: 'storage' } as Signed
    }
    const element = await apart(large('k'))
    await publishAll(of('k', { a: 1 }, { time: 40 }), element, await apart(large('other')), of('other', { a: 1 }))
    const rows = await all(client().aggregate.history('k', { owner }))
    assert.deepEqual([texts(rows[1]), texts(rows[0]).b, texts(rows[0]).a?.length], [{ a: '1' }, '1', 60_002])
    assert.equal(rows[0]?.element?.sizeBytes, large('k').length)

    const requests: string[] = []
    const other = new AlephHttpClient({ endpoints: node().url, onEvent: event => requests.push(JSON.stringify(event)) })
    const fetched = async () => {
      const before = requests.length
      await all(other.aggregate.history('k', { owner }))
      return requests.slice(before).filter(request => request.includes('/storage/raw/')).length
    }
    assert.ok((await fetched()) > 0)
    assert.equal(await fetched(), 0)
  })

  it('fetches content that travels apart once, as long as there is room', () => {
    const contents = new StoredContents()
    contents.add('a', new Uint8Array(20_000_000))
    contents.add('b', new Uint8Array(10_000_000))
    assert.equal(contents.get('a')?.length, 20_000_000)
    contents.add('c', new Uint8Array(5_000_000))
    assert.deepEqual(
      ['a', 'b', 'c'].map(hash => contents.get(hash)?.length),
      [20_000_000, undefined, 5_000_000],
    )
    contents.add('d', new Uint8Array(33_000_000))
    assert.equal(contents.get('d'), undefined)
  })

  it('tells who may speak for the owner', async () => {
    const grant = { authorizations: [{ address: account(1).address, aggregate_keys: ['k'] }] }
    await publishAll(of('security', grant), of('k', { a: 1 }, { address: owner }, 1))
    const [row] = await all(client().aggregate.history('k', { owner }))
    assert.deepEqual([row?.element?.authority, row?.element?.sender], ['delegated', account(1).address])
  })

  it('is ended by its signal', async () => {
    await publishAll(of('k', { a: 1 }))
    const controller = new AbortController()
    controller.abort()
    await assert.rejects(all(client().aggregate.history('k', { owner, signal: controller.signal })), {
      code: 'ABORTED',
    })
  })

  it('of a key that nobody wrote is one empty page', async () =>
    assert.deepEqual(await all(client().aggregate.history('k', { owner }).pages()), [
      { rows: [], lookedAt: 0, isLast: true },
    ]))

  it('lists what was forgotten, by page', async () => {
    const elements = [of('k', { a: 1 }), of('other', { a: 1 }), of('k', { a: 2 })]
    await publishAll(...elements)
    const forget = signed('FORGET', { hashes: [elements[0]?.item_hash, elements[1]?.item_hash] })
    await publishAll(forget)
    const [page = []] = await all(client().aggregate.forgotten(owner))
    assert.deepEqual(
      page.map(({ item_hash, forgottenBy }) => [item_hash, forgottenBy]).sort(),
      elements
        .slice(0, 2)
        .map(({ item_hash }) => [item_hash, [forget.item_hash]])
        .sort(),
    )
    assert.ok(page.every(({ time }) => elements.some(element => element.time === time)))
    assert.equal(requests.length, 1)
    assert.deepEqual(await all(client().aggregate.forgotten(account(2).address)), [])
  })

  it('refuses bad input when it is made', () => {
    const { aggregate } = client()
    assert.throws(() => aggregate.history('', { owner }), { code: 'INVALID_INPUT' })
    assert.throws(() => aggregate.history('k'), { code: 'INVALID_INPUT', message: /needs an owner/ })
    assert.throws(() => aggregate.history('k', { owner, keys: 'a' } as object), { code: 'INVALID_INPUT' })
  })
})

describe('history of an aggregate, of a node that lies', () => {
  /** Answers the list with these rows, files by hash, and no permissions. */
  function client(rows: unknown[], files: Record<string, string> = {}) {
    const fetch = fakeFetch(({ url }) => {
      const file = /storage\/raw\/(\w+)$/.exec(url.pathname)?.[1]
      if (file) return files[file] === undefined ? undefined : { body: files[file] }
      return { body: { messages: rows, next_cursor: null } }
    })
    return new AlephHttpClient({ endpoints: 'https://node.example', fetch, clock: new FakeClock() }).aggregate
  }
  const good = of('k', { a: 1 }, { time: 10 })
  const other = of('other', { a: 2 }, { time: 11 })
  const codes = async (rows: unknown[], files?: Record<string, string>) =>
    (await all(client(rows, files).history('k', { owner }))).map(row => row.error?.code ?? texts(row).a)

  it('shows a row that is not what was signed as such, and goes on', async () => {
    const forged = { ...of('k', { a: 1 }, { time: 12 }), item_content: good.item_content.replace('"a":1', '"a":9') }
    const unsigned = { ...of('k', { a: 3 }), signature: good.signature }
    assert.deepEqual(await codes([forged, unsigned, good]), ['INTEGRITY', 'INTEGRITY', '1'])
    const [row] = await all(client([forged]).history('k', { owner }))
    assert.equal(row?.error && row.time, 10)
  })

  it('keeps a row that says nothing, and drops one that plainly belongs elsewhere', async () => {
    const torn = { ...good, item_hash: 'ab'.repeat(32), item_content: '{"key":' }
    const empty = { item_hash: 'cd'.repeat(32) }
    const elsewhere = { ...other, signature: 'bad' }
    const somebodyElse = of('k', { a: 5 }, {}, 1)
    const post = signed('POST', { key: 'k', content: { a: 6 }, type: 't' })
    assert.deepEqual(await codes([torn, empty, null, elsewhere, somebodyElse, other, post, good]), [
      'INTEGRITY',
      'NETWORK',
      'NETWORK',
      '1',
    ])
  })

  it('shows a row once', async () => assert.deepEqual(await codes([good, good]), ['1']))

  it('does not believe what stands beside content that travels apart', async () => {
    const text = JSON.stringify({ key: 'k', content: { a: 'apart' }, address: owner, time: 10 })
    const message = { ...signed('AGGREGATE', {}, { text }), item_type: 'storage' }
    assert.equal(message.item_hash, sha256Hex(text))
    const lie = text.replace('apart', 'forged')
    for (const item_content of [lie, undefined])
      assert.deepEqual(await codes([{ ...message, item_content }], { [message.item_hash]: text }), ['"apart"'])
  })

  it('shows an element whose content is not there as missing, also in a state', async () => {
    const text = JSON.stringify({ key: 'k', content: { b: 1 }, address: owner, time: 5 })
    const { item_content: _, ...rest } = signed('AGGREGATE', { time: 5 }, { text })
    const missing = { ...rest, item_type: 'storage' }
    assert.deepEqual(await codes([good, missing]), ['1', 'NOT_FOUND'])
    assert.deepEqual(await codes([missing], { [missing.item_hash]: 'other bytes' }), ['INTEGRITY'])
    const history = client([good, missing]).history('k', { owner })
    assert.deepEqual((await history.at(good.item_hash)).unread, [missing.item_hash])
    await assert.rejects(history.at(missing.item_hash), { code: 'NOT_FOUND', message: /does not have file/ })
  })

  it('counts for nothing what somebody signed who had no permission', async () => {
    const stranger = of('k', { a: 666 }, { address: owner, time: 99 }, 1)
    const history = client([stranger, good]).history('k', { owner })
    const rows = await all(history)
    assert.deepEqual(
      rows.map(({ element }) => element?.authority),
      ['unproven', 'owner'],
    )
    assert.deepEqual((await history.at(stranger.item_hash)).document, { a: 1 })
  })

  it('orders states by what was signed, not by the order of the list or the time beside it', async () => {
    const newer = { ...of('k', { a: 2 }, { time: 20 }), time: 1 }
    const history = client([good, newer]).history('k', { owner })
    assert.deepEqual((await history.at(newer.item_hash)).document, { a: 2 })
    assert.deepEqual((await history.at(good.item_hash)).document, { a: 1 })
  })

  it('lists no forgotten element that is none, and ends where pages repeat', async () => {
    const skeleton = { item_hash: 'ab'.repeat(32), time: 5, forgotten_by: ['cd'.repeat(32), 'x', 7] }
    const rows = [skeleton, { ...skeleton, item_hash: '<b>' }, null, { item_hash: 'ef'.repeat(32), time: '5' }]
    const filler = Array<null>(196).fill(null)
    let asked = 0
    const fetch = fakeFetch(() => {
      asked++
      return { body: { messages: [...rows, ...filler] } }
    })
    const { aggregate } = new AlephHttpClient({ endpoints: 'https://node.example', fetch, clock: new FakeClock() })
    assert.deepEqual(await all(aggregate.forgotten(owner)), [
      [{ item_hash: 'ab'.repeat(32), time: 5, forgottenBy: ['cd'.repeat(32)] }],
    ])
    assert.equal(asked, 2)
  })
})
