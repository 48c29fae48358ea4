import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import { systemClock } from '../../../src/client/http/clock.js'
import type { FetchFunction } from '../../../src/client/http/transport.js'
import { JsonText } from '../../../src/client/message/jsonText.js'
import type { StorageQueryOptions } from '../../../src/client/query/storageQuery.js'
import type { StoredValue } from '../../../src/client/storage.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { fakeFetch } from '../../helpers/fakes.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { post, publish } from '../../helpers/signed.js'

let alice: ETHAccount
let bob: ETHAccount
before(async () => {
  alice = await developmentAccount(0)
  bob = await developmentAccount(1)
})

const node = useLocalNode()

interface Page {
  messages: { item_hash: string; item_content: string; channel?: string }[]
  next_cursor?: string | null
}

/** A client of the local node whose lists can be changed on the way, and what it asks. */
function client({ change, ...options }: AlephOptions & { change?: (page: Page) => void } = {}) {
  const asked: URLSearchParams[] = []
  const fetch: FetchFunction = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    const response = await globalThis.fetch(url, init)
    if (!pathname.endsWith('/messages.json')) return response
    asked.push(searchParams)
    const page = (await response.json()) as Page
    change?.(page)
    return new Response(JSON.stringify(page))
  }
  const clock = { ...systemClock, now: () => testDate }
  return Object.assign(new AlephHttpClient({ endpoints: node().url, account: alice, clock, fetch, ...options }), {
    asked,
  })
}

const contents = (values: readonly StoredValue[]) => values.map(({ content }) => content)

