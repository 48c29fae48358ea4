// Values as POST messages in the guide's form (protocol §11.2, §11.3).
import {
  assertOptions,
  requireAccount,
  writeOptions,
  type CallOptions,
  type Context,
  type WriteOptions,
} from './context.js'
import { encryptForOf, openersOf, withEncryptedTag } from './encryption/options.js'
import type { DecryptWith, EncryptFor } from './encryption/types.js'
import { openValue, sealValue } from './encryption/value.js'
import { invalidInput } from './errors.js'
import { newestVersion } from './message/amend.js'
import { getMessage } from './message/get.js'
import type { Message } from './message/message.js'
import { publishContent, type PublishResult } from './message/publish.js'
import { assertIndexedText, withDefaultTags } from './message/tags.js'
import { assertPostType, openForm, rawForm, wrappedForm } from './storedForm.js'

/** The type of the POSTs that `store` publishes. */
export const storagePostType = 'aleph-storage'

export interface StoreOptions extends WriteOptions {
  tags?: readonly string[]
  metadata?: Record<string, unknown>
  /** A second text that lists can be filtered by. */
  ref?: string
  /** The type of the POST, `aleph-storage` if not given: what lists are filtered by as `contentTypes`. */
  type?: string
  /**
   * Publishes the object itself as the content, with the tags as its field `tags`, for readers that know nothing of this
   * form (NFT metadata); not beside `metadata` or encryption.
   */
  raw?: boolean
  /** Only they can read the value then; tags and metadata stay readable by everyone, and the tag `encrypted` is added. */
  encryptFor?: EncryptFor
}

export interface GetOptions extends CallOptions {
  /** The newest amend's content in place of the original's. */
  follow?: boolean
  /** Opens an encrypted value; one that is not encrypted is given as it is. */
  decrypt?: DecryptWith
}

const storeOptions = [...writeOptions, ...'tags metadata ref type raw encryptFor'.split(' ')]

/** Publishes any JSON value, free of charge and, unless it is encrypted, readable by everyone. */
export async function storeValue(context: Context, value: unknown, options: StoreOptions = {}): Promise<PublishResult> {
  assertOptions(options, storeOptions, 'store')
  const { metadata, ref, type = storagePostType, raw = false, signal } = options
  if (typeof raw !== 'boolean') throw invalidInput('The option “raw” is true or false.')
  const encryptFor = encryptForOf(options)
  if (raw && 'metadata' in options)
    throw invalidInput('A raw value is published as it is: it can not go with “metadata”.')
  assertPostType(type)
  if (ref !== undefined) assertIndexedText(ref, 'ref')
  const ownTags = withDefaultTags(context.tags, options.tags)
  const tags = encryptFor === undefined ? ownTags : withEncryptedTag(ownTags)
  const form = raw ? rawForm(value, tags) : wrappedForm(value, tags, metadata)
  const sealed =
    encryptFor === undefined
      ? {}
      : await sealValue(context, value, encryptFor, { account: requireAccount(context, options.account), signal })
  const content = encryptFor === undefined ? form : { ...(form as object), ...sealed }
  return publishContent(context, 'POST', { type, ...(ref === undefined ? {} : { ref }), content }, options)
}

export interface StoredValue {
  /** Of the message asked for, also where an amend's content stands in its place. */
  item_hash: string
  /** The value; the whole content of a message that `store` did not publish. Of an encrypted one base64, without `decrypt`. */
  content: unknown
  /** How the value is encrypted, if it is. That it was published by `sender` says nothing about who wrote it. */
  encryption?: Record<string, unknown>
  tags: string[]
  metadata: Record<string, unknown>
  /** Who signed this content; with `amended_by` that is the author of the amend. */
  sender: string
  owner: string
  authority: Message['authority']
  /** Seconds; of the original. */
  time: number
  channel?: string
  type: string
  /** With `follow`: the item hash of the amend whose content this is, and its time in seconds. */
  amended_by?: string
  amended_time?: number
}

/**
 * What `storeValue` published under this item hash, verified. The hash of an amend gives the content of that amend. With
 * `follow` an original gives the content of its newest amend, checked to be one (owner, reference, time, signature): what
 * the node names falsely is `INTEGRITY`, what it hides can not be noticed. Other errors as of `getMessage`, and `DECRYPTION`.
 */
export async function getValue(context: Context, itemHash: string, options: GetOptions = {}): Promise<StoredValue> {
  assertOptions(options, ['signal', 'follow', 'decrypt'], 'get')
  const { signal, follow = false, decrypt } = options
  if (typeof follow !== 'boolean') throw invalidInput('The option “follow” is true or false.')
  if (decrypt !== undefined) openersOf(context, decrypt)
  const original = await getMessage(context, itemHash, { signal })
  const shown = follow ? await newestVersion(context, original, { signal }) : original
  const value = shown === original ? storedValue(original) : amendedValue(original, shown)
  if (decrypt === undefined || !value.encryption) return value
  const sealed = { data: value.content, encryption: value.encryption }
  return { ...value, content: await openValue(context, sealed, decrypt, { signal }) }
}

/** What a message holds, taken out of the form that `store` gives it. */
export function storedValue(message: Message): StoredValue {
  return {
    item_hash: message.item_hash,
    ...openForm(message),
    sender: message.sender,
    owner: message.owner,
    authority: message.authority,
    time: message.time,
    ...(message.channel === undefined ? {} : { channel: message.channel }),
    type: message.type,
  }
}

/** The amend's content under the original's name and time. */
function amendedValue(original: Message, amend: Message): StoredValue {
  const { item_hash, time, channel } = original
  const { channel: _, ...value } = storedValue(amend)
  return {
    ...value,
    item_hash,
    time,
    ...(channel === undefined ? {} : { channel }),
    amended_by: amend.item_hash,
    amended_time: amend.time,
  }
}
