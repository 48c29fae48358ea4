// Report a Problem: gathers what helps to find a fault and shows it as a text of the user's own. Nothing is sent.
import { env, UIKind, version, window, workspace, type Extension } from 'vscode'
import { isLoopback } from '../client/http/endpoint.js'
import type { Lists } from '../core/lists.js'
import { problemReport } from '../core/problemReport.js'
import type { KnownTexts } from '../core/redact.js'
import type { SecretMask } from '../core/secretMask.js'
import type { Session } from '../core/session.js'
import type { Log } from '../host/log.js'
import type { Messages } from '../host/messages.js'
import { machine } from '../host/node/machine.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import type { Handlers } from './handlers.js'

export interface ProblemServices {
  extension: Extension<unknown>
  session: Session
  lists: Lists
  settings: Settings
  messages: Messages
  log: Log
  mask: SecretMask
}

export const problemCommands = (services: ProblemServices): Handlers => ({
  [commands.problemReport]: () => report(services),
})

async function report({ extension, session, lists, settings, messages, log, mask }: ProblemServices): Promise<void> {
  const content = problemReport(
    {
      facts: facts(extension, session, lists),
      settings: settings.changed(extension),
      lines: log.recent,
      known: knownTexts(session),
      mask: text => mask.apply(text),
    },
    t,
  )
  const document = await workspace.openTextDocument({ language: 'markdown', content })
  await window.showTextDocument(document)
  void messages.done(t('This report was not sent anywhere. Read and change it, then send it yourself.'), {
    // As it stands by then, also when its editor was closed.
    [t('Copy')]: () => env.clipboard.writeText(document.getText()),
  })
}

function facts({ packageJSON }: Extension<unknown>, session: Session, lists: Lists): [string, string][] {
  const { platform, nodeVersion } = machine()
  const { account, network, accounts, networks } = session
  const { version: own } = packageJSON as { version: string }
  const rows = (['files', 'messages', 'aggregates'] as const).map(name => `${name} ${lists.byName(name).loaded ?? '–'}`)
  return [
    ['Extension', own],
    ['VS Code', `${version}, ${env.uiKind === UIKind.Web ? 'web' : 'desktop'}, ${env.language}`],
    ['Platform', `${platform}, Node ${nodeVersion}`],
    ['Remote', env.remoteName ?? 'none'],
    ['Workspace', `${workspaceKind()}, ${workspace.isTrusted ? 'trusted' : 'not trusted'}`],
    ['Network', `${network.name}${network.isDevelopment ? ', development' : ''}, one of ${networks.length}`],
    ['Account', `${account?.kind ?? 'none'}, one of ${accounts.length}`],
    ['Rows loaded', rows.join(', ')],
  ]
}

function workspaceKind(): string {
  const folders = workspace.workspaceFolders ?? []
  if (!folders.length) return 'no folder'
  const schemes = new Set(folders.map(({ uri }) => uri.scheme))
  return `${folders.length === 1 ? '1 folder' : `${folders.length} folders`} (${[...schemes].join(', ')})`
}

/** Whatever a log could hold that tells of this person: names, places, nodes of their own. */
function knownTexts({ accounts, networks }: Session): KnownTexts {
  const { home, user, computer } = machine()
  const folders = workspace.workspaceFolders ?? []
  return [
    [home, 'home'],
    [user, 'user'],
    [computer, 'computer'],
    ...folders.flatMap(({ uri, name }) => [[uri.fsPath, 'folder'] as const, [name, 'folder'] as const]),
    ...accounts.filter(({ kind }) => kind !== 'development').map(({ name }) => [name, 'account'] as const),
    ...networks
      .flatMap(({ endpoints }) => endpoints.map(url => new URL(url)))
      .filter(({ hostname }) => !isLoopback(hostname))
      .flatMap(({ host, hostname }) => [[host, 'host'] as const, [hostname, 'host'] as const]),
  ]
}
