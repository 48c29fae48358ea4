// Traps of the protocol's section 10 that a client can fall into and that no other test is named after.
import { strict as assert } from 'node:assert'
import { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient, type AlephOptions } from '../../../src/client/client.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import type { BaseContent, Envelope, StoreContent } from '../../../src/client/message/types.js'
import { createUpload } from '../../../src/client/node/multipart.js'
import { developmentAccount, developmentKey } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch } from '../../helpers/fakes.js'
import { useLocalNode } from '../../helpers/localNode.js'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('traps for a client (protocol §10)', () => {
  const node = useLocalNode()
  let account: ETHAccount
  before(async () => (account = await developmentAccount(0)))
  const client = (options: AlephOptions = {}) => new AlephHttpClient({ endpoints: node().url, account, ...options })

  /** Uploads and gives the form fields that are no files. */
  function spyOnUploads() {
    const fields: Record<string, string> = {}
    const paths: string[] = []
    const send = createUpload()
    const upload: AlephOptions['upload'] = request => {
      paths.push(new URL(request.url).pathname)
      const parts = request.parts.map(part => ({
        ...part,
        async *body() {
          for await (const chunk of part.body()) {
            if (part.name !== 'file') fields[part.name] = (fields[part.name] ?? '') + new TextDecoder().decode(chunk)
            yield chunk
          }
        },
      }))
      return send({ ...request, parts })
    }
    return { upload, fields, paths }
  }

  it('trap 5: metadata beside a file always has sync', async () => {
    const { upload, fields } = spyOnUploads()
    await client({ upload }).storage.storeFile(bytes('5'))
    assert.equal((JSON.parse(fields.metadata ?? '') as { sync: unknown }).sync, true)
  })

  it('trap 7: times are in seconds, in envelope and content alike', async () => {
    const { envelope } = await client().storage.store('7')
    assert.ok(envelope.time > 1e9 && envelope.time < 1e10)
    assert.equal((JSON.parse(envelope.item_content ?? '') as BaseContent).time, envelope.time)
  })

  it('trap 10: keys that a node drops from a STORE are read from what was signed', async () => {
    const content = {
      address: account.address,
      time: 1_700_000_010,
      item_type: 'storage',
      item_hash: 'ab'.repeat(32),
      mime_type: 'text/x-ten',
    }
    const { envelope } = await signMessage(account, { type: 'STORE', content })
    const { mime_type: _, ...dropped } = content
    const fetch = fakeFetch(() => ({
      body: { status: 'processed', item_hash: envelope.item_hash, message: { ...envelope, content: dropped } },
    }))
    const message = await client({ fetch, clock: new FakeClock() }).messages.get(envelope.item_hash)
    assert.equal((message.content as StoreContent).mime_type, 'text/x-ten')
  })

  it('traps 13 and 53: an account is its checksum address, however the key was written', async () => {
    const written = await ETHAccount.fromPrivateKey(developmentKey(0).toUpperCase().replace('0X', ''))
    const { envelope } = await client({ account: written }).storage.store('13')
    assert.equal(envelope.sender, '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3')
    assert.equal((JSON.parse(envelope.item_content ?? '') as BaseContent).address, envelope.sender)
  })

  it('traps 14 and 15: a list ends where the cursor ends, whatever the totals say, and never asks for everything', async () => {
    const fetch = fakeFetch((_, i) => ({
      body: { messages: [], pagination_total: 999, next_cursor: i < 2 ? `c${i}` : null },
    }))
    for await (const row of client({ fetch, clock: new FakeClock() }).messages.list()) assert.fail(row.item_hash)
    assert.equal(fetch.requests.length, 3)
    for (const { url } of fetch.requests) assert.equal(url.searchParams.get('pagination'), '100')
    for (const pageSize of [0, 201, 1.5])
      await assert.rejects(client().messages.list({}, { pageSize }).pages().next(), { code: 'INVALID_INPUT' })
  })

  it('trap 22: name and type of a file come from its STORE, because the download has none', async () => {
    const { item_hash } = await client().storage.storeFile(bytes('22'), { filename: 'twenty-two.css' })
    const file = await client().storage.getFile(item_hash)
    assert.deepEqual([file.name, file.type], ['twenty-two.css', 'text/css'])
  })

  it('trap 23: a CID that no node takes is not even asked for', async () => {
    const fetch = fakeFetch(() => assert.fail('asked'))
    const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    await assert.rejects(client({ fetch }).storage.getFile(cid), { code: 'NOT_FOUND' })
  })

  it('trap 24: content that travels apart is uploaded byte by byte, because add_json would write it anew', async () => {
    const { upload, paths } = spyOnUploads()
    const { envelope } = await client({ upload }).storage.store({ z: 'x'.repeat(60_000), a: 1 })
    assert.deepEqual(paths, ['/api/v0/storage/add_file'])
    assert.equal(envelope.item_type, 'storage')
  })

  it('trap 26: forgetting twice is told at once', async () => {
    const { item_hash } = await client().storage.store('26')
    await client().messages.forget(item_hash)
    await assert.rejects(client().messages.forget(item_hash), {
      code: 'FORGOTTEN',
      message: /was already forgotten/,
    })
  })

  it('trap 27: bytes that are no text arrive as they were sent', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    for (const source of [all, Buffer.from(all), new Blob([all])]) {
      const { item_hash } = await client().storage.storeFile(source, { engine: 'storage' })
      assert.deepEqual(new Uint8Array(await (await client().storage.getFile(item_hash)).arrayBuffer()), all)
    }
  })

  it('trap 36: key order is that of the author, not of the node', async () => {
    const value = { zebra: 1, a: { y: 1, b: 2 }, 10: 'ten' }
    const { item_hash } = await client().storage.store(value)
    const { content } = await client().storage.get(item_hash)
    assert.equal(JSON.stringify(content), JSON.stringify(value))
  })

  it('trap 38: what was written is looked up where it was written', async () => {
    const fetch = fakeFetch(({ method, url }) => {
      if (url.pathname.endsWith('version'))
        return url.host === 'one.example' ? { status: 502 } : { body: '{"version":"1"}' }
      if (method === 'POST') return { status: 202, body: { publication_status: {}, message_status: 'pending' } }
      return url.host === 'two.example' ? { body: { status: 'processed' } } : { status: 404 }
    })
    const endpoints = ['https://one.example', 'https://two.example']
    const { status } = await client({ endpoints, fetch, clock: new FakeClock() }).storage.store('38')
    assert.equal(status, 'processed')
  })

  it('trap 43: writes to one aggregate at once carry different times', async () => {
    const aleph = client()
    const times: number[] = []
    const fetch: AlephOptions['fetch'] = (url, init) => {
      if (init.method === 'POST') times.push((JSON.parse(init.body as string) as { message: Envelope }).message.time)
      return globalThis.fetch(url, init)
    }
    const writer = client({ fetch })
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => writer.aggregate.update('forty-three', i % 2 ? 'old' : `new${i}`, i)),
    )
    assert.equal(new Set(times).size, 10)
    assert.deepEqual(Object.keys((await aleph.aggregate.get('forty-three')) as object).sort(), [
      'new0',
      'new2',
      'new4',
      'new6',
      'new8',
      'old',
    ])
  })
})
