// Follows which aggregate documents VS Code has open, and holds one session for each.
import { Uri, ViewColumn, commands, languages, window, workspace, type TextDocument } from 'vscode'
import type { AggregateDocuments } from '../core/aggregate/documents.js'
import type { Boundary } from '../host/boundary.js'
import { aggregateOf } from '../host/documentUri.js'
import { frontUri } from '../host/frontUri.js'
import type { OpenAggregates } from '../host/openAggregate.js'
import { documentLanguage, editorViewType } from '../shared/ids.js'
import { AggregateSession } from './aggregateSession.js'

/** Others may have written meanwhile; asked when the editor comes to the front after this long. */
const staleMs = 30_000

export class AggregateSessions implements OpenAggregates {
  readonly #sessions = new Map<string, Promise<AggregateSession>>()
  readonly #ready = new Map<string, AggregateSession>()
  readonly #diagnostics = languages.createDiagnosticCollection('aleph')
  readonly #subscriptions
  readonly #lookedMs = new Map<AggregateSession, number>()

  constructor(
    private readonly documents: AggregateDocuments,
    private readonly boundary: Boundary,
    private readonly now: () => number,
  ) {
    this.#subscriptions = [
      workspace.onDidOpenTextDocument(text => this.#didOpen(text)),
      workspace.onDidCloseTextDocument(text => this.#didClose(text)),
      workspace.onDidChangeTextDocument(event => this.#ready.get(String(event.document.uri))?.didChange(event)),
      workspace.onDidSaveTextDocument(text => this.#ready.get(String(text.uri))?.didChange({ contentChanges: [] })),
      workspace.onDidChangeConfiguration(event => {
        if (!event.affectsConfiguration('files')) return
        for (const session of this.#ready.values()) session.settingsChanged()
      }),
      window.tabGroups.onDidChangeTabs(() => this.#lookAtFront()),
      window.onDidChangeWindowState(({ focused }) => focused && this.#lookAtFront()),
    ]
    for (const text of workspace.textDocuments) this.#didOpen(text)
  }

  /** The session of a document; loads the aggregate if that was not done. Throws the client's errors. */
  of(text: TextDocument): Promise<AggregateSession> {
    const id = String(text.uri)
    const known = this.#sessions.get(id)
    if (known) return known
    const opening = this.#open(id, text)
    this.#sessions.set(id, opening)
    opening.catch(() => this.#sessions.get(id) === opening && this.#sessions.delete(id))
    return opening
  }

  get all(): readonly AggregateSession[] {
    return [...this.#ready.values()]
  }

  find(argument: unknown): AggregateSession | undefined {
    const uri = argument instanceof Uri ? argument : frontUri()
    return uri && this.#ready.get(String(uri))
  }

  /**
   * Opens anew the editors of a document that an earlier extension host left behind (the one in front without a URI). Its
   * text, saved or not, is VS Code's and stays. VS Code connects no old panel to a new host, and asks before it closes
   * the last editor of unsaved text, but not one of two: so the new one comes first.
   */
  async reopen(argument: unknown): Promise<void> {
    const id = typeof argument === 'string' ? argument : String(frontUri())
    const text = workspace.textDocuments.find(({ uri }) => String(uri) === id && aggregateOf(uri))
    if (!text) return
    const session = await this.of(text)
    const open = (column: ViewColumn) => commands.executeCommand('vscode.openWith', text.uri, editorViewType, column)
    const close = (column: ViewColumn) => window.tabGroups.close(session.tabsIn(column))
    for (const { group } of session.lostTabs) {
      const { viewColumn } = group
      await open(ViewColumn.Beside)
      const beside = window.tabGroups.activeTabGroup.viewColumn
      const count = window.tabGroups.all.length
      await close(viewColumn)
      // With its last tab the group goes, and the new one is where the old one was.
      if (window.tabGroups.all.length < count) continue
      await open(viewColumn)
      await close(beside)
    }
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    for (const session of this.#ready.values()) session.dispose()
    this.#diagnostics.dispose()
  }

  async #open(id: string, text: TextDocument): Promise<AggregateSession> {
    const address = aggregateOf(text.uri)
    if (!address) throw new Error('No aggregate document.')
    const wasOpen = this.documents.get(address)
    const document = await this.documents.open(address)
    // VS Code brought unsaved text back, and nothing says what it was made from.
    if (text.isDirty && !wasOpen && !document.isKept) document.loseBase()
    const session = new AggregateSession(document, text, this.documents, this.#diagnostics)
    this.#ready.set(id, session)
    this.#lookedMs.set(session, this.now())
    // `files.associations` can take the language away, and with it the settings of ours, such as `files.autoSave`.
    if (text.languageId !== documentLanguage) await languages.setTextDocumentLanguage(text, documentLanguage)
    document.onDidChange(() => this.#followOthers(session))
    // Somebody else may have read it long before, such as another extension.
    if (this.now() - document.saved.modified > staleMs) void document.refresh().catch(() => undefined)
    return session
  }

  #didOpen(text: TextDocument): void {
    if (!aggregateOf(text.uri)) return
    const known = this.#ready.get(String(text.uri))
    if (known) known.takeOver(text)
    else this.boundary.start('aggregate', () => this.of(text))
  }

  /** Another language is a close and an open in one step. */
  #didClose({ uri }: TextDocument): void {
    const address = aggregateOf(uri)
    if (!address) return
    const id = String(uri)
    setImmediate(() => {
      if (workspace.textDocuments.some(text => String(text.uri) === id)) return
      const session = this.#ready.get(id)
      this.#ready.delete(id)
      this.#sessions.delete(id)
      if (session) {
        this.#lookedMs.delete(session)
        session.dispose()
        this.documents.close(address)
      }
    })
  }

  /** What others wrote is shown at once where nothing unsaved stands against it. */
  #followOthers({ document, text }: AggregateSession): void {
    if (!document.isOutdated || document.isBusy || document.history.isLoading || text.isDirty) return
    if (document.isGone) document.rebase()
    else document.adopt()
  }

  #lookAtFront(): void {
    const session = this.find(undefined)
    if (!session || this.now() - (this.#lookedMs.get(session) ?? 0) < staleMs) return
    this.#lookedMs.set(session, this.now())
    // A node that is away is said in the editor.
    void session.document.refresh().catch(() => undefined)
  }
}
