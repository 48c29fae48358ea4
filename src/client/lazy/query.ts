// Loaded at the first query: `where` and `sort` of it, checked and made into functions.
import { parseSort, sorted } from '../query/sort.js'
import { parseWhere, type Where } from '../query/where.js'

export interface Prepared extends Where {
  /** The documents in the order that was asked for. */
  order<T extends object>(documents: readonly T[]): readonly T[]
}

/** Throws `INVALID_INPUT`. The patterns still lack their `test`. */
export function prepareQuery({ where = {}, sort }: { where?: unknown; sort?: unknown }): Prepared {
  const fields = sort === undefined ? [] : parseSort(sort)
  return {
    ...parseWhere(where),
    order: documents => (fields.length ? sorted(documents, fields) : documents),
  }
}
