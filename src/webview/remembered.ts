// What the page remembers of itself while it is not shown: how it looked, never what it holds.
import type { Tab } from './layout.js'
import type { Place } from './textEditor.js'

export interface Remembered {
  isHistoryOpen: boolean
  tab: Tab
  /** The entry that the revisions are filtered by. */
  entry: string | undefined
  place: Place | undefined
}

/** An older version of the page may have left something else. */
export function rememberedFrom(state: unknown): Remembered {
  const found = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>
  const { isHistoryOpen, tab, entry, place } = found
  return {
    isHistoryOpen: isHistoryOpen !== false,
    tab: tab === 'history' ? 'history' : 'edit',
    entry: typeof entry === 'string' ? entry : undefined,
    place: isPlace(place) ? place : undefined,
  }
}

function isPlace(value: unknown): value is Place {
  if (typeof value !== 'object' || value === null) return false
  const { length, anchor, head, top, folds } = value as Record<string, unknown>
  const areNumbers = [length, anchor, head, top].every(Number.isInteger)
  return areNumbers && Array.isArray(folds) && folds.every(fold => Array.isArray(fold) && fold.every(Number.isInteger))
}
