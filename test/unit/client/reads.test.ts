import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import type { MessageFilter, MessageRow } from '../../../src/client/message/list.js'
import type { BaseContent, Envelope, MessageType, PostContent } from '../../../src/client/message/types.js'
import vectors from '../../fixtures/vectors.json' with { type: 'json' }
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch, type FakeAnswer } from '../../helpers/fakes.js'

interface Step {
  request: { method: string; path: string }
  response: { status: number; body: string }
}

/** What the real node answered in one recorded case, by path; of several answers the last one. */
function recorded(name: string): (path: string) => FakeAnswer | undefined {
  const steps = readFileSync('test/fixtures/recordings/node.jsonl', 'utf8')
    .split('\n')
    .filter(line => line.startsWith(`{"case": "${name}"`) || line.startsWith(`{"case":"${name}"`))
    .flatMap(line => (JSON.parse(line) as { steps: Step[] }).steps)
  assert.ok(steps.length, `no case ${name}`)
  return path => {
    const step = steps.findLast(({ request }) => request.method === 'GET' && request.path === path)
    return step && { status: step.response.status, body: step.response.body }
  }
}

const endpoint = 'https://node.example'

function client(answer: (path: string, url: URL) => FakeAnswer | Error | undefined) {
  const fetch = fakeFetch(({ url }) => answer(url.pathname + url.search, url))
  return {
    aleph: new AlephHttpClient({ endpoints: endpoint, fetch, clock: new FakeClock() }),
    requests: fetch.requests,
  }
}

const wire = (envelope: Envelope, extra = {}) => ({
  ...envelope,
  content: {},
  confirmed: false,
  confirmations: [],
  size: 1,
  ...extra,
})
const answerOf = (envelope: Envelope, status = 'processed') => ({
  body: { status, item_hash: envelope.item_hash, reception_time: '', message: wire(envelope) },
})

let alice: ETHAccount
let bob: ETHAccount
before(async () => {
  alice = await developmentAccount(0)
  bob = await developmentAccount(1)
})

async function signed(
  account: ETHAccount,
  type: MessageType,
  content: Partial<BaseContent> & Record<string, unknown>,
  channel?: string,
) {
  const full = { address: account.address, time: 1_700_000_000, ...content }
  return (await signMessage(account, { type, content: full, ...(channel ? { channel } : {}) })).envelope
}

