// One row of the revisions: when, by whom, which entries it set, and a word only where it is an exception.
import {
  isGap,
  type EntryChange,
  type PageTexts,
  type RevisionContext,
  type RevisionGap,
  type RevisionRow,
} from '../shared/editorProtocol.js'
import { safeLabel } from '../shared/safeText.js'
import { dateOf, type Dates } from './dates.js'
import { element, fill, type Child } from './dom.js'
import { icon } from './icons.js'

export type Row = RevisionRow | RevisionGap

const maxMarks = 3
const maxLabel = 60
const signs: Record<EntryChange['kind'], string> = { added: '+', changed: '~', nulled: '−' }

const labelOf = (name: string) => safeLabel(name, maxLabel) || '""'

export class RowFactory {
  readonly #number: Intl.NumberFormat

  constructor(
    private readonly texts: PageTexts,
    private readonly dates: Dates,
    locale: string,
  ) {
    this.#number = new Intl.NumberFormat(locale)
  }

  make(row: Row): HTMLElement {
    const option = isGap(row) ? this.#gap(row) : this.#revision(row)
    option.dataset['hash'] = row.hash
    return option
  }

  size(row: RevisionRow): string {
    return fill(this.texts.bytes, { count: this.#number.format(row.sizeBytes) })
  }

  /** As the titles of comparisons call it; empty while older ones are not loaded. */
  number({ number }: RevisionRow): string {
    return number === undefined ? '' : fill(this.texts.revision, { number: this.#number.format(number) })
  }

  day(row: Row): string {
    return this.dates.day(dateOf(row.time))
  }

  #time(row: Row): HTMLElement {
    const date = dateOf(row.time)
    return element('time', { datetime: date?.toISOString() }, this.dates.hour(date))
  }

  #revision(row: RevisionRow): HTMLElement {
    const { author, sender, isDelegate, entries, moreEntries, state, stateReason, isBase, isReadable } = row
    const { texts } = this
    const shown = entries.slice(0, maxMarks)
    const more = entries.length - shown.length + moreEntries
    const moreText = more ? fill(texts.more, { count: this.#number.format(more) }) : ''
    const marks = shown.map(({ name, kind }) =>
      element(
        'span',
        { class: `mark mark-${kind}` },
        element('span', { class: 'sign' }, signs[kind]),
        element('bdi', {}, labelOf(name)),
      ),
    )
    const date = dateOf(row.time)
    const name = [
      this.dates.hour(date),
      labelOf(author),
      ...(isDelegate ? [texts.delegate] : []),
      ...shown.map(({ name, kind }) => fill(texts[kind], { name: labelOf(name) })),
      ...(moreText ? [moreText] : []),
      this.size(row),
      ...(isBase ? [texts.base] : []),
      ...(state ? [texts[state]] : []),
    ]
    const facts = [this.number(row), this.dates.full(date), safeLabel(sender), this.size(row), stateReason]
    return option(
      {
        class: `row${isReadable ? '' : ' dimmed'}`,
        title: facts.filter(Boolean).join('\n'),
        'aria-description': stateReason || undefined,
      },
      name.join(', '),
      this.#time(row),
      element('bdi', { class: 'author' }, labelOf(author)),
      element(
        'span',
        { class: 'marks' },
        ...marks,
        moreText ? element('span', { class: 'more' }, moreText) : undefined,
      ),
      isDelegate ? element('span', { class: 'badge' }, texts.delegate) : undefined,
      isBase ? element('span', { class: 'badge' }, texts.base) : undefined,
      state ? element('span', { class: 'state' }, icon(state), texts[state]) : undefined,
    )
  }

  #gap(row: RevisionGap): HTMLElement {
    return option(
      { class: 'row gap dimmed', title: row.reason },
      `${this.dates.hour(dateOf(row.time))}, ${row.reason}`,
      this.#time(row),
      element('span', { class: 'marks', dir: 'auto' }, safeLabel(row.reason, 200)),
    )
  }
}

/** Signs and places say to eyes what `name` says in words. */
function option(attributes: Record<string, string | undefined>, name: string, ...shown: Child[]): HTMLElement {
  return element(
    'div',
    { role: 'option', ...attributes },
    element('span', { class: 'srOnly' }, name),
    element('span', { class: 'shown', 'aria-hidden': 'true' }, ...shown),
  )
}

/** What VS Code's own menu is told of a row. */
export function contextOf(row: Row, isOneOfTwo: boolean): string {
  const facts = isGap(row)
    ? []
    : [row.isReadable && 'readable', row.isBase && 'base', row.state === 'pending' && 'pending', isOneOfTwo && 'two']
  const context: RevisionContext = {
    webviewSection: isGap(row) ? 'gap' : 'revision',
    revision: facts.filter(Boolean).join(' '),
    hash: row.hash,
    preventDefaultContextMenuItems: true,
  }
  return JSON.stringify(context)
}
