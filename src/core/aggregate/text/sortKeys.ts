// Puts the properties of objects into the order of their names. What stands between them stays in its place, so that the
// layout survives.
import { JsonScanner, type Token } from '../../jsonScanner.js'

interface Value {
  start: number
  end: number
  /** Of an object in their order, or the items of a list; empty for what is neither. */
  parts: Part[]
  isObject: boolean
}

/** A property, or an item without a name. */
interface Part {
  name: string
  start: number
  value: Value
}

/** `text` is valid JSON that is not nested deeper than the stack; names are compared by code units. */
export function sortedText(text: string): string {
  const pieces: string[] = []
  write(text, new ValueReader(text).read(), pieces)
  return pieces.join('')
}

function write(text: string, { start, end, parts, isObject }: Value, pieces: string[]): void {
  const inOrder = isObject ? [...parts].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)) : parts
  let copied = start
  parts.forEach((slot, i) => {
    const part = inOrder[i] ?? slot
    pieces.push(text.slice(copied, slot.start), text.slice(part.start, part.value.start))
    write(text, part.value, pieces)
    copied = slot.value.end
  })
  pieces.push(text.slice(copied, end))
}

const nothing: Part[] = []

class ValueReader {
  readonly #text: string
  readonly #scanner: JsonScanner

  constructor(text: string) {
    this.#text = text
    this.#scanner = new JsonScanner(text)
  }

  read(): Value {
    return { ...this.#value(this.#scanner.next()), start: 0, end: this.#text.length }
  }

  #value(token: Token): Value {
    const { start, end } = this.#scanner
    const isObject = token === '{'
    if (!isObject && token !== '[') return { start, end, parts: nothing, isObject }
    const parts: Part[] = []
    for (let next = this.#scanner.next(); next !== '}' && next !== ']'; next = this.#scanner.next())
      if (next !== ',') parts.push(this.#part(next, isObject))
    return { start, end: this.#scanner.end, parts, isObject }
  }

  #part(token: Token, isProperty: boolean): Part {
    const { start } = this.#scanner
    if (!isProperty) return { name: '', start, value: this.#value(token) }
    const name = this.#scanner.stringValue()
    this.#scanner.next()
    return { name, start, value: this.#value(this.#scanner.next()) }
  }
}
