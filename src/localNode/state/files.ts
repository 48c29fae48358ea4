// Files the node knows, who pins them, and the tags that point to the newest version (protocol §3.3, §5.5, §6.5).
// Knows nothing of bytes; the file store has them.
import { isItemHash } from '../../client/message/itemHash.js'
import { internalError } from '../rejection.js'
import { Table } from './table.js'

export interface StoredFile {
  hash: string
  size: number
  /** Whether the storage engine has it; an ipfs file gets there when a small one is processed (protocol §6.2). */
  isCached: boolean
  /** Its bytes here are those of a tar. */
  isDirectory: boolean
}

/** A STORE that keeps a file. */
export interface MessagePin {
  hash: string
  fileHash: string
  owner: string
  ref: string | null
  created: number
}

interface GracePin {
  fileHash: string
  deleteBy: number
  /** Of a STORE that is being removed. */
  message?: MessagePin
}

export interface FileTag {
  owner: string
  fileHash: string
  lastUpdated: number
}

export const tagOf = (owner: string, ref: string | null, itemHash: string): string =>
  ref === null ? itemHash : isItemHash(ref) ? ref : `${owner}/${ref}`

export class Files {
  readonly #files = new Map<string, StoredFile>()
  readonly #pins = new Map<string, MessagePin>()
  readonly byOwner = new Table<MessagePin, 'owner' | 'fileHash'>(
    pin => pin.created,
    pin => pin.hash,
    { owner: pin => pin.owner, fileHash: pin => pin.fileHash },
  )
  readonly #contentPins = new Set<string>()
  readonly #gracePins = new Map<string, GracePin[]>()
  readonly #tags = new Map<string, FileTag>()
  /** Pins by raw `ref`, else by message: what the real node's refresh of a tag compares (trap 25). */
  readonly #pinsByRef = new Map<string, Set<MessagePin>>()

  get(hash: string): StoredFile | undefined {
    return this.#files.get(hash)
  }

  set(hash: string, size: number, isCached: boolean, isDirectory = false): void {
    const known = this.#files.get(hash)
    this.#files.set(hash, {
      hash,
      size,
      isCached: isCached || (known?.isCached ?? false),
      isDirectory: isDirectory || (known?.isDirectory ?? false),
    })
  }

  pin(itemHash: string): MessagePin | undefined {
    return this.#pins.get(itemHash)
  }

  tag(name: string): FileTag | undefined {
    return this.#tags.get(name)
  }

  addPin(pin: MessagePin): void {
    this.#pins.set(pin.hash, pin)
    this.byOwner.insert(pin)
    const key = pin.ref ?? pin.hash
    this.#pinsByRef.set(key, (this.#pinsByRef.get(key) ?? new Set()).add(pin))
    const name = tagOf(pin.owner, pin.ref, pin.hash)
    const tag = this.#tags.get(name)
    if (!tag) this.#tags.set(name, { owner: pin.owner, fileHash: pin.fileHash, lastUpdated: pin.created })
    else if (tag.lastUpdated < pin.created)
      this.#tags.set(name, { ...tag, fileHash: pin.fileHash, lastUpdated: pin.created })
  }

  /** Throws where refreshing the tags of these pins, one after the other, would fail in the real node. */
  checkRemoval(itemHashes: readonly string[]): void {
    const gone = new Set<MessagePin>()
    for (const hash of itemHashes) {
      const pin = this.#pins.get(hash)
      if (!pin) continue
      gone.add(pin)
      this.#newestByRef(tagOf(pin.owner, pin.ref, pin.hash), gone)
    }
  }

  /** Removes a STORE's pin; a file that nobody else pins gets its last 24 hours. */
  removePin(itemHash: string, deleteBy: number): void {
    const pin = this.#takePin(itemHash)
    if (pin && this.countPins(pin.fileHash) === 0) this.addGrace(pin.fileHash, deleteBy)
  }

  /** Turns the pin of an unfunded STORE into one that ends (protocol §4.2 `removing`). */
  startRemoval(itemHash: string, deleteBy: number): void {
    const pin = this.#takePin(itemHash)
    if (pin) this.#grace(pin.fileHash).push({ fileHash: pin.fileHash, deleteBy, message: pin })
  }

  cancelRemoval(itemHash: string): void {
    for (const pins of this.#gracePins.values())
      for (const grace of pins)
        if (grace.message?.hash === itemHash) {
          pins.splice(pins.indexOf(grace), 1)
          this.addPin(grace.message)
          return
        }
  }

  /** STOREs whose removal is due. */
  *removalsDue(now: number): Generator<MessagePin> {
    for (const pins of this.#gracePins.values())
      for (const grace of pins) if (grace.message && grace.deleteBy < now) yield grace.message
  }

  addContentPin(itemHash: string): void {
    this.#contentPins.add(itemHash)
  }

  removeContentPin(itemHash: string): void {
    this.#contentPins.delete(itemHash)
  }

  addGrace(fileHash: string, deleteBy: number): void {
    this.#grace(fileHash).push({ fileHash, deleteBy })
  }

  countPins(fileHash: string): number {
    const messages = this.byOwner.count({ fileHash: [fileHash] }, { isDescending: false })
    return messages + (this.#contentPins.has(fileHash) ? 1 : 0) + (this.#gracePins.get(fileHash)?.length ?? 0)
  }

  /** Ends grace periods that are over and forgets files without a pin; returns them, for the bytes to be deleted. */
  collect(now: number): string[] {
    for (const [fileHash, pins] of this.#gracePins) {
      const left = pins.filter(pin => pin.deleteBy >= now)
      if (left.length) this.#gracePins.set(fileHash, left)
      else this.#gracePins.delete(fileHash)
    }
    const gone = [...this.#files.keys()].filter(hash => this.countPins(hash) === 0)
    for (const hash of gone) this.#files.delete(hash)
    return gone
  }

  #grace(fileHash: string): GracePin[] {
    let pins = this.#gracePins.get(fileHash)
    if (!pins) this.#gracePins.set(fileHash, (pins = []))
    return pins
  }

  #takePin(itemHash: string): MessagePin | undefined {
    const pin = this.#pins.get(itemHash)
    if (!pin) return undefined
    this.#pins.delete(itemHash)
    this.byOwner.remove(pin)
    const key = pin.ref ?? pin.hash
    const sameRef = this.#pinsByRef.get(key)
    sameRef?.delete(pin)
    if (sameRef?.size === 0) this.#pinsByRef.delete(key)
    // The tag `owner/ref` never equals a raw ref, so it is deleted instead of falling back (trap 25).
    const name = tagOf(pin.owner, pin.ref, pin.hash)
    const newest = this.#newestByRef(name, new Set())
    if (newest) this.#tags.set(name, { owner: newest.owner, fileHash: newest.fileHash, lastUpdated: newest.created })
    else this.#tags.delete(name)
    return pin
  }

  #newestByRef(name: string, without: ReadonlySet<MessagePin>): MessagePin | undefined {
    const pins = [...(this.#pinsByRef.get(name) ?? [])].filter(pin => !without.has(pin))
    const created = Math.max(...pins.map(pin => pin.created))
    const newest = pins.filter(pin => pin.created === created)
    // Two rows for one tag in one upsert: PostgreSQL refuses.
    if (newest.length > 1) throw internalError()
    return newest[0]
  }
}
