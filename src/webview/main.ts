// Starts the page of the aggregate editor and joins its parts: the document's text, its status and its revisions come in,
// what the user does goes out.
import { Text } from '@codemirror/state'
import {
  editorProtocolVersion,
  type EditorRequest,
  type EditorStatus,
  type HistoryState,
  type LostTexts,
  type PageTexts,
  type ToPage,
} from '../shared/editorProtocol.js'
import { safeLabel } from '../shared/safeText.js'
import { BannerBar } from './banner.js'
import { Breadcrumb } from './breadcrumb.js'
import { Connection } from './connection.js'
import { Grouping } from './grouping.js'
import { Heartbeat } from './heartbeat.js'
import { nextProblem } from './keys.js'
import { Layout } from './layout.js'
import { lostBanner } from './lost.js'
import { showChanges, showProblems } from './marks.js'
import { entryAt, pathAt } from './path.js'
import { Revisions } from './revisions.js'
import { rememberedFrom, type Remembered } from './remembered.js'
import { StatusLine } from './statusLine.js'
import { Sync, difference, toText } from './sync.js'
import { TextEditor } from './textEditor.js'
import { Toolbar, type ToolbarAction } from './toolbar.js'
import { watchUndo } from './undo.js'

/** What follows the cursor is brought up to date when keys rest for a moment. */
const restMs = 100

