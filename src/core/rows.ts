// What the lists show of a message: the few facts of a row, taken from signed content only.
import type { AlephError, Message, MessageRow, PostContent, StoreContent, StoreType } from '../client/index.js'
import { safeLabel } from '../shared/safeText.js'
import type { Network } from './network.js'

interface Row {
  readonly network: Network
  readonly itemHash: string
  readonly timeSeconds: number
  readonly sender: string
  readonly owner: string
  readonly authority: Message['authority']
  readonly tags: readonly string[]
}

export interface FileRow extends Row {
  readonly kind: 'file'
  readonly fileHash: string
  readonly engine: StoreType
  /** Undefined when its author gave it none, for example when only a CID was pinned. */
  readonly name: string | undefined
  readonly mediaType: string | undefined
  /** As its author said; undefined when they did not. */
  readonly sizeBytes: number | undefined
  /** The folder upload it came with, and where in it. */
  readonly folder: { id: string; name: string; path: readonly string[] } | undefined
}

export interface PostRow extends Row {
  readonly kind: 'post'
  readonly postType: string
  /** What its author called it; undefined when nothing in it is a title or a text. */
  readonly title: string | undefined
  readonly channel: string | undefined
}

/** A message that is not what was signed, or that can not be read. One bad row does not hide the others. */
export interface InvalidRow {
  readonly kind: 'invalid'
  readonly network: Network
  readonly itemHash: string
  readonly error: AlephError
}

export const shortHash = (hash: string): string => hash.slice(0, 8)

export function fileRow(network: Network, { item_hash, message, error }: MessageRow): FileRow | InvalidRow {
  if (!message) return { kind: 'invalid', network, itemHash: item_hash, error }
  const content = message.content as StoreContent
  const metadata = record(content.metadata)
  return {
    ...common(network, message),
    kind: 'file',
    fileHash: text(content.item_hash) ?? '',
    engine: content.item_type === 'ipfs' ? 'ipfs' : 'storage',
    name: text(metadata.filename) ?? text(metadata.name),
    mediaType: text(metadata.mimetype) ?? text(content.content_type),
    sizeBytes: count(metadata.size) ?? count(content.size),
    folder: folderOf(metadata),
    tags: texts(content.tags),
  }
}

export function postRow(network: Network, { item_hash, message, error }: MessageRow): PostRow | InvalidRow {
  if (!message) return { kind: 'invalid', network, itemHash: item_hash, error }
  const { type, content } = message.content as PostContent
  const body = record(content)
  return {
    ...common(network, message),
    kind: 'post',
    postType: text(type) ?? '',
    title: titleOf(content),
    channel: text(message.channel),
    tags: texts(body.tags),
  }
}

const common = (network: Network, message: Message) => ({
  network,
  itemHash: message.item_hash,
  timeSeconds: message.time,
  sender: message.sender,
  owner: message.owner,
  authority: message.authority,
})

const titleNames = ['title', 'name', 'subject', 'body', 'text', 'message', 'description']

/** A title or name (of the metadata, then of the data), else the head of the text. */
function titleOf(content: unknown): string | undefined {
  if (typeof content === 'string') return text(content)
  const { metadata, data, ...rest } = record(content)
  if (typeof data === 'string') return named(record(metadata), ['title', 'name']) ?? text(data)
  for (const place of [record(metadata), record(data), rest]) {
    const title = named(place, titleNames)
    if (title) return title
  }
  return undefined
}

/** The name that a document carries in itself. */
export const nameInside = (value: unknown): string | undefined =>
  typeof value === 'string' ? text(value) : named(record(value), titleNames)

function named(place: Record<string, unknown>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const title = Object.hasOwn(place, name) ? text(place[name]) : undefined
    if (title) return title
  }
  return undefined
}

function folderOf({ path, upload }: Record<string, unknown>): FileRow['folder'] {
  const { id, name } = record(upload)
  const folderName = text(name)
  if (typeof path !== 'string' || typeof id !== 'string' || !id || !folderName) return undefined
  const parts = path.split('/')
  // A path that leaves its folder is no path of ours.
  if (parts.length > 64 || parts.some(part => !part || part === '.' || part === '..')) return undefined
  return { id: id.slice(0, 100), name: folderName, path: parts }
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? safeLabel(value, 200) || undefined : undefined

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.slice(0, 20).flatMap(each => text(each) ?? []) : []

const count = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
