// Lists of posts, with amends followed, in the old and the new shape (protocol §5.2).
import { spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import { currentVersion, type Post, type PostFacet } from '../state/posts.js'
import type { Filters, Range } from '../state/table.js'
import { isoOffset } from '../time.js'
import type { Json } from '../validate.js'
import { decodeCursor, encodeCursor, pageOf, pagePath } from './paging.js'

export const listPostsV0 = (context: Context): Reply => listPosts(context, itemV0)
export const listPostsV1 = (context: Context): Reply => listPosts(context, itemV1)

function listPosts(context: Context, item: (post: Post) => Json): Reply {
  const query = new Query(context.query)
  const filters: Filters<PostFacet> = {
    owner: query.list('addresses'),
    ref: query.list('refs'),
    type: query.list('types'),
    tag: query.list('tags'),
    channel: query.list('channels'),
  }
  const hashes = query.hashes('hashes')
  const from = query.date('startDate', 'start_date') || undefined
  const to = query.date('endDate', 'end_date') || undefined
  const pagination = query.integer(20, { min: 0 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const sortBy = query.enum(['time', 'tx-time'], 'sortBy', 'sort_by')
  const sortOrder = query.sortOrder('sortOrder', 'sort_order')
  const cursor = query.text('cursor')
  query.require(!cursor || sortBy !== 'tx-time', 'Cursor pagination is not supported with tx-time sort order.')
  query.check()

  const { originals } = context.node.state.posts
  const after = cursor ? decodeCursor(cursor) : undefined
  const range: Range = { isDescending: sortOrder === -1, from, to, after }
  const named = hashes && [...new Set(hashes)].flatMap(hash => context.node.state.posts.get(hash) ?? [])
  // An amend is no original: its hash finds nothing.
  const select = () =>
    named
      ? originals.among(
          named.filter(post => post.amends === null),
          filters,
          range,
        )
      : originals.select(filters, range)
  const paging = { pagination, page: pagePath(context) ?? page, cursor }
  const { items, hasMore, perPage } = pageOf(select(), paging)
  const posts = items.map(item)
  if (cursor !== undefined) {
    const last = items[items.length - 1]
    const next = hasMore && last ? encodeCursor(currentVersion(last).contentTime, last.message.hash) : null
    return compressible({ posts, pagination_per_page: perPage, next_cursor: next })
  }
  const total = named ? [...select()].length : originals.count(filters, range)
  return compressible({
    posts,
    pagination_page: paging.page,
    pagination_total: total,
    pagination_per_page: pagination,
    pagination_item: 'posts',
  })
}

const compressible = (value: Json): Reply => ({ ...spaced(value), isCompressible: true })

const innerContent = (post: Post): unknown => {
  const { content = null } = JSON.parse(currentVersion(post).contentText) as { content?: unknown }
  return content
}

function itemV1(post: Post): Json {
  const { message } = post
  return {
    item_hash: currentVersion(post).hash,
    content: innerContent(post),
    original_item_hash: message.hash,
    original_type: message.contentType,
    address: message.owner,
    ref: message.ref,
    channel: message.channel,
    created: isoOffset(message.contentTime),
    last_updated: isoOffset(currentVersion(post).contentTime),
  }
}

/** `sender` is the owner and `type` that of the winning version, `amend` after an amend (trap 19). */
function itemV0(post: Post): Json {
  const { message } = post
  const version = currentVersion(post)
  return {
    chain: message.chain,
    item_hash: version.hash,
    sender: message.owner,
    type: version.contentType,
    channel: message.channel,
    confirmed: message.confirmations.length > 0,
    content: innerContent(post),
    item_content: version.itemContent,
    item_type: version.itemType,
    signature: version.signature,
    size: version.size,
    time: version.time,
    confirmations: message.confirmations,
    original_item_hash: message.hash,
    original_signature: message.signature,
    original_type: message.contentType,
    hash: message.hash,
    address: message.owner,
    ref: message.ref,
  }
}
