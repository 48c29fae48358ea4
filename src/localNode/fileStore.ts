// Files on disk under their hash. Bytes arrive in a temporary file and get their name by a rename, so a file with a
// name is whole. Knows nothing of pins or messages.
import { randomBytes } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  type ReadStream,
} from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createFileHasher } from '../client/file/hasher.js'

export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge'
  constructor(readonly limitBytes: number) {
    super(`Maximum request body size ${limitBytes} exceeded.`)
  }
}

/** Bytes that arrived whole but have no name yet. */
export interface ReceivedFile {
  path: string
  size: number
  hash: string
}

export type Engine = 'storage' | 'ipfs'

export class FileStore {
  #root: string | undefined
  readonly #isTemporary: boolean

  /** Without a folder, a private temporary one is made for the first file and removed by `close`. */
  constructor(folder?: string) {
    this.#root = folder
    this.#isTemporary = folder === undefined
    if (folder === undefined) return
    // What a killed process was receiving is nobody's any more.
    rmSync(join(folder, 'tmp'), { recursive: true, force: true })
    mkdirSync(join(folder, 'tmp'), { recursive: true })
  }

  #folder(): string {
    if (this.#root === undefined) {
      this.#root = mkdtempSync(join(tmpdir(), 'aleph-local-node-'))
      mkdirSync(join(this.#root, 'tmp'))
      process.once('exit', this.#removeRoot)
    }
    return this.#root
  }

  readonly #removeRoot = () => {
    if (this.#root !== undefined) rmSync(this.#root, { recursive: true, force: true })
  }

  #pathOf(hash: string): string {
    return join(this.#folder(), hash.slice(-2), hash)
  }

  /** Hashes and stores while the bytes pass by; memory stays bounded whatever the size. */
  async receive(source: AsyncIterable<Uint8Array>, engine: Engine, limitBytes: number): Promise<ReceivedFile> {
    const path = join(this.#folder(), 'tmp', randomBytes(12).toString('hex'))
    const hasher = await createFileHasher(engine)
    // A large buffer lets the stream join what arrives during a write into the next one.
    const file = createWriteStream(path, { flags: 'wx', highWaterMark: 1 << 20 })
    const closed = new Promise<void>((resolve, reject) => file.once('close', resolve).once('error', reject))
    closed.catch(() => undefined)
    let size = 0
    try {
      for await (const chunk of source) {
        size += chunk.length
        if (size > limitBytes) throw new FileTooLarge(limitBytes)
        const hashed = hasher.update(chunk)
        if (!file.write(chunk)) await Promise.race([new Promise<void>(resolve => file.once('drain', resolve)), closed])
        if (hashed) await hashed
      }
      file.end()
      await closed
      return { path, size, hash: await hasher.digest() }
    } catch (error) {
      file.destroy()
      await rm(path, { force: true })
      throw error
    }
  }

  /** Gives a received file its name; at once, so that nothing can be collected between this and registering it. */
  keep(file: ReceivedFile): void {
    const path = this.#pathOf(file.hash)
    mkdirSync(dirname(path), { recursive: true })
    renameSync(file.path, path)
  }

  discard(file: ReceivedFile): Promise<void> {
    return rm(file.path, { force: true })
  }

  read(hash: string): Promise<Buffer> {
    return readFile(this.#pathOf(hash))
  }

  stream(hash: string): ReadStream {
    return createReadStream(this.#pathOf(hash), { highWaterMark: 1 << 18 })
  }

  remove(hash: string): void {
    rmSync(this.#pathOf(hash), { force: true })
  }

  /** Removes files that nobody knows: of an upload that was killed before it was logged. */
  sweep(isKnown: (hash: string) => boolean): void {
    const root = this.#root
    if (root === undefined) return
    for (const folder of readdirSync(root))
      if (folder !== 'tmp')
        for (const hash of readdirSync(join(root, folder)))
          if (!isKnown(hash)) rmSync(join(root, folder, hash), { force: true })
  }

  close(): void {
    if (!this.#isTemporary) return
    process.off('exit', this.#removeRoot)
    this.#removeRoot()
    this.#root = undefined
  }
}
