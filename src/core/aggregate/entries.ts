// Entries of an aggregate by name: the raw JSON text of each value, as its author spelled it.

import { sameValue } from './text/values.js'

export type Entries = ReadonlyMap<string, string>

/** Of what has a text by name: the properties of a document, the result of a replay. */
export const textsOf = (entries: ReadonlyMap<string, { readonly text: string }>): Map<string, string> =>
  new Map([...entries].map(([name, { text }]) => [name, text]))

/** The same names, each with the same value, however it is spelled. */
export const sameEntries = (a: Entries, b: Entries): boolean =>
  a.size === b.size &&
  [...a].every(([name, text]) => {
    const other = b.get(name)
    return other !== undefined && sameValue(text, other)
  })
