// Splits JSON text into tokens, also text that is not valid. It allocates nothing, so that every key press can afford it.

/**
 * `unclosed` is a string without its closing quote; `unknown` everything that JSON does not have: bare words, malformed
 * numbers, texts in single quotes, other characters.
 */
export type Token =
  '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'unclosed' | 'number' | 'word' | 'comment' | 'unknown' | 'end'

const isSpace = (unit: number) => unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09
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
  start = 0
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
    let at = this.end
    while (at < text.length && isSpace(text.charCodeAt(at))) at++
    this.start = at
    this.end = at + 1
    if (at >= text.length) {
      this.end = at
      return 'end'
    }
    const character = text.charAt(at)
    switch (character) {
      case '{':
      case '}':
      case '[':
      case ']':
      case ',':
      case ':':
        return character
      case '"':
        return this.#string(0x22) ? 'string' : 'unclosed'
      case '/':
        return this.#comment()
      case "'":
        this.#string(0x27)
        return 'unknown'
      case 't':
        return this.#word('true')
      case 'f':
        return this.#word('false')
      case 'n':
        return this.#word('null')
      default:
        return this.#number()
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
      if (unit === 0x0a || unit === 0x0d) break
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
    } else while (this.end < text.length && !/[\r\n]/.test(text.charAt(this.end))) this.end++
    return 'comment'
  }

  #word(word: string): Token {
    this.#bareWord()
    return this.end - this.start === word.length && this.#text.startsWith(word, this.start) ? 'word' : 'unknown'
  }

  #number(): Token {
    const text = this.#text
    let at = this.start
    if (text.charAt(at) === '-') at++
    const digits = at
    at = this.#digits(at)
    let isValid = at > digits && (at === digits + 1 || text.charAt(digits) !== '0')
    if (isValid && text.charAt(at) === '.') {
      const fraction = at + 1
      at = this.#digits(fraction)
      isValid = at > fraction
    }
    if (isValid && (text.charAt(at) === 'e' || text.charAt(at) === 'E')) {
      const sign = text.charAt(at + 1)
      const exponent = sign === '+' || sign === '-' ? at + 2 : at + 1
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
