// The storage guide, sample by sample and in its order, on the client as it is: only hashes, names and the wallet are
// filled in. What can not run as the guide prints it stands here as what works instead; the README has the same list.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import {
  AlephHttpClient,
  ETHAccount,
  isAlephError,
  ItemType,
  StoreType,
  type Account,
  type Eip1193Provider,
} from '../../../src/client/index.js'
import { developmentAccount, developmentKey } from '../../helpers/accounts.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

/** Stands at the date of the node; waits are real. */
const clock = { ...systemClock, now: () => testDate }

/** A browser's wallet with one account. */
function wallet(account: ETHAccount): Eip1193Provider {
  return {
    async request({ method, params }) {
      if (method === 'personal_sign') return account.sign(Buffer.from(String(params?.[0]).slice(2), 'hex').toString())
      if (method === 'eth_chainId') return '0x1'
      return [account.address.toLowerCase()]
    },
  }
}

describe('the storage guide', () => {
  const node = useLocalNode()
  const folder = useTemporaryFolder()
  let aleph: AlephHttpClient
  let account: Account
  before(async () => {
    const provider = wallet(await developmentAccount(0))
    aleph = new AlephHttpClient({ endpoints: node().url, provider, clock })
    account = await aleph.ethereum.connect()
  })

  it('has the names that it imports', () => {
    deepEqual([ItemType.inline, StoreType.ipfs, StoreType.storage], ['inline', 'ipfs', 'storage'])
    equal(account.address, '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3')
  })

  describe('Storing Data', () => {
    it('Storing Messages: a text, and a JSON object', async () => {
      const result = await aleph.storage.store('Hello, Aleph Cloud!', { account, tags: ['example', 'hello-world'] })
      equal((await aleph.storage.get(result.item_hash)).content, 'Hello, Aleph Cloud!')
      const profile = { name: 'John Doe', email: 'john@example.com' }
      const jsonResult = await aleph.storage.store(profile, { account, tags: ['user', 'profile'] })
      deepEqual((await aleph.storage.get(jsonResult.item_hash)).content, profile)
    })

    it('Storing Files: the File of an input element', async () => {
      const file = new File(['pixels'], 'face.png', { type: 'image/png' })
      const fileResult = await aleph.storage.storeFile(file, { account, tags: ['image', 'profile'] })
      const { name, type } = await aleph.storage.getFile(fileResult.item_hash)
      deepEqual({ name, type }, { name: 'face.png', type: 'image/png' })
    })

    it('Storing Files: the buffer of a file', async () => {
      writeFileSync(folder('example.pdf'), '%PDF-1.7 of no pages')
      const buffer = readFileSync(folder('example.pdf'))
      const fileResult = await aleph.storage.storeFile(buffer, {
        account,
        filename: 'example.pdf',
        mimetype: 'application/pdf',
        tags: ['document', 'pdf'],
      })
      const file = await aleph.storage.getFile(fileResult.item_hash)
      deepEqual([file.name, file.type, await file.text()], ['example.pdf', 'application/pdf', '%PDF-1.7 of no pages'])
    })

    it('Working with Aggregates: create, get, update, query', async () => {
      const john = { name: 'John Doe', email: 'john@example.com' }
      const aggregate = await aleph.aggregate.create('users', john, { account, key: 'john-doe' })
      equal(aggregate.key, 'john-doe')
      const user = (await aleph.aggregate.get('users', 'john-doe')) as typeof john
      deepEqual(user, john)
      await aleph.aggregate.update('users', 'john-doe', { ...user, age: 30 }, { account })
      await aleph.aggregate.create('users', { name: 'Kid', age: 12 }, { account, key: 'kid' })

      const users = await aleph.aggregate.query('users', { where: { age: { $gt: 25 } }, limit: 10 })
      const lines: string[] = []
      users.forEach(user => lines.push(`${String(user.key)}: ${String(user.name)}, ${String(user.age)}`))
      deepEqual(lines, ['john-doe: John Doe, 30'])
    })
  })

  describe('Retrieving Data', () => {
    it('Retrieving Messages: by hash, and by tags', async () => {
      const stored = await aleph.storage.store({ name: 'Jane' }, { account, tags: ['user', 'profile'] })
      const message = await aleph.storage.get(stored.item_hash)
      deepEqual(message.content, { name: 'Jane' })
      const messages = await aleph.storage.query({ tags: ['user', 'profile'], limit: 10 })
      const lines: string[] = []
      messages.forEach(msg => lines.push(`${msg.item_hash}: ${JSON.stringify(msg.content)}`))
      ok(lines.includes(`${stored.item_hash}: {"name":"Jane"}`))
    })

    it('Retrieving Files: by hash, to show, and to save', async () => {
      const { item_hash, file_hash } = await aleph.storage.storeFile(Buffer.from('<svg/>'), {
        account,
        filename: 'dot.svg',
        mimetype: 'image/svg+xml',
      })
      const fileContent = await aleph.storage.getFile(item_hash)
      ok(fileContent.type.startsWith('image/'))
      equal(fileContent.name || 'download', 'dot.svg')
      ok(URL.createObjectURL(fileContent).startsWith('blob:'))
      equal(await (await aleph.storage.getFile(String(file_hash))).text(), '<svg/>')
      // `writeFileSync` takes no File: its bytes, or all in one.
      writeFileSync(folder('saved'), new Uint8Array(await fileContent.arrayBuffer()))
      await aleph.storage.downloadTo(item_hash, folder('downloaded'))
      for (const name of ['saved', 'downloaded']) equal(readFileSync(folder(name), 'utf8'), '<svg/>')
    })
  })

  describe('Advanced Usage', () => {
    it('Storage with Encryption: for a recipient, who can open it', async () => {
      // The guide's own way keeps no secret that the recipient could work out.
      const recipient = await developmentAccount(1)
      const data = { sensitive: 'data' }
      const { item_hash } = await aleph.storage.store(data, {
        account,
        tags: ['encrypted'],
        encryptFor: recipient.publicKey,
      })
      const sealed = await aleph.storage.get(item_hash)
      ok(!JSON.stringify(sealed.content).includes('sensitive'))
      deepEqual((await aleph.storage.get(item_hash, { decrypt: { account: recipient } })).content, data)
      await rejects(aleph.storage.get(item_hash, { decrypt: { account: await developmentAccount(2) } }), {
        code: 'DECRYPTION',
      })
    })

    it('IPFS Integration: the hash of a file, its URL, pinning', async () => {
      const file = await aleph.storage.storeFile(Buffer.from('of the planets'), { account })
      const ipfsHash = await aleph.storage.getIPFSHash(file.item_hash)
      equal(ipfsHash, file.file_hash)
      equal(aleph.ipfs.gatewayUrl(ipfsHash), `https://ipfs.aleph.cloud/ipfs/${ipfsHash}`)
      const pinResult = await aleph.ipfs.pin(ipfsHash)
      equal(pinResult.success, true)
      const content = await aleph.ipfs.get(ipfsHash)
      equal(await content.text(), 'of the planets')
    })

    it('Storage with Metadata: and a query by it', async () => {
      const metadata = { title: 'Example Document', created: testDate, version: '1.0', language: 'en', license: 'MIT' }
      const options = { account, tags: ['example', 'metadata'] }
      const result = await aleph.storage.store('Content with metadata', { ...options, metadata })
      await aleph.storage.store('Inhalt', { ...options, metadata: { ...metadata, language: 'de' } })
      const documents = await aleph.storage.query({ metadata: { language: 'en', version: '1.0' }, limit: 10 })
      const lines: string[] = []
      documents.forEach(doc => lines.push(`${doc.item_hash}: ${String(doc.metadata.title)}`))
      deepEqual(lines, [`${result.item_hash}: Example Document`])
    })
  })

  describe('Use Cases', () => {
    it('NFT Metadata Storage: behind an address that gives the metadata itself', async () => {
      const nftMetadata = {
        name: 'Cosmic Creature #123',
        image: 'ipfs://QmImageHash123',
        attributes: [{ trait_type: 'Background', value: 'Space' }],
      }
      const tags = ['nft', 'metadata', 'cosmic-creatures']
      const wrapped = await aleph.storage.store(nftMetadata, { account, tags })
      deepEqual((await aleph.storage.get(wrapped.item_hash)).content, nftMetadata)
      // `…/messages/HASH` answers with a status and an envelope. What readers of NFTs expect is under `/content`, of a
      // value that was stored raw.
      const raw = await aleph.storage.store(nftMetadata, { account, tags, raw: true })
      const response = await fetch(`${node().url}/api/v0/messages/${raw.item_hash}/content`)
      deepEqual(await response.json(), { ...nftMetadata, tags })
    })

    it('User Profile System: create, update, search', async () => {
      const profile = {
        username: 'johndoe',
        displayName: 'John Doe',
        links: { github: 'https://github.com/johndoe' },
        createdAt: testDate,
      }
      const profileResult = await aleph.aggregate.create('profiles', profile, { account, key: 'johndoe' })
      equal(profileResult.key, 'johndoe')
      const current = (await aleph.aggregate.get('profiles', 'johndoe')) as typeof profile
      const links = { ...current.links, website: 'https://johndoe.com' }
      await aleph.aggregate.update('profiles', 'johndoe', { ...current, links, updatedAt: testDate }, { account })
      await aleph.aggregate.create('profiles', { username: 'kid', displayName: 'Kid' }, { account, key: 'kid' })
      const profiles = await aleph.aggregate.query('profiles', {
        where: { $or: [{ username: { $regex: 'john' } }, { displayName: { $regex: 'John' } }] },
        limit: 10,
      })
      deepEqual(
        profiles.map(({ username, displayName }) => `${String(username)}: ${String(displayName)}`),
        ['johndoe: John Doe'],
      )
      deepEqual(profiles[0]?.links, links)
    })

    it('Decentralized Content Management: the newest posts, and those with a tag', async () => {
      for (const [i, status] of ['published', 'draft', 'published'].entries()) {
        const tags = i === 2 ? ['aleph', 'tutorial', 'blockchain'] : ['aleph']
        const post = { title: `Part ${i}`, author: 'johndoe', tags, createdAt: testDate + i, status }
        const { key } = await aleph.aggregate.create('blog-posts', post, { account, key: `post-${testDate + i}` })
        equal(key, `post-${testDate + i}`)
      }
      const recentPosts = await aleph.aggregate.query('blog-posts', {
        where: { status: 'published' },
        sort: { createdAt: -1 },
        limit: 10,
      })
      deepEqual(
        recentPosts.map(post => post.title),
        ['Part 2', 'Part 0'],
      )
      const taggedPosts = await aleph.aggregate.query('blog-posts', {
        where: { status: 'published', tags: { $in: ['tutorial'] } },
        limit: 10,
      })
      deepEqual(
        taggedPosts.map(post => (post.tags as string[]).join(', ')),
        ['aleph, tutorial, blockchain'],
      )
    })
  })

  describe('Best Practices', () => {
    it('Use Namespaces: a prefix of the collection', async () => {
      await aleph.aggregate.create('myapp/users', { name: 'John' }, { account, key: 'john' })
      deepEqual(await aleph.aggregate.get('myapp/users', 'john'), { name: 'John' })
    })

    it('Batch Operations: many values in one call', async () => {
      const results = await aleph.batch([{ store: 'one' }, { store: 'two' }, { store: undefined }])
      deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected'],
      )
    })
  })

  describe('Troubleshooting', () => {
    it('Message Not Found: says so', async () => {
      await rejects(aleph.storage.get('NonExistentHash'), { message: 'Message not found' })
    })

    it('Rate Limiting: after tries of our own, an error with the status of the answer', async () => {
      const storm = node().faults.add('429 method=POST path=/api/v0/messages')
      try {
        await aleph.storage.store('Hello, World!', { account })
        ok(false, 'a node that only refuses takes nothing')
      } catch (error) {
        ok(isAlephError(error, 'RATE_LIMITED'))
        equal(error.response?.status, 429)
      } finally {
        storm.remove()
      }
    })

    it('Large File Uploads: chunks and a manifest by hand, read as one file', async () => {
      const bytes = new Uint8Array(12 * 1024 * 1024).map((_, i) => i % 251)
      const file = new File([bytes], 'video, part 1.mp4', { type: 'video/mp4' })
      const chunkSize = 5 * 1024 * 1024
      const totalChunks = Math.ceil(file.size / chunkSize)
      const fileHashes: string[] = []
      for (let i = 0; i < totalChunks; i++) {
        const chunk = file.slice(i * chunkSize, Math.min(file.size, (i + 1) * chunkSize))
        // A comma in a tag could never be searched for, so it is refused; the guide would put the name there.
        const options = { account, filename: `${file.name}.part${i}`, tags: ['chunk', 'file-video'] }
        fileHashes.push((await aleph.storage.storeFile(chunk, options)).item_hash)
      }
      const manifest = {
        filename: file.name,
        mimetype: file.type,
        size: file.size,
        chunks: fileHashes,
        totalChunks,
      }
      const { item_hash } = await aleph.storage.store(manifest, { account, tags: ['manifest', 'file-video'] })
      const joined = await aleph.storage.getFile(item_hash)
      deepEqual([joined.name, joined.type, joined.size], [file.name, file.type, file.size])
      ok(Buffer.from(await joined.arrayBuffer()).equals(bytes))
    })

    it('Large File Uploads: or all of it by one call', async () => {
      const bytes = new Uint8Array(12 * 1024 * 1024).map((_, i) => i % 241)
      const file = new File([bytes], 'video.mp4', { type: 'video/mp4' })
      const { item_hash } = await aleph.storage.storeFile(file, { account, chunkSize: 5 * 1024 * 1024 })
      const joined = await aleph.storage.getFile(item_hash)
      deepEqual([joined.name, joined.type], [file.name, file.type])
      ok(Buffer.from(await joined.arrayBuffer()).equals(bytes))
    })
  })

  it('does not need a browser: a key does as well', async () => {
    const own = await ETHAccount.fromPrivateKey(developmentKey(3))
    const client = new AlephHttpClient({ endpoints: node().url, account: own, clock })
    equal(await client.ethereum.connect(), own)
  })
})
