// JSON in the spelling of Python's json.dumps: `", "` and `": "` between things and \uXXXX for everything outside
// ASCII. Half of the real node's endpoints write it (protocol §5.0).

const escapeNonAscii = (json: string) =>
  json.replace(/[\u0080-\uffff]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const text = (value: string) => escapeNonAscii(JSON.stringify(value))

/** Takes what JSON.parse gives, and Maps as objects whose keys may be anything. */
export function pythonJson(value: unknown): string {
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (value instanceof Map) return pairs([...value.entries()] as [string, unknown][])
  if (typeof value === 'object' && value !== null) return pairs(Object.entries(value))
  return JSON.stringify(value ?? null)
}

const pairs = (entries: [string, unknown][]) =>
  `{${entries
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${text(key)}: ${pythonJson(value)}`)
    .join(', ')}}`