class Page {
  readonly #sync: Sync
  readonly #grouping: Grouping
  readonly #editor: TextEditor
  readonly #breadcrumb: Breadcrumb
  readonly #toolbar: Toolbar
  readonly #banner: BannerBar
  readonly #statusLine: StatusLine
  readonly #revisions: Revisions
  readonly #layout: Layout
  #remembered: Remembered
  #status: EditorStatus | undefined
  /** What was marked last, and in which text. */
  #marks: { source: string; doc: Text } = { source: '', doc: Text.empty }
  #hasText = false
  /** Text that came before it was known whether it may be edited: keys must not be lost in between. */
  #early: Extract<ToPage, { kind: 'text' }> | undefined
  #isLost = false
  #isTypingKnown = false
  #restTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly connection: Connection,
    private readonly texts: PageTexts,
    private readonly lost: LostTexts,
    { locale, key }: { locale: string; key: string },
  ) {
    this.#remembered = rememberedFrom(connection.state)
    const { isHistoryOpen, tab, entry } = this.#remembered
    this.#sync = new Sync(edit => {
      this.#isTypingKnown = false
      connection.post({ kind: 'edit', ...edit })
    })
    this.#grouping = new Grouping(() => void this.#sync.flush())
    this.#breadcrumb = new Breadcrumb(texts.path, key, offset => this.#editor.reveal(offset))
    this.#banner = new BannerBar(choice => this.#choose(choice))
    this.#statusLine = new StatusLine(texts, () => {
      nextProblem(this.#editor.view)
      this.#editor.view.focus()
    })
    this.#toolbar = new Toolbar(texts, this.#breadcrumb.dom, action => this.#act(action), this.#statusLine.summaryId)
    this.#revisions = new Revisions({
      texts,
      locale,
      entry,
      ask: request => void this.#ask(request),
      onSelect: (hashes, entry) => {
        connection.post({ kind: 'selected', hashes, entry })
        this.#rest()
      },
      onHide: () => this.#showHistory(false),
    })
    const pane = document.createElement('section')
    pane.className = 'edit'
    pane.setAttribute('aria-label', texts.editor)
    const parts = {
      title: safeLabel(key),
      toolbar: this.#toolbar.dom,
      banner: this.#banner.dom,
      statusLine: this.#statusLine.dom,
      editor: pane,
      history: this.#revisions.dom,
    }
    this.#layout = new Layout(texts, parts, isHistoryOpen, tab, () => this.#onLayout())
    this.#editor = new TextEditor({
      parent: pane,
      texts,
      onEdit: (changes, isTyping) => {
        this.#sync.local(changes)
        if (isTyping) this.#typed()
        else this.#grouping.sendNow()
      },
      // The tree grows after the text has come, without a change of it.
      onUpdate: () => this.#rest(),
      onFormat: () => void this.#ask({ action: 'format' }),
    })
    this.#editor.setReadOnly(true)
    this.#onLayout()
    this.#showPath()
    this.#listen()
  }

  onText(message: Extract<ToPage, { kind: 'text' }>): void {
    if (!this.#status) {
      this.#early = message
      return
    }
    const { revision, text } = message
    const next = toText(text)
    this.#sync.reset(revision, next)
    this.#editor.showChanges(difference(this.#editor.view.state.doc, next))
    if (this.#hasText) return
    this.#hasText = true
    if (this.#remembered.place) this.#editor.restore(this.#remembered.place)
    this.#updateReadOnly()
    if (this.#layout.state.tab === 'edit') this.#editor.view.focus()
  }

  onChanged({ revision, changes }: Extract<ToPage, { kind: 'changed' }>): void {
    this.#editor.showChanges(this.#sync.changed(revision, changes))
  }

  onApplied({ id, revision }: Extract<ToPage, { kind: 'applied' }>): void {
    this.#sync.applied(id, revision)
  }

  onStale({ id }: Extract<ToPage, { kind: 'stale' }>): void {
    this.#sync.stale(id)
    if (!this.#sync.isSettled) this.#grouping.typed()
  }

  onStatus(status: EditorStatus): void {
    this.#status = status
    if (this.#early) this.onText(this.#early)
    this.#early = undefined
    this.#showStatus(status)
    const { view } = this.#editor
    const marks = JSON.stringify([status.problems, status.changes])
    // Shown anew they redraw something, which can be much while typing.
    if (marks === this.#marks.source && view.state.doc === this.#marks.doc) return
    const { text, pending } = this.#sync
    showProblems(view, status.problems, text, pending)
    showChanges(view, status.changes, text, pending)
    this.#marks = { source: marks, doc: view.state.doc }
  }

  /** The extension went silent, or is back. */
  onLost(isLost: boolean): void {
    // What was typed by now still goes out, should the extension only be busy.
    if (isLost) this.#grouping.sendNow()
    this.#isLost = isLost
    if (this.#status) this.#showStatus(this.#status)
  }

  onHistory(history: HistoryState): void {
    this.#revisions.show(history)
  }

  async onFlush(id: number): Promise<void> {
    await this.#flush()
    this.connection.post({ kind: 'flushed', id })
  }

  onReveal({ position }: Extract<ToPage, { kind: 'reveal' }>): void {
    this.#layout.showEditor()
    this.#editor.reveal(position)
  }

  onShow(what: Extract<ToPage, { kind: 'show' }>['what']): void {
    if (what === 'find') {
      this.#layout.showEditor()
      this.#editor.openSearch()
    } else this.#showHistory(what === 'history' || !this.#layout.isHistoryVisible)
  }

  /** Without the extension nothing can be changed, and only what the page does by itself is offered. */
  #showStatus(status: EditorStatus): void {
    const shown: EditorStatus = this.#isLost
      ? {
          ...status,
          isReadOnly: true,
          readOnlyReason: '',
          publish: { ...status.publish, isEnabled: false, isBusy: false },
          banner: lostBanner(this.lost, this.#sync.isSettled),
        }
      : status
    this.#toolbar.showStatus(shown)
    this.#banner.show(shown.banner)
    this.#statusLine.showStatus(shown)
    this.#updateReadOnly()
  }

  #choose(choice: string): void {
    if (!this.#isLost) void this.#ask({ action: 'banner', choice })
    else void navigator.clipboard.writeText(this.#editor.view.state.doc.toString())
  }

  #act(action: ToolbarAction): void {
    if (action === 'find') this.onShow('find')
    else if (action === 'history') this.#showHistory(!this.#layout.isHistoryVisible)
    else if (action === 'renameEntry' || action === 'removeEntry') {
      const { state } = this.#editor.view
      void this.#ask({ action, entry: entryAt(state, state.selection.main.head) })
    } else void this.#ask({ action })
  }

  /** What was typed is sent later, but that there is something is said at once. */
  #typed(): void {
    if (!this.#isTypingKnown) this.connection.post({ kind: 'typing' })
    this.#isTypingKnown = true
    this.#grouping.typed()
  }

  /** Focus goes where the user was moved. */
  #showHistory(isVisible: boolean): void {
    this.#layout.showHistory(isVisible)
    if (isVisible) this.#revisions.focus()
    else this.#editor.view.focus()
  }

  #flush(): Promise<void> {
    this.#grouping.sendNow()
    return this.#sync.flush()
  }

  /** What is asked is about the text as the user sees it, so the document has to have it first. */
  async #ask(request: EditorRequest): Promise<void> {
    this.#statusLine.showFailure('')
    if (this.#isLost) return this.#statusLine.showFailure(this.lost.message)
    await this.#flush()
    const { error } = await this.connection.ask(request)
    if (!error || error.code === 'CANCELLED') return
    this.#statusLine.showFailure(error.code === 'TIMEOUT' && !error.message ? this.texts.noAnswer : error.message)
  }

  #updateReadOnly(): void {
    this.#editor.setReadOnly(!this.#hasText || !this.#status || this.#status.isReadOnly || this.#isLost)
  }

  #onLayout(): void {
    this.#toolbar.setHistoryOpen(this.#layout.isHistoryVisible)
    this.#toolbar.refresh()
    this.#rest()
  }

  #rest(): void {
    clearTimeout(this.#restTimer)
    this.#restTimer = setTimeout(() => {
      this.#showPath()
      this.#remember()
    }, restMs)
  }

  #showPath(): void {
    const { state } = this.#editor.view
    if (this.#breadcrumb.show(pathAt(state, state.selection.main.head))) this.#toolbar.refresh()
  }

  #remember(): void {
    if (!this.#hasText) return
    const { isOpen, tab } = this.#layout.state
    const { entry } = this.#revisions
    this.#remembered = { isHistoryOpen: isOpen, tab, entry, place: this.#editor.place }
    this.connection.state = this.#remembered
  }

  #listen(): void {
    watchUndo({
      isWaiting: () => !this.#sync.isSettled,
      ask: action => void this.#ask({ action }),
    })
    this.#editor.view.scrollDOM.addEventListener('scroll', () => this.#rest(), { passive: true })
    this.#editor.view.contentDOM.addEventListener('blur', () => this.#grouping.sendNow())
    // The page may be gone right after.
    for (const event of ['blur', 'pagehide']) addEventListener(event, () => this.#grouping.sendNow())
    document.addEventListener('visibilitychange', () => this.#grouping.sendNow())
    addEventListener('focus', () => {
      if (document.activeElement === document.body && this.#layout.state.tab === 'edit') this.#editor.view.focus()
    })
  }
}

let page: Page | undefined

function receive(message: Parameters<ConstructorParameters<typeof Connection>[0]>[0]): void {
  heartbeat.heard()
  if (message.kind === 'start') {
    if (message.protocol !== editorProtocolVersion)
      throw new Error(
        `The extension speaks version ${message.protocol} of the protocol, the page ${editorProtocolVersion}.`,
      )
    early.dom.remove()
    page ??= new Page(connection, message.texts, lost, message)
    return
  }
  if (!page) return
  switch (message.kind) {
    case 'alive':
      return
    case 'text':
      return page.onText(message)
    case 'changed':
      return page.onChanged(message)
    case 'applied':
      return page.onApplied(message)
    case 'stale':
      return page.onStale(message)
    case 'status':
      return page.onStatus(message.status)
    case 'history':
      return page.onHistory(message.history)
    case 'flush':
      return void page.onFlush(message.id)
    case 'reveal':
      return page.onReveal(message)
    case 'show':
      return page.onShow(message.what)
  }
}

const maxFailureLength = 1000
const lost = JSON.parse(document.body.dataset['lost'] ?? '') as LostTexts
const connection = new Connection(receive)
const early = new BannerBar(() => undefined)
function onLost(isLost: boolean): void {
  if (page) return page.onLost(isLost)
  // VS Code loaded a page that no extension stands behind: there is no text yet.
  document.body.append(early.dom)
  const banner = lostBanner(lost, true)
  early.show(isLost ? { ...banner, actions: banner.actions.filter(({ link }) => link) } : undefined)
}
const heartbeat = new Heartbeat(() => connection.post({ kind: 'beat' }), onLost)
const report = (reason: unknown) =>
  connection.post({ kind: 'failure', message: String(reason).slice(0, maxFailureLength) })
addEventListener('error', ({ error, message }: ErrorEvent) => report(error ?? message))
addEventListener('unhandledrejection', ({ reason }) => report(reason))
connection.post({ kind: 'ready', protocol: editorProtocolVersion })
