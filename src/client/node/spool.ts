// A private temporary file of this program: written once, read again also by a later process, removed by whoever is done.
import { lstat, mkdtemp, rm, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { saveFile } from './saveFile.js'

const folderPrefix = 'aleph-encrypted-'
const fileName = 'file.age'

export interface Spool {
  path: string
  sizeBytes: number
}

/** Writes `chunks` to a file that only this user can read. Throws `IO`, and whatever `chunks` throw; then nothing is left. */
export async function writeSpool(chunks: AsyncIterable<Uint8Array>): Promise<Spool> {
  // mkdtemp makes it for this user alone.
  const folder = await mkdtemp(join(tmpdir(), folderPrefix)).catch((cause: NodeJS.ErrnoException) => {
    throw noRoom(cause.code ?? 'the system gave no reason', cause)
  })
  const path = join(folder, fileName)
  try {
    return { path, sizeBytes: await saveFile(path, chunks, () => undefined, 0o600) }
  } catch (error) {
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    // An unreadable source is an `IO` error of its own.
    if (isAlephError(error, 'IO') && error.message.startsWith(fileName)) throw noRoom(error.message, error)
    throw error
  }
}

const noRoom = (reason: string, cause: unknown) =>
  new AlephError(
    'IO',
    `The encrypted copy, which an upload needs in the folder for temporary files (${tmpdir()}), can not be written: ${reason.replace(/^.*: |\.$/g, '')}. Make room there, or set TMPDIR to another folder.`,
    { cause },
  )

/** Throws `INVALID_INPUT` unless `path` is a file that `writeSpool` made, with so many bytes. */
export async function assertSpool({ path, sizeBytes }: Spool): Promise<void> {
  const isOurs =
    typeof path === 'string' && basename(path) === fileName && basename(dirname(path)).startsWith(folderPrefix)
  const stats = isOurs ? await lstat(path).catch(() => undefined) : undefined
  if (!stats?.isFile() || stats.size !== sizeBytes)
    throw invalidInput('The encrypted copy of this upload is gone or was changed: begin the upload again.')
}

/** Removes a spool and its folder, and nothing else. */
export async function removeSpool(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined)
  await rmdir(dirname(path)).catch(() => undefined)
}
