import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AddressAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import { systemClock } from '../../../src/client/http/clock.js'
import type { FetchFunction } from '../../../src/client/http/transport.js'
import { JsonText } from '../../../src/client/message/jsonText.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { publish, signed } from '../../helpers/signed.js'

let alice: ETHAccount
let bob: ETHAccount
before(async () => {
  alice = await developmentAccount(0)
  bob = await developmentAccount(1)
})

const node = useLocalNode({}, { each: true })
const seconds = testDate / 1000
/** Each client has a clock of its own, some seconds ahead of the node's or behind. */
const client = ({ aheadSeconds = 0, ...options }: AlephOptions & { aheadSeconds?: number } = {}) =>
  new AlephHttpClient({
    endpoints: node().url,
    account: alice,
    clock: { ...systemClock, now: () => testDate + aheadSeconds * 1000 },
    ...options,
  })

/** A client whose node answers some paths otherwise, and counts requests by method. */
function lying(answer: (path: string, text: string) => string | undefined, options: AlephOptions = {}) {
  const asked: string[] = []
  const fetch: FetchFunction = async (url, init) => {
    const { pathname } = new URL(url)
    asked.push(`${init.method ?? 'GET'} ${pathname}`)
    const response = await globalThis.fetch(url, init)
    const text = await response.text()
    return new Response(answer(pathname, text) ?? text, { status: response.status })
  }
  return { ...client({ fetch, ...options }).aggregate, asked }
}
const honest = () => lying(() => undefined)
const published = (asked: readonly string[]) => asked.filter(each => each.startsWith('POST')).length

/** Publishes an element as another program would. */
async function element(content: Record<string, unknown>, time: number, key = 'users') {
  const message = signed('AGGREGATE', { key, content, time })
  assert.equal((await publish(node().url, message)).status, 200)
  return message.item_hash
}

