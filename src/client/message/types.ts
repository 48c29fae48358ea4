// The wire's own words (protocol §1–§3).

/** Message types that storage needs; a node may send others. */
export type MessageType = 'POST' | 'AGGREGATE' | 'STORE' | 'FORGET'

/** Where the content string of a message lives (protocol §1.2). */
export type ItemType = 'inline' | 'storage' | 'ipfs'
export const ItemType = { inline: 'inline', storage: 'storage', ipfs: 'ipfs' } as const

/** The engine that keeps a file (protocol §6.1). */
export type StoreType = 'storage' | 'ipfs'
export const StoreType = { storage: 'storage', ipfs: 'ipfs' } as const

/** A signed message as it travels (protocol §1.1). `time` is in seconds since 1970 and, like `channel`, not signed. */
export interface Envelope {
  sender: string
  chain: string
  type: MessageType | (string & {})
  item_hash: string
  item_type: ItemType
  /** The exact signed text; absent when the content lives in a file. */
  item_content?: string
  time: number
  channel?: string | null
  signature: string
}

/** What every content carries: the owner of the resulting data, and the author's time in seconds. */
export interface BaseContent {
  address: string
  time: number
}

/** POST (protocol §3.1). */
export interface PostContent extends BaseContent {
  type: string
  content?: unknown
  ref?: string | null
}

/** AGGREGATE (protocol §3.2): one element of the document `key` of `address`. */
export interface AggregateContent extends BaseContent {
  key: string
  content: Record<string, unknown>
}

export interface Payment {
  type: 'hold' | 'credit'
  chain?: string
}

/** STORE (protocol §3.3): `item_hash` is the hash of the file, not of the message. */
export interface StoreContent extends BaseContent {
  item_type: StoreType
  item_hash: string
  ref?: string | null
  content_type?: string | null
  metadata?: Record<string, unknown> | null
  payment?: Payment | null
  tags?: string[] | null
  [key: string]: unknown
}

/** FORGET (protocol §3.4). */
export interface ForgetContent extends BaseContent {
  hashes: string[]
  aggregates?: string[]
  reason?: string
}

export type Content = PostContent | AggregateContent | StoreContent | ForgetContent

/** The final states and the ones before them (protocol §4.2). */
export type MessageStatus = 'pending' | 'processed' | 'rejected' | 'forgotten' | 'removing' | 'removed'
