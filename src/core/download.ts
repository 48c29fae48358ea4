// Which files go where in a chosen folder, and bringing them there a few at a time. Names and paths are of the network:
// each part is made harmless, none leads out of the folder, and no two files share a place, on no file system.
import { isAlephError } from '../client/errors.js'
import { Emitter } from '../shared/emitter.js'
import { safeFileName } from '../shared/safeText.js'
import type { FolderNode, ListNode } from './nodes.js'
import type { FileRow } from './rows.js'
import type { TransferProgress } from './upload/transfer.js'

export interface DownloadItem {
  readonly row: Pick<FileRow, 'network' | 'itemHash' | 'sizeBytes'>
  /** Below the chosen folder. */
  readonly path: readonly string[]
}

/** The files of these rows, each once; a folder's keep their places in it. */
export function downloadItems(nodes: readonly ListNode[], nameOf: (row: FileRow) => string): DownloadItem[] {
  const items = new Map<string, DownloadItem>()
  const add = (row: FileRow, path: readonly string[]) => {
    if (!items.has(row.itemHash)) items.set(row.itemHash, { row, path: path.map(part => safeFileName(part)) })
  }
  // Outer folders first, so that what is selected within them too keeps its place.
  const folders = nodes.filter((node): node is FolderNode => node.kind === 'folder').sort((a, b) => a.depth - b.depth)
  for (const { name, depth, rows } of folders)
    for (const row of rows) add(row, [name, ...(row.folder?.path ?? []).slice(depth)])
  for (const node of nodes) if (node.kind === 'file') add(node.row, [node.row.folder?.path.at(-1) ?? nameOf(node.row)])
  return distinct([...items.values()])
}

/** How a name is known on file systems that do not care for case, in whichever way they fold it, or for how accents are encoded. */
const keyOf = (path: readonly string[]): string =>
  path.join('/').normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')

/** Gives a second file of the same name another one. */
function distinct(items: readonly DownloadItem[]): DownloadItem[] {
  const names = new Names()
  for (const { path } of items) for (let end = 1; end < path.length; end++) names.take(path.slice(0, end))
  return items.map(({ row, path }) => ({ row, path: names.takeFree(path) }))
}

/** Which places are taken, and free ones beside them. */
class Names {
  readonly #taken = new Set<string>()
  /** Where to go on counting: thousands of files can have one name. */
  readonly #numbers = new Map<string, number>()

  take(path: readonly string[]): void {
    this.#taken.add(keyOf(path))
  }

  /** The path itself, or with `name (2)`, `name (3)` … instead of the name; a file keeps its extension. */
  takeFree(path: readonly string[], isFolder = false): string[] {
    const folder = path.slice(0, -1)
    const name = path.at(-1) ?? ''
    const dot = isFolder ? -1 : name.lastIndexOf('.')
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
    let free = [...path]
    let number = this.#numbers.get(keyOf(path)) ?? 2
    for (; this.#taken.has(keyOf(free)); number++) free = [...folder, `${stem} (${number})${extension}`]
    this.#numbers.set(keyOf(path), number)
    this.take(free)
    return free
  }
}

/**
 * Where something is in the way, the file or the whole folder gets another name. `isInTheWay` holds for items whose place
 * is taken, `existing` are all names in the chosen folder.
 */
export function keepBoth(
  items: readonly DownloadItem[],
  isInTheWay: (item: DownloadItem) => boolean,
  existing: readonly string[],
): DownloadItem[] {
  const names = new Names()
  for (const name of existing) names.take([name])
  for (const { path } of items) names.take(path.slice(0, 1))
  const renamed = new Map<string, readonly string[]>()
  for (const item of items) {
    const top = item.path.slice(0, 1)
    if (!renamed.has(keyOf(top)) && isInTheWay(item)) renamed.set(keyOf(top), names.takeFree(top, item.path.length > 1))
  }
  return items.map(({ row, path }) => {
    const top = path.slice(0, 1)
    return { row, path: [...(renamed.get(keyOf(top)) ?? top), ...path.slice(1)] }
  })
}

const concurrency = 4

export interface DownloadEntry {
  readonly item: DownloadItem
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  receivedBytes: number
  /** As its author said, until the node says how much it sends. */
  totalBytes: number
  error?: unknown
}

/** Brings one file to its place; it is there whole and verified, or not at all. */
export type SaveItem = (
  item: DownloadItem,
  options: { signal: AbortSignal; onProgress: (receivedBytes: number, totalBytes: number | undefined) => void },
) => Promise<void>

export class Download {
  readonly entries: readonly DownloadEntry[]
  readonly #progressed = new Emitter<void>()
  /** Fires for every chunk: listeners throttle. */
  readonly onDidProgress = this.#progressed.event

  constructor(
    items: readonly DownloadItem[],
    private readonly save: SaveItem,
  ) {
    this.entries = items.map(item => ({
      item,
      state: 'waiting',
      receivedBytes: 0,
      totalBytes: item.row.sizeBytes ?? 0,
    }))
  }

  of(state: DownloadEntry['state']): DownloadEntry[] {
    return this.entries.filter(entry => entry.state === state)
  }

  get progress(): TransferProgress {
    const progress = { sentBytes: 0, totalBytes: 0, doneFiles: 0, totalFiles: this.entries.length }
    for (const { state, receivedBytes, totalBytes } of this.entries) {
      progress.sentBytes += receivedBytes
      // What an author said of the size can be wrong.
      progress.totalBytes += state === 'done' ? receivedBytes : Math.max(receivedBytes, totalBytes)
      if (state === 'done') progress.doneFiles++
    }
    return progress
  }

  /** Brings whatever is not there yet, so a second run is a retry. Resolves also when files failed or `signal` fired. */
  async run(signal: AbortSignal): Promise<void> {
    const queue = this.entries.filter(({ state }) => state !== 'done')
    for (const entry of queue) Object.assign(entry, { state: 'waiting', receivedBytes: 0 })
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await this.#bring(next, signal)
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, worker))
  }

  async #bring(entry: DownloadEntry, signal: AbortSignal): Promise<void> {
    delete entry.error
    if (signal.aborted) {
      entry.state = 'cancelled'
      return
    }
    entry.state = 'running'
    try {
      await this.save(entry.item, {
        signal,
        onProgress: (receivedBytes, totalBytes) => {
          entry.receivedBytes = receivedBytes
          entry.totalBytes = totalBytes ?? entry.totalBytes
          this.#progressed.fire()
        },
      })
      entry.state = 'done'
    } catch (error) {
      entry.state = signal.aborted && isAlephError(error, 'ABORTED') ? 'cancelled' : 'failed'
      entry.error = error
    }
    this.#progressed.fire()
  }
}
