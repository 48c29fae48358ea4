// Bytes → a file that is there whole or not at all.
import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AlephError } from '../errors.js'

/** Few large writes are faster than many small ones, and hashing goes on meanwhile. */
const bufferBytes = 512 * 1024

/**
 * Writes `chunks` beside `path` under a temporary name and renames it once all of them came; an error removes it.
 * `mode` is that of the file from its first byte on. Returns the number of bytes. Throws `IO` when the disk refuses, and whatever `chunks` throw.
 */
export async function saveFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  onWritten: (totalBytes: number) => void,
  mode = 0o666,
): Promise<number> {
  const temporary = join(dirname(path), `.${randomUUID()}.part`)
  const file = await io(path, () => open(temporary, 'wx', mode))
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
    await io(path, () => file.close())
    await io(path, () => rename(temporary, path))
    return total
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(temporary, { force: true }).catch(() => undefined)
    throw error
  }
}

const reasons: Record<string, string> = {
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
      `${basename(path)} can not be written: ${reasons[code] ?? (code || 'the system gave no reason')}.`,
      { cause },
    )
  }
}