describe('aggregate.merge', () => {
  it('publishes several entries in one element, and leaves the others', async () => {
    const { aggregate } = client()
    await aggregate.update('users', 'old', 1)
    const result = await aggregate.merge(
      'users',
      new Map<string, unknown>([
        ['a', { x: 1 }],
        ['__proto__', 2],
        ['b', null],
      ]),
    )
    assert.deepEqual(
      { ...result, item_hash: '' },
      {
        collection: 'users',
        keys: ['a', '__proto__', 'b'],
        item_hash: '',
        status: 'processed',
        time: seconds + 0.001,
        overtaken: [],
      },
    )
    assert.equal(
      JSON.stringify(await aggregate.get('users')),
      JSON.stringify(
        Object.fromEntries([
          ['old', 1],
          ['a', { x: 1 }],
          ['__proto__', 2],
          ['b', null],
        ]),
      ),
    )
    assert.deepEqual(
      await client()
        .aggregate.create('users', { y: 1 }, { key: 'c' })
        .then(({ key }) => key),
      'c',
    )
  })

  it('publishes values given by their JSON text digit by digit', async () => {
    const { aggregate } = client()
    await aggregate.merge('users', { n: new JsonText('{ "big": 12345678901234567890, "x": 1.10, "p": "100%" }') })
    for await (const { element: last } of aggregate.history('users'))
      assert.equal(last?.entries.get('n'), '{"big":12345678901234567890,"x":1.10,"p":"100%"}')
  })

  it('dates an element above the newest one, also by a clock that is slow', async () => {
    await client().aggregate.update('users', 'a', 'fast')
    const { time } = await client({ aheadSeconds: -200 }).aggregate.merge('users', { a: 'slow' })
    assert.equal(time, seconds + 0.001)
    assert.equal(await client().aggregate.get('users', 'a'), 'slow')
  })

  it('keeps the times of one account rising, whoever else writes', async () => {
    const [one, two] = [client(), client()]
    const times: number[] = []
    for (let i = 0; i < 6; i++) times.push((await (i % 2 ? one : two).aggregate.merge('users', { a: i })).time)
    assert.deepEqual(times, [...new Set(times)].sort())
    assert.equal(await one.aggregate.get('users', 'a'), 5)
  })

  it('follows no head in the future, and names the element that is', async () => {
    const future = await element({ a: 1 }, seconds + 3600)
    await element({ b: 1 }, seconds - 10)
    const { merge, asked } = honest()
    await assert.rejects(merge('users', { c: 1 }), (error: AlephError) => {
      assert.equal(error.code, 'CONFLICT')
      assert.deepEqual(error.details, { reason: 'future', item_hash: future, time: seconds + 3600 })
      return true
    })
    assert.equal(published(asked), 0)
  })

  it('reaches for the real head where the node names another one', async () => {
    const future = await element({ a: 1 }, seconds + 3600)
    const { merge } = lying((path, text) =>
      path.includes('/aggregates/') ? text.replaceAll(future, 'ab'.repeat(32)) : undefined,
    )
    await assert.rejects(merge('users', { c: 1 }), (error: AlephError) => error.details.item_hash === future)
  })

  it('sends large entries as a stored item, and refuses what is too large with the size of each', async () => {
    const { merge, get, asked } = honest()
    const large = 'x'.repeat(60_000)
    await merge('users', { large })
    assert.equal(await get('users', 'large'), large)
    const before = asked.length
    const huge = new JsonText(JSON.stringify('%'.repeat(5_000_000)))
    await assert.rejects(merge('users', { huge, small: 1 }), (error: AlephError) => {
      assert.equal(error.code, 'TOO_LARGE')
      assert.deepEqual(error.details.sizes, { huge: 30_000_002, small: 1 })
      return true
    })
    assert.equal(asked.length, before)
  })

  it('refuses what can not be published, before anything is asked', async () => {
    const { merge, update, asked } = honest()
    const refused: [string, () => Promise<unknown>][] = [
      ['no entries', () => merge('users', {})],
      ['an array', () => merge('users', [1] as never)],
      ['a text', () => merge('users', 'x' as never)],
      ['nothing', () => merge('users', null as never)],
      ['a whole given by its text', () => merge('users', new JsonText('{"a":1}') as never)],
      ['a name that is no text', () => merge('users', new Map([[1, 1]]) as never)],
      ['an empty collection', () => merge('', { a: 1 })],
      ['a comma', () => merge('a,b', { a: 1 })],
      ['the permissions', () => merge('security', { a: 1 })],
      ['half of a character', () => merge('a\ud800', { a: 1 })],
      ['undefined', () => merge('users', { a: undefined })],
      ['bad JSON text', () => merge('users', { a: new JsonText('{') })],
      ['an unknown option', () => merge('users', { a: 1 }, { expects: null } as object)],
      ['a strange expectation', () => merge('users', { a: 1 }, { expect: 1 } as never)],
      ['tags that are none', () => merge('users', { tags: { a: 1 } })],
      ['an empty tag', () => merge('users', { tags: [''] })],
      ['17 tags', () => merge('users', { tags: Array(17).fill('a') })],
      ['tags given by their text', () => merge('users', { tags: new JsonText('["a",1]') })],
      ['a document named tags', () => update('users', 'tags', ['a'])],
      ['an empty key', () => update('users', '', 1)],
    ]
    for (const [name, act] of refused) await assert.rejects(act, { code: 'INVALID_INPUT' }, name)
    const watcher = await AddressAccount.fromAddress(alice.address)
    await assert.rejects(merge('users', { a: 1 }, { account: watcher }), { code: 'READ_ONLY' })
    assert.deepEqual(asked, [])
    await merge('users', { tags: ['a, b', 'x'.repeat(256)] })
    await merge('users', { tags: new JsonText('null') })
  })

  it('writes for an owner who allows it', async () => {
    await publish(
      node().url,
      signed('AGGREGATE', { key: 'security', content: { authorizations: [{ address: bob.address }] } }),
    )
    await client().aggregate.merge('users', { a: 1 })
    const result = await client({ account: bob }).aggregate.merge('users', { b: 1 }, { owner: alice.address })
    assert.equal(result.status, 'processed')
    assert.deepEqual(await client().aggregate.get('users'), { a: 1, b: 1 })
    await assert.rejects(client({ account: bob }).aggregate.merge('users', {}, { owner: 'x' }), {
      code: 'INVALID_INPUT',
    })
  })
})

