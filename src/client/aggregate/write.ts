// Setting entries of an aggregate: one element, dated above what is newest, and only if nobody else was there before
// (protocol §3.2, §11.7).
import {
  assertOptions,
  requireAccount,
  requireOwner,
  writeOptions,
  type Context,
  type WriteOptions,
} from '../context.js'
import { assertStaysEncrypted, encryptForOrFalse } from '../encryption/options.js'
import type { EncryptFor } from '../encryption/types.js'
import { sealValue } from '../encryption/value.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { isJsonText } from '../message/jsonText.js'
import { publishContent, type PublishResult } from '../message/publish.js'
import { jsonBytes, serializeContent } from '../message/serialize.js'
import { areNodeTags, assertIndexedText } from '../message/tags.js'
import { readHead } from './head.js'
import type { HistoryRow } from './history.js'
import { isObject } from '../isObject.js'

export interface MergeOptions extends WriteOptions {
  /**
   * Item hash of the newest element that was known when the entries were edited; null when there was no aggregate. Newer
   * elements that set one of the same entries are a `CONFLICT`.
   */
  expect?: string | null
}

export interface EntryOptions extends MergeOptions {
  /**
   * Only they can read the entry then; its name stays readable. Without it an encrypted entry is not replaced; with `false` it
   * is, in clear.
   */
  encryptFor?: EncryptFor | false
}

export interface MergeResult {
  collection: string
  keys: string[]
  item_hash: string
  status: PublishResult['status']
  /** `content.time` in seconds. */
  time: number
  /** With `expect`: item hashes of newer elements, which set other entries. */
  overtaken: string[]
}

export interface WriteResult {
  collection: string
  key: string
  item_hash: string
  status: PublishResult['status']
}

/**
 * Sets several entries of a collection in one element; what they held before is replaced whole. It is dated above the
 * newest element, so that a slow clock loses no write.
 *
 * Throws `INVALID_INPUT`, `READ_ONLY` and `TOO_LARGE` (details: `sizes`, the bytes of each entry) before anything is asked
 * or signed; `CONFLICT` (details: `reason`) before anything is signed: `changed` when newer elements set one of these
 * `keys` (`item_hashes`), `base-missing` when there is no revision `expect` any more, `future` when the newest element
 * lies in the future; and whatever publishing throws.
 */
export async function mergeAggregate(
  context: Context,
  collection: string,
  entries: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>,
  options: MergeOptions = {},
): Promise<MergeResult> {
  assertOptions(options, [...writeOptions, 'expect'], 'aggregate.merge')
  return writeEntries(context, collection, entries, options)
}

/** `assertReplaceable` sees what the node has before anything is signed. */
async function writeEntries(
  context: Context,
  collection: string,
  entries: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>,
  options: MergeOptions,
  assertReplaceable?: (document: Record<string, unknown>) => void,
): Promise<MergeResult> {
  const account = requireAccount(context, options.account)
  assertCollection(collection)
  const { expect: base, signal } = options
  if (base !== undefined && base !== null && typeof base !== 'string')
    throw invalidInput('The revision that is expected must be an item hash, or null for none.')
  const values = entriesOf(entries)
  const keys = [...values.keys()]
  assertPublishable(collection, values)
  const owner = await requireOwner(options.owner, account)
  const endpoint = await context.http.writeEndpoint(signal)
  const { head, document, newer, isBaseKnown } = await readHead(context, { owner, collection, base, endpoint, signal })
  if (!isBaseKnown)
    throw conflict(
      `Aggregate “${collection}” has no revision ${base}, or not any more: compare with what is there now.`,
      {
        reason: 'base-missing',
      },
    )
  assertUnchanged(collection, keys, newer)
  if (document) assertReplaceable?.(document)
  const content = { key: collection, content: Object.fromEntries(values) }
  const { item_hash, status, envelope } = await publishContent(context, 'AGGREGATE', content, {
    ...options,
    endpoint,
    head,
  })
  const overtaken = newer.flatMap(row => (row.element ? [row.item_hash] : []))
  return { collection, keys, item_hash, status, time: envelope.time, overtaken }
}

/** Sets one entry of a collection to a document, or to its ciphertext in the form of protocol §11.8. */
export async function setAggregateEntry(
  context: Context,
  collection: string,
  key: string,
  document: unknown,
  options: EntryOptions = {},
): Promise<WriteResult> {
  assertDocumentKey(key)
  const { item_hash, status } = await setAggregateEntries(context, collection, new Map([[key, document]]), options)
  return { collection, key, item_hash, status }
}

