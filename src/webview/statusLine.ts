// The line at the bottom: what would be published, what failed, how many problems there are. What matters of it is also
// said to a screen reader, once.
import type { EditorStatus, PageTexts } from '../shared/editorProtocol.js'
import { button, element, fill } from './dom.js'
import { icon } from './icons.js'

/** The worst one first. */
const severities = ['error', 'warning', 'info'] as const

export class StatusLine {
  /** Id of the element that says what would be published. */
  readonly summaryId = 'summary'
  readonly dom: HTMLElement
  readonly #summary = element('span', { class: 'summary', id: this.summaryId, dir: 'auto' })
  readonly #readOnly = element('span', { class: 'readOnly' })
  readonly #failure = element('span', { class: 'failure', dir: 'auto' })
  readonly #problems: HTMLButtonElement
  readonly #live = element('div', { class: 'srOnly', role: 'status' })
  #last: EditorStatus | undefined

  constructor(
    private readonly texts: PageTexts,
    goToNextProblem: () => void,
  ) {
    this.#problems = button({ class: 'problems', title: texts.nextProblem, hidden: '' }, goToNextProblem)
    this.dom = element('footer', {}, this.#readOnly, this.#failure, this.#summary, this.#problems, this.#live)
  }

  showStatus(status: EditorStatus): void {
    const { publish, problems, isReadOnly, readOnlyReason } = status
    this.#summary.textContent = publish.summary
    // It would say why once more.
    this.#summary.hidden = isReadOnly
    this.#readOnly.hidden = !isReadOnly
    this.#readOnly.replaceChildren(
      icon('lock'),
      element('span', { dir: 'auto' }, readOnlyReason || this.texts.readOnly),
    )
    const count = fill(this.texts.problems, { count: problems.length })
    this.#problems.hidden = !problems.length
    const worst = severities.find(each => problems.some(({ severity }) => severity === each)) ?? 'info'
    this.#problems.replaceChildren(icon(worst), count)

    const last = this.#last
    this.#last = status
    if (!last) return
    if (problems.length !== last.problems.length) this.announce(problems.length ? count : this.texts.noProblems)
    else if (publish.isBusy && !last.publish.isBusy) this.announce(this.texts.publishing)
    else if (publish.isEnabled !== last.publish.isEnabled || publish.isBusy !== last.publish.isBusy)
      this.announce(publish.summary)
  }

  /** Until the next request; empty for nothing. */
  showFailure(message: string): void {
    this.#failure.title = message
    this.#failure.replaceChildren(...(message ? [icon('error'), ' ', message] : []))
    if (message) this.announce(message)
  }

  announce(message: string): void {
    this.#live.textContent = message
  }
}
