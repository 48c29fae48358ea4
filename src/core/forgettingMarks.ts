// Which messages are being forgotten right now, so that their rows say so until they are gone.
import { Emitter } from '../shared/emitter.js'

export class ForgettingMarks {
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event
  readonly #running = new Set<string>()
  /** Taken by the node, which has not said yet that they are gone. */
  readonly #unconfirmed = new Set<string>()

  has(itemHash: string): boolean {
    return this.#running.has(itemHash) || this.#unconfirmed.has(itemHash)
  }

  begin(itemHashes: readonly string[]): void {
    for (const hash of itemHashes) this.#running.add(hash)
    this.#changed.fire()
  }

  end(itemHashes: readonly string[], unconfirmed: readonly string[]): void {
    for (const hash of itemHashes) this.#running.delete(hash)
    for (const hash of unconfirmed) this.#unconfirmed.add(hash)
    this.#changed.fire()
  }

  /** Who looks again sees what the node has: a forgetting that it refused in the end does not mark a row for ever. */
  dropUnconfirmed(): void {
    if (!this.#unconfirmed.size) return
    this.#unconfirmed.clear()
    this.#changed.fire()
  }

  dispose(): void {
    this.#changed.dispose()
  }
}
