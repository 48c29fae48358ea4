// The least of an event: listeners that can be taken off again. Its subscriptions fit where VS Code wants a disposable.

export interface Subscription {
  dispose(): void
}

export type Listen<T> = (listener: (value: T) => unknown) => Subscription

export class Emitter<T = void> {
  readonly #listeners = new Set<(value: T) => unknown>()

  /** Bound, so that it can be handed out as an event. */
  readonly event: Listen<T> = listener => {
    // A wrapper, so that the same function can be added twice and each is taken off alone.
    const entry = (value: T) => listener(value)
    this.#listeners.add(entry)
    return { dispose: () => void this.#listeners.delete(entry) }
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value)
  }

  get listenerCount(): number {
    return this.#listeners.size
  }

  dispose(): void {
    this.#listeners.clear()
  }
}
