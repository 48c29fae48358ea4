// Which live messages a subscriber sees. Fewer filters hold here than for history, as in the real node (protocol §5.7).
import { Query } from '../query.js'
import { readFilters, requireOrder, type MessageFilters } from '../routes/messageQuery.js'
import type { MessageRow } from '../state/messages.js'

export type LiveQuery = MessageFilters & { history: number }

/** Throws `QueryError`. Pages and cursors are not looked at. */
export function readLiveQuery(params: URLSearchParams): LiveQuery {
  const query = new Query(params)
  const filters = readFilters(query)
  const history = query.integer(10, { min: 0, below: 200 }, 'history')
  requireOrder(query, filters)
  query.check()
  return { ...filters, history }
}

/**
 * `msgTypes`, dates, blocks, `contentKeys`, payments and statuses are ignored. Tags never match (trap 9): the real node
 * looks for them in the wrong place.
 */
export function matchesLive(row: MessageRow, query: LiveQuery): boolean {
  const has = (values: readonly string[] | undefined, value: string | null) =>
    !values || (value !== null && values.includes(value))
  return (
    !query.tags &&
    (query.type === undefined || query.type === row.type) &&
    has(query.addresses, row.sender) &&
    has(query.owners, row.owner) &&
    has(query.hashes, row.hash) &&
    has(query.chainNames, row.chain) &&
    has(query.channels, row.channel) &&
    has(query.refs, row.ref) &&
    has(query.contentTypes, row.contentType) &&
    has(query.contentHashes, row.contentHash)
  )
}
