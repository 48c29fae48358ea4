// JSON values held against each other as MongoDB holds them: equality, and the order of types and of values in them.
import { isObject } from '../isObject.js'

/** The field of that name, however it is called; undefined if there is none. */
export const fieldOf = (record: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** Whether a value equals `wanted`, which bounds the depth. Nodes do not keep the order of fields, so it does not count. */
export function areEqual(value: unknown, wanted: unknown): boolean {
  if (value === wanted) return true
  if (Array.isArray(wanted))
    return Array.isArray(value) && value.length === wanted.length && wanted.every((item, i) => areEqual(value[i], item))
  if (!isObject(wanted) || !isObject(value)) return false
  const names = Object.keys(wanted)
  return (
    Object.keys(value).length === names.length &&
    names.every(name => Object.hasOwn(value, name) && areEqual(value[name], wanted[name]))
  )
}

/** Where the type of a value stands; values of different types are never greater or less, only sorted. */
export function typeRank(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return 1
    case 'string':
      return 2
    case 'boolean':
      return 5
    default:
      return value == null ? 0 : Array.isArray(value) ? 4 : 3
  }
}

/** What a node sends may be nested deeper than the stack is; below this, values count as equal. */
const maxDepth = 100

/** Below, above or equal to 0, as `a` comes before, after or beside `b`. */
export function compareValues(a: unknown, b: unknown, depth = 0): number {
  const rank = typeRank(a)
  const otherRank = typeRank(b)
  if (rank !== otherRank) return rank - otherRank
  switch (rank) {
    case 1:
    case 5:
      return Number(a) - Number(b) || 0
    case 2:
      return compareTexts(a as string, b as string)
    case 3:
      return depth < maxDepth ? compareLists(sortedFields(a as object), sortedFields(b as object), depth) : 0
    case 4:
      return depth < maxDepth ? compareLists(a as unknown[], b as unknown[], depth) : 0
    default:
      return 0
  }
}

const sortedFields = (value: object) => Object.entries(value).sort(([a], [b]) => compareTexts(a, b)) as unknown[]

function compareLists(a: readonly unknown[], b: readonly unknown[], depth: number): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareValues(a[i], b[i], depth + 1)
    if (order) return order
  }
  return a.length - b.length
}

/** By code points: by code units, halves of pairs would come before U+E000 to U+FFFF. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left !== right) return left >= 0xd800 && right >= 0xd800 ? halvesLast(left) - halvesLast(right) : left - right
  }
  return a.length - b.length
}

/** Of code units from U+D800 on. */
const halvesLast = (unit: number) => (unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
