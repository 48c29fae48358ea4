// `storage.query`: values that match, newest first and verified, as a list or one by one (protocol §11.4).
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { invalidInput, throwIfAborted, type AlephError } from '../errors.js'
import { isEndless } from '../http/paging.js'
import { isJsonText } from '../message/jsonText.js'
import { toQuery, verifiedPages, type MessageFilter } from '../message/list.js'
import { assertMetadata } from '../message/serialize.js'
import { assertIndexedText } from '../message/tags.js'
import { storagePostType, storedValue, type StoredValue } from '../storage.js'
import {
  assertCount,
  assertMaxScan,
  defaultMaxScan,
  scanPageSize,
  withFacts,
  type QueryResult,
  type ScanFacts,
} from './scan.js'
import { areEqual } from './values.js'

/** Values inside one filter are alternatives, different filters must all match. Times are seconds. */
export interface StorageQueryOptions extends CallOptions {
  tags?: readonly string[]
  /** Whether one of the tags is enough (`any`, if not given) or each is needed. */
  match?: 'any' | 'all'
  /** Fields that the metadata must have with exactly these values; the node can not look for them. */
  metadata?: Readonly<Record<string, unknown>>
  /** Whose values, in exact spelling. */
  owners?: readonly string[]
  /** A hint of the node: no signature covers the channel. */
  channels?: readonly string[]
  refs?: readonly string[]
  /** At or after. */
  since?: number
  /** Before. */
  until?: number
  /** The type of the POSTs; that of what `store` publishes if not given. */
  type?: string
  /** Values at most; 100 for a list if not given, and no limit for an iterator. */
  limit?: number
  /** Messages after which the search stops, with the page that it is in; 10 000 if not given. */
  maxScan?: number
}

/** A message among those looked at that is not what was signed, or could not be read. */
export interface UnreadableRow {
  readonly item_hash: string
  readonly error: AlephError
}

interface StorageFacts extends ScanFacts {
  readonly errors: readonly UnreadableRow[]
}

/** Values as they are found; the facts grow with them, and count when it ended. */
export interface StorageScan extends AsyncGenerator<StoredValue, void, undefined>, StorageFacts {}

/** A search that has not begun: awaiting it gives a list, once, and iterating goes through the node's pages, each time. */
export interface StorageQuery extends Promise<QueryResult<StoredValue> & StorageFacts>, AsyncIterable<StoredValue> {
  iterate(): StorageScan
}

const defaultLimit = 100

interface Search {
  filter: MessageFilter
  /** What the node does not look for. */
  isWanted: (value: StoredValue) => boolean
  pageSize: number
  limit: number | undefined
  maxScan: number
  signal: AbortSignal | undefined
}

export function queryStorage(context: Context, options: StorageQueryOptions = {}): StorageQuery {
  let search: Search
  let refusal: Error | undefined
  try {
    search = parseSearch(options)
  } catch (error) {
    refusal = error as Error
  }
  const iterate = (limit?: number): StorageScan => {
    const facts = { isComplete: false, scanned: 0, errors: [] as UnreadableRow[] }
    async function* values() {
      // Told where an answer is waited for: what looks like a promise should not throw.
      if (refusal) throw refusal
      yield* scan(context, search, search.limit ?? limit, facts)
    }
    return Object.defineProperties(values(), {
      isComplete: { get: () => facts.isComplete },
      scanned: { get: () => facts.scanned },
      errors: { get: () => facts.errors },
    }) as StorageScan
  }
  const collect = async () => {
    const found = iterate(defaultLimit)
    const list: StoredValue[] = []
    for await (const value of found) list.push(value)
    const { isComplete, scanned, errors } = found
    return withFacts(list, { isComplete, scanned, errors })
  }
  let list: ReturnType<typeof collect> | undefined
  const listed = () => (list ??= collect())
  return {
    then: (onfulfilled, onrejected) => listed().then(onfulfilled, onrejected),
    catch: onrejected => listed().catch(onrejected),
    finally: onfinally => listed().finally(onfinally),
    iterate: () => iterate(),
    [Symbol.asyncIterator]: () => iterate(),
    [Symbol.toStringTag]: 'StorageQuery',
  }
}

