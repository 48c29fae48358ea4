// Changes to the text of a document that leave everything else as its author wrote it, byte for byte.
import { invalidInput } from '../../../client/errors.js'
import { safeLabel } from '../../../shared/safeText.js'
import { defaultStyle, forEachGap, formatJson, type JsonStyle } from '../../jsonText.js'
import type { Entries } from '../entries.js'
import { documentProperties, type DocumentEntry } from './documentText.js'
import { sortedText } from './sortKeys.js'
import { compactText, sameValue } from './values.js'

/** Replaces `length` UTF-16 units at `offset`. */
export interface TextEdit {
  offset: number
  length: number
  text: string
}

/** An editor takes long for thousands of edits; one that spans them is quick. */
const maxEdits = 1000

/** `edits` do not overlap, come in ascending order, and are all in terms of `text`. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = []
  let copied = 0
  for (const edit of edits) {
    pieces.push(text.slice(copied, edit.offset), edit.text)
    copied = edit.offset + edit.length
  }
  return pieces.join('') + text.slice(copied)
}

/** None, or the one edit between what two texts have in common at their beginnings and ends. */
export function minimalEdit(before: string, after: string): TextEdit[] {
  if (before === after) return []
  const shorter = Math.min(before.length, after.length)
  let prefix = 0
  while (prefix < shorter && before.charCodeAt(prefix) === after.charCodeAt(prefix)) prefix++
  if (isInside(before, prefix) || isInside(after, prefix)) prefix--
  let suffix = 0
  const end = (text: string) => text.length - suffix
  while (suffix < shorter - prefix && before.charCodeAt(end(before) - 1) === after.charCodeAt(end(after) - 1)) suffix++
  if (isInside(before, end(before)) || isInside(after, end(after))) suffix--
  return [{ offset: prefix, length: end(before) - prefix, text: after.slice(prefix, end(after)) }]
}

/** Within a surrogate pair or a `\r\n`. */
const isInside = (text: string, offset: number) =>
  /^(?:[\ud800-\udbff][\udc00-\udfff]|\r\n)$/.test(text.slice(Math.max(0, offset - 1), offset + 1))

/** Replaces the value of an entry, or appends the entry. `valueText` is JSON; it gets the document's own layout. */
export const setEntry = (text: string, name: string, valueText: string): TextEdit[] =>
  changeEntries(text, new Map([[name, valueText]]), () => false)

/** Appends an entry. Throws `INVALID_INPUT` if there is one of this name. */
export function addEntry(text: string, name: string, valueText: string): TextEdit[] {
  if (documentProperties(text).some(entry => entry.name === name)) throw isThere(name)
  return setEntry(text, name, valueText)
}

/** Throws `INVALID_INPUT` if there is no such entry. */
export function removeEntry(text: string, name: string): TextEdit[] {
  if (!documentProperties(text).some(entry => entry.name === name)) throw isNotThere(name)
  return changeEntries(text, new Map(), other => other === name)
}

/** Throws `INVALID_INPUT` if there is no such entry, or one of the new name already. */
export function renameEntry(text: string, name: string, newName: string): TextEdit[] {
  const entries = documentProperties(text)
  const entry = entries.findLast(other => other.name === name)
  if (!entry) throw isNotThere(name)
  if (newName === name) return []
  if (entries.some(other => other.name === newName)) throw isThere(newName)
  return [{ offset: entry.nameStart, length: entry.nameEnd - entry.nameStart, text: JSON.stringify(newName) }]
}

const isThere = (name: string) =>
  invalidInput(`There is an entry “${safeLabel(name, 60)}” already. Choose another name.`)
const isNotThere = (name: string) => invalidInput(`The document has no entry “${safeLabel(name, 60)}”.`)

/** Makes the document one with exactly these values. Entries that have them stay untouched, new ones are appended. */
export const setEntries = (text: string, target: Entries): TextEdit[] =>
  changeEntries(text, target, name => !target.has(name))

/** Every property has a line of its own, or all stand on one. */
interface DocumentStyle extends JsonStyle {
  isOneLine: boolean
  /** Between a name and its value. */
  colon: string
}

