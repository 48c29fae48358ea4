// Reading messages: one by hash, its status and content, lists with filters, hashes (protocol §4.3, §5.1).
import { isItemHash } from '../../client/message/itemHash.js'
import { compact, HttpError, jsonText, notFound, spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import type { Confirmation, LiveFacet, MessageRow, Skeleton, StatusEntry } from '../state/messages.js'
import type { Filters, Range } from '../state/table.js'
import { isoZ } from '../time.js'
import { chains, isObject, messageTypes, parseStrictJson, paymentTypes, storeFields, type Json } from '../validate.js'
import { decodeCursor, encodeCursor, pageOf, pagePath, totalOf } from './paging.js'

const statuses = ['pending', 'processed', 'rejected', 'forgotten', 'removing', 'removed'] as const
/** Types that may be asked for; a node of this kind holds none of the last three. */
const listedTypes = [...messageTypes, 'PROGRAM', 'INSTANCE', 'V-PROGRAM']

function entryOf({ node, params: [hash = ''] }: Context): StatusEntry {
  if (!isItemHash(hash)) throw new HttpError(400, `Invalid message hash: ${hash}`)
  const entry = node.state.messages.get(hash)
  if (!entry) throw notFound()
  return entry
}

const head = ({ status, hash, reception }: StatusEntry) => ({
  status,
  item_hash: hash,
  reception_time: isoZ(reception),
})

export const getStatus = (context: Context): Reply => compact(head(entryOf(context)))

export function getMessage(context: Context): Reply {
  const entry = entryOf(context)
  const start = head(entry)
  switch (entry.status) {
    case 'pending': {
      const { message } = entry.pending
      const { sender, chain, signature, type, item_content, item_type, item_hash, channel } = message
      const content = message.content ?? (item_content === null ? null : (JSON.parse(item_content) as Json))
      const copy = { sender, chain, signature, type, item_content, item_type, item_hash }
      const more = { time: isoZ(message.time), channel, content, reception_time: start.reception_time }
      return compact({ ...start, messages: [{ ...copy, ...more }] })
    }
    case 'processed':
      return compact({ ...start, message: processedMessage(entry.row) })
    case 'removing':
      return compact({ ...start, message: processedMessage(entry.row), reason: reasonOf(entry.row.payment) })
    case 'rejected': {
      const details = entry.errors.length ? { errors: entry.errors } : null
      return compact({ ...start, message: entry.message, error_code: entry.code, details })
    }
    case 'forgotten': {
      const { endedAt, forgottenBy } = entry.skeleton
      const message = { ...skeletonFields(entry.skeleton), forgotten_at: endedAt }
      return compact({ ...start, message, forgotten_by: forgottenBy })
    }
    case 'removed': {
      const { endedAt, payment, size } = entry.skeleton
      const message = { ...skeletonFields(entry.skeleton), removed_at: endedAt }
      return compact({ ...start, message, reason: reasonOf(payment), removed_at: endedAt, size })
    }
  }
}

const reasonOf = (payment: string | null) => (payment === 'credit' ? 'credit_insufficient' : 'balance_insufficient')

/** The shape of a single message: no `size`, and the content goes through the schema. */
function processedMessage(row: MessageRow): Json {
  return {
    sender: row.sender,
    chain: row.chain,
    signature: row.signature,
    type: row.type,
    item_content: row.itemContent,
    item_type: row.itemType,
    item_hash: row.hash,
    time: row.time,
    channel: row.channel,
    content: schemaContent(row),
    confirmed: row.confirmations.length > 0,
    confirmations: row.confirmations.map(({ chain, height, hash }) => ({ chain, height, hash })),
  }
}

const contentOf = (row: MessageRow): Json => {
  const content = parseStrictJson(row.contentText) as Json
  return row.itemType === 'inline' ? content : { address: row.sender, time: row.time, ...content }
}

/** Unknown keys of a STORE vanish and absent fields appear as nulls (trap 10). */
function schemaContent(row: MessageRow): Json {
  const content = contentOf(row)
  const pick = (...names: string[]) => Object.fromEntries(names.map(name => [name, content[name] ?? null]))
  switch (row.type) {
    case 'POST':
      return pick('address', 'time', 'content', 'ref', 'type')
    case 'STORE': {
      const { payment } = content
      const fields = pick(...storeFields)
      if (!isObject(payment)) return { ...fields, payment: null }
      const { chain = null, receiver = null, type } = payment
      return { ...fields, payment: { chain, receiver, type } }
    }
    case 'FORGET':
      return { ...pick('address', 'time', 'hashes'), aggregates: content['aggregates'] ?? [], ...pick('reason') }
    default:
      return pick('address', 'time', 'key', 'content')
  }
}

export function getContent(context: Context): Reply {
  const entry = entryOf(context)
  if (entry.status !== 'processed') {
    const status = `MessageStatus.${entry.status.toUpperCase()}`
    throw new HttpError(422, `Message ${entry.hash} is not processed (status: ${status})`)
  }
  const content = schemaContent(entry.row)
  return spaced(entry.row.type === 'POST' ? content['content'] : content)
}

const skeletonFields = (row: Skeleton) => ({
  sender: row.sender,
  chain: row.chain,
  signature: row.signature,
  type: row.type,
  item_type: row.itemType,
  item_hash: row.hash,
  time: row.time,
  channel: row.channel,
  owner: row.owner,
  payment_type: row.payment,
  size: row.size,
})

type ContentFormat = 'full' | 'headers' | 'none'

/** A row of a list as JSON text: the content is the author's own text, which no parser has to touch. */
export function listedMessage(row: MessageRow, format: ContentFormat): string {
  const confirmations = row.confirmations.map(({ chain, hash, height }: Confirmation) => ({ chain, hash, height }))
  const start =
    `{"chain":${JSON.stringify(row.chain)},"channel":${JSON.stringify(row.channel)},` +
    `"confirmations":${JSON.stringify(confirmations)},"confirmed":${row.confirmations.length > 0}`
  const { itemContent: item_content, hash: item_hash, itemType: item_type, sender, signature, size, time, type } = row
  const end = JSON.stringify({ item_content, item_hash, item_type, sender, signature, size, time, type }).slice(1)
  if (format === 'none') return `${start},${end}`
  const content = format === 'headers' ? JSON.stringify(headersOf(row)) : rawContent(row)
  return `${start},"content":${content},${end}`
}

const rawContent = (row: MessageRow) => (row.itemType === 'inline' ? row.contentText : JSON.stringify(contentOf(row)))

function headersOf(row: MessageRow): Json {
  const headers: Json = { address: row.owner }
  const add = (name: string, value: string | null) => {
    if (value !== null) headers[name] = value
  }
  if (row.type === 'POST') add('type', row.contentType)
  if (row.type === 'AGGREGATE') add('key', row.contentKey)
  if (row.type === 'STORE') add('item_hash', row.contentHash)
  if (row.type === 'POST' || row.type === 'STORE') add('ref', row.ref)
  return headers
}

/** Everything `messages.json` can be asked for. */
function readListQuery(context: Context) {
  const query = new Query(context.query)
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
  const pagination = query.integer(20, { min: 0 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const cursor = query.text('cursor')
  query.require(!startDate || !endDate || endDate >= startDate, 'end date cannot be lower than start date.')
  query.require(!startBlock || !endBlock || endBlock >= startBlock, 'end block cannot be lower than start block.')
  query.require(!cursor || sortBy !== 'tx-time', 'Cursor pagination is not supported with tx-time sort order.')
  query.check()
  return {
    ...{ sortBy, sortOrder, type, types, wantedStatuses, addresses, owners, refs, contentHashes, contentKeys },
    ...{ contentTypes, chainNames, channels, tags, hashes, payments, startDate, endDate, startBlock, endBlock },
    ...{ pagination, page: pagePath(context) ?? page, cursor },
    format: format ?? (excludesContent ? 'none' : 'full'),
  }
}

type ListQuery = ReturnType<typeof readListQuery>

export function listMessages(context: Context): Reply {
  const query = readListQuery(context)
  const ended = query.wantedStatuses.filter(status => status === 'forgotten' || status === 'removed')
  if (ended.length) return listEnded(context, query, ended[0] === 'removed' ? 'removed' : 'forgotten')

  const isCursor = query.cursor !== undefined
  const range = rangeOf(query)
  const rows = selectLive(context, query, range)
  const { items, hasMore, perPage } = pageOf(rows, query)
  const messages = `[${items.map(row => listedMessage(row, query.format as ContentFormat)).join(',')}]`
  if (isCursor) {
    const last = items[items.length - 1]
    const next = hasMore && last ? JSON.stringify(encodeCursor(last.time, last.hash)) : 'null'
    return jsonText(`{"messages":${messages},"next_cursor":${next},"pagination_per_page":${perPage}}`)
  }
  const total = totalOf(items.length, query, () => countLive(context, query, range))
  return jsonText(
    `{"messages":${messages},"pagination_item":"messages","pagination_page":${query.page},` +
      `"pagination_per_page":${query.pagination},"pagination_total":${total}}`,
  )
}

function rangeOf(query: ListQuery): Range {
  return {
    isDescending: query.sortOrder === -1,
    from: query.startDate || undefined,
    to: query.endDate || undefined,
    after: query.cursor ? decodeCursor(query.cursor) : undefined,
  }
}

const filtersOf = (query: ListQuery): Filters<LiveFacet> => ({
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
function predicateOf(context: Context, query: ListQuery): ((row: MessageRow) => boolean) | undefined {
  const { messages } = context.node.state
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

function selectLive(context: Context, query: ListQuery, range: Range): Iterable<MessageRow> {
  const { messages } = context.node.state
  const predicate = predicateOf(context, query)
  const isByBlock = query.sortBy === 'tx-time' || query.startBlock > 0 || query.endBlock > 0
  if (!query.hashes && !isByBlock) return messages.live.select(filtersOf(query), range, predicate)
  // A few named messages, or an order that no table keeps: select, then sort.
  const source = query.hashes
    ? namedRows(context, query, range)
    : messages.live.select(filtersOf(query), range, predicate)
  const rows = [...source].filter(row => !predicate || predicate(row))
  return isByBlock ? sortByBlock(rows, range.isDescending) : rows
}

function* namedRows(context: Context, query: ListQuery, range: Range): Generator<MessageRow> {
  const { live, row } = context.node.state.messages
  const rows = [...new Set(query.hashes)].flatMap(hash => row.call(context.node.state.messages, hash) ?? [])
  yield* live.among(rows, filtersOf(query), range)
}

/** Unconfirmed messages are the newest. */
function sortByBlock(rows: MessageRow[], isDescending: boolean): MessageRow[] {
  const height = (row: MessageRow) => row.confirmations[0]?.height ?? Infinity
  const sign = isDescending ? -1 : 1
  return rows.sort((a, b) => (height(a) === height(b) ? 0 : height(a) < height(b) ? -sign : sign))
}

/** Counting walks through all matches, so the result is kept until something changes. */
const counts = new WeakMap<object, { revision: number; byQuery: Map<string, number> }>()

function countLive(context: Context, query: ListQuery, range: Range): number {
  const { messages } = context.node.state
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
      ? [...selectLive(context, query, range)].length
      : messages.live.count(filtersOf(query), range, predicateOf(context, query))
    known.byQuery.set(key, count)
  }
  return count
}

function listEnded(context: Context, query: ListQuery, status: 'forgotten' | 'removed'): Reply {
  if (new Set(query.wantedStatuses).size > 1)
    throw new HttpError(400, 'msgStatuses=forgotten/removed cannot be combined with other statuses')
  if (query.cursor !== undefined)
    throw new HttpError(400, `Cursor pagination is not supported for ${status} message queries`)
  const { refs, contentTypes, contentHashes, contentKeys, tags, startBlock, endBlock } = query
  const unsupported = Object.entries({ refs, contentTypes, contentHashes, contentKeys, tags, startBlock, endBlock })
    .filter(([, value]) => value)
    .map(([name]) => name)
  if (unsupported.length)
    throw new HttpError(400, `Filters not supported for ${status} message queries: ${unsupported.join(', ')}`)
  const { sender, owner, type, chain, channel, payment } = filtersOf(query)
  const filters = { sender, owner, type, chain, channel, payment, hash: query.hashes }
  const table = context.node.state.messages.ended[status]
  const range = rangeOf(query)
  const { items } = pageOf(table.select(filters, range), query)
  const messages = items.map(row => ({
    ...skeletonFields(row),
    status,
    ...(status === 'forgotten'
      ? { forgotten_at: row.endedAt, forgotten_by: row.forgottenBy }
      : { removed_at: row.endedAt }),
  }))
  const total = totalOf(items.length, query, () => table.count(filters, range))
  return compact({
    messages,
    pagination_item: 'messages',
    pagination_page: query.page,
    pagination_per_page: query.pagination,
    pagination_total: total,
  })
}

export function listHashes(context: Context): Reply {
  const query = new Query(context.query)
  const status = query.enum(statuses, 'status')
  const page = query.integer(1, { min: 1 }, 'page')
  const pagination = query.integer(20, { min: 0 }, 'pagination')
  const from = query.date('startDate', 'start_date')
  const to = query.date('endDate', 'end_date')
  const sortOrder = query.sortOrder('sortOrder', 'sort_order')
  const isHashOnly = query.boolean(true, 'hash_only')
  query.require(!from || !to || to >= from, 'end date cannot be lower than start date.')
  query.check()
  if (!isHashOnly) throw new Error('the real node fails here too')
  const { messages } = context.node.state
  const range = { isDescending: sortOrder === -1, from: from || undefined, to: to || undefined }
  const predicate = status ? (row: MessageRow) => messages.get(row.hash)?.status === status : undefined
  const { items } = pageOf(messages.byReception.select({}, range, predicate), { page, pagination })
  const total = totalOf(items.length, { page, pagination }, () => messages.byReception.count({}, range, predicate))
  return compact({
    hashes: items.map(row => row.hash),
    pagination_item: 'hashes',
    pagination_page: page,
    pagination_per_page: pagination,
    pagination_total: total,
  })
}
