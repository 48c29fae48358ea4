// What can be done with files that are stored: open, download, copy what names them, forget.
import { commands as vscodeCommands, env, Uri, workspace } from 'vscode'
import { isAlephError } from '../client/errors.js'
import type { DocumentReader } from '../core/documentReader.js'
import { fileKind, nameWithExtension } from '../core/fileKind.js'
import type { Format } from '../core/format.js'
import { fileLink, isLocalLink } from '../core/links.js'
import type { Lists } from '../core/lists.js'
import { filesOf, type ListNode } from '../core/nodes.js'
import { shortHash, type FileRow } from '../core/rows.js'
import type { Active } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { orFail } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import { cancellable, whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { readUri } from '../host/readUri.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { safeFileName } from '../shared/safeText.js'
import type { Forgetting } from './forget.js'
import { nodesOf, type Handlers } from './handlers.js'

export interface FileServices {
  lists: Lists
  reader: DocumentReader
  clientFor: ClientFor
  settings: Settings
  format: Format
  prompts: Prompts
  messages: Messages
  forgetting: Forgetting
  /** The rows that are selected in Files. */
  selection: () => readonly ListNode[]
}

type OpenFile = Pick<FileRow, 'network' | 'itemHash' | 'mediaType'> & { name: string }

export class FileCommands {
  constructor(private readonly services: FileServices) {}

  handlers(): Handlers {
    const { forgetting } = this.services
    return {
      [commands.filesOpen]: (...args) => this.#withOne(args, row => this.open(toOpen(row))),
      [commands.filesDownload]: (...args) => this.#withOne(args, row => this.#download(toOpen(row))),
      [commands.filesShowMessage]: (...args) => this.#withOne(args, row => this.#showMessage(row)),
      [commands.filesCopyLink]: (...args) => this.#withAll(args, rows => this.#copyAsLinks(rows)),
      [commands.filesCopyItemHash]: (...args) => this.#withAll(args, rows => copy(rows.map(row => row.itemHash))),
      [commands.filesCopyFileHash]: (...args) => this.#withAll(args, rows => copy(rows.map(row => row.fileHash))),
      [commands.filesForget]: (...args) =>
        this.#withAll(args, rows => forgetting.forget(rows.map(row => ({ ...row, label: label(row) })))),
    }
  }

  /** In the editor that fits; what no editor shows can be downloaded. */
  async open(file: OpenFile): Promise<void> {
    const { reader } = this.services
    const name = nameWithExtension(file.name, file.mediaType)
    const address = { kind: 'file', networkId: file.network.id, itemHash: file.itemHash, name } as const
    const what = t('Could not open {name}', { name: file.name })
    const document = await orFail(what, async () => {
      try {
        return await whenSlow(t('Opening {name}', { name: file.name }), signal => reader.read(address, signal))
      } catch (error) {
        if (isAlephError(error, 'TOO_LARGE')) return undefined
        throw error
      }
    })
    if (!document) return this.#offerDownload(file, this.#tooLargeText(file))
    if (fileKind(name, file.mediaType ?? document.mediaType, document.bytes) === 'binary')
      return this.#offerDownload(file, t('{name} is neither text nor an image.', { name: file.name }))
    await vscodeCommands.executeCommand('vscode.open', readUri(address), { preview: true })
  }

  async copyLinks(network: Active['network'], files: readonly Pick<FileRow, 'engine' | 'fileHash'>[]): Promise<void> {
    await this.#copyAsLinks(files.map(file => ({ ...file, network })))
  }

  async #copyAsLinks(rows: readonly Pick<FileRow, 'engine' | 'fileHash' | 'network'>[]): Promise<void> {
    const links = rows.map(row => fileLink(row, row.network, this.services.settings.gateway))
    await copy(await Promise.all(links.map(external)))
  }

  #tooLargeText({ name }: OpenFile): string {
    const limit = this.services.format.size(this.services.settings.previewMaxBytes)
    return t('{name} is larger than {limit}, the most that is shown in an editor.', { name, limit })
  }

  async #offerDownload(file: OpenFile, text: string): Promise<void> {
    const action = t('Download…')
    const chosen = await this.services.prompts.notify('info', text, [action])
    if (chosen === action) await this.#download(file)
  }

  async #download({ network, itemHash, name }: OpenFile): Promise<void> {
    const { prompts, clientFor, messages } = this.services
    const target = await prompts.saveFile(t('Download {name}', { name }), suggestedTarget(name))
    if (!target) return
    const { storage } = clientFor(network)
    await orFail(t('Could not download {name}', { name }), () =>
      Promise.resolve(
        cancellable(t('Downloading {name}', { name }), async signal => {
          // On disk the bytes are streamed to a temporary name; elsewhere VS Code takes them whole.
          if (target.scheme === 'file') await storage.downloadTo(itemHash, target.fsPath, { signal })
          else {
            const file = await storage.getFile(itemHash, { signal })
            await workspace.fs.writeFile(target, new Uint8Array(await file.arrayBuffer()))
          }
        }),
      ),
    )
    void messages.done(t('Downloaded {name}, verified.', { name }), {
      [t('Open')]: () => vscodeCommands.executeCommand('vscode.open', target),
    })
  }

  async #showMessage(row: FileRow): Promise<void> {
    await showMessage(this.services.reader, row.network.id, row.itemHash, label(row))
  }

  async #withOne(args: readonly unknown[], act: (row: FileRow) => Promise<void>): Promise<void> {
    const [row] = await this.#rows(args)
    if (row) await act(row)
  }

  async #withAll(args: readonly unknown[], act: (rows: FileRow[]) => Promise<void>): Promise<void> {
    const rows = await this.#rows(args)
    if (rows.length) await act(rows)
  }

  /** The rows of the gesture, else those selected in the view, else what the user picks. */
  async #rows(args: readonly unknown[]): Promise<FileRow[]> {
    const given = filesOf(nodesOf(args))
    if (given.length) return given
    const selected = filesOf(this.services.selection())
    if (selected.length) return selected
    const rows = filesOf(await this.services.lists.files.roots())
    if (!rows.length) {
      void this.services.messages.done(t('There is no file in the list.'))
      return []
    }
    const items = rows.map(row => ({ label: label(row), description: shortHash(row.itemHash), value: row }))
    const picked = await this.services.prompts.pick(items, { title: t('Choose a file') })
    return picked ? [picked] : []
  }
}

