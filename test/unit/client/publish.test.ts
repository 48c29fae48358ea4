import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AddressAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import type { AlephError } from '../../../src/client/errors.js'
import { openEnvelope } from '../../../src/client/message/fate.js'
import type { Envelope } from '../../../src/client/message/types.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch, refused, reset, type FakeAnswer } from '../../helpers/fakes.js'

const endpoint = 'https://node.example'
const published = (message_status: string) => ({
  publication_status: { status: 'success', failed: [] },
  message_status,
})

let account: ETHAccount
before(async () => (account = await developmentAccount(0)))

/** A client whose node answers to publications by `posts` in turn and to status questions by `statuses` in turn. */
function client(
  posts: (FakeAnswer | Error | 'hang')[],
  statuses: (string | FakeAnswer | Error | undefined)[] | 'hang' = [],
  options: AlephOptions = {},
) {
  const asked: string[] = []
  const sent: Envelope[] = []
  const fetch = fakeFetch(({ url, method, body }) => {
    if (method === 'POST') {
      sent.push((JSON.parse(body ?? '') as { message: Envelope }).message)
      return posts.shift()
    }
    asked.push(url.pathname)
    if (statuses === 'hang') return statuses
    const status = statuses.shift()
    if (typeof status !== 'string') return status
    return { body: { status, item_hash: sent[0]?.item_hash, reception_time: '', error_code: 0, details: null } }
  })
  const clock = new FakeClock()
  const aleph = new AlephHttpClient({ endpoints: endpoint, account, fetch, clock, random: () => 0.5, ...options })
  return { aleph, sent, asked, clock }
}

