// The connection to one page of the aggregate editor.
import type { WebviewPanel } from 'vscode'
import { isAlephError } from '../client/errors.js'
import { readPageMessage } from '../core/aggregate/pageMessages.js'
import { Failure } from '../host/failure.js'
import { t } from '../host/translate.js'
import {
  editorProtocolVersion,
  type EditorRequest,
  type EditorStatus,
  type HistoryState,
  type TextChange,
  type TextPosition,
  type ToPage,
} from '../shared/editorProtocol.js'
import { withNewlines, type AggregateSession, type Page } from './aggregateSession.js'
import { pageTexts } from './pageTexts.js'

export interface PageServices {
  readonly locale: string
  status(session: AggregateSession): EditorStatus
  history(session: AggregateSession): HistoryState
  /** Does what the page asks for. Never rejects: the page hears of its own failures only. */
  run(session: AggregateSession, request: EditorRequest): Promise<void>
  /** It is shown for the first time. */
  onReady(session: AggregateSession): void
  onProblem(message: string): void
}

/** A page that is busy must not keep anybody from publishing what it sent before, unless it said that there is more. */
const flushPatienceMs = 2000

export class EditorPage implements Page {
  selected: readonly string[] = []
  #isReady = false
  #flushId = 0
  /** It shows text that the document doesn't have. */
  #hasUnsent = false
  readonly #flushes = new Map<number, () => void>()
  #status = ''
  #history = ''

  constructor(
    private readonly session: AggregateSession,
    private readonly panel: WebviewPanel,
    private readonly services: PageServices,
  ) {
    session.pages.add(this)
    const listening = panel.webview.onDidReceiveMessage(message => this.#receive(message))
    const following = panel.onDidChangeViewState(() => {
      // VS Code drops a page that is hidden and loads it anew when it is shown.
      if (!panel.visible) this.#isReady = false
      this.refresh()
    })
    panel.onDidDispose(() => {
      session.pages.delete(this)
      listening.dispose()
      following.dispose()
      for (const done of this.#flushes.values()) done()
    })
  }

  get isVisible(): boolean {
    return this.panel.visible
  }

  get isActive(): boolean {
    return this.panel.active
  }

  changed(revision: number, changes: readonly TextChange[]): void {
    this.#post({ kind: 'changed', revision, changes: [...changes] })
  }

  refresh(): void {
    if (!this.#isReady) return
    const { session, services } = this
    const status = services.status(session)
    const history = services.history(session)
    // Both are sent whole, so not without need.
    if (this.#status !== (this.#status = JSON.stringify(status))) this.#post({ kind: 'status', status })
    if (this.#history !== (this.#history = JSON.stringify(history))) this.#post({ kind: 'history', history })
  }

  async flush(): Promise<void> {
    if (!this.#isReady) return
    const id = ++this.#flushId
    let timer: ReturnType<typeof setTimeout> | undefined
    const isLate = await new Promise<boolean>(resolve => {
      this.#flushes.set(id, () => resolve(false))
      timer = setTimeout(() => resolve(true), flushPatienceMs)
      this.#post({ kind: 'flush', id })
    })
    clearTimeout(timer)
    this.#flushes.delete(id)
    if (isLate && this.#hasUnsent)
      throw new Failure(t("The editor isn't answering, so its text may be newer. Try again in a moment."))
  }

  reveal(position: TextPosition): void {
    this.panel.reveal()
    this.#post({ kind: 'reveal', position })
  }

  show(what: 'history' | 'toggleHistory' | 'find'): void {
    this.#post({ kind: 'show', what })
  }

  #receive(value: unknown): void {
    const message = readPageMessage(value)
    if (!message) return this.services.onProblem('a page sent something that is not understood')
    const { session } = this
    switch (message.kind) {
      case 'ready':
        return this.#start(message.protocol)
      case 'typing':
        this.#hasUnsent = true
        return
      case 'edit':
        this.#hasUnsent = false
        return void this.#edit(message.id, message.revision, message.changes)
      case 'request':
        return void this.#run(message.id, message.request)
      case 'flushed':
        return this.#flushes.get(message.id)?.()
      case 'beat':
        return this.#post({ kind: 'alive' })
      case 'selected':
        this.selected = message.hashes
        return
      case 'failure':
        return this.services.onProblem(message.message)
      case 'cancel':
        // The only long work of a page is loading revisions.
        return session.document.history.stop()
    }
  }

  #start(protocol: number): void {
    if (protocol !== editorProtocolVersion)
      return this.services.onProblem(`a page speaks version ${protocol}, not ${editorProtocolVersion}`)
    const { session, services } = this
    const { owner, key } = session.document.address
    this.#isReady = true
    this.#hasUnsent = false
    this.#status = this.#history = ''
    this.#post({ kind: 'start', protocol, texts: pageTexts(), locale: services.locale, owner, key })
    this.#post({ kind: 'text', revision: session.revision, text: withNewlines(session.lookedAt().text) })
    this.refresh()
    services.onReady(session)
  }

  async #edit(id: number, revision: number, changes: TextChange[]): Promise<void> {
    const onApplied = (now: number) => this.#post({ kind: 'applied', id, revision: now })
    const isApplied = await this.session.apply(revision, changes, this, onApplied).catch((error: unknown) => {
      this.services.onProblem(`an edit failed: ${String(error)}`)
      return false
    })
    if (isApplied) return
    this.#hasUnsent = true
    this.#post({ kind: 'stale', id })
  }

  async #run(id: number, request: EditorRequest): Promise<void> {
    try {
      await this.services.run(this.session, request)
      this.#post({ kind: 'reply', id })
    } catch (error) {
      const code = isAlephError(error) ? error.code : 'UNKNOWN'
      this.#post({ kind: 'reply', id, error: { code, message: error instanceof Error ? error.message : '' } })
    }
  }

  #post(message: ToPage): void {
    void this.panel.webview.postMessage(message)
  }
}