describe('aggregate.merge with expect', () => {
  const conflict = (details: Record<string, unknown>) => (error: AlephError) => {
    assert.equal(error.code, 'CONFLICT')
    assert.deepEqual(error.details, details)
    return true
  }

  it('goes on when nothing is newer, and when only other entries are', async () => {
    const { merge } = honest()
    const first = await merge('users', { a: 1 }, { expect: null })
    const second = await merge('users', { a: 2 }, { expect: first.item_hash })
    assert.deepEqual(second.overtaken, [])
    const other = await client().aggregate.merge('users', { b: 1 })
    const third = await merge('users', { a: 3 }, { expect: second.item_hash })
    assert.deepEqual(third.overtaken, [other.item_hash])
    assert.deepEqual(await client().aggregate.get('users'), { a: 3, b: 1 })
  })

  it('is a CONFLICT when somebody changed one of the same entries, and nothing is published', async () => {
    const { merge, asked } = honest()
    const base = await merge('users', { a: 1 })
    const theirs = await client().aggregate.merge('users', { a: 2, x: 1 })
    await client().aggregate.merge('users', { y: 1 })
    const before = published(asked)
    await assert.rejects(
      merge('users', { a: 3, b: 1 }, { expect: base.item_hash }),
      conflict({ reason: 'changed', keys: ['a'], item_hashes: [theirs.item_hash] }),
    )
    assert.equal(published(asked), before)
    await client().aggregate.update('users', 'a', 4, { expect: theirs.item_hash })
  })

  it('expecting none is a CONFLICT where somebody was first, with the same entry', async () => {
    const theirs = await client().aggregate.merge('users', { a: 1 })
    await assert.rejects(
      client().aggregate.merge('users', { a: 2 }, { expect: null }),
      conflict({ reason: 'changed', keys: ['a'], item_hashes: [theirs.item_hash] }),
    )
    const { overtaken } = await client().aggregate.merge('users', { b: 2 }, { expect: null })
    assert.deepEqual(overtaken, [theirs.item_hash])
  })

  it('is a CONFLICT when the base is gone', async () => {
    const { item_hash } = await client().aggregate.merge('users', { a: 1 })
    await client().aggregate.merge('users', { b: 1 })
    await client().messages.forget(item_hash)
    const missing = conflict({ reason: 'base-missing' })
    await assert.rejects(client().aggregate.merge('users', { c: 1 }, { expect: item_hash }), missing)
    await client().aggregate.deleteAll('users')
    await assert.rejects(client().aggregate.merge('users', { c: 1 }, { expect: item_hash }), missing)
  })

  it('finds a newer element that stands behind the base in the list', async () => {
    const base = await element({ a: 1 }, seconds - 100)
    const late = { ...signed('AGGREGATE', { key: 'users', content: { a: 2 }, time: seconds - 50 }), time: 1 }
    assert.equal((await publish(node().url, late)).status, 200)
    await assert.rejects(
      client().aggregate.merge('users', { a: 3 }, { expect: base }),
      conflict({ reason: 'changed', keys: ['a'], item_hashes: [late.item_hash] }),
    )
  })

  it('takes an element that can not be read for one that may have changed everything, and a forged one for nothing', async () => {
    const base = (await client().aggregate.merge('users', { a: 1 })).item_hash
    const missing = { ...signed('AGGREGATE', { key: 'users' }), item_type: 'storage', item_content: undefined }
    const withRow = (row: object) => (path: string, text: string) => {
      if (!path.endsWith('messages.json')) return undefined
      const page = JSON.parse(text) as { messages: object[] }
      return JSON.stringify({ ...page, messages: [row, ...page.messages] })
    }
    const unreadable = lying(withRow(missing), { retries: 0 })
    await assert.rejects(
      unreadable.merge('users', { a: 2 }, { expect: base }),
      conflict({ reason: 'changed', keys: ['a'], item_hashes: [missing.item_hash] }),
    )
    const forged = { ...signed('AGGREGATE', { key: 'users', content: { a: 9 } }), signature: missing.signature }
    assert.deepEqual((await lying(withRow(forged)).merge('users', { a: 2 }, { expect: base })).overtaken, [])
  })

  it('reads no further than to the base', async () => {
    for (let i = 0; i < 250; i++) await element({ i }, seconds - 300 + i)
    const base = await element({ a: 1 }, seconds - 1)
    const { merge, asked } = honest()
    await merge('users', { a: 2 }, { expect: base })
    assert.deepEqual(asked, [
      `GET /api/v0/aggregates/${alice.address}.json`,
      'GET /api/v0/messages.json',
      'POST /api/v0/messages',
    ])
  })
})

