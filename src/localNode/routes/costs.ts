// What runs and what it costs, summed up and one by one (protocol §5.6).
import { compact, HttpError, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import { decimals, type RunningCost } from '../state/balances.js'
import { paymentTypes } from '../validate.js'
import { costDetail } from './prices.js'

export function getCosts({ node, query: params }: Context): Reply {
  const query = new Query(params)
  const address = query.text('address')
  const itemHash = query.text('item_hash')
  const payment = query.enum(paymentTypes, 'payment_type') ?? 'credit'
  const level = query.integer(0, { min: 0, max: 2 }, 'include_details')
  const withSize = query.boolean(false, 'include_size')
  const pagination = query.integer(100, { min: 10, max: 1000 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  query.check()
  if (level === 2 && !address && !itemHash)
    throw new HttpError(
      422,
      "include_details=2 requires at least one of 'address' or 'item_hash' filters " +
        'to avoid fetching breakdowns for all resources',
    )

  const { balances, messages, files } = node.state
  const found = [...balances.running()].filter(
    entry =>
      entry.payment === payment && (!address || entry.owner === address) && (!itemHash || entry.itemHash === itemHash),
  )
  const sum = (name: keyof RunningCost['costs']) => found.reduce((total, { costs }) => total + costs[name], 0n)
  const sizeOf = (hash: string) => files.get(messages.row(hash)?.contentHash ?? '')?.size ?? 0
  const resource = ({ itemHash: hash, owner, costs }: RunningCost) => ({
    item_hash: hash,
    owner,
    payment_type: payment,
    consumed_credits: 0,
    cost_hold: decimals(costs.hold),
    cost_stream: decimals(0n),
    cost_credit: decimals(costs.credit),
    detail:
      level === 2
        ? costDetail({ owner, payment: payment as RunningCost['payment'], sizeBytes: sizeOf(hash) }, withSize)
        : null,
  })
  const byHash = found.sort((a, b) => (a.itemHash < b.itemHash ? -1 : 1))
  return compact({
    summary: {
      total_consumed_credits: 0,
      total_cost_hold: decimals(sum('hold')),
      total_cost_stream: decimals(0n),
      total_cost_credit: decimals(sum('credit')),
      resource_count: found.length,
    },
    filters: { address: address ?? null, item_hash: itemHash ?? null, payment_type: payment },
    resources: level > 0 ? byHash.slice((page - 1) * pagination, page * pagination).map(resource) : null,
    pagination_page: level > 0 ? page : null,
    pagination_total: level > 0 ? found.length : null,
    pagination_per_page: level > 0 ? pagination : null,
    pagination_item: level > 0 ? 'resources' : null,
  })
}
