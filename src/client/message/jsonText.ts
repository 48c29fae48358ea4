// A value given by its JSON text, which is published as it is spelled: integers beyond 2⁵³ and `1.10` keep their digits.
import { invalidInput } from '../errors.js'
import { JsonSyntaxError, scanJson, stringValue } from './jsonScan.js'

const textMarker = Symbol.for('aleph-cloud-storage.JsonText')

/** Stands for a value anywhere in what is published. The text is checked when it is published. */
export class JsonText {
  readonly [textMarker] = true
  constructor(readonly text: string) {}
}

/** Also true for one made by another copy of the module: each lazy part has its own. */
export const isJsonText = (value: unknown): value is JsonText =>
  typeof value === 'object' && value !== null && textMarker in value

export const maxDepth = 500

/** The place of such a value is as long as it is deep. */
export const tooDeepText = (place: string): string =>
  `A value is nested more than ${maxDepth} levels deep; its place begins with ${place.slice(0, 60)}.`

/** Pairs of escapes that make one character, lone halves of one, and every other escape. */
const escapes = /\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u(d[89a-f][0-9a-f]{2})|[^])/gi

/** Where such a half may be; after an escaped backslash there is none after all. */
const maybeLone = /\\ud(?:[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2}\\ud)[c-f])/i

/** A string token with U+FFFD for lone surrogates, which nodes refuse (trap 34). */
export const wellFormedToken = (token: string): string =>
  maybeLone.test(token)
    ? token.replace(escapes, (escape, _high, _low, lone: string | undefined) => (lone ? '\ufffd' : escape))
    : token

const loneSurrogates = /\p{Cs}/gu

interface Frame {
  /** The names that an object has so far; undefined for an array. */
  names: Set<string> | undefined
  name: string
  index: number
}

/**
 * The text of `value` at `path`, without white space between its tokens and with U+FFFD for lone surrogates. Throws
 * `INVALID_INPUT`, with the place, for what is no JSON or what nodes do not take: U+0000, numbers beyond the range of a
 * double, the same name twice, more than `depthLeft` levels.
 */
export function checkedText({ text: given }: JsonText, path: string, depthLeft: number): string {
  if (typeof given !== 'string') throw invalidInput(`${path} is to be given by its JSON text, which is not a text.`)
  const text = given.replace(loneSurrogates, '\ufffd')
  let result = ''
  const frames: Frame[] = []
  let done = 0
  const replace = (start: number, end: number, by: string) => {
    result += text.slice(done, start) + by
    done = end
  }
  const place = () => path + frames.map(({ names, name, index }) => (names ? `.${name}` : `[${index}]`)).join('')
  /** In an array a value has the next number. */
  const count = () => {
    const frame = frames[frames.length - 1]
    if (frame && !frame.names) frame.index++
  }
  const string = (start: number, end: number) => {
    const token = text.slice(start, end)
    if (!token.includes('\\')) return token
    if (token.replace(/\\\\/g, '').includes('\\u0000'))
      throw invalidInput(`${place()} holds the character U+0000, which nodes can not store.`)
    const fit = wellFormedToken(token)
    if (fit !== token) replace(start, end, fit)
    return fit
  }

  try {
    scanJson(text, {
      name(start, end) {
        const frame = frames[frames.length - 1] as Frame
        frame.name = stringValue(string(start, end))
        if (frame.names?.has(frame.name)) throw invalidInput(`${place()} is there twice; only one of them could count.`)
        frame.names?.add(frame.name)
      },
      scalar(start, end) {
        count()
        const first = text.charCodeAt(start)
        if (first === 34) string(start, end)
        else if (first < 58 && !Number.isFinite(Number(text.slice(start, end))))
          throw invalidInput(`${place()} is a number beyond what nodes can hold; write it as a text.`)
      },
      open(_start, isObject) {
        count()
        if (frames.length >= depthLeft) throw invalidInput(tooDeepText(place()))
        frames.push({ names: isObject ? new Set() : undefined, name: '', index: -1 })
      },
      close: () => void frames.pop(),
      space: (start, end) => replace(start, end, ''),
    })
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw invalidInput(`${place()} is not valid JSON: see character ${error.offset + 1} of the text.`, {
      offset: error.offset,
    })
  }
  return result + text.slice(done)
}