/** The signed message behind a row, as JSON. */
export async function showMessage(
  reader: DocumentReader,
  networkId: string,
  itemHash: string,
  title: string,
): Promise<void> {
  const address = { kind: 'message', networkId, itemHash, name: `${safeFileName(title)}.json` } as const
  await orFail(t('Could not open {name}', { name: title }), () =>
    whenSlow(t('Opening {name}', { name: title }), signal => reader.read(address, signal)),
  )
  await vscodeCommands.executeCommand('vscode.open', readUri(address), { preview: true })
}

/** On a remote machine 127.0.0.1 is that machine, which the user's browser reaches by another address. */
async function external(link: string): Promise<string> {
  if (!isLocalLink(link)) return link
  const { origin, pathname } = new URL(link)
  // Of the origin alone, because some servers forget the path.
  return Uri.joinPath(await env.asExternalUri(Uri.parse(origin)), pathname).toString(true)
}

const label = (row: FileRow): string => row.name ?? t('file {hash}', { hash: shortHash(row.fileHash) })

const toOpen = (row: FileRow): OpenFile => ({ ...row, name: label(row) })

export const copy = async (lines: readonly string[]): Promise<void> => env.clipboard.writeText(lines.join('\n'))

function suggestedTarget(name: string): Uri | undefined {
  const folder = workspace.workspaceFolders?.[0]?.uri
  return folder && Uri.joinPath(folder, safeFileName(name))
}
