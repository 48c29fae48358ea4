// Bytes → a file that is there whole or not at all.
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { AlephError } from '../errors.js'

/** Few large writes are faster than many small ones, and hashing goes on meanwhile. */
const bufferBytes = 512 * 1024

/**
 * Writes `chunks` beside `path` under a temporary name and renames it once all of them came; an error removes it. A file that
 * is there keeps its permissions, a symbolic link stays one and its target is written, and what isn't a file (a folder, a
 * device, a pipe) is refused. `mode` is that of a new file from its first byte on. Returns the number of bytes. Throws `IO`
 * when the disk refuses, and whatever `chunks` throw.
 */
export async function saveFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  onWritten: (totalBytes: number) => void,
  mode = 0o666,
): Promise<number> {
  const { target, keptMode } = await io(path, () => placeOf(path))
  const temporary = join(dirname(target), `.${randomUUID()}.part`)
  const file = await io(path, () => open(temporary, 'wx', keptMode ?? mode))
  try {
    let total = 0
    let writing: Promise<unknown> = Promise.resolve()
    let pending: Uint8Array[] = []
    let pendingBytes = 0
    const flush = async () => {
      await writing
      const batch = pending
      pending = []
      total += pendingBytes
      pendingBytes = 0
      writing = io(path, () => file.writev(batch))
      writing.catch(() => undefined) // awaited by the next flush
      onWritten(total)
    }
    for await (const chunk of chunks) {
      pending.push(chunk)
      pendingBytes += chunk.length
      if (pendingBytes >= bufferBytes) await flush()
    }
    if (pendingBytes) await flush()
    await writing
    // What the process masks out of a mode was meant for new files.
    if (keptMode !== undefined) await io(path, () => file.chmod(keptMode))
    await io(path, () => file.close())
    await io(path, () => rename(temporary, target))
    return total
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

/** The file that a path leads to, and its permissions where it is there already. */
async function placeOf(path: string): Promise<{ target: string; keptMode?: number }> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!stats) return { target: await danglingTarget(path) }
  if (stats.isDirectory()) throw systemError('EISDIR')
  if (!stats.isFile()) throw systemError('ENODEV')
  // A file that must not be written isn't replaced either.
  await access(path, constants.W_OK)
  return { target: await realpath(path), keptMode: stats.mode & 0o777 }
}

/** Where a link leads whose target isn't there yet; the path itself where it is no link. */
async function danglingTarget(path: string): Promise<string> {
  let target = path
  for (let links = 0; links < 40; links++) {
    const next = await readlink(target).catch(() => undefined)
    if (next === undefined) return target
    target = resolve(dirname(target), next)
  }
  throw systemError('ELOOP')
}

const systemError = (code: string) => Object.assign(new Error(code), { code })

const reasons: Record<string, string> = {
  ENODEV: 'this is a device, a pipe or a socket, not a file',
  ELOOP: 'its symbolic links lead in circles',
  ENOTDIR: 'a file has the name of its folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  EACCES: 'you have no permission to write there',
  EPERM: 'you have no permission to write there',
  EROFS: 'the disk is read-only',
  ENOENT: 'the folder does not exist',
  ENAMETOOLONG: 'the name is too long',
  EISDIR: 'a folder has this name',
  EFBIG: 'the file system takes no file of this size',
}

async function io<T>(path: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException
    throw new AlephError(
      'IO',
      `${basename(path)} can't be written: ${reasons[code] ?? (code || 'the system gave no reason')}.`,
      { cause },
    )
  }
}
