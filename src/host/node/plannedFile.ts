// Files on disk as an upload plans and reads them: where they really are, how they begin, and that what is read later is
// still what was planned.
import { constants, lstatSync } from 'node:fs'
import { open, realpath, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { AlephError } from '../../client/errors.js'
import type { FileSource } from '../../client/index.js'
import { readError } from '../../client/node/source.js'

const chunkBytes = 512 * 1024
/** A pipe in the place of a file mustn't be waited for. Windows has neither. */
const reading = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

export const realPath = (path: string): Promise<string> => realpath(path)

/** At most so many of the first bytes; all of them where there are fewer. */
export async function firstBytes(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const file = await open(path, reading)
  try {
    const chunks: Uint8Array[] = []
    let left = maxBytes
    const stream = file.createReadStream({ highWaterMark: Math.min(chunkBytes, maxBytes), autoClose: false, signal })
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) break
    }
    return Buffer.concat(chunks)
  } finally {
    await file.close()
  }
}

/**
 * Read only from where it was when it was planned: a link that took its place, or that of a folder above it, isn't followed.
 */
export const plannedFile = (path: string, planned: string, plannedBytes: number): FileSource => ({
  name: basename(path),
  // As it is when the upload begins: a file that was changed after it failed is uploaded as it is now.
  get sizeBytes() {
    return lstatSync(planned, { throwIfNoEntry: false })?.size ?? plannedBytes
  },
  async *stream() {
    const name = basename(path)
    let file: FileHandle | undefined
    try {
      if ((await realpath(path)) !== planned) throw movedAway(name)
      file = await open(planned, reading | (constants.O_NOFOLLOW ?? 0))
      if ((await realpath(planned)) !== planned || !(await file.stat()).isFile()) throw movedAway(name)
      yield* file.createReadStream({ highWaterMark: chunkBytes, autoClose: false }) as AsyncIterable<Uint8Array>
    } catch (cause) {
      if (cause instanceof AlephError) throw cause
      const { code } = cause as NodeJS.ErrnoException
      throw code === 'ELOOP' ? movedAway(name) : readError(name, cause as NodeJS.ErrnoException)
    } finally {
      await file?.close()
    }
  },
})

const movedAway = (name: string) =>
  new AlephError(
    'IO',
    `${name} isn't read, because it isn't the file that the upload was planned with: it, or a folder above it, was moved or became a link. Start the upload again.`,
  )
