// Uploads: whatever the gesture, first the plan, then one question, then the transfer, then one toast.
import {
  commands as vscodeCommands,
  TabInputCustom,
  TabInputNotebook,
  TabInputText,
  Uri,
  window,
  workspace,
} from 'vscode'
import type { Selection } from 'vscode'
import type { DocumentReader } from '../core/documentReader.js'
import type { Format } from '../core/format.js'
import type { Lists } from '../core/lists.js'
import { isStoppedLocalNode } from '../core/localNode.js'
import { nothingText, planName, planText } from '../core/planText.js'
import { reasonText } from '../core/reason.js'
import { selectionName } from '../core/selectionName.js'
import { canPublish, type Active, type Session } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { Transfer } from '../core/transfer.js'
import { collectFiles, type UploadPlan } from '../core/uploadPlan.js'
import type { Boundary } from '../host/boundary.js'
import { Failure } from '../host/failure.js'
import type { Log } from '../host/log.js'
import type { Messages } from '../host/messages.js'
import { transferring, whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { workspaceFiles } from '../host/workspaceFiles.js'
import { commands, documentScheme, readScheme } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import type { Handlers } from './handlers.js'
import { startAction } from './localNode.js'

export interface UploadServices {
  session: Session
  lists: Lists
  reader: DocumentReader
  clientFor: ClientFor
  settings: Settings
  format: Format
  prompts: Prompts
  messages: Messages
  boundary: Boundary
  log: Log
  /** Goes to the row of a file in the Files view. */
  revealFile: (itemHash: string) => Promise<void>
  /** Opens a stored file as a click on its row does. */
  openFile: (active: Active, itemHash: string, name: string) => Promise<void>
  copyLink: (active: Active, files: { engine: 'ipfs' | 'storage'; fileHash: string }[]) => Promise<void>
}

export function uploadCommands(services: UploadServices): Handlers {
  const uploads = new Uploads(services)
  return {
    [commands.filesUpload]: (uri, uris) => uploads.fromExplorer(uri, uris),
    [commands.filesUploadPick]: () => uploads.pick(),
    [commands.filesUploadActive]: uri => uploads.active(uri),
    [commands.filesUploadSelection]: () => uploads.selection(),
  }
}

class Uploads {
  constructor(private readonly services: UploadServices) {}

  async fromExplorer(uri: unknown, uris: unknown): Promise<void> {
    const selected = (Array.isArray(uris) && uris.length ? (uris as unknown[]) : [uri]).filter(
      each => each instanceof Uri,
    )
    return selected.length ? this.#uploadUris(selected) : this.pick()
  }

  async pick(): Promise<void> {
    const active = await this.#publisher()
    if (!active) return
    const selected = await this.services.prompts.openFiles(t('Upload files to Aleph Cloud'), t('Upload'))
    if (selected?.length) await this.#uploadUris(selected, active)
  }

  /** The document in front: as it is on screen where VS Code has its text, else the file. */
  async active(uri: unknown): Promise<void> {
    const target = uri instanceof Uri ? uri : activeUri()
    if (!target) throw new Failure(t('There is no file in front to upload.'))
    const document = workspace.textDocuments.find(open => open.uri.toString() === target.toString())
    if (!document || (!document.isDirty && !document.isUntitled)) return this.#uploadUris([target])
    refuseOwn([target])
    const bytes = await workspace.encode(document.getText(), { encoding: document.encoding })
    await this.#uploadBytes(bytes, document.isUntitled ? untitledName(target) : workspaceFiles.name(target))
  }

  async selection(): Promise<void> {
    const editor = window.activeTextEditor
    const selected = editor?.selections.filter(selection => !selection.isEmpty) ?? []
    const [first] = selected
    if (!editor || !first) throw new Failure(t('There is no selected text to upload.'))
    const inOrder = [...selected].sort((a, b) => a.start.compareTo(b.start))
    const text = inOrder.map(selection => editor.document.getText(selection)).join('\n')
    const lines = { first: (inOrder[0] ?? first).start.line + 1, last: lastLine(inOrder.at(-1) ?? first) }
    const source = editor.document.isUntitled
      ? untitledName(editor.document.uri)
      : workspaceFiles.name(editor.document.uri)
    await this.#uploadBytes(new TextEncoder().encode(text), selectionName(source, lines))
  }

  async #uploadBytes(bytes: Uint8Array, name: string): Promise<void> {
    const active = await this.#publisher()
    if (active)
      await this.#upload(active, {
        items: [{ name, sizeBytes: bytes.length, source: bytes }],
        skipped: [],
        unsaved: [],
      })
  }

  async #uploadUris(selected: Uri[], known?: Active): Promise<void> {
    refuseOwn(selected)
    const active = known ?? (await this.#publisher())
    if (!active) return
    const { isExcluded } = this.services.settings
    const files = await whenSlow(t('Looking at the files to upload'), signal =>
      collectFiles(selected, { access: workspaceFiles, isExcluded, signal, t }),
    )
    await this.#upload(active, { ...files, unsaved: unsavedBelow(selected) })
  }

  async #upload(active: Active, files: Omit<UploadPlan, 'active' | 'engine' | 'channel' | 'uploadId'>): Promise<void> {
    const { prompts, format, settings, clientFor } = this.services
    if (!files.items.length) {
      const { question, detail } = nothingText(files, format, t)
      return prompts.tell(question, detail)
    }
    const plan: UploadPlan = {
      ...files,
      active,
      engine: settings.uploadEngine,
      channel: settings.channel,
      uploadId: crypto.randomUUID(),
    }
    const { question, detail } = planText(plan, format, t)
    if (!(await prompts.confirm({ message: question, detail, action: t('Upload') }))) return
    await this.#run(new Transfer(plan, clientFor(active.network)))
  }

  async #run(transfer: Transfer): Promise<void> {
    const { session, lists, format, log, boundary } = this.services
    const { active } = transfer.plan
    const name = planName(transfer.plan, format, t)
    const account = await session.signer(active)
    await transferring(t('Uploading {name}', { name }), transfer, format, signal => transfer.run(account, signal))
    for (const { item, result, error } of transfer.items) {
      if (result)
        log.info('upload', `${item.name} is ${result.status}: message ${result.item_hash}, file ${result.file_hash}`)
      else if (error) log.error('upload', `${item.name} failed`, error)
    }
    if (transfer.of('done').length) await lists.refreshFor(active)
    boundary.start('upload', () => this.#report(transfer, name))
  }

  /** One toast, whatever happened. */
  async #report(transfer: Transfer, name: string): Promise<void> {
    const { messages, format, copyLink, revealFile, openFile } = this.services
    const { active } = transfer.plan
    const done = transfer.of('done').flatMap(({ item, result }) => (result ? [{ item, result }] : []))
    const failed = transfer.of('failed')
    const cancelled = transfer.of('cancelled')
    const [first] = done
    const network = active.network.name
    const copy = () =>
      copyLink(
        active,
        done.map(({ result }) => ({ engine: result.engine, fileHash: result.file_hash })),
      )
    const reveal = first && { [t('Reveal in Files')]: () => revealFile(first.result.item_hash) }

    if (failed.length) {
      const retry = transfer.items.length === 1 ? t('Retry') : t('Retry Failed ({count})', { count: failed.length })
      const start = failed.some(({ error }) => isStoppedLocalNode(active.network, error)) ? startAction() : {}
      const actions = {
        [retry]: () => this.services.boundary.run('upload', () => this.#run(transfer)),
        ...start,
        ...reveal,
      }
      return messages.failedWork(done.length > 0, this.#failureText(transfer, name), actions)
    }
    if (cancelled.length) {
      if (!first) return
      const counts = { done: format.number(done.length), total: format.number(transfer.items.length), network }
      return messages.done(t('Upload cancelled: {done} of {total} files are published on {network}.', counts), {
        ...reveal,
      })
    }
    if (!first) return
    const isPending = done.some(({ result }) => result.status !== 'processed')
    if (done.length > 1) {
      const values = { name, count: format.number(done.length), network }
      const text = isPending
        ? t('Uploaded {name} to {network}. The node has not confirmed all of it yet.', values)
        : t('Uploaded {name} to {network}.', values)
      return messages.done(text, { [t('Copy Links')]: copy, ...reveal })
    }
    const text = isPending
      ? t('Uploaded {name} to {network}. The node has not confirmed it yet.', { name, network })
      : t('Uploaded {name} to {network}.', { name, network })
    const open = () => openFile(active, first.result.item_hash, first.item.name)
    return messages.done(text, { [t('Copy Link')]: copy, [t('Open')]: open, ...reveal })
  }

  #failureText(transfer: Transfer, name: string): string {
    const { format } = this.services
    const failed = transfer.of('failed')
    const [first] = failed
    const reason = reasonText(first?.error, t)
    if (transfer.items.length === 1) return t('Could not upload {name}: {reason}', { name, reason })
    return t('Could not upload {failed} of {total} files. {name}: {reason}', {
      failed: format.number(failed.length),
      total: format.number(transfer.items.length),
      name: safeLabel(first?.item.name ?? '', 60),
      reason,
    })
  }

  /** The pair to publish with; undefined after telling what is missing. */
  async #publisher(): Promise<Active | undefined> {
    const { session, messages, boundary } = this.services
    await session.start()
    const { account } = session
    if (account && canPublish(account)) return session.active
    const text = account
      ? t('The account {name} is an address without a key and can not publish.', { name: account.name })
      : t('Publishing needs an account.')
    const run = (id: string) => () => vscodeCommands.executeCommand(id)
    boundary.start('upload', () =>
      messages.done(text, {
        [t('Create a Key…')]: run(commands.accountCreate),
        [t('Import a Key…')]: run(commands.accountImport),
      }),
    )
    return undefined
  }
}

