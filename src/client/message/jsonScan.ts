// Reads a JSON text strictly, from left to right, without making values of it: numbers and strings stay as they are
// spelled.

/** Told what stands where, in UTF-16 units; `end` is behind the last one. */
export interface JsonVisitor {
  /** The name of a property, with its quotes. */
  name(start: number, end: number): void
  /** A string with its quotes, a number, `true`, `false` or `null`. */
  scalar(start: number, end: number): void
  open(start: number, isObject: boolean): void
  close(end: number): void
  /** White space outside of strings. */
  space?(start: number, end: number): void
}

/** The text is no JSON; `offset` is where that shows. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError'
  constructor(readonly offset: number) {
    super(`No JSON from character ${offset + 1} on.`)
  }
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const literal = /true|false|null/y
const hexEscape = /[0-9a-fA-F]{4}/y

const [quote, backslash, letterU, comma, colon] = [34, 92, 117, 44, 58]
const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93]
const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9

/** Throws `JsonSyntaxError`. Takes any depth; the caller may throw from `open`. */
export function scanJson(text: string, visitor: JsonVisitor): void {
  let at = 0
  /** For everything that is open, whether it is an object. */
  const inside: boolean[] = []

  const fail = (): never => {
    throw new JsonSyntaxError(at)
  }
  const skipSpace = () => {
    const start = at
    while (isSpace(text.charCodeAt(at))) at++
    if (at > start) visitor.space?.(start, at)
  }
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at
    if (pattern.test(text)) at = pattern.lastIndex
    else fail()
  }
  const readString = () => {
    if (text.charCodeAt(at) !== quote) fail()
    for (at++; ; at++) {
      const code = text.charCodeAt(at)
      if (code === quote) break
      if (code === backslash) {
        if (text.charCodeAt(++at) === letterU) {
          at++
          match(hexEscape)
          at--
        } else if (!'"\\/bfnrt'.includes(text.charAt(at))) fail()
      } else if (!(code >= 32)) fail() // a control character, or the end of the text
    }
    at++
  }
  const readName = () => {
    const start = at
    readString()
    visitor.name(start, at)
    skipSpace()
    if (text.charCodeAt(at) !== colon) fail()
    at++
    skipSpace()
  }

  skipSpace()
  for (;;) {
    const start = at
    const code = text.charCodeAt(at)
    if (code === openBrace || code === openBracket) {
      const isObject = code === openBrace
      visitor.open(start, isObject)
      at++
      skipSpace()
      if (text.charCodeAt(at) !== (isObject ? closeBrace : closeBracket)) {
        inside.push(isObject)
        if (isObject) readName()
        continue
      }
      at++
      visitor.close(at)
    } else {
      if (code === quote) readString()
      else match(code === 45 || (code >= 48 && code <= 57) ? number : literal)
      visitor.scalar(start, at)
    }
    // A value has ended: others follow, or what contains it ends as well.
    for (;;) {
      skipSpace()
      const isObject = inside[inside.length - 1]
      const next = text.charCodeAt(at)
      if (isObject === undefined) {
        if (at < text.length) fail()
        return
      }
      if (next === comma) {
        at++
        skipSpace()
        if (isObject) readName()
        break
      }
      if (next !== (isObject ? closeBrace : closeBracket)) fail()
      at++
      inside.pop()
      visitor.close(at)
    }
  }
}

/** What a string token says. */
export const stringValue = (token: string): string =>
  token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1)
