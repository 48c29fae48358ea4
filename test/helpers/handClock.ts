// A clock for tests that pass time themselves, while real connections do what they do.
import { abortError } from '../../src/client/errors.js'
import type { Clock } from '../../src/client/http/clock.js'

interface Timer {
  delayMs: number
  atMs: number
  fire: () => void
}

/** Stands still until `pass`; `asleep` tells when somebody waits for so long. */
export class HandClock implements Clock {
  readonly #timers = new Set<Timer>()
  #onSleep: (() => void)[] = []
  constructor(public nowMs = Date.UTC(2026, 10, 23)) {}

  now(): number {
    return this.nowMs
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal))
      const onAbort = () => {
        this.#timers.delete(timer)
        if (signal) reject(abortError(signal))
      }
      const fire = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const timer: Timer = { delayMs, atMs: this.nowMs + delayMs, fire }
      this.#timers.add(timer)
      signal?.addEventListener('abort', onAbort, { once: true })
      for (const wake of this.#onSleep.splice(0)) wake()
    })
  }

  get waits(): number[] {
    return [...this.#timers].map(({ delayMs }) => delayMs)
  }

  /** Resolves once somebody waits for exactly so long. */
  async asleep(delayMs: number): Promise<void> {
    while (!this.waits.includes(delayMs)) await new Promise<void>(resolve => this.#onSleep.push(resolve))
  }

  pass(ms: number): void {
    this.nowMs += ms
    for (const timer of [...this.#timers].sort((a, b) => a.atMs - b.atMs))
      if (timer.atMs <= this.nowMs && this.#timers.delete(timer)) timer.fire()
  }

  /** The same once somebody waits for so long. */
  async passWhenAsleep(delayMs: number): Promise<void> {
    await this.asleep(delayMs)
    this.pass(delayMs)
  }
}
