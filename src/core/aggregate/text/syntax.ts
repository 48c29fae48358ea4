// The grammar of JSON, for text that is being typed: it says what is wrong at which place in the terms of somebody who
// writes it, and goes on behind a mistake. Without recursion, so that no text is nested too deeply for it.
import { JsonScanner, type Token } from '../../jsonScanner.js'

/** Containers within each other, the document included. The client signs no more (`message/serialize.ts`). */
export const maxDepth = 500

export type SyntaxProblem =
  | 'empty'
  | 'byteOrderMark'
  | 'comment'
  | 'unclosedText'
  | 'singleQuotes'
  | 'unknownWord'
  | 'malformedNumber'
  | 'unknownCharacter'
  | 'valueExpected'
  | 'nameExpected'
  | 'nameWithoutQuotes'
  | 'colonExpected'
  | 'commaExpected'
  | 'trailingComma'
  | 'closedOtherwise'
  | 'unexpected'
  | 'unexpectedEnd'
  | 'textAfterEnd'
  | 'tooDeep'

/** What a text is made of, in its order. `isPlain`: the string is what stands between its quotes. */
export interface SyntaxEvents {
  open(bracket: '{' | '[', start: number): void
  close(end: number): void
  name(start: number, end: number, isPlain: boolean): void
  /** A string, number or word. */
  scalar(token: 'string' | 'number' | 'word', start: number, end: number, isPlain: boolean): void
  problem(code: SyntaxProblem, start: number, end: number): void
}

type Content = Exclude<Token, 'comment' | 'end'>

/** Reads `text` whole, or up to where it is nested too deeply. It is valid JSON if no problem was reported. */
export function readSyntax(text: string, events: SyntaxEvents): void {
  new SyntaxReader(text, events).read()
}

class SyntaxReader {
  readonly #text: string
  readonly #events: SyntaxEvents
  readonly #scanner: JsonScanner
  readonly #open: ('{' | '[')[] = []
  #expected: 'value' | 'name' | 'colon' | 'separator' | 'nothing' = 'value'
  /** Nothing was read since the bracket that is open. */
  #isFirst = true
  /** Offset of the comma that was read last. */
  #comma = 0
  /** A text without an end swallowed what should have followed it. */
  #isGuessing = false
  #lastProblem = -1
  #isDone = false

  constructor(text: string, events: SyntaxEvents) {
    this.#text = text
    this.#events = events
    this.#scanner = new JsonScanner(text, text.startsWith('\ufeff') ? 1 : 0)
  }

