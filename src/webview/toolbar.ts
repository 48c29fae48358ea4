// What can be done with the document: the path, the commands, who would publish where, and the one button that publishes.
import type { EditorStatus, PageTexts } from '../shared/editorProtocol.js'
import { safeLabel } from '../shared/safeText.js'
import { button, element, fill, setEnabled } from './dom.js'
import { icon } from './icons.js'
import { Menu, type MenuItem } from './menu.js'
import { makeRoving } from './roving.js'

export type ToolbarAction =
  'publish' | 'format' | 'sortKeys' | 'history' | 'addEntry' | 'renameEntry' | 'removeEntry' | 'find' | 'refresh'

export class Toolbar {
  readonly dom: HTMLElement
  /** To be called when what the toolbar shows has changed. */
  readonly refresh: () => void
  readonly #format: HTMLButtonElement
  readonly #sort: HTMLButtonElement
  readonly #history: HTMLButtonElement
  readonly #publish: HTMLButtonElement
  readonly #account = element('bdi', { class: 'account' })
  #isReadOnly = true

  constructor(
    private readonly texts: PageTexts,
    breadcrumb: HTMLElement,
    private readonly act: (action: ToolbarAction) => void,
    describedBy: string,
  ) {
    this.#format = this.#command('format')
    this.#sort = this.#command('sortKeys')
    this.#history = this.#command('history')
    const more = button(
      { class: 'command', title: texts.moreActions, 'aria-label': texts.moreActions },
      () => {},
      icon('more'),
    )
    const menu = new Menu(more, texts.moreActions, () => this.#menuItems())
    this.#publish = button({ class: 'primary', 'aria-describedby': describedBy }, () => act('publish'), texts.publish)
    const commands = [this.#format, this.#sort, this.#history, more]
    const bar = element(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': texts.toolbar },
      breadcrumb,
      element('div', { class: 'commands' }, ...commands),
      this.#account,
      this.#publish,
    )
    this.refresh = makeRoving(bar)
    this.dom = element('div', {}, bar, menu.dom)
  }

  showStatus({ account, network, isReadOnly, publish }: EditorStatus): void {
    this.#isReadOnly = isReadOnly
    setEnabled(this.#format, !isReadOnly)
    setEnabled(this.#sort, !isReadOnly)
    const who = fill(this.texts.accountAt, { account: safeLabel(account, 60), network: safeLabel(network, 60) })
    this.#account.textContent = who
    this.#account.title = who
    setEnabled(this.#publish, publish.isEnabled && !publish.isBusy)
    this.#publish.title = publish.summary
    if (publish.isBusy) this.#publish.replaceChildren(icon('busy'), this.texts.publishing)
    else this.#publish.replaceChildren(this.texts.publish)
  }

  setHistoryOpen(isOpen: boolean): void {
    this.#history.setAttribute('aria-pressed', String(isOpen))
  }

  #command(action: 'format' | 'sortKeys' | 'history'): HTMLButtonElement {
    return button({ class: 'command' }, () => this.act(action), this.texts[action])
  }

  #menuItems(): MenuItem[] {
    const item = (action: Exclude<ToolbarAction, 'publish' | 'history'>, isEnabled = true): MenuItem => ({
      label: this.texts[action],
      isEnabled,
      run: () => this.act(action),
    })
    const canEdit = !this.#isReadOnly
    // What has no room in a narrow bar.
    const hidden = this.#format.checkVisibility() ? [] : [item('format', canEdit), item('sortKeys', canEdit)]
    const entries = (['addEntry', 'renameEntry', 'removeEntry'] as const).map(action => item(action, canEdit))
    return [...hidden, ...entries, item('find'), item('refresh')]
  }
}
