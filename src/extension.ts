// Builds the parts, connects them and registers them. No network and no file is touched before the user looks or acts.
import {
  commands,
  env,
  ExtensionMode,
  Uri,
  window,
  workspace,
  type Disposable,
  type Event,
  type ExtensionContext,
} from 'vscode'
import type { AlephStorageApi } from './api.js'
import { systemClock } from './client/http/clock.js'
import type { AccountServices } from './commands/accountDialogs.js'
import { AggregateCommands } from './commands/aggregates.js'
import { accountCommands } from './commands/accounts.js'
import { backUpCommands } from './commands/backUp.js'
import { delegateCommands } from './commands/delegate.js'
import { Downloads } from './commands/download.js'
import { editCommands } from './commands/editAggregate.js'
import { FileCommands } from './commands/files.js'
import { filterCommands } from './commands/filter.js'
import { Forgetting } from './commands/forget.js'
import type { Handlers } from './commands/handlers.js'
import { importCommands } from './commands/importKey.js'
import { listCommands } from './commands/lists.js'
import { localNodeCommands, startAction } from './commands/localNode.js'
import { MessageCommands } from './commands/messages.js'
import { networkCommands } from './commands/networks.js'
import { problemCommands } from './commands/problem.js'
import { AggregatePublishing } from './commands/publishAggregate.js'
import { RevisionCommands } from './commands/revisions.js'
import { TransferCommands } from './commands/transfers.js'
import { Uploads } from './commands/upload.js'
import { UploadFlow } from './commands/uploadFlow.js'
import { AccountBook } from './core/accountBook.js'
import { AggregateDocuments } from './core/aggregate/documents.js'
import { historyState } from './core/aggregate/revisions.js'
import { editorStatus } from './core/aggregate/status.js'
import { Consent } from './core/consent.js'
import { DocumentReader } from './core/documentReader.js'
import { forgetOnce } from './core/forgetBatches.js'
import { Format } from './core/format.js'
import { Lists } from './core/lists.js'
import { isStoppedLocalNode, type LocalNode } from './core/localNode.js'
import { SecretClipboard } from './core/secretClipboard.js'
import { SecretMask } from './core/secretMask.js'
import { canPublish, Session } from './core/session.js'
import { SettingProblems } from './core/settingProblems.js'
import { Journal } from './core/upload/journal.js'
import { uploadRows } from './core/upload/transferNodes.js'
import { Transfers } from './core/upload/transfers.js'
import { AggregateEditor } from './editors/aggregateEditor.js'
import { AggregateFileSystem } from './editors/aggregateFileSystem.js'
import { AggregateSessions } from './editors/aggregateSessions.js'
import { ReadFileSystem } from './editors/readFileSystem.js'
import { Boundary } from './host/boundary.js'
import { createClients } from './host/clients.js'
import { consentMemory } from './host/consentMemory.js'
import { ContextKeys } from './host/contextKeys.js'
import { aggregateLink } from './host/documentUri.js'
import { KeepAlive } from './host/keepAlive.js'
import { createLocalNode } from './host/localNode.js'
import { Log } from './host/log.js'
import { Messages } from './host/messages.js'
import { textFolder } from './host/node/textFolder.js'
import { keptSource } from './host/workspaceFiles.js'
import { windowPrompts, type Prompts } from './host/prompts.js'
import { hostSecrets } from './host/secrets.js'
import { Settings } from './host/settings.js'
import { StoredFile } from './host/storedFile.js'
import { t } from './host/translate.js'
import { windowChoice } from './host/windowChoice.js'
import { commands as ids, documentScheme, editorViewType, readScheme, type CommandId } from './shared/ids.js'
import { FilesDrop } from './views/filesDrop.js'
import { Sidebar } from './views/sidebar.js'
import { StatusBar } from './views/statusBar.js'
import { TransfersView } from './views/transfersView.js'
import { TreeItems } from './views/treeItems.js'
import { UploadDecorations } from './views/uploadDecorations.js'

/** For tests of this extension only: the parts behind the gestures, and the prompts to be answered. */
export interface TestHooks {
  readonly prompts: Prompts
  readonly session: Session
  readonly book: AccountBook
  readonly consent: Consent
  readonly sidebar: Sidebar
  readonly drop: FilesDrop
  readonly transfers: Transfers
  readonly localNode: LocalNode
  readonly settings: Settings
  readonly lists: Lists
  readonly reader: DocumentReader
  readonly documents: AggregateDocuments
  readonly aggregates: AggregateSessions
  readonly openLink: (uri: Uri) => Promise<void>
  readonly clientCount: () => number
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
  const isStopped = (error: unknown) => isStoppedLocalNode(session.network, error)
  const boundary: Boundary = new Boundary(log, messages, cause => (isStopped(cause) ? startAction() : {}))
  const format = new Format(env.language)

