// Pieces of what nodes send, each with the shape that the protocol gives it (§1, §5.0). A node may lie in every one of them:
// what passes here can stand in a URL, a key or a sentence, be made a date, and be walked without end of the stack.
import * as v from 'valibot'
import { isAddress } from '../shapes.js'
import { engineOfHash, isItemHash } from './itemHash.js'

export const itemHashShape = v.pipe(v.string(), v.check(isItemHash))

/** A sha256 or a CID that nodes take (protocol §6.1). */
export const fileHashShape = v.pipe(
  v.string(),
  v.check(hash => engineOfHash(hash) !== undefined),
)

export const addressShape = v.pipe(
  v.string(),
  v.check(text => isAddress(text)),
)

/** A word of the wire's own: a chain, the kind of a file. */
export const wordShape = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/))

/** The types of messages; a node may know some that we don't. */
export const typeShape = v.pipe(v.string(), v.regex(/^[A-Z_]{1,20}$/))

/** A text that is shown, compared or kept, but never asked for. */
export const textShape = v.pipe(v.string(), v.maxLength(10_000))

/** What a `Date` can hold, in seconds. */
const maxSeconds = 8.64e12

/** Whether `time` is seconds that a date can be made of; JSON can also spell numbers that are infinite. */
export const isTime = (time: unknown): time is number => typeof time === 'number' && Math.abs(time) <= maxSeconds

/** Seconds, of a number or a date as nodes write it. */
export const timeShape = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.maxLength(64))]),
  v.transform(time => (typeof time === 'number' ? time : Date.parse(time) / 1000)),
  v.check(time => isTime(time)),
)

/** Nodes refuse what is nested deeper (protocol §1.2). */
export const maxNesting = 1100

/** Whether lists and objects in a parsed value go deeper than nodes take; looks no deeper than that itself. */
export function isTooDeep(value: unknown, levels = maxNesting): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  // Not by `Object.values`: there may be millions of them.
  for (const name in value) if (isTooDeep((value as Record<string, unknown>)[name], levels - 1)) return true
  return false
}
