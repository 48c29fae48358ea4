// Files wherever a workspace has them. Those on disk are handed over as paths and streamed from there; those of remote
// and virtual workspaces are read through VS Code.
import { FileSystemError, FileType, Uri, workspace } from 'vscode'
import { AlephError } from '../client/errors.js'
import type { FileSource } from '../client/index.js'
import { pathFilter, type PathFilter } from '../core/glob.js'
import type { FileAccess } from '../core/upload/collect.js'
import type { UploadItem } from '../core/upload/plan.js'
import { settingNames, settingsSection } from '../shared/ids.js'
import type { Settings } from './settings.js'

/** Ignore files are short; anything else of that name is a mistake. */
const maxTextBytes = 1_000_000

const keyOf = (uri: Uri): string => uri.toString().replace(/\/+$/, '')

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

  async text(uri) {
    if ((await workspace.fs.stat(uri)).size > maxTextBytes)
      throw new AlephError('TOO_LARGE', `${workspaceFiles.name(uri)} has more than 1 MB.`)
    return new TextDecoder().decode(await workspace.fs.readFile(uri))
  },

  name: uri => uri.path.replace(/\/+$/, '').split('/').at(-1) || uri.authority || 'file',

  key: keyOf,

  above(uri) {
    const root = workspace.getWorkspaceFolder(uri)?.uri
    if (!root) return []
    const folders: Uri[] = []
    for (let folder = uri; keyOf(folder) !== keyOf(root);) {
      const parent = Uri.joinPath(folder, '..')
      if (parent.path === folder.path) return []
      folders.unshift((folder = parent))
    }
    return folders
  },

  inside: (folder, name) => Uri.joinPath(folder, name),

  source: (uri, sizeBytes) =>
    uri.scheme === 'file'
      ? uri.fsPath
      : {
          sizeBytes,
          async *stream() {
            yield await read(uri)
          },
        },
}

/** A file that an earlier window began to upload; that it is gone is seen when it is read. */
export function keptSource({ key, sizeBytes, name }: Pick<UploadItem, 'key' | 'sizeBytes' | 'name'>): FileSource {
  if (key !== undefined) return workspaceFiles.source(Uri.parse(key, true), sizeBytes)
  const stream = () => {
    throw new AlephError('IO', `${name} can't be read again because it wasn't kept.`)
  }
  return { sizeBytes, stream }
}

/** Whole: VS Code has no other way. What fails is said as it is of files on disk. */
async function read(uri: Uri): Promise<Uint8Array> {
  try {
    return await workspace.fs.readFile(uri)
  } catch (cause) {
    const name = workspaceFiles.name(uri)
    const isGone = cause instanceof FileSystemError && cause.code === 'FileNotFound'
    const reason = isGone ? 'it does not exist any more' : 'the workspace it is in does not give it'
    throw new AlephError('IO', `${name} can not be read: ${reason}.`, { cause })
  }
}

/** Which setting leaves out a file inside a folder: ours by its path there, VS Code's by its path in the workspace. */
export function settingExclusion(settings: Settings): (file: Uri, path: string) => string | undefined {
  const { isExcluded } = settings
  const hidden = new Map<string, PathFilter>()
  const isHidden = (file: Uri): boolean => {
    const root = workspace.getWorkspaceFolder(file)
    const key = root?.uri.toString() ?? ''
    const filter = hidden.get(key) ?? hiddenBy(root?.uri)
    hidden.set(key, filter)
    return filter(workspace.asRelativePath(file, false))
  }
  return (file, path) => {
    if (isExcluded(path)) return `${settingsSection}.${settingNames.uploadExclude}`
    return isHidden(file) ? 'files.exclude' : undefined
  }
}

/** Patterns with a condition, as `{ "**\/*.js": { "when": "$(basename).ts" } }`, hide what others show: they stay out of it. */
function hiddenBy(scope: Uri | undefined): PathFilter {
  const patterns = workspace.getConfiguration('files', scope).get<Record<string, unknown>>('exclude') ?? {}
  return pathFilter(Object.keys(patterns).filter(pattern => patterns[pattern] === true))
}
