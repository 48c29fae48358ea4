// Contents of messages that travel apart. What a hash names never changes, and every look at a list comes to it again.

const roomBytes = 32_000_000

/** Bounded; what was used longest ago goes first. */
export class StoredContents {
  readonly #kept = new Map<string, Uint8Array>()
  #bytes = 0

  get(itemHash: string): Uint8Array | undefined {
    const content = this.#kept.get(itemHash)
    if (content) {
      this.#kept.delete(itemHash)
      this.#kept.set(itemHash, content)
    }
    return content
  }

  /** `content` was compared with the hash. */
  add(itemHash: string, content: Uint8Array): void {
    if (this.#kept.has(itemHash)) return
    this.#kept.set(itemHash, content)
    this.#bytes += content.length
    for (const [oldest, { length }] of this.#kept) {
      if (this.#bytes <= roomBytes) break
      this.#kept.delete(oldest)
      this.#bytes -= length
    }
  }
}