function parseSearch(options: StorageQueryOptions): Search {
  const lists = ['tags', 'owners', 'channels', 'refs'] as const
  const names = [...lists, 'match', 'metadata', 'since', 'until', 'type', 'limit', 'maxScan', 'signal']
  assertOptions(options, names, 'storage.query')
  for (const name of lists) assertFilter(options[name], name)
  const { tags, match = 'any', owners, channels, refs, since, until, type = storagePostType, signal } = options
  if (match !== 'any' && match !== 'all') throw invalidInput('`match` must be “any” or “all”.')
  assertIndexedText(type, 'type')
  assertCount(options.limit, 'limit')
  assertMaxScan(options.maxScan)
  assertMetadata(options.metadata)
  // As it would have been published, and nobody changes it meanwhile.
  const spelled = (_: string, value: unknown) => (isJsonText(value) ? (JSON.parse(value.text) as unknown) : value)
  const metadata = Object.entries(JSON.parse(JSON.stringify(options.metadata ?? {}, spelled)) as object) as [
    string,
    unknown,
  ][]
  const filter: MessageFilter = {
    types: ['POST'],
    contentTypes: [type],
    ...(tags ? { tags: [...tags] } : {}),
    ...(owners ? { owners: [...owners] } : {}),
    ...(channels ? { channels: [...channels] } : {}),
    ...(refs ? { refs: [...refs] } : {}),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
  toQuery(filter)
  const needed = match === 'all' ? (filter.tags ?? []) : []
  const { limit, maxScan = defaultMaxScan } = options
  const isNodesWork = !metadata.length && !needed.length
  return {
    filter,
    isWanted: value =>
      (!filter.channels || (value.channel !== undefined && filter.channels.includes(value.channel))) &&
      needed.every(tag => value.tags.includes(tag)) &&
      metadata.every(([name, wanted]) => Object.hasOwn(value.metadata, name) && areEqual(value.metadata[name], wanted)),
    pageSize: Math.min(scanPageSize, maxScan, isNodesWork && limit ? limit : scanPageSize),
    limit,
    maxScan,
    signal,
  }
}

function assertFilter(values: unknown, name: string): void {
  if (values === undefined) return
  if (!Array.isArray(values)) throw invalidInput(`The filter ${name} must be a list of texts.`)
  if (!values.length)
    throw invalidInput(`The filter ${name} is an empty list, which nothing could match; leave it out to look for all.`)
  // Each of them by `toQuery`.
  if (values.length > 1000) throw invalidInput(`The filter ${name} has more than 1000 values.`)
}

async function* scan(
  context: Context,
  { filter, isWanted, pageSize, maxScan, signal }: Search,
  limit: number | undefined,
  facts: { isComplete: boolean; scanned: number; errors: UnreadableRow[] },
): AsyncGenerator<StoredValue, void, undefined> {
  let found = 0
  let isMore = false
  const enough = () => {
    facts.isComplete = true
  }
  if (limit === 0) return enough()
  const options = { pageSize, ...(signal ? { signal } : {}) }
  const pages = verifiedPages(context, filter, options, ({ received, hasMore }) => {
    facts.scanned += Math.max(1, received)
    // A node without cursors (protocol §9) gives one page, and if it is full nobody knows what is behind it.
    isMore = hasMore ?? true
  })
  try {
    for await (const page of pages) {
      for (const row of page) {
        throwIfAborted(signal)
        if ('error' in row) {
          facts.errors.push({ item_hash: row.item_hash, error: row.error })
          continue
        }
        // Whose right it was is asked only for what is wanted otherwise.
        if (!isWanted(storedValue({ ...row, authority: 'unproven' }))) continue
        const { authority } = await context.authority.resolve(context, row, signal)
        yield storedValue({ ...row, authority })
        if (++found === limit) return enough()
      }
      if (facts.scanned >= maxScan) break
    }
  } catch (error) {
    if (!isEndless(error)) throw error
  }
  facts.isComplete = !isMore
}
