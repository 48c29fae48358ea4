// What messages can be asked for by, and which live ones match (protocol §5.1).
import type { Context } from '../http.js'
import { Query } from '../query.js'
import type { LiveFacet, MessageRow, Messages } from '../state/messages.js'
import type { Filters, Range } from '../state/table.js'
import { chains, messageTypes, paymentTypes } from '../validate.js'
import type { ContentFormat } from './messageShapes.js'
import { decodeCursor, pagePath } from './paging.js'

export const statuses = ['pending', 'processed', 'rejected', 'forgotten', 'removing', 'removed'] as const
/** Types that may be asked for; a node of this kind holds none of the last three. */
export const listedTypes = [...messageTypes, 'PROGRAM', 'INSTANCE', 'V-PROGRAM']

/** The filters that lists and subscriptions share. */
export function readFilters(query: Query) {
  const sortBy = query.enum(['time', 'tx-time'], 'sortBy', 'sort_by') ?? 'time'
  const sortOrder = query.sortOrder('sortOrder', 'sort_order')
  const type = query.enum(listedTypes, 'msgType', 'message_type')
  const types = query.enums(listedTypes, 'msgTypes', 'message_types')
  const wantedStatuses = query.enums(statuses, 'msgStatuses', 'message_statuses') ?? ['processed', 'removing']
  const addresses = query.list('addresses')
  const owners = query.list('owners')
  const refs = query.list('refs')
  const contentHashes = query.hashes('contentHashes', 'content_hashes')
  const contentKeys = query.hashes('contentKeys', 'content_keys')
  const contentTypes = query.list('contentTypes', 'content_types')
  const chainNames = query.enums(chains, 'chains')
  const channels = query.list('channels')
  const tags = query.list('tags')
  const hashes = query.hashes('hashes')
  const payments = query.enums(paymentTypes, 'paymentTypes', 'payment_types')
  const excludesContent = query.boolean(false, 'excludeContent', 'exclude_content')
  const format = query.enum(['full', 'headers', 'none'], 'contentFormat', 'content_format')
  const startDate = query.date('startDate', 'start_date')
  const endDate = query.date('endDate', 'end_date')
  const startBlock = query.integer(0, { min: 0 }, 'startBlock', 'start_block')
  const endBlock = query.integer(0, { min: 0 }, 'endBlock', 'end_block')
  return {
    ...{ sortBy, sortOrder, type, types, wantedStatuses, addresses, owners, refs, contentHashes, contentKeys },
    ...{ contentTypes, chainNames, channels, tags, hashes, payments, startDate, endDate, startBlock, endBlock },
    format: (format ?? (excludesContent ? 'none' : 'full')) as ContentFormat,
  }
}

export type MessageFilters = ReturnType<typeof readFilters>

/** Rules between filters; to be called when every parameter was read. */
export function requireOrder(query: Query, { startDate, endDate, startBlock, endBlock }: MessageFilters): void {
  query.require(!startDate || !endDate || endDate >= startDate, 'end date cannot be lower than start date.')
  query.require(!startBlock || !endBlock || endBlock >= startBlock, 'end block cannot be lower than start block.')
}

/** Everything `messages.json` can be asked for. */
export function readListQuery(context: Context) {
  const query = new Query(context.query)
  const filters = readFilters(query)
  const pagination = query.integer(20, { min: 0 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const cursor = query.text('cursor')
  requireOrder(query, filters)
  query.require(!cursor || filters.sortBy !== 'tx-time', 'Cursor pagination is not supported with tx-time sort order.')
  query.check()
  return { ...filters, pagination, page: pagePath(context) ?? page, cursor }
}

export type ListQuery = ReturnType<typeof readListQuery>

export function rangeOf(query: MessageFilters & { cursor?: string | undefined }): Range {
  return {
    isDescending: query.sortOrder === -1,
    from: query.startDate || undefined,
    to: query.endDate || undefined,
    after: query.cursor ? decodeCursor(query.cursor) : undefined,
  }
}

export const filtersOf = (query: MessageFilters): Filters<LiveFacet> => ({
  sender: query.addresses,
  owner: query.owners,
  type: query.types ?? (query.type === undefined ? undefined : [query.type]),
  chain: query.chainNames,
  channel: query.channels,
  ref: query.refs,
  contentType: query.contentTypes,
  contentHash: query.contentHashes,
  contentKey: query.contentKeys,
  tag: query.tags,
  payment: query.payments,
})

/** What no index answers. */
function predicateOf(messages: Messages, query: MessageFilters): ((row: MessageRow) => boolean) | undefined {
  const checks: ((row: MessageRow) => boolean)[] = []
  const live = new Set<string>(query.wantedStatuses.filter(status => status === 'processed' || status === 'removing'))
  if (live.size < 2) checks.push(row => live.has(messages.get(row.hash)?.status ?? ''))
  if (query.hashes) {
    const hashes = new Set(query.hashes)
    checks.push(row => hashes.has(row.hash))
  }
  // A first block keeps unconfirmed messages, a last one drops them (trap 33).
  const heightOf = (row: MessageRow) => row.confirmations[0]?.height
  if (query.startBlock) checks.push(row => (heightOf(row) ?? Infinity) >= query.startBlock)
  if (query.endBlock) checks.push(row => (heightOf(row) ?? Infinity) < query.endBlock)
  return checks.length ? row => checks.every(check => check(row)) : undefined
}

/** Live messages that match, in the order asked for. */
export function selectLive(messages: Messages, query: MessageFilters, range: Range): Iterable<MessageRow> {
  const predicate = predicateOf(messages, query)
  const isByBlock = query.sortBy === 'tx-time' || query.startBlock > 0 || query.endBlock > 0
  if (!query.hashes && !isByBlock) return messages.live.select(filtersOf(query), range, predicate)
  // A few named messages, or an order that no table keeps: select, then sort.
  const source = query.hashes
    ? namedRows(messages, query, range)
    : messages.live.select(filtersOf(query), range, predicate)
  const rows = [...source].filter(row => !predicate || predicate(row))
  return isByBlock ? sortByBlock(rows, range.isDescending) : rows
}

function* namedRows(messages: Messages, query: MessageFilters, range: Range): Generator<MessageRow> {
  const rows = [...new Set(query.hashes)].flatMap(hash => messages.row(hash) ?? [])
  yield* messages.live.among(rows, filtersOf(query), range)
}

/** Unconfirmed messages are the newest. */
function sortByBlock(rows: MessageRow[], isDescending: boolean): MessageRow[] {
  const height = (row: MessageRow) => row.confirmations[0]?.height ?? Infinity
  const sign = isDescending ? -1 : 1
  return rows.sort((a, b) => (height(a) === height(b) ? 0 : height(a) < height(b) ? -sign : sign))
}

/** Counting walks through all matches, so the result is kept until something changes. */
const counts = new WeakMap<object, { revision: number; byQuery: Map<string, number> }>()

export function countLive(messages: Messages, query: ListQuery, range: Range): number {
  let known = counts.get(messages)
  if (known?.revision !== messages.revision || known.byQuery.size > 1000) {
    known = { revision: messages.revision, byQuery: new Map() }
    counts.set(messages, known)
  }
  const { pagination, page, format, sortOrder, ...filters } = query
  const key = JSON.stringify(filters)
  let count = known.byQuery.get(key)
  if (count === undefined) {
    count = query.hashes
      ? [...selectLive(messages, query, range)].length
      : messages.live.count(filtersOf(query), range, predicateOf(messages, query))
    known.byQuery.set(key, count)
  }
  return count
}
