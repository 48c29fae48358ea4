// Values as POST messages in the guide's form (protocol §11.2, §11.3).
import { assertOptions, type CallOptions, type Context, type WriteOptions } from './context.js'
import { getMessage } from './message/get.js'
import type { Message } from './message/message.js'
import { publishContent, type PublishResult } from './message/publish.js'
import { assertJsonValue, assertMetadata } from './message/serialize.js'
import { assertIndexedText, withDefaultTags } from './message/tags.js'
import type { PostContent } from './message/types.js'

/** The type of the POSTs that `store` publishes. */
export const storagePostType = 'aleph-storage'

export interface StoreOptions extends WriteOptions {
  tags?: readonly string[]
  metadata?: Record<string, unknown>
  /** A second text that lists can be filtered by. */
  ref?: string
}

/** Publishes any JSON value, free of charge and readable by everyone. */
export async function storeValue(context: Context, value: unknown, options: StoreOptions = {}): Promise<PublishResult> {
  assertOptions(options, ['signal', 'account', 'owner', 'channel', 'tags', 'metadata', 'ref'], 'store')
  const { metadata, ref } = options
  assertJsonValue(value, 'value')
  const tags = withDefaultTags(context.tags, options.tags)
  assertMetadata(metadata)
  if (ref !== undefined) assertIndexedText(ref, 'ref')
  const content = { data: value, ...(tags.length ? { tags } : {}), ...(metadata ? { metadata } : {}) }
  return publishContent(
    context,
    'POST',
    { type: storagePostType, ...(ref === undefined ? {} : { ref }), content },
    options,
  )
}

export interface StoredValue {
  item_hash: string
  /** The value; the whole content of a message that `store` did not publish. */
  content: unknown
  tags: string[]
  metadata: Record<string, unknown>
  sender: string
  owner: string
  authority: Message['authority']
  /** Seconds. */
  time: number
  channel?: string
  type: string
}

/** What `storeValue` published under this item hash, verified. Errors as of `getMessage`. */
export async function getValue(context: Context, itemHash: string, options: CallOptions = {}): Promise<StoredValue> {
  assertOptions(options, ['signal'], 'get')
  const message = await getMessage(context, itemHash, options)
  const content = message.type === 'POST' ? (message.content as PostContent).content : message.content
  const isWrapped =
    message.type === 'POST' &&
    (message.content as PostContent).type === storagePostType &&
    isObject(content) &&
    'data' in content
  const { tags, metadata } = isObject(content) ? content : {}
  return {
    item_hash: message.item_hash,
    content: isWrapped ? content.data : content,
    tags: Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [],
    metadata: isObject(metadata) ? metadata : {},
    sender: message.sender,
    owner: message.owner,
    authority: message.authority,
    time: message.time,
    ...(message.channel === undefined ? {} : { channel: message.channel }),
    type: message.type,
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
