// Files wherever a workspace has them. Those on disk are handed over as paths and streamed from there; those of remote
// and virtual workspaces are read through VS Code.
import { FileType, Uri, workspace } from 'vscode'
import type { FileAccess } from '../core/uploadPlan.js'

export const workspaceFiles: FileAccess<Uri> = {
  async stat(uri) {
    const { type, size } = await workspace.fs.stat(uri)
    const kind = type & FileType.Directory ? 'folder' : type & FileType.File ? 'file' : 'other'
    return { kind, sizeBytes: size }
  },

  async list(folder) {
    const entries = await workspace.fs.readDirectory(folder)
    return entries.map(([name, type]) => ({
      name,
      file: Uri.joinPath(folder, name),
      isLink: (type & FileType.SymbolicLink) !== 0,
    }))
  },

  name: uri => uri.path.replace(/\/+$/, '').split('/').at(-1) || uri.authority || 'file',

  key: uri => uri.toString().replace(/\/+$/, ''),

  source: (uri, sizeBytes) =>
    uri.scheme === 'file'
      ? uri.fsPath
      : {
          sizeBytes,
          async *stream() {
            yield await workspace.fs.readFile(uri)
          },
        },
}
