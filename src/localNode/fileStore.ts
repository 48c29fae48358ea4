// Files on disk under their hash. Bytes arrive in a temporary file, are flushed to the disk and get their name by a
// rename, so a file with a name is whole. Knows nothing of pins or messages.
import { createHash, randomBytes } from 'node:crypto'
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  type Dirent,
  type ReadStream,
} from 'node:fs'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createFileHasher } from '../client/file/hasher.js'
import { engineOfHash, isItemHash } from '../client/message/itemHash.js'
import { NotWritten, realDisk, type Disk } from './disk.js'

export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge'
  constructor(readonly limitBytes: number) {
    super(`Maximum request body size ${limitBytes} exceeded.`)
  }
}

/** The bytes on disk aren't those that were stored. */
export class FileDamaged extends Error {
  override readonly name = 'FileDamaged'
}

/** Bytes that arrived whole but have no name yet. */
export interface ReceivedFile {
  path: string
  size: number
  hash: string
}

export type Engine = 'storage' | 'ipfs'

const asideName = 'lost+found'
/** How long files that no record names are kept. */
const asideDays = 30
const dayMs = 86_400_000

export class FileStore {
  #root: string | undefined
  readonly #isTemporary: boolean
  /** Size and time of change of files whose hash was compared. */
  readonly #checked = new Map<string, string>()

  /** Without a folder, a private temporary one is made for the first file and removed by `close`. */
  constructor(
    folder?: string,
    private readonly disk: Disk = realDisk,
  ) {
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

  /**
   * Hashes and stores while the bytes pass by; memory stays bounded whatever the size.
   *
   * @throws FileTooLarge, NotWritten, or what `source` throws; nothing is left of the file then.
   */
  async receive(source: AsyncIterable<Uint8Array>, engine: Engine, limitBytes: number): Promise<ReceivedFile> {
    const path = join(this.#folder(), 'tmp', randomBytes(12).toString('hex'))
    const hasher = await createFileHasher(engine)
    const file = this.disk.create(path)
    const closed = new Promise<void>((resolve, reject) =>
      file.once('close', resolve).once('error', error => reject(new NotWritten(error))),
    )
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
      if (!this.#isTemporary) await flush(path)
      return { path, size, hash: await hasher.digest() }
    } catch (error) {
      file.destroy()
      await rm(path, { force: true })
      throw error
    }
  }

  /** Gives a received file its name. */
  keep({ path, hash }: ReceivedFile): void {
    const target = this.#pathOf(hash)
    try {
      mkdirSync(dirname(target), { recursive: true })
      renameSync(path, target)
    } catch (error) {
      throw new NotWritten(error)
    }
    if (isSha256(hash)) this.#checked.set(hash, stampOf(statSync(target)))
  }

  discard(file: ReceivedFile): Promise<void> {
    return rm(file.path, { force: true })
  }

  /**
   * Compares what is on disk with what was stored: always the size (unless it isn't known), and the hash of a file of
   * the storage engine when it's read for the first time or was changed since. A CID isn't computed again, because it
   * depends on how a file was cut.
   *
   * @throws FileDamaged
   */
  async check(hash: string, size: number | undefined): Promise<void> {
    const path = this.#pathOf(hash)
    const found = await stat(path).catch((error: unknown) => {
      throw new FileDamaged(`The file ${hash} is missing on this node: ${(error as Error).message}.`)
    })
    if (size !== undefined && found.size !== size)
      throw new FileDamaged(`The file ${hash} is damaged on this node: it has ${found.size} bytes instead of ${size}.`)
    if (!isSha256(hash) || this.#checked.get(hash) === stampOf(found)) return
    const hasher = createHash('sha256')
    await pipeline(this.stream(hash), hasher)
    if (hasher.digest('hex') !== hash)
      throw new FileDamaged(`The file ${hash} is damaged on this node: its bytes have another hash.`)
    this.#checked.set(hash, stampOf(found))
  }

  /** @throws FileDamaged */
  async read(hash: string, size: number | undefined): Promise<Buffer> {
    await this.check(hash, size)
    return readFile(this.#pathOf(hash))
  }

  stream(hash: string): ReadStream {
    return createReadStream(this.#pathOf(hash), { highWaterMark: 1 << 18 })
  }

  remove(hash: string): void {
    this.#checked.delete(hash)
    rmSync(this.#pathOf(hash), { force: true })
  }

  /**
   * Moves files that nobody knows to a folder of today, and brings back those that are known again, for instance because
   * the log was restored. What was moved is deleted after `asideDays`. Gives how many files were moved, and where to.
   */
  tidy(isKnown: (hash: string) => boolean, nowMs = Date.now()): { count: number; folder: string } {
    const root = this.#root ?? ''
    const folder = join(root, asideName, new Date(nowMs).toISOString().slice(0, 10))
    let count = 0
    if (this.#root === undefined) return { count, folder }
    for (const { day, path, hash } of filesAside(join(root, asideName))) {
      const target = this.#pathOf(hash)
      if (isKnown(hash) && !exists(target)) {
        mkdirSync(dirname(target), { recursive: true })
        renameSync(path, target)
      } else if (nowMs - day > asideDays * dayMs) rmSync(path, { force: true })
    }
    for (const { path, hash } of storedFiles(root))
      if (!isKnown(hash)) {
        mkdirSync(folder, { recursive: true })
        renameSync(path, join(folder, hash))
        count++
      }
    return { count, folder }
  }

  close(): void {
    if (!this.#isTemporary) return
    process.off('exit', this.#removeRoot)
    this.#removeRoot()
    this.#root = undefined
  }
}

const isSha256 = (hash: string): boolean => engineOfHash(hash) === 'storage'

const stampOf = ({ size, mtimeMs, ino }: { size: number; mtimeMs: number; ino: number }): string =>
  `${size} ${mtimeMs} ${ino}`

async function flush(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r+')
    try {
      await handle.datasync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new NotWritten(error)
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

const entries = (folder: string): Dirent[] => (exists(folder) ? readdirSync(folder, { withFileTypes: true }) : [])

/** Files under the name of a hash. Whatever else a system or a person puts there isn't ours. */
const hashFiles = (folder: string): { path: string; hash: string }[] =>
  entries(folder)
    .filter(entry => entry.isFile() && isItemHash(entry.name))
    .map(({ name }) => ({ path: join(folder, name), hash: name }))

const storedFiles = (root: string): { path: string; hash: string }[] =>
  entries(root)
    .filter(entry => entry.isDirectory() && entry.name.length === 2)
    .flatMap(({ name }) => hashFiles(join(root, name)))

const filesAside = (root: string): { path: string; hash: string; day: number }[] =>
  entries(root)
    .filter(entry => entry.isDirectory() && /^\d{4}-\d\d-\d\d$/.test(entry.name))
    .flatMap(({ name }) => hashFiles(join(root, name)).map(file => ({ ...file, day: Date.parse(name) })))
