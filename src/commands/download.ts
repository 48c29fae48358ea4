// Downloads: one file to a place of choice, several or a folder into a chosen folder. Everything is verified, nothing is
// replaced unasked, and one toast tells how it went.
import { commands as vscodeCommands, FileSystemError, Uri, workspace } from 'vscode'
import { AlephError, isAlephError, throwIfAborted } from '../client/errors.js'
import { Download, downloadItems, keepBoth, type DownloadItem } from '../core/download.js'
import type { Format } from '../core/format.js'
import type { ListNode } from '../core/nodes.js'
import { reasonText } from '../core/reason.js'
import type { FileRow } from '../core/rows.js'
import type { ClientFor } from '../core/storageClient.js'
import { Failure } from '../host/failure.js'
import type { Log } from '../host/log.js'
import type { Messages } from '../host/messages.js'
import { transferring, whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { safeFileName, safeLabel } from '../shared/safeText.js'

export interface DownloadServices {
  clientFor: ClientFor
  format: Format
  prompts: Prompts
  messages: Messages
  log: Log
}

/** Where it all goes, to be shown in the end. */
interface Target {
  uri: Uri
  isFile: boolean
}

export class Downloads {
  constructor(private readonly services: DownloadServices) {}

  /** Whoever chose a place in the dialog was asked there whether something may be replaced. */
  async one(row: DownloadItem['row'], name: string): Promise<void> {
    const target = await this.services.prompts.saveFile(t('Download {name}', { name }), suggestedTarget(name))
    if (!target) return
    const items = [{ row, path: [name] }]
    await this.#run(
      this.#download(items, () => target),
      name,
      { uri: target, isFile: true },
    )
  }

  async many(nodes: readonly ListNode[], nameOf: (row: FileRow) => string): Promise<void> {
    const { prompts, format } = this.services
    const planned = downloadItems(nodes, nameOf)
    const name = planName(nodes, planned, format)
    const folder = await prompts.openFolder(t('Download {name} to a folder', { name }), t('Download Here'))
    if (!folder) return
    const items = await this.#settle(planned, folder)
    if (!items) return
    if (!items.length) {
      const text =
        planned.length === 1
          ? t('Nothing was downloaded: the file is there already.')
          : t('Nothing was downloaded: all {count} files are there already.', { count: format.number(planned.length) })
      void this.services.messages.done(text)
      return
    }
    await this.#run(
      this.#download(items, ({ path }) => Uri.joinPath(folder, ...path)),
      name,
      { uri: folder, isFile: false },
    )
  }

  /** What to do about files that are there already; undefined when the user gave up. */
  async #settle(items: readonly DownloadItem[], folder: Uri): Promise<readonly DownloadItem[] | undefined> {
    const { existing, inTheWay } = await whenSlow(t('Looking at the folder'), signal => lookAt(items, folder, signal))
    if (!inTheWay.size) return items
    const { format, prompts } = this.services
    const [first] = inTheWay
    const values = { name: first?.path.join('/') ?? '', count: format.number(inTheWay.size) }
    const [replace, both, skip] = [t('Replace All'), t('Keep Both'), t('Skip')]
    const answer = await prompts.choose({
      message:
        inTheWay.size === 1 ? t('{name} is there already.', values) : t('{count} files are there already.', values),
      detail: t('Keep Both gives what is downloaded another name. Skip leaves these files out.'),
      actions: [replace, both, skip],
    })
    if (answer === replace) return items
    if (answer === both) return keepBoth(items, item => inTheWay.has(item), existing)
    return answer === skip ? items.filter(item => !inTheWay.has(item)) : undefined
  }

  #download(items: readonly DownloadItem[], placeOf: (item: DownloadItem) => Uri): Download {
    return new Download(items, async (item, { signal, onProgress }) => {
      const { network, itemHash } = item.row
      const { storage } = this.services.clientFor(network)
      const target = placeOf(item)
      if (item.path.length > 1) await onDisk(item, () => workspace.fs.createDirectory(Uri.joinPath(target, '..')))
      // On disk the bytes are streamed to a temporary name; elsewhere VS Code takes them whole.
      if (target.scheme === 'file')
        await storage.downloadTo(itemHash, target.fsPath, {
          signal,
          onProgress: ({ receivedBytes, totalBytes }) => onProgress(receivedBytes, totalBytes),
        })
      else {
        const bytes = await inMemory(() => storage.getFile(itemHash, { signal }))
        await onDisk(item, () => workspace.fs.writeFile(target, bytes))
        onProgress(bytes.length, bytes.length)
      }
    })
  }

  async #run(download: Download, name: string, target: Target): Promise<void> {
    const { format, log } = this.services
    await transferring(t('Downloading {name}', { name }), download, format, signal => download.run(signal))
    for (const { item, error } of download.of('failed')) log.error('download', `${item.path.join('/')} failed`, error)
    void this.#report(download, name, target)
  }

  /** One toast, whatever happened. */
  async #report(download: Download, name: string, target: Target): Promise<void> {
    const { messages, format } = this.services
    const done = download.of('done')
    const failed = download.of('failed')
    const total = download.entries.length
    const show = { [target.isFile ? t('Open') : t('Open Folder')]: () => showTarget(target) }
    if (failed.length) {
      const retry = total === 1 ? t('Retry') : t('Retry Failed ({count})', { count: failed.length })
      return messages.failedWork(done.length > 0, this.#failureText(download), {
        [retry]: () => this.#run(download, name, target),
        ...(done.length ? show : {}),
      })
    }
    if (!done.length) return
    const counts = { done: format.number(done.length), total: format.number(total) }
    if (done.length < total)
      return messages.done(t('Download cancelled: {done} of {total} files are there, verified.', counts), show)
    const text =
      total === 1
        ? t('Downloaded {name}, verified.', { name: download.entries[0]?.item.path.at(-1) ?? name })
        : t('Downloaded {total} files, verified.', counts)
    return messages.done(text, show)
  }

  #failureText(download: Download): string {
    const { format } = this.services
    const failed = download.of('failed')
    const name = safeLabel(failed[0]?.item.path.at(-1) ?? '', 60)
    const reason = reasonText(failed[0]?.error, t)
    if (download.entries.length === 1) return t('Could not download {name}: {reason}', { name, reason })
    const counts = { failed: format.number(failed.length), total: format.number(download.entries.length) }
    return t('Could not download {failed} of {total} files. {name}: {reason}', { ...counts, name, reason })
  }
}

