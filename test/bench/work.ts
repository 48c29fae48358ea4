// One measured piece of work, run in a process of its own so that its peak memory is its own.
// Usage: work.mjs NAME JSON; prints one line of JSON.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import type * as Cid from '../../src/client/lazy/cid.js'
import type * as Client from '../../src/client/index.js'
import { developmentKey } from '../helpers/accounts.js'

export interface Job {
  /** URL of the node. */
  url: string
  /** Files to send, or names to write. */
  files: string[]
  /** Message or file hashes to fetch. */
  hashes: string[]
  engine: 'storage' | 'ipfs'
  count: number
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
  const client = (await import(dist('client.mjs'))) as typeof Client
  return new client.AlephHttpClient({
    endpoints: url,
    account: await client.ETHAccount.fromPrivateKey(developmentKey(0)),
  })
}

/** Prepares, then gives the work itself to be measured. */
const works: Record<string, (job: Job) => Promise<() => Promise<string[]>>> = {
  async 'upload by client'({ url, files, engine }) {
    const { storage } = await aleph(url)
    return async () => {
      const hashes: string[] = []
      for (const file of files) hashes.push((await storage.storeFile(file, { engine })).item_hash)
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
    const { createCidHasher } = (await import(dist('lazy/cid.cjs'))) as typeof Cid
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

  /** The whole list, verified; the result is the longest time that the event loop stood still, in ms. */
  async 'list by client'({ url, count }) {
    const { messages } = await aleph(url)
    return async () => {
      let longestMs = 0
      let lastMs = performance.now()
      const ticking = setInterval(() => {
        longestMs = Math.max(longestMs, performance.now() - lastMs)
        lastMs = performance.now()
      }, 1)
      let rows = 0
      for await (const { error } of messages.list({ channels: ['bench'] }, { pageSize: 200 })) {
        if (error) throw error
        if (++rows === count) break
      }
      clearInterval(ticking)
      return [String(rows), String(Math.round(longestMs))]
    }
  },
}

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
