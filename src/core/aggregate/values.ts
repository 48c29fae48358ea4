// Whether two JSON texts mean the same value. Compared as texts, because parsing would round numbers.
import { JsonScanner } from '../jsonScanner.js'
import { canonicalNumber } from './decimal.js'

/**
 * Whether two valid JSON texts are equal as JSON values: the order of names, white space and escapes do not matter, and
 * numbers are exact decimals (1.0 = 1 = 10e-1). Of names that stand twice the last one counts.
 */
export function sameValue(a: string, b: string): boolean {
  // Cheaper than what follows, and enough for what was only formatted.
  return a === b || compactText(a) === compactText(b) || canonicalText(a) === canonicalText(b)
}

/** A valid JSON text without white space between its tokens. */
export function compactText(text: string): string {
  const scanner = new JsonScanner(text)
  const pieces: string[] = []
  let copied = 0
  for (let token = scanner.next(), end = 0; ; token = scanner.next()) {
    if (scanner.start > end) {
      pieces.push(text.slice(copied, end))
      copied = scanner.start
    }
    if (token === 'end') break
    end = scanner.end
  }
  return pieces.length ? pieces.join('') + text.slice(copied) : text
}

interface Container {
  /** Of an object: its values by canonical name. */
  members: Map<string, string> | undefined
  /** Of an object: the name that was read last. */
  name: string
  /** Of a list: its items so far. */
  items: string
}

/** One text for every spelling of a value. Without recursion, because elements may be nested arbitrarily deeply. */
function canonicalText(text: string): string {
  const scanner = new JsonScanner(text)
  const open: Container[] = []
  let isName = false
  let result = ''
  const add = (value: string) => {
    const container = open.at(-1)
    if (!container) result = value
    else if (container.members) container.members.set(container.name, value)
    else container.items += `${value},`
  }
  for (let token = scanner.next(); token !== 'end'; token = scanner.next()) {
    const container = open.at(-1)
    const spelling = () => text.slice(scanner.start, scanner.end)
    if (token === '{' || token === '[') {
      open.push({ members: token === '{' ? new Map() : undefined, name: '', items: '' })
      isName = token === '{'
    } else if (token === '}' || token === ']') {
      open.pop()
      add(container?.members ? `{${sortedMembers(container.members)}}` : `[${container?.items ?? ''}]`)
    } else if (token === ',') isName = container?.members !== undefined
    else if (token === ':') isName = false
    else if (token === 'string') {
      const value = scanner.isPlain ? spelling() : JSON.stringify(JSON.parse(spelling()))
      if (isName && container) container.name = value
      else add(value)
    } else add(token === 'number' ? canonicalNumber(spelling()) : spelling())
  }
  return result
}

function sortedMembers(members: ReadonlyMap<string, string>): string {
  let result = ''
  for (const [name, value] of [...members].sort(([a], [b]) => (a < b ? -1 : 1))) result += `${name}:${value},`
  return result
}
