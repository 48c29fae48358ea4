// The signed text of an aggregate's element → its top-level entries as their author spelled them (protocol §3.2).
import { JsonSyntaxError, scanJson, stringValue } from '../message/jsonScan.js'

/** What the text of a content says; a field is undefined where it is missing or of another kind. */
export interface ElementText {
  address: string | undefined
  /** Seconds. */
  time: number | undefined
  key: string | undefined
  /** By name, the JSON text of each value. */
  entries: Map<string, string> | undefined
}

const letter = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u
const escapes = /\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u([0-9a-f]{4})|[^])/gi

/**
 * Escapes that only the wire asks for, or that some clients write for everything beyond ASCII, read as the characters
 * they are; those of controls, separators and characters without a shape stay.
 */
const readable = (json: string) =>
  json.includes('\\u')
    ? json.replace(escapes, (escape: string, high?: string, low?: string, single?: string) => {
        const codes = [high, low, single].filter(code => code !== undefined).map(code => parseInt(code, 16))
        const character = String.fromCharCode(...codes)
        if (character === '%') return character
        return character >= '\u00a0' && letter.test(character) ? character : escape
      })
    : json

/** Undefined for a text that is no JSON. Of equal names the last one counts, as for a node. */
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
        depth++
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
