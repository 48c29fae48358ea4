// The path of the cursor, each step of it a button that goes there.
import { safeLabel } from '../shared/safeText.js'
import { button, element } from './dom.js'
import type { Step } from './path.js'

/** Of a deep path, its first step and its last ones. */
const maxSteps = 5
const maxLabel = 60

export class Breadcrumb {
  readonly #list = element('ol')
  readonly dom: HTMLElement
  #shown = ''

  constructor(
    label: string,
    private readonly key: string,
    private readonly goTo: (offset: number) => void,
  ) {
    this.dom = element('nav', { class: 'breadcrumb', 'aria-label': label }, this.#list)
  }

  /** Whether anything is other than before. */
  show(path: Step[]): boolean {
    const steps = [{ at: this.key, from: 0 }, ...path]
    const shown = JSON.stringify(steps)
    if (shown === this.#shown) return false
    this.#shown = shown
    const items = steps.map(step => this.#item(step))
    if (items.length > maxSteps) items.splice(1, items.length - maxSteps, element('li', {}, '…'))
    this.#list.replaceChildren(...items)
    return true
  }

  #item({ at, from }: Step): HTMLElement {
    const label = typeof at === 'string' ? safeLabel(at, maxLabel) || '""' : `[${at ?? '…'}]`
    const crumb = button({ class: 'crumb', title: label }, () => this.goTo(from), element('bdi', {}, label))
    return element('li', {}, crumb)
  }
}
