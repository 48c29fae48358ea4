// The append-only log: one JSON record a line behind its CRC-32. The state is what replaying it gives, nothing else is
// stored on disk but files.
//
// What survives what: a record counts once write(2) has returned, so it survives the death of the process (kill -9). The
// file is flushed to the disk itself within a second, so a power cut can cost the last second. Flushing before every
// answer would limit the node to a few hundred messages a second.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { crc32Hex } from './crc32.js'
import { NotWritten, realDisk, type AppendFile, type Disk } from './disk.js'

/** Where records go. */
export interface RecordLog {
  /**
   * Writes a record, and then runs `apply` and resolves with its result. Records are applied in the order in which they
   * stand in the log, so that replaying the log gives the same state.
   *
   * @throws NotWritten - `apply` didn't run, and the record isn't in the log.
   */
  append<T>(record: object, apply: () => T): Promise<T>
  close(): Promise<void>
}

/** Stores nothing: a node without a data directory. Applies at once. */
export const noLog: RecordLog = {
  append: async (_record, apply) => apply(),
  close: () => Promise.resolve(),
}

/** A damaged log that starting over would make worse. The message says what to do. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged'
}

/**
 * Reads `path`, passes every record to `replay`, and opens it for appending. The last record of a process that died while
 * it wrote is cut off and stored beside the log; `isTorn` says so.
 *
 * @throws LogDamaged
 */
export async function openLog(
  path: string,
  replay: (record: unknown) => void,
  warn: (text: string) => void,
  disk: Disk = realDisk,
): Promise<{ log: RecordLog; isTorn: boolean }> {
  const file = await disk.openForAppending(path)
  try {
    const { length, torn, line } = await replayRecords(path, replay)
    if (torn) {
      const aside = `${path}.${new Date().toISOString().replaceAll(':', '-')}.torn`
      const copy = await open(aside, 'wx', 0o600)
      try {
        await copy.writeFile(torn)
      } finally {
        await copy.close()
      }
      await file.truncate(length)
      warn(`${path}: the last record was cut off half written (line ${line}). It was moved to ${aside}.`)
    }
    return { log: new FileLog(file, length, path, warn), isTorn: torn !== undefined }
  } catch (error) {
    await file.close()
    throw error
  }
}

interface Replayed {
  /** Bytes of all good records. */
  length: number
  /** Bytes behind them that the last write left unfinished. */
  torn: Buffer | undefined
  line: number
}

/**
 * Only a last record without its end is what a dying process leaves: the write was torn, and nobody was told that it
 * succeeded. Anything else that can't be read means that something changed the file, and then nothing is certain.
 */
async function replayRecords(path: string, replay: (record: unknown) => void): Promise<Replayed> {
  let line = 0
  let length = 0
  const take = (bytes: Buffer) => {
    line++
    const body = bytes.subarray(9)
    if (bytes.length <= 9 || bytes.toString('latin1', 0, 9) !== `${crc32Hex(body)} `)
      throw new LogDamaged(
        `${path} is damaged at line ${line} (byte ${length}). ` +
          'Restore the file from a copy, or start with another --data-dir.',
      )
    replay(JSON.parse(body.toString('utf8')))
    length += bytes.length + 1
  }

  let rest: Buffer[] = []
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end)
      take(rest.length ? Buffer.concat([...rest, piece]) : piece)
      rest = []
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
  }
  const torn = rest.length ? Buffer.concat(rest) : undefined
  return { length, torn, line: line + 1 }
}

interface Waiting {
  bytes: Buffer
  apply: () => unknown
  resolve: (result: never) => void
  reject: (error: unknown) => void
}

const flushMs = 1_000

/** Appends in groups: while one write is under way, the next records gather and go out together. */
class FileLog implements RecordLog {
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** A failed write may have left a part of a record behind the good ones. */
  #isTorn = false
  #isFailing = false
  #flush: NodeJS.Timeout | undefined

  constructor(
    private readonly file: AppendFile,
    private length: number,
    private readonly path: string,
    private readonly warn: (text: string) => void,
  ) {}

  append<T>(record: object, apply: () => T): Promise<T> {
    const body = Buffer.from(JSON.stringify(record), 'utf8')
    const bytes = Buffer.concat([Buffer.from(`${crc32Hex(body)} `, 'latin1'), body, lineFeed])
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, apply, resolve, reject })
      this.#writing ??= this.#writeGroups()
    })
  }

  async #writeGroups(): Promise<void> {
    while (this.#waiting.length) {
      // One turn of the event loop lets requests that arrived together share a write.
      await new Promise<void>(resolve => setImmediate(resolve))
      const group = this.#waiting
      this.#waiting = []
      const failure = await this.#write(Buffer.concat(group.map(({ bytes }) => bytes)))
      for (const { apply, resolve, reject } of group)
        if (failure) reject(failure)
        else
          try {
            resolve(apply() as never)
          } catch (error) {
            reject(error)
          }
    }
    this.#writing = undefined
  }

  async #write(bytes: Buffer): Promise<NotWritten | undefined> {
    try {
      if (this.#isTorn) await this.#cut()
      this.#isTorn = true
      await this.file.append(bytes)
      this.#isTorn = false
      this.length += bytes.length
    } catch (error) {
      if (!this.#isFailing) this.warn(`${this.path} can't be written: ${(error as Error).message}.`)
      this.#isFailing = true
      // If this fails too, the next write tries it again first.
      await this.#cut().catch(() => undefined)
      return new NotWritten(error)
    }
    this.#isFailing = false
    this.#flush ??= setTimeout(() => void this.#flushNow(), flushMs).unref()
    return undefined
  }

  async #cut(): Promise<void> {
    await this.file.truncate(this.length)
    this.#isTorn = false
  }

  async #flushNow(): Promise<void> {
    this.#flush = undefined
    try {
      await this.file.sync()
    } catch (error) {
      this.warn(`${this.path} can't be flushed to the disk: ${(error as Error).message}.`)
    }
  }

  async close(): Promise<void> {
    while (this.#writing) await this.#writing
    clearTimeout(this.#flush)
    await this.#flushNow()
    await this.file.close()
  }
}

const lineFeed = Buffer.from('\n')
