// What publishing a document would set: entries whose value is not the one of the base that it was loaded from.
import { compactText, sameValue } from './text/values.js'

import type { Entries } from './entries.js'

/** Names of entries. `added` and `changed` in the order of the document, `removed` in the order of the base. */
export interface EntryChanges {
  added: string[]
  changed: string[]
  removed: string[]
}

const isNull = (text: string | undefined) => text?.trim() === 'null'

/**
 * Whether an entry is another one now; undefined: there is none. As nothing can be deleted, `null` stands for what was
 * removed, so it makes no difference whether a document shows it or not. But a new `null` is a value to be set.
 */
export function isChangedEntry(before: string | undefined, now: string | undefined): boolean {
  if (now === undefined) return before !== undefined && !isNull(before)
  return before === undefined || !sameValue(before, now)
}

/** An entry that is `null` in the base and has a value now counts as added. */
export function changedEntries(base: Entries, mine: Entries): EntryChanges {
  const set = [...mine].filter(([name, text]) => isChangedEntry(base.get(name), text)).map(([name]) => name)
  const wasThere = (name: string) => base.has(name) && !isNull(base.get(name))
  return {
    added: set.filter(name => !wasThere(name)),
    changed: set.filter(wasThere),
    removed: [...base.keys()].filter(name => isChangedEntry(base.get(name), mine.get(name)) && !mine.has(name)),
  }
}

/** The entries that an element with these changes sets, in the order of the document; not what was removed. */
export function publishedEntries({ added, changed }: EntryChanges, mine: Entries): Map<string, string> {
  const names = new Set([...added, ...changed])
  return new Map([...mine].filter(([name]) => names.has(name)))
}

const utf8 = new TextEncoder()
/** Every `%` is signed as `\u0025` (protocol trap 1), five bytes more. */
const signedBytes = (text: string) => utf8.encode(text).length + 5 * (text.split('%').length - 1)

/** UTF-8 bytes that each entry takes in the content that would be signed, name and colon included. */
export const entrySizes = (entries: Entries): Map<string, number> =>
  new Map(
    Array.from(entries, ([name, text]) => [
      name,
      signedBytes(JSON.stringify(name)) + 1 + signedBytes(compactText(text)),
    ]),
  )

/** UTF-8 bytes of the object of these entries as it would be signed; owner, key and time around it come on top. */
export function publishedBytes(entries: Entries): number {
  let sum = 1 + Math.max(1, entries.size)
  for (const size of entrySizes(entries).values()) sum += size
  return sum
}
