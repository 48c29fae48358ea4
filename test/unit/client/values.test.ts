import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { JsonText } from '../../../src/client/message/jsonText.js'
import type { PublishResult } from '../../../src/client/message/publish.js'
import type { StoreOptions } from '../../../src/client/storage.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { publish, signed } from '../../helpers/signed.js'

let alice: ETHAccount
let bob: ETHAccount
before(async () => {
  alice = await developmentAccount(0)
  bob = await developmentAccount(1)
})

const inner = ({ envelope }: PublishResult) => {
  const content = JSON.parse(envelope.item_content ?? '') as Record<string, unknown>
  return content.content
}
const hashes = async (list: AsyncIterable<{ item_hash: string }>) => {
  const all: string[] = []
  for await (const row of list) all.push(row.item_hash)
  return all
}

describe('a stored value', () => {
  const node = useLocalNode()
  const client = (options: AlephOptions = {}) =>
    new AlephHttpClient({ endpoints: node().url, account: alice, ...options })
  const stored = async (value: unknown, options: StoreOptions = {}) => {
    const result = await client().storage.store(value, options)
    return { ...result, read: await client().storage.get(result.item_hash) }
  }

  it('that is raw is the content itself, with its tags in it, and is found by them', async () => {
    const nft = { name: 'Cosmic Creature', attributes: [{ trait_type: 'Eyes', value: 'Glowing' }], data: 1 }
    const result = await stored(nft, { raw: true, tags: ['nft-raw'] })
    assert.deepEqual(inner(result), { ...nft, tags: ['nft-raw'] })
    assert.deepEqual(result.read.content, { ...nft, tags: ['nft-raw'] })
    assert.deepEqual(result.read.tags, ['nft-raw'])
    assert.deepEqual(await hashes(client().messages.list({ tags: ['nft-raw'] })), [result.item_hash])
    const response = await fetch(`${node().url}/api/v0/messages/${result.item_hash}/content`)
    assert.deepEqual(await response.json(), { ...nft, tags: ['nft-raw'] })
  })

  it('that is raw may bring its own tags, also as JSON text that keeps its spelling', async () => {
    const own = await stored({ a: 1, tags: ['x', 'y'] }, { raw: true, tags: ['y'] })
    assert.deepEqual(own.read.tags, ['x', 'y'])
    const text = await stored(new JsonText('{"price":1.10,"tags":["x"]}'), { raw: true, tags: ['x'] })
    assert.ok(text.envelope.item_content?.includes('"content":{"price":1.10,"tags":["x"]}'))
    assert.deepEqual((await stored({ __proto__: null, a: null, tags: null }, { raw: true })).read.tags, [])
  })

  it('is under the type that the call names, and read back in the same way', async () => {
    const result = await stored([1], { type: 'note', tags: ['t'], metadata: { title: 'x' } })
    assert.deepEqual(await hashes(client().messages.list({ contentTypes: ['note'] })), [result.item_hash])
    assert.deepEqual(
      [result.read.content, result.read.tags, result.read.metadata, result.read.type],
      [[1], ['t'], { title: 'x' }, 'POST'],
    )
  })

  it('of somebody else’s form is read as a whole', async () => {
    const message = signed('POST', { type: 'chat', content: { data: 'x', body: 'hi', tags: ['a'] } })
    await publish(node().url, message)
    const read = await client().storage.get(message.item_hash)
    assert.deepEqual([read.content, read.tags], [{ data: 'x', body: 'hi', tags: ['a'] }, ['a']])
  })

  const bad: [string, unknown, object, RegExp][] = [
    ['a raw text', 'x', { raw: true }, /plain object/],
    ['a raw list', [1], { raw: true }, /plain object/],
    ['raw nothing', null, { raw: true }, /plain object/],
    ['a raw date', new Date(0), { raw: true }, /plain object/],
    ['a raw map', new Map(), { raw: true }, /JSON can not hold/],
    ['a raw JSON text that is no object', new JsonText('[1]'), { raw: true }, /must be an object/],
    ['a raw JSON text to be changed', new JsonText('{"a":1}'), { raw: true, tags: ['x'] }, /changes its spelling/],
    ['raw metadata', { a: 1 }, { raw: true, metadata: {} }, /“metadata”/],
    ['raw that is no boolean', { a: 1 }, { raw: 'yes' }, /true or false/],
    ['17 tags of a raw value’s own', { tags: Array<string>(17).fill('x') }, { raw: true }, /16 texts/],
    ['tags of a raw value’s own that are no list', { tags: { a: 1 } }, { raw: true }, /16 texts/],
    ['an empty tag of a raw value’s own', { tags: [''] }, { raw: true }, /16 texts/],
    ['tags of a raw value’s own to be replaced', { tags: ['a'] }, { raw: true, tags: ['b'] }, /would replace/],
    ['null for tags to be replaced', { tags: null }, { raw: true, tags: ['b'] }, /would replace/],
    ['a raw value like a wrapped one', { data: 1, metadata: {} }, { raw: true }, /read as a wrapped one/],
    ['… only with its tags', { data: 1 }, { raw: true, tags: ['a'] }, /read as a wrapped one/],
    ['the type amend', 1, { type: 'amend' }, /a meaning of its own/],
    ['a type that nodes act upon', 1, { type: 'balances-update' }, /a meaning of its own/],
    ['a type with a comma', 1, { type: 'a,b' }, /comma/],
    ['an empty type', 1, { type: '' }, /not empty/],
    ['a misspelt option', 1, { Raw: true }, /no option “Raw”/],
  ]
  for (const [name, value, options, message] of bad)
    it(`refuses ${name} before anything is sent`, async () => {
      const silent = client({ fetch: () => assert.fail('nothing may be sent') })
      await assert.rejects(silent.storage.store(value, options), { code: 'INVALID_INPUT', message })
    })

  it('“Message not found” for what never was, also with follow', async () => {
    for (const follow of [true, false])
      for (const hash of ['NonExistentHash', 'ab'.repeat(32)])
        await assert.rejects(client().storage.get(hash, { follow }), {
          code: 'NOT_FOUND',
          message: 'Message not found',
        })
  })

  it('of a STORE is the content of the STORE', async () => {
    const file = await client().storage.storeFile(new Uint8Array([1]), { filename: 'x.bin', engine: 'storage' })
    const read = await client().storage.get(file.item_hash, { follow: true })
    assert.equal((read.content as { item_hash: string }).item_hash, file.file_hash)
    assert.equal(read.type, 'STORE')
  })
})

