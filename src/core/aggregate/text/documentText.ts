// What stands in the text of an aggregate document: its entries with their places, and what keeps it from being
// published or would change on the way. Read with every change, so it is one pass without parsing values.
import type { Severity } from '../../../shared/editorProtocol.js'
import { invalidInput } from '../../../client/errors.js'
import { safeLabel } from '../../../shared/safeText.js'
import type { Translate } from '../../../shared/translate.js'
import { numberFate } from './decimal.js'
import { maxDepth, readSyntax, type SyntaxEvents, type SyntaxProblem } from './syntax.js'

/** A top-level property. Offsets are UTF-16 units of the document. */
export interface DocumentEntry {
  name: string
  /** Raw JSON text of the value, as spelled. */
  text: string
  /** Of the whole property, from its name to the end of its value. */
  start: number
  end: number
  nameStart: number
  nameEnd: number
  valueStart: number
  valueEnd: number
}

export type ProblemCode =
  | SyntaxProblem
  | 'notAnObject'
  | 'duplicateName'
  | 'controlCharacter'
  | 'invalidEscape'
  | 'nulCharacter'
  | 'loneSurrogate'
  | 'tooLargeNumber'
  | 'unsafeInteger'
  | 'roundedInteger'
  | 'roundedDecimal'
  | 'invalidTags'
  | 'protoName'

/** Something to say of a place in the text; `problemText` says it. */
export interface DocumentProblem {
  offset: number
  /** 0 at the end of a text that ends too early. */
  length: number
  severity: Severity
  code: ProblemCode
  /** Safe to show. */
  values: Record<string, string>
}

export interface DocumentText {
  /** By name, in the order of the text; undefined when there is an error, because it can not be published then. */
  entries: ReadonlyMap<string, DocumentEntry> | undefined
  /** In the order of the text; at most 100, errors before others when there are more. */
  problems: DocumentProblem[]
}

const maxProblems = 100

/** Reads a document that somebody edits: any text. */
export function readDocumentText(text: string): DocumentText {
  const reader = new DocumentTextReader(text)
  readSyntax(text, reader)
  return reader.result()
}

/**
 * The properties of a document that may hold what can not be published, such as a name twice, but is a JSON object.
 * Throws `INVALID_INPUT` for other text.
 */
export function documentProperties(text: string): DocumentEntry[] {
  const reader = new DocumentTextReader(text)
  readSyntax(text, reader)
  if (reader.isObject) return reader.properties
  throw invalidInput(
    'The document is not a JSON object, so it can not be changed this way. Correct what is marked first.',
  )
}

const severities: Partial<Record<ProblemCode, Severity>> = {
  unsafeInteger: 'warning',
  roundedInteger: 'warning',
  roundedDecimal: 'warning',
  protoName: 'info',
}

class DocumentTextReader implements SyntaxEvents {
  readonly properties: DocumentEntry[] = []
  /** Whether the text is valid JSON with an object at the top. */
  isObject = true
  readonly #text: string
  readonly #errors: DocumentProblem[] = []
  readonly #remarks: DocumentProblem[] = []
  /** Of what is open: the number of the object, 0 for a list. */
  readonly #open: number[] = []
  #objects = 0
  /** For each depth: in which object a name was seen last. Cheaper than a set for each object. */
  readonly #seen: Map<string, number>[] = []
  /** The top-level property whose value comes next or is open. */
  #property: { name: string; nameStart: number; nameEnd: number } | undefined
  #valueStart = 0

  constructor(text: string) {
    this.#text = text
  }

