// The editor of aggregates: a page over VS Code's own text document, so that dirty mark, undo, save, revert, split views
// and hot exit are VS Code's.
import {
  Uri,
  commands as vscodeCommands,
  type CustomTextEditorProvider,
  type TextDocument,
  type WebviewPanel,
} from 'vscode'
import { bannerChoices } from '../core/aggregate/status.js'
import { reasonText } from '../core/reason.js'
import type { Boundary } from '../host/boundary.js'
import { Failure } from '../host/failure.js'
import { t } from '../host/translate.js'
import type { EditorRequest } from '../shared/editorProtocol.js'
import { commands } from '../shared/ids.js'
import type { AggregateSession } from './aggregateSession.js'
import type { AggregateSessions } from './aggregateSessions.js'
import { EditorPage, type PageServices } from './editorPage.js'
import { pageHtml } from './pageHtml.js'
import { lostTexts } from './pageTexts.js'

/** Revisions are looked for in this many messages without being asked. */
const prefetchedMessages = 1000

export interface EditorServices extends Pick<PageServices, 'locale' | 'status' | 'history' | 'onProblem'> {
  readonly extensionUri: Uri
  readonly sessions: AggregateSessions
  readonly boundary: Boundary
}

export class AggregateEditor implements CustomTextEditorProvider {
  constructor(private readonly services: EditorServices) {}

  async resolveCustomTextEditor(text: TextDocument, panel: WebviewPanel): Promise<void> {
    const { extensionUri, sessions, boundary } = this.services
    let session: AggregateSession
    try {
      session = await sessions.of(text)
    } catch (error) {
      // VS Code shows it in place of the editor.
      throw new Failure(t('This can not be shown: {reason}', { reason: reasonText(error, t) }), { cause: error })
    }
    const folder = Uri.joinPath(extensionUri, 'dist', 'webview')
    const { webview } = panel
    // A page without its extension has VS Code itself run this one command.
    webview.options = {
      enableScripts: true,
      localResourceRoots: [folder],
      enableCommandUris: [commands.aggregateReopen],
    }
    new EditorPage(session, panel, {
      ...this.services,
      run: (session, request) => act(session, request),
      onReady: ({ document }) => {
        boundary.start('history', () => document.history.prefetch(prefetchedMessages))
      },
    })
    webview.html = pageHtml({
      script: String(webview.asWebviewUri(Uri.joinPath(folder, 'aggregateEditor.js'))),
      style: String(webview.asWebviewUri(Uri.joinPath(folder, 'aggregateEditor.css'))),
      cspSource: webview.cspSource,
      nonce: crypto.randomUUID().replaceAll('-', ''),
      title: session.document.address.key,
      lost: lostTexts(String(text.uri)),
      lang: this.services.locale,
    })
  }
}

/** What a page asks for is what the palette offers, for the document of the page. */
async function act(session: AggregateSession, request: EditorRequest): Promise<void> {
  const { uri } = session.text
  const { document } = session
  const { history } = document
  const run = async (id: string, ...args: unknown[]) => {
    await vscodeCommands.executeCommand(id, uri, ...args)
  }
  switch (request.action) {
    case 'publish':
      return run(commands.aggregatePublish)
    case 'format':
      return run(commands.aggregateFormat)
    case 'sortKeys':
      return run(commands.aggregateSortKeys)
    case 'addEntry':
      return run(commands.aggregateAddEntry)
    case 'renameEntry':
      return run(commands.aggregateRenameEntry, request.entry)
    case 'removeEntry':
      return run(commands.aggregateRemoveEntry, request.entry)
    case 'refresh':
      return run(commands.aggregateRefresh)
    case 'banner':
      if (request.choice === bannerChoices.dismiss) return document.dismissRejected()
      if (request.choice === bannerChoices.makeEditable) {
        // Of the editor in front, which is the one that was clicked in.
        await vscodeCommands.executeCommand('workbench.action.files.setActiveEditorWriteableInSession')
        return session.setReadonly(false)
      }
      return run(request.choice === bannerChoices.compare ? commands.aggregateCompare : commands.aggregateRefresh)
    case 'compare':
      return run(commands.revisionCompare, request.hash)
    case 'compareTwo':
      return run(commands.revisionCompareTwo, ...request.hashes)
    case 'restore':
      return run(commands.revisionRestore, request.hash)
    case 'loadMore':
      return history.loadMore()
    case 'stopLoading':
      return history.stop()
    case 'undo':
    case 'redo':
      await vscodeCommands.executeCommand(request.action)
  }
}