describe('storage.query against a local node', () => {
  const times: number[] = []
  before(async () => {
    const mine = client({ channel: 'one' }).storage
    // Each of them a moment after the one before.
    const at = (ms: number) => ({ ...systemClock, now: () => testDate + ms })
    const theirs = client({ account: bob, channel: 'two', clock: at(5) }).storage
    await mine.store('a', { tags: ['user'] })
    await mine.store('b', { tags: ['user', 'profile'], metadata: { language: 'en', version: '1.0', more: { x: [1] } } })
    await theirs.store('c', { tags: ['profile'], metadata: { language: 'en' }, ref: 'album' })
    const later = client({ channel: 'one', clock: at(9) }).storage
    await later.store({ n: 4 }, { tags: ['other'], metadata: { language: 'fr', nothing: null } })
    await publish(node().url, post({ tags: ['user'], text: 'of another type' }))
    await client().storage.storeFile(new TextEncoder().encode('file'), { filename: 'x', tags: ['user'] })
    for (const value of await mine.query()) times.push(value.time)
  })

  it('finds what the guide looks for by tags: at least one of them', async () => {
    const { storage, asked } = client()
    const messages = await storage.query({ tags: ['user', 'profile'], limit: 10 })
    const lines: string[] = []
    messages.forEach(msg => lines.push(`${msg.item_hash.length}: ${JSON.stringify(msg.content)}`))
    assert.deepEqual(lines, ['64: "c"', '64: "b"', '64: "a"'])
    assert.equal(asked.length, 1)
    assert.deepEqual(Object.fromEntries(asked[0] ?? []), {
      msgTypes: 'POST',
      contentTypes: 'aleph-storage',
      tags: 'user,profile',
      sortOrder: '-1',
      contentFormat: 'none',
      pagination: '10',
      cursor: '',
    })
    assert.deepEqual([messages.isComplete, messages.scanned, messages.errors], [true, 3, []])
    assert.deepEqual(Object.keys(messages), ['0', '1', '2'])
  })

  it('finds what the guide looks for by metadata', async () => {
    const documents = await client().storage.query({ metadata: { language: 'en', version: '1.0' }, limit: 10 })
    assert.deepEqual(contents(documents), ['b'])
    assert.equal(documents[0]?.metadata['version'], '1.0')
  })

  it('by each filter: all tags, nested metadata, null, owners, channels, refs, times, type', async () => {
    const { storage } = client()
    const [latest = 0, third = 0, second = 0] = times
    for (const [filter, wanted] of [
      [{ tags: ['user', 'profile'], match: 'all' }, ['b']],
      [{ tags: ['user', 'profile'], match: 'any' }, ['c', 'b', 'a']],
      [{ metadata: { more: { x: [1] } } }, ['b']],
      [{ metadata: { more: { x: [1, 2] } } }, []],
      [{ metadata: { nothing: null } }, [{ n: 4 }]],
      [{ metadata: { toString: null } }, []],
      [{ metadata: { more: new JsonText('{"x":[1.0]}') } }, ['b']],
      [{ metadata: {} }, [{ n: 4 }, 'c', 'b', 'a']],
      [{ owners: [bob.address] }, ['c']],
      [{ channels: ['one'] }, [{ n: 4 }, 'b', 'a']],
      [{ channels: ['one', 'two'], owners: [bob.address] }, ['c']],
      [{ refs: ['album'] }, ['c']],
      [{ since: third }, [{ n: 4 }, 'c']],
      [{ until: third }, ['b', 'a']],
      [{ since: second, until: latest }, ['c', 'b']],
      [{ type: 'note' }, [{ tags: ['user'], text: 'of another type' }]],
      [{ limit: 1 }, [{ n: 4 }]],
      [{ limit: 0 }, []],
    ] as [StorageQueryOptions, unknown[]][])
      assert.deepEqual(contents(await storage.query(filter)), wanted, JSON.stringify(filter))
  })

  it('gives values as get does', async () => {
    const { storage } = client()
    for (const value of await storage.query()) assert.deepEqual(value, await storage.get(value.item_hash))
  })

  it('asks nothing before it is awaited or iterated, and for a list only once', async () => {
    const { storage, asked } = client()
    const query = storage.query({ tags: ['user'] })
    const scan = query.iterate()
    await new Promise(setImmediate)
    assert.equal(asked.length, 0)
    const [first, second] = await Promise.all([query, query.then(list => list)])
    assert.equal(first, second)
    assert.equal(await query.catch(() => undefined), first)
    let isOver = false
    assert.equal(await query.finally(() => (isOver = true)), first)
    assert.ok(isOver)
    assert.equal(asked.length, 1)
    await scan.next()
    assert.equal(asked.length, 2)
  })

  it('iterates value by value, one page ahead at most, and each time anew', async () => {
    const { storage, asked } = client()
    const query = storage.query({ maxScan: 2 })
    const scan = query.iterate()
    assert.equal((await scan.next()).value?.content instanceof Object, true)
    assert.deepEqual([asked.length, scan.scanned, scan.isComplete], [1, 2, false])
    const found: unknown[] = []
    for await (const value of query) found.push(value.content)
    assert.deepEqual(found, [{ n: 4 }, 'c'])
    await scan.return()
    assert.equal((await scan.next()).done, true)
  })

  it('says that it stopped at maxScan, and that it did not when nothing is behind it', async () => {
    const { storage } = client()
    const some = await storage.query({ maxScan: 2 })
    assert.deepEqual([some.length, some.isComplete, some.scanned], [2, false, 2])
    const all = await storage.query({ maxScan: 4 })
    assert.deepEqual([all.length, all.isComplete, all.scanned], [4, true, 4])
    const scan = storage.query({ metadata: { language: 'it' }, maxScan: 3 }).iterate()
    for await (const value of scan) assert.fail(value.item_hash)
    assert.deepEqual([scan.isComplete, scan.scanned], [false, 3])
  })

  it('a list without a limit has 100 values, an iterator all', async () => {
    const { storage } = client({ channel: 'many' })
    await Promise.all(Array.from({ length: 103 }, (_, i) => storage.store(i, { channel: 'many' })))
    const list = await storage.query({ channels: ['many'] })
    assert.deepEqual([list.length, list.isComplete], [100, true])
    assert.equal((await storage.query({ channels: ['many'], limit: 102 })).length, 102)
    let count = 0
    for await (const value of storage.query({ channels: ['many'] })) {
      assert.equal(value.channel, 'many')
      count++
    }
    assert.equal(count, 103)
  })

  it('leaves out what is not what was signed, and says so', async () => {
    const change = ({ messages }: Page) => {
      for (const message of messages) message.item_content = message.item_content.replace('"a"', '"forged"')
    }
    const list = await client({ change }).storage.query({ tags: ['user'] })
    assert.deepEqual(contents(list), ['b'])
    assert.equal(list.errors.length, 1)
    assert.equal(list.errors[0]?.error.code, 'INTEGRITY')
    assert.match(list.errors[0]?.item_hash ?? '', /^[0-9a-f]{64}$/)
    assert.equal(list.scanned, 2)
  })

  it('looks again at whatever a node should have looked for', async () => {
    let everything: Page['messages'] = []
    await client({ change: page => (everything = page.messages) }).storage.query()
    const { storage } = client({
      change: page => {
        page.messages = everything
        page.next_cursor = null
      },
    })
    assert.deepEqual(contents(await storage.query({ tags: ['profile'] })), ['c', 'b'])
    assert.deepEqual(contents(await storage.query({ refs: ['album'] })), ['c'])
    assert.deepEqual(contents(await storage.query({ owners: [bob.address] })), ['c'])
    assert.deepEqual(contents(await storage.query({ channels: ['two'] })), ['c'])
  })

  it('marks what somebody published for an owner who never allowed it', async () => {
    await publish(node().url, post({ data: 'mine' }, { type: 'aleph-storage' }, { channel: 'marked' }))
    const message = post({ data: 'forged' }, { type: 'aleph-storage', address: bob.address }, { channel: 'marked' })
    const { storage } = client({
      change: page => {
        for (const row of page.messages) if (row.channel === 'marked') Object.assign(row, message)
      },
    })
    const [value] = await storage.query({ channels: ['marked'] })
    assert.deepEqual(
      [value?.content, value?.sender, value?.owner, value?.authority],
      ['forged', alice.address, bob.address, 'unproven'],
    )
  })

  it('ends within a tick when it is cancelled, also between two values', async () => {
    const { storage, asked } = client()
    await assert.rejects(storage.query({ signal: AbortSignal.abort() }), { code: 'ABORTED' })
    assert.equal(asked.length, 0)
    const controller = new AbortController()
    const scan = storage.query({ signal: controller.signal }).iterate()
    await scan.next()
    controller.abort()
    await assert.rejects(scan.next(), { code: 'ABORTED' })
  })
})

