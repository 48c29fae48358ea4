// Values as POST messages in the guide's form (protocol §11.2, §11.3).
import { assertOptions, requireAccount, type CallOptions, type Context, type WriteOptions } from './context.js'
import { encryptForOf, isSealed, openersOf, withEncryptedTag } from './encryption/options.js'
import type { DecryptWith, EncryptFor } from './encryption/types.js'
import { openValue, sealValue } from './encryption/value.js'
import { getMessage } from './message/get.js'
import type { Message } from './message/message.js'
import { publishContent, type PublishResult } from './message/publish.js'
import { assertJsonValue, assertMetadata } from './message/serialize.js'
import { assertIndexedText, assertTags } from './message/tags.js'
import type { PostContent } from './message/types.js'

/** The type of the POSTs that `store` publishes. */
export const storagePostType = 'aleph-storage'

export interface StoreOptions extends WriteOptions {
  tags?: readonly string[]
  metadata?: Record<string, unknown>
  /** A second text that lists can be filtered by. */
  ref?: string
  /** Only they can read the value then; tags and metadata stay readable by everyone, and the tag `encrypted` is added. */
  encryptFor?: EncryptFor
}

export interface GetOptions extends CallOptions {
  /** Opens an encrypted value; one that is not encrypted is given as it is. */
  decrypt?: DecryptWith
}

/** Publishes any JSON value, free of charge and readable by everyone. */
export async function storeValue(context: Context, value: unknown, options: StoreOptions = {}): Promise<PublishResult> {
  assertOptions(options, ['signal', 'account', 'owner', 'channel', 'tags', 'metadata', 'ref', 'encryptFor'], 'store')
  const encryptFor = encryptForOf(options)
  const { metadata, ref } = options
  const tags = encryptFor === undefined ? options.tags : withEncryptedTag(options.tags)
  assertJsonValue(value, 'value')
  if (tags !== undefined) assertTags(tags)
  assertMetadata(metadata)
  if (ref !== undefined) assertIndexedText(ref, 'ref')
  const sealed =
    encryptFor === undefined
      ? { data: value }
      : await sealValue(context, value, encryptFor, {
          account: requireAccount(context, options.account),
          signal: options.signal,
        })
  const content = { ...sealed, ...(tags?.length ? { tags: [...tags] } : {}), ...(metadata ? { metadata } : {}) }
  return publishContent(
    context,
    'POST',
    { type: storagePostType, ...(ref === undefined ? {} : { ref }), content },
    options,
  )
}

export interface StoredValue {
  item_hash: string
  /** The value; the whole content of a message that `store` did not publish. Of an encrypted one base64, without `decrypt`. */
  content: unknown
  /** How the value is encrypted, if it is. That it was published by `sender` says nothing about who wrote it. */
  encryption?: Record<string, unknown>
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

/** What `storeValue` published under this item hash, verified. Errors as of `getMessage`, and `DECRYPTION`. */
export async function getValue(context: Context, itemHash: string, options: GetOptions = {}): Promise<StoredValue> {
  assertOptions(options, ['signal', 'decrypt'], 'get')
  const { decrypt, signal } = options
  if (decrypt !== undefined) openersOf(context, decrypt)
  const value = storedValue(await getMessage(context, itemHash, options))
  if (decrypt === undefined || !value.encryption) return value
  const sealed = { data: value.content, encryption: value.encryption }
  return { ...value, content: await openValue(context, sealed, decrypt, { signal }) }
}

/** What a message holds, taken out of the form that `store` gives it. */
export function storedValue(message: Message): StoredValue {
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
    ...(isWrapped && isSealed(content) ? { encryption: content.encryption } : {}),
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
