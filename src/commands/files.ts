// What can be done with files that are stored: open, download, copy what names them, forget.
import { commands as vscodeCommands, env, extensions, Uri } from 'vscode'
import { isAlephError } from '../client/errors.js'
import type { Author, DocumentReader, FileAddress, ReadDocument } from '../core/documentReader.js'
import { isFiltered } from '../core/filter.js'
import { fileKind, isImage, safeEditors } from '../core/fileKind.js'
import type { Format } from '../core/format.js'
import type { LocalNode } from '../core/localNode.js'
import { fileLink, ipfsAddress, isLocalLink, markdownLink } from '../core/links.js'
import type { Lists } from '../core/lists.js'
import { fileNode, filesOf, isFileOrFolder, type ListNode } from '../core/nodes.js'
import { shortHash, type FileRow } from '../core/rows.js'
import type { Active } from '../core/session.js'
import { Failure, orFail } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import { openWith } from '../host/openWith.js'
import { whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { readUri } from '../host/readUri.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { safeFileName } from '../shared/safeText.js'
import type { Downloads } from './download.js'
import type { Forgetting } from './forget.js'
import { nodesOf, type Handlers } from './handlers.js'

export interface FileServices {
  lists: Lists
  reader: DocumentReader
  downloads: Downloads
  settings: Settings
  localNode: Pick<LocalNode, 'allowHost'>
  format: Format
  prompts: Prompts
  messages: Messages
  forgetting: Forgetting
  /** What the user calls an address, if it's one of their accounts. */
  accountName: (address: string) => string | undefined
  /** The rows that are selected in Files. */
  selection: () => readonly ListNode[]
}

type Linked = Pick<FileRow, 'engine' | 'fileHash' | 'network'>

type OpenFile = Pick<FileRow, 'network' | 'itemHash' | 'sizeBytes'> & { name: string }

export class FileCommands {
  constructor(private readonly services: FileServices) {}

  handlers(): Handlers {
    return {
      [commands.filesOpenFile]: (...args) => this.#withOne(args, row => this.open(toOpen(row))),
      [commands.filesOpenWith]: (...args) => this.#withOne(args, row => this.#openWith(toOpen(row))),
      [commands.filesDownload]: (...args) => this.#withNodes(args, nodes => this.#download(nodes)),
      [commands.filesShowMessage]: (...args) => this.#withOne(args, row => this.#showMessage(row)),
      [commands.filesCopyLink]: (...args) => this.#withAll(args, rows => this.#copyAsLinks(rows)),
      [commands.filesCopyIpfsAddress]: (...args) => this.#withAll(args, rows => this.#copyIpfsAddresses(rows)),
      [commands.filesCopyMarkdown]: (...args) => this.#withAll(args, rows => this.#copyMarkdownLinks(rows)),
      [commands.filesCopyItemHash]: (...args) => this.#withAll(args, rows => copy(rows.map(row => row.itemHash))),
      [commands.filesCopyFileHash]: (...args) => this.#withAll(args, rows => copy(rows.map(row => row.fileHash))),
      [commands.filesForget]: (...args) => this.#withNodes(args, nodes => this.#forget(nodes)),
    }
  }

  /** In an editor that runs nothing of it. What none of them shows can be downloaded, or opened with another editor. */
  async open(file: OpenFile): Promise<void> {
    const address = addressOf(file)
    const document = await this.#read(address, file)
    if (!document) return
    const kind = fileKind(document.bytes)
    if (kind !== 'binary') return openWith(readUri(address), safeEditors[kind])
    const text = t('{name} is neither text nor an image, audio or video file.', { name: file.name })
    const hex = extensions.getExtension(hexEditor.extension)
      ? { [t('Open in Hex Editor')]: () => openWith(readUri(address), hexEditor.viewType) }
      : {}
    this.#offerDownload(file, text, { [t('Open With…')]: () => this.#openWith(file), ...hex })
  }

  /** In any editor, by the file's own name, after a question: such an editor may run what is in it. */
  async #openWith(file: OpenFile): Promise<void> {
    const { reader, prompts } = this.services
    const address = { ...addressOf(file), hasOwnName: true }
    if (!(await this.#read(address, file))) return
    const author = await orFail(t("Couldn't open {name}", { name: file.name }), () =>
      whenSlow(t('Opening {name}', { name: file.name }), signal => reader.author(address, signal)),
    )
    const isAgreed = await prompts.confirm({
      message: t('Open {name} with another editor?', { name: file.name }),
      detail: [
        this.#authorText(author),
        t(
          'Another editor can run what is in the file, and send data to servers. Continue only if you trust who published it.',
        ),
      ].join('\n\n'),
      action: t('Choose an Editor…'),
    })
    if (!isAgreed) return
    reader.permit(address)
    await vscodeCommands.executeCommand('explorer.openWith', readUri(address))
  }

  #authorText({ sender, owner, authority }: Author): string {
    const named = (address: string) => {
      const name = this.services.accountName(address)
      return name ? `${name} (${address})` : address
    }
    const names = { sender: named(sender), owner: named(owner) }
    if (authority === 'unproven')
      return t("Published by {sender} in the name of {owner}. It isn't proven that {owner} allowed this.", names)
    if (sender !== owner) return t('Published by {sender}, with the permission of {owner}.', names)
    return t('Published by {owner}, as the signature proves.', names)
  }

  /** Undefined for a file that is too large to be opened. It can be downloaded. */
  async #read(address: FileAddress, file: OpenFile): Promise<ReadDocument | undefined> {
    const { name } = file
    const document = await orFail(t("Couldn't open {name}", { name }), async () => {
      try {
        return await whenSlow(t('Opening {name}', { name }), signal => this.services.reader.read(address, signal))
      } catch (error) {
        if (isAlephError(error, 'TOO_LARGE')) return undefined
        throw error
      }
    })
    if (!document) this.#offerDownload(file, this.#tooLargeText(file))
    return document
  }

  async copyLinks(network: Active['network'], files: readonly Pick<FileRow, 'engine' | 'fileHash'>[]): Promise<void> {
    await this.#copyAsLinks(files.map(file => ({ ...file, network })))
  }

  async #copyAsLinks(rows: readonly Linked[]): Promise<void> {
    await copy(await Promise.all(rows.map(row => this.#link(row))))
  }

  #link(row: Linked): Promise<string> {
    return external(fileLink(row, row.network, this.services.settings.gateway), this.services.localNode)
  }

  async #copyMarkdownLinks(rows: readonly FileRow[]): Promise<void> {
    const link = async (row: FileRow) =>
      markdownLink(label(row), await this.#link(row), isImage(label(row), row.mediaType))
    await copy(await Promise.all(rows.map(link)))
  }

  async #copyIpfsAddresses(rows: readonly FileRow[]): Promise<void> {
    const addresses = rows.flatMap(row => ipfsAddress(row) ?? [])
    if (!addresses.length) throw new Failure(t('Only files of the engine ipfs have an ipfs:// address.'))
    await copy(addresses)
    const { messages, format } = this.services
    const counts = { count: format.number(addresses.length), total: format.number(rows.length) }
    if (addresses.length < rows.length)
      void messages.done(t("Copied the addresses of {count} of {total} files. The others aren't on IPFS.", counts))
  }

  #tooLargeText({ name }: OpenFile): string {
    const limit = this.services.format.size(this.services.settings.previewMaxBytes)
    return t('{name} is larger than {limit}, the most that is shown in an editor.', { name, limit })
  }

  #offerDownload(file: OpenFile, text: string, others: Record<string, () => unknown> = {}): void {
    void this.services.messages.done(text, { [t('Download…')]: () => this.#downloadOne(file), ...others })
  }

  #downloadOne(file: OpenFile): Promise<void> {
    return this.services.downloads.one(file, file.name)
  }

  async #download(nodes: readonly ListNode[]): Promise<void> {
    const [only, ...others] = nodes
    if (only?.kind === 'file' && !others.length) await this.#downloadOne(toOpen(only.row))
    else await this.services.downloads.many(await this.#whole(nodes), label)
  }

  async #forget(nodes: readonly ListNode[]): Promise<void> {
    const whole = await this.#whole(nodes)
    const [only, ...others] = whole
    const { lists, forgetting } = this.services
    // With a filter the folder can hold more than is shown.
    const isWhole = !others.length && !isFiltered(lists.files.filter)
    const folder = only?.kind === 'folder' && isWhole ? only.name : undefined
    await forgetting.forget(
      filesOf(whole).map(row => ({ ...row, label: label(row) })),
      folder,
    )
  }

  /** What is done to a folder is done to all of it. */
  #whole(nodes: readonly ListNode[]): Promise<ListNode[]> {
    return orFail(t('Could not load all files of the folder'), () =>
      whenSlow(t('Loading all files of the folder'), signal => this.services.lists.whole(nodes, signal)),
    )
  }

  async #showMessage(row: FileRow): Promise<void> {
    await showMessage(this.services.reader, row.network.id, row.itemHash, label(row))
  }

  async #withOne(args: readonly unknown[], act: (row: FileRow) => Promise<void>): Promise<void> {
    const [row] = await this.#rows(args)
    if (row) await act(row)
  }

  async #withAll(args: readonly unknown[], act: (rows: FileRow[]) => Promise<void>): Promise<void> {
    const rows = filesOf(await this.#whole(await this.#nodes(args)))
    if (rows.length) await act(rows)
  }

  async #withNodes(args: readonly unknown[], act: (nodes: ListNode[]) => Promise<void>): Promise<void> {
    const nodes = await this.#nodes(args)
    if (nodes.length) await act(nodes)
  }

  async #rows(args: readonly unknown[]): Promise<FileRow[]> {
    return filesOf(await this.#nodes(args))
  }

  /** Files and folders of the gesture, else those selected in the view, else what the user picks. */
  async #nodes(args: readonly unknown[]): Promise<ListNode[]> {
    const given = nodesOf(args).filter(isFileOrFolder)
    if (given.length) return given
    const selected = this.services.selection().filter(isFileOrFolder)
    if (selected.length) return selected
    const nodes = (await this.services.lists.files.roots()).filter(isFileOrFolder)
    if (!nodes.length) {
      void this.services.messages.done(t('There is no file in the list.'))
      return []
    }
    const items = filesOf(nodes).map(row => ({
      label: label(row),
      description: shortHash(row.itemHash),
      value: fileNode(row),
    }))
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
  await openWith(readUri(address), safeEditors.text)
}

const addressOf = ({ network, itemHash, name }: OpenFile): FileAddress => ({
  kind: 'file',
  networkId: network.id,
  itemHash,
  name,
})

/** On a remote machine 127.0.0.1 is that machine, which the user's browser reaches by another address. */
async function external(link: string, localNode: Pick<LocalNode, 'allowHost'>): Promise<string> {
  if (!isLocalLink(link)) return link
  const { origin, pathname } = new URL(link)
  // Of the origin alone, because some servers forget the path.
  const outside = Uri.joinPath(await env.asExternalUri(Uri.parse(origin)), pathname)
  if (!isLocalLink(outside.toString(true))) await localNode.allowHost(outside.authority)
  return outside.toString(true)
}
/** Where it is installed, it shows any bytes. */
const hexEditor = { extension: 'ms-vscode.hexeditor', viewType: 'hexEditor.hexedit' }

const label = (row: FileRow): string => row.name ?? t('file {hash}', { hash: shortHash(row.fileHash) })

const toOpen = (row: FileRow): OpenFile => ({ ...row, name: label(row) })

export const copy = async (lines: readonly string[]): Promise<void> => env.clipboard.writeText(lines.join('\n'))