describe('storage.query: what can not be asked', () => {
  const table: [what: string, options: unknown, message?: RegExp][] = [
    ['a misspelt option', { tag: ['a'] }, /storage\.query has no option “tag”/],
    ['options that are none', 'tags'],
    ['tags that are no list', { tags: 'user' }, /The filter tags must be a list of texts/],
    ['no tag in a list', { tags: [] }, /The filter tags is an empty list/],
    ['no owner in a list', { owners: [] }, /The filter owners is an empty list/],
    ['a tag with a comma', { tags: ['a,b'] }, /without a comma/],
    ['an empty tag', { tags: [''] }],
    ['a tag that is a number', { tags: [5] }],
    ['an owner that is none', { owners: [undefined] }],
    ['1001 refs', { refs: Array<string>(1001).fill('r') }, /more than 1000/],
    ['another match', { tags: ['a'], match: 'both' }, /“any” or “all”/],
    ['metadata that is a text', { metadata: 'en' }],
    ['metadata that JSON can not hold', { metadata: { a: undefined } }],
    [
      'metadata in a circle',
      (() => {
        const metadata: Record<string, unknown> = {}
        metadata['a'] = metadata
        return { metadata }
      })(),
    ],
    ['a time that is none', { since: 'yesterday' }],
    ['a time that ends before it begins', { since: 2, until: 1 }],
    ['a date', { since: new Date(0) }],
    ['a limit below 0', { limit: -1 }],
    ['a limit that is a text', { limit: '10' }],
    ['a maxScan of 0', { maxScan: 0 }],
    ['a maxScan above a million', { maxScan: 1_000_001 }],
    ['a type with a comma', { type: 'a,b' }],
  ]
  for (const [what, options, message = /./] of table)
    it(`${what}: told when it is awaited or iterated, and nothing is asked`, async () => {
      const fetch = fakeFetch(() => undefined)
      const { storage } = new AlephHttpClient({ endpoints: 'https://node.example', fetch })
      await assert.rejects(storage.query(options as StorageQueryOptions), { code: 'INVALID_INPUT', message })
      await assert.rejects(
        storage
          .query(options as StorageQueryOptions)
          .iterate()
          .next(),
        { code: 'INVALID_INPUT' },
      )
      assert.equal(fetch.requests.length, 0)
    })
})

describe('storage.query: a node that is not to be trusted', () => {
  it('stops where pages without an end lead nowhere', async () => {
    const fetch = fakeFetch((_, index) => ({ body: { messages: [], next_cursor: `c${index}` } }))
    const { storage } = new AlephHttpClient({ endpoints: 'https://node.example', fetch })
    const list = await storage.query()
    assert.deepEqual([list.length, list.isComplete, fetch.requests.length], [0, false, 10])
  })

  it('gives up where pages go round', async () => {
    const fetch = fakeFetch(() => ({ body: { messages: [], next_cursor: 'same' } }))
    const { storage } = new AlephHttpClient({ endpoints: 'https://node.example', fetch, retries: 0 })
    await assert.rejects(storage.query(), { code: 'NETWORK' })
  })
})
