// The journal of uploads as files in the extension's own folder, where all windows find them.
import { FileSystemError, Uri, workspace } from 'vscode'
import type { JournalStore } from '../core/upload/journal.js'
import { StoredFile } from './storedFile.js'

export function journalFolder(folder: Uri): JournalStore {
  const orMissing = async <T>(act: () => Thenable<T>): Promise<T | undefined> => {
    try {
      return await act()
    } catch (error) {
      if (error instanceof FileSystemError && error.code === 'FileNotFound') return undefined
      throw error
    }
  }
  return {
    async names() {
      const entries = await orMissing(() => workspace.fs.readDirectory(folder))
      return (entries ?? []).map(([name]) => name)
    },
    async read(name) {
      const bytes = await orMissing(() => workspace.fs.readFile(Uri.joinPath(folder, name)))
      return bytes && new TextDecoder().decode(bytes)
    },
    write: (name, text) => new StoredFile(folder, name).write(text),
    async remove(name) {
      await orMissing(() => workspace.fs.delete(Uri.joinPath(folder, name)))
    },
  }
}
