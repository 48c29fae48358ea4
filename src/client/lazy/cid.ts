// Loaded at first use: the CID that nodes compute for a file (protocol §6.3), hashed while the bytes pass by.
import { importer } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'

/** Takes the bytes of one file in order. `update` resolves when more may come; `digest` gives the CID and ends it. */
export interface CidHasher {
  update(chunk: Uint8Array): Promise<void>
  digest(): Promise<string>
}

/** Version 0, which nodes give to uploads; or 1, a tree with raw leaves. */
export function createCidHasher(cidVersion: 0 | 1 = 0): CidHasher {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  // Blocks are not kept: only the hash of the last one, the root, is wanted.
  const blockstore = { put: (cid: unknown) => cid }
  const root = (async () => {
    let cid = ''
    const entries = importer([{ content: readable as AsyncIterable<Uint8Array> }], blockstore as never, {
      cidVersion,
      rawLeaves: cidVersion === 1,
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

/** The same CID in the letters of version 1. */
export const toCidV1 = (cid: string): string => CID.parse(cid).toV1().toString()
