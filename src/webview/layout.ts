// Where things stand: text and revisions side by side, or, where there is no room for both, one at a time behind two tabs.
import type { PageTexts } from '../shared/editorProtocol.js'
import { button, element } from './dom.js'
import { makeRoving } from './roving.js'

export type Tab = 'edit' | 'history'

interface Parts {
  /** What the page is about. */
  title: string
  toolbar: HTMLElement
  banner: HTMLElement
  statusLine: HTMLElement
  editor: HTMLElement
  history: HTMLElement
}

export class Layout {
  readonly #narrow = matchMedia('(max-width: 599px)')
  readonly #tabs: Record<Tab, HTMLButtonElement>
  readonly #tabList: HTMLElement
  readonly #refreshTabs: () => void

  constructor(
    texts: PageTexts,
    private readonly parts: Parts,
    private isOpen: boolean,
    private tab: Tab,
    private readonly onChange: () => void,
  ) {
    parts.editor.id = 'edit'
    parts.history.id = 'history'
    const tabOf = (name: Tab, label: string) =>
      button({ role: 'tab', id: `${name}Tab`, 'aria-controls': name }, () => this.#choose(name), label)
    this.#tabs = { edit: tabOf('edit', texts.editTab), history: tabOf('history', texts.historyTab) }
    this.#tabList = element('div', { class: 'tabs', role: 'tablist' }, this.#tabs.edit, this.#tabs.history)
    this.#refreshTabs = makeRoving(this.#tabList)
    const split = element('main', { class: 'split' }, parts.editor, parts.history)
    const { title, toolbar, banner, statusLine } = parts
    const header = element('header', {}, element('h1', { class: 'srOnly' }, title), toolbar, this.#tabList, banner)
    document.body.append(element('div', { class: 'page' }, header, split, statusLine))
    this.#narrow.addEventListener('change', () => this.#changed())
    this.#update()
  }

  get isHistoryVisible(): boolean {
    return this.#narrow.matches ? this.tab === 'history' : this.isOpen
  }

  /** For the next time: whether the panel is open where there is room, and the tab where there is none. */
  get state(): { isOpen: boolean; tab: Tab } {
    return { isOpen: this.isOpen, tab: this.tab }
  }

  showHistory(isVisible: boolean): void {
    if (this.#narrow.matches) this.tab = isVisible ? 'history' : 'edit'
    else this.isOpen = isVisible
    this.#changed()
  }

  /** Whatever hides the text goes. */
  showEditor(): void {
    this.tab = 'edit'
    this.#changed()
  }

  #choose(tab: Tab): void {
    this.tab = tab
    this.#changed()
  }

  #changed(): void {
    this.#update()
    this.onChange()
  }

  #update(): void {
    const isNarrow = this.#narrow.matches
    const { editor, history } = this.parts
    this.#tabList.hidden = !isNarrow
    editor.hidden = isNarrow && this.tab !== 'edit'
    history.hidden = !this.isHistoryVisible
    for (const [name, panel] of [
      ['edit', editor],
      ['history', history],
    ] as const) {
      this.#tabs[name].setAttribute('aria-selected', String(this.tab === name))
      if (isNarrow) {
        panel.setAttribute('role', 'tabpanel')
        panel.setAttribute('aria-labelledby', `${name}Tab`)
      } else {
        panel.removeAttribute('role')
        panel.removeAttribute('aria-labelledby')
      }
    }
    this.#refreshTabs()
  }
}