describe('messages.get: every status (protocol §4.3)', () => {
  const v1 = vectors.V1 as Envelope

  it('processed, as a real node answers', async () => {
    const { aleph } = client(recorded('vector-v1-post'))
    const message = await aleph.messages.get(v1.item_hash)
    assert.equal(message.sender, v1.sender)
    assert.equal(message.authority, 'owner')
    assert.equal(message.status, 'processed')
    assert.deepEqual((message.content as PostContent).content, { body: 'Hello World' })
    assert.equal(message.time, 1762515431.653)
    assert.equal(message.sizeBytes, 157)
  })

  it('a Solana message of a real node', async () => {
    const { aleph } = client(recorded('vector-v8-solana-post'))
    assert.equal((await aleph.messages.get(vectors.V8.item_hash)).sender, vectors.V8.sender)
  })

  it('a Solana signature as the light node gives it, object and bare', async () => {
    const parts = JSON.parse(vectors.V8.signature) as { signature: string }
    for (const signature of [parts, parts.signature]) {
      const { aleph } = client(() => answerOf({ ...(vectors.V8 as Envelope), signature: signature as string }))
      assert.equal((await aleph.messages.get(vectors.V8.item_hash)).chain, 'SOL')
    }
  })

  it('rejected, with the code of the node', async () => {
    const hash = '5b20cdfc05dca3063bc0d7f7fbd33a544e40aca2cbe932e27b2eeefe11254b4e'
    const { aleph } = client(recorded('post-bad-signature-sync'))
    await assert.rejects(
      aleph.messages.get(hash),
      (error: AlephError) => error.code === 'REJECTED' && error.details.error_code === 1,
    )
  })

  it('pending (trap 20)', async () => {
    const { aleph } = client(recorded('pending-ipfs-unknown-cid'))
    const hash = '54f408d124f6eecc2590f6ce5c3156dbcb6a077a0e7de7198bb47b1ef5afb768'
    await assert.rejects(aleph.messages.get(hash), { code: 'PENDING', retryable: true })
  })

  it('forgotten', async () => {
    const { aleph } = client(recorded('forget-post'))
    const hash = 'bc9e09470402b757f1201c5f528f2f91e1c9f5060dae150a9c7c4b6650a34a09'
    await assert.rejects(aleph.messages.get(hash), { code: 'FORGOTTEN' })
  })

  it('removed, and 410', async () => {
    const removed = client(() => ({
      body: {
        status: 'removed',
        item_hash: v1.item_hash,
        reception_time: '',
        message: {},
        reason: 'balance_insufficient',
      },
    }))
    await assert.rejects(removed.aleph.messages.get(v1.item_hash), {
      code: 'FORGOTTEN',
      message: /balance did not cover it/,
    })
    await assert.rejects(client(() => ({ status: 410 })).aleph.messages.get(v1.item_hash), { code: 'FORGOTTEN' })
  })

  it('removing is still readable', async () => {
    const { aleph } = client(() => answerOf(v1, 'removing'))
    assert.equal((await aleph.messages.get(v1.item_hash)).status, 'removing')
  })

  it('unknown is “Message not found”, by 404 and by 400, and a malformed hash is not even asked for', async () => {
    const expected = { code: 'NOT_FOUND', message: 'Message not found' }
    for (const status of [404, 400]) {
      const { aleph } = client(() => ({ status, body: `${status}: no` }))
      await assert.rejects(
        aleph.messages.get(v1.item_hash),
        (error: AlephError) => error.message === expected.message && error.response?.status === 404,
      )
    }
    const { aleph, requests } = client(() => undefined)
    for (const bad of ['NonExistentHash', '', '../../x', `0x${v1.item_hash.slice(2)}`, v1.item_hash.toUpperCase()])
      await assert.rejects(aleph.messages.get(bad), expected)
    assert.equal(requests.length, 0)
  })

  it('a status that nobody knows is an error', async () => {
    await assert.rejects(client(() => answerOf(v1, 'odd')).aleph.messages.get(v1.item_hash), {
      code: 'NETWORK',
      message: /status isn't as expected/,
    })
  })

  it('works on a hash of any known shape only once the answer is a message', async () => {
    for (const body of [
      '',
      '[]',
      'null',
      '{"status":1}',
      { status: 'processed', item_hash: 'x', message: { sender: 1 } },
    ])
      await assert.rejects(client(() => ({ body })).aleph.messages.get(v1.item_hash), { code: 'NETWORK' })
  })
})

describe('messages.get: a node that lies', () => {
  const v1 = vectors.V1 as Envelope & { item_content: string }
  const lies: [string, Envelope][] = [
    ['another content', { ...v1, item_content: v1.item_content.replace('World', 'Moon!') }],
    ['another sender', { ...v1, sender: vectors.V3.sender }],
    ['another type', { ...v1, type: 'STORE' }],
    ['another chain', { ...v1, chain: 'BASE' }],
    ['a chain without verifier', { ...v1, chain: 'AURORA' }],
    ['no signature', { ...v1, signature: '' }],
    ['a signature that is no text', { ...v1, signature: null as unknown as string }],
    ['another true message', vectors.V3 as Envelope],
    ['no content', (({ item_content: _, ...rest }) => rest)(v1)],
  ]
  for (const [name, lie] of lies)
    it(`${name} is INTEGRITY`, () =>
      assert.rejects(client(() => answerOf(lie)).aleph.messages.get(v1.item_hash), { code: 'INTEGRITY' }))

  it('what is not signed is no lie: time and channel', async () => {
    const message = await client(() => answerOf({ ...v1, time: 1, channel: 'other' })).aleph.messages.get(v1.item_hash)
    assert.equal(message.time, 1762515431.653)
    assert.equal(message.channel, 'other')
  })
})

describe('content that travels apart', () => {
  it('is fetched, compared, and completed from the envelope', async () => {
    const text = JSON.stringify({ type: 'note', content: 'x'.repeat(60_000) })
    const { envelope, attachment } = await signMessage(alice, {
      type: 'POST',
      content: JSON.parse(text) as BaseContent,
    })
    assert.equal(envelope.item_type, 'storage')
    assert.equal(envelope.item_content, undefined)
    const served = (body: string) => (path: string) =>
      path.includes('/storage/raw/') ? { body } : answerOf({ ...envelope, time: 5 })
    const message = await client(served(new TextDecoder().decode(attachment))).aleph.messages.get(envelope.item_hash)
    assert.equal(message.owner, alice.address)
    assert.equal(message.time, 5)
    await assert.rejects(client(served('{}')).aleph.messages.get(envelope.item_hash), { code: 'INTEGRITY' })
  })
})

