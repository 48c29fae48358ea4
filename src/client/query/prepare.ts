// The `where` and `sort` of a query, checked and made into functions.
import { parseSort, sortedPlaces } from './sort.js'
import { parseWhere, type Where } from './where.js'

export interface Prepared extends Where {
  /** The places of the documents in the order that was asked for. */
  order(documents: readonly object[]): number[]
}

/** Throws `INVALID_INPUT`. The patterns still lack their `test`. */
export function prepareQuery({ where = {}, sort }: { where?: unknown; sort?: unknown }): Prepared {
  const fields = sort === undefined ? [] : parseSort(sort)
  return { ...parseWhere(where), order: documents => sortedPlaces(documents, fields) }
}
