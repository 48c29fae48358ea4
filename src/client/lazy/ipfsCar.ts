// Loaded at first use: one file out of a CAR that nobody vouches for. Every block is hashed, the tree is walked from the
// CID that was asked for, and what is kept meanwhile is bounded; so a gateway can fail, but not deceive.
import { asyncIterableReader, readBlockHead, readHeader } from '@ipld/car/decoder'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { walkPath } from 'ipfs-unixfs-exporter'
import { equals, toHex } from 'multiformats/bytes'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { identity } from 'multiformats/hashes/identity'
import { sha256 } from 'multiformats/hashes/sha2'
import { AlephError, integrityError, invalidInput, isAlephError } from '../errors.js'
import { sha256Bytes } from '../node/hash.js'

/** What IPFS implementations exchange at most. */
const maxBlockBytes = 2 * 1024 * 1024
/** Of blocks that came before they were needed. */
const earlyBytes = 32 * 1024 * 1024
/** Of blocks that may be needed again, because several links name the same piece. */
const usedBytes = 16 * 1024 * 1024
/** More than what is used, a gateway may send this much; beyond it, it is not sending the file. */
const spareBytes = 64 * 1024 * 1024
/** What a block costs in memory beside its bytes. */
const blockOverhead = 256
/** 174 links a node reach 10¹⁵ bytes in five levels. */
const maxDepth = 32
const maxSegments = 100
/** The only width of sharded folders in use; others can keep the walk from ending. */
const shardWidth = 256n

export interface CarFile {
  sizeBytes: number
  /** The verified bytes, once. */
  chunks: AsyncGenerator<Uint8Array, void, undefined>
}

/** The CID that a text stands for, if it is one of a kind that can be verified here. Throws `INVALID_INPUT`. */
export function parseCid(text: string): CID {
  let cid: CID
  try {
    cid = CID.parse(text)
  } catch (cause) {
    throw new AlephError('INVALID_INPUT', `“${text}” is not a CID: a letter of it is wrong or missing.`, { cause })
  }
  const isKnown = isKnownHash(cid) && (cid.code === dagPb.code || cid.code === raw.code)
  if (!isKnown) throw invalidInput(`${text} is a CID of a kind that is no file: only UnixFS with sha2-256 can be read.`)
  return cid
}

/**
 * The file at `path` below `root` as it comes in the CAR `body`. Throws `INTEGRITY` for whatever does not fit the CID,
 * and what the verified blocks themselves say: `INVALID_INPUT` for a folder, `NOT_FOUND` for a path that is not in it,
 * `TOO_LARGE`. A broken connection throws what the body throws.
 */
export async function openCarFile(
  body: AsyncIterable<Uint8Array>,
  root: CID,
  path: readonly string[],
  maxBytes: number,
): Promise<CarFile> {
  const blocks = new CarBlocks(body)
  try {
    const cid = await blocks.guarded(() => resolvePath(blocks, root, path))
    const sizeBytes = await blocks.guarded(() => fileSize(blocks, cid))
    if (sizeBytes > maxBytes)
      throw new AlephError('TOO_LARGE', `File ${cid.toString()} is larger than ${maxBytes} bytes.`, {
        details: { file_hash: cid.toString(), maxBytes },
      })
    return { sizeBytes: Number(sizeBytes), chunks: guardedChunks(blocks, fileBytes(blocks, cid, sizeBytes, 0)) }
  } catch (error) {
    throw blocks.told(error)
  }
}

async function* guardedChunks(
  blocks: CarBlocks,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks
  } catch (error) {
    throw blocks.told(error)
  }
}

