// What the node knows about each message: its status, and for live and forgotten ones a row in a sorted table
// (protocol §4.2, §5.1).
import { isObject, toNumber, type Json, type WireMessage } from '../validate.js'
import { toMicroseconds } from '../time.js'
import { Table } from './table.js'

export interface Confirmation {
  chain: string
  height: number
  hash: string
}

/** A live message with what lists filter by. Only `confirmations` ever changes. */
export interface MessageRow {
  hash: string
  sender: string
  chain: string
  type: string
  itemType: WireMessage['item_type']
  itemContent: string | null
  /** The signed text: `itemContent`, or what the file of a non-inline message holds. */
  contentText: string
  /** As a node counts it: code points of inline text, bytes of a file. */
  size: number
  time: number
  reception: number
  channel: string | null
  signature: string | null
  owner: string
  contentTime: number
  contentType: string | null
  ref: string | null
  contentHash: string | null
  contentKey: string | null
  tags: readonly string[]
  payment: string | null
  confirmations: Confirmation[]
}

/** What stays of a forgotten or removed message. */
export interface Skeleton {
  hash: string
  sender: string
  chain: string
  type: string
  itemType: string
  time: number
  channel: string | null
  signature: string | null
  owner: string
  payment: string
  /** Of the file of a STORE, for the bill. */
  size: number | null
  endedAt: number
  forgottenBy: string[]
}

export interface PendingMessage {
  message: WireMessage
  /** Whether everything it needs was found, so that the next attempt processes it (protocol §4.1 "sync traps"). */
  isFetched: boolean
  isVerified: boolean
  retries: number
  /** How long fetching its file waits at most, each time. */
  fetchJitterMs: number
}

export type StatusEntry = { hash: string; reception: number } & (
  | { status: 'pending'; pending: PendingMessage }
  | { status: 'processed' | 'removing'; row: MessageRow }
  | { status: 'rejected'; message: Json; code: number; errors: readonly unknown[] }
  | { status: 'forgotten' | 'removed'; skeleton: Skeleton }
)

const byHash = { hashOf: (row: { hash: string }) => row.hash }

export class Messages {
  readonly statuses = new Map<string, StatusEntry>()
  readonly live = new Table<MessageRow, LiveFacet>(row => row.time, byHash.hashOf, {
    sender: row => row.sender,
    owner: row => row.owner,
    type: row => row.type,
    chain: row => row.chain,
    channel: row => row.channel,
    ref: row => row.ref,
    contentType: row => row.contentType,
    contentHash: row => row.contentHash,
    contentKey: row => row.contentKey,
    tag: row => row.tags,
    payment: row => row.payment,
  })
  readonly byReception = new Table<MessageRow, never>(row => row.reception, byHash.hashOf, {})
  readonly ended = { forgotten: endedTable(), removed: endedTable() }
  /** Counts changes, so that a count of rows can be remembered until the next one. */
  revision = 0

  get(hash: string): StatusEntry | undefined {
    return this.statuses.get(hash)
  }

  /** The row of a message that is processed or being removed. */
  row(hash: string): MessageRow | undefined {
    const entry = this.statuses.get(hash)
    return entry && 'row' in entry ? entry.row : undefined
  }

  setPending(pending: PendingMessage, reception: number): void {
    const hash = pending.message.item_hash
    const known = this.statuses.get(hash)
    // A rejected message that comes again keeps the time of its first arrival.
    this.statuses.set(hash, { hash, reception: known?.reception ?? reception, status: 'pending', pending })
  }

  setRejected(hash: string, reception: number, message: Json, code: number, errors: readonly unknown[]): void {
    this.statuses.set(hash, { hash, reception, status: 'rejected', message, code, errors })
  }

  setProcessed(row: MessageRow): void {
    this.statuses.set(row.hash, { hash: row.hash, reception: row.reception, status: 'processed', row })
    this.live.insert(row)
    this.byReception.insert(row)
    this.revision++
  }

  setRemoving(hash: string, isRemoving: boolean): void {
    const entry = this.statuses.get(hash)
    if (entry && 'row' in entry) this.statuses.set(hash, { ...entry, status: isRemoving ? 'removing' : 'processed' })
    this.revision++
  }

  /** Takes a live message out of everything; a skeleton stays. */
  end(row: MessageRow, status: 'forgotten' | 'removed', size: number | null, endedAt: number, by: string[]): void {
    const { hash, sender, chain, type, itemType, time, channel, signature, owner } = row
    const payment = row.payment ?? 'hold'
    const skeleton: Skeleton = {
      ...{ hash, sender, chain, type, itemType, time, channel, signature, owner, payment },
      ...{ size, endedAt, forgottenBy: by },
    }
    this.live.remove(row)
    this.byReception.remove(row)
    this.ended[status].insert(skeleton)
    this.statuses.set(hash, { hash, reception: row.reception, status, skeleton })
    this.revision++
  }

  confirm(hash: string, confirmation: Confirmation): void {
    this.row(hash)?.confirmations.push(confirmation)
    this.revision++
  }
}

export type LiveFacet =
  | 'sender'
  | 'owner'
  | 'type'
  | 'chain'
  | 'channel'
  | 'ref'
  | 'contentType'
  | 'contentHash'
  | 'contentKey'
  | 'tag'
  | 'payment'

export type EndedFacet = 'sender' | 'owner' | 'type' | 'chain' | 'channel' | 'payment' | 'hash'

function endedTable() {
  return new Table<Skeleton, EndedFacet>(row => row.endedAt, byHash.hashOf, {
    sender: row => row.sender,
    owner: row => row.owner,
    type: row => row.type,
    chain: row => row.chain,
    channel: row => row.channel,
    payment: row => row.payment,
    hash: row => row.hash,
  })
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** The row of a checked message whose content is `content`. */
export function makeRow(message: WireMessage, contentText: string, content: Json, reception: number): MessageRow {
  const { type } = message
  const inner = content['content']
  const tags = type === 'STORE' ? content['tags'] : isObject(inner) ? inner['tags'] : undefined
  const ref = content['ref']
  return {
    hash: message.item_hash,
    sender: message.sender,
    chain: message.chain,
    type,
    itemType: message.item_type,
    itemContent: message.item_content,
    contentText,
    size: message.item_type === 'inline' ? codePoints(contentText) : Buffer.byteLength(contentText),
    time: message.time,
    reception,
    channel: message.channel,
    signature: message.signature,
    owner: String(content['address']),
    contentTime: toMicroseconds(toNumber(content['time']) ?? 0),
    contentType: text(content['type']),
    ref: isObject(ref) ? text(ref['item_hash']) : text(ref),
    contentHash: type === 'STORE' ? text(content['item_hash']) : null,
    contentKey: text(content['key']),
    tags: Array.isArray(tags) ? (tags as string[]) : [],
    payment: type === 'STORE' && isObject(content['payment']) ? text(content['payment']['type']) : null,
    confirmations: [],
  }
}

function codePoints(value: string): number {
  let count = value.length
  for (let i = 0; i < value.length; i++) if ((value.charCodeAt(i) & 0xfc00) === 0xdc00) count--
  return count
}
