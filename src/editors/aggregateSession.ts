// One aggregate document as VS Code has it open: its text, its problems, and the pages that show it.
import type { Position } from 'vscode'
import {
  Range,
  WorkspaceEdit,
  commands as vscodeCommands,
  workspace,
  Diagnostic,
  DiagnosticSeverity,
  type DiagnosticCollection,
  type TextDocument,
  type TextDocumentChangeEvent,
} from 'vscode'
import type { AggregateDocument } from '../core/aggregate/document.js'
import type { AggregateDocuments } from '../core/aggregate/documents.js'
import { problemText, readDocumentText, type DocumentText } from '../core/aggregate/text/documentText.js'
import type { TextEdit } from '../core/aggregate/text/edits.js'
import type { Entries } from '../core/aggregate/entries.js'
import { LineIndex } from '../core/aggregate/text/positions.js'
import type { LookedAt } from '../core/aggregate/status.js'
import type { OpenAggregate } from '../host/openAggregate.js'
import { t } from '../host/translate.js'
import type { TextChange } from '../shared/editorProtocol.js'
import { lineText } from '../shared/plainText.js'
import type { Subscription } from '../shared/emitter.js'

/** A page of the editor as its document sees it. */
export interface Page {
  readonly isActive: boolean
  readonly selected: readonly string[]
  /** Somebody else's change. */
  changed(revision: number, changes: readonly TextChange[]): void
  /** The text was looked at, or what is shown beside it changed. */
  refresh(): void
  flush(): Promise<void>
  reveal(position: { line: number; character: number }): void
  show(what: 'history' | 'toggleHistory' | 'find'): void
}

interface Seen {
  readonly version: number
  readonly revision: number
  readonly changes: readonly TextChange[]
}

/** A long text is looked at when typing pauses for longer. */
const lookDelayMs = (length: number) => (length > 500_000 ? 500 : 120)