/** The same for several entries in one element. What is encrypted now is not replaced in clear without being told to. */
export async function setAggregateEntries(
  context: Context,
  collection: string,
  documents: ReadonlyMap<string, unknown>,
  options: EntryOptions,
): Promise<MergeResult> {
  assertOptions(options, [...writeOptions, 'expect', 'encryptFor'], 'aggregate.update')
  const encryptFor = encryptForOrFalse(options)
  assertCollection(collection)
  let values = documents
  if (encryptFor !== undefined) {
    const sealing = { account: requireAccount(context, options.account), signal: options.signal }
    const sealed = new Map<string, unknown>()
    for (const [key, document] of documents) sealed.set(key, await sealValue(context, document, encryptFor, sealing))
    values = sealed
  }
  return writeEntries(context, collection, values, options, present => {
    for (const key of documents.keys()) if (Object.hasOwn(present, key)) assertStaysEncrypted(present[key], options)
  })
}

export function assertEntryName(key: unknown): asserts key is string {
  if (typeof key !== 'string' || key === '') throw invalidInput('The key must be a text that is not empty.')
}

/** The name of an entry that is a document. */
export function assertDocumentKey(key: unknown): asserts key is string {
  assertEntryName(key)
  if (key === 'tags') throw invalidInput('Nodes refuse a document named “tags”; choose another key.')
}

/** A collection that documents may be written to. */
export function assertCollection(collection: unknown): asserts collection is string {
  assertIndexedText(collection, 'collection')
  if (collection === 'security')
    throw invalidInput('The collection “security” holds permissions of the network and is no place for documents.')
  // They would become U+FFFD, and so another collection.
  if (/\p{Cs}/u.test(collection)) throw invalidInput('The name of the collection holds half of a character.')
}

function entriesOf(
  entries: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>,
): ReadonlyMap<string, unknown> {
  const isRecord = isObject(entries) && !isJsonText(entries)
  if (!isRecord) throw invalidInput('The entries must be given by name, as an object or a map.')
  const values = entries instanceof Map ? (entries as ReadonlyMap<string, unknown>) : new Map(Object.entries(entries))
  if (!values.size) throw invalidInput('There is no entry to write.')
  for (const name of values.keys())
    if (typeof name !== 'string') throw invalidInput('The name of an entry must be a text.')
  return values
}

/** Everything that a node would refuse without a reason, or that no upload takes. */
function assertPublishable(collection: string, values: ReadonlyMap<string, unknown>): void {
  // Address and time take part in the size.
  const about = { address: '0'.repeat(64), time: 1e10 + 0.001, key: collection }
  try {
    serializeContent({ ...about, content: Object.fromEntries(values) })
  } catch (error) {
    if (!isAlephError(error, 'TOO_LARGE')) throw error
    const sizes = [...values].map(([name, value]): [string, number] => [name, jsonBytes(value)])
    throw new AlephError('TOO_LARGE', error.message, { cause: error, details: { sizes: Object.fromEntries(sizes) } })
  }
  if (values.has('tags') && !areNodeTags(plain(values.get('tags'))))
    throw invalidInput('Nodes take as entry “tags” only a list of at most 16 texts of 1 to 256 characters, or null.')
}

/** What a value given by its JSON text is. */
const plain = (value: unknown): unknown => (isJsonText(value) ? JSON.parse(value.text) : value)

function assertUnchanged(collection: string, keys: readonly string[], newer: readonly HistoryRow[]): void {
  // A row that could not be read may have set any of them; one that is not what was signed sets none.
  const clashing = newer.filter(({ element, error }) =>
    element ? keys.some(key => element.entries.has(key)) : error?.code !== 'INTEGRITY',
  )
  if (!clashing.length) return
  const changed = keys.filter(key => clashing.some(({ element }) => !element || element.entries.has(key)))
  throw conflict(
    `Somebody else has changed aggregate “${collection}” in the meantime, in ${changed.length === 1 ? 'an entry' : 'entries'} that you are about to publish: compare with what is there now.`,
    { reason: 'changed', keys: changed, item_hashes: clashing.map(({ item_hash }) => item_hash) },
  )
}

const conflict = (message: string, details: Record<string, unknown>) => new AlephError('CONFLICT', message, { details })
