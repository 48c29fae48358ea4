// What an aggregate is after some of its elements: the shallow merge in order of their times (protocol §3.2).
import type { AggregateElement } from './element.js'

/** The value of one entry, and the element that gave it. */
export interface ReplayedEntry {
  /** Its JSON text as it was signed; `null` is a value. */
  text: string
  item_hash: string
  /** Seconds. */
  time: number
  /** Other texts that elements of the very same time gave it: which of them a node shows depends on which came first. */
  tied: readonly string[]
}

export type Replayed = ReadonlyMap<string, ReplayedEntry>

/** As nodes hold times. */
const microseconds = (time: number) => Math.round(time * 1e6)

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The order in which elements count, last one wins. With equal times (traps 37, 43) a node keeps what arrived first, and
 * refuses an element that sets some entries anew and others not: so the one with more entries was there before the other.
 * Where that decides nothing the smaller hash counts, so that every reader sees the same.
 */
export const byTime = (a: AggregateElement, b: AggregateElement): number =>
  microseconds(a.time) - microseconds(b.time) ||
  a.entries.size - b.entries.size ||
  compareText(b.item_hash, a.item_hash)

/**
 * The entries of the document after these elements, which may come in any order. Nested objects are replaced whole;
 * elements whose authority is `unproven` are left out.
 */
export function replay(elements: Iterable<AggregateElement>): Replayed {
  const result = new Map<string, ReplayedEntry>()
  const counting = [...elements].filter(({ authority }) => authority !== 'unproven').sort(byTime)
  for (const { entries, item_hash, time } of counting)
    for (const [name, text] of entries) {
      const before = result.get(name)
      const isTie = before && microseconds(before.time) === microseconds(time)
      const tied = isTie ? [...before.tied, before.text].filter(other => other !== text) : []
      result.set(name, { text, item_hash, time, tied })
    }
  return result
}

/** The document as values; names such as `__proto__` are properties of its own. */
export const documentOf = (replayed: Replayed): Record<string, unknown> =>
  Object.fromEntries([...replayed].map(([name, { text }]) => [name, JSON.parse(text) as unknown]))

/** Names of entries that a node's merge has otherwise than the signed elements, or that only one of the two has. */
export function compareMerge(nodeContent: Readonly<Record<string, unknown>>, replayed: Replayed): string[] {
  const names = new Set([...Object.keys(nodeContent), ...replayed.keys()])
  return [...names].filter(name => {
    const entry = replayed.get(name)
    if (!entry || !Object.hasOwn(nodeContent, name)) return true
    return ![entry.text, ...entry.tied].some(text => isSame(nodeContent[name], JSON.parse(text)))
  })
}

/** Nodes refuse what is nested deeper. */
const maxDepth = 1100

function isSame(a: unknown, b: unknown, depth = 0): boolean {
  // A node rounds what does not fit its own numbers (trap 35).
  if (typeof a === 'number' && typeof b === 'number')
    return a === b || Math.abs(a - b) <= Number.EPSILON * Math.max(Math.abs(a), Math.abs(b))
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (depth > maxDepth || Array.isArray(a) !== Array.isArray(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every(
      name =>
        Object.hasOwn(b, name) &&
        isSame((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name], depth + 1),
    )
  )
}
