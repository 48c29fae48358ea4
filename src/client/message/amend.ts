// Newer versions of a POST (protocol §3.1): found through the node's list of posts, believed only as messages of their
// own; and how to publish one.
import * as v from 'valibot'
import { isObject } from '../isObject.js'
import { assertOptions, requireAccount, writeOptions, type Context, type WriteOptions } from '../context.js'
import { assertStaysEncrypted, encryptedTag, encryptForOrFalse, withEncryptedTag } from '../encryption/options.js'
import type { EncryptFor } from '../encryption/types.js'
import { sealValue } from '../encryption/value.js'
import { integrityError, invalidInput, isAlephError } from '../errors.js'
import { isWrapped, openForm, rawForm, wrappedForm } from '../storedForm.js'
import { isPageOf } from '../http/paging.js'
import { getMessage, type ReadOptions } from './get.js'
import { isItemHash } from './itemHash.js'
import { isJsonText } from './jsonText.js'
import { parseAnswer, type Message } from './message.js'
import { publishContent, type PublishResult } from './publish.js'
import { assertJsonValue, assertMetadata } from './serialize.js'
import { areNodeTags, withDefaultTags } from './tags.js'
import type { PostContent } from './types.js'
import { itemHashShape } from './wire.js'

const pageSchema = v.looseObject({
  posts: v.pipe(
    v.custom<unknown[]>(isPageOf(1)),
    v.array(v.looseObject({ item_hash: itemHashShape, original_item_hash: itemHashShape })),
  ),
})

const isAmend = ({ type, content }: Pick<Message, 'type' | 'content'>) =>
  type === 'POST' && (content as PostContent).type === 'amend'

/**
 * The newest amend of a message, or the message itself where there is none: also for amends, and for what is no POST.
 * What the node names must be an amend of this very message by its owner, and later: otherwise `INTEGRITY`.
 */
export async function newestVersion(context: Context, original: Message, options: ReadOptions = {}): Promise<Message> {
  if (original.type !== 'POST' || isAmend(original)) return original
  const { item_hash, owner, time } = original
  for (let tries = 0; ; tries++) {
    const path = '/api/v1/posts.json'
    const answer = await context.http.request(path, { ...options, query: { hashes: item_hash, pagination: 1 } })
    const [post] = parseAnswer(pageSchema, answer, path).posts
    // Nodes take a while to list what they have.
    if (!post || (post.original_item_hash === item_hash && post.item_hash === item_hash)) return original
    const lie = (what: string) =>
      integrityError(`The node names ${post.item_hash} as newest version of ${item_hash}, but ${what}.`, {
        item_hash,
      })
    if (post.original_item_hash !== item_hash) throw lie('that is a version of something else')
    let amend: Message
    try {
      // Another node may not have it yet (trap 38).
      amend = await getMessage(context, post.item_hash, { ...options, endpoint: answer.endpoint })
    } catch (error) {
      const isGone = isAlephError(error) && (error.code === 'NOT_FOUND' || error.code === 'FORGOTTEN')
      if (!isGone) throw error
      if (tries < 2) continue // forgotten in between
      throw lie('does not have it')
    }
    if (!isAmend(amend) || (amend.content as PostContent).ref !== item_hash) throw lie('that does not amend it')
    if (amend.owner !== owner) throw lie('that is of another owner')
    if (amend.time <= time) throw lie('that is not later')
    return amend
  }
}

export interface AmendOptions extends Omit<WriteOptions, 'owner'> {
  /** In place of all tags there were; those of the current version if not given. */
  tags?: readonly string[]
  /** In place of all metadata there was; that of the current version if not given. */
  metadata?: Record<string, unknown>
  /** Needed for what was encrypted; `false` publishes it in the clear from now on. */
  encryptFor?: EncryptFor | false
}