describe('messages.amend', () => {
  const node = useLocalNode()
  const client = (options: AlephOptions = {}) =>
    new AlephHttpClient({ endpoints: node().url, account: alice, ...options })

  it('replaces the value, keeps tags and metadata that are not given, and is followed by get on demand', async () => {
    const aleph = client()
    const { item_hash } = await aleph.storage.store('one', { tags: ['a'], metadata: { title: 'x' }, ref: 'r' })
    const second = await aleph.messages.amend(item_hash, 'two')
    assert.deepEqual(inner(second), { data: 'two', tags: ['a'], metadata: { title: 'x' } })
    const third = await aleph.messages.amend(item_hash, 'three', { tags: ['b'], metadata: { title: 'y' } })
    const fourth = await aleph.messages.amend(item_hash, { deep: [4] }, { tags: [] })
    assert.deepEqual(inner(fourth), { data: { deep: [4] }, metadata: { title: 'y' } })
    assert.ok(third.envelope.time > second.envelope.time && fourth.envelope.time > third.envelope.time)

    const original = await aleph.storage.get(item_hash)
    assert.deepEqual([original.content, original.tags, original.amended_by], ['one', ['a'], undefined])
    const newest = await aleph.storage.get(item_hash, { follow: true })
    assert.deepEqual(newest, {
      ...original,
      content: { deep: [4] },
      tags: [],
      metadata: { title: 'y' },
      amended_by: fourth.item_hash,
      amended_time: fourth.envelope.time,
    })
    // An amend's own hash is that version, followed or not.
    for (const follow of [true, false]) {
      const version = await aleph.storage.get(second.item_hash, { follow })
      assert.deepEqual([version.item_hash, version.content, version.amended_by], [second.item_hash, 'two', undefined])
    }
  })

  it('gives what was never amended as it is when followed', async () => {
    const { item_hash } = await client().storage.store('one')
    const read = await client().storage.get(item_hash, { follow: true })
    assert.deepEqual([read.content, 'amended_by' in read], ['one', false])
  })

  it('stays raw where the original is, with the tags there were or its own', async () => {
    const aleph = client()
    const { item_hash } = await aleph.storage.store({ name: 'v1' }, { raw: true, tags: ['nft'] })
    assert.deepEqual(inner(await aleph.messages.amend(item_hash, { name: 'v2' })), { name: 'v2', tags: ['nft'] })
    assert.deepEqual(inner(await aleph.messages.amend(item_hash, { tags: ['own'], name: 'v3' })), {
      tags: ['own'],
      name: 'v3',
    })
    await assert.rejects(aleph.messages.amend(item_hash, 'text'), { code: 'INVALID_INPUT', message: /plain object/ })
    await assert.rejects(aleph.messages.amend(item_hash, { a: 1 }, { metadata: {} }), { code: 'INVALID_INPUT' })
    const read = await aleph.storage.get(item_hash, { follow: true })
    assert.deepEqual(read.content, { tags: ['own'], name: 'v3' })
  })

  it('amends posts of other programs as they are', async () => {
    const note = signed('POST', { type: 'chat', content: 'hello' })
    await publish(node().url, note)
    assert.equal(inner(await client().messages.amend(note.item_hash, 'hello, world')), 'hello, world')
    assert.equal((await client().storage.get(note.item_hash, { follow: true })).content, 'hello, world')
  })

  it('is dated above the version that is visible, also with a clock that is behind, and in one millisecond (trap 37)', async () => {
    const ahead = { ...systemClock, now: () => Date.now() + 60_000 }
    const { item_hash } = await client().storage.store(1)
    const first = await client({ clock: ahead }).messages.amend(item_hash, 2)
    const still = client()
    const amends = await Promise.all([3, 4, 5].map(value => still.messages.amend(item_hash, value)))
    const times = amends.map(({ envelope }) => envelope.time)
    assert.ok(times.every(time => time > first.envelope.time))
    assert.equal(new Set(times).size, 3)
    const last = amends.find(({ envelope }) => envelope.time === Math.max(...times))
    assert.equal((await still.storage.get(item_hash, { follow: true })).amended_by, last?.item_hash)
  })

  it('does not follow a version in the future: CONFLICT names it', async () => {
    const { item_hash } = await client().storage.store(1)
    const future = { ...systemClock, now: () => Date.now() + 3_600_000 }
    const poison = await client({ clock: future }).messages.amend(item_hash, 2)
    await assert.rejects(client().messages.amend(item_hash, 3), (error: AlephError) => {
      assert.equal(error.code, 'CONFLICT')
      assert.deepEqual([error.details.reason, error.details.item_hash], ['future', poison.item_hash])
      return true
    })
    await client().messages.forget(poison.item_hash)
    await client().messages.amend(item_hash, 3)
    assert.equal((await client().storage.get(item_hash, { follow: true })).content, 3)
  })

  it('spells the owner as the original does, and a delegate needs his permission', async () => {
    const theirs = client({ account: bob })
    const { item_hash } = await client().storage.store(1)
    await assert.rejects(theirs.messages.amend(item_hash, 2), { code: 'REJECTED', message: /no permission/ })
    await publish(
      node().url,
      signed('AGGREGATE', {
        key: 'security',
        content: { authorizations: [{ address: bob.address, types: ['POST'] }] },
      }),
    )
    const amend = await theirs.messages.amend(item_hash, 2)
    const read = await client().storage.get(item_hash, { follow: true })
    assert.deepEqual(
      [read.amended_by, read.sender, read.owner, read.authority],
      [amend.item_hash, bob.address, alice.address, 'delegated'],
    )
    // An owner in lower case is another one (trap 53); the amend has to be his.
    const lower = alice.address.toLowerCase()
    const odd = signed('POST', { address: lower, type: 'aleph-storage', content: { data: 1 } })
    await publish(node().url, odd)
    const { envelope } = await client().messages.amend(odd.item_hash, 2)
    assert.equal((JSON.parse(envelope.item_content ?? '') as { address: string }).address, lower)
    assert.equal((await client().storage.get(odd.item_hash, { follow: true })).content, 2)
  })

  it('refuses what can not be amended before anything is signed, and names the original of an amend', async () => {
    const aleph = client()
    const { item_hash } = await aleph.storage.store(1)
    const amend = await aleph.messages.amend(item_hash, 2)
    const posts: string[] = []
    const watched = client({
      fetch: (url, init) => {
        if (init.method === 'POST') posts.push(url)
        return fetch(url, init)
      },
    })
    const refuse = (call: Promise<unknown>, expected: object) => assert.rejects(call, expected)
    await refuse(watched.messages.amend(amend.item_hash, 3), {
      code: 'INVALID_INPUT',
      message: new RegExp(`amend the original ${item_hash}`),
    })
    const { item_hash: element } = await aleph.aggregate.create('c', {}, { key: 'k' })
    await refuse(watched.messages.amend(element, 3), { code: 'INVALID_INPUT', message: /no POST but AGGREGATE/ })
    await refuse(watched.messages.amend('ab'.repeat(32), 3), { code: 'NOT_FOUND', message: 'Message not found' })
    for (const [hash, value, options] of [
      ['NonExistentHash', 1, {}],
      [undefined, 1, {}],
      [item_hash, undefined, {}],
      [item_hash, 1, { tags: ['a,b'] }],
      [item_hash, 1, { tags: null }],
      [item_hash, 1, { metadata: [] }],
      [item_hash, 1, { ref: 'x' }],
      [item_hash, 1, { owner: alice.address }],
      [item_hash, 1, { encryptFor: undefined }],
      [item_hash, 1, { encryptFor: [] }],
      [item_hash, 1, { encryptFor: '' }],
      [item_hash, 1, { encryptFor: 0 }],
    ] as [string, unknown, object][])
      await refuse(watched.messages.amend(hash, value, options), { code: 'INVALID_INPUT' })
    await refuse(new AlephHttpClient(node().url).messages.amend(item_hash, 1), { code: 'INVALID_INPUT' })
    await refuse(watched.messages.amend(item_hash, 1, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
    assert.deepEqual(posts, [])
  })

  it('never publishes in the clear what is encrypted, unless told to', async () => {
    const sealed = signed('POST', {
      type: 'aleph-storage',
      content: { data: 'x', tags: ['encrypted', 't'], encryption: { scheme: 'age', version: 1 } },
    })
    await publish(node().url, sealed)
    await assert.rejects(client().messages.amend(sealed.item_hash, 'plain'), {
      code: 'INVALID_INPUT',
      message: /is encrypted/,
    })
    assert.deepEqual(inner(await client().messages.amend(sealed.item_hash, 'plain', { encryptFor: false })), {
      data: 'plain',
      tags: ['t'],
    })
    await assert.rejects(client().messages.amend(sealed.item_hash, 'again'), { code: 'INVALID_INPUT' })
  })
})

describe('storage.get with follow, of a node that lies', () => {
  const node = useLocalNode()

  it('is INTEGRITY for what is no later amend of this message by its owner', async () => {
    const url = node().url
    const original = signed('POST', { type: 'aleph-storage', content: { data: 1 } })
    const amend = (more: object, options = {}) =>
      signed('POST', { type: 'amend', ref: original.item_hash, content: { data: 2 }, ...more }, options)
    const good = amend({})
    // Not published as amends, which the node would refuse, but told by the edge below.
    const lies = {
      'another owner': amend({}, { by: 1 }),
      'no later': amend({ time: original.time }),
      'does not amend': amend({ ref: 'ab'.repeat(32) }),
      'no amend': signed('POST', { type: 'note', ref: original.item_hash, content: { data: 2 } }),
      'broken signature': { ...amend({ content: 3 }), signature: good.signature },
    }
    await publish(url, original)
    const follow = (named: object, told: Record<string, { item_hash: string }>) => {
      const aleph = new AlephHttpClient({
        endpoints: url,
        retries: 0,
        fetch: async (asked, init) => {
          const { pathname } = new URL(asked)
          if (pathname.endsWith('posts.json')) return Response.json({ posts: [named] })
          const message = told[pathname.split('/').pop() ?? '']
          return message
            ? Response.json({ status: 'processed', item_hash: message.item_hash, message })
            : fetch(asked, init)
        },
      })
      return aleph.storage.get(original.item_hash, { follow: true })
    }
    const names = (message: { item_hash: string }, original_item_hash = original.item_hash) =>
      follow({ item_hash: message.item_hash, original_item_hash }, { [message.item_hash]: message })
    assert.equal((await names(good)).amended_by, good.item_hash)
    for (const [name, lie] of Object.entries(lies)) await assert.rejects(names(lie), { code: 'INTEGRITY' }, name)
    await assert.rejects(names(good, 'cd'.repeat(32)), { code: 'INTEGRITY', message: /something else/ })
    await assert.rejects(follow({ item_hash: 'ef'.repeat(32), original_item_hash: original.item_hash }, {}), {
      code: 'INTEGRITY',
      message: /does not have it/,
    })
    assert.equal(
      (await follow({ item_hash: original.item_hash, original_item_hash: original.item_hash }, {})).content,
      1,
    )
  })
})
