// A disk that is full, or slow, when a test says so. What it doesn't refuse is really written.
import type { WriteStream } from 'node:fs'
import { realDisk, type Disk } from '../../src/localNode/disk.js'

export const noSpace = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })

export class FailingDisk implements Disk {
  /** The log gets only half of what it's given, and then this error; files too. */
  isFull = false
  /** What happens to the next writes to the log: true refuses one. */
  plan: boolean[] = []
  #held: Promise<void> = Promise.resolve()
  /** Bytes appended to the log, and how often it was flushed. */
  appended: Buffer[] = []
  flushes = 0

  async openForAppending(path: string) {
    const file = await realDisk.openForAppending(path)
    return {
      ...file,
      append: async (bytes: Uint8Array) => {
        await this.#held
        if (this.plan.shift() ?? this.isFull) {
          await file.append(bytes.subarray(0, bytes.length / 2))
          throw noSpace()
        }
        this.appended.push(Buffer.from(bytes))
        await file.append(bytes)
      },
      sync: () => {
        this.flushes++
        return file.sync()
      },
    }
  }

  create(path: string): WriteStream {
    const stream = realDisk.create(path)
    const refuse: WriteStream['_write'] = (_bytes, _encoding, done) => done(noSpace())
    if (this.isFull) {
      stream._write = refuse
      stream._writev = (_chunks, done) => done(noSpace())
    }
    return stream
  }

  /** Nothing is written to the log until the returned function is called. */
  hold(): () => void {
    let release = (): void => undefined
    this.#held = new Promise(resolve => (release = resolve))
    return release
  }
}
