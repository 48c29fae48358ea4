import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import type { BatchItem, BatchOptions, BatchResult } from '../../../src/client/batch.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { Envelope } from '../../../src/client/message/types.js'
import { namespaced } from '../../../src/client/namespaced.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch } from '../../helpers/fakes.js'
import { useLocalNode } from '../../helpers/localNode.js'

let alice: ETHAccount
before(async () => (alice = await developmentAccount(0)))

const published = { publication_status: { status: 'success', failed: [] }, message_status: 'processed' }
const codes = (results: readonly BatchResult[]) =>
  results.map(result => (result.status === 'fulfilled' ? 'fulfilled' : result.reason.code))

describe('batch', () => {
  const node = useLocalNode({}, { each: true })
  const client = (options: AlephOptions = {}) =>
    new AlephHttpClient({ endpoints: node().url, account: alice, ...options })

  it('writes values, files and entries, and gives each its own kind of result in order', async () => {
    const aleph = client({ tags: ['app'] })
    const [value, file, entry] = await aleph.batch([
      { store: 'one', options: { tags: ['a'] } },
      { storeFile: new Uint8Array([1, 2]), options: { filename: 'x.bin', engine: 'storage' } },
      { aggregate: 'users', key: 'kid', document: { name: 'Kid' } },
    ])
    assert.ok(value.status === 'fulfilled' && file.status === 'fulfilled' && entry.status === 'fulfilled')
    assert.deepEqual((await aleph.storage.get(value.value.item_hash)).tags, ['a', 'app'])
    assert.equal((await aleph.storage.getFile(file.value.item_hash)).size, 2)
    assert.equal(file.value.engine, 'storage')
    assert.deepEqual(
      { ...entry.value, item_hash: '' },
      { collection: 'users', key: 'kid', item_hash: '', status: 'processed' },
    )
    assert.deepEqual(await aleph.aggregate.get('users', 'kid'), { name: 'Kid' })
  })

  it('makes one element of entries of one aggregate, and more where a key comes twice or options differ', async () => {
    const aleph = client()
    const item = (aggregate: string, key: string, document: unknown, options = {}) => ({
      aggregate,
      key,
      document,
      options,
    })
    const results = await aleph.batch([
      item('users', 'a', 1),
      { store: 'between' },
      item('users', 'b', 2),
      item('users', '__proto__', 3),
      item('other', 'a', 4),
      item('users', 'a', 5),
      item('users', 'c', 6, { channel: 'x' }),
    ])
    assert.deepEqual(codes(results), Array(7).fill('fulfilled'))
    const of = results.map(result => (result.status === 'fulfilled' ? result.value.item_hash : ''))
    assert.equal(new Set([of[0], of[2], of[3]]).size, 1)
    assert.equal(new Set(of).size, 5)
    assert.deepEqual(await aleph.aggregate.get('users'), JSON.parse('{"a":5,"b":2,"__proto__":3,"c":6}'))
    assert.deepEqual(await aleph.aggregate.get('users', 'a', { verify: true }), 5)
    const times: number[] = []
    for await (const row of aleph.aggregate.history('users')) times.push(row.element?.time ?? 0)
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    )
    assert.equal(new Set(times).size, 3)
  })

  it('keeps every element small enough to travel with its message', async () => {
    const aleph = client()
    const items = Array.from({ length: 9 }, (_, i) => ({
      aggregate: 'big',
      key: `k${i}`,
      document: 'x'.repeat(10_000),
    }))
    const results = await aleph.batch([...items, { aggregate: 'big', key: 'huge', document: 'x'.repeat(60_000) }])
    assert.deepEqual(codes(results), Array(10).fill('fulfilled'))
    const hashes = results.map(result => (result.status === 'fulfilled' ? result.value.item_hash : ''))
    assert.equal(new Set(hashes).size, 4)
    assert.equal(Object.keys((await aleph.aggregate.get('big')) as object).length, 10)
  })

  it('refuses bad items one by one, and writes the others', async () => {
    const items = [
      { store: undefined },
      { store: 1, options: { tagz: [] } },
      { store: 1, options: null },
      { store: 1, storeFile: 'x' },
      { aggregate: 'a,b', key: 'k', document: 1 },
      { aggregate: 'security', key: 'k', document: 1 },
      { aggregate: 'users', key: '', document: 1 },
      { aggregate: 'users', key: 'tags', document: {} },
      { aggregate: 'users', key: 'k', document: 1n },
      { aggregate: 'users', key: 'k', document: 1, extra: 1 },
      { aggregate: 'users', key: 'k', document: 1, options: { owner: 'nobody' } },
      {},
      null,
      'text',
      { aggregate: 'users', key: 'good', document: 1 },
      { store: 'good' },
    ] as BatchItem[]
    const results = await client().batch(items)
    assert.deepEqual(codes(results), [...Array<string>(14).fill('INVALID_INPUT'), 'fulfilled', 'fulfilled'])
    assert.deepEqual(await client().aggregate.get('users'), { good: 1 })
  })

  it('tells a failure of an element to each of its entries', async () => {
    const aleph = client()
    const { item_hash } = await aleph.aggregate.create('users', 1, { key: 'a' })
    await aleph.aggregate.update('users', 'a', 2)
    const options = { expect: item_hash }
    const results = await aleph.batch([
      { aggregate: 'users', key: 'a', document: 3, options },
      { aggregate: 'users', key: 'b', document: 3, options },
      { aggregate: 'users', key: 'c', document: 3 },
    ])
    assert.deepEqual(codes(results), ['CONFLICT', 'CONFLICT', 'fulfilled'])
  })

  it('tells each item as it ends, whatever the listener does', async () => {
    const told = new Map<number, string>()
    const onItem: BatchOptions['onItem'] = (index, { status }) => {
      told.set(index, status)
      throw new Error('of the listener')
    }
    const results = await client().batch([{ store: 1 }, { store: undefined }, { store: 2 }], { onItem })
    assert.deepEqual([...told].sort(), [
      [0, 'fulfilled'],
      [1, 'rejected'],
      [2, 'fulfilled'],
    ])
    assert.equal(results.length, 3)
  })

  it('gives nothing for nothing, and refuses options that can not work', async () => {
    const aleph = client({ fetch: () => assert.fail('nothing may be sent') })
    assert.deepEqual(await aleph.batch([]), [])
    for (const options of [{ concurrency: 0 }, { concurrency: 1.5 }, { concurrency: 65 }, { Concurrency: 1 }])
      await assert.rejects(aleph.batch([], options), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.batch({ store: 1 } as unknown as []), { code: 'INVALID_INPUT' })
    assert.deepEqual(codes(await aleph.batch([{ store: 1 }], { signal: AbortSignal.abort() })), ['ABORTED'])
  })
})

