// What a node sends as JSON. How many values it may hold is bounded, because a few bytes make an object of fifty; and large
// answers are parsed piece by piece, so that the thread isn't blocked.
import { AlephError } from '../errors.js'
import { slices } from '../message/slices.js'

/** Parsed at once: however many values this many characters hold, it takes milliseconds. */
const smallChars = 128 * 1024
/** Far above what any honest answer holds. */
const maxValues = 2_000_000
/** Pieces stand this deep: the rows of a list in an object. */
const splitDepth = 2
const scannedAtOnce = 8192

const [quote, comma, colon] = [34, 44, 58]
const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93]

/** Throws `NETWORK` for what isn't JSON, and `TOO_LARGE` for what holds too many values. */
export function parseJson(text: string, what: string): unknown {
  if (text.length > smallChars) countValues(text, what)
  return parse(text, what)
}

/** The same for large answers: lets the event loop run in between. */
export async function parseJsonInSlices(text: string, what: string): Promise<unknown> {
  if (text.length <= smallChars) return parse(text, what)
  const start = text.search(/\S/)
  const first = text.charCodeAt(start)
  if (first !== openBrace && first !== openBracket) return parse(text, what)
  return new Splitter(text, what).run()
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw notJson(what)
  }
}

const notJson = (what: string) =>
  new AlephError('NETWORK', `The node's answer to ${what} is not JSON; is this the URL of an Aleph Cloud node?`)

const tooManyValues = (what: string) =>
  new AlephError('TOO_LARGE', `The node's answer to ${what} holds more than ${maxValues} values.`)

function countValues(text: string, what: string): void {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (code === comma || code === openBrace || code === openBracket) count++
    if (count > maxValues) throw tooManyValues(what)
  }
}

/** Where the quote is that closes a string; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === 92) before--
    if ((at - before) % 2 === 1) return at
  }
  return text.length
}

interface Container {
  value: Record<string, unknown> | unknown[]
  /** Of the value that comes next, in an object. */
  name: string | undefined
  /** Set by a container that has ended, up to the comma behind it. */
  isFilled: boolean
  isEmpty: boolean
}

/** Cuts the text where its outer containers have commas, and leaves each piece to `JSON.parse`. */
class Splitter {
  readonly #open: Container[] = []
  #root: Container['value'] | undefined
  /** Where the current piece starts. */
  #start = 0
  #depth = 0

  constructor(
    readonly text: string,
    readonly what: string,
  ) {}

  async run(): Promise<unknown> {
    const { text, what } = this
    const work = slices()
    let count = 0
    for (let at = 0, pauseAt = 0; at < text.length; at++) {
      if (at >= pauseAt) {
        await work.pause()
        pauseAt = at + scannedAtOnce
      }
      const code = text.charCodeAt(at)
      if (code === quote) at = endOfString(text, at)
      else if (code === openBrace || code === openBracket) {
        count++
        if (++this.#depth <= splitDepth) this.#begin(at, code === openBrace)
      } else if (code === closeBrace || code === closeBracket) {
        if (this.#depth-- <= splitDepth) this.#end(at, code === closeBrace)
      } else if (code === comma) {
        count++
        if (this.#depth <= splitDepth) this.#piece(at)
      } else if (code === colon && this.#depth <= splitDepth) this.#name(at)
      if (count > maxValues) throw tooManyValues(what)
    }
    if (this.#root === undefined || this.#open.length || this.#rest(text.length).trim()) throw notJson(what)
    return this.#root
  }

  #rest(end: number): string {
    return this.text.slice(this.#start, end)
  }

  #begin(at: number, isObject: boolean): void {
    const isMisplaced = this.#open.length ? this.#open.at(-1)?.isFilled : this.#root !== undefined
    if (isMisplaced || this.#rest(at).trim()) throw notJson(this.what)
    this.#open.push({ value: isObject ? {} : [], name: undefined, isFilled: false, isEmpty: true })
    this.#start = at + 1
  }

  #name(at: number): void {
    const container = this.#open.at(-1)
    const name = parse(this.#rest(at), this.what)
    if (!container || Array.isArray(container.value) || container.name !== undefined || typeof name !== 'string')
      throw notJson(this.what)
    container.name = name
    this.#start = at + 1
  }

  #piece(at: number): void {
    const container = this.#open.at(-1)
    if (!container) throw notJson(this.what)
    if (!container.isFilled) this.#set(container, parse(this.#rest(at), this.what))
    else if (this.#rest(at).trim()) throw notJson(this.what)
    container.isFilled = false
    this.#start = at + 1
  }

  #end(at: number, isObject: boolean): void {
    const container = this.#open.at(-1)
    if (!container || Array.isArray(container.value) === isObject) throw notJson(this.what)
    const isNothing = container.isEmpty && container.name === undefined && !this.#rest(at).trim()
    if (!isNothing) this.#piece(at)
    this.#start = at + 1
    this.#open.pop()
    const parent = this.#open.at(-1)
    if (!parent) {
      this.#root = container.value
      return
    }
    this.#set(parent, container.value)
    parent.isFilled = true
  }

  #set(container: Container, value: unknown): void {
    container.isEmpty = false
    if (Array.isArray(container.value)) {
      container.value.push(value)
      return
    }
    if (container.name === undefined) throw notJson(this.what)
    // Not by assignment, for which `__proto__` isn't a name like others.
    Object.defineProperty(container.value, container.name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
    container.name = undefined
  }
}
