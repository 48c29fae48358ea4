// What everybody holds: lists of balances and of credits, by address (protocol §5.6).
import { HttpError, spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import { everybody } from '../state/balances.js'
import { chains } from '../validate.js'
import { decodeFields, encodeFields, pageOf } from './paging.js'

/** All ALEPH of this node is held on Ethereum. */
export function listBalances(context: Context): Reply {
  const query = new Query(context.query)
  const wanted = query.enums(chains, 'chains')
  const rows = amounts(context.node.state.balances.held, !wanted || wanted.includes('ETH'))
  return listAmounts(query, rows, 'balances', ([address, balance]) => ({ address, balance, chain: 'ETH' }))
}

export function listCreditBalances(context: Context): Reply {
  const rows = amounts(context.node.state.balances.credits, true)
  return listAmounts(new Query(context.query), rows, 'credit_balances', ([address, credits]) => ({ address, credits }))
}

type Amount = [address: string, amount: number]

const amounts = (byAddress: ReadonlyMap<string, number>, isWanted: boolean): Amount[] =>
  isWanted ? [...byAddress].filter(([address]) => address !== everybody).sort(([a], [b]) => (a < b ? -1 : 1)) : []

function listAmounts(query: Query, rows: Amount[], name: string, shape: (row: Amount) => object): Reply {
  const pagination = query.integer(100, { min: 0 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const least = query.text('min_balance') === undefined ? 0 : query.integer(0, { min: 1 }, 'min_balance')
  const cursor = query.text('cursor')
  query.check()
  const after = cursor ? decodeAddress(cursor) : undefined
  const found = rows.filter(([address, amount]) => amount >= least && (after === undefined || address > after))
  const { items, hasMore, perPage } = pageOf(found, { page: cursor === undefined ? page : 1, pagination, cursor })
  const shown = { [name]: items.map(shape) }
  const last = items[items.length - 1]
  if (cursor !== undefined) {
    const next = hasMore && last ? encodeFields({ a: last[0] }) : null
    return spaced({ ...shown, next_cursor: next, pagination_per_page: perPage })
  }
  return spaced({
    ...shown,
    pagination_item: name,
    pagination_page: page,
    pagination_per_page: pagination,
    pagination_total: found.length,
  })
}

export function decodeAddress(cursor: string): string {
  const { a } = decodeFields(cursor)
  if (a === undefined) throw new HttpError(422, 'Invalid cursor: missing required fields')
  return String(a)
}
