// The history of a document as rows: what each revision did to which entry, by whom, and what is exceptional about it.
import type { AggregateElement, HistoryRow } from '../../client/index.js'
import type { EntryChange, HistoryState, RevisionGap, RevisionRow } from '../../shared/editorProtocol.js'
import { safeLabel } from '../../shared/safeText.js'
import type { Translate } from '../../shared/translate.js'
import { shortAddress } from '../accountList.js'
import type { Format } from '../format.js'
import { reasonText } from '../reason.js'
import type { AggregateDocument } from './document.js'
import type { GoneElement } from './history.js'
import { namesText } from './status.js'

export interface RevisionFacts {
  readonly format: Format
  /** The name of an account of this window by its address. */
  readonly nameOf: (address: string) => string | undefined
  readonly t: Translate
}

/** Entries that a row names; the rest is a number. */
const namedEntries = 50
const nameCharacters = 60

export function historyState(document: AggregateDocument, facts: RevisionFacts): HistoryState {
  const { history } = document
  const { format, t } = facts
  const rows = [
    ...revisionRows(document, facts),
    ...history.rows.flatMap(row => (row.element ? [] : [unreadable(row, facts)])),
    ...gaps(document, facts),
  ].sort((a, b) => b.time - a.time)
  const names = namesText(history.differing, t)
  const isUnsure = !history.isComplete || history.rows.some(({ element }) => !element)
  return {
    rows,
    isComplete: history.isComplete,
    isLoading: history.isLoading,
    progress: history.isLoading ? t('{count} messages looked at', { count: format.number(history.lookedAt) }) : '',
    failure:
      history.failure === undefined ? '' : t('Could not load: {reason}', { reason: reasonText(history.failure, t) }),
    warning: !names
      ? ''
      : isUnsure
        ? t('The node has other values than the revisions that could be read: {names}. Shown is what is signed.', {
            names,
          })
        : t('The node shows other values than were signed: {names}. Shown is what is signed.', {
            names,
          }),
  }
}

function revisionRows(document: AggregateDocument, facts: RevisionFacts): RevisionRow[] {
  const { history, pending, rejected, address, publisher } = document
  const { t } = facts
  const rows: RevisionRow[] = []
  /** Entries that have a value, oldest first. */
  const present = new Set<string>()
  const elements = [...history.elements].sort((a, b) => a.time - b.time)
  elements.forEach((element, index) => {
    const isApplied = element.authority !== 'unproven'
    rows.push({
      ...row(element.item_hash, element.time, element.sender, document, facts),
      ...named(changesOf(element, present, history.isComplete, isApplied)),
      number: history.isComplete ? index + 1 : undefined,
      sizeBytes: element.sizeBytes,
      ...(isApplied
        ? {}
        : {
            state: 'unverified',
            stateReason: t('{sender} was never allowed to write for {owner}, so this is not applied.', {
              sender: shortAddress(element.sender),
              owner: shortAddress(address.owner),
            }),
          }),
      isReadable: true,
    })
  })
  const sender = publisher.account?.address ?? address.owner
  for (const { itemHash, time, entries } of pending)
    rows.push({
      ...row(itemHash, time, sender, document, facts),
      ...named([...entries].map(([name, text]) => change(name, text, present))),
      state: 'pending',
      stateReason: t("The network hasn't confirmed it yet. It is looked for, and sent again if need be."),
    })
  for (const { itemHash, time, reason } of rejected)
    rows.push({
      ...row(itemHash, time, sender, document, facts),
      state: 'rejected',
      stateReason: reasonText(reason, t),
    })
  return rows
}

function row(
  hash: string,
  time: number,
  sender: string,
  { address, publisher, base }: AggregateDocument,
  { nameOf, t }: RevisionFacts,
): RevisionRow {
  return {
    hash,
    number: undefined,
    time,
    author: sender === publisher.account?.address ? t('you') : (nameOf(sender) ?? shortAddress(sender)),
    sender,
    isDelegate: sender.toLowerCase() !== address.owner.toLowerCase(),
    entries: [],
    moreEntries: 0,
    sizeBytes: 0,
    state: undefined,
    stateReason: '',
    isBase: base?.head === hash,
    isReadable: false,
  }
}

function changesOf(
  { entries }: AggregateElement,
  present: Set<string>,
  isComplete: boolean,
  isApplied: boolean,
): EntryChange[] {
  const changes = [...entries].map(([name, text]) => change(name, text, present))
  if (isApplied)
    for (const [name, text] of entries)
      if (text === 'null') present.delete(name)
      else present.add(name)
  // Older ones may have set it before.
  return isComplete ? changes : changes.map(each => (each.kind === 'added' ? { ...each, kind: 'changed' } : each))
}

const change = (name: string, text: string, present: ReadonlySet<string>): EntryChange => ({
  name: safeLabel(name, nameCharacters),
  kind: text === 'null' ? 'nulled' : present.has(name) ? 'changed' : 'added',
})

const named = (changes: readonly EntryChange[]) => ({
  entries: changes.slice(0, namedEntries),
  moreEntries: Math.max(0, changes.length - namedEntries),
})

/** It may be a revision of this aggregate, and it is not known what it says. */
function unreadable(row: HistoryRow, { t }: RevisionFacts): RevisionGap {
  const { error, time } = row as { error: unknown; time?: number }
  return {
    hash: row.item_hash,
    time: time ?? 0,
    count: 1,
    reason: t('This revision can not be shown: {reason}', { reason: reasonText(error, t) }),
  }
}

/** One row for what was forgotten between two revisions. */
function gaps(document: AggregateDocument, { format, t }: RevisionFacts): RevisionGap[] {
  const times = document.history.elements.map(({ time }) => time).sort((a, b) => a - b)
  const runs = new Map<number, GoneElement[]>()
  for (const gone of document.history.gone) {
    const place = times.findIndex(time => time > gone.time)
    const run = runs.get(place)
    if (run) run.push(gone)
    else runs.set(place, [gone])
  }
  return [...runs.values()].map(run => {
    const newest = run.reduce((a, b) => (a.time >= b.time ? a : b))
    const count = format.number(run.length)
    const isOurs = run.every(gone => gone.isOurs)
    const reason = isOurs
      ? run.length === 1
        ? t('A revision that was forgotten')
        : t('{count} revisions that were forgotten', { count })
      : run.length === 1
        ? t('A forgotten element of this owner, of this or another aggregate')
        : t('{count} forgotten elements of this owner, of this or other aggregates', { count })
    return { hash: newest.itemHash, time: newest.time, count: run.length, reason }
  })
}