describe('batch, of many', () => {
  /** A node that counts how many publications it is asked for at a time. */
  function counting(onPost?: (count: number) => void) {
    let atOnce = 0
    let most = 0
    const sent: Envelope[] = []
    const script = fakeFetch(({ method, body }) => {
      if (method === 'POST') sent.push((JSON.parse(body ?? '') as { message: Envelope }).message)
      return method === 'POST' ? { body: published } : undefined
    })
    const fetch: typeof script = Object.assign(
      async (url: string, init: RequestInit) => {
        most = Math.max(most, ++atOnce)
        await new Promise(resolve => setImmediate(resolve))
        const answer = await script(url, init)
        atOnce--
        onPost?.(sent.length)
        return answer
      },
      { requests: script.requests },
    )
    const aleph = new AlephHttpClient({
      endpoints: 'https://node.example',
      account: alice,
      fetch,
      clock: new FakeClock(),
    })
    return { aleph, sent, most: () => most }
  }

  it('runs as many at a time as it may, and no more', async () => {
    for (const concurrency of [1, 3, undefined]) {
      const { aleph, most } = counting()
      const items = Array.from({ length: 12 }, (_, i) => ({ store: i }))
      await aleph.batch(items, concurrency ? { concurrency } : {})
      assert.equal(most(), concurrency ?? 4)
    }
  })

  it('ends at the signal: what runs and what is to come are ABORTED, what is done stays', async () => {
    const controller = new AbortController()
    const { aleph, sent } = counting(count => count === 10 && controller.abort())
    const items = Array.from({ length: 1000 }, (_, i) => ({ store: i }))
    const results = await aleph.batch(items, { signal: controller.signal })
    const all = codes(results)
    assert.ok(sent.length < 20)
    assert.equal(all.length, 1000)
    assert.ok(all.filter(code => code === 'fulfilled').length >= 6)
    assert.ok(all.slice(20).every(code => code === 'ABORTED'))
  })

  it('one item may be ended by its own signal', async () => {
    const { aleph } = counting()
    const results = await aleph.batch(
      [
        { store: 1, options: { signal: AbortSignal.abort() } },
        { store: 2, options: { signal: new AbortController().signal } },
      ],
      { signal: new AbortController().signal },
    )
    assert.deepEqual(codes(results), ['ABORTED', 'fulfilled'])
  })

  it('takes 10 000 entries as a few hundred elements, with times that increase', async () => {
    const { aleph, sent } = counting()
    const items = Array.from({ length: 10_000 }, (_, i) => ({
      aggregate: 'many',
      key: `k${i}`,
      document: { i, text: 'x'.repeat(500) },
    }))
    const results = await aleph.batch(items)
    assert.ok(results.every(({ status }) => status === 'fulfilled'))
    assert.ok(sent.length > 100 && sent.length < 130, String(sent.length))
    assert.ok(sent.every(({ item_type }) => item_type === 'inline'))
    assert.ok(sent.every(({ time }, i) => i === 0 || time > (sent[i - 1] as Envelope).time))
  })
})

describe('namespaced', () => {
  it('puts a prefix before names of collections', () => {
    assert.equal(namespaced('myapp')('users'), 'myapp/users')
    assert.equal(namespaced('acme/shop')('blog-posts'), 'acme/shop/blog-posts')
  })

  it('refuses names that could not be told apart or found again', () => {
    for (const bad of [
      '',
      ' ',
      'a,b',
      'a//b',
      '/a',
      'a/',
      '.',
      'a/..',
      ' a',
      'security',
      'a/security',
      '\ud800',
      1,
      undefined,
    ])
      assert.throws(() => namespaced(bad as string), { code: 'INVALID_INPUT' }, String(bad))
    for (const bad of ['', ' ', 'a,b', 'a/b', '/', '.', '..', 'a ', 'security', null])
      assert.throws(() => namespaced('myapp')(bad as string), { code: 'INVALID_INPUT' }, String(bad))
  })
})
