// Many writes as one call: a few at a time, each with a result of its own, and entries of one aggregate as few elements.
import { isObject } from './isObject.js'
import {
  assertCollection,
  assertDocumentKey,
  setAggregateEntries,
  type EntryOptions,
  type MergeResult,
  type WriteResult,
} from './aggregate/write.js'
import { assertAccount } from './account.js'
import { assertOptions, type CallOptions, type Context, type WriteOptions } from './context.js'
import { AlephError, invalidInput, isAlephError, throwIfAborted } from './errors.js'
import { storeFile, type StoredFile, type StoreFileOptions } from './file/storeFile.js'
import type { PublishResult } from './message/publish.js'
import { inlineLimitBytes, jsonBytes } from './message/serialize.js'
import type { FileSource } from './node/source.js'
import { isPromise } from './shapes.js'
import { storeValue, type StoreOptions } from './storage.js'

/** One write: as `storage.store`, `storage.storeFile` or `aggregate.update` would be called. */
export type BatchItem =
  { store: unknown; options?: StoreOptions } | { storeFile: FileSource; options?: StoreFileOptions } | AggregateItem

interface AggregateItem {
  aggregate: string
  key: string
  document: unknown
  options?: EntryOptions
}

/** What a kind of write gives. */
export type BatchValue<Item> = Item extends { aggregate: unknown }
  ? WriteResult
  : Item extends { storeFile: unknown }
    ? StoredFile
    : PublishResult

export type BatchResult<Item = BatchItem> =
  { status: 'fulfilled'; value: BatchValue<Item> } | { status: 'rejected'; reason: AlephError }

export interface BatchOptions extends CallOptions {
  /** How many writes run at a time, 1–64; 4 if not given. */
  concurrency?: number
  /** Called as each ends, in whatever order; what it throws is ignored. */
  onItem?: (index: number, result: BatchResult) => void
}

export type BatchFunction = <const Items extends readonly BatchItem[]>(
  items: Items,
  options?: BatchOptions,
) => Promise<{ -readonly [I in keyof Items]: BatchResult<Items[I]> }>

const kinds = ['store', 'storeFile', 'aggregate'] as const
/** Entries of one element: it stays inline, with room for its name, owner and time. */
const maxGroupBytes = inlineLimitBytes - 2000

type Settle = (index: number, result: BatchResult) => void

/** Entries that become one element. */
interface Group {
  collection: string
  options: EntryOptions
  entries: Map<string, unknown>
  indices: number[]
  bytes: number
}

/**
 * Runs the writes of `items` and gives their results in the same order; it rejects only for options that can not work
 * (`INVALID_INPUT`). Entries of one aggregate become one element as long as their options are the same, no key comes
 * twice and they fit into one message; its elements are published one after the other, in the order of the items. A signal
 * ends what runs, and nothing more is started: both end as `ABORTED`.
 */
export async function runBatch(
  context: Context,
  items: readonly BatchItem[],
  options: BatchOptions = {},
): Promise<BatchResult[]> {
  assertOptions(options, ['concurrency', 'signal', 'onItem'], 'batch')
  const { concurrency = 4, signal, onItem } = options
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 64)
    throw invalidInput('The concurrency must be 1 to 64.')
  if (!Array.isArray(items)) throw invalidInput('A batch is a list of writes.')
  if (onItem !== undefined && typeof onItem !== 'function')
    throw invalidInput('The option “onItem” must be a function.')
  const results = Array<BatchResult>(items.length)
  const settle: Settle = (index, result) => {
    results[index] = result
    try {
      onItem?.(index, result)
    } catch {
      // What was written must not be lost for the sake of a progress bar.
    }
  }
  // One queue for all: whoever is free takes the next piece.
  const work = plan(context, items, settle, signal)
  const worker = async () => {
    for (let next = work.next(); !next.done; next = work.next()) await next.value()
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return results
}