describe('messages.list', () => {
  const rows = async (list: AsyncIterable<MessageRow>) => {
    const all: MessageRow[] = []
    for await (const row of list) all.push(row)
    return all
  }
  /** Answers with the pages in turn, by cursor. */
  const pages = (...contents: Envelope[][]) =>
    client((_, url) => {
      const index = Number(url.searchParams.get('cursor') || '0')
      const next_cursor = index + 1 < contents.length ? String(index + 1) : null
      return {
        body: { messages: (contents[index] ?? []).map(each => wire(each)), pagination_per_page: 2, next_cursor },
      }
    })

  it('asks nothing before it is iterated, one request a page, and no page too many', async () => {
    const envelopes = await Promise.all([1, 2, 3, 4].map(n => signed(alice, 'POST', { type: 'note', content: n })))
    const { aleph, requests } = pages(envelopes.slice(0, 2), envelopes.slice(2))
    const list = aleph.messages.list({ types: ['POST'], owners: [alice.address] }, { pageSize: 2 })
    assert.equal(requests.length, 0)
    const iterator = list.pages()
    await iterator.next()
    assert.equal(requests.length, 1)
    assert.equal(
      requests[0]?.url.search,
      `?sortOrder=-1&contentFormat=none&msgTypes=POST&owners=${alice.address}&pagination=2&cursor=`,
    )
    assert.equal((await rows(list)).length, 4)
    assert.equal(requests.length, 3)
  })

  it('never sends a page number beside a cursor (trap 44)', async () => {
    const { aleph, requests } = pages([], [])
    await rows(aleph.messages.list())
    assert.ok(requests.every(({ url }) => !url.searchParams.has('page')))
  })

  it('shows a row that is not verified as such and goes on', async () => {
    const good = await signed(alice, 'POST', { type: 'note', content: 1 })
    const bad = { ...(await signed(alice, 'POST', { type: 'note', content: 2 })), sender: bob.address }
    const all = await rows(pages([bad, good]).aleph.messages.list())
    assert.deepEqual(
      all.map(({ error, message }) => error?.code ?? message?.item_hash),
      ['INTEGRITY', good.item_hash],
    )
  })

  it('shows a row that comes twice once', async () => {
    const one = await signed(alice, 'POST', { type: 'note' })
    assert.equal((await rows(pages([one], [one, one]).aleph.messages.list())).length, 1)
  })

  it('leaves out what does not match the filter, whatever the node sends (traps 9 and 12)', async () => {
    const match = await signed(alice, 'POST', { type: 'note', ref: 'r', content: { tags: ['a'] }, time: 10 })
    const others = [
      await signed(bob, 'POST', { type: 'note', ref: 'r', content: { tags: ['a'] }, time: 10 }),
      await signed(alice, 'POST', { type: 'note', ref: 'r', content: { tags: ['b'] }, time: 10 }),
      await signed(alice, 'POST', { type: 'note', ref: 's', content: { tags: ['a'] }, time: 10 }),
      await signed(alice, 'POST', { type: 'memo', ref: 'r', content: { tags: ['a'] }, time: 10 }),
      await signed(alice, 'POST', { type: 'note', ref: 'r', content: { tags: ['a'] }, time: 5 }),
      await signed(alice, 'POST', { type: 'note', ref: 'r', content: { tags: ['a'] }, time: 20 }),
      await signed(alice, 'AGGREGATE', { key: 'k', content: { tags: ['a'] }, time: 10 }),
    ]
    const filter: MessageFilter = {
      types: ['POST'],
      owners: [alice.address],
      refs: ['r'],
      contentTypes: ['note'],
      tags: ['a', 'z'],
      since: 10,
      until: 20,
    }
    const all = await rows(pages([...others, match]).aleph.messages.list(filter))
    assert.deepEqual(
      all.map(({ item_hash }) => item_hash),
      [match.item_hash],
    )
  })

  it('ends when a node repeats itself for ever', async () => {
    const one = await signed(alice, 'POST', { type: 'note' })
    const { aleph } = client(() => ({ body: { messages: [wire(one)], next_cursor: 'again' } }))
    await assert.rejects(rows(aleph.messages.list()), { code: 'NETWORK', message: /same page again/ })
  })

  it('ends when a node leads in circles, also in wide ones', async () => {
    const next: Record<string, string> = { '': 'a', a: 'b', b: 'a' }
    const { aleph, requests } = client((_, url) => ({
      body: { messages: [], next_cursor: next[url.searchParams.get('cursor') ?? ''] },
    }))
    await assert.rejects(rows(aleph.messages.list()), { code: 'NETWORK', message: /same page again/ })
    assert.equal(requests.length, 3)
  })

  it('refuses what a comma-separated filter can not say, when it is made', () => {
    const { aleph } = client(() => undefined)
    assert.throws(() => aleph.messages.list({ tags: ['a,b'] }), { code: 'INVALID_INPUT' })
    assert.throws(() => aleph.messages.list({ tag: ['a'] } as object), { code: 'INVALID_INPUT' })
    assert.throws(() => aleph.messages.list({ since: 2, until: 1 }), { code: 'INVALID_INPUT' })
  })

  it('refuses filters that are no list of texts, of whatever value', () => {
    const { aleph, requests } = client(() => undefined)
    for (const filter of [{ owners: [undefined] }, { owners: [null] }, { tags: [5] }, { tags: 'a' }, { tags: 5 }])
      assert.throws(() => aleph.messages.list(filter as unknown as MessageFilter), { code: 'INVALID_INPUT' })
    assert.equal(requests.length, 0)
  })

  it('verifies 600 rows without stopping the event loop for 50 ms, and none of them twice', async () => {
    const envelopes = await Promise.all(
      Array.from({ length: 600 }, (_, n) => signed(alice, 'POST', { type: 'note', content: n })),
    )
    const { aleph } = pages(envelopes.slice(0, 200), envelopes.slice(200, 400), envelopes.slice(400))
    let turns = 0
    const ticking = setInterval(() => turns++, 0)
    await rows(aleph.messages.list({}, { pageSize: 200 }))
    const firstTurns = turns
    await rows(aleph.messages.list({}, { pageSize: 200 }))
    clearInterval(ticking)
    // 600 signatures take over 100 ms; in slices of 10 ms other work gets its turn many times, and the second time hardly any.
    assert.ok(firstTurns >= 5, `${firstTurns} turns`)
    assert.ok(turns - firstTurns < firstTurns / 2, `${turns - firstTurns} turns after ${firstTurns}`)
  })
})

