// `npm run conformance -- URL`: does a node behave as this client expects? Publishes a few messages of a development
// account on a channel of its own; depends on no balance. Against a public node everything it writes stays public.
import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { AlephHttpClient, ETHAccount, JsonText } from '../../src/client/index.js'
import { keyPair } from '../../src/client/lazy/evm.js'
import { sha256Hex } from '../../src/client/node/hash.js'
import { developmentAccounts } from '../../src/localNode/accounts.js'

/** Thrown by a case that the node gives no occasion for. */
class Skipped extends Error {
  override readonly name = 'Skipped'
}

interface Envelope {
  item_hash: string
  item_content: string
  sender: string
}

type Json = Record<string, unknown>

const url = (process.argv[2] ?? '').replace(/\/$/, '')
if (!/^https?:\/\//.test(url)) {
  console.error('Usage: npm run conformance -- http://HOST:PORT')
  process.exit(2)
}

const key = keyPair(developmentAccounts(1)[0]?.privateKey ?? '')
const run = randomBytes(6).toString('hex')
const channel = `conformance-${run}`
let last = Date.now()
const nextTime = () => ++last / 1000

function sign(type: string, content: Json): Envelope & Json {
  const time = nextTime()
  const item_content = JSON.stringify({ address: key.address, time, ...content }).replace(/%/g, '\\u0025')
  const head = { chain: 'ETH', sender: key.address, type, item_hash: sha256Hex(item_content) }
  const signature = key.sign([head.chain, head.sender, head.type, head.item_hash].join('\n'))
  return { ...head, channel, time, item_type: 'inline', item_content, signature }
}

async function call(path: string, init?: RequestInit) {
  const response = await fetch(url + path, init)
  const text = await response.text()
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    json = undefined
  }
  return { status: response.status, headers: response.headers, text, json: json as Json }
}

const send = (message: unknown) =>
  call('/api/v0/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sync: true, message }),
  })

