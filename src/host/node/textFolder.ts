// Small texts by name as files in the extension's own folder, where all windows find them. Not through VS Code's file
// system: its channel is closed by the time a window that ends says what it leaves.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface TextFolder {
  names(): Promise<string[]>
  read(name: string): Promise<string | undefined>
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}

export function textFolder(folder: string): TextFolder {
  const orMissing = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  return {
    names: async () => (await orMissing(() => readdir(folder))) ?? [],
    read: name => orMissing(() => readFile(join(folder, name), 'utf8')),
    /** To a name of its own first, so that nobody ever reads half a file. */
    async write(name, text) {
      await mkdir(folder, { recursive: true })
      const draft = join(folder, `${name}.${crypto.randomUUID()}`)
      await writeFile(draft, text)
      await rename(draft, join(folder, name))
    },
    remove: name => rm(join(folder, name), { force: true }),
  }
}
