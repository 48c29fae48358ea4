// Splits JSON text into tokens, also text that is not valid. It allocates nothing, so that every key press can afford it.

/**
 * `unclosed` is a string without its closing quote; `unknown` everything that JSON does not have: bare words, malformed
 * numbers, texts in single quotes, other characters.
 */
export type Token =
  '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'unclosed' | 'number' | 'word' | 'comment' | 'unknown' | 'end'

const isLineEnd = (unit: number) => unit === 0x0a || unit === 0x0d
const isDigit = (unit: number) => unit >= 0x30 && unit <= 0x39
/** What bare words and numbers are made of: letters, digits, `_ $ + - .`; no blanks and nothing invisible. */
const isWordUnit = (unit: number) =>
  isDigit(unit) ||
  (unit >= 0x61 && unit <= 0x7a) ||
  (unit >= 0x41 && unit <= 0x5a) ||
  unit === 0x5f ||
  unit === 0x24 ||
  unit === 0x2b ||
  unit === 0x2d ||
  unit === 0x2e ||
  (unit > 0xa0 && unit !== 0xad && !(unit >= 0x2000 && unit <= 0x206f) && unit !== 0x3000 && unit !== 0xfeff)

/** Goes through `text` token by token. Offsets are in UTF-16 units. */
export class JsonScanner {
  /** Of the token. */
  start = 0
  /** Of the token; set to go on elsewhere. */
  end: number
  /** The string has no escapes, surrogates or control characters, so that it is what stands between its quotes. */
  isPlain = true
  readonly #text: string

  constructor(text: string, from = 0) {
    this.#text = text
    this.end = from
  }

  next(): Token {
    const text = this.#text
    for (let at = this.end; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) {
        this.start = at
        this.end = at + 1
        return this.#token(unit)
      }
    }
    this.start = this.end = text.length
    return 'end'
  }

  /** The text that the string means. It must be valid. */
  stringValue(): string {
    if (this.isPlain) return this.#text.slice(this.start + 1, this.end - 1)
    return JSON.parse(this.#text.slice(this.start, this.end)) as string
  }

  #token(unit: number): Token {
    switch (unit) {
      case 0x22:
        return this.#string(unit) ? 'string' : 'unclosed'
      case 0x2c:
        return ','
      case 0x3a:
        return ':'
      case 0x5b:
        return '['
      case 0x5d:
        return ']'
      case 0x7b:
        return '{'
      case 0x7d:
        return '}'
      case 0x66:
        return this.#word('false')
      case 0x6e:
        return this.#word('null')
      case 0x74:
        return this.#word('true')
      case 0x2f:
        return this.#comment()
      case 0x27:
        this.#string(unit)
        return 'unknown'
      default:
        return this.#number(unit)
    }
  }

  /** Takes a text in quotes, up to the end of the line at most. Whether it is closed. */
  #string(quote: number): boolean {
    const text = this.#text
    this.isPlain = true
    let at = this.start + 1
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit === quote) {
        this.end = at + 1
        return true
      }
      if (isLineEnd(unit)) break
      if (unit === 0x5c) {
        this.isPlain = false
        // Not over the end of the line.
        if (text.charCodeAt(at + 1) >= 0x20) at++
      } else if (unit < 0x20 || (unit >= 0xd800 && unit <= 0xdfff)) this.isPlain = false
    }
    this.end = Math.min(at, text.length)
    return false
  }

  #comment(): Token {
    const text = this.#text
    const second = text.charAt(this.start + 1)
    if (second !== '/' && second !== '*') return 'unknown'
    if (second === '*') {
      const close = text.indexOf('*/', this.start + 2)
      this.end = close < 0 ? text.length : close + 2
    } else while (this.end < text.length && !isLineEnd(text.charCodeAt(this.end))) this.end++
    return 'comment'
  }

  #word(word: string): Token {
    this.#bareWord()
    return this.end - this.start === word.length && this.#text.startsWith(word, this.start) ? 'word' : 'unknown'
  }

  #number(first: number): Token {
    const text = this.#text
    const digits = first === 0x2d ? this.start + 1 : this.start
    let at = this.#digits(digits)
    let isValid = at > digits && (at === digits + 1 || text.charCodeAt(digits) !== 0x30)
    if (isValid && text.charCodeAt(at) === 0x2e) {
      const fraction = at + 1
      at = this.#digits(fraction)
      isValid = at > fraction
    }
    if (isValid && (text.charCodeAt(at) | 0x20) === 0x65) {
      const sign = text.charCodeAt(at + 1)
      const exponent = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
      at = this.#digits(exponent)
      isValid = at > exponent
    }
    if (!isValid || (at < text.length && isWordUnit(text.charCodeAt(at)))) return this.#bareWord()
    this.end = at
    return 'number'
  }

  #digits(at: number): number {
    while (at < this.#text.length && isDigit(this.#text.charCodeAt(at))) at++
    return at
  }

  /** At least one character, so that the scanner always gets on. */
  #bareWord(): Token {
    let at = this.start
    while (at < this.#text.length && isWordUnit(this.#text.charCodeAt(at))) at++
    this.end = Math.max(at, this.start + 1)
    return 'unknown'
  }
}