  read(): void {
    if (this.#text.startsWith('\ufeff')) this.#events.problem('byteOrderMark', 0, 1)
    let end = 0
    while (!this.#isDone) {
      const token = this.#scanner.next()
      if (token === 'end') return this.#takeEnd(end)
      end = this.#scanner.end
      if (token === 'comment') this.#report('comment')
      else if (token === 'unknown' && this.#isStray()) this.#report('unknownCharacter')
      else this.#take(token)
    }
  }

  #takeEnd(end: number): void {
    if (this.#expected === 'nothing') return
    const isEmpty = this.#expected === 'value' && !this.#open.length
    this.#events.problem(isEmpty ? 'empty' : 'unexpectedEnd', end, end)
  }

  #take(token: Content): void {
    switch (this.#expected) {
      case 'value':
        return this.#takeValue(token)
      case 'name':
        return this.#takeName(token)
      case 'colon':
        return this.#takeColon(token)
      case 'separator':
        return this.#takeSeparator(token)
      case 'nothing':
        this.#report('textAfterEnd')
        this.#isDone = true
    }
  }

  #takeValue(token: Content): void {
    const { start, end, isPlain } = this.#scanner
    switch (token) {
      case '{':
      case '[':
        return this.#openBracket(token)
      case ']':
      case '}':
      case ',':
        if (this.#open.at(-1) === '[' && token === ']') {
          if (!this.#isFirst) this.#events.problem('trailingComma', this.#comma, this.#comma + 1)
          return this.#close()
        }
        this.#report('valueExpected')
        this.#endValue()
        if (this.#open.length) this.#take(token)
        return
      case ':':
        return this.#report('unexpected')
      case 'unknown':
        this.#reportUnknown()
        return this.#endValue()
      case 'unclosed':
        this.#reportUnclosed()
        return this.#endValue()
      case 'string':
      case 'number':
      case 'word':
        this.#events.scalar(token, start, end, isPlain)
        this.#endValue()
    }
  }

  #takeName(token: Content): void {
    const { start, end, isPlain } = this.#scanner
    switch (token) {
      case 'string':
        this.#events.name(start, end, isPlain)
        this.#expected = 'colon'
        return
      case 'unclosed':
        this.#reportUnclosed()
        return this.#endValue()
      case '}':
        if (!this.#isFirst) this.#events.problem('trailingComma', this.#comma, this.#comma + 1)
        return this.#close()
      case ']':
        this.#report('closedOtherwise')
        return this.#close()
      case ',':
        return this.#report('nameExpected')
      case ':':
        this.#report('nameExpected')
        this.#expected = 'value'
        return
      case '{':
      case '[':
        this.#report('nameExpected')
        return this.#openBracket(token)
      default:
        this.#report('nameWithoutQuotes')
        this.#expected = 'colon'
    }
  }

  #takeColon(token: Content): void {
    this.#expected = 'value'
    if (token === ':') return
    this.#report('colonExpected')
    if (token === ',' || token === '}' || token === ']') this.#expected = 'separator'
    this.#take(token)
  }

  #takeSeparator(token: Content): void {
    const bracket = this.#open.at(-1)
    const isGuessing = this.#isGuessing
    this.#isGuessing = false
    if (token === '}' || token === ']') {
      if ((token === '}') !== (bracket === '{')) this.#report('closedOtherwise')
      return this.#close()
    }
    if (token === ':') {
      this.#report('unexpected')
      this.#expected = 'value'
      return
    }
    this.#isFirst = false
    this.#expected = bracket === '{' ? 'name' : 'value'
    if (token === ',') this.#comma = this.#scanner.start
    else {
      if (!isGuessing) this.#report('commaExpected')
      this.#take(token)
    }
  }

  #openBracket(bracket: '{' | '['): void {
    if (this.#open.length === maxDepth) {
      this.#report('tooDeep')
      this.#isDone = true
      return
    }
    this.#events.open(bracket, this.#scanner.start)
    this.#open.push(bracket)
    this.#isFirst = true
    this.#expected = bracket === '{' ? 'name' : 'value'
  }

  #close(): void {
    this.#events.close(this.#scanner.end)
    this.#open.pop()
    this.#endValue()
  }

  #endValue(): void {
    this.#expected = this.#open.length ? 'separator' : 'nothing'
  }

  #reportUnclosed(): void {
    this.#report('unclosedText')
    this.#isGuessing = true
  }

  /** A character that is not even the beginning of something else. */
  #isStray(): boolean {
    const { start, end } = this.#scanner
    return end === start + 1 && /^[^\p{L}\p{Cs}\d_$+.'-]/u.test(this.#text.charAt(start))
  }

  #reportUnknown(): void {
    const { start, end } = this.#scanner
    const word = this.#text.slice(start, Math.min(end, start + 20))
    if (word.startsWith("'")) this.#report('singleQuotes')
    else this.#report(/^(?:[-+.]*\d|[-+.]+$)/.test(word) ? 'malformedNumber' : 'unknownWord')
  }

  /** Of the token at hand; the first problem of a token is the one that counts. */
  #report(code: SyntaxProblem): void {
    const { start, end } = this.#scanner
    if (start === this.#lastProblem) return
    this.#lastProblem = start
    this.#events.problem(code, start, end)
  }
}
