// The one thing that the user should know about the document now, and what can be done about it.
import type { Banner } from '../shared/editorProtocol.js'
import { button, element } from './dom.js'
import { icon } from './icons.js'

export class BannerBar {
  readonly dom = element('div', { class: 'banner', role: 'status', hidden: '' })
  #shown = ''

  constructor(private readonly choose: (id: string) => void) {}

  show(banner: Banner | undefined): void {
    // Shown anew it would be read aloud anew, and a button would lose the focus.
    const shown = JSON.stringify(banner ?? '')
    if (shown === this.#shown) return
    this.#shown = shown
    this.dom.hidden = !banner
    if (!banner) return this.dom.replaceChildren()
    const { severity, message, actions } = banner
    this.dom.dataset['severity'] = severity
    const buttons = actions.map(({ id, label, link }) =>
      link === undefined
        ? button({ class: 'secondary' }, () => this.choose(id), label)
        : element('a', { class: 'secondary', href: link }, label),
    )
    this.dom.replaceChildren(
      icon(severity),
      element('p', { dir: 'auto' }, message),
      element('div', { class: 'bannerActions' }, ...buttons),
    )
  }
}
