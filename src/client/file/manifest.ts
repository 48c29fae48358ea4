// The manifest of a file that was stored in chunks: a POST that lists their STOREs in order (protocol §11.9), in the form
// of the public guide or with the fields that this client adds to it.
import * as v from 'valibot'
import { integrityError } from '../errors.js'
import { engineOfHash, isItemHash } from '../message/itemHash.js'
import type { Message } from '../message/message.js'
import type { PostContent } from '../message/types.js'
import { sha256Hex } from '../node/hash.js'
import { storagePostType } from '../storage.js'

export interface Manifest {
  filename?: string | undefined
  mimetype?: string | undefined
  /** Bytes of the whole file. */
  size: number
  /** Item hashes of the STOREs of the chunks, in order. */
  chunks: readonly string[]
  /** Bytes of every chunk but the last. */
  chunkSize?: number | undefined
  /** The file hash of each chunk. */
  fileHashes?: readonly string[] | undefined
  /** Of the whole file. */
  sha256?: string | undefined
}

const maxChunks = 200_000

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const text = v.nullish(v.string())
const manifestSchema = v.looseObject({
  filename: text,
  mimetype: text,
  size: bytes,
  chunks: v.pipe(v.array(v.pipe(v.string(), v.check(isItemHash))), v.maxLength(maxChunks)),
  totalChunks: v.nullish(bytes),
  chunkSize: v.nullish(v.pipe(bytes, v.minValue(1))),
  fileHashes: v.nullish(
    v.array(
      v.pipe(
        v.string(),
        v.check(hash => engineOfHash(hash) !== undefined),
      ),
    ),
  ),
  sha256: v.nullish(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
})

/** What `storage.store` wrapped, if that is what the message is. */
function storedData(message: Pick<Message, 'type' | 'content'>): Record<string, unknown> | undefined {
  const { type, content } = message.content as PostContent
  if (message.type !== 'POST' || type !== storagePostType) return undefined
  const data = (content as { data?: unknown } | null | undefined)?.data
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined
}

/**
 * The manifest that a verified message is; undefined for a message that does not look like one. Throws `INTEGRITY` for
 * one that can not be right, whoever signed it.
 */
export function manifestOf(message: Pick<Message, 'type' | 'content' | 'item_hash'>): Manifest | undefined {
  const data = storedData(message)
  if (!data || !Array.isArray(data.chunks) || !('size' in data)) return undefined
  const fail = (reason: string) =>
    integrityError(`The manifest ${message.item_hash} can not be right: ${reason}.`, { item_hash: message.item_hash })
  const parsed = v.safeParse(manifestSchema, data)
  if (!parsed.success) throw fail(`${v.getDotPath(parsed.issues[0]) ?? 'the whole'} is not as expected`)
  const { filename, mimetype, size, chunks, totalChunks, chunkSize, fileHashes, sha256 } = parsed.output
  if (totalChunks != null && totalChunks !== chunks.length)
    throw fail(`it announces ${totalChunks} chunks and lists ${chunks.length}`)
  if (!chunks.length && size > 0) throw fail('it lists no chunks')
  if (fileHashes && fileHashes.length !== chunks.length)
    throw fail(`it lists ${chunks.length} chunks and ${fileHashes.length} file hashes`)
  if (chunkSize != null && chunks.length !== Math.ceil(size / chunkSize))
    throw fail(`${chunks.length} chunks of ${chunkSize} bytes are not a file of ${size} bytes`)
  const places = new Map<string, number>()
  for (const [i, hash] of chunks.entries()) {
    const before = places.get(hash)
    if (before !== undefined) throw fail(`chunks ${before + 1} and ${i + 1} are the same message`)
    places.set(hash, i)
  }
  return {
    filename: filename ?? undefined,
    mimetype: mimetype ?? undefined,
    size,
    chunks,
    chunkSize: chunkSize ?? undefined,
    fileHashes: fileHashes ?? undefined,
    sha256: sha256 ?? undefined,
  }
}

/** The tag that the chunks of a file and its manifest share: any name fits, with commas and 300 characters too. */
export const groupTag = (name: string): string => `file-${sha256Hex(name).slice(0, 16)}`
