// What addresses wrote: their types of posts, their channels, and how many messages of which type (protocol §5.6).
import { compact, HttpError, spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import type { MessageRow, Messages } from '../state/messages.js'
import { decodeFields, encodeFields, pageOf } from './paging.js'

const bySender = (messages: Messages, address: string) =>
  messages.live.select({ sender: [address] }, { isDescending: false })

function distinct(rows: Iterable<MessageRow>, valueOf: (row: MessageRow) => string | null): string[] {
  const values = new Set<string>()
  for (const row of rows) {
    const value = valueOf(row)
    if (value !== null) values.add(value)
  }
  return [...values].sort()
}

export function getPostTypes({ node, params: [address = ''] }: Context): Reply {
  const rows = bySender(node.state.messages, address)
  return compact({ address, post_types: distinct(rows, row => (row.type === 'POST' ? row.contentType : null)) })
}

export function getAddressChannels({ node, params: [address = ''] }: Context): Reply {
  return compact({ address, channels: distinct(bySender(node.state.messages, address), row => row.channel) })
}

const counted = ['aggregate', 'forget', 'instance', 'post', 'program', 'store'] as const
type Stats = Record<'messages' | (typeof counted)[number], number>

/** Counting walks through all messages, so the result is kept until something changes. */
const known = new WeakMap<Messages, { revision: number; stats: Map<string, Stats> }>()

function allStats(messages: Messages): ReadonlyMap<string, Stats> {
  const last = known.get(messages)
  if (last?.revision === messages.revision) return last.stats
  const stats = new Map<string, Stats>()
  for (const row of messages.live.select({}, { isDescending: false })) {
    if (messages.get(row.hash)?.status !== 'processed') continue
    const entry: Stats = stats.get(row.sender) ?? {
      ...{ messages: 0, aggregate: 0, forget: 0, instance: 0, post: 0, program: 0, store: 0 },
    }
    stats.set(row.sender, entry)
    entry.messages++
    const type = counted.find(name => name === row.type.toLowerCase())
    if (type) entry[type]++
  }
  known.set(messages, { revision: messages.revision, stats })
  return stats
}

/** `addresses[]`, with the brackets; any other spelling is not seen and gives everybody. */
export function getStatsV0({ node, query }: Context): Reply {
  const all = allStats(node.state.messages)
  const wanted = query.getAll('addresses[]')
  const rows = [...all].filter(([address]) => !wanted.length || wanted.includes(address))
  return spaced({ data: new Map(rows.sort(([a], [b]) => (a < b ? 1 : -1))) })
}

export function getStatsV1({ node, query: params }: Context): Reply {
  const query = new Query(params)
  const part = query.shortText(66, 'addressContains')?.toLowerCase()
  const sortBy = query.enum([...counted, 'total'], 'sortBy') ?? 'total'
  const sortOrder = query.sortOrder('sortOrder')
  const pagination = query.integer(20, { min: 0 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const cursor = query.text('cursor')
  query.check()

  type Row = [address: string, stats: Stats]
  const value = ([, stats]: Row) => stats[sortBy === 'total' ? 'messages' : sortBy]
  const compare = (a: Row, b: Row) => sortOrder * (value(a) - value(b)) || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)
  const found = [...allStats(node.state.messages)]
    .filter(([address]) => !part || address.toLowerCase().includes(part))
    .sort(compare)
  if (cursor === undefined) {
    const { items } = pageOf(found, { page, pagination })
    return compact({
      data: Object.fromEntries(items),
      pagination_per_page: pagination,
      pagination_page: page,
      pagination_total: found.length,
      pagination_item: 'addresses',
    })
  }
  const after = cursor ? decodeStats(cursor) : undefined
  const rest = after
    ? found.filter(row => {
        const difference = sortOrder * (value(row) - after.value)
        return difference > 0 || (difference === 0 && row[0] > after.address)
      })
    : found
  const { items, hasMore, perPage } = pageOf(rest, { page: 1, pagination, cursor })
  const last = items[items.length - 1]
  const next = hasMore && last ? encodeFields({ a: last[0], v: value(last) }) : null
  return compact({ data: Object.fromEntries(items), pagination_per_page: perPage, next_cursor: next })
}

function decodeStats(cursor: string): { value: number; address: string } {
  const { v, a } = decodeFields(cursor)
  if (v === undefined || a === undefined) throw new HttpError(422, 'Invalid cursor: missing required fields')
  return { value: Number(v), address: String(a) }
}
