// Lists of messages: lazy, by cursor, every row verified (protocol §5.1).
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { type AlephError, invalidInput, isAlephError } from '../errors.js'
import type { Query } from '../http/http.js'
import { pagesOf, type Page } from '../http/paging.js'
import { claimedHash, isItemHash } from './itemHash.js'
import { verifiedMessage, type Message } from './message.js'
import { slices } from './slices.js'
import type { PostContent, StoreContent } from './types.js'
import { canVerifyChain, prepareVerifying } from './verify.js'

/** Values inside one filter are alternatives, different filters must all match. Times are seconds. */
export interface MessageFilter {
  types?: readonly string[]
  /** `content.address`, in exact spelling. */
  owners?: readonly string[]
  /** Who signed, in exact spelling. */
  senders?: readonly string[]
  channels?: readonly string[]
  /** At least one of them. */
  tags?: readonly string[]
  refs?: readonly string[]
  hashes?: readonly string[]
  /** Types of POSTs. */
  contentTypes?: readonly string[]
  /** File hashes of STOREs. */
  contentHashes?: readonly string[]
  /** `content.time` at or after. */
  since?: number
  /** `content.time` before. */
  until?: number
  order?: 'newest' | 'oldest'
}

export interface ListOptions extends CallOptions {
  /** Rows of one request, 1–200; 100 if not given. */
  pageSize?: number
}

/** A row is a message, or says why it is not one: one bad row does not hide the others. */
export type MessageRow =
  | { item_hash: string; message: Message; error?: undefined }
  | { item_hash: string; error: AlephError; message?: undefined }

/** Asks nothing until it is iterated: `pages()` one request each, or row by row. */
export interface MessageList extends AsyncIterable<MessageRow> {
  pages(): AsyncGenerator<MessageRow[], void, undefined>
}

const parameters = {
  types: 'msgTypes',
  owners: 'owners',
  senders: 'addresses',
  channels: 'channels',
  tags: 'tags',
  refs: 'refs',
  hashes: 'hashes',
  contentTypes: 'contentTypes',
  contentHashes: 'contentHashes',
} as const
const filterNames = [...Object.keys(parameters), 'since', 'until', 'order']

export function toQuery(filter: MessageFilter): Query {
  assertOptions(filter, filterNames, 'messages.list')
  const query: Query = { sortOrder: filter.order === 'oldest' ? 1 : -1, contentFormat: 'none' }
  for (const [name, parameter] of Object.entries(parameters)) {
    const values = filter[name as keyof typeof parameters]
    if (values === undefined) continue
    if (!Array.isArray(values)) throw invalidInput(`The filter ${name} must be a list of texts.`)
    const bad = values.findIndex(value => typeof value !== 'string' || value === '' || value.includes(','))
    if (bad >= 0)
      throw invalidInput(
        `The filter ${name} can not look for “${String(values[bad])}”: a value must be a text without a comma.`,
      )
    if (values.length) query[parameter] = values.join(',')
  }
  const { since, until } = filter
  for (const [name, value] of [
    ['since', since],
    ['until', until],
  ] as const)
    if (value !== undefined && !Number.isFinite(value))
      throw invalidInput(`The filter ${name} must be a time in seconds.`)
  if (since !== undefined && until !== undefined && until < since)
    throw invalidInput('The filter asks for a time that ends before it begins.')
  // 0 means "none" to a node, and so does leaving it out.
  if (since) query.startDate = since
  if (until) query.endDate = until
  return query
}

/** What is signed is compared with the filter again: a node's choice of rows is a hint. */
export function matches(message: Omit<Message, 'authority'>, filter: MessageFilter): boolean {
  const has = (values: readonly string[] | undefined, value: unknown) =>
    !values?.length || values.includes(value as string)
  const post = message.content as PostContent
  const store = message.content as StoreContent
  const tags = message.type === 'STORE' ? store.tags : (post.content as { tags?: unknown } | null | undefined)?.tags
  return (
    has(filter.types, message.type) &&
    has(filter.owners, message.owner) &&
    has(filter.senders, message.sender) &&
    has(filter.hashes, message.item_hash) &&
    has(filter.refs, store.ref) &&
    has(filter.contentTypes, post.type) &&
    has(filter.contentHashes, store.item_hash) &&
    (!filter.tags?.length || (Array.isArray(tags) && filter.tags.some(tag => tags.includes(tag)))) &&
    (filter.since === undefined || message.time >= filter.since) &&
    (filter.until === undefined || message.time < filter.until)
  )
}

