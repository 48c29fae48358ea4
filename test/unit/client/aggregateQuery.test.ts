import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import { systemClock } from '../../../src/client/http/clock.js'
import type { FetchFunction } from '../../../src/client/http/transport.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch, type FakeAnswer } from '../../helpers/fakes.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'

let alice: ETHAccount
let bob: ETHAccount
before(async () => {
  alice = await developmentAccount(0)
  bob = await developmentAccount(1)
})

const node = useLocalNode()

/** A client of the local node, and the paths that it asks. */
function client(options: AlephOptions = {}) {
  const asked: string[] = []
  const fetch: FetchFunction = (url, init) => {
    asked.push(new URL(url).pathname)
    return globalThis.fetch(url, init)
  }
  const clock = { ...systemClock, now: () => testDate }
  return Object.assign(new AlephHttpClient({ endpoints: node().url, account: alice, clock, fetch, ...options }), {
    asked,
  })
}
const stranger = () => client({ account: undefined as never })

interface User {
  name: string
  age?: number
}
interface Post {
  title: string
  createdAt: number
  tags: string[]
}

describe('aggregate.query against a local node', () => {
  before(async () => {
    const { aggregate } = client()
    await aggregate.merge('users', {
      john: { name: 'John Doe', email: 'john@example.com', age: 30 },
      jane: { name: 'Jane', age: 20 },
      max: { name: 'Max', age: 44 },
      keyed: { name: 'Kim', key: 'mine', owner: 5, age: 50 },
      gone: null,
      text: 'no document',
      list: [{ age: 99 }],
      __proto__: { name: 'no entry' },
    })
    await aggregate.update('users', '__proto__', { name: 'Proto', age: 26 })
    await aggregate.merge('blog-posts', {
      'post-1': { title: 'Old', status: 'published', createdAt: 1, tags: ['aleph', 'tutorial'] },
      'post-2': { title: 'New', status: 'published', createdAt: 3, tags: ['blockchain'] },
      'post-3': { title: 'Draft', status: 'draft', createdAt: 2, tags: ['tutorial'] },
    })
    await client({ account: bob }).aggregate.merge('users', { john: { name: 'Johnny', age: 61 } })
  })

  it('finds what the guide looks for: { age: { $gt: 25 } }', async () => {
    const { aggregate, asked } = client()
    const users = await aggregate.query<User>('users', { where: { age: { $gt: 25 } }, limit: 10 })
    const lines: string[] = []
    users.forEach(user => lines.push(`${user.key}: ${user.name}, ${user.age}`))
    assert.deepEqual(lines.sort(), ['__proto__: Proto, 26', 'john: John Doe, 30', 'max: Max, 44', 'mine: Kim, 50'])
    assert.deepEqual(asked, [`/api/v0/aggregates/${alice.address}.json`])
    assert.equal(users.isComplete, true)
    assert.equal(users.scanned, 1)
  })

  it('finds what the guide looks for: $or of $regex', async () => {
    const where = { $or: [{ name: { $regex: 'john', $options: 'i' } }, { email: { $regex: 'Jane' } }] }
    const [user, ...others] = await client().aggregate.query<User>('users', { where })
    assert.equal(user?.name, 'John Doe')
    assert.equal(others.length, 0)
  })

  it('finds what the guide looks for: recent posts, and posts by tag', async () => {
    const { aggregate } = client()
    const recent = await aggregate.query<Post>('blog-posts', {
      where: { status: 'published' },
      sort: { createdAt: -1 },
      limit: 10,
    })
    assert.deepEqual(
      recent.map(post => post.title),
      ['New', 'Old'],
    )
    const tagged = await aggregate.query<Post>('blog-posts', {
      where: { status: 'published', tags: { $in: ['tutorial'] } },
    })
    assert.deepEqual(
      tagged.map(post => `${post.title} (${post.tags.join(', ')})`),
      ['Old (aleph, tutorial)'],
    )
  })

  it('gives key and owner beside the document: spreading one writes nothing of ours', async () => {
    const [john] = await client().aggregate.query('users', { where: { name: 'John Doe' } })
    assert.ok(john)
    assert.equal(john.key, 'john')
    assert.equal(john.owner, alice.address)
    assert.deepEqual(Object.keys({ ...john }).sort(), ['age', 'email', 'name'])
    assert.equal(JSON.stringify(john).includes('key'), false)
  })

  it('lets fields of the document win over key and owner', async () => {
    const [kim] = await client().aggregate.query('users', { where: { name: 'Kim' } })
    assert.deepEqual({ ...kim }, { name: 'Kim', key: 'mine', owner: 5, age: 50 })
    assert.equal(kim?.key, 'mine')
  })

  it('leaves out entries that are deleted or no objects', async () => {
    const users = await client().aggregate.query('users')
    assert.deepEqual(users.map(({ name }) => name).sort(), ['Jane', 'John Doe', 'Kim', 'Max', 'Proto'])
  })

  it('sorts, then skips, then limits', async () => {
    const { aggregate } = client()
    const names = async (options: object) =>
      (await aggregate.query<User>('users', { sort: { age: -1 }, ...options })).map(({ name }) => name).join()
    assert.equal(await names({}), 'Kim,Max,John Doe,Proto,Jane')
    assert.equal(await names({ skip: 1, limit: 2 }), 'Max,John Doe')
    assert.equal(await names({ skip: 4 }), 'Jane')
    assert.equal(await names({ skip: 9 }), '')
  })

  it('limits without an order too, and a limit of 0 asks nothing', async () => {
    const { aggregate, asked } = client()
    assert.equal((await aggregate.query('users', { limit: 2, skip: 1 })).length, 2)
    asked.length = 0
    const none = await aggregate.query('users', { limit: 0 })
    assert.deepEqual([none.length, none.isComplete, asked.length], [0, true, 0])
  })

  it('is empty for a collection that is not there', async () => {
    assert.deepEqual([...(await client().aggregate.query('nothing'))], [])
    assert.deepEqual([...(await client().aggregate.query('nothing', { owner: 'all' }))], [])
  })

  it("looks through everybody's without an account, or when asked to", async () => {
    const where = { age: { $gte: 44 } }
    const all = await stranger().aggregate.query<User>('users', { where, sort: { age: 1 } })
    assert.deepEqual(
      all.map(({ name, owner }) => [name, owner]),
      [
        ['Max', alice.address],
        ['Kim', 5],
        ['Johnny', bob.address],
      ],
    )
    assert.equal(all.scanned, 2)
    const { aggregate, asked } = client()
    assert.equal((await aggregate.query('users', { where, owner: 'all' })).length, 3)
    assert.deepEqual(asked, ['/api/v0/aggregates.json'])
  })

  it('asks for several owners in one request, and gives each once', async () => {
    const { aggregate, asked } = client()
    const owner = [bob.address, alice.address, bob.address]
    const users = await aggregate.query<User>('users', { owner, where: { name: /^Jo/ }, sort: { name: 1 } })
    assert.deepEqual(
      users.map(({ name }) => name),
      ['John Doe', 'Johnny'],
    )
    assert.deepEqual(asked, ['/api/v0/aggregates.json'])
    assert.equal((await aggregate.query('users', { owner: bob.address })).length, 1)
    assert.equal((await aggregate.query('users', { owner: [bob.address] })).length, 1)
  })

  it('says that it stopped where maxScan ends it', async () => {
    const { aggregate } = stranger()
    const some = await aggregate.query('users', { maxScan: 1 })
    assert.deepEqual([some.isComplete, some.scanned], [false, 1])
    const all = await aggregate.query('users', { maxScan: 2 })
    assert.deepEqual([all.isComplete, all.scanned], [true, 2])
  })

  it('with verify replays the signed elements of each owner, and refuses a merge that differs', async () => {
    const owner = [alice.address, bob.address]
    const users = await client().aggregate.query<User>('users', { owner, verify: true, where: { age: { $gt: 50 } } })
    assert.deepEqual(
      users.map(({ name }) => name),
      ['Johnny'],
    )
    const fetch: FetchFunction = async (url, init) => {
      const text = await (await globalThis.fetch(url, init)).text()
      return new Response(url.includes('/aggregates/') ? text.replace('61', '62') : text)
    }
    const lied = client({ fetch }).aggregate
    await assert.rejects(lied.query('users', { owner, verify: true }), { code: 'INTEGRITY' })
    await assert.rejects(lied.query('users', { owner: 'all', verify: true }), { code: 'INVALID_INPUT' })
  })

  it('ends within a tick when it is cancelled', async () => {
    const signal = AbortSignal.abort()
    const { aggregate, asked } = client()
    await assert.rejects(aggregate.query('users', { signal }), { code: 'ABORTED' })
    assert.deepEqual(asked, [])
    const controller = new AbortController()
    const hanging = new AlephHttpClient({
      endpoints: node().url,
      fetch: fakeFetch(() => {
        queueMicrotask(() => controller.abort())
        return 'hang'
      }),
    })
    await assert.rejects(hanging.aggregate.query('users', { signal: controller.signal }), { code: 'ABORTED' })
  })
})

