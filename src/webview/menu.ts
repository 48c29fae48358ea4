// A small menu under a button: arrow keys, Escape gives the focus back.
import { button, element } from './dom.js'

export interface MenuItem {
  label: string
  isEnabled: boolean
  run(): void
}

export class Menu {
  readonly dom = element('div', { class: 'menu', role: 'menu', hidden: '' })

  /** `items` is asked whenever the menu opens. */
  constructor(
    private readonly opener: HTMLButtonElement,
    label: string,
    private readonly items: () => MenuItem[],
  ) {
    opener.setAttribute('aria-haspopup', 'menu')
    opener.setAttribute('aria-expanded', 'false')
    opener.addEventListener('click', () => (this.dom.hidden ? this.#open() : this.#close()))
    this.dom.setAttribute('aria-label', label)
    this.dom.addEventListener('keydown', event => this.#onKey(event))
    this.dom.addEventListener('focusout', ({ relatedTarget }) => {
      const isInside = relatedTarget instanceof Node && (this.dom.contains(relatedTarget) || opener === relatedTarget)
      if (!isInside) this.#close()
    })
  }

  #open(): void {
    const rows = this.items().map(({ label, isEnabled, run }) =>
      button(
        { role: 'menuitem', tabindex: '-1', 'aria-disabled': isEnabled ? undefined : 'true' },
        () => {
          this.#close()
          run()
        },
        label,
      ),
    )
    this.dom.replaceChildren(...rows)
    this.dom.hidden = false
    this.opener.setAttribute('aria-expanded', 'true')
    const { right, bottom } = this.opener.getBoundingClientRect()
    this.dom.style.top = `${bottom + 2}px`
    this.dom.style.right = `${Math.max(0, Math.min(innerWidth - right, innerWidth - this.dom.offsetWidth - 4))}px`
    rows[0]?.focus()
  }

  #close(): void {
    const hadFocus = this.dom.contains(document.activeElement)
    this.dom.hidden = true
    this.opener.setAttribute('aria-expanded', 'false')
    if (hadFocus) this.opener.focus()
  }

  #onKey(event: KeyboardEvent): void {
    const rows = [...this.dom.querySelectorAll('button')]
    const at = rows.indexOf(document.activeElement as HTMLButtonElement)
    const next: Record<string, number> = {
      ArrowDown: (at + 1) % rows.length,
      ArrowUp: (at - 1 + rows.length) % rows.length,
      Home: 0,
      End: rows.length - 1,
    }
    if (event.key === 'Escape') this.#close()
    else if (event.key in next) rows[next[event.key] ?? 0]?.focus()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}
