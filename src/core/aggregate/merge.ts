// Three-way merge of aggregate documents. Entries are the unit, because nodes merge top-level properties only
// (protocol §3.2).
import { isChangedEntry } from './changes.js'
import type { Entries } from './entries.js'

/** Names of the entries that somebody changed, by who did. */
export interface EntryMerge {
  /** Both changed it, each otherwise. */
  conflicts: string[]
  /** Only they changed it; also new and vanished ones. */
  theirs: string[]
  mine: string[]
  /** Both made the same change. */
  same: string[]
}

/** `mine` and `theirs` both come from `base`. To remove an entry and to set it to `null` is the same change. */
export function mergeEntries({ base, mine, theirs }: { base: Entries; mine: Entries; theirs: Entries }): EntryMerge {
  const merge: EntryMerge = { conflicts: [], theirs: [], mine: [], same: [] }
  for (const name of new Set([...base.keys(), ...mine.keys(), ...theirs.keys()])) {
    const [before, my, their] = [base.get(name), mine.get(name), theirs.get(name)]
    const isMine = isChangedEntry(before, my)
    const isTheirs = isChangedEntry(before, their)
    const isOther = isChangedEntry(my, their) && isChangedEntry(their, my)
    if (isMine && isTheirs) merge[isOther ? 'conflicts' : 'same'].push(name)
    else if (isMine) merge.mine.push(name)
    else if (isTheirs) merge.theirs.push(name)
  }
  return merge
}