/**
 * Publishes a newer version of a value that `store` published, wrapped or raw as the original is, for the same owner. It
 * takes the place of the whole content; tags and metadata that are not given stay those of the current version.
 *
 * Throws `INVALID_INPUT` for the hash of an amend (the details name the `original`), for what is no POST, and for something
 * encrypted without `encryptFor`; `CONFLICT` (`reason: 'future'`) when the current version is dated in the future; what
 * `getMessage` throws for the original, and whatever publishing throws.
 */
export async function amendMessage(
  context: Context,
  itemHash: string,
  value: unknown,
  options: AmendOptions = {},
): Promise<PublishResult> {
  assertOptions(options, [...amendOptions, 'tags', 'metadata', 'encryptFor'], 'messages.amend')
  const account = requireAccount(context, options.account)
  if (typeof itemHash !== 'string' || !isItemHash(itemHash))
    throw invalidInput("This isn't the item hash of a message: it takes 64 hexadecimal digits in lower case, or a CID.")
  const { signal } = options
  const encryptFor = encryptForOrFalse(options)
  assertJsonValue(value, 'value')
  assertMetadata(options.metadata)
  const given = options.tags === undefined ? undefined : withDefaultTags(context.tags, options.tags)

  const endpoint = await context.http.writeEndpoint(signal)
  const original = await getMessage(context, itemHash, { endpoint, signal })
  assertOriginal(original)
  const current = await newestVersion(context, original, { endpoint, signal })
  for (const { content } of [original, current]) assertStaysEncrypted((content as PostContent).content, options)
  const known = openForm(current)
  const publish = (content: unknown) => {
    const head = { of: itemHash, time: current.time, item_hash: current.item_hash }
    // Nodes compare owners exactly: the amend spells its owner as the original does, whichever way that is.
    const amend = { address: original.owner, type: 'amend', ref: itemHash, content }
    return publishContent(context, 'POST', amend, { ...options, endpoint, head })
  }
  const first = (original.content as PostContent).content
  if (isWrapped(first)) {
    const metadata = options.metadata ?? (Object.keys(known.metadata).length ? known.metadata : undefined)
    const sealed = encryptFor ? await sealValue(context, value, encryptFor, { account, signal }) : {}
    return publish({ ...wrappedForm(value, marked(given ?? kept(known.tags), options), metadata), ...sealed })
  }
  if (options.metadata || encryptFor)
    throw invalidInput(
      `Message ${itemHash} is a raw value, which has no metadata and no encryption: store it anew instead.`,
    )
  const hasOwnTags = isJsonText(value) || (isObject(value) && Object.hasOwn(value, 'tags'))
  const tags = given ?? (hasOwnTags ? [] : kept(known.tags))
  return publish(isObject(first) || tags.length ? rawForm(value, tags) : value)
}

const amendOptions = writeOptions.filter(name => name !== 'owner')

/** Throws unless a message can be amended. */
function assertOriginal(message: Message): void {
  const { item_hash, type } = message
  if (type !== 'POST')
    throw invalidInput(`Message ${item_hash} is no POST but ${type.slice(0, 20)}, which can not be amended.`)
  if (!isAmend(message)) return
  const { ref } = message.content as PostContent
  const original = typeof ref === 'string' && isItemHash(ref) ? ref : undefined
  throw invalidInput(`Message ${item_hash} is itself an amend: amend the original ${original ?? 'message'} instead.`, {
    original,
  })
}

/** Tags say whether something is encrypted (protocol §11.8). */
function marked(tags: readonly string[], { encryptFor }: AmendOptions): readonly string[] {
  if (encryptFor === undefined) return tags
  return encryptFor ? withEncryptedTag(tags) : tags.filter(tag => tag !== encryptedTag)
}

/** Tags of an earlier version, unless nodes would refuse the new one for them. */
function kept(tags: readonly string[]): readonly string[] {
  if (!areNodeTags(tags)) throw invalidInput('Nodes do not take the tags of the current version any more: give “tags”.')
  return tags
}
