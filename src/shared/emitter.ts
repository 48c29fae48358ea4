// The least of an event: listeners that can be taken off again. Its subscriptions fit where VS Code wants a disposable.

export interface Subscription {
  dispose(): void
}

export type Listen<T> = (listener: (value: T) => unknown) => Subscription

/** How many listen can be asked, so that a test finds those that were forgotten. */
export type CountedListen<T> = Listen<T> & { readonly listenerCount: number }

export class Emitter<T = void> {
  readonly #listeners = new Set<(value: T) => unknown>()

  /** Bound, so that it can be handed out as an event. */
  readonly event: CountedListen<T> = Object.defineProperty(
    ((listener: (value: T) => unknown) => {
      // A wrapper, so that the same function can be added twice and each is taken off alone.
      const entry = (value: T) => listener(value)
      this.#listeners.add(entry)
      return { dispose: () => void this.#listeners.delete(entry) }
    }) as CountedListen<T>,
    'listenerCount',
    { get: () => this.#listeners.size },
  )

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value)
  }

  dispose(): void {
    this.#listeners.clear()
  }
}
