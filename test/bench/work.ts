// One measured piece of work, run in a process of its own so that its peak memory is its own.
// Usage: work.mjs NAME JSON; prints one line of JSON.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import type * as Cid from '../../src/client/lazy/cid.js'
import type { Context } from '../../src/client/context.js'
import type * as Client from '../../src/client/index.js'
import type * as Encryption from '../../src/client/lazy/encryption.js'
import { developmentAddresses } from '../../src/core/developmentAccounts.js'
import { Format } from '../../src/core/format.js'
import { Lists } from '../../src/core/lists.js'
import type { Network } from '../../src/core/network.js'
import type { ListName, ListNode } from '../../src/core/nodes.js'
import type { Session } from '../../src/core/session.js'
import type { StorageClient } from '../../src/core/storageClient.js'
import { ListTree } from '../../src/views/listTree.js'
import { TreeItems } from '../../src/views/treeItems.js'
import { developmentKey } from '../helpers/accounts.js'
import { publish, signed } from '../helpers/signed.js'
import { longer, watched, type Stall } from './stall.js'

export interface Job {
  /** URL of the node. */
  url: string
  /** Files to send, or names to write. */
  files: string[]
  /** Message or file hashes to fetch. */
  hashes: string[]
  engine: 'storage' | 'ipfs'
  /** Bytes; a file is cut into chunks of this size. */
  chunkSize: number
  count: number
  channel: string
  list: ListName
}

export interface Measured {
  seconds: number
  /** Peak resident memory above that before the work, in MiB. */
  memoryMiB: number
  /** What later jobs need: hashes. */
  result: string[]
}

const dist = (name: string) => pathToFileURL(join(process.cwd(), 'dist', name)).href

async function aleph(url: string): Promise<Client.AlephHttpClient> {
  // The platform loads `fetch` at its first use; an editor has used it long before.
  await (await fetch(`${url}/api/v0/version`)).text()
  const client = (await import(dist('client.mjs'))) as typeof Client
  return new client.AlephHttpClient({
    endpoints: url,
    account: await client.ETHAccount.fromPrivateKey(developmentKey(0)),
  })
}

/** What sealing for oneself needs of a client. */
async function sealing() {
  const { ETHAccount } = (await import(dist('client.mjs'))) as typeof Client
  const account = await ETHAccount.fromPrivateKey(developmentKey(0))
  return { account, context: { account, contacts: {} } as unknown as Context }
}

