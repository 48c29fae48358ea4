// Tags and other texts that nodes index (protocol §3.5): checked here because a node answers 422 without a detail.
import { invalidInput } from '../errors.js'
import { hasLoneSurrogate } from '../shapes.js'

const codePoints = (text: string) => [...text].length
const maxTags = 16
/** Enough of a text to know it by. */
const start = (text: string) => [...text.slice(0, 200)].slice(0, 100).join('')

/** Throws `INVALID_INPUT` unless there are at most 16 tags of 1–256 characters, without commas or blanks at their ends. */
export function assertTags(tags: unknown): asserts tags is readonly string[] {
  if (!Array.isArray(tags)) throw invalidInput('Tags must be a list of texts.')
  if (tags.length > maxTags) throw invalidInput(`There are ${tags.length} tags; the network takes ${maxTags} at most.`)
  for (const tag of tags as unknown[]) {
    if (typeof tag !== 'string') throw invalidInput('Every tag must be a text.')
    if (hasLoneSurrogate(tag)) throw invalidInput('A tag holds half of a character.')
    if (tag.trim() === '') throw invalidInput('A tag must not be empty.')
    if (codePoints(tag) > 256)
      throw invalidInput(`The tag “${[...tag].slice(0, 20).join('')}…” has more than 256 characters.`)
    if (tag.includes(','))
      throw invalidInput(`The tag “${start(tag)}” holds a comma, so it could never be searched for.`)
    if (tag !== tag.trim()) throw invalidInput(`The tag “${start(tag)}” begins or ends with a blank.`)
  }
}

/**
 * The tags of a value or file and those that the client adds to all of them, each once; its own come first. Throws
 * `INVALID_INPUT` as `assertTags` does, and when both together are too many.
 */
export function withDefaultTags(defaults: readonly string[], tags: readonly string[] = []): string[] {
  assertTags(tags)
  const all = [...new Set([...tags, ...defaults])]
  if (all.length > maxTags)
    throw invalidInput(
      `The network takes ${maxTags} tags at most; ${tags.length} of this call and ${defaults.length} default tags of the client make ${all.length}. Leave some out.`,
    )
  return all
}

/** Whether nodes take `value` as what an AGGREGATE or POST has under the name `tags`; they are less strict than `assertTags`. */
export const areNodeTags = (value: unknown): boolean =>
  value === null ||
  (Array.isArray(value) &&
    value.length <= maxTags &&
    value.every(tag => typeof tag === 'string' && tag !== '' && codePoints(tag) <= 256))

/** Nodes take any channel, official clients can not read more than 128 characters (protocol §1.1). */
export function assertChannel(channel: unknown): asserts channel is string {
  if (typeof channel !== 'string' || channel === '') throw invalidInput('A channel must be a text that is not empty.')
  if (hasLoneSurrogate(channel)) throw invalidInput('A channel holds half of a character.')
  if (codePoints(channel) > 128) throw invalidInput('A channel has 128 characters at most.')
  if (channel.includes(','))
    throw invalidInput(`The channel “${channel}” holds a comma, so it could never be searched for.`)
  if (/%[0-9a-f]{2}/i.test(channel))
    throw invalidInput(`The channel “${channel}” holds a % before two hexadecimal digits, which nodes would change.`)
}

/** `refs=` and `types=` are comma-separated too. */
export function assertIndexedText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string' || value === '') throw invalidInput(`The ${name} must be a text that is not empty.`)
  if (hasLoneSurrogate(value)) throw invalidInput(`The ${name} holds half of a character.`)
  if (value.includes(','))
    throw invalidInput(`The ${name} “${start(value)}” holds a comma, so it could never be searched for.`)
}
