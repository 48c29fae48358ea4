// Encrypted files through storeFile, getFile and downloadTo, whole and in chunks, against the local node.
import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import {
  AlephHttpClient,
  type StoreContent,
  type StoreFileOptions,
  type UploadRecord,
} from '../../../src/client/index.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { createUpload } from '../../../src/client/node/multipart.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const mebibyte = 1024 * 1024
const clock = { ...systemClock, now: () => testDate }
/** Folders of ciphertext. */
const spools = () => readdirSync(tmpdir()).filter(name => name.startsWith('aleph-encrypted-'))
const bytes = Uint8Array.from({ length: 2.5 * mebibyte }, (_, i) => (i * 7919) % 251)

describe('encrypted files', () => {
  const node = useLocalNode({}, { each: true })
  const folder = useTemporaryFolder()
  const client = async (index: number, options = {}) =>
    new AlephHttpClient({ endpoints: node().url, account: await developmentAccount(index), clock, ...options })
  const secret = () => {
    writeFileSync(folder('Secret plan.pdf'), bytes)
    return folder('Secret plan.pdf')
  }

  for (const [kind, more] of [
    ['in one piece', {}],
    ['in chunks', { chunkSize: mebibyte }],
  ] as [string, StoreFileOptions][])
    it(`${kind}: recipients read name, type and bytes, others nothing`, async () => {
      const [alice, bob, eve] = await Promise.all([client(0), client(1), client(2)])
      const encryptFor = ['self', (await developmentAccount(1)).publicKey]
      const stored = await alice.storage.storeFile(secret(), { encryptFor, tags: ['plan'], ...more })
      assert.equal(stored.chunks, more.chunkSize === undefined ? undefined : 3)
      assert.ok(stored.size > bytes.length)

      for (const reader of [alice, bob]) {
        const file = await reader.storage.getFile(stored.item_hash, { decrypt: true })
        assert.deepEqual([file.name, file.type, file.size], ['Secret plan.pdf', 'application/pdf', bytes.length])
        assert.ok(Buffer.from(await file.arrayBuffer()).equals(bytes))
      }
      const target = folder('opened')
      const { name, sizeBytes } = await bob.storage.downloadTo(stored.item_hash, target, { decrypt: true })
      assert.deepEqual([name, sizeBytes], ['Secret plan.pdf', bytes.length])
      assert.ok(readFileSync(target).equals(bytes))

      await assert.rejects(eve.storage.downloadTo(stored.item_hash, folder('not'), { decrypt: true }), {
        code: 'DECRYPTION',
      })
      assert.ok(!existsSync(folder('not')))
      const sealed = await eve.storage.getFile(stored.item_hash)
      assert.deepEqual([sealed.name, sealed.type], ['', 'application/octet-stream'])
      assert.ok((await sealed.slice(0, 21).text()) === 'age-encryption.org/v1')
      assert.equal((await eve.storage.fileInfo(stored.item_hash)).isEncrypted, true)

      for await (const { message } of eve.messages.list()) {
        assert.ok(message)
        assert.doesNotMatch(JSON.stringify(message.envelope), /Secret|\.pdf|application\/pdf/)
      }
      const { content } = await eve.messages.get(stored.item_hash)
      const tags = (content as StoreContent).tags ?? (content as { content?: { tags?: string[] } }).content?.tags
      assert.ok(tags?.includes('encrypted') && tags.includes('plan'))
    })

  it('under a passphrase: nothing but the passphrase opens them', async () => {
    const alice = await client(0)
    const passphrase = 'correct horse battery staple'
    const { item_hash } = await alice.storage.storeFile(new File(['{}'], 'a.json'), { encryptFor: { passphrase } })
    const file = await alice.storage.getFile(item_hash, { decrypt: { passphrase } })
    assert.deepEqual([file.name, await file.text()], ['a.json', '{}'])
    for (const decrypt of [true, { passphrase: 'wrong' }] as const)
      await assert.rejects(alice.storage.getFile(item_hash, { decrypt }), { code: 'DECRYPTION' })
  })

  it('twice the same file: other bytes each time, because no file key is used twice', async () => {
    const alice = await client(0)
    const first = await alice.storage.storeFile(secret(), { encryptFor: 'self' })
    const second = await alice.storage.storeFile(secret(), { encryptFor: 'self' })
    assert.notEqual(first.file_hash, second.file_hash)
  })

  it('a broken upload goes on with the ciphertext that it began with, which is removed at the end', async () => {
    const send = createUpload()
    let left = 1
    const breaking = await client(0, {
      retries: 0,
      upload: (request: Parameters<typeof send>[0]) =>
        left-- > 0 ? send(request) : Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    })
    let record: UploadRecord | undefined
    const path = secret()
    await assert.rejects(
      breaking.storage.storeFile(path, {
        encryptFor: 'self',
        chunkSize: mebibyte,
        onRecord: each => void (record = JSON.parse(JSON.stringify(each)) as UploadRecord),
      }),
      { code: 'NETWORK' },
    )
    assert.ok(record?.sealed)
    const spool = record.sealed.path
    if (process.platform !== 'win32') {
      assert.equal(statSync(spool).mode & 0o777, 0o600)
      assert.equal(statSync(dirname(spool)).mode & 0o777, 0o700)
    }
    assert.doesNotMatch(JSON.stringify(record), /AGE-SECRET|application\/pdf/)
    const ciphertext = readFileSync(spool)

    const alice = await client(0)
    const { item_hash } = await alice.storage.storeFile(path, { resume: record })
    assert.ok(!existsSync(spool) && !existsSync(dirname(spool)))
    assert.ok(Buffer.from(await (await alice.storage.getFile(item_hash)).arrayBuffer()).equals(ciphertext))
    const file = await alice.storage.getFile(item_hash, { decrypt: true })
    assert.ok(Buffer.from(await file.arrayBuffer()).equals(bytes))
  })

  it('a broken upload that nobody keeps a record of leaves no ciphertext behind', async () => {
    const paths: string[] = []
    const alice = await client(0, {
      retries: 0,
      upload: ({ parts }: { parts: unknown[] }) => {
        paths.push(String(parts.length))
        return Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
      },
    })
    const before = spools()
    await assert.rejects(alice.storage.storeFile(secret(), { encryptFor: 'self' }), { code: 'NETWORK' })
    assert.equal(paths.length, 1)
    assert.deepEqual(spools(), before)
  })

  it('a changed record can not make another file public', async () => {
    const alice = await client(0)
    let record: UploadRecord | undefined
    const path = secret()
    const stop = new AbortController()
    await assert.rejects(
      alice.storage.storeFile(path, {
        encryptFor: 'self',
        chunkSize: mebibyte,
        signal: stop.signal,
        onRecord: each => {
          record = structuredClone(each)
          stop.abort()
        },
      }),
      { code: 'ABORTED' },
    )
    assert.ok(record?.sealed)
    writeFileSync(folder('private.key'), Buffer.alloc(record.sealed.sizeBytes))
    const forged = { ...record, sealed: { ...record.sealed, path: folder('private.key') } }
    await assert.rejects(alice.storage.storeFile(path, { resume: forged }), { code: 'INVALID_INPUT' })
  })
})
