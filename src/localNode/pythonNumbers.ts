// `add_json` parses JSON in Python and writes it again: compact with sorted keys, or, with an integer beyond 64 bits,
// spaced and in ASCII (protocol §1.3). JavaScript's numbers would lose 1.0 and 2⁶⁴, so numbers stay text here.
import { pythonJson } from './pythonJson.js'

class NumberText {
  constructor(readonly text: string) {}
  get isInteger(): boolean {
    return !/[.eE]/.test(this.text)
  }
  get isHuge(): boolean {
    if (!this.isInteger) return false
    const value = BigInt(this.text)
    return value < -(2n ** 63n) || value >= 2n ** 64n
  }
}

/** Marks every number of a JSON text, outside of strings, so that JSON.parse keeps its spelling. */
const numberOrString = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g
const mark = '\u0001number:'

/** Throws SyntaxError for what is no JSON. */
export function pythonJsonOf(json: string): string {
  JSON.parse(json) // checked before numbers are hidden in strings
  const marked = json.replace(numberOrString, token => (token.startsWith('"') ? token : JSON.stringify(mark + token)))
  let hasHuge = false
  const value: unknown = JSON.parse(marked, (_, item: unknown) => {
    if (typeof item !== 'string' || !item.startsWith(mark)) return item
    const number = new NumberText(item.slice(mark.length))
    hasHuge ||= number.isHuge
    return number
  })
  return write(value, hasHuge)
}

function write(value: unknown, isSpaced: boolean): string {
  if (value instanceof NumberText) return value.isInteger ? integer(value.text) : float(Number(value.text), isSpaced)
  const comma = isSpaced ? ', ' : ','
  if (Array.isArray(value)) return `[${value.map(item => write(item, isSpaced)).join(comma)}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const colon = isSpaced ? ': ' : ':'
    return `{${pairs.map(([key, item]) => `${write(key, isSpaced)}${colon}${write(item, isSpaced)}`).join(comma)}}`
  }
  return isSpaced ? pythonJson(value) : JSON.stringify(value)
}

const integer = (text: string) => (text === '-0' ? '0' : text)

/** Shortest digits, always with a point or an exponent. */
function float(value: number, isSpaced: boolean): string {
  if (Object.is(value, -0)) return '-0.0'
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e16 || size < (isSpaced ? 1e-4 : 1e-5))) {
    const [digits = '', exponent = ''] = value.toExponential().split('e')
    const sign = exponent.startsWith('-') ? '-' : isSpaced ? '+' : ''
    const power = exponent.replace(/^[-+]/, '')
    return `${digits}e${sign}${isSpaced ? power.padStart(2, '0') : power}`
  }
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}
