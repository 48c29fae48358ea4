// One aggregate document as VS Code has it open: its text, its problems, and the pages that show it.
import type { Position } from 'vscode'
import {
  Range,
  TabInputCustom,
  WorkspaceEdit,
  commands as vscodeCommands,
  window,
  workspace,
  Diagnostic,
  DiagnosticSeverity,
  type DiagnosticCollection,
  type Tab,
  type ViewColumn,
  type TextDocument,
  type TextDocumentChangeEvent,
} from 'vscode'
import type { AggregateDocument } from '../core/aggregate/document.js'
import type { AggregateDocuments } from '../core/aggregate/documents.js'
import { problemText, readDocumentText, type DocumentText } from '../core/aggregate/text/documentText.js'
import type { TextEdit } from '../core/aggregate/text/edits.js'
import type { Entries } from '../core/aggregate/entries.js'
import { LineIndex } from '../core/aggregate/text/positions.js'
import type { LookedAt, TextRefusal } from '../core/aggregate/status.js'
import { Failure } from '../host/failure.js'
import type { OpenAggregate } from '../host/openAggregate.js'
import { t } from '../host/translate.js'
import type { TextChange } from '../shared/editorProtocol.js'
import type { Subscription } from '../shared/emitter.js'
import { editorViewType } from '../shared/ids.js'
import { isReadonlyBySetting } from './readonly.js'
import { isUtf8 } from './writtenText.js'

/** A page of the editor as its document sees it. */
export interface Page {
  readonly isVisible: boolean
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
  /** VS Code took the bytes for another encoding, so that the text isn't what was signed. */
  #isMisread = false
  /** What VS Code was seen to think of it, if it was. */
  #isReadonly: boolean | undefined

  constructor(
    readonly document: AggregateDocument,
    public text: TextDocument,
    private readonly documents: AggregateDocuments,
    private readonly diagnostics: DiagnosticCollection,
  ) {
    this.#subscription = document.onDidChange(() => this.#tell())
    this.#followDirty()
    this.#followEncoding()
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

  get refusal(): TextRefusal | undefined {
    if (this.#isMisread)
      return {
        reason: t(
          "VS Code doesn't read this text as UTF-8, so it isn't what was signed. Choose “Reopen with Encoding” and then “UTF-8”.",
        ),
        isReadonly: false,
      }
    if (this.#isReadonly ?? isReadonlyBySetting(this.text))
      return {
        reason: t('This editor is read-only in VS Code, so nothing can be changed or published.'),
        isReadonly: true,
      }
    return undefined
  }

  readonly setReadonly = (isReadonly: boolean): void => {
    this.#isReadonly = isReadonly
    this.#tell()
  }

  /** The settings may say something else now. */
  settingsChanged(): void {
    this.#isReadonly = undefined
    this.#tell()
  }

  /** Tabs of the editor that an earlier extension host filled: VS Code shows them on, without a connection to this one. */
  get lostTabs(): Tab[] {
    const shown = window.tabGroups.all.flatMap(({ activeTab }) =>
      activeTab && this.#isMine(activeTab) ? [activeTab] : [],
    )
    return shown.length > [...this.pages].filter(({ isVisible }) => isVisible).length ? shown : []
  }

  /** Tabs of its editor, in front or not. */
  tabsIn(column: ViewColumn): Tab[] {
    const groups = window.tabGroups.all.filter(({ viewColumn }) => viewColumn === column)
    return groups.flatMap(({ tabs }) => tabs.filter(tab => this.#isMine(tab)))
  }

  readonly refuseLost = (): void => {
    if (this.lostTabs.length)
      throw new Failure(
        t("An editor of this aggregate isn't connected, so its text may be newer. Choose “Reopen” in it."),
      )
  }

  readonly flush = async (): Promise<void> => {
    this.refuseLost()
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
      // VS Code lets a read-only document be edited, but never calls it dirty: it would be closed without a question.
      const isRefused = isApplied && seen.length > 0 && !this.text.isDirty && !this.#isAsSaved
      this.#seen = undefined
      const own = seen.filter(each => isApplied && each.version === version + 1)
      for (const each of own) this.#tellChanged(each, from)
      if (isApplied) onApplied?.(own.at(-1)?.revision ?? revision)
      for (const each of seen) if (!own.includes(each)) this.#tellChanged(each)
      if (isRefused) await this.#takeBack()
      return isApplied
    })
    this.#editing = act.catch(() => undefined)
    return act
  }

  didChange({ contentChanges }: Pick<TextDocumentChangeEvent, 'contentChanges'>): void {
    this.#followDirty()
    this.#followEncoding()
    if (!contentChanges.length) return this.#tell()
    // One after the other: each is in terms of the text after the one before.
    for (const { range, text } of contentChanges) {
      const changes = [{ start: plain(range.start), end: plain(range.end), text: withNewlines(text) }]
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

  #followEncoding(): void {
    const { text } = this
    if (isUtf8(text.encoding)) this.#isMisread = false
    else if (!text.isDirty) this.#isMisread = !this.#isAsSaved
  }

  get #isAsSaved(): boolean {
    return withNewlines(this.text.getText()) === withNewlines(this.document.saved.text)
  }

  /** What a read-only document was made to hold goes again, and from now on nothing more can be typed. */
  async #takeBack(): Promise<void> {
    this.setReadonly(true)
    const edit = new WorkspaceEdit()
    edit.replace(this.text.uri, new Range(0, 0, this.text.lineCount, 0), this.document.saved.text)
    await workspace.applyEdit(edit)
  }

  #isMine({ input }: Tab): boolean {
    const isEditor = input instanceof TabInputCustom && input.viewType === editorViewType
    return isEditor && String(input.uri) === String(this.text.uri)
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
        const diagnostic = new Diagnostic(new Range(start, end), problemText(problem, t), severities[problem.severity])
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

export const withNewlines = (text: string) => text.replace(/\r\n?/g, '\n')

const plain = ({ line, character }: Position) => ({ line, character })
