// Loaded at the first query: `where` and `sort` of it, checked and made into functions.
import { parseSort, sorted } from '../query/sort.js'
import { parseWhere, type Where } from '../query/where.js'

export interface Prepared extends Where {
  /** The rows in the order that was asked for, by the document of each. */
  order<T>(rows: readonly T[], documentOf: (row: T) => object): readonly T[]
}

/** Throws `INVALID_INPUT`. The patterns still lack their `test`. */
export function prepareQuery({ where = {}, sort }: { where?: unknown; sort?: unknown }): Prepared {
  const fields = sort === undefined ? [] : parseSort(sort)
  return {
    ...parseWhere(where),
    order: (rows, documentOf) => (fields.length ? sorted(rows, fields, documentOf) : rows),
  }
}
