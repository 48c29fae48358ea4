// The signed text of an aggregate's element → its top-level entries as their author spelled them (protocol §3.2).
import { JsonSyntaxError, scanJson, stringValue } from '../message/jsonScan.js'
import { maxNesting } from '../message/wire.js'

/** What the text of a content says; a field is undefined where it is missing or of another kind. */
export interface ElementText {
  address: string | undefined
  /** Seconds. */
  time: number | undefined
  key: string | undefined
  /** By name, the JSON text of each value. */
  entries: Map<string, string> | undefined
}

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u

/** Whether each UTF-16 unit is printable, as far as it was asked: 1 for yes, 2 for no. Some clients escape every letter. */
const known = new Uint8Array(0x10000)
function isPrintable(unit: number): boolean {
  if (!known[unit]) known[unit] = unit === 0x25 || (unit >= 0xa0 && printable.test(String.fromCharCode(unit))) ? 1 : 2
  return known[unit] === 1
}

/**
 * Escapes that only the wire asks for, or that some clients write for everything beyond ASCII, read as the characters
 * they are; those of controls, separators and characters without a shape stay.
 */
function readable(json: string): string {
  let result = ''
  let done = 0
  for (let at = json.indexOf('\\u'); at >= 0; at = json.indexOf('\\u', at)) {
    if (isEscaped(json, at, done)) {
      at += 2
      continue
    }
    const unit = parseInt(json.slice(at + 2, at + 6), 16)
    let character = String.fromCharCode(unit)
    let isRead = isPrintable(unit)
    let end = at + 6
    if (unit >= 0xd800 && unit < 0xdc00 && json.startsWith('\\u', end)) {
      character += String.fromCharCode(parseInt(json.slice(end + 2, end + 6), 16))
      isRead = printable.test(character)
      if (isRead) end += 6
    }
    if (isRead) {
      result += json.slice(done, at) + character
      done = end
    }
    at = end
  }
  return done ? result + json.slice(done) : json
}

/** Whether the backslash at `at` is the second one of a pair; nothing before `start` belongs to it. */
function isEscaped(json: string, at: number, start: number): boolean {
  let before = at
  while (before > start && json.charCodeAt(before - 1) === 92) before--
  return (at - before) % 2 === 1
}

/** Undefined for a text that isn't JSON, or nested deeper than nodes take. Of equal names the last one counts, as for a node. */
export function readElementText(text: string): ElementText | undefined {
  const fields = new Map<string, unknown>()
  let entries: Map<string, string> | undefined
  let depth = 0
  let field = ''
  let entry = ''
  let entryStart = 0
  const endEntry = (end: number) => entries?.set(entry, readable(text.slice(entryStart, end)))
  const isEntry = () => depth === 2 && field === 'content'
  try {
    scanJson(text, {
      name(start, end) {
        if (depth === 1) field = stringValue(text.slice(start, end))
        else if (isEntry()) entry = stringValue(text.slice(start, end))
      },
      scalar(start, end) {
        if (isEntry()) {
          entryStart = start
          endEntry(end)
        } else if (depth === 1) {
          if (field === 'content') entries = undefined
          else if (field === 'address' || field === 'key' || field === 'time')
            fields.set(field, JSON.parse(text.slice(start, end)))
        }
      },
      open(start, isObject) {
        if (isEntry()) entryStart = start
        else if (depth === 1) {
          if (field === 'content') entries = isObject ? new Map() : undefined
          else fields.delete(field)
        }
        if (++depth > maxNesting) throw new JsonSyntaxError(start)
      },
      close(end) {
        depth--
        if (isEntry()) endEntry(end)
      },
    })
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
  const textOf = (name: string) => {
    const value = fields.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const time = fields.get('time')
  return { address: textOf('address'), time: typeof time === 'number' ? time : undefined, key: textOf('key'), entries }
}