describe('publish', () => {
  it('is processed at 200', async () => {
    const { aleph, sent } = client([{ body: published('processed') }])
    const result = await aleph.storage.store('hi', { tags: ['a'], metadata: { title: 'x' }, channel: 'c', ref: 'r' })
    assert.equal(result.status, 'processed')
    assert.equal(result.item_hash, sent[0]?.item_hash)
    const time = Date.UTC(2026, 10, 23) / 1000
    assert.deepEqual(JSON.parse(sent[0]?.item_content ?? ''), {
      address: account.address,
      time,
      type: 'aleph-storage',
      ref: 'r',
      content: { data: 'hi', tags: ['a'], metadata: { title: 'x' } },
    })
    assert.equal(sent[0]?.time, time)
    assert.equal(sent[0]?.channel, 'c')
  })

  it('waits after 202 until the state is final', async () => {
    const { aleph, asked } = client(
      [{ status: 202, body: published('pending') }],
      ['pending', undefined, new Error('x'), 'processed'],
    )
    assert.equal((await aleph.storage.store(1)).status, 'processed')
    assert.equal(asked.length, 4)
  })

  it('says honestly that it is pending when the node does not decide', async () => {
    const { aleph, clock } = client([{ status: 202, body: published('pending') }], Array<string>(100).fill('pending'))
    assert.equal((await aleph.storage.store(1)).status, 'pending')
    assert.ok(clock.nowMs - Date.UTC(2026, 10, 23) <= 60_000)
  })

  it('is pending when it is 404 after a 202: it may wait in the queue of the node', async () => {
    const { aleph, sent, clock } = client(
      [{ status: 202, body: published('pending') }],
      Array<undefined>(100).fill(undefined),
    )
    assert.equal((await aleph.storage.store(1)).status, 'pending')
    assert.equal(sent.length, 1)
    assert.ok(clock.nowMs - Date.UTC(2026, 10, 23) <= 60_000)
  })

  it('is pending in time also where the node is silent about it', async () => {
    const { aleph, clock } = client([{ status: 202, body: published('pending') }], 'hang')
    assert.equal((await aleph.storage.store(1, { waitMs: 3000 })).status, 'pending')
    assert.ok(clock.nowMs - Date.UTC(2026, 10, 23) <= 4000)
  })

  it('asks the node to answer at once when it is not to be waited for', async () => {
    const { aleph, asked, clock } = client([{ status: 202, body: published('pending') }])
    assert.equal((await aleph.storage.store(1, { waitMs: 0 })).status, 'pending')
    assert.deepEqual([asked, clock.nowMs], [[], Date.UTC(2026, 10, 23)])
  })

  for (const status of [203, 206])
    it(`does not take ${status} of a proxy for “Message not found”`, async () => {
      const { aleph, sent } = client([{ body: published('processed') }], [{ status, body: '{"x":1}' }, 'processed'], {
        retries: 1,
      })
      const { item_hash } = await aleph.storage.store(1)
      assert.equal(sent.length, 1)
      assert.equal(await aleph.messages.status(item_hash), 'processed')
    })

  it('reads the reason of a 422', async () => {
    const rejected = {
      body: {
        status: 'rejected',
        item_hash: 'x',
        message: {},
        error_code: 2,
        details: { errors: ['Sender … is not authorized'] },
      },
    }
    const { aleph } = client([{ status: 422, body: published('rejected') }], [rejected])
    await assert.rejects(aleph.storage.store(1), (error: AlephError) => {
      assert.equal(error.code, 'REJECTED')
      assert.match(error.message, /the sender has no permission to write this for the owner/)
      assert.equal(error.details.error_code, 2)
      assert.deepEqual(error.details.errors, ['Sender … is not authorized'])
      return true
    })
  })

  it('is REJECTED also where a node keeps nothing of what it refused, with the reason of its answer', async () => {
    const body = { ...published('rejected'), error: { code: 1, message: 'x' } }
    const { aleph } = client([{ status: 422, body }], [undefined])
    await assert.rejects(aleph.storage.store('hi'), (error: AlephError) => {
      assert.equal(error.code, 'REJECTED')
      assert.equal(error.details.error_code, 1)
      assert.match(error.message, /rejected message \w{64}: its signature is not valid/)
      return true
    })
  })

  it('writes for an owner in the one spelling that nodes know, and sends nothing otherwise', async () => {
    const owner = '0x51A58800b26AA1451aaA803d1746687cB88E0501'
    const { aleph, sent } = client([{ body: published('processed') }])
    for (const wrong of [owner.replace('51A5', '51a5'), 'alice.eth', ''])
      for (const write of [
        () => aleph.storage.store(1, { owner: wrong }),
        () => aleph.storage.storeFile(new Uint8Array(1), { owner: wrong, filename: 'x' }),
      ])
        await assert.rejects(write(), { code: 'INVALID_INPUT' })
    assert.equal(sent.length, 0)
    await aleph.storage.store(1, { owner: owner.toLowerCase() })
    assert.equal((JSON.parse(sent[0]?.item_content ?? '') as { address: string }).address, owner)
  })

  it('is REJECTED for a 422 without a message (trap 6)', async () => {
    const { aleph } = client([{ status: 422, body: 'InvalidMessageFormat' }])
    await assert.rejects(aleph.storage.store(1), {
      code: 'REJECTED',
      message: 'The node refused the message: its format is not valid.',
    })
  })

  for (const [name, lost] of [
    ['a broken connection', reset()],
    ['a 502', { status: 502 }],
    ['a 429', { status: 429 }],
  ] as const)
    it(`finds an answer lost by ${name} again by hash and sends nothing twice`, async () => {
      const { aleph, sent, asked } = client([lost], ['processed'])
      assert.equal((await aleph.storage.store(1)).status, 'processed')
      assert.equal(sent.length, 1)
      assert.deepEqual(asked, [`/api/v0/messages/${sent[0]?.item_hash}/status`])
    })

  it('sends the same bytes again when the first try did not arrive, and never signs anew', async () => {
    const { aleph, sent } = client([reset(), { body: published('processed') }], [undefined])
    assert.equal((await aleph.storage.store(1)).status, 'processed')
    assert.equal(sent.length, 2)
    assert.deepEqual(sent[0], sent[1])
  })

  it('names the hash of a message whose fate is open', async () => {
    const { aleph, sent } = client(Array<Error>(9).fill(reset()), Array<Error>(9).fill(reset()))
    await assert.rejects(aleph.storage.store(1), (error: AlephError) => {
      assert.equal(error.code, 'NETWORK')
      assert.match(error.message, /may have arrived/)
      assert.deepEqual(openEnvelope(error), sent[0])
      assert.equal(error.details.item_hash, sent[0]?.item_hash)
      return true
    })
  })

  it('does not speak of an open fate when nothing can have arrived', async () => {
    const { aleph } = client(Array<Error>(9).fill(refused()))
    await assert.rejects(aleph.storage.store(1), {
      code: 'NETWORK',
      message: "The node node.example can't be reached because nothing accepts connections there.",
    })
  })

  it('waits longer than a node does before it answers 202 (trap 29)', async () => {
    const { aleph, clock } = client(['hang'], [], { retries: 0 })
    await assert.rejects(aleph.storage.store(1), { code: 'TIMEOUT' })
    assert.ok(clock.nowMs - Date.UTC(2026, 10, 23) > 30_000)
  })

  it('gives every message of an account another time, even in one millisecond (trap 37)', async () => {
    const { aleph, sent } = client(Array(50).fill({ body: published('processed') }) as FakeAnswer[])
    await Promise.all(Array.from({ length: 50 }, () => aleph.storage.store('same')))
    assert.equal(new Set(sent.map(({ time }) => time)).size, 50)
    assert.equal(new Set(sent.map(({ item_hash }) => item_hash)).size, 50)
  })

  it('signs and sends nothing for bad input', async () => {
    const { aleph, sent } = client([])
    const store = aleph.storage.store
    for (const bad of [undefined, () => 1, NaN]) await assert.rejects(store(bad), { code: 'INVALID_INPUT' })
    await assert.rejects(store(1, { tags: ['a,b'] }), { code: 'INVALID_INPUT' })
    await assert.rejects(store(1, { encryptfor: 'x' } as object), {
      code: 'INVALID_INPUT',
      message: /no option “encryptfor”/,
    })
    await assert.rejects(store(1, { metadata: [] as unknown as Record<string, unknown> }), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.aggregate.update('a,b', 'k', {}), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.aggregate.update('security', 'k', {}), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.aggregate.update('users', 'tags', {}), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.messages.forget([]), { code: 'INVALID_INPUT' })
    await assert.rejects(aleph.messages.forget('nope'), { code: 'INVALID_INPUT' })
    assert.equal(sent.length, 0)
  })

  it('needs an account, and one with a key', async () => {
    const fetch = fakeFetch(() => undefined)
    await assert.rejects(new AlephHttpClient({ endpoints: endpoint, fetch }).storage.store(1), {
      code: 'INVALID_INPUT',
      message: /needs an account/,
    })
    const watcher = await AddressAccount.fromAddress(account.address)
    await assert.rejects(new AlephHttpClient({ endpoints: endpoint, fetch, account: watcher }).storage.store(1), {
      code: 'READ_ONLY',
    })
    assert.equal(fetch.requests.length, 0)
  })

  it('dates an aggregate entry above the newest element, and does not follow one in the future', async () => {
    const now = Date.UTC(2026, 10, 23) / 1000
    const head = (last_updated: string): FakeAnswer => ({
      body: {
        address: account.address,
        data: { users: {} },
        info: { users: { created: last_updated, last_updated, last_update_item_hash: 'ab'.repeat(32) } },
      },
    })
    const ahead = client([{ body: published('processed') }], [head('2026-11-23T00:01:00.000500Z')])
    await ahead.aleph.aggregate.update('users', 'a', 1)
    assert.equal(ahead.sent[0]?.time, now + 60.001)
    const poisoned = client([], [head('2099-01-01T00:00:00Z'), { body: { messages: [], next_cursor: null } }])
    await assert.rejects(poisoned.aleph.aggregate.update('users', 'a', 1), { code: 'CONFLICT', message: /abab/ })
  })

  it('writes to an endpoint that answers', async () => {
    const fetch = fakeFetch(({ url, method }) => {
      if (url.host === 'one.example') return { status: 503 }
      return method === 'POST' ? { body: published('processed') } : { body: '{"version":"1"}' }
    })
    const endpoints = ['https://one.example', 'https://two.example']
    const aleph = new AlephHttpClient({ endpoints, account, fetch, clock: new FakeClock() })
    assert.equal((await aleph.storage.store(1)).status, 'processed')
    await aleph.storage.store(2)
    assert.deepEqual(
      fetch.requests.map(({ url, method }) => `${method} ${url.host}`),
      ['GET one.example', 'GET two.example', 'POST two.example', 'POST two.example'],
    )
  })

  it('keeps the key of an aggregate entry as data, whatever its name', async () => {
    const { aleph, sent } = client([{ body: published('processed') }])
    await aleph.aggregate.update('users', '__proto__', { polluted: true })
    assert.match(sent[0]?.item_content ?? '', /"content":\{"__proto__":\{"polluted":true\}\}/)
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  })

  it('is ended by the signal, naming the message', async () => {
    const controller = new AbortController()
    const { aleph } = client(['hang'])
    const publication = aleph.storage.store(1, { signal: controller.signal })
    setImmediate(() => controller.abort())
    await assert.rejects(publication, { code: 'ABORTED' })
  })
})

describe('accounts', () => {
  it('derives the development accounts', async () => {
    assert.equal((await developmentAccount(0)).address, '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3')
    assert.equal((await developmentAccount(9)).address, '0xAfaCeB8efeD56ED9fAf8C575021E7871cEEcdA5F')
  })
})
