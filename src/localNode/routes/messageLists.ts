// Lists of messages: live ones, forgotten and removed ones, and hashes by time of arrival (protocol §5.1).
import { compact, HttpError, jsonText, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import type { MessageRow } from '../state/messages.js'
import { countLive, filtersOf, rangeOf, readListQuery, selectLive, statuses, type ListQuery } from './messageQuery.js'
import { listedMessage, skeletonFields } from './messageShapes.js'
import { encodeCursor, pageOf, totalOf } from './paging.js'

export function listMessages(context: Context): Reply {
  const query = readListQuery(context)
  const ended = query.wantedStatuses.filter(status => status === 'forgotten' || status === 'removed')
  if (ended.length) return listEnded(context, query, ended[0] === 'removed' ? 'removed' : 'forgotten')

  const isCursor = query.cursor !== undefined
  const range = rangeOf(query)
  const rows = selectLive(context.node.state.messages, query, range)
  const { items, hasMore, perPage } = pageOf(rows, query)
  const messages = `[${items.map(row => listedMessage(row, query.format)).join(',')}]`
  if (isCursor) {
    const last = items[items.length - 1]
    const next = hasMore && last ? JSON.stringify(encodeCursor(last.time, last.hash)) : 'null'
    return jsonText(`{"messages":${messages},"next_cursor":${next},"pagination_per_page":${perPage}}`)
  }
  const total = totalOf(items.length, query, () => countLive(context.node.state.messages, query, range))
  return jsonText(
    `{"messages":${messages},"pagination_item":"messages","pagination_page":${query.page},` +
      `"pagination_per_page":${query.pagination},"pagination_total":${total}}`,
  )
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
  const total = messages.byReception.count({}, range, predicate)
  return compact({
    hashes: items.map(row => row.hash),
    pagination_item: 'hashes',
    pagination_page: page,
    pagination_per_page: pagination,
    pagination_total: total,
  })
}