describe('authority (protocol §3.6)', () => {
  const grant = (time: number, authorizations: unknown) =>
    signed(alice, 'AGGREGATE', { key: 'security', content: { authorizations }, time })
  /** What Bob signed for Alice, given her security elements. */
  async function authorityOf(message: Envelope, elements: Envelope[]) {
    const { aleph } = client((_, url) =>
      url.pathname.endsWith('messages.json')
        ? { body: { messages: elements.map(each => wire(each)), next_cursor: null } }
        : answerOf(message),
    )
    return (await aleph.messages.get(message.item_hash)).authority
  }
  const byBob = (
    type: MessageType = 'POST',
    content: Record<string, unknown> = { type: 'article', content: 1 },
    channel?: string,
  ) => signed(bob, type, { address: alice.address, ...content }, channel)

  it('delegated: the owner allows it, the delegate spelt in any case', async () => {
    assert.equal(
      await authorityOf(await byBob(), [await grant(1, [{ address: bob.address.toLowerCase() }])]),
      'delegated',
    )
  })

  it('formerly-delegated: it was allowed and withdrawn later', async () => {
    const elements = [await grant(2, []), await grant(1, [{ address: bob.address }])]
    assert.equal(await authorityOf(await byBob(), elements), 'formerly-delegated')
  })

  it('unproven is INTEGRITY when everything was searched', async () => {
    await assert.rejects(authorityOf(await byBob(), []), { code: 'INTEGRITY', message: /who never gave permission/ })
    await assert.rejects(authorityOf(await byBob(), [await grant(1, 'nonsense')]), { code: 'INTEGRITY' })
  })

  it('does not believe permissions that somebody else signed', async () => {
    const forged = await signed(bob, 'AGGREGATE', {
      address: alice.address,
      key: 'security',
      content: { authorizations: [{ address: bob.address }] },
    })
    await assert.rejects(authorityOf(await byBob(), [forged]), { code: 'INTEGRITY' })
  })

  for (const [name, permission, isAllowed] of [
    ['types', { types: ['POST'] }, true],
    ['other types', { types: ['STORE'] }, false],
    ['empty lists allow all', { types: [], channels: [], post_types: [] }, true],
    ['post types', { post_types: ['article'] }, true],
    ['other post types', { post_types: ['note'] }, false],
    ['channels', { channels: ['blog'] }, true],
    ['other channels', { channels: ['news'] }, false],
    ['chain', { chain: 'ETH' }, true],
    ['another chain', { chain: 'SOL' }, false],
    ['aggregate keys do not concern posts', { aggregate_keys: ['users'] }, true],
  ] as const)
    it(`restriction by ${name}`, async () => {
      const message = await byBob('POST', { type: 'article', content: 1 }, 'blog')
      const outcome = authorityOf(message, [await grant(1, [{ address: bob.address, ...permission }])])
      if (isAllowed) assert.equal(await outcome, 'delegated')
      else await assert.rejects(outcome, { code: 'INTEGRITY' })
    })

  it('judges an amend by the type of its original', async () => {
    for (const [type, isAllowed] of [
      ['article', true],
      ['note', false],
    ] as const) {
      const original = await signed(alice, 'POST', { type, content: 1 })
      const amend = await byBob('POST', { type: 'amend', ref: original.item_hash, content: 2 })
      const permission = await grant(1, [{ address: bob.address, post_types: ['article'] }])
      const { aleph } = client((_, url) => {
        if (!url.pathname.endsWith('messages.json')) return answerOf(amend)
        return { body: { messages: [wire(url.searchParams.has('hashes') ? original : permission)], next_cursor: null } }
      })
      const outcome = aleph.messages.get(amend.item_hash)
      if (isAllowed) assert.equal((await outcome).authority, 'delegated')
      else await assert.rejects(outcome, { code: 'INTEGRITY' })
    }
  })

  it('lists mark unproven rows', async () => {
    const message = await byBob()
    const { aleph } = client((_, url) => ({
      body: { messages: url.searchParams.get('msgTypes') === 'AGGREGATE' ? [] : [wire(message)], next_cursor: null },
    }))
    for await (const row of aleph.messages.list()) assert.equal(row.message?.authority, 'unproven')
  })

  it('asks for the permissions of an owner once', async () => {
    const messages = await Promise.all([1, 2, 3].map(n => byBob('POST', { type: 'article', content: n })))
    const { aleph, requests } = client((_, url) => ({
      body: {
        messages: url.searchParams.get('msgTypes') === 'AGGREGATE' ? [] : messages.map(each => wire(each)),
        next_cursor: null,
      },
    }))
    for await (const row of aleph.messages.list()) assert.ok(row.message)
    assert.equal(requests.length, 2)
  })
})

