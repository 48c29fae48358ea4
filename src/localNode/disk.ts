// The file operations that a full or failing disk refuses, so that tests can let them fail.
import { createWriteStream, type WriteStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** A file that only grows at its end, unless it's cut. */
export interface AppendFile {
  /** Resolves when all bytes are with the operating system; after a failure some of them may be. */
  append(bytes: Uint8Array): Promise<void>
  truncate(length: number): Promise<void>
  /** Resolves when everything is on the disk itself. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Disk {
  openForAppending(path: string): Promise<AppendFile>
  /** A new file. */
  create(path: string): WriteStream
}

export const realDisk: Disk = {
  async openForAppending(path) {
    const handle: FileHandle = await open(path, 'a', 0o600)
    return {
      append: bytes => handle.appendFile(bytes),
      truncate: length => handle.truncate(length),
      sync: () => handle.datasync(),
      close: () => handle.close(),
    }
  },
  // A large buffer lets the stream join what arrives during a write into the next one.
  create: path => createWriteStream(path, { flags: 'wx', highWaterMark: 1 << 20 }),
}

/** Something couldn't be written, so it didn't happen. */
export class NotWritten extends Error {
  override readonly name = 'NotWritten'
  /** Whether room on the disk would have helped. */
  readonly isFull: boolean
  constructor(cause: unknown) {
    super((cause as Error).message, { cause })
    this.isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((cause as NodeJS.ErrnoException).code ?? '')
  }
}
