// Reading aggregates: the node's merge, or on request what the signed elements say, compared with it.
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { isSealed, openersOf } from '../encryption/options.js'
import type { DecryptWith } from '../encryption/types.js'
import { openValue } from '../encryption/value.js'
import { integrityError, invalidInput, namesInText } from '../errors.js'
import { assertIndexedText } from '../message/tags.js'
import type { AggregateElement, Wanted } from './element.js'
import { elementPages, type KeyedRow } from './history.js'
import { mergedAggregates, mergedDocument, ownerOf, valueOf, type AggregateKey } from './merged.js'
import { compareMerge, documentOf, replay } from './replay.js'

export interface AggregateOptions extends CallOptions {
  /** Whose aggregates; the client's account if not given. */
  owner?: string
  /** Replay the signed elements, and refuse a node's merge that differs from them. */
  verify?: boolean
}

export interface EntryReadOptions extends AggregateOptions {
  /** Opens an encrypted entry; one that is not encrypted is given as it is. */
  decrypt?: DecryptWith
}

export interface KeysOptions extends AggregateOptions {
  /** Only this one. */
  collection?: string
}

/** All aggregates of an owner by key, or only `collection`, if there is one. */
export async function aggregateKeys(context: Context, given: string | KeysOptions = {}): Promise<AggregateKey[]> {
  const options: KeysOptions = typeof given === 'string' ? { owner: given } : given
  assertOptions(options, ['signal', 'owner', 'verify', 'collection'], 'aggregate.keys')
  const { collection, signal } = options
  if (collection !== undefined) assertIndexedText(collection, 'collection')
  const owner = await ownerOf(context, options.owner)
  const merged = await mergedAggregates(context, owner, collection, { signal })
  if (!options.verify) return merged
  // What can't be read can't be compared either.
  const readable = merged.filter(({ error }) => !error)
  const verified = await verifiedDocuments(
    context,
    { owner, collection },
    new Map(readable.map(({ key, content }) => [key, content])),
    signal,
  )
  return merged.map(aggregate =>
    aggregate.error ? aggregate : { ...aggregate, content: verified.get(aggregate.key) ?? {} },
  )
}

/** A whole document, or an entry of it. Throws `NOT_FOUND`; `null` entries are deleted ones. */
export async function getAggregate(
  context: Context,
  collection: string,
  key?: string,
  options: EntryReadOptions = {},
): Promise<unknown> {
  assertOptions(options, ['signal', 'owner', 'verify', 'decrypt'], 'aggregate.get')
  assertIndexedText(collection, 'collection')
  if (key !== undefined && typeof key !== 'string') throw invalidInput('The name of an entry must be a string.')
  const { decrypt } = options
  if (decrypt !== undefined) {
    openersOf(context, decrypt)
    // Of a whole collection some could be opened and others not.
    if (key === undefined) throw invalidInput('Only one entry at a time is decrypted: name its key.')
  }
  const value = await presentValue(context, collection, key, options)
  if (decrypt === undefined || !isSealed(value)) return value
  return openValue(context, value, decrypt, { signal: options.signal })
}

async function presentValue(
  context: Context,
  collection: string,
  key: string | undefined,
  options: AggregateOptions,
): Promise<unknown> {
  const owner = await ownerOf(context, options.owner)
  const { signal } = options
  const document = await mergedDocument(context, owner, collection, { signal })
  if (!options.verify) return valueOf(document, collection, key)
  const merged = new Map(document ? [[collection, document]] : [])
  const verified = await verifiedDocuments(context, { owner, collection }, merged, signal)
  return valueOf(verified.get(collection), collection, key)
}

/**
 * The documents by key that the signed elements make, read until they explain all that the node merged. Nothing is called
 * a lie before everything was read, because the order of a list is only a hint. Throws `INTEGRITY` (details: `keys`, the
 * entries that differ, and their `collection`), or why an element that may explain them could not be read.
 */
async function verifiedDocuments(
  context: Context,
  wanted: Wanted,
  merged: ReadonlyMap<string, Record<string, unknown>>,
  signal: AbortSignal | undefined,
): Promise<Map<string, Record<string, unknown>>> {
  const elements = new Map<string, AggregateElement[]>([...merged.keys()].map(key => [key, []]))
  let unread: KeyedRow | undefined
  const changed = new Set(elements.keys())
  const different = new Map<string, string[]>()
  for await (const { rows } of elementPages(context, wanted, { signal })) {
    for (const row of rows) {
      if (row.error) unread = row.error.code === 'INTEGRITY' ? unread : row
      if (!row.element || row.key === undefined) continue
      const known = elements.get(row.key)
      if (known) known.push(row.element)
      else elements.set(row.key, [row.element])
      changed.add(row.key)
    }
    for (const key of changed) {
      const names = compareMerge(merged.get(key) ?? {}, replay(elements.get(key) ?? []))
      if (names.length) different.set(key, names)
      else different.delete(key)
    }
    changed.clear()
    if (!different.size) break
  }
  for (const [collection, keys] of different) {
    if (unread?.error) throw unread.error
    throw integrityError(
      `What the node shows of an aggregate differs from its signed elements in ${namesInText(keys)}.`,
      { collection, keys },
    )
  }
  return new Map([...elements].map(([key, list]) => [key, documentOf(replay(list))]))
}