/** Prepares, then gives the work itself to be measured. */
const works: Record<string, (job: Job) => Promise<() => Promise<string[]>>> = {
  async 'upload by client'({ url, files, engine, chunkSize }) {
    const { storage } = await aleph(url)
    const options = { engine, ...(chunkSize ? { chunkSize } : {}) }
    return async () => {
      const hashes: string[] = []
      for (const file of files) hashes.push((await storage.storeFile(file, options)).item_hash)
      return hashes
    }
  },

  async 'upload by fetch'({ url, files, engine }) {
    return async () => {
      for (const file of files) {
        const form = new FormData()
        form.append('file', await openAsBlob(file), 'file')
        const response = await fetch(`${url}/api/v0/${engine}/add_file`, { method: 'POST', body: form })
        if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
        await response.text()
      }
      return []
    }
  },

  async 'download by client'({ url, files, hashes }) {
    const { storage } = await aleph(url)
    return async () => {
      for (const [i, hash] of hashes.entries()) await storage.downloadTo(hash, files[i] as string)
      return []
    }
  },

  async 'download by fetch'({ url, files, hashes }) {
    return async () => {
      for (const [i, hash] of hashes.entries()) {
        const response = await fetch(`${url}/api/v0/storage/raw/${hash}`)
        if (!response.body) throw new Error(String(response.status))
        await pipeline(Readable.fromWeb(response.body as never), createWriteStream(files[i] as string))
      }
      return []
    }
  },

  async 'CIDv0 by client'({ files }) {
    const { createCidHasher } = (await import(dist('lazy/cid.mjs'))) as typeof Cid
    return async () => {
      const cids: string[] = []
      for (const file of files) {
        const hasher = createCidHasher()
        for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }))
          await hasher.update(chunk as Uint8Array)
        cids.push(await hasher.digest())
      }
      return cids
    }
  },

  async 'CIDv0 by ipfs-unixfs-importer'({ files }) {
    const { importer } = await import('ipfs-unixfs-importer')
    const { fixedSize } = await import('ipfs-unixfs-importer/chunker')
    const { balanced } = await import('ipfs-unixfs-importer/layout')
    return async () => {
      const cids: string[] = []
      for (const file of files) {
        const content = createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>
        const options = {
          cidVersion: 0 as const,
          rawLeaves: false,
          chunker: fixedSize({ chunkSize: 262_144 }),
          layout: balanced({ maxChildrenPerNode: 174 }),
          wrapWithDirectory: false,
        }
        for await (const { cid } of importer([{ content }], { put: (cid: unknown) => cid } as never, options))
          cids.push(cid.toString())
      }
      return cids
    }
  },

  async 'folder by client'({ url, files }) {
    const { ipfs } = await aleph(url)
    return async () => {
      const cids: string[] = []
      for (const path of files) cids.push((await ipfs.addFolder(path)).cid)
      return cids
    }
  },

  async 'encrypt by client'({ files }) {
    const { sealFile } = (await import(dist('lazy/encryption.mjs'))) as typeof Encryption
    const { account, context } = await sealing()
    return async () => {
      const paths: string[] = []
      for (const path of files) {
        const { size } = await stat(path)
        const read = () => createReadStream(path, { highWaterMark: 1 << 19 }) as AsyncIterable<Uint8Array>
        const file = { name: 'noise', type: undefined, sizeBytes: size, read }
        paths.push((await sealFile(context, file, 'self', { account, filename: 'noise', mimetype: 'x/y' })).path)
      }
      return paths
    }
  },

  async 'encrypt by age-encryption'({ files }) {
    const { Encrypter, generateX25519Identity, identityToRecipient } = await import('age-encryption')
    const recipient = await identityToRecipient(await generateX25519Identity())
    return async () => {
      for (const path of files) {
        const encrypter = new Encrypter()
        encrypter.addRecipient(recipient)
        const source = Readable.toWeb(createReadStream(path, { highWaterMark: 1 << 19 })) as ReadableStream<Uint8Array>
        const sealed = await encrypter.encrypt(source)
        await pipeline(Readable.fromWeb(sealed as never), createWriteStream(`${path}.age`))
      }
      return files.map(path => `${path}.age`)
    }
  },

  async 'decrypt by client'({ files }) {
    const { openSealed } = (await import(dist('lazy/encryption.mjs'))) as typeof Encryption
    const { context } = await sealing()
    return async () => {
      let bytes = 0
      for (const path of files)
        for await (const chunk of openSealed(context, createReadStream(path, { highWaterMark: 1 << 19 }), true))
          bytes += chunk.length
      return [String(bytes)]
    }
  },

  async 'publish by client'({ url, count }) {
    const { storage } = await aleph(url)
    return async () => {
      for (let i = 0; i < count; i++) await storage.store({ n: i }, { channel: 'bench' })
      return []
    }
  },

  async 'publish by ethers and fetch'({ url, count }) {
    const { Wallet } = await import('ethers')
    const wallet = new Wallet(developmentKey(1))
    return async () => {
      for (let i = 0; i < count; i++) {
        const time = Date.now() / 1000 + i / 1000
        const item_content = JSON.stringify({ address: wallet.address, time, type: 'bench', content: { n: i } })
        const head = {
          chain: 'ETH',
          sender: wallet.address,
          type: 'POST',
          item_hash: createHash('sha256').update(item_content).digest('hex'),
        }
        const signature = await wallet.signMessage(Object.values(head).join('\n'))
        const message = { ...head, channel: 'bench', time, item_type: 'inline', item_content, signature }
        const body = JSON.stringify({ sync: true, message })
        const response = await fetch(`${url}/api/v0/messages`, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        })
        if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
        await response.text()
      }
      return []
    }
  },

  async 'list by fetch'({ url, count }) {
    return async () => {
      for (let i = 0; i < count; i++)
        await (await fetch(`${url}/api/v0/messages.json?channels=bench&pagination=20&cursor=`)).arrayBuffer()
      return []
    }
  },

  /** Every message, verified, in pages of 200; the result is the rows and the longest stall in ms, as below. */
  async 'list by client'({ url, channel, count }) {
    const { messages } = await aleph(url)
    return async () => {
      let rows = 0
      const { stall } = await watched(async () => {
        const filter = { types: ['POST'], ...(channel === undefined ? {} : { channels: [channel] }) }
        for await (const { error } of messages.list(filter, { pageSize: 200 })) {
          if (error) throw error
          rows++
        }
      })
      if (rows !== count) throw new Error(`The list has ${rows} rows instead of ${count}.`)
      return stalls({ longest: stall })
    }
  },

  /** Elements of one aggregate, each of which sets one of ten entries. */
  async 'publish elements'({ url, count }) {
    const messages = Array.from({ length: count }, (_, n) =>
      signed('AGGREGATE', { key: 'bench', content: { [`k${n % 10}`]: { n, text: 'what an entry holds' } } }),
    )
    return async () => {
      for (const message of messages) {
        const { status } = await publish(url, message)
        if (status !== 200) throw new Error(String(status))
      }
      return []
    }
  },

  /** Every revision, verified; the result is the longest stall in ms, as above. */
  async 'history by client'({ url, count }) {
    const { aggregate } = await aleph(url)
    return async () => {
      let revisions = 0
      const { stall } = await watched(async () => {
        for await (const { error } of aggregate.history('bench')) {
          if (error) throw error
          revisions++
        }
      })
      if (revisions !== count) throw new Error(`The history has ${revisions} revisions instead of ${count}.`)
      return stalls({ longest: stall })
    }
  },

  /** A query of `count` documents; the result is its seconds from the moment that the answer is read, and stalls in ms. */
  async 'query by client'({ count }) {
    const client = (await import(dist('client.mjs'))) as typeof Client
    const body = JSON.stringify({ address: owner, data: { bench: Object.fromEntries(documents(count)) } })
    const aleph = new client.AlephHttpClient({
      endpoints: 'http://127.0.0.1:1',
      fetch: () => Promise.resolve(new Response(body)),
    })
    const query = async () => {
      // The client parses the answer last of what belongs to the download.
      let readMs = 0
      const { parse } = JSON
      JSON.parse = (text: string) => {
        const value: unknown = parse(text)
        readMs = performance.now()
        return value
      }
      try {
        const { result, stall } = await watched(() => aleph.aggregate.query('bench', { owner, where, sort }))
        return { found: result.length, seconds: (performance.now() - readMs) / 1000, stall }
      } finally {
        JSON.parse = parse
      }
    }
    return async () => {
      const { found, seconds, stall } = await query()
      return [String(seconds), String(found), ...stalls({ 'with the parsing': stall })]
    }
  },

  /** The same on documents that are read already. */
  async 'query by mingo'({ count }) {
    const { Query } = await import('mingo/query')
    const { Context } = await import('mingo')
    const query = await import('mingo/operators/query')
    const all = documents(count).map(([, document]) => document)
    const options = { context: Context.init({ query: query as never }) }
    return async () => [String(new Query(where, options).find(all).sort(sort).all().length)]
  },

  /** The rows of a view, page by page as somebody loads them, each shown at once; then every folder opened. */
  async 'list by view'({ url, list, count }) {
    const client = (await aleph(url)) as unknown as StorageClient
    const network: Network = { id: 'bench', name: 'bench', endpoints: [url], isDevelopment: true }
    const account = { address: developmentAddresses[0], name: 'bench', kind: 'address' }
    const session = {
      account,
      network,
      onDidChange: () => ({ dispose: () => undefined }),
      start: () => Promise.resolve(),
    }
    const nodes = new Lists(session as unknown as Session, () => client).byName(list)
    const items = new TreeItems(
      new Format('en'),
      () => Date.now() / 1000,
      () => false,
      () => false,
    )
    const tree = new ListTree(nodes, items)
    return async () => {
      const none = { wallMs: 0, cpuMs: 0 }
      const longest = { children: none, items: none }
      /** What VS Code does with the children of a node. */
      const show = async (children: () => ListNode[] | Promise<ListNode[]>) => {
        const folded = await watched(children)
        longest.children = longer(longest.children, folded.stall)
        const shown = await watched(() => folded.result.map(node => tree.getTreeItem(node)))
        longest.items = longer(longest.items, shown.stall)
        return folded.result
      }
      const first = await watched(() => nodes.roots())
      let later = none
      let roots = await show(() => nodes.roots())
      while (roots.at(-1)?.kind === 'more') {
        later = longer(later, (await watched(() => nodes.more())).stall)
        roots = await show(() => nodes.roots())
      }
      let files = 0
      for (const waiting = roots; waiting.length;) {
        const node = waiting.pop() as ListNode
        if (node.kind !== 'folder') files++
        else waiting.push(...(await show(() => nodes.children(node))))
      }
      if (files !== count) throw new Error(`The list has ${files} rows instead of ${count}.`)
      return stalls({ 'first page': first.stall, 'later pages': later, ...longest })
    }
  },
}