describe('aggregate.delete', () => {
  it('sets an entry to null, and is NOT_FOUND where there is none', async () => {
    const { aggregate } = client()
    await aggregate.merge('users', { a: 1, b: 2 })
    const result = await aggregate.delete('users', 'a')
    assert.deepEqual([result.status, result.forgotten], ['processed', []])
    await assert.rejects(aggregate.get('users', 'a'), { code: 'NOT_FOUND' })
    assert.deepEqual(await aggregate.get('users'), { a: null, b: 2 })
    for (const key of ['a', 'c', 'toString'])
      await assert.rejects(aggregate.delete('users', key), { code: 'NOT_FOUND' })
    await assert.rejects(aggregate.delete('nothing', 'a'), { code: 'NOT_FOUND' })
  })

  it('forgets every element that set only this entry', async () => {
    const { aggregate } = client()
    const one = await aggregate.update('users', 'a', 1)
    await aggregate.update('users', 'b', 1)
    const two = await aggregate.update('users', 'a', 2)
    const { forgotten } = await aggregate.delete('users', 'a', { forget: true })
    assert.deepEqual(forgotten, [one.item_hash, two.item_hash])
    assert.deepEqual(await aggregate.get('users'), { b: 1 })
    await assert.rejects(aggregate.delete('users', 'a', { forget: true }), { code: 'NOT_FOUND' })
  })

  it('refuses to forget what would take other entries along, and names them', async () => {
    const { aggregate } = client()
    await aggregate.update('users', 'a', 1)
    const wide = await aggregate.merge('users', { a: 2, b: 2 })
    await assert.rejects(aggregate.delete('users', 'a', { forget: true }), (error: AlephError) => {
      assert.equal(error.code, 'INVALID_INPUT')
      assert.deepEqual(error.details, { keys: ['b'], item_hashes: [wide.item_hash] })
      return true
    })
    assert.deepEqual(await aggregate.get('users'), { a: 2, b: 2 })
  })
})

describe('aggregate.deleteAll', () => {
  it('forgets all elements of a collection and of no other', async () => {
    const { aggregate } = client()
    const hashes: string[] = []
    for (let i = 0; i < 3; i++) hashes.push((await aggregate.update('users', `k${i}`, i)).item_hash)
    await aggregate.update('others', 'a', 1)
    const { forgotten, item_hashes, status } = await aggregate.deleteAll('users')
    assert.deepEqual([forgotten, item_hashes.length, status], [hashes, 1, 'processed'])
    await assert.rejects(aggregate.get('users'), { code: 'NOT_FOUND' })
    assert.deepEqual(await aggregate.get('others'), { a: 1 })
    await assert.rejects(aggregate.deleteAll('users'), { code: 'NOT_FOUND' })
    await assert.rejects(aggregate.deleteAll('security'), { code: 'INVALID_INPUT' })
  })

  it('forgets elements with equal times too, which nodes do only in one order (trap 43)', async () => {
    for (const [time, name] of [
      [10, 'a'],
      [20, 'b'],
      [20, 'c'],
      [30, 'd'],
      [30, 'e'],
    ] as const)
      await element({ [name]: 1 }, time)
    assert.equal((await client().aggregate.deleteAll('users')).forgotten.length, 5)
    await assert.rejects(client().aggregate.get('users'), { code: 'NOT_FOUND' })
  })

  it('takes 1000 elements a message', async function () {
    this.timeout(60_000)
    for (let i = 0; i < 1001; i++)
      await publish(node().url, signed('AGGREGATE', { key: 'users', content: { i } }), false)
    await node().idle()
    const { forgotten, item_hashes } = await client().aggregate.deleteAll('users')
    assert.deepEqual([forgotten.length, item_hashes.length], [1001, 2])
    await assert.rejects(client().aggregate.get('users'), { code: 'NOT_FOUND' })
  })
})

