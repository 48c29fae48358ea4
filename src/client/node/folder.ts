// What is in a folder of the local file system: files and empty folders, by paths with slashes.
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { invalidInput } from '../errors.js'
import { readError } from './source.js'

export interface LocalFolder {
  name: string
  entries: { path: string; source?: string }[]
  /** Links, pipes and the like, which are left out: nothing is followed out of the folder. */
  skipped: string[]
}

/** In the order of names. Throws `INVALID_INPUT` for what is no folder, `IO` for what is unreadable. */
export async function readFolder(path: string): Promise<LocalFolder> {
  const name = basename(resolve(path))
  const stats = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw readError(name, cause)
  })
  if (!stats.isDirectory()) throw invalidInput(`${name} is not a folder.`)
  const folder: LocalFolder = { name, entries: [], skipped: [] }
  await collect(path, '', folder)
  return folder
}

async function collect(local: string, prefix: string, folder: LocalFolder): Promise<void> {
  const children = await readdir(local, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw readError(basename(local), cause)
  })
  children.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const child of children) {
    const path = prefix + child.name
    const source = join(local, child.name)
    if (child.isDirectory()) {
      const before = folder.entries.length
      await collect(source, `${path}/`, folder)
      if (folder.entries.length === before) folder.entries.push({ path })
    } else if (child.isFile()) folder.entries.push({ path, source })
    else folder.skipped.push(path)
  }
}
