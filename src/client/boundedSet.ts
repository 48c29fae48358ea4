// A memory of texts that can not grow without end.

/** Forgets what was added first. */
export class BoundedSet {
  readonly #texts = new Set<string>()
  constructor(readonly capacity = 20_000) {}

  has(text: string): boolean {
    return this.#texts.has(text)
  }

  add(text: string): void {
    if (this.#texts.size >= this.capacity)
      for (const oldest of this.#texts) {
        this.#texts.delete(oldest)
        break
      }
    this.#texts.add(text)
  }
}
