// An IPFS gateway for tests: answers from blocks in memory as a CAR, and lies in any way a test wants.
import { CarWriter } from '@ipld/car/writer'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { importer } from 'ipfs-unixfs-importer'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Block {
  cid: CID
  bytes: Uint8Array
}

/** Blocks by the text of their CID, in the order in which they were made. */
export class Blocks extends Map<string, Uint8Array> {
  put(cid: CID, bytes: Uint8Array): CID {
    this.set(cid.toString(), bytes)
    return cid
  }

  /** A node of the test's own making. */
  async node(node: Parameters<typeof dagPb.prepare>[0]): Promise<CID> {
    const bytes = dagPb.encode(dagPb.prepare(node))
    return this.put(CID.createV0((await sha256.digest(bytes)) as never), bytes)
  }

  async raw(bytes: Uint8Array): Promise<CID> {
    return this.put(CID.createV1(raw.code, await sha256.digest(bytes)), bytes)
  }

  /** Imports files as the library does; gives the root. */
  async add(files: { path?: string; content: Uint8Array }[], options: Record<string, unknown> = {}): Promise<CID> {
    const store = { put: (cid: CID, bytes: Uint8Array) => this.put(cid, bytes) }
    let root: CID | undefined
    for await (const entry of importer(files as never, store as never, options)) root = entry.cid
    return root as CID
  }

  /** All below a CID, depth first, each time it is linked. */
  below(cid: CID): Block[] {
    const bytes = this.get(cid.toString())
    if (!bytes) return []
    const links = cid.code === raw.code ? [] : dagPb.decode(bytes).Links
    return [{ cid, bytes }, ...links.flatMap(link => this.below(link.Hash))]
  }
}

export async function carOf(root: CID, blocks: Iterable<Block>): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create(root)
  const done = (async () => {
    for (const block of blocks) await writer.put(block as never)
    await writer.close()
  })()
  const parts: Uint8Array[] = []
  for await (const part of out) parts.push(part)
  await done
  return Buffer.concat(parts)
}

export type Answer = (request: IncomingMessage, response: ServerResponse, gateway: Gateway) => void | Promise<void>

/** A CAR of these blocks. */
export const sends =
  (root: CID, blocks: Iterable<Block>): Answer =>
  async (_, response) =>
    void response.end(await carOf(root, blocks))

export const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end(body)

export class Gateway {
  readonly #server: Server
  readonly requests: { url: string; accept: string | undefined }[] = []

  private constructor(answer: Answer) {
    this.#server = createServer((request, response) => {
      this.requests.push({ url: request.url ?? '', accept: request.headers.accept })
      void Promise.resolve(answer(request, response, this)).catch(() => response.destroy())
    })
  }

  static async start(answer: Answer): Promise<Gateway> {
    const gateway = new Gateway(answer)
    gateway.#server.listen(0, '127.0.0.1')
    await once(gateway.#server, 'listening')
    return gateway
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/ipfs/`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

export { UnixFS }
