// A node that lies in every place of its answers: each read call ends, with a value or with an error of ours that is short
// and repeats nothing of what the node made up.
import { strict as assert } from 'node:assert'
import { AlephHttpClient, isAlephError, type AlephError, type ETHAccount } from '../../../src/client/index.js'
import { AddressAccount } from '../../../src/client/account.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { impatientClock } from '../../helpers/fakes.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'

interface Facts {
  address: string
  post: string
  store: string
  ipfs: string
}

type Call = (aleph: AlephHttpClient, facts: Facts) => Promise<unknown>

async function all(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = []
  for await (const row of rows) {
    list.push(row)
    if (list.length > 2000) throw new Error('endless')
  }
  return list
}

/** Every read by its name. What is neither here nor among the writes is a call that nobody thought of. */
const reads: Record<string, Call> = {
  'storage.get': (aleph, { post }) => aleph.storage.get(post, { follow: true }),
  'storage.canStore': aleph => aleph.storage.canStore([1000]),
  'storage.getFile': (aleph, { store }) => aleph.storage.getFile(store),
  'storage.getIPFSHash': (aleph, { store }) => aleph.storage.getIPFSHash(store, { compute: true }),
  'storage.fileInfo': (aleph, { store, address }) => aleph.storage.fileInfo(store, { owner: address }),
  'storage.query': async (aleph, { address }) => [...(await aleph.storage.query({ owners: [address], limit: 3 }))],
  'ipfs.get': (aleph, { ipfs }) => aleph.ipfs.get(ipfs),
  'messages.get': (aleph, { post }) => aleph.messages.get(post),
  'messages.list': (aleph, { address }) => all(aleph.messages.list({ owners: [address] })),
  'messages.status': (aleph, { post }) => aleph.messages.status(post),
  'messages.statuses': (aleph, { post, store }) => aleph.messages.statuses([post, store]),
  'messages.watch': async (aleph, { address }) => {
    for await (const row of aleph.messages.watch(
      { owners: [address] },
      { history: 1, signal: AbortSignal.timeout(50) },
    ))
      return row
  },
  'aggregate.keys': (aleph, { address }) => aleph.aggregate.keys({ owner: address, verify: true }),
  'aggregate.get': (aleph, { address }) => aleph.aggregate.get('users', 'ann', { owner: address }),
  'aggregate.history': (aleph, { address }) => all(aleph.aggregate.history('users', { owner: address })),
  'aggregate.forgotten': (aleph, { address }) => all(aleph.aggregate.forgotten(address)),
  'aggregate.query': (aleph, { address }) =>
    aleph.aggregate.query('users', {
      owner: [address, `0x${'12'.repeat(20)}`],
      where: { age: { $gt: 1 } },
      sort: { age: 1 },
    }),
  'address.balance': (aleph, { address }) => aleph.address.balance(address, { details: true }),
  'address.files': (aleph, { address }) => all(aleph.address.files(address)),
  'address.credits': (aleph, { address }) => aleph.address.credits(address),
  'address.creditHistory': (aleph, { address }) => all(aleph.address.creditHistory(address)),
  'address.costs': (aleph, { address }) => aleph.address.costs(address),
  cost: (aleph, { store }) => aleph.cost(store),
}

/** Calls that publish, write to the disk what another read gets, or ask no node. */
const others = new Set([
  ...['store', 'storeFile', 'forgetFile', 'fileHash', 'downloadTo'].map(name => `storage.${name}`),
  ...['cid', 'pin', 'gatewayUrl', 'addFolder', 'downloadTo'].map(name => `ipfs.${name}`),
  ...['forget', 'amend', 'resend'].map(name => `messages.${name}`),
  ...['merge', 'create', 'update', 'delete', 'deleteAll'].map(name => `aggregate.${name}`),
  'ethereum.connect',
  'batch',
])

/** Names of all calls that a client has. */
function callsOf(aleph: AlephHttpClient): string[] {
  const own = Object.entries(aleph).flatMap(([space, value]) =>
    typeof value === 'function' ? [space] : Object.keys(value as object).map(name => `${space}.${name}`),
  )
  const methods = Object.entries(Object.getOwnPropertyDescriptors(AlephHttpClient.prototype))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => name)
  return [...own, ...methods]
}

/** So many for each call; set ALEPH_TEST_LIES for a longer search. */
const runs = Number(process.env.ALEPH_TEST_LIES ?? 30)

/** A text that must not come out again in an error. */
const marker = 'zqliar'