function changeEntries(text: string, values: Entries, isRemoved: (name: string) => boolean): TextEdit[] {
  const properties = documentProperties(text)
  const style = documentStyle(text, properties)
  const kept = properties.filter(({ name }) => !isRemoved(name))
  const edits: TextEdit[] = []
  properties.forEach((property, i) => {
    const next = properties[i + 1]
    if (isRemoved(property.name)) {
      // With the comma and the white space behind it, so that what comes next takes its place.
      if (next && next.start <= (kept.at(-1)?.start ?? -1))
        edits.push({ offset: property.start, length: next.start - property.start, text: '' })
      return
    }
    const value = values.get(property.name)
    if (value !== undefined && !sameValue(property.text, value))
      edits.push(...within(property.valueStart, minimalEdit(property.text, layOut(value, style))))
  })

  // Whatever stands behind the last one that is kept becomes the new entries.
  const names = new Set(kept.map(({ name }) => name))
  const added = [...values].filter(([name]) => !names.has(name))
  const line = style.isOneLine ? '' : style.eol + style.indent
  const texts = added.map(([name, value]) => JSON.stringify(name) + style.colon + layOut(value, style))
  const last = kept.at(-1)
  const lastEnd = properties.at(-1)?.end ?? 0
  const separator = `,${style.isOneLine ? style.colon.slice(1) : line}`
  if (last) {
    const behind = texts.map(entry => separator + entry).join('')
    edits.push(...within(last.end, minimalEdit(text.slice(last.end, lastEnd), behind)))
  } else if (properties.length || added.length) {
    const start = text.indexOf('{') + 1
    const end = text.lastIndexOf('}')
    const inside = texts.length ? line + texts.join(separator) + (style.isOneLine ? '' : style.eol) : ''
    edits.push(...within(start, minimalEdit(text.slice(start, end), inside)))
  }
  return bounded(text, edits)
}

const within = (start: number, edits: TextEdit[]): TextEdit[] =>
  edits.map(edit => ({ ...edit, offset: start + edit.offset }))

const bounded = (text: string, edits: TextEdit[]): TextEdit[] =>
  edits.length > maxEdits ? minimalEdit(text, applyEdits(text, edits)) : edits

const layOut = (value: string, style: DocumentStyle): string =>
  style.isOneLine ? compactText(value) : formatJson(value, style, 1).trim()

/** How the document is written: by its first property. */
function documentStyle(text: string, properties: readonly DocumentEntry[]): DocumentStyle {
  const eol = /\r\n|\r|\n/.exec(text)?.[0] ?? defaultStyle.eol
  const [first] = properties
  if (!first) return { ...defaultStyle, eol, isOneLine: false, colon: ': ' }
  const between = text.slice(first.nameEnd, first.valueStart)
  const colon = /^:[ \t]{0,8}$/.test(between) ? between : ': '
  const gap = text.slice(text.indexOf('{') + 1, first.start)
  const indent = /[\r\n]([ \t]{0,16})$/.exec(gap)?.[1] ?? defaultStyle.indent
  return { indent, eol, isOneLine: !/[\r\n]/.test(gap), colon }
}

/** Lays out the whole document with its own indentation. Only white space changes. Ends with a line's end. */
export function formatDocument(text: string): TextEdit[] {
  const { indent, eol } = documentStyle(text, documentProperties(text))
  const style = { indent: indent || defaultStyle.indent, eol }
  const end = text.lastIndexOf('}') + 1
  const edits: TextEdit[] = []
  forEachGap(text.slice(0, end), style, 0, (start, end, wanted) => {
    if (edits.length <= maxEdits) edits.push({ offset: start, length: end - start, text: wanted })
  })
  if (edits.length > maxEdits) return minimalEdit(text, formatJson(text, style) + eol)
  if (text.slice(end) !== eol) edits.push({ offset: end, length: text.length - end, text: eol })
  return edits
}

/** Sorts the names of every object, by code units. Values keep their spelling, lists their order. */
export function sortKeys(text: string): TextEdit[] {
  documentProperties(text)
  return minimalEdit(text, sortedText(text))
}

/** The text that a document is opened with: two spaces, `\n`, entries in the given order. */
export function documentFromEntries(entries: Entries): string {
  const properties = Array.from(
    entries,
    ([name, value]) => `${JSON.stringify(name)}: ${formatJson(value, defaultStyle, 1).trim()}`,
  )
  return properties.length ? `{\n  ${properties.join(',\n  ')}\n}\n` : '{}\n'
}
