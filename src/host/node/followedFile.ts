// A text file that another process appends to, as an output channel. Followed only while there is something to hear.
import { unwatchFile, watchFile } from 'node:fs'
import { open } from 'node:fs/promises'
import { window, type OutputChannel } from 'vscode'

/** Of a file that is long already only the end is shown. */
const maxFirstBytes = 64_000
const lookEveryMs = 1_000

export class FollowedFile {
  #channel: OutputChannel | undefined
  #offset: number | undefined
  #reading: Promise<void> = Promise.resolve()
  #isFollowed = false
  readonly #decoder = new TextDecoder()
  readonly #look = () => void this.#read()

  constructor(
    private readonly path: string,
    /** Of the channel, which appears when it is needed. */
    private readonly name: string,
  ) {}

  show(): void {
    this.#read()
    this.#channel?.show()
  }

  follow(): void {
    if (this.#isFollowed) return
    this.#isFollowed = true
    // Asking is slower than being told, and works on every file system.
    watchFile(this.path, { interval: lookEveryMs, persistent: false }, this.#look)
    this.#read()
  }

  /** The other process ended: what it said last is read, and no more is expected. */
  rest(): void {
    if (!this.#isFollowed) return
    this.#isFollowed = false
    unwatchFile(this.path, this.#look)
    this.#read()
  }

  /** One after the other. */
  #read(): void {
    const channel = (this.#channel ??= window.createOutputChannel(this.name))
    this.#reading = this.#reading.then(() => this.#readOn(channel))
  }

  async #readOn(channel: OutputChannel): Promise<void> {
    try {
      const file = await open(this.path, 'r')
      try {
        const { size } = await file.stat()
        const known = this.#offset ?? Math.max(0, size - maxFirstBytes)
        // A smaller file began anew.
        const from = size < known ? 0 : known
        const bytes = Buffer.alloc(size - from)
        const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
        this.#offset = from + bytesRead
        channel.append(this.#decoder.decode(bytes.subarray(0, bytesRead), { stream: true }))
      } finally {
        await file.close()
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') channel.appendLine((error as Error).message)
    }
  }

  dispose(): void {
    unwatchFile(this.path, this.#look)
    this.#channel?.dispose()
  }
}