/** Counted from 1. A selection that ends before the first character of a line holds nothing of that line. */
const lastLine = ({ start, end }: Selection) => (end.character === 0 && end.line > start.line ? end.line : end.line + 1)

function activeUri(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input
  if (input instanceof TabInputText || input instanceof TabInputCustom || input instanceof TabInputNotebook)
    return input.uri
  return window.activeTextEditor?.document.uri
}

/** Names of open files whose changes are not on disk yet. */
function unsavedBelow(selected: readonly Uri[]): string[] {
  const documents = [...workspace.textDocuments, ...workspace.notebookDocuments]
  const { key } = workspaceFiles
  return documents
    .filter(({ isDirty, uri }) => isDirty && selected.some(file => isSameOrBelow(key(uri), key(file))))
    .map(({ uri }) => workspaceFiles.name(uri))
}

const isSameOrBelow = (key: string, folder: string) => key === folder || key.startsWith(`${folder}/`)

/** What comes from Aleph Cloud is there already. */
function refuseOwn(uris: readonly Uri[]): void {
  if (uris.some(({ scheme }) => scheme === readScheme || scheme === documentScheme))
    throw new Failure(t('This document comes from Aleph Cloud, so it is stored there already.'))
}

/** `Untitled-1` has no extension; its text is one all the same. */
const untitledName = ({ path }: Uri) => {
  const name = path.split('/').at(-1) || 'untitled'
  return name.includes('.') ? name : `${name}.txt`
}