  const { node: localNode, log: nodeLog } = own(createLocalNode(context, log))
  const settings = own(new Settings(localNode))
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
  const session: Session = own(
    new Session({
      ...windowChoice(context),
      book,
      networks: () => settings.networks(),
      onDidChangeNetworks: settings.onDidChangeNetworks,
      loadNetworks: () => localNode.load(),
    }),
  )
  own(session.onDidLoseAccount(lost => void messages.accountLost(lost)))
  const consent = new Consent({
    ...consentMemory(context.globalState),
    isAlwaysAsked: () => settings.isPublishAlwaysConfirmed,
    confirm: question => prompts.confirm(question),
    t,
  })
  const secretClipboard = new SecretClipboard(env.clipboard, (delayMs, act) => {
    const timer = setTimeout(() => boundary.start('clipboard', act), delayMs)
    return { dispose: () => clearTimeout(timer) }
  })
  // Nobody is left to be told of an error.
  own({ dispose: () => void secretClipboard.clear().catch(() => undefined) })
  const clientFor = createClients(log)
  const transfers = own(
    new Transfers({
      clientFor,
      signer: active => session.signer(active),
      journal: new Journal(
        textFolder(Uri.joinPath(context.globalStorageUri, 'uploads').fsPath),
        crypto.randomUUID(),
        systemClock.now,
      ),
      activeOf: async ({ networkId, address }) => {
        await session.start()
        const network = session.networks.find(({ id }) => id === networkId)
        const account = network && session.accountsOf(network).find(each => each.address === address)
        return account && { network, account }
      },
      sourceOf: keptSource,
      now: systemClock.now,
      sleep: systemClock.sleep,
      onError: error => log.error('upload', 'the journal can not be kept', error),
    }),
  )
  // A network or account that an upload of an earlier window waits for may be there now.
  own(session.onDidChange(() => void transfers.look()))
  const lists = own(
    new Lists(session, clientFor, {
      onDidChange: transfers.onDidChange,
      rowsOf: active => uploadRows(transfers.all, active),
    }),
  )
  own(transfers.onDidConfirm(active => boundary.start('confirmed', () => lists.refreshFor(active))))
  const documents = own(
    new AggregateDocuments({
      ...{ session, clientFor, t },
      bases: textFolder(Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'aggregates').fsPath),
      channel: () => settings.channel,
      now: systemClock.now,
      onError: error => log.error('aggregate', 'what a document was loaded from can not be kept', error),
    }),
  )
  const reader = new DocumentReader({
    clientFor,
    openAggregate: address => documents.get(address),
    networks: async () => {
      await session.start()
      return session.networks
    },
    maxBytes: () => settings.previewMaxBytes,
  })

  const items = new TreeItems(
    format,
    () => Date.now() / 1000,
    isStopped,
    itemHash => lists.marks.has(itemHash),
  )
  const drop = new FilesDrop(files => boundary.start('drop', () => uploads.drop(files)))
  const sidebar = own(new Sidebar(lists, session, keys, format, items, drop))
  own(new TransfersView(transfers, format, keys))
  own(window.registerFileDecorationProvider(new UploadDecorations()))
  own(new StatusBar(session))
  own(
    workspace.registerFileSystemProvider(readScheme, own(new ReadFileSystem(reader)), {
      isReadonly: true,
      isCaseSensitive: true,
    }),
  )

  const openAggregates = own(new AggregateSessions(documents, boundary, systemClock.now))
  const forget = forgetOnce()
  const revisions = new RevisionCommands({
    forget,
    ...{ session, lists, clientFor, prompts, format, open: openAggregates },
    nowSeconds: () => Date.now() / 1000,
    snapshot: (networkId, name, text) => reader.snapshot(networkId, name, text),
  })
  const publishing = new AggregatePublishing({
    ...{ session, consent, lists, settings, clientFor, prompts, messages, format, boundary },
    ...{ open: openAggregates, compare: revisions.compare, mergeByHand: revisions.mergeByHand },
    forget,
    nowSeconds: () => Date.now() / 1000,
    delay: (ms, act) => void setTimeout(act, ms),
  })
  own(workspace.onWillSaveTextDocument(publishing.willSave))
  own(documents.onDidOpen(document => publishing.follow(document)))
  own(
    workspace.registerFileSystemProvider(documentScheme, own(new AggregateFileSystem(documents, publishing.judge)), {
      isCaseSensitive: true,
    }),
  )
  const facts = {
    format,
    t,
    nameOf: (address: string) => book.accounts.find(account => account.address === address)?.name,
  }
  own(
    window.registerCustomEditorProvider(
      editorViewType,
      new AggregateEditor({
        ...{ extensionUri: context.extensionUri, sessions: openAggregates, boundary, locale: env.language },
        status: open => editorStatus(open.document, { ...open.lookedAt(), refusal: open.refusal }, facts),
        history: open => historyState(open.document, facts),
        onProblem: message => log.warn('page', message),
      }),
      { supportsMultipleEditorsPerDocument: true },
    ),
  )

  own(new KeepAlive(session, localNode))
  own(
    localNode.onDidChange(() => {
      // It is back: rows that could not be loaded can be.
      if (localNode.isRunning && session.account && session.network.endpoints[0] === localNode.endpoint)
        boundary.start('localNode', () => lists.refreshFor(session.active))
    }),
  )

  const forgetting = new Forgetting({ session, lists, clientFor, prompts, format, forget })
  const downloads = new Downloads({ clientFor, format, prompts, messages, log })
  const files = new FileCommands({
    ...{ lists, reader, downloads, settings, localNode, format, prompts, messages, forgetting },
    accountName: address => session.accounts.find(account => account.address === address)?.name,
    selection: () => sidebar.selection('files'),
  })
  const flow = new UploadFlow({
    ...{ session, consent, lists, transfers, clientFor, settings, format, prompts, messages, boundary, log },
    revealFile: itemHash => sidebar.revealFile(itemHash),
    openFile: ({ network }, itemHash, name) => files.open({ network, itemHash, name, sizeBytes: undefined }),
    copyLink: ({ network }, rows) => files.copyLinks(network, rows),
  })
  const uploads = new Uploads(flow, prompts, settings)
  const accountServices: AccountServices = {
    ...{ session, book, clientFor, settings, localNode, prompts, messages, secretClipboard },
    maskSecret: secret => mask.add(secret),
  }
  const aggregates = new AggregateCommands({
    ...{ session, lists, documents, clientFor, settings, prompts, messages, format },
    publisher: () => flow.publisher(),
    opened: async uri => openAggregates.of(await workspace.openTextDocument(uri)),
    selection: () => sidebar.selection('aggregates'),
    linkTo: address => aggregateLink(env.uriScheme, context.extension.id, address),
    nowMs: () => performance.now(),
  })
  own(window.registerUriHandler({ handleUri: uri => boundary.run('link', () => aggregates.openLink(uri)) }))
  const handlers: Handlers = {
    ...accountCommands(accountServices),
    ...importCommands(accountServices),
    ...backUpCommands(accountServices),
    ...delegateCommands(accountServices),
    ...networkCommands(accountServices),
    ...localNodeCommands({ session, localNode, prompts, messages, boundary, log, nodeLog }),
    ...files.handlers(),
    ...new MessageCommands({
      ...{ lists, reader, prompts, messages, forgetting },
      selection: () => sidebar.selection('messages'),
    }).handlers(),
    ...aggregates.handlers(),
    ...editCommands({ open: openAggregates, prompts }),
    ...publishing.handlers(),
    [ids.aggregateReopen]: uri => openAggregates.reopen(uri),
    ...revisions.handlers(),
    ...filterCommands({ session, lists, format, prompts }),
    ...listCommands({
      ...{ lists, format, messages },
      loadMore: name => sidebar.loadMore(name),
      loadAll: name => sidebar.loadAll(name),
      stopLoading: () => sidebar.stopLoading(),
    }),
    ...uploads.handlers(),
    ...new TransferCommands({ session, transfers, flow, prompts, messages, format }).handlers(),
    ...problemCommands({ extension: context.extension, session, lists, settings, messages, log, mask }),
    [ids.logShow]: () => log.show(),
  }
  for (const [id, handle] of Object.entries(handlers) as [CommandId, (...args: unknown[]) => unknown][])
    own(commands.registerCommand(id, (...args: unknown[]) => boundary.run(id, () => handle(...args))))

  const saidKey = 'settings.said'
  const settingProblems = new SettingProblems({
    said: () => context.globalState.get<readonly string[]>(saidKey, []),
    remember: problems => void context.globalState.update(saidKey, problems),
    say: problems => {
      for (const problem of problems) log.warn('settings', problem)
      const open = () => commands.executeCommand('workbench.action.openSettings', `@ext:${context.extension.id}`)
      void messages.warned(problems.join(' '), { [t('Open Settings')]: open })
    },
  })
  const reportSettings = () => settingProblems.report(settings.problems)
  own(settings.onDidChange(reportSettings))
  // After this call, so that the window does not wait for a file.
  setImmediate(() => {
    reportSettings()
    void session.start()
    void transfers.look()
  })
  closing = () => transfers.close()

  log.info('extension', `activated in ${(performance.now() - startMs).toFixed(1)} ms`)
  const test: TestHooks = {
    ...{ prompts, session, book, consent, sidebar, drop, transfers, localNode, settings, lists, reader, context },
    ...{ documents, aggregates: openAggregates, openLink: uri => aggregates.openLink(uri) },
    clientCount: () => clientFor.count,
  }
  return Object.assign(publicApi(session), context.extensionMode === ExtensionMode.Test ? { test } : {})
}

let closing: (() => Promise<void>) | undefined

/** VS Code gives five seconds: nothing more is signed, and the next window learns what is left. */
export const deactivate = (): Promise<void> | undefined => closing?.()

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