describe('address and aggregates', () => {
  it('reads a balance as a real node gives it', async () => {
    const { aleph } = client(recorded('address-balance'))
    assert.deepEqual(await aleph.address.balance('0x3BC7eF370dA7afaeF3cCc029c2Afa0F63ED2F577'), {
      balance: 1,
      lockedAmount: 0,
      creditBalance: 0,
    })
  })

  it('lists no file for an address that has none (404)', async () => {
    const { aleph } = client(() => ({ status: 404, body: '404: Not Found' }))
    for await (const file of aleph.address.files(alice.address)) assert.fail(file.file_hash)
  })

  it('an aggregate that is missing, or an entry that was deleted, is NOT_FOUND', async () => {
    const missing = client(() => ({ status: 404, body: 'No aggregate found for this address' }))
    await assert.rejects(missing.aleph.aggregate.get('users', undefined, { owner: alice.address }), {
      code: 'NOT_FOUND',
    })
    assert.deepEqual(await missing.aleph.aggregate.keys({ owner: alice.address }), [])
    const { aleph } = client(() => ({ body: '{"address":"x","data":{"users":{"a":null,"b":{"n":1}}},"info":{}}' }))
    assert.deepEqual(await aleph.aggregate.get('users', 'b', { owner: alice.address }), { n: 1 })
    for (const key of ['a', 'c', '__proto__', 'toString'])
      await assert.rejects(aleph.aggregate.get('users', key, { owner: alice.address }), { code: 'NOT_FOUND' })
  })

  it('takes entries and keys of any name as data', async () => {
    const body = '{"address":"x","data":{"constructor":{"__proto__":{"n":1},"constructor":2}},"info":{}}'
    const { aleph } = client(() => ({ body }))
    const [found] = await aleph.aggregate.keys({ owner: alice.address })
    assert.equal(found?.key, 'constructor')
    assert.deepEqual(Object.keys(found?.content ?? {}), ['__proto__', 'constructor'])
    assert.deepEqual(await aleph.aggregate.get('constructor', '__proto__', { owner: alice.address }), { n: 1 })
  })

  it('asks no node with something that is no address', async () => {
    const { aleph, requests } = client(() => undefined)
    await assert.rejects(aleph.address.balance('../x'), { code: 'INVALID_INPUT' })
    assert.equal(requests.length, 0)
  })
})
