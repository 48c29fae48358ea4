// What an upload in chunks has done so far, to be kept as JSON and given back after a restart. It holds no secret, and
// nothing in it is believed: hashes are compared with the source, messages are looked up.
import * as v from 'valibot'
import { invalidInput } from '../errors.js'
import { isItemHash } from '../message/itemHash.js'
import { assertMetadata } from '../message/serialize.js'
import { assertChannel, assertTags } from '../message/tags.js'
import type { Payment, StoreType } from '../message/types.js'
import type { OpenSource } from '../node/source.js'
import type { Description } from './describe.js'
import { maxChunkBytes } from './uploadPlan.js'

const bytes = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const time = v.pipe(v.number(), v.finite(), v.minValue(0))
const itemHash = v.pipe(v.string(), v.check(isItemHash))
const text = v.string()

/** A chunk whose STORE was signed: by its time it can be built again, and is the same message. */
export interface ChunkRecord {
  file_hash: string
  /** Of its STORE. */
  item_hash: string
  /** `content.time` of its STORE, in seconds. */
  time: number
  /** True once the node has processed it. */
  isDone: boolean
}

/** The state of an unfinished upload in chunks: plain JSON without secrets. Keep the last one that `onRecord` gave. */
export interface UploadRecord {
  version: 1
  /** The account. */
  address: string
  owner: string
  endpoint: string
  channel?: string
  ref?: string
  engine: StoreType
  payment: Payment['type']
  chunkSize: number
  /** What the file was; `modifiedMs` of a path. */
  source: { sizeBytes: number; name?: string; modifiedMs?: number }
  /** Of an encrypted file: where its ciphertext is kept for as long as there is a record. */
  sealed?: { path: string; sizeBytes: number }
  /** The name that is published. */
  name?: string
  /** The tag that chunks and manifest share. */
  group: string
  description: Description
  /** In order; null where nothing was signed yet. */
  chunks: (ChunkRecord | null)[]
  /** The manifest once it was signed, and its `content.time`. */
  manifest?: { item_hash: string; time: number }
}

const recordSchema = v.strictObject({
  version: v.literal(1),
  address: text,
  owner: text,
  endpoint: text,
  channel: v.exactOptional(text),
  ref: v.exactOptional(text),
  engine: v.picklist(['storage', 'ipfs']),
  payment: v.picklist(['hold', 'credit']),
  chunkSize: v.pipe(bytes, v.minValue(1), v.maxValue(maxChunkBytes)),
  source: v.strictObject({ sizeBytes: bytes, name: v.exactOptional(text), modifiedMs: v.exactOptional(v.number()) }),
  sealed: v.exactOptional(v.strictObject({ path: text, sizeBytes: bytes })),
  name: v.exactOptional(text),
  group: v.pipe(text, v.regex(/^file-[0-9a-f]{16}$/)),
  description: v.strictObject({
    content_type: text,
    metadata: v.record(v.string(), v.unknown()),
    tags: v.exactOptional(v.array(text)),
  }),
  chunks: v.array(v.nullable(v.strictObject({ file_hash: text, item_hash: itemHash, time, isDone: v.boolean() }))),
  manifest: v.exactOptional(v.strictObject({ item_hash: itemHash, time })),
}) satisfies v.GenericSchema<unknown, UploadRecord>

/** Throws `INVALID_INPUT` for what is no record, is one of another version, account or file. */
export function readRecord(record: unknown, address: string, source: OpenSource): UploadRecord {
  const version = (record as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version !== 1)
    throw invalidInput(`The record of this upload has version ${version}, which is not known. Upload the file again.`)
  const parsed = v.safeParse(recordSchema, record)
  if (!parsed.success)
    throw invalidInput(
      `This is no record of an upload: ${v.getDotPath(parsed.issues[0]) ?? 'the whole'} is not as expected. Upload the file again.`,
    )
  // Steps write into it.
  const known: UploadRecord = structuredClone(parsed.output)
  assertTags(known.description.tags ?? [])
  assertMetadata(known.description.metadata)
  if (known.channel !== undefined) assertChannel(known.channel)
  if (known.address !== address)
    throw invalidInput(`This upload was begun by ${known.address}; only that account can go on with it.`)
  const { sizeBytes, name, modifiedMs } = known.source
  if (name !== source.name)
    throw invalidInput(
      `The record is of an upload of ${name ?? 'a file without a name'}, not of ${source.name ?? 'this one'}.`,
    )
  if (sizeBytes !== source.sizeBytes || modifiedMs !== source.modifiedMs)
    throw invalidInput(`${name ?? 'The file'} changed while its upload was interrupted. Upload it again.`)
  if (known.chunks.length !== Math.ceil((known.sealed?.sizeBytes ?? sizeBytes) / known.chunkSize))
    throw invalidInput('The record of this upload does not fit the file. Upload it again.')
  return known
}
