// Loaded at first use: the CID that nodes compute for a file (protocol §6.3), hashed while the bytes pass by.
import { UnixFS } from 'ipfs-unixfs'
import { importer, type BufferImporter } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { sha256 } from 'multiformats/hashes/sha2'
import { sha256Bytes } from '../node/hash.js'

/** Takes the bytes of one file in order. `update` resolves when more may come; `digest` gives the CID and ends it. */
export interface CidHasher {
  update(chunk: Uint8Array): Promise<void>
  digest(): Promise<string>
}

/** The importer asks for blocks only to add a mode or time to a file, which nodes do not. */
const notKept = new Uint8Array(0)

export function varint(value: number): number[] {
  const bytes: number[] = []
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value & 0x7f) | 0x80)
  return [...bytes, value]
}

/**
 * The leaves of a version 0 tree, hashed piece by piece: the block around a chunk is never put together, and the chunk
 * is let go at once, where the importer's own keeps 174 of them. A block is `Data` (field 1) of dag-pb around UnixFS of
 * type file (field 1), the bytes (field 2; none in an empty file) and their number (field 3). `onLeaf` gets a block in
 * pieces, and may hold up the reading.
 */
export const leafHasher = (onLeaf?: (cid: CID, pieces: Uint8Array[]) => Promise<void>): BufferImporter =>
  async function* (file) {
    for await (const chunk of file.content) {
      const { length } = chunk
      const data = length ? [0x12, ...varint(length)] : []
      const head = [0x08, 0x02, ...data]
      const tail = Uint8Array.from([0x18, ...varint(length)])
      const before = Uint8Array.from([0x0a, ...varint(head.length + length + tail.length), ...head])
      const cid = CID.createV0(createDigest(sha256.code, sha256Bytes(before, chunk, tail)))
      if (onLeaf) await onLeaf(cid, [before, chunk, tail])
      yield async () => ({
        cid,
        unixfs: new UnixFS({ type: 'file', blockSizes: length ? [BigInt(length)] : [] }),
        size: BigInt(before.length + length + tail.length),
        block: notKept,
      })
    }
  }

/** How nodes cut files and join the pieces (protocol §6.3). */
export const fileSettings = (cidVersion: 0 | 1) => ({
  cidVersion,
  rawLeaves: cidVersion === 1,
  chunker: fixedSize({ chunkSize: 262_144 }),
  layout: balanced({ maxChildrenPerNode: 174 }),
})

/** Version 0, which nodes give to uploads; or 1, a tree with raw leaves. */
export function createCidHasher(cidVersion: 0 | 1 = 0): CidHasher {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  // Blocks are not kept: only the hash of the last one, the root, is wanted.
  const blockstore = { put: (cid: unknown) => cid }
  const root = (async () => {
    let cid = ''
    const entries = importer([{ content: readable as AsyncIterable<Uint8Array> }], blockstore as never, {
      ...fileSettings(cidVersion),
      wrapWithDirectory: false,
      ...(cidVersion === 0 ? { bufferImporter: leafHasher() } : {}),
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
