// Aggregates of one owner, and the list over all owners (protocol §5.3).
import { HttpError, spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import type { Aggregate } from '../state/aggregates.js'
import { isoOffset } from '../time.js'
import { decodeFields, decodeTime, encodeFields, pageOf } from './paging.js'

export function getAggregates({ node, params: [address = ''], query: params }: Context): Reply {
  const query = new Query(params, true)
  const keys = query.list('keys')
  query.integer(1000, { min: -Infinity }, 'limit') // read and not used, as in the real node
  const withInfo = query.boolean(false, 'with_info')
  const isValueOnly = query.boolean(false, 'value_only')
  query.check()

  const { aggregates } = node.state
  aggregates.refreshDirty(address)
  // With info the keys are ignored (trap 17).
  const found = aggregates.ofOwner(address).filter(({ key }) => withInfo || !keys || keys.includes(key))
  if (!found.length) throw new HttpError(404, 'No aggregate found for this address')
  const [key] = keys ?? []
  if (isValueOnly && keys?.length === 1 && key !== undefined) {
    const wanted = found.find(aggregate => aggregate.key === key)
    if (!wanted) throw new Error('the real node fails here too')
    return spaced(wanted.content)
  }
  const data = new Map(found.map(aggregate => [aggregate.key, aggregate.content]))
  const info = new Map(withInfo ? found.map(aggregate => [aggregate.key, infoOf(aggregate)]) : [])
  return spaced({ address, data, info })
}

/** Both hashes are the last revision's (trap 17). */
const infoOf = ({ created, lastRevision }: Aggregate) => ({
  created: isoOffset(created),
  last_updated: isoOffset(lastRevision.time),
  original_item_hash: lastRevision.hash,
  last_update_item_hash: lastRevision.hash,
})

export function listAggregates({ node, query: params }: Context): Reply {
  const query = new Query(params, true)
  const filters = { key: query.list('keys'), owner: query.list('addresses') }
  const sortBy = query.enum(['creation_time', 'last_modified'], 'sortBy', 'sort_by') ?? 'last_modified'
  const sortOrder = query.sortOrder('sortOrder', 'sort_order')
  const pagination = query.integer(20, { min: 1, max: 500 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const cursor = query.text('cursor')
  query.check()

  const { byChange, byCreation } = node.state.aggregates
  const table = sortBy === 'last_modified' ? byChange : byCreation
  const range = { isDescending: sortOrder === -1, after: cursor ? decodeAggregateCursor(cursor) : undefined }
  const { items, hasMore, perPage } = pageOf(table.select(filters, range), { page, pagination, cursor })
  const aggregates = items.map(({ owner, key, content, created, lastRevision }) => ({
    address: owner,
    key,
    content,
    created: isoOffset(created),
    last_updated: isoOffset(lastRevision.time),
  }))
  if (cursor !== undefined) {
    const last = items[items.length - 1]
    const time = last && (sortBy === 'last_modified' ? last.lastRevision.time : last.created)
    const next =
      hasMore && last && time !== undefined ? encodeFields({ k: last.key, o: last.owner, t: isoOffset(time) }) : null
    return spaced({ aggregates, pagination_per_page: perPage, next_cursor: next })
  }
  return spaced({
    aggregates,
    pagination_per_page: pagination,
    pagination_page: page,
    pagination_total: table.count(filters, range),
    pagination_item: 'aggregates',
  })
}

function decodeAggregateCursor(cursor: string) {
  const { t, k, o } = decodeFields(cursor)
  if (t === undefined || k === undefined || o === undefined)
    throw new HttpError(422, 'Invalid cursor: missing required fields')
  return { time: decodeTime(t), hash: `${String(k)}\u0000${String(o)}` }
}