/** Publishes and waits until the node has decided; a node may answer 202 and decide later. */
async function publish(message: Envelope): Promise<string> {
  const { status, text } = await send(message)
  assert.ok([200, 202, 422].includes(status), `POST answered ${status}: ${text}`)
  const deadline = Date.now() + 60_000
  for (;;) {
    const { json } = await call(`/api/v0/messages/${message.item_hash}/status`)
    const state = String(json?.['status'] ?? '')
    if (state && state !== 'pending') return state
    if (Date.now() > deadline) return state || 'unknown'
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

async function processed(message: Envelope): Promise<void> {
  assert.equal(await publish(message), 'processed')
}

const post = (content: unknown, more: Json = {}) => sign('POST', { type: 'conformance', content, ...more })
const tag = `tag-${run}`

const cases: [string, () => Promise<void>][] = [
  ['the version is told', async () => assert.equal(typeof (await call('/api/v0/version')).json['version'], 'string')],
  [
    'a POST is processed and read back unchanged',
    async () => {
      const message = post({ body: 'Zoë 100% 🦀', tags: [tag] })
      await processed(message)
      const { json } = await call(`/api/v0/messages/${message.item_hash}`)
      assert.equal((json['message'] as Json)['item_content'], message.item_content)
      const content = await call(`/api/v0/messages/${message.item_hash}/content`)
      assert.equal(content.json['body'], 'Zoë 100% 🦀')
    },
  ],
  [
    'a list filters by tag, channel, owner and type, and pages by cursor',
    async () => {
      for (let i = 0; i < 3; i++) await processed(post({ i, tags: [tag] }))
      const filters = `tags=${tag}&channels=${channel}&owners=${key.address}&contentTypes=conformance&msgTypes=POST`
      const seen: string[] = []
      for (let cursor: unknown = ''; typeof cursor === 'string';) {
        const { json } = await call(`/api/v0/messages.json?${filters}&pagination=2&cursor=${cursor}`)
        seen.push(...(json['messages'] as Envelope[]).map(each => each.item_hash))
        cursor = json['next_cursor']
      }
      assert.equal(new Set(seen).size, seen.length)
      assert.ok(seen.length >= 3)
    },
  ],
  [
    'an amend is shown by posts.json and not by hash',
    async () => {
      const original = post({ v: 1 })
      await processed(original)
      await processed(post({ v: 2 }, { type: 'amend', ref: original.item_hash }))
      const { json } = await call(`/api/v1/posts.json?hashes=${original.item_hash}`)
      assert.deepEqual((json['posts'] as Json[])[0]?.['content'], { v: 2 })
      assert.deepEqual((await call(`/api/v0/messages/${original.item_hash}/content`)).json, { v: 1 })
    },
  ],
  [
    'aggregate elements are merged key by key, nested objects replaced whole',
    async () => {
      const name = `k-${run}`
      await processed(sign('AGGREGATE', { key: name, content: { a: { x: 1, y: 2 }, b: 1 } }))
      await processed(sign('AGGREGATE', { key: name, content: { a: { x: 9 }, c: null } }))
      const { json } = await call(`/api/v0/aggregates/${key.address}.json?keys=${name}`)
      assert.deepEqual((json['data'] as Json)[name], { a: { x: 9 }, b: 1, c: null })
    },
  ],
  [
    'every element of an aggregate is listed with what was signed, newest first; a forgotten one as a skeleton',
    async () => {
      const elements = [1, 2, 3].map(n => sign('AGGREGATE', { key: `h-${run}`, content: { [`e${n}`]: n } }))
      for (const element of elements) await processed(element)
      const forget = sign('FORGET', { hashes: [elements[1]?.item_hash] })
      await processed(forget)
      const filters = `msgTypes=AGGREGATE&owners=${key.address}&pagination=200`
      const { json } = await call(`/api/v0/messages.json?${filters}&sortOrder=-1&contentFormat=none&cursor=`)
      const listed = (json['messages'] as (Envelope & Json)[]).filter(each => each.item_content.includes(`h-${run}`))
      const texts = (list: (Envelope | undefined)[]) => list.map(each => each?.item_content)
      assert.deepEqual(texts(listed), texts([elements[2], elements[0]]))
      assert.ok(listed.every(each => typeof each['signature'] === 'string'))
      const left = (await call(`/api/v0/messages.json?msgStatuses=forgotten&${filters}&page=1`)).json['messages']
      const skeleton = (left as Json[]).find(each => each['item_hash'] === elements[1]?.item_hash)
      assert.deepEqual(skeleton?.['forgotten_by'], [forget.item_hash])
      const merged = await call(`/api/v0/aggregates/${key.address}.json?keys=h-${run}`)
      assert.deepEqual((merged.json['data'] as Json)[`h-${run}`], { e1: 1, e3: 3 })
    },
  ],
  [
    'the client sees a conflict, every state of an aggregate, and that the node merged what was signed',
    async () => {
      const account = await ETHAccount.fromPrivateKey(developmentAccounts(1)[0]?.privateKey ?? '')
      const { aggregate } = new AlephHttpClient({ endpoints: url, account, channel })
      const name = `c-${run}`
      const first = await aggregate.merge(name, { a: 1, b: new JsonText('1.10') }, { expect: null })
      const second = await aggregate.merge(name, { a: 2 }, { expect: first.item_hash })
      await assert.rejects(aggregate.merge(name, { a: 3 }, { expect: first.item_hash }), { code: 'CONFLICT' })
      const history = aggregate.history(name)
      assert.deepEqual((await history.at(first.item_hash)).document, { a: 1, b: 1.1 })
      assert.equal((await history.at(second.item_hash)).entries.get('b')?.text, '1.10')
      assert.deepEqual(await aggregate.get(name, undefined, { verify: true }), { a: 2, b: 1.1 })
      await aggregate.deleteAll(name)
      await assert.rejects(aggregate.get(name), { code: 'NOT_FOUND' })
    },
  ],
  [
    'a missing aggregate is 404',
    async () => assert.equal((await call(`/api/v0/aggregates/${key.address}.json?keys=none-${run}`)).status, 404),
  ],
  [
    'a forgotten message leaves a skeleton',
    async () => {
      const message = post('to be forgotten')
      await processed(message)
      await processed(sign('FORGET', { hashes: [message.item_hash] }))
      const { json } = await call(`/api/v0/messages/${message.item_hash}`)
      assert.equal(json['status'], 'forgotten')
      assert.ok(!('item_content' in (json['message'] as Json)))
    },
  ],
  [
    'a bad signature is rejected with code 1',
    async () => {
      const message = { ...post('forged'), signature: String(post('other')['signature']) }
      assert.equal(await publish(message), 'rejected')
      assert.equal((await call(`/api/v0/messages/${message.item_hash}`)).json['error_code'], 1)
    },
  ],
  [
    'a content that breaks the schema is 422 at once',
    async () => assert.equal((await send(post('x', { unknown: 1 }))).status, 422),
  ],
  [
    'an unknown message is 404',
    async () => assert.equal((await call(`/api/v0/messages/${'ab'.repeat(32)}`)).status, 404),
  ],
  [
    'a malformed hash is 400 or 404',
    async () => assert.ok([400, 404].includes((await call('/api/v0/messages/zz')).status)),
  ],
  [
    'a file comes back byte by byte, with its length',
    async () => {
      const bytes = randomBytes(1000)
      const form = new FormData()
      form.append('file', new Blob([bytes]), 'file.bin')
      const { status, json } = await call('/api/v0/storage/add_file', { method: 'POST', body: form })
      assert.equal(status, 200)
      assert.equal(json['hash'], sha256Hex(bytes))
      const response = await fetch(`${url}/api/v0/storage/raw/${sha256Hex(bytes)}`)
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes)
      assert.equal(response.headers.get('content-length'), '1000')
    },
  ],
  [
    'an ipfs upload gives the CIDv0 of its bytes',
    async () => {
      const form = new FormData()
      form.append('file', new Blob(['hello']), 'hello.txt')
      const { status, json } = await call('/api/v0/ipfs/add_file', { method: 'POST', body: form })
      if (status === 403 || status === 404) throw new Skipped('the node takes no ipfs files')
      assert.equal(json['hash'], 'QmWfVY9y3xjsixTgbd9AorQxH7VtMpzfx2HaWtsoUYecaX')
    },
  ],
  [
    'a message with its content in a file is processed',
    async () => {
      const text = JSON.stringify({ address: key.address, time: nextTime(), type: 'conformance', content: { run } })
      const form = new FormData()
      form.append('file', new Blob([text]), 'content.json')
      await call('/api/v0/storage/add_file', { method: 'POST', body: form })
      const { item_content: _, ...envelope } = sign('POST', {})
      const head = { chain: 'ETH', sender: key.address, type: 'POST', item_hash: sha256Hex(text) }
      const signature = key.sign(Object.values(head).join('\n'))
      const message = { ...envelope, ...head, item_type: 'storage', signature } as unknown as Envelope
      await processed(message)
    },
  ],
  [
    'limits are told',
    async () => {
      const { status, json } = await call('/api/v0/storage/limits.json')
      if (status !== 200) throw new Skipped('an older node')
      assert.equal(typeof (json['storage'] as Json)['max_file_size'], 'number')
    },
  ],
  [
    'a balance is a number',
    async () => assert.equal(typeof (await call(`/api/v0/addresses/${key.address}/balance`)).json['balance'], 'number'),
  ],
  [
    'a browser may read the answer',
    async () => {
      const { headers } = await call('/api/v0/messages.json', { headers: { Origin: 'http://localhost:3000' } })
      assert.ok(['*', 'http://localhost:3000'].includes(headers.get('access-control-allow-origin') ?? ''))
    },
  ],
]

const results = { passed: 0, failed: 0, skipped: 0 }
for (const [name, check] of cases) {
  try {
    await check()
    results.passed++
    console.log(`  ok    ${name}`)
  } catch (error) {
    const { message } = error as Error
    const isSkipped = error instanceof Skipped
    results[isSkipped ? 'skipped' : 'failed']++
    console.log(`  ${isSkipped ? 'skip ' : 'FAIL '} ${name}: ${message.split('\n')[0]}`)
  }
}
console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`)
process.exitCode = results.failed ? 1 : 0
