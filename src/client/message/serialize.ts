// Content → the exact text that is hashed and signed (protocol §1.2, §1.3, §4.1 "Percent trap").
import { AlephError, invalidInput } from '../errors.js'

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
 * Refuses, with the path, whatever JSON would drop or change silently: undefined, functions, symbols, bigint, NaN,
 * infinities, cycles, maps, sets and other class instances. An object with `toJSON` (a date) is taken by its result.
 */
function assertJson(value: unknown, path: string, parents: Set<object>): void {
  switch (typeof value) {
    case 'string':
      return assertNoNul(value, path)
    case 'boolean':
      return
    case 'number':
      if (!Number.isFinite(value)) throw invalidInput(`${path} is ${value}, which JSON can not hold.`)
      return
    case 'object':
      if (value !== null) assertObject(value, path, parents)
      return
    default:
      throw invalidInput(`${path} is ${typeof value}, which JSON can not hold.`)
  }
}

function assertObject(value: object, path: string, parents: Set<object>): void {
  if (parents.has(value)) throw invalidInput(`${path} refers back to an object that contains it.`)
  if (parents.size > 500) throw invalidInput(`${path} is nested more than 500 levels deep.`)
  parents.add(value)
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') assertJson(toJSON.call(value, ''), path, parents)
  else if (Array.isArray(value)) for (let i = 0; i < value.length; i++) assertJson(value[i], `${path}[${i}]`, parents)
  else if (!isPlain(value)) throw invalidInput(`${path} is a ${value.constructor.name}, which JSON can not hold.`)
  else
    for (const [key, item] of Object.entries(value)) {
      assertNoNul(key, `A key of ${path}`)
      assertJson(item, `${path}.${key}`, parents)
    }
  parents.delete(value)
}

function assertNoNul(text: string, path: string): void {
  if (text.includes('\u0000')) throw invalidInput(`${path} holds the character U+0000, which nodes can not store.`)
}

/** Checks that `value` survives JSON unchanged. Throws `INVALID_INPUT` that names the place. */
export const assertJsonValue = (value: unknown, name: string): void => assertJson(value, name, new Set())

/** Throws `INVALID_INPUT` unless `metadata` is absent or an object that JSON can hold. */
export function assertMetadata(metadata: unknown): void {
  if (metadata === undefined) return
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw invalidInput('The metadata must be an object.')
  assertJsonValue(metadata, 'metadata')
}

/**
 * Lone surrogates become U+FFFD in keys and values: `JSON.stringify` writes them as `\udXXX`, which nodes refuse
 * (trap 34). An escaped backslash is stepped over, so that the text `\\ud800` stays what it is.
 */
const wellFormed = (json: string) =>
  json.replace(/\\(?:\\|u(d[89a-f][0-9a-f]{2}))/g, (escape: string, surrogate?: string) =>
    surrogate ? '\ufffd' : escape,
  )

/**
 * The text of a content, ready to be hashed: compact JSON with every `%` as `\u0025`, because nodes URL-decode what
 * they are sent (trap 1), and no lone surrogate. Throws `INVALID_INPUT` for what JSON can not hold and `TOO_LARGE`.
 */
export function serializeContent(content: object): { text: string; bytes: Uint8Array } {
  assertJsonValue(content, 'content')
  const text = wellFormed(JSON.stringify(content)).replace(/%/g, '\\u0025')
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > storedContentLimitBytes)
    throw new AlephError(
      'TOO_LARGE',
      `The content has ${bytes.length} bytes; a message may hold ${storedContentLimitBytes}. Store it as a file instead.`,
    )
  return { text, bytes }
}
