// Files wherever a workspace has them. Those on disk are handed over as paths and streamed from there; those of remote
// and virtual workspaces are read through VS Code.
import { FileSystemError, FileType, Uri, workspace } from 'vscode'
import { AlephError } from '../client/errors.js'
import type { FileSource } from '../client/index.js'
import type { FileAccess } from '../core/upload/collect.js'
import type { UploadItem } from '../core/upload/plan.js'
import { firstBytes, plannedFile, realPath } from './node/plannedFile.js'

/** Ignore files are short; anything else of that name is a mistake. */
const maxTextBytes = 100_000
/** Of files that have to be read to know their size, or how they begin. */
const maxWholeBytes = 100_000_000
/** Special files such as pipes can keep a reader waiting. */
const patienceMs = 10_000

const keyOf = (uri: Uri): string => uri.toString().replace(/\/+$/, '')

function foldersOf(uri: Uri): Uri[] {
  const parent = Uri.joinPath(uri, '..')
  return parent.path === uri.path ? [] : [...foldersOf(parent), parent]
}

export const workspaceFiles: FileAccess<Uri> = {
  async stat(uri) {
    const { type, size } = await workspace.fs.stat(uri)
    const kind = type & FileType.Directory ? 'folder' : type & FileType.File ? 'file' : 'other'
    if (kind !== 'file' || size > 0) return { kind, sizeBytes: size }
    // `git:`, FTP and `/proc` tell the size of nothing; only reading does.
    const bytes = await oneAtATime(() => readWhole(uri))
    // Files of `/proc` are never the same twice; those of other file systems are read again when it is their turn.
    return { kind, sizeBytes: bytes.length, ...(uri.scheme === 'file' ? { bytes } : {}) }
  },

  async list(folder) {
    const entries = await workspace.fs.readDirectory(folder)
    return entries.map(([name, type]) => ({
      name,
      file: Uri.joinPath(folder, name),
      isLink: (type & FileType.SymbolicLink) !== 0,
    }))
  },

  async head(uri, maxBytes) {
    if (uri.scheme === 'file') return firstBytes(uri.fsPath, maxBytes, AbortSignal.timeout(patienceMs))
    const { size } = await workspace.fs.stat(uri)
    if (size > maxBytes) throw tooLarge(uri)
    return (await readWhole(uri)).subarray(0, maxBytes)
  },

  async text(uri) {
    const { size } = await workspace.fs.stat(uri)
    if (size > maxTextBytes) throw new AlephError('TOO_LARGE', 'it is larger than 100 kB')
    const bytes = await workspace.fs.readFile(uri)
    if (bytes.length > maxTextBytes) throw new AlephError('TOO_LARGE', 'it is larger than 100 kB')
    try {
      // As an editor shows it: by its BOM, else by `files.encoding`.
      return await workspace.decode(bytes, { uri })
    } catch (cause) {
      throw new AlephError('INVALID_INPUT', "VS Code can't read it as text", { cause })
    }
  },

  path: uri => uri.path,

  async real(uri) {
    return uri.scheme === 'file' ? Uri.file(await realPath(uri.fsPath)) : undefined
  },

  name: uri => uri.path.replace(/\/+$/, '').split('/').at(-1) || uri.authority || 'file',

  key: keyOf,

  folders: foldersOf,

  above(uri) {
    const root = workspace.getWorkspaceFolder(uri)?.uri
    if (!root) return []
    const folders = foldersOf(uri)
    const index = folders.findIndex(folder => keyOf(folder) === keyOf(root))
    return index < 0 ? [] : folders.slice(index)
  },

  inside: (folder, name) => Uri.joinPath(folder, name),

  source: (uri, sizeBytes, real) =>
    uri.scheme === 'file' && real
      ? plannedFile(uri.fsPath, real.fsPath, sizeBytes)
      : {
          sizeBytes,
          async *stream() {
            yield await read(uri)
          },
        },
}

/**
 * A file whose signed message an earlier window kept. Whether it's still there is seen when it is read, and whatever took its
 * place isn't sent: its hash isn't the one that was signed.
 */
export function keptSource({ key, sizeBytes, name }: Pick<UploadItem, 'key' | 'sizeBytes' | 'name'>): FileSource {
  const uri = key === undefined ? undefined : Uri.parse(key, true)
  if (uri) return uri.scheme === 'file' ? uri.fsPath : workspaceFiles.source(uri, sizeBytes, undefined)
  const stream = () => {
    throw new AlephError('IO', `${name} can't be read again because it wasn't kept.`)
  }
  return { sizeBytes, stream }
}

let reading: Promise<unknown> = Promise.resolve()

/** Many whole files at a time would fill the memory. */
function oneAtATime<T>(read: () => Promise<T>): Promise<T> {
  const next = reading.then(read)
  reading = next.catch(() => undefined)
  return next
}

/** Throws `TOO_LARGE` above 100 MB. */
async function readWhole(uri: Uri): Promise<Uint8Array> {
  const bytes =
    uri.scheme === 'file'
      ? await firstBytes(uri.fsPath, maxWholeBytes + 1, AbortSignal.timeout(patienceMs))
      : await workspace.fs.readFile(uri)
  if (bytes.length > maxWholeBytes) throw tooLarge(uri)
  return bytes
}

const tooLarge = (uri: Uri) => new AlephError('TOO_LARGE', `${workspaceFiles.name(uri)} is larger than 100 MB.`)

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
