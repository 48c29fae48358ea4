// Every revision of an aggregate, newest first: its elements in the order in which a node lists them (protocol §5.1).
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { pagesOf } from '../http/paging.js'
import { claimedHash } from '../message/itemHash.js'
import { verifiedMessage } from '../message/message.js'
import { slices } from '../message/slices.js'
import { prepareVerifying } from '../message/verify.js'
import { claimedText, readElement, type AggregateElement, type Wanted } from './element.js'
import { ownerOf } from './merged.js'
import { byTime, documentOf, replay, type Replayed } from './replay.js'

export interface HistoryOptions extends CallOptions {
  /** Whose aggregate; the client's account if not given. */
  owner?: string
  /** Only elements that set this entry. */
  key?: string
  /** Called after each page with the number of messages looked at so far. */
  onProgress?: (lookedAt: number) => void
}

/**
 * An element, or a row that may be one and is not what was signed or could not be fetched: it counts for nothing. Its time
 * is not verified.
 */
export type HistoryRow =
  | { item_hash: string; element: AggregateElement; error?: undefined }
  | { item_hash: string; time?: number; error: AlephError; element?: undefined }

export interface HistoryPage {
  /** Empty where only elements of other aggregates stand. */
  rows: HistoryRow[]
  /** Messages so far, those of other aggregates included. */
  lookedAt: number
  isLast: boolean
}

/** What the aggregate was after one of its elements. */
export interface AggregateState {
  document: Record<string, unknown>
  entries: Replayed
  /** Item hashes of older elements that could not be read: what they set is missing here. */
  unread: string[]
}

/** Asks nothing until it is iterated: `pages()` one request each, or row by row. */
export interface AggregateHistory extends AsyncIterable<HistoryRow> {
  pages(): AsyncGenerator<HistoryPage, void, undefined>
  /**
   * The state after this element. Reads the whole history once, which `at` keeps from then on. Throws `NOT_FOUND` when the
   * element is not in it, and its own error when it can not be read.
   */
  at(itemHash: string): Promise<AggregateState>
}

const pageRows = 200

/** A row with the key of its aggregate, if that is known. */
export type KeyedRow = HistoryRow & { key?: string }

export interface ElementPage extends HistoryPage {
  rows: KeyedRow[]
}

/** Pages of elements, newest first, one request each. */
export async function* elementPages(
  context: Context,
  wanted: Wanted,
  { signal, endpoint }: { signal?: AbortSignal | undefined; endpoint?: string | undefined },
): AsyncGenerator<ElementPage, void, undefined> {
  const query = { sortOrder: -1, contentFormat: 'none', msgTypes: 'AGGREGATE', owners: wanted.owner }
  const listing = { path: '/api/v0/messages.json', query, rows: 'messages', pageRows, identity: claimedHash }
  prepareVerifying()
  let lookedAt = 0
  for await (const page of pagesOf(context.http, { ...listing, signal, endpoint })) {
    const work = slices()
    const rows: KeyedRow[] = []
    for (const wire of page.rows) {
      await work.pause()
      const row = await readRow(context, wire, claimedHash(wire) ?? '', wanted, signal)
      if (row) rows.push(row)
    }
    lookedAt += page.received
    page.isBarren =
      !rows.some(({ element }) => element) && !(await isOwners(context, page.rows[0], wanted.owner, signal))
    yield { rows, lookedAt, isLast: !page.hasMore }
  }
}

/** Whether a row is what it says, of whichever aggregate: rows of others aren't verified, so one of them stands for all. */
async function isOwners(
  context: Context,
  wire: unknown,
  owner: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (await verifiedMessage(context, wire, 'processed', signal)).owner === owner
  } catch (error) {
    if (!isAlephError(error) || error.code === 'ABORTED') throw error
    return error.code !== 'INTEGRITY' && (error.retryable || Boolean(error.details.reason))
  }
}

async function readRow(
  context: Context,
  wire: unknown,
  item_hash: string,
  wanted: Wanted,
  signal: AbortSignal | undefined,
): Promise<KeyedRow | undefined> {
  try {
    const found = await readElement(context, wire, wanted, signal)
    return found && { item_hash, ...found }
  } catch (error) {
    if (!isAlephError(error) || error.code === 'ABORTED') throw error
    const time = claimedText(wire)?.time ?? (wire as { time?: unknown } | null)?.time
    return { item_hash, error, ...(typeof time === 'number' ? { time } : {}) }
  }
}

export function aggregateHistory(context: Context, collection: string, options: HistoryOptions = {}): AggregateHistory {
  // Bad input is told when asking, not when iterating.
  assertOptions(options, ['signal', 'owner', 'key', 'onProgress'], 'aggregate.history')
  // A comma is no matter here: nodes are not asked by name.
  if (typeof collection !== 'string' || collection === '') throw invalidInput('The collection must be a text.')
  const wanted = { owner: ownerOf(context, options.owner), collection }
  const { key, signal, onProgress } = options

  async function* wholePages() {
    for await (const page of elementPages(context, wanted, { signal })) {
      onProgress?.(page.lookedAt)
      yield page
    }
  }
  async function* pages(): AsyncGenerator<HistoryPage, void, undefined> {
    for await (const { rows, ...page } of wholePages())
      yield {
        rows: rows.filter(({ element }) => key === undefined || !element || element.entries.has(key)).map(withoutKey),
        ...page,
      }
  }
  let all: Promise<HistoryRow[]> | undefined
  const readAll = async () => {
    const rows: HistoryRow[] = []
    for await (const page of wholePages()) rows.push(...page.rows)
    return rows
  }
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const { rows } of pages()) yield* rows
    },
    async at(itemHash) {
      all ??= readAll()
      all.catch(() => (all = undefined))
      return stateAt(await all, itemHash, collection)
    },
  }
}

const withoutKey = ({ key: _, ...row }: KeyedRow): HistoryRow => row

function stateAt(rows: readonly HistoryRow[], itemHash: string, collection: string): AggregateState {
  const row = rows.find(({ item_hash }) => item_hash === itemHash)
  if (!row)
    throw new AlephError('NOT_FOUND', `Aggregate “${collection}” has no revision ${itemHash}, or not any more.`, {
      details: { item_hash: itemHash },
    })
  if (row.error) throw row.error
  const { element: last } = row
  const elements = rows.flatMap(({ element }) => (element && byTime(element, last) <= 0 ? [element] : []))
  const entries = replay(elements)
  const unread = rows.filter(each => each.error && (each.time ?? 0) <= last.time).map(({ item_hash }) => item_hash)
  return { document: documentOf(entries), entries, unread }
}
