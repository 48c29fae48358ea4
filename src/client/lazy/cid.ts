// Loaded at first use: the CIDv0 that nodes compute for a file (protocol §6.3), hashed while the bytes pass by.
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'

/** Takes the bytes of one file in order. `update` resolves when more may come; `digest` gives the CIDv0 and ends it. */
export interface CidHasher {
  update(chunk: Uint8Array): Promise<void>
  digest(): Promise<string>
}

export function createCidHasher(): CidHasher {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  // Blocks are not kept: only the hash of the last one, the root, is wanted.
  const blockstore = { put: (cid: unknown) => cid }
  const root = (async () => {
    let cid = ''
    const entries = importer([{ content: readable as AsyncIterable<Uint8Array> }], blockstore as never, {
      cidVersion: 0,
      rawLeaves: false,
      chunker: fixedSize({ chunkSize: 262_144 }),
      layout: balanced({ maxChildrenPerNode: 174 }),
      wrapWithDirectory: false,
    })
    for await (const entry of entries) cid = entry.cid.toString()
    return cid
  })()
  root.catch(() => undefined) // reported by digest()
  return {
    update: chunk => writer.write(chunk),
    async digest() {
      await writer.close()
      return root
    },
  }
}