/** Blocks by CID out of a stream that is read no further than needed. */
class CarBlocks {
  readonly #reader: ReturnType<typeof asyncIterableReader>
  readonly #early = new Kept(earlyBytes)
  readonly #used = new Kept(usedBytes)
  #receivedBytes = 0
  #usedBytes = 0
  #hasHeader = false
  #bodyError: unknown

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#reader = bounded(asyncIterableReader(this.#noting(body)))
  }

  async get(cid: CID): Promise<Uint8Array> {
    if (cid.multihash.code === identity.code) return cid.multihash.digest
    if (!isKnownHash(cid)) throw integrityError(`A link leads to ${cid.toString()}, whose hash is not of a known kind.`)
    const key = toHex(cid.multihash.digest)
    let block = this.#used.take(key) ?? this.#early.take(key)
    while (!block) {
      const next = await this.#next()
      if (!next) throw integrityError(`Block ${cid.toString()} is missing in what the gateway sent.`)
      if (next.key === key) block = next.block
      else if (!this.#used.has(next.key)) this.#early.add(next.key, next.block)
    }
    this.#usedBytes += block.length + blockOverhead
    this.#used.add(key, block)
    return block
  }

  async guarded<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      throw this.told(error)
    }
  }

  /** What the libraries throw means that the bytes are not what they should be, unless the connection broke. */
  told(error: unknown): unknown {
    if (this.#bodyError !== undefined) return this.#bodyError
    if (isAlephError(error)) return error
    return new AlephError('INTEGRITY', 'What the gateway sent is not a CAR file with a UnixFS tree.', { cause: error })
  }

  async #next(): Promise<{ key: string; block: Uint8Array } | undefined> {
    if (!this.#hasHeader) {
      await readHeader(this.#reader, 1)
      this.#hasHeader = true
    }
    for (;;) {
      if ((await this.#reader.upTo(8)).length === 0) return undefined
      const { cid, length, blockLength } = await readBlockHead(this.#reader)
      const block = await this.#reader.exactly(blockLength, true)
      this.#receivedBytes += length + blockOverhead
      if (this.#receivedBytes > 2 * this.#usedBytes + spareBytes)
        throw integrityError('The gateway sends blocks that do not belong to the file.')
      if (cid.multihash.code === identity.code) continue
      const isRight = isKnownHash(cid) && equals(sha256Bytes(block), cid.multihash.digest)
      if (!isRight) throw integrityError(`The gateway sent other bytes as block ${cid.toString()}: their hash differs.`)
      return { key: toHex(cid.multihash.digest), block }
    }
  }

  async *#noting(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body
    } catch (error) {
      this.#bodyError = error
      throw error
    }
  }
}

/** Blocks up to so many bytes; what was added first goes first. */
class Kept {
  readonly #blocks = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(readonly limitBytes: number) {}

  has(key: string): boolean {
    return this.#blocks.has(key)
  }

  take(key: string): Uint8Array | undefined {
    const block = this.#blocks.get(key)
    if (block && this.#blocks.delete(key)) this.#bytes -= block.length + blockOverhead
    return block
  }

  add(key: string, block: Uint8Array): void {
    this.take(key)
    this.#blocks.set(key, block)
    this.#bytes += block.length + blockOverhead
    for (const oldest of this.#blocks.keys()) {
      if (this.#bytes <= this.limitBytes) break
      this.take(oldest)
    }
  }
}

/** The library waits for as many bytes as a length says. */
function bounded(reader: ReturnType<typeof asyncIterableReader>): ReturnType<typeof asyncIterableReader> {
  return {
    upTo: length => reader.upTo(length),
    exactly(length, seek) {
      if (!(length >= 0 && length <= maxBlockBytes))
        throw integrityError(`The gateway sent a block of ${length} bytes; ${maxBlockBytes} are allowed.`)
      return reader.exactly(length, seek)
    },
    seek: length => reader.seek(length),
    get pos() {
      return reader.pos
    },
  }
}

const isKnownHash = ({ multihash: { code, size } }: CID): boolean =>
  code === identity.code || (code === sha256.code && size === 32)

/** One name at a time: given a whole path, the library takes what follows a file for the file. */
async function resolvePath(blocks: CarBlocks, root: CID, path: readonly string[]): Promise<CID> {
  if (path.length > maxSegments) throw invalidInput('The path has too many names.')
  // What the library asks for is one block, as an iterable of its pieces.
  const blockstore = {
    async *get(cid: CID) {
      const block = await blocks.get(cid)
      if (cid.code === dagPb.code) assertShardWidth(block)
      yield block
    },
  }
  let cid = root
  for (const name of path) {
    const entries: CID[] = []
    try {
      for await (const entry of walkPath(`${cid.toString()}/${name}`, blockstore as never)) entries.push(entry.cid)
    } catch (error) {
      if ((error as Error).name !== 'NotFoundError') throw error
    }
    const found = entries[1]
    if (!found)
      throw new AlephError('NOT_FOUND', `${root.toString()} has no “${path.join('/')}”.`, {
        details: { cid: root.toString(), path: path.join('/') },
      })
    cid = found
  }
  return cid
}

function assertShardWidth(block: Uint8Array): void {
  const { Data } = dagPb.decode(block)
  const unixfs = Data && UnixFS.unmarshal(Data)
  if (unixfs?.type === 'hamt-sharded-directory' && unixfs.fanout !== shardWidth)
    throw integrityError('The folder is sharded in a way that is not known.')
}

function fileNode(block: Uint8Array): { unixfs: UnixFS; links: readonly { Hash: CID }[] } {
  const { Data, Links } = dagPb.decode(block)
  if (!Data) throw integrityError('A node of the tree is not UnixFS.')
  return { unixfs: UnixFS.unmarshal(Data), links: Links }
}

async function fileSize(blocks: CarBlocks, cid: CID): Promise<bigint> {
  const block = await blocks.get(cid)
  if (cid.code === raw.code) return BigInt(block.length)
  if (cid.code !== dagPb.code) throw invalidInput(`${cid.toString()} is no file.`)
  const { unixfs } = fileNode(block)
  if (unixfs.isDirectory())
    throw invalidInput(`${cid.toString()} is a folder; name a file in it with the option “path”.`)
  if (unixfs.type !== 'file' && unixfs.type !== 'raw')
    throw invalidInput(`${cid.toString()} is no file but of the UnixFS type ${unixfs.type}.`)
  return unixfs.fileSize()
}

/** The bytes below a node, which must be as many as its parent said. */
async function* fileBytes(
  blocks: CarBlocks,
  cid: CID,
  sizeBytes: bigint,
  depth: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (depth > maxDepth) throw integrityError('The tree of the file is too deep.')
  const block = await blocks.get(cid)
  if (cid.code === raw.code) {
    if (BigInt(block.length) !== sizeBytes) throw wrongSize()
    if (block.length) yield block
    return
  }
  if (cid.code !== dagPb.code) throw integrityError('A link of the file leads to something that is no file.')
  const { unixfs, links } = fileNode(block)
  if (unixfs.type !== 'file' && unixfs.type !== 'raw') throw integrityError('A link of the file leads to no file.')
  if (unixfs.fileSize() !== sizeBytes || links.length !== unixfs.blockSizes.length) throw wrongSize()
  if (unixfs.data?.length) yield unixfs.data
  for (const [i, link] of links.entries()) {
    const size = unixfs.blockSizes[i] as bigint
    // Every step must give bytes, else a small tree could be walked for ever.
    if (size <= 0n) throw wrongSize()
    yield* fileBytes(blocks, link.Hash, size, depth + 1)
  }
}

const wrongSize = () => integrityError('The sizes in the tree of the file contradict each other.')