function planName(nodes: readonly ListNode[], items: readonly DownloadItem[], format: Format): string {
  const [only, ...others] = nodes
  if (only?.kind === 'folder' && !others.length) return only.name
  return items.length === 1 ? (items[0]?.path.at(-1) ?? '') : t('{count} files', { count: format.number(items.length) })
}

/** Which names the folder holds, and which of the files have something in their place. */
async function lookAt(items: readonly DownloadItem[], folder: Uri, signal: AbortSignal) {
  const existing = (await readFolder(folder)).map(([name]) => name)
  // Most of the time nothing has the same name at the top, and then nothing below it needs to be looked at.
  const tops = new Set(existing.map(plainName))
  const doubtful = items.filter(({ path }) => tops.has(plainName(path[0] ?? '')))
  const inTheWay = new Set<DownloadItem>()
  for (let at = 0; at < doubtful.length; at += lookedAtOnce) {
    throwIfAborted(signal)
    await Promise.all(
      doubtful.slice(at, at + lookedAtOnce).map(async item => {
        if (await exists(Uri.joinPath(folder, ...item.path))) inTheWay.add(item)
      }),
    )
  }
  return { existing, inTheWay }
}

const lookedAtOnce = 50

const plainName = (name: string) => name.normalize('NFC').toLowerCase()

async function readFolder(folder: Uri) {
  try {
    return await workspace.fs.readDirectory(folder)
  } catch (cause) {
    throw new Failure(t('The folder can not be read, so nothing was downloaded.'), { cause })
  }
}

async function exists(uri: Uri): Promise<boolean> {
  try {
    await workspace.fs.stat(uri)
    return true
  } catch {
    return false
  }
}

async function inMemory(get: () => Promise<File>): Promise<Uint8Array> {
  try {
    return new Uint8Array(await (await get()).arrayBuffer())
  } catch (cause) {
    if (!isAlephError(cause, 'TOO_LARGE')) throw cause
    const reason = t('it is too large for this place. A folder on this computer takes files of any size.')
    throw new AlephError('TOO_LARGE', reason, { cause })
  }
}

/** What VS Code can not write has a reason in words, like everything else. */
async function onDisk({ path }: DownloadItem, act: () => Thenable<void>): Promise<void> {
  try {
    await act()
  } catch (cause) {
    const reasons: Record<string, string> = {
      NoPermissions: t('you have no permission to write there.'),
      FileExists: t('a file has the name of its folder.'),
      FileNotADirectory: t('a file has the name of its folder.'),
      FileIsADirectory: t('a folder has this name.'),
    }
    const reason = cause instanceof FileSystemError ? reasons[cause.code] : undefined
    throw new AlephError('IO', reason ?? t('{name} can not be written there.', { name: path.at(-1) ?? '' }), { cause })
  }
}

/** A folder in the workspace shows in the explorer, another one in a window of its own. */
async function showTarget({ uri, isFile }: Target): Promise<void> {
  if (isFile) await vscodeCommands.executeCommand('vscode.open', uri)
  else if (workspace.getWorkspaceFolder(uri)) await vscodeCommands.executeCommand('revealInExplorer', uri)
  else await vscodeCommands.executeCommand('vscode.openFolder', uri, { forceNewWindow: true })
}

function suggestedTarget(name: string): Uri | undefined {
  const folder = workspace.workspaceFolders?.[0]?.uri
  return folder && Uri.joinPath(folder, safeFileName(name))
}
