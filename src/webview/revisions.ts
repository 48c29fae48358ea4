// The revisions of the aggregate, newest first: a list box grouped by day, with what can be done with the chosen ones.
import {
  isGap,
  type EditorRequest,
  type HistoryState,
  type PageTexts,
  type RevisionRow,
} from '../shared/editorProtocol.js'
import { safeLabel } from '../shared/safeText.js'
import { datesOf } from './dates.js'
import { button, element, fill, setEnabled } from './dom.js'
import { icon } from './icons.js'
import { Picked } from './pickedRevisions.js'
import { RowFactory, contextOf, type Row } from './revisionRow.js'

interface Options {
  texts: PageTexts
  locale: string
  /** Entry to filter by, from the last time. */
  entry: string | undefined
  ask(request: EditorRequest): void
  /** The focused one first. */
  onSelect(hashes: string[], entry: string | undefined): void
  onHide(): void
}

/** A choice of more names than these helps nobody. */
const maxEntries = 1000
const rowsPerPage = 10

export class Revisions {
  readonly dom: HTMLElement
  readonly #options: Options
  readonly #factory: RowFactory
  readonly #picked = new Picked()
  readonly #select = element('select')
  readonly #warning = element('p', { class: 'notice', 'data-severity': 'warning', role: 'status', hidden: '' })
  readonly #failure = element('p', { class: 'notice', 'data-severity': 'error', role: 'status', hidden: '' })
  readonly #list: HTMLElement
  readonly #actions = element('div', { class: 'rowActions', hidden: '' })
  readonly #compare: HTMLButtonElement
  readonly #restore: HTMLButtonElement
  readonly #size = element('span', { class: 'size' })
  readonly #hidden = element('p', { class: 'note' })
  readonly #progress = element('p', { class: 'note', role: 'status' })
  readonly #loadMore: HTMLButtonElement
  readonly #stop: HTMLButtonElement
  readonly #retry: HTMLButtonElement
  /** What each row was made of, so that only rows that are other are made anew. */
  readonly #made = new Map<string, { source: string; dom: HTMLElement }>()
  readonly #days = new Map<string, { dom: HTMLElement; label: HTMLElement }>()
  /** The choice's names; undefined stands for every entry. */
  #entries: (string | undefined)[] = []
  #entry: string | undefined
  #history: HistoryState = {
    rows: [],
    isComplete: false,
    isLoading: true,
    progress: '',
    failure: '',
    warning: '',
  }
  /** The rows that pass the filter, in their order. */
  #shown: Row[] = []
  #lastTabStop: HTMLElement | undefined
  #lastPicked: HTMLElement[] = []

  constructor(options: Options) {
    this.#options = options
    const { texts, locale, entry, ask, onHide } = options
    this.#entry = entry
    this.#factory = new RowFactory(texts, datesOf(locale, texts), locale)
    this.#list = element('div', {
      role: 'listbox',
      'aria-label': texts.revisions,
      'aria-multiselectable': 'true',
    })
    this.#compare = button({ class: 'secondary' }, () => this.#compareChosen(), texts.compare)
    this.#restore = button({ class: 'secondary' }, () => this.#restoreChosen(), texts.restore)
    const more = button(
      { class: 'command', title: texts.moreActions, 'aria-label': texts.moreActions, 'aria-haspopup': 'menu' },
      () => openMenuOfVsCode(more),
      icon('more'),
    )
    this.#actions.append(this.#compare, this.#restore, more, this.#size)
    this.#loadMore = button({ class: 'secondary' }, () => ask({ action: 'loadMore' }), texts.loadMore)
    this.#stop = button({ class: 'secondary' }, () => ask({ action: 'stopLoading' }), texts.stop)
    this.#retry = button({ class: 'secondary' }, () => this.#tryAgain(), texts.retry)
    this.#select.setAttribute('aria-label', texts.filterByEntry)
    this.#select.addEventListener('change', () => this.#filterBy(this.#entries[this.#select.selectedIndex]))
    const refresh = button(
      { class: 'command', title: texts.refresh, 'aria-label': texts.refresh },
      () => ask({ action: 'refresh' }),
      icon('refresh'),
    )
    const hide = button(
      { class: 'command hide', title: texts.hideHistory, 'aria-label': texts.hideHistory },
      onHide,
      icon('close'),
    )
    this.dom = element(
      'section',
      { class: 'history', 'aria-label': texts.revisions },
      element('div', { class: 'historyHead' }, element('h2', {}, texts.revisions), this.#select, refresh, hide),
      this.#warning,
      element('div', { class: 'rows' }, element('div', { class: 'positioned' }, this.#list, this.#actions)),
      this.#failure,
      this.#hidden,
      element('div', { class: 'historyFoot' }, this.#progress, this.#loadMore, this.#stop),
    )
    this.#listen()
    this.show(this.#history)
  }

  get entry(): string | undefined {
    return this.#entry
  }

  show(history: HistoryState): void {
    this.#history = history
    const { rows, isComplete, isLoading, progress, failure, warning } = history
    this.#fillChoice(rows)
    this.#showRows()
    this.#warning.hidden = !warning
    this.#warning.replaceChildren(icon('warning'), element('span', { dir: 'auto' }, warning))
    this.#failure.hidden = !failure
    this.#failure.replaceChildren(icon('error'), element('span', { dir: 'auto' }, failure), this.#retry)
    const isEmpty = !rows.length && !isLoading && !failure
    setText(this.#progress, isLoading ? progress : isEmpty ? this.#options.texts.noRevisions : '')
    this.#loadMore.hidden = isComplete || isLoading || Boolean(failure)
    this.#stop.hidden = !isLoading
    const known = new Set(rows.map(({ hash }) => hash))
    if (this.#picked.keep(hash => known.has(hash))) this.#tell()
    this.#showPicked()
  }

  focus(): void {
    const target = this.#rowDom(this.#tabStop())
    if (target) target.focus()
    else this.#select.focus()
  }

  // Rows

  #fillChoice(rows: Row[]): void {
    const names = new Set<string>()
    for (const row of rows) if (!isGap(row)) for (const { name } of row.entries) names.add(name)
    if (this.#entry !== undefined) names.add(this.#entry)
    const entries = [undefined, ...[...names].slice(0, maxEntries).sort()]
    if (entries.length !== this.#entries.length || entries.some((name, at) => name !== this.#entries[at])) {
      this.#entries = entries
      const labels = entries.map(name =>
        name === undefined ? this.#options.texts.allEntries : safeLabel(name, 60) || '""',
      )
      this.#select.replaceChildren(...labels.map(label => element('option', {}, label)))
    }
    this.#select.selectedIndex = this.#entries.indexOf(this.#entry)
  }

  #filterBy(entry: string | undefined): void {
    this.#entry = entry
    this.#showRows()
    this.#showPicked()
    this.#tell()
  }

  #showRows(): void {
    const entry = this.#entry
    const isShown = (row: Row) =>
      entry === undefined || isGap(row) || row.moreEntries > 0 || row.entries.some(({ name }) => name === entry)
    const { rows } = this.#history
    this.#shown = rows.filter(isShown)
    const groups = new Map<string, HTMLElement[]>()
    for (const row of this.#shown) {
      const day = this.#factory.day(row)
      const group = groups.get(day)
      if (group) group.push(this.#domOf(row))
      else groups.set(day, [this.#domOf(row)])
    }
    const days = [...groups].map(([day, options]) => {
      const { dom, label } = this.#day(day)
      place(dom, [label, ...options])
      return dom
    })
    place(this.#list, days)
    this.#forget(rows, groups)
    const hidden = rows.length - this.#shown.length
    setText(this.#hidden, hidden ? fill(this.#options.texts.hiddenByFilter, { hidden, count: rows.length }) : '')
  }

  #domOf(row: Row): HTMLElement {
    const source = JSON.stringify(row)
    const known = this.#made.get(row.hash)
    if (known?.source === source) return known.dom
    const dom = this.#factory.make(row)
    // It may be the one that has the focus.
    if (known?.dom === document.activeElement) requestAnimationFrame(() => dom.focus())
    this.#made.set(row.hash, { source, dom })
    dom.dataset['vscodeContext'] = contextOf(row, false)
    return dom
  }

  #day(day: string): { dom: HTMLElement; label: HTMLElement } {
    const known = this.#days.get(day)
    if (known) return known
    const label = element('div', { class: 'day', 'aria-hidden': 'true' }, day)
    const made = { dom: element('div', { role: 'group', 'aria-label': day }), label }
    this.#days.set(day, made)
    return made
  }

  #forget(rows: Row[], groups: ReadonlyMap<string, unknown>): void {
    const known = new Set(rows.map(({ hash }) => hash))
    for (const hash of this.#made.keys()) if (!known.has(hash)) this.#made.delete(hash)
    for (const day of this.#days.keys()) if (!groups.has(day)) this.#days.delete(day)
  }

  // Choosing

  #row(hash: string | undefined): Row | undefined {
    return this.#shown.find(row => row.hash === hash)
  }

  #rowDom(row: Row | undefined): HTMLElement | undefined {
    return row && this.#made.get(row.hash)?.dom
  }

  #tabStop(): Row | undefined {
    return this.#row(this.#picked.focused) ?? this.#shown[0]
  }

  /** Touches only the rows whose part in the choice is other than before. */
  #showPicked(): void {
    const stop = this.#rowDom(this.#tabStop())
    if (this.#lastTabStop !== stop) this.#lastTabStop?.removeAttribute('tabindex')
    if (stop) stop.tabIndex = 0
    this.#lastTabStop = stop

    const chosen = this.#chosen()
    for (const dom of this.#lastPicked) {
      dom.removeAttribute('aria-selected')
      dom.classList.remove('withActions')
      const row = this.#row(dom.dataset['hash'])
      if (row) dom.dataset['vscodeContext'] = contextOf(row, false)
    }
    this.#lastPicked = []
    for (const row of chosen) {
      const dom = this.#rowDom(row)
      if (!dom) continue
      dom.setAttribute('aria-selected', 'true')
      dom.dataset['vscodeContext'] = contextOf(row, chosen.length === 2)
      this.#lastPicked.push(dom)
    }
    const [focused] = chosen
    const dom = this.#rowDom(focused)
    this.#actions.hidden = !dom
    if (!focused || !dom) return
    dom.classList.add('withActions')
    this.#actions.style.top = `${dom.offsetTop + dom.offsetHeight}px`
    this.#actions.dataset['vscodeContext'] = dom.dataset['vscodeContext']
    const canRead = chosen.every(({ isReadable }) => isReadable)
    setEnabled(this.#compare, canRead)
    setEnabled(this.#restore, canRead && chosen.length === 1)
    const facts = [this.#factory.number(focused), this.#factory.size(focused)]
    this.#size.textContent = facts.filter(Boolean).join(' · ')
  }

  /** The chosen rows that are shown, the focused one first. */
  #chosen(): RevisionRow[] {
    const { hashes, focused } = this.#picked
    const found = this.#shown.filter(row => !isGap(row) && hashes.includes(row.hash)) as RevisionRow[]
    return found.sort((a, b) => Number(b.hash === focused) - Number(a.hash === focused))
  }

  #tell(): void {
    this.#options.onSelect(
      this.#chosen().map(({ hash }) => hash),
      this.#entry,
    )
  }

  /** After the choice was changed by the user. */
  #chose(): void {
    this.#showPicked()
    this.#tell()
    const dom = this.#rowDom(this.#row(this.#picked.focused))
    dom?.focus({ preventScroll: true })
    dom?.scrollIntoView({ block: 'nearest' })
    if (!this.#actions.hidden) this.#actions.scrollIntoView({ block: 'nearest' })
  }

  #compareChosen(): void {
    const chosen = this.#chosen()
    const [first, second] = chosen
    if (!first || !chosen.every(({ isReadable }) => isReadable)) return
    if (!second) return this.#options.ask({ action: 'compare', hash: first.hash })
    // The older one is the left side of a comparison.
    const [newer, older] = this.#shown.indexOf(first) < this.#shown.indexOf(second) ? [first, second] : [second, first]
    this.#options.ask({ action: 'compareTwo', hashes: [older.hash, newer.hash] })
  }

  #restoreChosen(): void {
    const [first] = this.#chosen()
    if (first) this.#options.ask({ action: 'restore', hash: first.hash })
  }

  #tryAgain(): void {
    this.#options.ask({ action: this.#history.isComplete ? 'refresh' : 'loadMore' })
  }

  #listen(): void {
    const rowAt = (event: Event) =>
      event.target instanceof Element
        ? this.#row(event.target.closest<HTMLElement>('[role=option]')?.dataset['hash'])
        : undefined
    this.#list.addEventListener('click', event => {
      const row = rowAt(event)
      if (!row) return
      if (event.ctrlKey || event.metaKey) this.#picked.toggle(row.hash, !isGap(row))
      else if (event.shiftKey) this.#picked.second(row.hash, !isGap(row))
      else this.#picked.only(row.hash, !isGap(row))
      this.#chose()
    })
    this.#list.addEventListener('dblclick', () => this.#compareChosen())
    // The menu that VS Code opens is about the row under the pointer.
    this.#list.addEventListener('contextmenu', event => {
      const row = rowAt(event)
      if (!row || this.#picked.hashes.includes(row.hash)) return
      this.#picked.only(row.hash, !isGap(row))
      this.#chose()
    })
    this.#list.addEventListener('focusin', event => {
      const row = rowAt(event)
      if (!row || this.#picked.focused === row.hash) return
      this.#picked.only(row.hash, !isGap(row))
      this.#showPicked()
      this.#tell()
    })
    this.#list.addEventListener('keydown', event => this.#onKey(event))
  }

  #onKey(event: KeyboardEvent): void {
    const at = this.#shown.findIndex(({ hash }) => hash === this.#picked.focused)
    const last = this.#shown.length - 1
    const target: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: last,
      PageDown: at + rowsPerPage,
      PageUp: at - rowsPerPage,
    }
    const wanted = target[event.key]
    if (event.altKey) return
    if (wanted !== undefined) {
      const row = this.#shown[Math.max(0, Math.min(wanted, last))]
      if (!row) return
      if (event.shiftKey) this.#picked.second(row.hash, !isGap(row))
      else if (event.ctrlKey || event.metaKey) this.#picked.focus(row.hash)
      else this.#picked.only(row.hash, !isGap(row))
      this.#chose()
    } else if (event.key === ' ') {
      const row = this.#shown[at]
      if (!row) return
      this.#picked.toggle(row.hash, !isGap(row))
      this.#chose()
    } else if (event.key === 'Enter') this.#compareChosen()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}

/** VS Code opens its menu for rows on `contextmenu`, with the context of where it happened. */
function openMenuOfVsCode(from: HTMLElement): void {
  const { left, bottom } = from.getBoundingClientRect()
  from.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, clientX: left, clientY: bottom }))
}

/** A live region whose text is set again to the same may be read again. */
function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text
  target.hidden = !text
}

/** Makes these the children, in this order, and moves no more than it must: what moves loses the focus. */
function place(parent: HTMLElement, children: HTMLElement[]): void {
  const wanted = new Set<Node>(children)
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove()
  let next = parent.firstChild
  for (const child of children) {
    if (child === next) next = child.nextSibling
    else parent.insertBefore(child, next)
  }
}
