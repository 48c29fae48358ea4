// A CAR on disk → what the node keeps of it: the bytes of a file, or a tar of a directory. Every block is hashed and the
// whole tree must be there, as kubo wants it.
import { asyncIterableReader, readBlockHead, readHeader } from '@ipld/car/decoder'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { equals, toHex } from 'multiformats/bytes'
import type { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { sha256Bytes } from '../client/node/hash.js'
import { tarEnd, tarHeader, tarPadding } from './tar.js'

/** The message says what is wrong with it. */
export class InvalidCar extends Error {
  override readonly name = 'InvalidCar'
}

export interface ImportedCar {
  isDirectory: boolean
  /** Of the file; 0 for a directory. */
  sizeBytes: number
  /** Of all blocks of the tree, as their links count them. */
  dagBytes: number
  /** The file, or the tar; to be read once. */
  content: AsyncIterable<Uint8Array>
}

const maxBlockBytes = 2 * 1024 * 1024
const sha2 = 0x12

type Reader = ReturnType<typeof asyncIterableReader>

/** The one root that the header names, as it is spelled. Throws `InvalidCar`. */
export async function readCarRoot(path: string): Promise<string> {
  const stream = createReadStream(path)
  try {
    return (await rootOf(asyncIterableReader(stream))).toString()
  } finally {
    stream.destroy()
  }
}

async function rootOf(reader: Reader): Promise<CID> {
  const length = (await reader.upTo(8))[0] ?? 0
  // Headers with one root are short; a longer varint would be one with many, or no CAR.
  if (length === 0 || length > 127 || (await reader.upTo(length + 1)).length < length + 1)
    throw new InvalidCar('truncated header')
  let roots: CID[]
  try {
    roots = (await readHeader(reader, 1)).roots
  } catch {
    throw new InvalidCar('malformed DAG-CBOR header')
  }
  const [root] = roots
  if (!root || roots.length > 1) throw new InvalidCar(`expected exactly one root, got ${roots.length}`)
  return root
}

/** Throws `InvalidCar` for a block that is not what its CID says, and where one is missing. */
export async function importCar(path: string): Promise<ImportedCar> {
  const stream = createReadStream(path, { highWaterMark: 1 << 18 })
  const places = new Map<string, { offset: number; length: number }>()
  let root: CID
  try {
    const reader = asyncIterableReader(stream)
    root = await rootOf(reader)
    while ((await reader.upTo(8)).length) {
      const { cid, blockLength } = await readBlockHead(reader)
      if (!(blockLength >= 0 && blockLength <= maxBlockBytes)) throw new InvalidCar('block too large')
      const offset = reader.pos
      const block = await reader.exactly(blockLength, true)
      if (cid.multihash.code !== sha2 || !equals(sha256Bytes(block), cid.multihash.digest))
        throw new InvalidCar(`mismatch in content integrity, ${cid.toString()}`)
      places.set(toHex(cid.multihash.digest), { offset, length: blockLength })
    }
  } catch (error) {
    throw error instanceof InvalidCar ? error : new InvalidCar('unexpected EOF')
  } finally {
    stream.destroy()
  }
  const file = await open(path)
  try {
    const tree = new Tree(file, places)
    await tree.assertComplete(root)
    const { isDirectory, size, dagBytes } = await tree.look(root)
    const content = isDirectory ? tree.tar(root) : tree.file(root)
    return { isDirectory, sizeBytes: size, dagBytes, content: closing(content, file) }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function* closing(content: AsyncIterable<Uint8Array>, file: FileHandle): AsyncGenerator<Uint8Array> {
  try {
    yield* content
  } finally {
    await file.close()
  }
}

interface Link {
  name: string
  cid: CID
}

class Tree {
  constructor(
    readonly disk: FileHandle,
    readonly places: ReadonlyMap<string, { offset: number; length: number }>,
  ) {}

  async assertComplete(root: CID): Promise<void> {
    const seen = new Set<string>()
    const waiting = [root]
    for (let cid = waiting.pop(); cid; cid = waiting.pop()) {
      const key = toHex(cid.multihash.digest)
      if (seen.has(key)) continue
      seen.add(key)
      if (!this.places.has(key)) throw new InvalidCar(`block was not found locally: ${cid.toString()}`)
      if (cid.code === raw.code) continue
      const { links, unixfs } = await this.#node(cid)
      if (unixfs.type === 'symlink' || unixfs.type === 'metadata')
        throw new InvalidCar(`unsupported UnixFS type ${unixfs.type}`)
      waiting.push(...links.map(link => link.Hash))
    }
  }

  async look(cid: CID): Promise<{ isDirectory: boolean; size: number; dagBytes: number }> {
    const block = await this.#block(cid)
    if (cid.code === raw.code) return { isDirectory: false, size: block.length, dagBytes: block.length }
    const { unixfs, links } = await this.#node(cid)
    const isDirectory = unixfs.isDirectory()
    const dagBytes = links.reduce((sum, { Tsize = 0 }) => sum + Tsize, block.length)
    return { isDirectory, size: Number(unixfs.fileSize()), dagBytes }
  }

  async *file(cid: CID): AsyncGenerator<Uint8Array> {
    if (cid.code === raw.code) return yield this.#block(cid)
    const { unixfs, links } = await this.#node(cid)
    if (unixfs.data?.length) yield unixfs.data
    for (const link of links) yield* this.file(link.Hash)
  }

  /** Everything below the root under its CID, as kubo's `get` names it. */
  async *tar(root: CID): AsyncGenerator<Uint8Array> {
    yield* this.#tarOf(root, root.toString())
    yield tarEnd
  }

  async *#tarOf(cid: CID, path: string): AsyncGenerator<Uint8Array> {
    const { isDirectory, size } = await this.look(cid)
    yield tarHeader(path, isDirectory ? undefined : size)
    if (isDirectory)
      for await (const { name, cid: child } of this.#children(cid)) yield* this.#tarOf(child, `${path}/${name}`)
    else {
      yield* this.file(cid)
      yield tarPadding(size)
    }
  }

  /** Names in a shard carry two letters of their place in it; a link of nothing else leads to a further shard. */
  async *#children(cid: CID): AsyncGenerator<Link> {
    const { unixfs, links } = await this.#node(cid)
    const isShard = unixfs.type === 'hamt-sharded-directory'
    for (const { Name = '', Hash } of links)
      if (isShard && Name.length === 2) yield* this.#children(Hash)
      else yield { name: isShard ? Name.slice(2) : Name, cid: Hash }
  }

  async #node(cid: CID): Promise<{ unixfs: UnixFS; links: readonly { Name?: string; Tsize?: number; Hash: CID }[] }> {
    try {
      const { Data, Links } = dagPb.decode(await this.#block(cid))
      return { unixfs: UnixFS.unmarshal(Data ?? new Uint8Array()), links: Links }
    } catch {
      throw new InvalidCar(`not a UnixFS node: ${cid.toString()}`)
    }
  }

  async #block(cid: CID): Promise<Uint8Array> {
    const { offset, length } = this.places.get(toHex(cid.multihash.digest)) as { offset: number; length: number }
    const block = new Uint8Array(length)
    await this.disk.read(block, 0, length, offset)
    return block
  }
}