describe('aggregate.query: a node that is not to be trusted', () => {
  const endpoint = 'https://node.example'
  const asking = (answer: (url: URL, index: number) => FakeAnswer | undefined) => {
    const fetch = fakeFetch(({ url }, index) => answer(url, index))
    const { aggregate } = new AlephHttpClient({ endpoints: endpoint, fetch, clock: new FakeClock(), retries: 0 })
    return { aggregate, requests: fetch.requests }
  }
  const aggregate = (address: string, content: unknown, key = 'users') => ({
    address,
    key,
    content,
    created: '',
    last_updated: '',
  })
  const address = (n: number) => `0x${String(n).padStart(40, '0')}`

  it('leaves out what was not asked for, and what comes twice', async () => {
    const { aggregate: api } = asking(() => ({
      body: {
        aggregates: [
          aggregate(address(1), { a: { n: 1 } }),
          aggregate(address(2), { a: { n: 2 } }, 'others'),
          aggregate(address(3), { a: { n: 3 } }),
          aggregate(address(1), { a: { n: 4 } }),
        ],
        next_cursor: null,
      },
    }))
    const found = await api.query<{ n: number }>('users', { owner: [address(1), address(2)] })
    assert.deepEqual(
      found.map(({ n }) => n),
      [1],
    )
  })

  it('stops where pages without an end lead nowhere', async () => {
    const { aggregate: api, requests } = asking((_, index) => ({ body: { aggregates: [], next_cursor: `c${index}` } }))
    const found = await api.query('users')
    assert.deepEqual([found.length, found.isComplete, requests.length], [0, false, 10])
  })

  it('says that a full page of a node without cursors may not be all', async () => {
    const rows = Array.from({ length: 200 }, (_, n) => aggregate(address(n), { a: { n } }))
    const full = asking(() => ({ body: { aggregates: rows, pagination_total: 900 } }))
    assert.equal((await full.aggregate.query('users')).isComplete, false)
    const short = asking(() => ({ body: { aggregates: rows.slice(1), pagination_total: 199 } }))
    assert.equal((await short.aggregate.query('users')).isComplete, true)
  })

  it('follows cursors, and stops early when the limit is reached', async () => {
    const page = (n: number) => ({
      body: { aggregates: [aggregate(address(n), { a: { n } })], next_cursor: n < 4 ? `c${n + 1}` : null },
    })
    const pages = asking(url => page(Number((url.searchParams.get('cursor') ?? '').slice(1) || 1)))
    const all = await pages.aggregate.query('users', { sort: { n: -1 }, limit: 2 })
    assert.deepEqual(
      all.map(({ n }) => n),
      [4, 3],
    )
    assert.equal(pages.requests.length, 4)
    const first = await pages.aggregate.query('users', { limit: 2 })
    assert.deepEqual([first.length, first.isComplete, pages.requests.length], [2, true, 6])
  })

  it('takes an answer that is none for what it is', async () => {
    for (const body of [{ aggregates: [{ address: 1 }] }, { aggregates: [aggregate(address(1), [])] }, {}, 'text'])
      await assert.rejects(asking(() => ({ body })).aggregate.query('users'), { code: 'NETWORK' })
  })

  it('asks for many owners in several requests', async () => {
    const owner = Array.from({ length: 250 }, (_, n) => address(n))
    const { aggregate: api, requests } = asking(url => {
      const asked = url.searchParams.get('addresses')?.split(',') ?? []
      return { body: { aggregates: asked.map(each => aggregate(each, { a: { n: 1 } })), next_cursor: null } }
    })
    assert.equal((await api.query('users', { owner })).length, 250)
    assert.equal(requests.length, 3)
  })

  const bad: [what: string, collection: unknown, options: unknown][] = [
    ['no collection', '', {}],
    ['a collection with a comma', 'a,b', {}],
    ['a misspelt option', 'users', { were: {} }],
    ['options that are none', 'users', 5],
    ['a where that can not be asked', 'users', { where: { $expr: {} } }],
    ['a pattern that can not be used', 'users', { where: { a: { $regex: '(?=a)' } } }],
    ['a sort that can not be done', 'users', { sort: { a: 2 } }],
    ['a limit below 0', 'users', { limit: -1 }],
    ['a limit that is no whole number', 'users', { limit: 1.5 }],
    ['a skip that is a text', 'users', { skip: '1' }],
    ['a maxScan of 0', 'users', { maxScan: 0 }],
    ['an owner that is no address', 'users', { owner: 'everybody' }],
    ['no owner in a list', 'users', { owner: [] }],
    ['an owner in a list that is none', 'users', { owner: [address(1), undefined] }],
    ['all owners in a list', 'users', { owner: ['all'] }],
    ['1001 owners', 'users', { owner: Array.from({ length: 1001 }, (_, n) => address(n)) }],
  ]
  for (const [what, collection, options] of bad)
    it(`refuses ${what} before anything is asked`, async () => {
      const { aggregate: api, requests } = asking(() => undefined)
      await assert.rejects(api.query(collection as string, options as object), { code: 'INVALID_INPUT' })
      assert.equal(requests.length, 0)
    })
})
