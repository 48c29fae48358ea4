// Loaded at first use: a folder as a UnixFS directory in a CAR. Its root stands first, so the files are read twice: once
// for the root and the length, once for the blocks; nothing larger than a block is kept, save one hash for each block.
import { createWriter, headerLength } from '@ipld/car/buffer-writer'
import { importer } from 'ipfs-unixfs-importer'
import type { CID } from 'multiformats/cid'
import { slices } from '../message/slices.js'
import { fileChanged, type OpenSource } from '../node/source.js'
import { fileSettings, leafHasher, varint } from './cid.js'

/** A path with slashes; without a file, an empty folder. */
export interface OpenFolderEntry {
  path: string
  file: OpenSource | undefined
}

export interface FolderPlan {
  root: CID
  carBytes: number
  /** CIDs of the files, in order: what the second reading must find again. */
  cids: readonly string[]
}

/** Called with the bytes of files as they are read. */
type OnBytes = (count: number) => void
type Put = (cid: CID, pieces: readonly Uint8Array[]) => Promise<void>

const lengthOf = (pieces: readonly Uint8Array[]) => pieces.reduce((sum, piece) => sum + piece.length, 0)
const sectionLength = (cid: CID, pieces: readonly Uint8Array[]) => cid.byteLength + lengthOf(pieces)

/** The first reading. Throws `INVALID_INPUT` when a file has another size than it had, and `IO`. */
export async function planFolder(entries: readonly OpenFolderEntry[], onBytes: OnBytes): Promise<FolderPlan> {
  let carBytes = 0
  const put: Put = async (cid, pieces) => {
    const length = sectionLength(cid, pieces)
    carBytes += varint(length).length + length
  }
  const { root, cids } = await eachBlock(entries, put, onBytes)
  return { root, carBytes: carBytes + headerLength({ roots: [root] }), cids }
}

/** The second reading: the bytes of the CAR. Throws `INVALID_INPUT` when a file is not what it was at the first. */
export async function* folderCar(
  entries: readonly OpenFolderEntry[],
  plan: FolderPlan,
  onBytes: OnBytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  const roots = [plan.root]
  yield createWriter(new ArrayBuffer(headerLength({ roots })), { roots }).close()
  const { readable, writable } = new TransformStream<readonly Uint8Array[], readonly Uint8Array[]>()
  const writer = writable.getWriter()
  const put: Put = (cid, pieces) =>
    writer.write([Uint8Array.from([...varint(sectionLength(cid, pieces)), ...cid.bytes]), ...pieces])
  const onFile = (cid: string, index: number) => {
    if (cid !== plan.cids[index]) throw fileChanged(entries.filter(({ file }) => file)[index]?.path)
  }
  const writing = eachBlock(entries, put, onBytes, onFile).then(
    () => writer.close(),
    (error: unknown) => writer.abort(error),
  )
  writing.catch(() => undefined) // told by who reads
  for await (const pieces of readable as AsyncIterable<readonly Uint8Array[]>) yield* pieces
  await writing
}

/** Every block once, children before their parents. */
async function eachBlock(
  entries: readonly OpenFolderEntry[],
  put: Put,
  onBytes: OnBytes,
  onFile: (cid: string, index: number) => void = () => undefined,
): Promise<{ root: CID; cids: string[] }> {
  const sent = new Set<string>()
  const putOnce: Put = async (cid, pieces) => {
    const name = cid.toString()
    if (sent.has(name)) return
    sent.add(name)
    await put(cid, pieces)
  }
  const blockstore = {
    put: async (cid: CID, block: Uint8Array) => {
      await putOnce(cid, [block])
      return cid
    },
  }
  const tree = importer(candidates(entries, onBytes), blockstore as never, {
    ...fileSettings(0),
    bufferImporter: leafHasher(putOnce),
    wrapWithDirectory: true,
    // kubo's own: a directory is sharded once names and hashes in it reach 256 KiB.
    shardSplitThresholdBytes: 262_144,
    shardSplitStrategy: 'links-bytes',
    // One after the other: both readings must go the same way.
    fileImportConcurrency: 1,
    blockWriteConcurrency: 1,
  })
  const cids: string[] = []
  let root: CID | undefined
  for await (const { cid, unixfs } of tree) {
    root = cid
    if (unixfs?.isDirectory()) continue
    onFile(cid.toString(), cids.length)
    cids.push(cid.toString())
  }
  return { root: root as CID, cids }
}

/** Files in memory would keep the thread from all else. */
async function* candidates(entries: readonly OpenFolderEntry[], onBytes: OnBytes) {
  const { pause } = slices()
  const onChunk = (count: number) => {
    onBytes(count)
    return pause()
  }
  for (const { path, file } of entries) yield file ? { path, content: counted(file, onChunk) } : { path }
}

async function* counted(file: OpenSource, onChunk: (count: number) => Promise<void>): AsyncGenerator<Uint8Array> {
  for await (const chunk of file.read()) {
    await onChunk(chunk.length)
    yield chunk
  }
}
