// The append-only log: one JSON record a line behind its CRC-32. The state is what replaying it gives, nothing else is
// kept on disk but files. Written by write(2) without fsync: it survives the death of the process, not of the machine.
import { createReadStream } from 'node:fs'
import { open, truncate, type FileHandle } from 'node:fs/promises'
import { crc32Hex } from './crc32.js'

/** Where records go. `flushed` resolves when everything appended before is with the operating system. */
export interface RecordLog {
  append(record: object): void
  flushed(): Promise<void>
  close(): Promise<void>
}

/** Keeps nothing: a node without a data directory. */
export const noLog: RecordLog = {
  append: () => undefined,
  flushed: () => Promise.resolve(),
  close: () => Promise.resolve(),
}

/** A damaged log that starting over would make worse. The message says what to do. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged'
}

interface Position {
  line: number
  offset: number
}

/** Reads `path`, hands every record to `replay`, cuts a torn tail off (and says so), and opens it for appending. */
export async function openLog(
  path: string,
  replay: (record: unknown) => void,
  warn: (text: string) => void,
): Promise<RecordLog> {
  const handle = await open(path, 'a')
  try {
    const torn = await replayRecords(path, replay)
    if (torn) {
      warn(`${path}: the last record was cut off half written (line ${torn.line}); it is dropped.`)
      await truncate(path, torn.offset)
    }
    return new FileLog(handle)
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * A bad record is the end of the log when no good one follows: the write was torn, and nobody was told that it
 * succeeded. A good record behind a bad one means that something changed the file, and then nothing is certain.
 */
async function replayRecords(path: string, replay: (record: unknown) => void): Promise<Position | undefined> {
  let bad: Position | undefined
  let line = 0
  let offset = 0
  const take = (bytes: Buffer, ended: boolean) => {
    line++
    const body = bytes.subarray(9)
    const isGood = ended && bytes.length > 9 && bytes.toString('latin1', 0, 9) === `${crc32Hex(body)} `
    if (!isGood) bad ??= { line, offset }
    else if (bad)
      throw new LogDamaged(
        `${path} is damaged at line ${bad.line} (byte ${bad.offset}), with good records behind it. ` +
          'Restore the file from a copy, or start with another --data-dir.',
      )
    else replay(JSON.parse(body.toString('utf8')))
    offset += bytes.length + 1
  }

  let rest: Buffer[] = []
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end)
      take(rest.length ? Buffer.concat([...rest, piece]) : piece, true)
      rest = []
      start = end + 1
    }
    if (start < chunk.length) rest.push(chunk.subarray(start))
  }
  if (rest.length) take(Buffer.concat(rest), false)
  return bad
}

/** Appends in groups: while one write is under way, the next records gather and go out together. */
class FileLog implements RecordLog {
  readonly #handle: FileHandle
  #waiting: Buffer[] = []
  #writing: Promise<void> | undefined
  #appended = 0
  #written = 0
  #failure: Error | undefined
  /** Who waits for which record, in order. */
  #waiters: { record: number; done: (failure: Error | undefined) => void }[] = []

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  append(record: object): void {
    const body = Buffer.from(JSON.stringify(record), 'utf8')
    this.#waiting.push(Buffer.from(`${crc32Hex(body)} `, 'latin1'), body, lineFeed)
    this.#appended++
    this.#writing ??= this.#writeGroups()
  }

  flushed(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#written === this.#appended) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const done = (failure: Error | undefined) => (failure ? reject(failure) : resolve())
      this.#waiters.push({ record: this.#appended, done })
    })
  }

  async #writeGroups(): Promise<void> {
    while (this.#waiting.length) {
      // One turn of the event loop lets requests that arrived together share a write.
      await new Promise<void>(resolve => setImmediate(resolve))
      const group = Buffer.concat(this.#waiting)
      const last = this.#appended
      this.#waiting = []
      try {
        if (!this.#failure) await this.#handle.appendFile(group)
      } catch (error) {
        this.#failure = error as Error // e.g. the disk is full: nothing is answered 200 or 202 from here on
      }
      this.#written = last
      const stillWaiting = this.#waiters.findIndex(waiter => waiter.record > last)
      for (const waiter of this.#waiters.splice(0, stillWaiting < 0 ? this.#waiters.length : stillWaiting))
        waiter.done(this.#failure)
    }
    this.#writing = undefined
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#handle.sync().catch(() => undefined)
    await this.#handle.close()
  }
}

const lineFeed = Buffer.from('\n')
