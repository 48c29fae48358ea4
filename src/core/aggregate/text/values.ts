// Whether two JSON texts mean the same value. Compared as texts, because parsing would round numbers.
import { JsonScanner, type Token } from '../../jsonScanner.js'
import { canonicalNumber } from './decimal.js'

/**
 * Whether two valid JSON texts are equal as JSON values: the order of names, white space and escapes do not matter, and
 * numbers are exact decimals (1.0 = 1 = 10e-1). Of an object with a name twice, which nodes read as its last value, it
 * may say that it is another one.
 */
export const sameValue = (a: string, b: string): boolean => a === b || new Comparison(a, b).isSame()

/** A valid JSON text without white space between its tokens. */
export function compactText(text: string): string {
  const scanner = new JsonScanner(text)
  const pieces: string[] = []
  let copied = 0
  for (let token = scanner.next(), end = 0; ; token = scanner.next()) {
    if (scanner.start > end) {
      pieces.push(text.slice(copied, end))
      copied = scanner.start
    }
    if (token === 'end') break
    end = scanner.end
  }
  return pieces.length ? pieces.join('') + text.slice(copied) : text
}

/** A list or object that both texts are in. */
interface Container {
  isObject: boolean
  /** Offset of its bracket in each text. */
  a: number
  b: number
  /** Of an object: how many names both have had in the same order. */
  names: number
}

/**
 * Walks both texts at once and ends with the first difference. Only objects whose names come in another order are
 * compared by name. Without recursion, because elements may be nested arbitrarily deeply.
 */
class Comparison {
  readonly #a: Side
  readonly #b: Side
  /** Offsets of values that are still to be compared. */
  readonly #pairs = [{ a: 0, b: 0 }]
  #open: Container[] = []
  #isName = false

  constructor(a: string, b: string) {
    this.#a = new Side(a)
    this.#b = new Side(b)
  }

  isSame(): boolean {
    for (let pair = this.#pairs.pop(); pair; pair = this.#pairs.pop()) {
      this.#a.scanner.end = pair.a
      this.#b.scanner.end = pair.b
      this.#open = []
      this.#isName = false
      do if (!this.#isSameToken(this.#a.scanner.next(), this.#b.scanner.next())) return false
      while (this.#open.length)
    }
    return true
  }

  #isSameToken(token: Token, other: Token): boolean {
    const container = this.#open.at(-1)
    if (token !== other) return false
    switch (token) {
      case '{':
      case '[':
        this.#open.push({ isObject: token === '{', a: this.#a.scanner.start, b: this.#b.scanner.start, names: 0 })
        this.#isName = token === '{'
        return true
      case '}':
      case ']':
        this.#open.pop()
        this.#isName = false
        return true
      case ',':
        this.#isName = container?.isObject ?? false
        return true
      case ':':
        return true
      default:
        break
    }
    const isSame = this.#isSameSpelling() || this.#a.value(token) === this.#b.value(token)
    if (!this.#isName || !container) return isSame && token !== 'end'
    this.#isName = false
    if (isSame) container.names++
    return isSame || this.#compareByName(container)
  }

  #isSameSpelling(): boolean {
    const [a, b] = [this.#a.scanner, this.#b.scanner]
    const length = a.end - a.start
    if (length !== b.end - b.start) return false
    for (let i = 0; i < length; i++)
      if (this.#a.text.charCodeAt(a.start + i) !== this.#b.text.charCodeAt(b.start + i)) return false
    return true
  }

  /** Leaves the values for later, but not those that were compared already, and goes on behind the object. */
  #compareByName(container: Container): boolean {
    const members = this.#a.members(container.a)
    const others = this.#b.members(container.b)
    if (members.size !== others.size) return false
    for (const [name, a] of [...members].slice(container.names)) {
      const b = others.get(name)
      if (b === undefined) return false
      this.#pairs.push({ a, b })
    }
    this.#open.pop()
    return true
  }
}

/** One of the texts that are compared. */
class Side {
  readonly scanner: JsonScanner
  #ends: Map<number, number> | undefined

  constructor(readonly text: string) {
    this.scanner = new JsonScanner(text)
  }

  /** What the token means, in one spelling. */
  value(token: Token): string {
    if (token === 'string') return this.scanner.stringValue()
    const spelling = this.text.slice(this.scanner.start, this.scanner.end)
    return token === 'number' ? canonicalNumber(spelling) : spelling
  }

  /** Offsets of an object's values by name. Puts the scanner behind the object. */
  members(start: number): Map<string, number> {
    const ends = (this.#ends ??= endsOfContainers(this.text))
    const { scanner } = this
    const members = new Map<string, number>()
    scanner.end = start + 1
    for (let token = scanner.next(); token === 'string' || token === ','; token = scanner.next()) {
      if (token === ',') continue
      const name = scanner.stringValue()
      scanner.next()
      scanner.next()
      members.set(name, scanner.start)
      scanner.end = ends.get(scanner.start) ?? scanner.end
    }
    return members
  }
}

/** Where each list and object ends, by where it starts: found once, so that nothing is walked through twice. */
function endsOfContainers(text: string): Map<number, number> {
  const scanner = new JsonScanner(text)
  const ends = new Map<number, number>()
  const open: number[] = []
  for (let token = scanner.next(); token !== 'end'; token = scanner.next())
    if (token === '{' || token === '[') open.push(scanner.start)
    else if (token === '}' || token === ']') ends.set(open.pop() ?? 0, scanner.end)
  return ends
}