const [owner = ''] = developmentAddresses
const where = { status: 'published', $or: [{ views: { $gte: 250 } }, { tags: { $in: ['tutorial'] } }] }
const sort = { createdAt: -1, title: 1 } as const
/** Entries of a collection; about two thirds of them match `where`, and four share each time. */
const documents = (count: number) =>
  Array.from({ length: count }, (_, n): [string, object] => [
    `post-${n}`,
    {
      title: `Post ${(n * 7919) % count}`,
      author: { name: `author ${n % 100}` },
      tags: [n % 3 ? 'aleph' : 'tutorial', 'blockchain'],
      createdAt: 1_700_000_000_000 + ((n * 104_729) % (count / 4)),
      status: n % 10 ? 'published' : 'draft',
      views: n % 1000,
    },
  ])

const stalls = (by: Record<string, Stall>) =>
  Object.entries(by).map(([what, { wallMs, cpuMs }]) => `${what} ${Math.round(wallMs)} (${Math.round(cpuMs)})`)

const [name = '', job = '{}'] = process.argv.slice(2)
const work = await works[name]?.(JSON.parse(job) as Job)
if (!work) throw new Error(`No work is called ${name}.`)
globalThis.gc?.()
const baseMiB = process.memoryUsage().rss / 1024 ** 2
const startMs = performance.now()
const result = await work()
const seconds = (performance.now() - startMs) / 1000
const memoryMiB = process.resourceUsage().maxRSS / 1024 - baseMiB
process.stdout.write(`${JSON.stringify({ seconds, memoryMiB, result } satisfies Measured)}\n`)
process.exit(0)
