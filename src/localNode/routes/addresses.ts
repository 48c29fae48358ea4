// What one address keeps and holds (protocol §5.6).
import { compact, notFound, spaced, type Context, type Reply } from '../http.js'
import { Query } from '../query.js'
import { isoZ } from '../time.js'
import { chains } from '../validate.js'
import { decodeCursor, encodeCursor, pageOf } from './paging.js'

export function getAddressFiles({ node, params: [address = ''], query: params }: Context): Reply {
  const query = new Query(params)
  const pagination = query.integer(100, { min: 0 }, 'pagination')
  const page = query.integer(1, { min: 1 }, 'page')
  const sortOrder = query.sortOrder('sort_order') // snake_case only
  const cursor = query.text('cursor')
  const fileHash = query.text('file_hash')
  query.check()

  const { files } = node.state
  const everything = [...files.byOwner.select({ owner: [address] }, { isDescending: false })]
  if (!everything.length) throw notFound()
  const sizeOf = (hash: string) => files.get(hash)?.size ?? 0
  const typeOf = (hash: string) => (files.get(hash)?.isDirectory ? 'dir' : 'file')
  const totalSize = everything.reduce((sum, pin) => sum + sizeOf(pin.fileHash), 0)
  const filters = { owner: [address], fileHash: fileHash === undefined ? undefined : [fileHash] }
  const range = { isDescending: sortOrder === -1, after: cursor ? decodeCursor(cursor) : undefined }
  const { items, hasMore, perPage } = pageOf(files.byOwner.select(filters, range), { page, pagination, cursor })
  if (cursor !== undefined) {
    const last = items[items.length - 1]
    return spaced({
      address,
      files: items.map(pin => ({
        created: pin.created, // a number here, text in numbered pages
        file_hash: pin.fileHash,
        item_hash: pin.hash,
        size: sizeOf(pin.fileHash),
        type: typeOf(pin.fileHash),
      })),
      next_cursor: hasMore && last ? encodeCursor(last.created, last.hash) : null,
      pagination_per_page: perPage,
      total_size: totalSize,
    })
  }
  return compact({
    address,
    total_size: totalSize,
    files: items.map(pin => ({
      file_hash: pin.fileHash,
      size: sizeOf(pin.fileHash),
      type: typeOf(pin.fileHash),
      created: isoZ(pin.created),
      item_hash: pin.hash,
    })),
    pagination_page: page,
    pagination_total: everything.length,
    pagination_per_page: pagination,
  })
}

/** All ALEPH of this node is held on Ethereum. */
export function getBalance({ node, params: [address = ''], query: params }: Context): Reply {
  const query = new Query(params)
  const chain = query.enum(chains, 'chain')
  const withDetails = query.boolean(false, 'include_credit_details')
  query.check()
  const { balances } = node.state
  const held = balances.balanceOf(address)
  const credits = balances.creditsOf(address)
  const creditDetails = credits > 0 ? [{ expiration_date: null, amount: credits }] : []
  return compact({
    address,
    balance: chain === undefined || chain === 'ETH' ? (held ?? 0) : 0,
    // Nobody knows an address that merely got nothing, as everybody did.
    details: chain === undefined && (held || balances.held.has(address)) ? { ETH: held } : {},
    locked_amount: balances.locked(address),
    credit_balance: credits,
    credit_balance_details: withDetails ? creditDetails : null,
  })
}
