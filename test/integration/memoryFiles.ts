// A folder that exists in memory only, as virtual and remote workspaces have them.
import * as vscode from 'vscode'

export const memoryScheme = 'aleph-test-memory'

/** With `isSizeKnown: false` every file has size 0, as those of git and of some servers do. */
export function registerMemoryFiles(
  files: Record<string, Uint8Array>,
  { isSizeKnown = true }: { isSizeKnown?: boolean } = {},
): vscode.Disposable {
  const none = () => {
    throw vscode.FileSystemError.NoPermissions()
  }
  const inside = (folder: string) => Object.keys(files).filter(path => path.startsWith(`${folder}/`))
  return vscode.workspace.registerFileSystemProvider(memoryScheme, {
    onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
    watch: () => new vscode.Disposable(() => undefined),
    stat({ path }) {
      const bytes = files[path]
      if (!bytes && !inside(path).length) throw vscode.FileSystemError.FileNotFound(path)
      const type = bytes ? vscode.FileType.File : vscode.FileType.Directory
      return { type, size: isSizeKnown ? (bytes?.length ?? 0) : 0, ctime: 0, mtime: 0 }
    },
    readDirectory: ({ path }) => {
      const names = new Set(inside(path).map(file => file.slice(path.length + 1).split('/')[0] ?? ''))
      return [...names].map(name => [name, files[`${path}/${name}`] ? vscode.FileType.File : vscode.FileType.Directory])
    },
    readFile({ path }) {
      const bytes = files[path]
      if (!bytes) throw vscode.FileSystemError.FileNotFound(path)
      return bytes
    },
    createDirectory: none,
    writeFile: none,
    delete: none,
    rename: none,
  })
}
