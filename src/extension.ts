// Builds the parts, connects them and registers them. No network and no file is touched before the user looks or acts.
import {
  commands,
  env,
  ExtensionMode,
  window,
  workspace,
  type Disposable,
  type Event,
  type ExtensionContext,
} from 'vscode'
import type { AlephStorageApi } from './api.js'
import { accountCommands } from './commands/accounts.js'
import { Downloads } from './commands/download.js'
import { FileCommands } from './commands/files.js'
import { filterCommands } from './commands/filter.js'
import { Forgetting } from './commands/forget.js'
import type { Handlers } from './commands/handlers.js'
import { listCommands } from './commands/lists.js'
import { MessageCommands } from './commands/messages.js'
import { uploadCommands } from './commands/upload.js'
import { AccountBook } from './core/accountBook.js'
import { DocumentReader } from './core/documentReader.js'
import { Format } from './core/format.js'
import { Lists } from './core/lists.js'
import { SecretMask } from './core/secretMask.js'
import { canPublish, Session } from './core/session.js'
import { ReadFileSystem } from './editors/readFileSystem.js'
import { Boundary } from './host/boundary.js'
import { createClients } from './host/clients.js'
import { ContextKeys } from './host/contextKeys.js'
import { Log } from './host/log.js'
import { Messages } from './host/messages.js'
import { windowPrompts, type Prompts } from './host/prompts.js'
import { hostSecrets } from './host/secrets.js'
import { Settings } from './host/settings.js'
import { StoredFile } from './host/storedFile.js'
import { t } from './host/translate.js'
import { windowChoice } from './host/windowChoice.js'
import { commands as ids, readScheme, type CommandId } from './shared/ids.js'
import { Sidebar } from './views/sidebar.js'
import { StatusBar } from './views/statusBar.js'
import { TreeItems } from './views/treeItems.js'

/** For tests of this extension only: the parts behind the gestures, and the prompts to be answered. */
export interface TestHooks {
  readonly prompts: Prompts
  readonly session: Session
  readonly book: AccountBook
  readonly sidebar: Sidebar
  readonly context: ExtensionContext
}

export function activate(context: ExtensionContext): AlephStorageApi & { test?: TestHooks } {
  const startMs = performance.now()
  const own = <T extends Disposable>(part: T): T => {
    context.subscriptions.push(part)
    return part
  }

  const mask = new SecretMask()
  const log = new Log(own(window.createOutputChannel('Aleph Cloud Storage', { log: true })), mask)
  const prompts = windowPrompts()
  const messages = new Messages(
    prompts,
    () => log.show(),
    error => boundary.start('toast', () => Promise.reject(error as Error)),
  )
  const boundary: Boundary = new Boundary(log, messages)
  const format = new Format(env.language)
  const settings = own(new Settings())
  const keys = new ContextKeys()

  const book = new AccountBook(
    own(new StoredFile(context.globalStorageUri, 'accounts.json')),
    hostSecrets(context.secrets),
    secret => mask.add(secret),
    error => {
      log.error('accounts', 'the list can not be read', error)
      void messages.failed(t('The list of accounts can not be read. It is left as it is.'))
    },
  )
  const session = own(
    new Session({
      ...windowChoice(context),
      book,
      networks: () => settings.networks(),
      onDidChangeNetworks: settings.onDidChangeNetworks,
    }),
  )
  const clientFor = createClients(log)
  const lists = own(new Lists(session, clientFor))
  const reader = new DocumentReader({
    clientFor,
    networks: () => session.networks,
    maxBytes: () => settings.previewMaxBytes,
  })

  const items = new TreeItems(
    format,
    () => Date.now() / 1000,
    itemHash => lists.marks.has(itemHash),
  )
  const sidebar = own(new Sidebar(lists, session, keys, format, items))
  own(new StatusBar(session))
  own(
    workspace.registerFileSystemProvider(readScheme, own(new ReadFileSystem(reader)), {
      isReadonly: true,
      isCaseSensitive: true,
    }),
  )

  const forgetting = new Forgetting({ session, lists, clientFor, prompts, format })
  const downloads = new Downloads({ clientFor, format, prompts, messages, log })
  const files = new FileCommands({
    ...{ lists, reader, downloads, settings, format, prompts, messages, forgetting },
    selection: () => sidebar.selection('files'),
  })
  const handlers: Handlers = {
    ...accountCommands({ session, book, settings, prompts, messages, maskSecret: secret => mask.add(secret) }),
    ...files.handlers(),
    ...new MessageCommands({
      ...{ lists, reader, prompts, messages, forgetting },
      selection: name => sidebar.selection(name),
    }).handlers(),
    ...filterCommands({ session, lists, format, prompts }),
    ...listCommands({
      ...{ lists, format, messages },
      loadMore: name => sidebar.loadMore(name),
      loadAll: name => sidebar.loadAll(name),
      stopLoading: () => sidebar.stopLoading(),
    }),
    ...uploadCommands({
      ...{ session, lists, reader, clientFor, settings, format, prompts, messages, boundary, log },
      revealFile: itemHash => sidebar.revealFile(itemHash),
      openFile: ({ network }, itemHash, name) =>
        files.open({ network, itemHash, name, mediaType: undefined, sizeBytes: undefined }),
      copyLink: ({ network }, rows) => files.copyLinks(network, rows),
    }),
    [ids.logShow]: () => log.show(),
  }
  for (const [id, handle] of Object.entries(handlers) as [CommandId, (...args: unknown[]) => unknown][])
    own(commands.registerCommand(id, (...args: unknown[]) => boundary.run(id, () => handle(...args))))

  const reportSettings = () => {
    for (const problem of settings.networks().problems) log.warn('settings', problem)
  }
  own(settings.onDidChangeNetworks(reportSettings))
  // After this call, so that the window does not wait for a file.
  setImmediate(() => {
    reportSettings()
    void session.start()
  })

  log.info('extension', `activated in ${(performance.now() - startMs).toFixed(1)} ms`)
  const test: TestHooks = { prompts, session, book, sidebar, context }
  return Object.assign(publicApi(session), context.extensionMode === ExtensionMode.Test ? { test } : {})
}

function publicApi(session: Session): AlephStorageApi {
  const onDidChangeActive: Event<void> = (listener, self, disposables) => {
    const subscription = session.onDidChange(() => listener.call(self))
    disposables?.push(subscription)
    return subscription
  }
  return {
    version: 1,
    get active() {
      const { account, network } = session
      const { name, endpoints, isDevelopment } = network
      return {
        network: { name, endpoints: [...endpoints], isDevelopment },
        account: account && { address: account.address, name: account.name, canPublish: canPublish(account) },
      }
    },
    onDidChangeActive,
  }
}