export class AggregateSession implements OpenAggregate {
  readonly pages = new Set<Page>()
  permit: Entries | undefined
  /** Counts changes of the text, so that pages can say which text they speak of. */
  #revision = 0
  #looked: (LookedAt & { version: number }) | undefined
  #lookTimer: ReturnType<typeof setTimeout> | undefined
  #editing: Promise<unknown> = Promise.resolve()
  /** What happened while an edit was under way: whose it was is known afterwards. */
  #seen: Seen[] | undefined
  readonly #subscription: Subscription
  #refreshTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly document: AggregateDocument,
    public text: TextDocument,
    private readonly documents: AggregateDocuments,
    private readonly diagnostics: DiagnosticCollection,
  ) {
    this.#subscription = document.onDidChange(() => this.#tell())
    this.#followDirty()
    this.#look()
  }

  get revision(): number {
    return this.#revision
  }

  get selected(): readonly string[] {
    return this.#front?.selected ?? []
  }

  readonly read = (): DocumentText => this.lookedAt().read

  /** The text and what it says, at this moment. */
  lookedAt(): LookedAt {
    const { version } = this.text
    if (this.#looked?.version === version) return this.#looked
    const text = this.text.getText()
    this.#looked = { version, text, read: readDocumentText(text), lines: new LineIndex(text) }
    return this.#looked
  }

  readonly flush = async (): Promise<void> => {
    await Promise.all([...this.pages].map(page => page.flush()))
    await this.#editing
  }

  readonly edit = async (edits: readonly TextEdit[]): Promise<boolean> => {
    if (!edits.length) return true
    const changes = edits.map(({ offset, length, text }) => ({
      start: this.text.positionAt(offset),
      end: this.text.positionAt(offset + length),
      text,
    }))
    return this.apply(this.#revision, changes)
  }

  readonly reveal = async (offset: number): Promise<void> => {
    const position = this.text.positionAt(offset)
    const front = this.#front
    if (front) front.reveal({ line: position.line, character: position.character })
    else
      await vscodeCommands.executeCommand('vscode.open', this.text.uri, {
        selection: new Range(position, position),
        preserveFocus: false,
        override: 'default',
      })
  }

  readonly show = (what: 'history' | 'toggleHistory' | 'find'): void => this.#front?.show(what)

  /**
   * Applies what a page proposes for the text that it knows as `revision`, and tells it by `onApplied` which revision that
   * made. False when the text has moved on: the page has heard how by then.
   */
  apply(revision: number, changes: readonly TextChange[], from?: Page, onApplied?: (revision: number) => void) {
    const act = this.#editing.then(async () => {
      if (revision !== this.#revision) return false
      const { version, uri } = this.text
      const edit = new WorkspaceEdit()
      for (const { start, end, text } of changes)
        edit.replace(uri, new Range(start.line, start.character, end.line, end.character), text)
      const seen: Seen[] = (this.#seen = [])
      // VS Code refuses it when the text is not of this version any more.
      const isApplied = await workspace.applyEdit(edit)
      this.#seen = undefined
      const own = seen.filter(each => isApplied && each.version === version + 1)
      for (const each of own) this.#tellChanged(each, from)
      if (isApplied) onApplied?.(own.at(-1)?.revision ?? revision)
      for (const each of seen) if (!own.includes(each)) this.#tellChanged(each)
      return isApplied
    })
    this.#editing = act.catch(() => undefined)
    return act
  }

  didChange({ contentChanges }: Pick<TextDocumentChangeEvent, 'contentChanges'>): void {
    this.#followDirty()
    if (!contentChanges.length) return this.#tell()
    // One after the other: each is in terms of the text after the one before.
    for (const { range, text } of contentChanges) {
      const changes = [{ start: plain(range.start), end: plain(range.end), text: text.replace(/\r\n?/g, '\n') }]
      const seen = { version: this.text.version, revision: ++this.#revision, changes }
      if (this.#seen) this.#seen.push(seen)
      else this.#tellChanged(seen)
    }
    clearTimeout(this.#lookTimer)
    this.#lookTimer = setTimeout(() => this.#look(), lookDelayMs(this.#looked?.text.length ?? 0))
  }

  /** The same document under another language: VS Code makes a new object of it. */
  takeOver(text: TextDocument): void {
    this.text = text
    this.#looked = undefined
    this.#look()
  }

  dispose(): void {
    clearTimeout(this.#lookTimer)
    clearTimeout(this.#refreshTimer)
    this.#subscription.dispose()
    this.diagnostics.delete(this.text.uri)
  }

  get #front(): Page | undefined {
    return [...this.pages].find(({ isActive }) => isActive) ?? [...this.pages][0]
  }

  #followDirty(): void {
    const { document, text } = this
    if (text.isDirty === document.isDirty) return
    document.isDirty = text.isDirty
    if (text.isDirty) this.documents.keep(document)
    else this.documents.release(document.address)
  }

  #tellChanged({ revision, changes }: Seen, except?: Page): void {
    for (const page of this.pages) if (page !== except) page.changed(revision, changes)
  }

  #look(): void {
    const { read } = this.lookedAt()
    this.diagnostics.set(
      this.text.uri,
      read.problems.map(problem => {
        const start = this.text.positionAt(problem.offset)
        const end = this.text.positionAt(problem.offset + problem.length)
        const message = lineText(problemText(problem, t))
        const diagnostic = new Diagnostic(new Range(start, end), message, severities[problem.severity])
        diagnostic.source = 'aleph'
        diagnostic.code = problem.code
        return diagnostic
      }),
    )
    this.#tell()
  }

  /** Many changes come together. */
  #tell(): void {
    this.#refreshTimer ??= setTimeout(() => {
      this.#refreshTimer = undefined
      for (const page of this.pages) page.refresh()
    }, 20)
  }
}

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
}

const plain = ({ line, character }: Position) => ({ line, character })