describe('verified reads of aggregates', () => {
  const replaced = (what: string, by: string) => (path: string, text: string) =>
    path.includes('/aggregates/') ? text.replace(what, by) : undefined

  it('give what was signed where the node agrees', async () => {
    await element({ a: 1, big: 1 }, seconds - 3)
    await element({ a: { x: [1] }, b: null }, seconds - 2)
    await client().aggregate.merge('users', { big: new JsonText('12345678901234567890'), small: new JsonText('1.10') })
    const { get, keys, asked } = honest()
    assert.deepEqual(await get('users', undefined, { verify: true }), {
      a: { x: [1] },
      b: null,
      big: 12345678901234567890,
      small: 1.1,
    })
    assert.deepEqual(await get('users', 'a', { verify: true }), { x: [1] })
    for (const key of ['b', 'c']) await assert.rejects(get('users', key, { verify: true }), { code: 'NOT_FOUND' })
    await assert.rejects(get('nothing', undefined, { verify: true }), { code: 'NOT_FOUND' })
    asked.length = 0
    const [users] = await keys({ verify: true })
    assert.deepEqual(users?.content, await get('users'))
    assert.equal(asked.length, 3)
    assert.deepEqual(await keys(bob.address), [])
  })

  it('are INTEGRITY where it does not, naming the entries', async () => {
    await element({ a: 'true', b: 1 }, seconds - 3, 'others')
    await element({ a: 'true', b: 1 }, seconds - 2)
    const lie = replaced('"a": "true"', '"a": "lie", "new": 1')
    const differs = (collection: string) => (error: AlephError) => {
      assert.equal(error.code, 'INTEGRITY')
      assert.deepEqual(error.details, { collection, keys: ['a', 'new'] })
      return true
    }
    await assert.rejects(lying(lie).get('users', 'b', { verify: true }), differs('users'))
    await assert.rejects(lying(lie).keys({ verify: true }), differs('others'))
    assert.equal(await lying(lie).get('users', 'a'), 'lie')
    const hidden = replaced('"a": "true", ', '')
    await assert.rejects(lying(hidden).get('users', undefined, { verify: true }), { code: 'INTEGRITY' })
  })

  it('stop at the page that explains everything, and read all before they call anything a lie', async () => {
    await element({ a: 0, old: 1 }, seconds - 1000)
    for (let i = 0; i < 200; i++) await element({ a: i }, seconds - 900 + i)
    const pages = (asked: readonly string[]) => asked.filter(each => each.endsWith('messages.json')).length
    const all = honest()
    assert.deepEqual(await all.get('users', undefined, { verify: true }), { a: 199, old: 1 })
    assert.equal(pages(all.asked), 2)
    await element({ a: 1, old: 2 }, seconds - 1)
    const few = honest()
    await few.get('users', undefined, { verify: true })
    assert.equal(pages(few.asked), 1)
    const lies = lying(replaced('"a": 1', '"a": 7'))
    await assert.rejects(lies.get('users', undefined, { verify: true }), { code: 'INTEGRITY' })
    assert.equal(pages(lies.asked), 2)
  })

  it('are no lie where an element could not be read', async () => {
    await client().aggregate.merge('users', { a: 'x'.repeat(60_000) })
    const broken = lying(path => (path.includes('/storage/raw/') ? 'cut' : undefined), { retries: 0 })
    await assert.rejects(broken.get('users', undefined, { verify: true }), { code: 'INTEGRITY' })
    const fetch: FetchFunction = (url, init) =>
      url.includes('/storage/raw/') ? Promise.resolve(new Response('no', { status: 503 })) : globalThis.fetch(url, init)
    const { aggregate } = client({ fetch, retries: 0 })
    await assert.rejects(aggregate.get('users', undefined, { verify: true }), { code: 'NETWORK' })
  })
})
