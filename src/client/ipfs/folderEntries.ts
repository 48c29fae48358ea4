// The paths of a folder that is to be stored: whatever a caller hands over becomes a tree without surprises.
import { invalidInput, throwIfAborted } from '../errors.js'
import type { OpenFolderEntry } from '../lazy/ipfsFolder.js'
import { readFolder } from '../node/folder.js'
import { openSource, type FileSource } from '../node/source.js'

/** A file of a folder; without a source, an empty folder. */
export interface FolderEntry {
  /** Relative, with slashes. */
  path: string
  source?: FileSource
}

/** A folder of the local file system, or its files one by one. */
export type FolderSource = string | Iterable<FolderEntry> | AsyncIterable<FolderEntry>

export interface OpenFolder {
  name: string | undefined
  entries: OpenFolderEntry[]
  files: number
  sizeBytes: number
  skipped: string[]
}

export async function openFolder(source: FolderSource, signal: AbortSignal | undefined): Promise<OpenFolder> {
  const local = typeof source === 'string' ? await readFolder(source) : undefined
  const given = local?.entries ?? source
  if (typeof given !== 'object' || given === null || !(Symbol.asyncIterator in given || Symbol.iterator in given))
    throw invalidInput('A folder must be a path, or an iterable of { path, source }.')
  const paths = new PathTree()
  const folder: OpenFolder = { name: local?.name, entries: [], files: 0, sizeBytes: 0, skipped: local?.skipped ?? [] }
  for await (const entry of given as AsyncIterable<FolderEntry>) {
    throwIfAborted(signal)
    if (typeof entry !== 'object' || entry === null)
      throw invalidInput('Each file of a folder must be { path, source }.')
    const { path, source: content } = entry
    paths.add(path, content !== undefined)
    const file = content === undefined ? undefined : await openSource(content)
    folder.entries.push({ path, file })
    if (!file) continue
    folder.files++
    folder.sizeBytes += file.sizeBytes
  }
  return folder
}

/** Tells paths that can not stand in one folder together. */
class PathTree {
  readonly #files = new Set<string>()
  readonly #folders = new Set<string>()

  add(path: unknown, isFile: boolean): void {
    assertPath(path)
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash)
      if (this.#files.has(parent)) throw invalidInput(`“${parent}” can not be a file and a folder.`)
      this.#folders.add(parent)
    }
    if (this.#files.has(path) || (this.#folders.has(path) && isFile))
      throw invalidInput(`“${path}” is in the folder twice.`)
    ;(isFile ? this.#files : this.#folders).add(path)
  }
}

function assertPath(path: unknown): asserts path is string {
  if (typeof path !== 'string' || path === '') throw invalidInput('Each file of a folder needs a path.')
  const reason = path.startsWith('/')
    ? 'it is absolute'
    : path.includes('\\')
      ? 'it has a backslash; names are separated by slashes'
      : path.split('/').some(name => name === '' || name === '.' || name === '..')
        ? 'it has an empty name, “.” or “..”'
        : /[\0\p{Cs}]/u.test(path)
          ? 'it has a character that no path may have'
          : undefined
  if (reason) throw invalidInput(`The path “${path.slice(0, 200)}” can not be stored: ${reason}.`)
}