function nest(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`
}

/** JSON texts that take the place of any value. */
const nasty = [
  'null',
  'true',
  '-1',
  '1e999',
  '12345678901234567890123',
  '""',
  `"${marker}"`,
  `"${marker}${'x'.repeat(100_000)}"`,
  `"\\ud800${marker}"`,
  `"../../${marker}?a=b#c"`,
  `"[${marker}](command:x)\\u202e\\n"`,
  '[]',
  '{}',
  `{"toString":1,"valueOf":"${marker}","then":5}`,
  `{"__proto__":{"${marker}":1},"constructor":"${marker}"}`,
  `["${marker}",null,{"a":[]}]`,
  nest(10_000),
  `{"a":${nest(5_000)}}`,
]

/** mulberry32 */
function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The text of a JSON answer with one of its values replaced. */
function lieIn(text: string, random: () => number): string {
  const root = JSON.parse(text) as unknown
  const places: { parent: Record<string, unknown>; name: string }[] = []
  const walk = (parent: Record<string, unknown>) => {
    for (const name of Object.keys(parent)) {
      places.push({ parent, name })
      if (typeof parent[name] === 'object' && parent[name] !== null) walk(parent[name] as Record<string, unknown>)
    }
  }
  const box = { root }
  walk(box)
  const place = places[Math.floor(random() * places.length)] as (typeof places)[number]
  const value = nasty[Math.floor(random() * nasty.length)] as string
  place.parent[place.name] = '@here@'
  return JSON.stringify(box.root).replace('"@here@"', () => value)
}

type Recorded = { status: number; text: string; type: string }

function lie({ status, text, type }: Recorded, random: () => number): Recorded {
  const dice = random()
  if (dice < 0.04) return { status, text: '', type }
  if (dice < 0.08) return { status, text: text.slice(0, Math.floor(text.length * random())), type }
  if (dice < 0.12) return { status: 200, text: `<html><body>${marker}</body></html>`, type: 'text/html' }
  if (dice < 0.16) return { status: 200, text: nest(20_000), type }
  if (dice < 0.2) return { status: [404, 410, 403, 400, 206, 299][Math.floor(random() * 6)] ?? 404, text: marker, type }
  try {
    return { status, text: lieIn(text, random), type }
  } catch {
    return { status, text: marker, type }
  }
}

describe('a lying node', function () {
  this.timeout(600_000)
  const node = useLocalNode()
  let facts: Facts
  let account: ETHAccount
  /** Honest answers by URL. */
  const recorded = new Map<string, Recorded>()

  /** Answers from what was recorded; `change` may lie. */
  const client = (change: (answer: Recorded) => Recorded = answer => answer, isRecording = false) => {
    const fetch = async (url: string, init: RequestInit) => {
      const key = `${init.method ?? 'GET'} ${url.replace(/cursor=[^&]*/, '').replace(/startDate=[^&]*/, '')}`
      if (isRecording && !recorded.has(key)) {
        const answer = await globalThis.fetch(url, init)
        const type = answer.headers.get('content-type') ?? ''
        recorded.set(key, { status: answer.status, text: await answer.text(), type })
      }
      const { status, text, type } = change(recorded.get(key) ?? { status: 404, text: '404: Not Found', type: '' })
      return new Response(text, { status, headers: { 'content-type': type } })
    }
    return new AlephHttpClient({
      endpoints: node().url,
      account: reader,
      gateways: [],
      webSocket: null,
      retries: 0,
      clock: impatientClock(testDate),
      fetch,
    })
  }
  let reader: AddressAccount

  before(async () => {
    account = await developmentAccount(0)
    reader = await AddressAccount.fromAddress(account.address)
    const writer = new AlephHttpClient({ endpoints: node().url, account, clock: impatientClock(testDate) })
    const post = await writer.storage.store({ a: [1, { b: 'c' }] }, { tags: ['t'], metadata: { m: 1 } })
    await writer.messages.amend(post.item_hash, { a: 2 })
    const store = await writer.storage.storeFile(new TextEncoder().encode('hello'), {
      filename: 'a.txt',
      engine: 'storage',
    })
    const onIpfs = await writer.storage.storeFile(new TextEncoder().encode('hello ipfs'), { engine: 'ipfs' })
    await writer.aggregate.create('users', { age: 5, name: 'Ann' }, { key: 'ann' })
    await writer.aggregate.create('users', { age: 7 }, { key: 'bob' })
    facts = {
      address: account.address,
      post: post.item_hash,
      store: store.item_hash,
      ipfs: onIpfs.file_hash,
    }
    for (const call of Object.values(reads)) await call(client(undefined, true), facts).catch(() => undefined)
  })

  it('is met by every call that reads', () => {
    const known = [...Object.keys(reads), ...others].sort()
    assert.deepEqual(callsOf(client()).sort(), known)
  })

  for (const [index, [name, call]] of Object.entries(reads).entries())
    it(`gets no further than a short error of ours: ${name}`, async () => {
      const random = randomOf(index + 1)
      let lies = 0
      for (let run = 0; run < runs; run++) {
        const told: string[] = []
        // Sometimes only one of the answers lies.
        const honest = Math.floor(random() * 3)
        let answers = 0
        const aleph = client(answer => {
          if (answers++ < honest && run % 2) return answer
          const changed = lie(answer, random)
          told.push(`${changed.status} ${changed.text.slice(0, 300)}`)
          return changed
        })
        lies++
        const about = () => `run ${run}: ${told.join('\n').slice(0, 2000)}`
        try {
          assertRows(await call(aleph, facts), about())
        } catch (error) {
          assertOurs(error, about())
        }
      }
      assert.equal(lies, runs)
    })
})

describe('one bad row', () => {
  const reader = '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3'
  const deep = JSON.parse(nest(10_000)) as unknown
  const clientOf = (body: (url: URL) => unknown) =>
    new AlephHttpClient({
      endpoints: 'https://node.example',
      retries: 0,
      fetch: async url => new Response(textOf(body(new URL(url)))),
    })
  /** `JSON.stringify` goes no deeper than the stack. */
  const textOf = (body: unknown) =>
    JSON.stringify(body, (_, value: unknown) => (value === deep ? '@deep@' : value)).replaceAll(
      '"@deep@"',
      nest(10_000),
    )

  it('of messages hides no other, whatever it holds', async () => {
    const account = await developmentAccount(0)
    const good = (
      await signMessage(account, { type: 'POST', content: { address: reader, time: 5, type: 't' } as never })
    ).envelope
    const bad: unknown[] = [
      { ...good, item_hash: { toString: 1 } },
      { ...good, item_hash: 'ab'.repeat(32), signature: deep },
      { ...good, item_hash: 'cd'.repeat(32), time: 'yesterday' },
      { ...good, item_hash: 'ef'.repeat(32), channel: { a: deep } },
      { item_hash: '12'.repeat(32) },
      null,
      5,
      deep,
    ]
    const aleph = clientOf(() => ({ messages: [...bad, good], next_cursor: null }))
    const rows = (await all(aleph.messages.list())) as { item_hash: string; error?: AlephError }[]
    assert.equal(rows.length, bad.length + 1)
    assert.equal(rows.at(-1)?.error, undefined)
    for (const { error } of rows.slice(0, -1)) assertOurs(error, '')
    assert.deepEqual(
      rows.slice(0, 2).map(({ item_hash }) => item_hash),
      ['', 'ab'.repeat(32)],
    )
  })

  it('of files, credits and aggregates hides no other', async () => {
    const file = { file_hash: 'ab'.repeat(32), item_hash: 'cd'.repeat(32), size: 1, created: 5, type: 'file' }
    const movement = { amount: 1, message_timestamp: '2026-01-01T00:00:00Z', credit_ref: 'r', credit_index: 0 }
    const times = { created: '2026-01-01T00:00:00Z', last_updated: '2026-01-01T00:00:00Z' }
    const aleph = clientOf(({ pathname }) =>
      pathname.endsWith('/files')
        ? { files: [{ ...file, file_hash: '../x' }, { ...file, size: '1' }, null, file], next_cursor: null }
        : pathname.endsWith('/credit_history')
          ? { credit_history: [{ ...movement, amount: null }, deep, movement] }
          : {
              data: { bad: 5, deep: { a: deep }, good: { a: 1 }, undated: {} },
              info: { good: times, undated: { created: 5 } },
            },
    )
    const errorsOf = async (rows: AsyncIterable<{ error?: unknown }>) =>
      ((await all(rows)) as { error?: unknown }[]).map(({ error }) => error === undefined)
    assert.deepEqual(await errorsOf(aleph.address.files(reader)), [false, false, false, true])
    assert.deepEqual(await errorsOf(aleph.address.creditHistory(reader)), [false, false, true])
    const keys = await aleph.aggregate.keys(reader)
    assert.deepEqual(
      keys.map(({ key, error }) => [key, error === undefined]),
      [
        ['bad', false],
        ['deep', false],
        ['good', true],
        ['undated', false],
      ],
    )
  })

  it('and a cursor that no URL can hold are NETWORK', async () => {
    for (const next_cursor of ['\ud800', 'x'.repeat(5000), 'a b', 5, {}]) {
      const aleph = clientOf(() => ({ messages: [], files: [], aggregates: [], next_cursor }))
      await assert.rejects(all(aleph.messages.list()), { code: 'NETWORK', message: /next_cursor/ })
      await assert.rejects(all(aleph.address.files(reader)), { code: 'NETWORK' })
      await assert.rejects(all(aleph.aggregate.history('a', { owner: reader })), { code: 'NETWORK' })
      await assert.rejects(aleph.aggregate.query('a', { owner: 'all' }), { code: 'NETWORK' })
    }
  })
})

/** Rows that carry errors carry such ones. */
function assertRows(result: unknown, about: string): void {
  for (const row of Array.isArray(result) ? (result as unknown[]) : [result]) {
    const { error } = (row ?? {}) as { error?: unknown }
    if (error !== undefined && isAlephError(error)) assertOurs(error, about)
  }
}

function assertOurs(error: unknown, about: string): void {
  if (!isAlephError(error)) assert.fail(`${String((error as Error)?.stack ?? error)}\n${about}`)
  const { message } = error as AlephError
  assert.ok(message.length <= 300, `${message}\n${about}`)
  assert.ok(!message.includes(marker), `${message}\n${about}`)

  assert.ok(!/[\u0000-\u001f\u202e\p{Cs}]/u.test(message), `${message}\n${about}`)
}
