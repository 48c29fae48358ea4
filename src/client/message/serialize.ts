// Content → the exact text that is hashed and signed (protocol §1.2, §1.3, §4.1 "Percent trap").
import { AlephError, invalidInput } from '../errors.js'
import { checkedText, isJsonText, maxDepth, tooDeepText, wellFormedToken } from './jsonText.js'

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

function describe(value: object): string {
  const { constructor } = value as { constructor?: unknown }
  const name = typeof constructor === 'function' ? constructor.name : ''
  return name ? `a ${name.slice(0, 40)}` : 'an object of another kind'
}

/** Writes one value. */
class JsonWriter {
  readonly #parents = new Set<object>()
  /** Names and indices on the way to where it is. */
  readonly #way: (string | number)[] = []
  constructor(readonly name: string) {}

  /**
   * The JSON text of a value. Refuses, with the place, whatever JSON would drop or change silently: undefined, functions,
   * symbols, bigint, NaN, infinities, cycles, maps, sets and other class instances. An object with `toJSON` (a date) is
   * taken by its result, and `JsonText` as it is spelled.
   */
  write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return this.#quoted(value)
      case 'boolean':
        return String(value)
      case 'number':
        if (!Number.isFinite(value)) throw invalidInput(`${this.#place()} is ${value}, which JSON can not hold.`)
        return JSON.stringify(value)
      case 'object':
        return value === null ? 'null' : this.#object(value)
      default:
        throw invalidInput(`${this.#place()} is ${typeof value}, which JSON can not hold.`)
    }
  }

  #object(value: object): string {
    const parents = this.#parents
    if (isJsonText(value)) return checkedText(value, this.#place(), maxDepth + 1 - parents.size)
    if (parents.has(value)) throw invalidInput(`${this.#place()} refers back to an object that contains it.`)
    if (parents.size > maxDepth) throw invalidInput(tooDeepText(this.#place()))
    parents.add(value)
    const { toJSON } = value as { toJSON?: unknown }
    let json: string
    if (typeof toJSON === 'function') json = this.write(toJSON.call(value, ''))
    // Not by `map`, which leaves out holes.
    else if (Array.isArray(value))
      json = `[${Array.from(value, (item: unknown, i) => this.#inside(i, item)).join(',')}]`
    else if (isPlain(value)) {
      const properties = Object.entries(value).map(([key, item]) => `${this.#key(key)}:${this.#inside(key, item)}`)
      json = `{${properties.join(',')}}`
    } else throw invalidInput(`${this.#place()} is ${describe(value)}, which JSON can not hold.`)
    parents.delete(value)
    return json
  }

  #inside(step: string | number, value: unknown): string {
    this.#way.push(step)
    const json = this.write(value)
    this.#way.pop()
    return json
  }

  #key(key: string): string {
    if (key.includes('\u0000')) throw holdsNul(`A key of ${this.#place()}`)
    return wellFormedToken(JSON.stringify(key))
  }

  #quoted(text: string): string {
    if (text.includes('\u0000')) throw holdsNul(this.#place())
    return wellFormedToken(JSON.stringify(text))
  }

  #place(): string {
    const place = this.name + this.#way.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
    return place.length > 200 ? `${place.slice(0, 60)}…${place.slice(-120)}` : place
  }
}

const holdsNul = (place: string) => invalidInput(`${place} holds the character U+0000, which nodes can not store.`)

/** Checks that `value` survives JSON unchanged. Throws `INVALID_INPUT` that names the place. */
export const assertJsonValue = (value: unknown, name: string): void => void new JsonWriter(name).write(value)

/** The JSON text of a value that is not sent as it is. Throws `INVALID_INPUT` that names the place. */
export const jsonText = (value: unknown, name: string): string => new JsonWriter(name).write(value)

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
  new JsonWriter(name)
    .write(value)
    .replace(/%/g, '\\u0025')
    .replace(/\\\\u0000/g, '\\u005cu0000')
