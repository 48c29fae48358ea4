// Where the bytes of an upload come from: a path, bytes, a Blob or a stream factory, all read as a stream, and more
// than once if need be.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { AlephError, invalidInput } from '../errors.js'
import { pieces } from '../pieces.js'

/** A source that can be read again from the start, for callers with files of their own kind. */
export interface StreamSource {
  stream(): AsyncIterable<Uint8Array>
  sizeBytes: number
  name?: string
  type?: string
}

/** A path of the local file system, bytes, a `Blob` or `File`, or a stream factory. */
export type FileSource = string | Uint8Array | Blob | StreamSource

export interface OpenSource {
  name: string | undefined
  type: string | undefined
  sizeBytes: number
  /** The bytes from the start; throws `INVALID_INPUT` when there are not `sizeBytes` of them, `IO` when unreadable. */
  read(): AsyncIterable<Uint8Array>
  /** Of a path: when it was written last, in milliseconds. */
  modifiedMs?: number
  /** Of a path: throws `INVALID_INPUT` when it is not as it was when it was opened. */
  assertUnchanged?(): Promise<void>
}

const chunkBytes = 512 * 1024

/** Looks at the source without reading it. Throws `INVALID_INPUT` for what is no file, `IO` for what is unreadable. */
export async function openSource(source: FileSource): Promise<OpenSource> {
  if (typeof source === 'string') return openPath(source)
  if (source instanceof Uint8Array) {
    return { name: undefined, type: undefined, sizeBytes: source.length, read: () => pieces(source) }
  }
  if (source instanceof Blob) {
    const name = source instanceof File ? source.name : undefined
    return {
      name,
      type: source.type || undefined,
      sizeBytes: source.size,
      read: () => counted(source.stream() as AsyncIterable<Uint8Array>, source.size, name),
    }
  }
  if (
    typeof source === 'object' &&
    source !== null &&
    typeof source.stream === 'function' &&
    Number.isInteger(source.sizeBytes) &&
    source.sizeBytes >= 0
  ) {
    // Once: it may be another one later.
    const { name, type, sizeBytes } = source
    return { name, type, sizeBytes, read: () => counted(source.stream(), sizeBytes, name) }
  }
  throw invalidInput('A file must be a path, bytes, a Blob, or an object with stream() and sizeBytes.')
}

async function openPath(path: string): Promise<OpenSource> {
  const stats = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw readError(basename(path), cause)
  })
  if (!stats.isFile()) throw invalidInput(`${basename(path)} is not a file.`)
  const name = basename(path)
  return {
    name,
    type: undefined,
    sizeBytes: stats.size,
    read: () => counted(readPath(path, name), stats.size, name),
    modifiedMs: stats.mtimeMs,
    async assertUnchanged() {
      const now = await stat(path).catch((cause: NodeJS.ErrnoException) => {
        throw readError(name, cause)
      })
      if (now.size !== stats.size || now.mtimeMs !== stats.mtimeMs) throw fileChanged(name)
    },
  }
}

async function* readPath(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw readError(name, cause as NodeJS.ErrnoException)
  }
}

export const fileChanged = (name: string | undefined): AlephError =>
  invalidInput(`${name ?? 'The file'} changed while it was read. Upload it again.`)

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  sizeBytes: number,
  name: string | undefined,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > sizeBytes) throw fileChanged(name)
    yield chunk
  }
  if (size < sizeBytes) throw fileChanged(name)
}

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'you have no permission to read it',
  EPERM: 'you have no permission to read it',
  EISDIR: 'it is a folder',
}

export const readError = (name: string, cause: NodeJS.ErrnoException) =>
  new AlephError(
    'IO',
    `${name} can not be read: ${reasons[cause.code ?? ''] ?? cause.code ?? 'the system gave no reason'}.`,
    { cause },
  )
