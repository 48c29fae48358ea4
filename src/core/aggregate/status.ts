// What the editor shows beside text and revisions: who publishes where, what would be published, what is wrong.
import type { Banner, ChangedLines, EditorStatus, TextProblem } from '../../shared/editorProtocol.js'
import { safeLabel } from '../../shared/safeText.js'
import type { Translate } from '../../shared/translate.js'
import type { Format } from '../format.js'
import { reasonText } from '../reason.js'
import { changedEntries, publishedBytes, publishedEntries, type EntryChanges } from './changes.js'
import type { AggregateDocument } from './document.js'
import { problemText, type DocumentText } from './text/documentText.js'
import { textsOf, type Entries } from './entries.js'
import type { LineIndex } from './text/positions.js'

const namedEntries = 3
const nameCharacters = 40

export const bannerChoices = {
  retry: 'retry',
  makeEditable: 'makeEditable',
  compare: 'compare',
  dismiss: 'dismiss',
} as const

/** A text and what it says. */
export interface LookedAt {
  readonly text: string
  readonly read: DocumentText
  readonly lines: LineIndex
  readonly refusal?: TextRefusal | undefined
}

/** Why the editor can't edit or publish a text, whoever would publish it. */
export interface TextRefusal {
  readonly reason: string
  /** VS Code has it read-only, and can be told otherwise. */
  readonly isReadonly: boolean
}

export function editorStatus(
  document: AggregateDocument,
  { read, lines, refusal: textRefusal }: LookedAt,
  { format, t }: { format: Format; t: Translate },
): EditorStatus {
  const { publisher, network, base, pending, isBusy } = document
  const mine = read.entries && textsOf(read.entries)
  const changes = base && mine ? changedEntries(base.entries, mine) : undefined
  const refusal = publisher.refusal ?? textRefusal?.reason ?? ''
  const problems = read.problems.map((problem): TextProblem => ({
    start: lines.positionOf(problem.offset),
    end: lines.positionOf(problem.offset + problem.length),
    severity: problem.severity,
    message: problemText(problem, t),
  }))
  return {
    account: publisher.account?.name ?? t('no account'),
    canPublish: !refusal,
    network: network.name,
    isReadOnly: Boolean(refusal),
    readOnlyReason: refusal,
    publish: {
      isEnabled: !refusal && !isBusy && !pending && Boolean(changes && !isNothing(changes)),
      isBusy,
      summary: refusal || summary(document, read, mine, changes, { format, t }),
    },
    problems,
    changes: changes ? changedLines(read, changes, lines) : [],
    banner: banner(document, mine, textRefusal, { t }),
  }
}

export const isNothing = ({ added, changed, removed }: EntryChanges): boolean =>
  !added.length && !changed.length && !removed.length

/** The first of them, and how many more there are. */
export function namesText(names: readonly string[], t: Translate): string {
  const shown = names.slice(0, namedEntries).map(name => safeLabel(name, nameCharacters) || t('(no name)'))
  const others = names.length - shown.length
  return others > 0 ? t('{names} and {count} more', { names: shown.join(', '), count: others }) : shown.join(', ')
}

/** `john-doe changed, kid added`: at most some names of each. */
export function changesText({ added, changed, removed }: EntryChanges, t: Translate): string {
  return [
    changed.length ? t('{names} changed', { names: namesText(changed, t) }) : '',
    added.length ? t('{names} added', { names: namesText(added, t) }) : '',
    removed.length ? t('{names} removed', { names: namesText(removed, t) }) : '',
  ]
    .filter(Boolean)
    .join(', ')
}

function summary(
  { base, pending, isBusy }: AggregateDocument,
  { problems }: DocumentText,
  mine: Entries | undefined,
  changes: EntryChanges | undefined,
  { format, t }: { format: Format; t: Translate },
): string {
  if (isBusy) return t('Publishing…')
  if (pending) return t('Published, and not final yet: the network has not decided.')
  if (!mine) {
    const count = problems.filter(({ severity }) => severity === 'error').length
    return count === 1
      ? t('1 error to mend before publishing')
      : t('{count} errors to mend before publishing', { count })
  }
  if (!base || !changes) return t('Compare with the network before publishing.')
  if (isNothing(changes)) return t('Nothing to publish')
  const bytes = format.size(publishedBytes(publishedEntries(changes, mine)))
  return [changesText(changes, t), t('{size} to publish', { size: bytes }), t('public')].join(' · ')
}

function changedLines({ entries }: DocumentText, { added, changed }: EntryChanges, lines: LineIndex): ChangedLines[] {
  const of = (names: readonly string[], kind: ChangedLines['kind']) =>
    names.flatMap(name => {
      const entry = entries?.get(name)
      if (!entry) return []
      const last = lines.positionOf(entry.end).line
      return { firstLine: lines.positionOf(entry.start).line, lastLine: last, kind }
    })
  return [...of(added, 'added'), ...of(changed, 'changed')]
}

/** The most urgent one. */
function banner(
  document: AggregateDocument,
  mine: Entries | undefined,
  refusal: TextRefusal | undefined,
  { t }: { t: Translate },
): Banner | undefined {
  const { base, failure, rejected, history, isDirty, isOutdated, isBusy } = document
  const compare = { id: bannerChoices.compare, label: t('Compare') }
  if (isBusy) return undefined
  if (refusal && !document.publisher.refusal)
    return {
      severity: 'warning',
      message: refusal.reason,
      actions: refusal.isReadonly ? [{ id: bannerChoices.makeEditable, label: t('Make Editable') }] : [],
    }
  if (failure !== undefined)
    return {
      severity: 'error',
      message: t('The network could not be asked: {reason}', { reason: reasonText(failure, t) }),
      actions: [{ id: bannerChoices.retry, label: t('Retry') }],
    }
  if (!base)
    return {
      severity: 'warning',
      message: t('These changes are from before, and what they were made from is not known any more.'),
      actions: [compare],
    }
  const refused = rejected.find(({ isSeen }) => !isSeen)
  if (refused)
    return {
      severity: 'error',
      message: t('The network refused what was published: {reason}', { reason: reasonText(refused.reason, t) }),
      actions: [{ id: bannerChoices.dismiss, label: t('Dismiss') }],
    }
  if (document.isGone)
    return {
      severity: 'warning',
      message: t(
        'Every revision was forgotten. Your text is all that is left here; publishing makes the aggregate anew.',
      ),
      actions: [],
    }
  if (isDirty && isOutdated) {
    const plan = mine && document.plan(mine)
    const conflicts = plan?.conflicts ?? []
    return {
      severity: 'warning',
      message: conflicts.length
        ? t('Others changed {names} too since this was loaded. Publishing asks what to do.', {
            names: namesText(conflicts, t),
          })
        : t('Others changed this since it was loaded. Publishing merges both.'),
      actions: [compare],
    }
  }
  if (!history.differing.length || history.isLoading) return undefined
  return {
    severity: 'warning',
    message: t('The node shows other values than were signed: {names}. Shown is what is signed.', {
      names: namesText(history.differing, t),
    }),
    actions: [],
  }
}
