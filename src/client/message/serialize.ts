// Content → the exact text that is hashed and signed (protocol §1.2, §1.3, §4.1 "Percent trap").
import { AlephError, invalidInput } from '../errors.js'
import { checkedText, JsonText, maxDepth, wellFormedToken } from './jsonText.js'

/** Above this many UTF-8 bytes the content travels as a file of its own, as the official clients do (protocol §1.2). */
export const inlineLimitBytes = 50_000
/** What no node takes inline (protocol §1.2: a node counts code points, the light node bytes; bytes satisfy both). */
export const contentLimitBytes = 200_000
/** What an upload without a signature may hold, and so the largest content (protocol §5.4). */
export const storedContentLimitBytes = 26_214_400

const isPlain = (value: object) => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype as object) === null
}

/**
 * The JSON text of a value. Refuses, with the path, whatever JSON would drop or change silently: undefined, functions,
 * symbols, bigint, NaN, infinities, cycles, maps, sets and other class instances. An object with `toJSON` (a date) is
 * taken by its result, and `JsonText` as it is spelled.
 */
function jsonOf(value: unknown, path: string, parents: Set<object>): string {
  switch (typeof value) {
    case 'string':
      return quoted(value, path)
    case 'boolean':
      return String(value)
    case 'number':
      if (!Number.isFinite(value)) throw invalidInput(`${path} is ${value}, which JSON can not hold.`)
      return JSON.stringify(value)
    case 'object':
      return value === null ? 'null' : objectJson(value, path, parents)
    default:
      throw invalidInput(`${path} is ${typeof value}, which JSON can not hold.`)
  }
}

function objectJson(value: object, path: string, parents: Set<object>): string {
  if (value instanceof JsonText) return checkedText(value, path, maxDepth + 1 - parents.size)
  if (parents.has(value)) throw invalidInput(`${path} refers back to an object that contains it.`)
  if (parents.size > maxDepth) throw invalidInput(`${path} is nested more than ${maxDepth} levels deep.`)
  parents.add(value)
  const { toJSON } = value as { toJSON?: unknown }
  let json: string
  if (typeof toJSON === 'function') json = jsonOf(toJSON.call(value, ''), path, parents)
  else if (Array.isArray(value))
    // Not by `map`, which leaves out holes.
    json = `[${Array.from(value, (item: unknown, i) => jsonOf(item, `${path}[${i}]`, parents)).join(',')}]`
  else if (!isPlain(value)) throw invalidInput(`${path} is a ${value.constructor.name}, which JSON can not hold.`)
  else {
    const properties = Object.entries(value).map(
      ([key, item]) => `${quoted(key, `A key of ${path}`)}:${jsonOf(item, `${path}.${key}`, parents)}`,
    )
    json = `{${properties.join(',')}}`
  }
  parents.delete(value)
  return json
}

/** Lone surrogates become U+FFFD: `JSON.stringify` writes them as `\udXXX`, which nodes refuse (trap 34). */
function quoted(text: string, path: string): string {
  assertNoNul(text, path)
  return wellFormedToken(JSON.stringify(text))
}

function assertNoNul(text: string, path: string): void {
  if (text.includes('\u0000')) throw invalidInput(`${path} holds the character U+0000, which nodes can not store.`)
}

/** Checks that `value` survives JSON unchanged. Throws `INVALID_INPUT` that names the place. */
export const assertJsonValue = (value: unknown, name: string): void => void jsonOf(value, name, new Set())

/** Throws `INVALID_INPUT` unless `metadata` is absent or an object that JSON can hold. */
export function assertMetadata(metadata: unknown): void {
  if (metadata === undefined) return
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw invalidInput('The metadata must be an object.')
  assertJsonValue(metadata, 'metadata')
}

/**
 * The text of a content, ready to be hashed: compact JSON with every `%` as `\u0025`, because nodes URL-decode what
 * they are sent (trap 1), and no lone surrogate. A backslash before the text `u0000` is written as `\u005c`: nodes take the
 * two for an escape of U+0000, which they refuse (protocol §1.2). Throws `INVALID_INPUT` for what JSON can not hold and
 * `TOO_LARGE`.
 */
export function serializeContent(content: object): { text: string; bytes: Uint8Array } {
  const text = wireJson(content, 'content')
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > storedContentLimitBytes)
    throw new AlephError(
      'TOO_LARGE',
      `The content has ${bytes.length} bytes; a message may hold ${storedContentLimitBytes}. Store it as a file instead.`,
    )
  return { text, bytes }
}

/** How many bytes a value takes in the text of a content. Throws `INVALID_INPUT` as that does. */
export const jsonBytes = (value: unknown): number => new TextEncoder().encode(wireJson(value, 'value')).length

const wireJson = (value: unknown, name: string) =>
  jsonOf(value, name, new Set())
    .replace(/%/g, '\\u0025')
    .replace(/\\\\u0000/g, '\\u005cu0000')
