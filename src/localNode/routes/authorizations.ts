// Who may act for whom, by the `security` aggregates: what an address granted, and what it was granted (protocol §3.6,
// §5.6). Addresses are compared exactly here, though not where permissions are checked (trap 48).
import { spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import { isObject, type Json } from '../validate.js'

type Grouped = [address: string, entries: Json[]][]

/** The real node fails, too, where an owner wrote something else than a list of objects. */
function entriesOf(content: ReadonlyMap<string, unknown> | undefined): Json[] {
  const entries = content?.get('authorizations') ?? []
  if (!Array.isArray(entries) || !entries.every(isObject)) throw new Error('no list of authorizations')
  return entries
}

const withoutAddress = ({ address: _, ...entry }: Json): Json => entry

export function getGranted(context: Context): Reply {
  const { node, params } = context
  const [owner = ''] = params
  return listGrouped(context, 'grantee', () => {
    node.state.aggregates.refreshDirty(owner)
    const grouped = new Map<string, Json[]>()
    for (const entry of entriesOf(node.state.aggregates.get(owner, 'security')?.content)) {
      const address = entry['address']
      if (typeof address !== 'string' || !address) continue
      grouped.set(address, [...(grouped.get(address) ?? []), withoutAddress(entry)])
    }
    return [...grouped]
  })
}

export function getReceived(context: Context): Reply {
  const { node, params } = context
  const [address = ''] = params
  return listGrouped(context, 'granter', () => {
    const { byChange } = node.state.aggregates
    const owners = [...byChange.select({ key: ['security'] }, { isDescending: false })].flatMap(
      ({ owner, content }): Grouped => {
        const list = content.get('authorizations')
        const names = (entry: unknown) => isObject(entry) && entry['address'] === address
        if (!Array.isArray(list) || !list.some(names)) return []
        return [[owner, entriesOf(content).filter(names).map(withoutAddress)]]
      },
    )
    return owners.sort(([a], [b]) => (a < b ? -1 : 1))
  })
}

function listGrouped(context: Context, other: string, find: () => Grouped): Reply {
  const query = new Query(context.query, true)
  const wanted = {
    channels: query.list('channels'),
    types: query.list('types'),
    post_types: query.list('postTypes', 'post_types'),
    aggregate_keys: query.list('aggregateKeys', 'aggregate_keys'),
  }
  const chains = query.list('chains')
  const only = query.text(other)
  const pagination = query.integer(20, { min: 1, max: 500 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  query.check()

  const matches = (entry: Json) =>
    Object.entries(wanted).every(([name, values]) => !values || overlaps(entry[name], values)) &&
    (!chains || !entry['chain'] || chains.includes(String(entry['chain'])))
  const found = find()
    .filter(([address]) => !only || address === only)
    .map(([address, entries]): Grouped[number] => [address, entries.filter(matches)])
    .filter(([, entries]) => entries.length)
  return spaced({
    authorizations: new Map(found.slice((page - 1) * pagination, page * pagination)),
    pagination_page: page,
    pagination_per_page: pagination,
    pagination_total: found.length,
    pagination_item: 'authorizations',
    address: context.params[0] ?? '',
  })
}

/** An absent or empty restriction matches everything. */
const overlaps = (restriction: unknown, values: readonly string[]): boolean =>
  !Array.isArray(restriction) || !restriction.length || restriction.some(each => values.includes(String(each)))
