// The history of an account's credits. Here it only holds what the set-up gave: no chain and no shop sells any, and
// nothing is ever charged (protocol §5.6).
import { compact, HttpError, spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import type { CreditEntry } from '../state/balances.js'
import { isoZ } from '../time.js'
import { decodeFields, encodeFields, pageOf } from './paging.js'
import { listedTypes } from './messageQuery.js'

const sortings = [
  'message_timestamp',
  'expiration_date',
  'payment_method',
  'amount',
  'origin',
  'tx_hash',
  'provider',
] as const
const method = 'setup'
/** Fields that a set-up leaves empty: to ask for a value of one is to ask for nothing. */
const emptyFields = ['tx_hash', 'token', 'chain', 'provider', 'origin', 'origin_ref', 'resource'] as const

/** The entries that the filters of both endpoints leave, oldest first. */
function readEntries({ node, params: [address = ''] }: Context, query: Query): CreditEntry[] {
  const isEmptyFieldAsked = emptyFields.filter(name => query.text(name) !== undefined).length > 0
  const wantedMethod = query.text('payment_method')
  const expires = query.boolean(false, 'has_expiration')
  const excluded = query.list('exclude_payment_method')
  const from = query.date('startDate', 'start_date')
  const hasEnd = query.text('endDate', 'end_date') !== undefined
  const to = query.date('endDate', 'end_date')
  const direction = query.enum(['incoming', 'outgoing'], 'direction')
  const types = query.enums(listedTypes, 'resourceTypes', 'resource_types')
  query.require(!hasEnd || to >= from, 'end date cannot be lower than start date.')
  query.check()
  if (isEmptyFieldAsked || types || expires || excluded?.includes(method)) return []
  if (wantedMethod !== undefined && wantedMethod !== method) return []
  return node.state.balances.creditHistory(address).filter(({ time, amount }) => {
    if (time < from || (hasEnd && time > to)) return false
    return direction === undefined || (direction === 'incoming' ? amount > 0 : amount < 0)
  })
}

const shown = ({ index, amount, time }: CreditEntry) => ({
  amount,
  price: null,
  bonus_amount: null,
  tx_hash: null,
  token: null,
  chain: null,
  provider: null,
  origin: null,
  origin_ref: null,
  payment_method: method,
  credit_ref: method,
  credit_index: index,
  expiration_date: null,
  message_timestamp: isoZ(time),
  expense_count: null,
  expense_size_mib: null,
})

export function getCreditHistory(context: Context): Reply {
  const { params, query: search } = context
  const [address = ''] = params
  const query = new Query(search)
  const pagination = query.integer(0, { min: 0 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const cursor = query.text('cursor')
  const sortBy = query.enum(sortings, 'sort_by') ?? 'message_timestamp'
  const sortOrder = query.sortOrder('sort_order')
  const entries = readEntries(context, query)

  // By the other columns all are equal, and the index decides.
  const value = ({ time, amount }: CreditEntry) =>
    sortBy === 'message_timestamp' ? time : sortBy === 'amount' ? amount : 0
  const compare = (a: CreditEntry, b: CreditEntry) => sortOrder * (value(a) - value(b) || a.index - b.index)
  const after = cursor ? decodeEntry(cursor, context) : undefined
  const sorted = entries.sort(compare)
  const rest = after ? sorted.filter(entry => compare(entry, after) > 0) : sorted
  const { items, hasMore, perPage } = pageOf(rest, { page: cursor === undefined ? page : 1, pagination, cursor })
  if (!items.length) throw new HttpError(404, 'No credit history found for this address')
  const credit_history = items.map(shown)
  if (cursor === undefined)
    return compact({
      address,
      credit_history,
      pagination_page: page,
      pagination_total: entries.length,
      pagination_per_page: pagination,
    })
  const last = items[items.length - 1]
  const next = hasMore && last ? encodeFields({ i: String(last.index), r: method }) : null
  return spaced({ address, credit_history, next_cursor: next, pagination_per_page: perPage })
}

function decodeEntry(cursor: string, { node, params: [address = ''] }: Context): CreditEntry {
  const { i } = decodeFields(cursor)
  const entry = node.state.balances.creditHistory(address)[Number(i)]
  if (!entry) throw new HttpError(422, 'Invalid cursor: missing required fields')
  return entry
}

export function getCreditSummary(context: Context): Reply {
  const entries = readEntries(context, new Query(context.query))
  const sum = (wanted: (amount: number) => boolean) =>
    entries.reduce((total, { amount }) => (wanted(amount) ? total + amount : total), 0)
  return compact({
    address: context.params[0] ?? '',
    entry_count: entries.length,
    total_amount: sum(() => true),
    total_incoming: sum(amount => amount > 0),
    total_outgoing: sum(amount => amount < 0),
  })
}

/** Any text will do for a hash here. */
export const getConsumedCredits = ({ params: [hash = ''] }: Context): Reply =>
  compact({ item_hash: hash, consumed_credits: 0 })