/** Whether a row is worth nothing, rather than of a kind that can't be verified, or with content that can't be fetched. */
const isForgery = ({ code, retryable, details }: AlephError, wire: unknown) =>
  code === 'INTEGRITY'
    ? canVerifyChain((wire as { chain: string }).chain)
    : code === 'NETWORK' && !retryable && !details.reason

/** Pages of verified messages, authority still open; rows that do not match the filter are left out. */
export async function* verifiedPages(
  context: Context,
  filter: MessageFilter,
  { pageSize = 100, signal }: ListOptions,
  onPage: (page: Page) => void = () => undefined,
): AsyncGenerator<(Omit<Message, 'authority'> | { item_hash: string; error: AlephError })[], void, undefined> {
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 200) throw invalidInput('A page has 1 to 200 rows.')
  const query = toQuery(filter)
  const listing = { path: '/api/v0/messages.json', query, rows: 'messages', pageRows: pageSize, identity: claimedHash }
  const maxRows = filter.hashes?.length ? new Set(filter.hashes).size : Infinity
  prepareVerifying()
  for await (const page of pagesOf(context.http, { ...listing, maxRows, signal })) {
    const work = slices()
    let isForged = page.rows.length > 0
    const rows: (Omit<Message, 'authority'> | { item_hash: string; error: AlephError })[] = []
    onPage(page)
    for (const wire of page.rows) {
      const item_hash = claimedHash(wire) ?? ''
      await work.pause()
      try {
        const message = await verifiedMessage(context, wire, 'processed', signal)
        isForged = false
        if (matches(message, filter)) rows.push(message)
      } catch (error) {
        if (!isAlephError(error) || error.code === 'ABORTED') throw error
        if (!isForgery(error, wire)) isForged = false
        rows.push({ item_hash, error })
      }
    }
    page.isBarren = isForged
    yield rows
  }
}

export function listMessages(context: Context, filter: MessageFilter = {}, options: ListOptions = {}): MessageList {
  // Bad input is told when asking, not when iterating.
  toQuery(filter)
  assertOptions(options, ['pageSize', 'signal'], 'messages.list')
  async function* pages(): AsyncGenerator<MessageRow[], void, undefined> {
    for await (const page of verifiedPages(context, filter, options)) {
      const rows: MessageRow[] = []
      for (const row of page) {
        if ('error' in row) rows.push(row)
        else {
          const { authority: how } = await context.authority.resolve(context, row, options.signal)
          rows.push({ item_hash: row.item_hash, message: { ...row, authority: how } })
        }
      }
      yield rows
    }
  }
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page
    },
  }
}

/** Pages of AGGREGATEs of an owner, to look for permissions in. */
export async function* securityElements(
  context: Context,
  owner: string,
  signal?: AbortSignal,
): AsyncGenerator<Omit<Message, 'authority'>[], void, undefined> {
  const filter: MessageFilter = { types: ['AGGREGATE'], owners: [owner] }
  for await (const page of verifiedPages(context, filter, { pageSize: 200, ...(signal ? { signal } : {}) }))
    yield page.filter(row => !('error' in row)) as Omit<Message, 'authority'>[]
}

/** One message by hash, for the same purpose; its own authority stays open. */
export async function originalMessage(
  context: Context,
  itemHash: string,
  signal?: AbortSignal,
): Promise<Omit<Message, 'authority'> | undefined> {
  if (!isItemHash(itemHash)) return undefined
  for await (const page of verifiedPages(
    context,
    { hashes: [itemHash] },
    { pageSize: 1, ...(signal ? { signal } : {}) },
  ))
    for (const row of page) if (!('error' in row)) return row
  return undefined
}
