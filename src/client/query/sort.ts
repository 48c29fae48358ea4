// The order of query results: by several fields, and what has no value last, in whichever direction.
import { invalidInput } from '../errors.js'
import { leadsTo, parsePath, type FieldPath } from './path.js'
import { compareValues, fieldOf } from './values.js'
import { isObject } from '../isObject.js'

interface SortField {
  path: FieldPath
  direction: 1 | -1
}

const maxFields = 32

/** The fields of `sort` in the order of their weight. Throws `INVALID_INPUT`. */
export function parseSort(sort: unknown): SortField[] {
  if (!isObject(sort)) throw invalidInput('`sort` must be an object of fields, each with 1 or -1.')
  const entries = Object.entries(sort)
  if (entries.length > maxFields) throw invalidInput(`\`sort\` names more than ${maxFields} fields.`)
  return entries.map(([field, direction]) => {
    if (direction !== 1 && direction !== -1)
      throw invalidInput(`\`sort\` must have 1 (upwards) or -1 (downwards) for “${field.slice(0, 100)}”.`)
    return { path: parsePath(field, 'sort'), direction }
  })
}

/** What a document is sorted by; of a list, the least item upwards and the greatest downwards. */
function sortValue(document: unknown, { path, direction }: SortField): unknown {
  let best: unknown
  const [name] = path
  const direct = path.length === 1 && name !== undefined && isObject(document) ? fieldOf(document, name) : undefined
  // What most documents have.
  if (typeof direct === 'number' || typeof direct === 'string') return direct
  const take = (value: unknown) => {
    if (value != null && (best === undefined || direction * compareValues(value, best) < 0)) best = value
    return false
  }
  leadsTo(document, path, value => (Array.isArray(value) ? value.some(take) : take(value)))
  return best
}

/** The places of the documents in the order of `fields`; what is equal stays in its order. */
export function sortedPlaces(documents: readonly object[], fields: readonly SortField[]): number[] {
  const places = documents.map((_, place) => place)
  if (!fields.length) return places
  const columns = fields.map(field => ({
    direction: field.direction,
    values: documents.map(document => sortValue(document, field)),
  }))
  return places.sort((a, b) => {
    for (const { direction, values } of columns) {
      const left = values[a]
      const right = values[b]
      if (left === right) continue
      if (left === undefined) return 1
      if (right === undefined) return -1
      const order = typeof left === 'number' && typeof right === 'number' ? left - right : compareValues(left, right)
      if (order) return order * direction
    }
    return 0
  })
}