  open(bracket: '{' | '[', start: number): void {
    if (!this.#open.length && bracket === '[') this.#reportRoot(start, start + 1)
    if (this.#open.length === 1) this.#valueStart = start
    this.#open.push(bracket === '{' ? ++this.#objects : 0)
  }

  close(end: number): void {
    this.#open.pop()
    this.#endValue(end)
  }

  name(start: number, end: number, isPlain: boolean): void {
    if (!isPlain && !this.#inspect(start, end)) return
    const name = isPlain ? this.#text.slice(start + 1, end - 1) : (JSON.parse(this.#text.slice(start, end)) as string)
    const depth = this.#open.length
    const object = this.#open.at(-1) ?? 0
    const seen = (this.#seen[depth] ??= new Map<string, number>())
    if (seen.get(name) === object) this.#report('duplicateName', start, end, () => ({ name: safeLabel(name, 60) }))
    else seen.set(name, object)
    if (depth > 1) return
    this.#property = { name, nameStart: start, nameEnd: end }
    if (name === '__proto__') this.#report('protoName', start, end)
  }

  scalar(token: 'string' | 'number' | 'word', start: number, end: number, isPlain: boolean): void {
    if (!this.#open.length) this.#reportRoot(start, end)
    if (token === 'string' && !isPlain) this.#inspect(start, end)
    if (token === 'number') this.#number(start, end)
    if (this.#open.length === 1) this.#valueStart = start
    this.#endValue(end)
  }

  problem(code: SyntaxProblem, start: number, end: number): void {
    this.isObject = false
    this.#report(code, start, end, () => this.#valuesOf(code, start, end))
  }

  result(): DocumentText {
    const entries = new Map(this.properties.map(entry => [entry.name, entry]))
    const tags = this.isObject ? entries.get('tags') : undefined
    if (tags && !areTags(tags.text)) this.#report('invalidTags', tags.valueStart, tags.valueEnd)
    const problems = [...this.#errors, ...this.#remarks].slice(0, maxProblems).sort((a, b) => a.offset - b.offset)
    return { entries: this.#errors.length ? undefined : entries, problems }
  }

  #endValue(end: number): void {
    if (this.#open.length !== 1 || !this.#property) return
    const { name, nameStart, nameEnd } = this.#property
    const valueStart = this.#valueStart
    const text = this.#text.slice(valueStart, end)
    // No spread: it is a hundred times as slow, which many entries would show.
    this.properties.push({ name, text, start: nameStart, end, nameStart, nameEnd, valueStart, valueEnd: end })
    this.#property = undefined
  }

  #number(start: number, end: number): void {
    // Most numbers are short, and looking at them closely is dear.
    if (end - start < 4) return
    const spelling = this.#text.slice(start, end)
    const fate = numberFate(spelling)
    if (fate === 'exact') return
    this.#report(fate === 'tooLarge' ? 'tooLargeNumber' : fate, start, end, () => ({ number: safeLabel(spelling, 40) }))
  }

  /** Whether a string is valid JSON. It may hold what nodes refuse all the same. */
  #inspect(start: number, end: number): boolean {
    const isValid = inspectString(this.#text, start + 1, end - 1, (code, offset, length) => {
      const spelling = this.#text.slice(offset, offset + length)
      const text = () => (code === 'controlCharacter' ? JSON.stringify(spelling).slice(1, -1) : safeLabel(spelling, 10))
      this.#report(code, offset, offset + length, () => ({ text: text() }))
    })
    if (!isValid) this.isObject = false
    return isValid
  }

  #valuesOf(code: SyntaxProblem, start: number, end: number): Record<string, string> {
    if (code === 'unknownCharacter') {
      const codePoint = (this.#text.codePointAt(start) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      return { codePoint: `U+${codePoint}` }
    }
    return code === 'tooDeep' ? { max: `${maxDepth}` } : { text: safeLabel(this.#text.slice(start, end), 40) }
  }

  #reportRoot(start: number, end: number): void {
    this.isObject = false
    this.#report('notAnObject', start, end)
  }

  /** `values` are only asked for when the problem is one of the first. */
  #report(code: ProblemCode, start: number, end: number, values: () => Record<string, string> = () => ({})): void {
    const severity = severities[code] ?? 'error'
    const list = severity === 'error' ? this.#errors : this.#remarks
    if (list.length < maxProblems) list.push({ offset: start, length: end - start, severity, code, values: values() })
  }
}

type StringProblem = 'controlCharacter' | 'invalidEscape' | 'nulCharacter' | 'loneSurrogate'

/** Looks at what stands between two quotes, unit by unit. Whether it is valid JSON. */
function inspectString(
  text: string,
  start: number,
  end: number,
  report: (code: StringProblem, offset: number, length: number) => void,
): boolean {
  let isValid = true
  /** A first half of a pair that waits for its second, which must be spelled the same way. */
  let halfAt = -1
  let halfLength = 0
  for (let at = start, length = 1; at < end; at += length) {
    length = 1
    let unit = text.charCodeAt(at)
    if (unit === 0x5c) {
      const kind = text.charAt(at + 1)
      const hex = kind === 'u' ? text.slice(at + 2, at + 6) : ''
      const isUnicode = /^[0-9a-fA-F]{4}$/.test(hex)
      length = isUnicode ? 6 : 2
      unit = isUnicode ? parseInt(hex, 16) : -1
      if (!isUnicode && !'"\\/bfnrt'.includes(kind)) {
        report('invalidEscape', at, length)
        isValid = false
      }
    } else if (unit < 0x20) {
      if (unit) report('controlCharacter', at, length)
      isValid = false
    }
    if (unit === 0) report('nulCharacter', at, length)
    const isSecondHalf = unit >= 0xdc00 && unit <= 0xdfff
    const isPair = isSecondHalf && halfAt >= 0 && halfLength === length
    if (halfAt >= 0 && !isPair) report('loneSurrogate', halfAt, halfLength)
    if (isSecondHalf && !isPair) report('loneSurrogate', at, length)
    halfAt = unit >= 0xd800 && unit <= 0xdbff ? at : -1
    halfLength = length
  }
  if (halfAt >= 0) report('loneSurrogate', halfAt, halfLength)
  return isValid
}

/** What nodes take as an entry `tags` (protocol §3.5). `text` is valid JSON. */
function areTags(text: string): boolean {
  const tags: unknown = JSON.parse(text)
  if (tags === null) return true
  if (!Array.isArray(tags) || tags.length > 16) return false
  return tags.every(tag => typeof tag === 'string' && tag !== '' && tag.length <= 512 && [...tag].length <= 256)
}

/** What is wrong and what to do, as whole sentences for the user. */
export function problemText({ code, values }: DocumentProblem, t: Translate): string {
  switch (code) {
    case 'empty':
      return t('The document is empty. Write {braces} for an aggregate without entries.', { braces: '{}' })
    case 'byteOrderMark':
      return t('An invisible byte order mark stands before the text, which JSON does not have. Delete this character.')
    case 'comment':
      return t('JSON has no comments. Remove this one, or make it the text of an entry.')
    case 'unclosedText':
      return t('This text has no closing quote on its line. Add the quote, and write line breaks as \\n.')
    case 'singleQuotes':
      return t('JSON has no single quotes. Put the text into double quotes.')
    case 'unknownWord':
      return t('“{text}” is no JSON value. Put a text into double quotes, or write true, false or null.', values)
    case 'malformedNumber':
      return t(
        '“{text}” is no JSON number. Write it like -1.5e3, without + or 0 before it and with digits on both sides of the point.',
        values,
      )
    case 'unknownCharacter':
      return t('The character {codePoint} has no place outside of texts. Remove it.', values)
    case 'valueExpected':
      return t('A value is missing before “{text}”.', values)
    case 'nameExpected':
      return t('The name of an entry, in double quotes, is missing before “{text}”.', values)
    case 'nameWithoutQuotes':
      return t('Names need double quotes in JSON. Put “{text}” into double quotes.', values)
    case 'colonExpected':
      return t('A colon is missing between the name and “{text}”.', values)
    case 'commaExpected':
      return t('A comma is missing before “{text}”.', values)
    case 'trailingComma':
      return t('JSON has no comma after the last item. Remove this one.')
    case 'closedOtherwise':
      return t('“{text}” does not fit what is open here: an object ends with a brace, a list with a bracket.', values)
    case 'unexpected':
      return t('“{text}” has no place here. Remove it.', values)
    case 'unexpectedEnd':
      return t('The text ends too early: a bracket or a brace is not closed, or a value is missing.')
    case 'textAfterEnd':
      return t('The document ends before this. Remove what follows, or move it inside.')
    case 'tooDeep':
      return t('This is nested more than {max} levels deep, which nodes may refuse. Make it flatter.', values)
    case 'notAnObject':
      return t('An aggregate is a JSON object with named entries. Put this into braces, under a name.')
    case 'duplicateName':
      return t(
        'The name “{name}” was used before in the same object, and nodes keep only one. Rename or remove one.',
        values,
      )
    case 'controlCharacter':
      return t('A control character can not stand in a text as it is. Write it as {text}.', values)
    case 'invalidEscape':
      return t('“{text}” is no escape of JSON. Write a backslash as \\\\.', values)
    case 'nulCharacter':
      return t('Nodes can not store the character U+0000. Remove it.')
    case 'loneSurrogate':
      return t('This is half of a character, which nodes refuse. Remove it, or write the whole character.')
    case 'tooLargeNumber':
      return t(
        'Nodes refuse the number {number} because it is too large. Write it as a text, in double quotes.',
        values,
      )
    case 'unsafeInteger':
      return t('Other programs may round {number}, an integer beyond 2⁵³. Write it as a text to be safe.', values)
    case 'roundedInteger':
      return t(
        'The node’s own copy of {number} will be rounded, because it has more than 64 bits. Write it as a text to be safe.',
        values,
      )
    case 'roundedDecimal':
      return t(
        'Other programs will round {number}, which is finer than they can hold. Write it as a text to be safe.',
        values,
      )
    case 'invalidTags':
      return t(
        'Nodes take as “tags” only null or a list of at most 16 texts of 1 to 256 characters. Correct it, or rename the entry.',
      )
    case 'protoName':
      return t('Some JavaScript programs ignore an entry named __proto__. Choose another name if they shall read it.')
  }
}