/** Pieces of work that do not wait for each other; none of them rejects. */
function* plan(
  context: Context,
  items: readonly BatchItem[],
  settle: Settle,
  signal: AbortSignal | undefined,
): Generator<() => Promise<void>, void, undefined> {
  const lanes = new Map<string, Group[]>()
  const singles: number[] = []
  for (const [index, item] of items.entries())
    try {
      if (assertItem(item) === 'aggregate') addEntry(context, lanes, index, item as AggregateItem)
      else singles.push(index)
    } catch (error) {
      settle(index, rejected(error))
    }
  // Aggregates begin first, because their elements wait for each other.
  for (const groups of lanes.values())
    yield async () => {
      for (const group of groups) settleGroup(group, await publishGroup(context, group, signal), settle)
    }
  for (const index of singles)
    yield async () => {
      const { options, ...write } = items[index] as Exclude<BatchItem, AggregateItem>
      const result = await attempt<PublishResult | StoredFile>(signal, options, given =>
        'storeFile' in write
          ? storeFile(context, write.storeFile, { ...options, ...given })
          : storeValue(context, write.store, { ...options, ...given }),
      )
      settle(index, result)
    }
}

/** Throws `INVALID_INPUT` for what is no single write. */
function assertItem(item: unknown): (typeof kinds)[number] {
  if (isPromise(item)) throw invalidInput('An item of the batch is a Promise: await it first.')
  if (!isObject(item)) throw invalidInput('An item of a batch must be an object.')
  const [kind, another] = kinds.filter(name => Object.hasOwn(item, name))
  if (!kind || another) throw invalidInput(`An item of a batch has one of ${kinds.join(', ')}.`)
  assertOptions(item, [kind, 'options', ...(kind === 'aggregate' ? ['key', 'document'] : [])], 'an item of a batch')
  if (item.options !== undefined && !isObject(item.options))
    throw invalidInput('The options of an item must be an object.')
  const { account } = (item.options ?? {}) as WriteOptions
  if (account !== undefined) assertAccount(account)
  return kind
}

/** Checks an entry and puts it to those before it, or into an element of its own. */
function addEntry(context: Context, lanes: Map<string, Group[]>, index: number, item: AggregateItem): void {
  const { aggregate: collection, key, document, options = {} } = item
  assertCollection(collection)
  assertDocumentKey(key)
  const bytes = jsonBytes(key) + jsonBytes(document) + 2
  // Two spellings of one owner are one aggregate, whose elements must follow each other.
  const owner = String(options.owner ?? (options.account ?? context.account)?.address)
  const lane = JSON.stringify([collection, /^0x/i.test(owner) ? owner.toLowerCase() : owner])
  const groups = lanes.get(lane) ?? []
  lanes.set(lane, groups)
  let group = groups[groups.length - 1]
  const fits =
    group && !group.entries.has(key) && group.bytes + bytes <= maxGroupBytes && isSame(group.options, options)
  if (!group || !fits) groups.push((group = { collection, options, entries: new Map(), indices: [], bytes: 0 }))
  group.entries.set(key, document)
  group.indices.push(index)
  group.bytes += bytes
}

const isSame = (a: EntryOptions, b: EntryOptions) => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof EntryOptions>
  return [...names].every(name => a[name] === b[name])
}

const publishGroup = (context: Context, { collection, entries, options }: Group, signal: AbortSignal | undefined) =>
  attempt(signal, options, given => setAggregateEntries(context, collection, entries, { ...options, ...given }))

function settleGroup({ collection, entries, indices }: Group, result: Outcome<MergeResult>, settle: Settle): void {
  const keys = [...entries.keys()]
  indices.forEach((index, i) => {
    if (result.status === 'rejected') return settle(index, result)
    const { item_hash, status } = result.value
    settle(index, { status: 'fulfilled', value: { collection, key: keys[i] as string, item_hash, status } })
  })
}

type Outcome<T> = { status: 'fulfilled'; value: T } | { status: 'rejected'; reason: AlephError }

/** Runs a write under the signal of the batch and its own. */
async function attempt<T>(
  batch: AbortSignal | undefined,
  { signal: own }: CallOptions = {},
  write: (given: CallOptions) => Promise<T>,
): Promise<Outcome<T>> {
  const signal = batch && own ? AbortSignal.any([batch, own]) : (batch ?? own)
  try {
    throwIfAborted(signal)
    return { status: 'fulfilled', value: await write(signal ? { signal } : {}) }
  } catch (error) {
    return rejected(error)
  }
}

const rejected = (error: unknown): { status: 'rejected'; reason: AlephError } => ({
  status: 'rejected',
  reason: isAlephError(error) ? error : new AlephError('IO', 'The item could not be read.', { cause: error }),
})
