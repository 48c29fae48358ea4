// The two forms of a stored value (protocol §11.2): wrapped beside its tags and metadata, or raw, where the author's
// object itself is the content.
import { isObject } from './isObject.js'
import { isSealed } from './encryption/options.js'
import { invalidInput } from './errors.js'
import type { Message } from './message/message.js'
import { isJsonText } from './message/jsonText.js'
import { assertJsonValue, assertMetadata } from './message/serialize.js'
import { areNodeTags, assertIndexedText } from './message/tags.js'
import type { PostContent } from './message/types.js'

/** Post types that nodes act upon themselves (protocol §3.1). */
const reservedTypes = [
  'amend',
  'balances-update',
  'aleph_credit_distribution',
  'aleph_credit_transfer',
  'aleph_credit_expense',
]

/** Throws `INVALID_INPUT` unless values may be published under this post type. */
export function assertPostType(type: unknown): asserts type is string {
  assertIndexedText(type, 'type')
  if (reservedTypes.includes(type)) throw invalidInput(`The type “${type}” has a meaning of its own; choose another.`)
}

const wrapping = ['data', 'tags', 'metadata', 'encryption']

/** Whether a POST's content is a value in its wrapping: nothing that `store` publishes raw looks like this. */
export const isWrapped = (content: unknown): content is Record<string, unknown> =>
  isObject(content) && Object.hasOwn(content, 'data') && Object.keys(content).every(name => wrapping.includes(name))

/** The content of a wrapped value. Throws `INVALID_INPUT` for what JSON can not hold. */
export function wrappedForm(
  value: unknown,
  tags: readonly string[],
  metadata: Record<string, unknown> | undefined,
): Record<string, unknown> {
  assertJsonValue(value, 'value')
  assertMetadata(metadata)
  return { data: value, ...(tags.length ? { tags } : {}), ...(metadata ? { metadata } : {}) }
}

/**
 * The content of a raw value: the object with `tags` in it, so that nodes find it by them. Throws `INVALID_INPUT` for what
 * is no object, for a `tags` field that nodes refuse or that would be replaced, and for what would be read as wrapped.
 */
export function rawForm(value: unknown, tags: readonly string[]): unknown {
  if (!isObject(value) || ('toJSON' in value && !isJsonText(value)))
    throw invalidInput('A raw value must be a plain object: it becomes the content itself.')
  assertJsonValue(value, 'value')
  const object: unknown = isJsonText(value) ? JSON.parse(value.text) : value
  if (!isObject(object)) throw invalidInput('A raw value must be an object: it becomes the content itself.')
  const own = Object.hasOwn(object, 'tags') ? object.tags : undefined
  if (own !== undefined && !areNodeTags(own))
    throw invalidInput(
      'Nodes take as field “tags” of a raw value only a list of at most 16 texts of 1 to 256 characters, or null.',
    )
  const isThere = tags.every(tag => Array.isArray(own) && own.includes(tag))
  if (!isThere && own !== undefined)
    throw invalidInput(
      'The raw value has a field “tags” of its own, which the tags of this call or of the client would replace: name all of them in that field.',
    )
  if (!isThere && isJsonText(value))
    throw invalidInput(
      'A raw value given by its JSON text must have its tags in it: what is added changes its spelling.',
    )
  const content = isThere ? value : { ...object, tags }
  if (isWrapped(isThere ? object : content))
    throw invalidInput(
      'A raw value of nothing but “data”, “tags” and “metadata” would be read as a wrapped one: store it without “raw”.',
    )
  return content
}

/** Value, encryption, tags and metadata of what a POST holds, in either form; of other messages the content as it is. */
export function openForm({ type, content: signed }: Pick<Message, 'type' | 'content'>): {
  content: unknown
  encryption?: Record<string, unknown>
  tags: string[]
  metadata: Record<string, unknown>
} {
  const content: unknown = type === 'POST' ? (signed as PostContent).content : signed
  const { tags, metadata } = isObject(content) ? content : {}
  const wrapped = type === 'POST' && isWrapped(content) ? content : undefined
  return {
    content: wrapped ? wrapped.data : content,
    ...(isSealed(wrapped) ? { encryption: wrapped.encryption } : {}),
    tags: Array.isArray(tags) ? tags.filter(tag => typeof tag === 'string') : [],
    metadata: isObject(metadata) ? metadata : {},
  }
}
