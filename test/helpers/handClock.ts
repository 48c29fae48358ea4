// A clock for tests that pass time themselves, while real connections do what they do.
import { StandingClock } from './fakes.js'

/** Stands still until `pass`; `asleep` tells when somebody waits for so long. */
export class HandClock extends StandingClock {
  #onSleep: (() => void)[] = []

  protected slept(): void {
    for (const wake of this.#onSleep.splice(0)) wake()
  }

  get waits(): number[] {
    return [...this.timers].map(({ delayMs }) => delayMs)
  }

  /** Resolves once somebody waits for exactly so long. */
  async asleep(delayMs: number): Promise<void> {
    while (!this.waits.includes(delayMs)) await new Promise<void>(resolve => this.#onSleep.push(resolve))
  }

  pass(ms: number): void {
    this.nowMs += ms
    for (const timer of [...this.timers].sort((a, b) => a.atMs - b.atMs))
      if (timer.atMs <= this.nowMs && this.timers.delete(timer)) timer.fire()
  }

  /** The same once somebody waits for so long. */
  async passWhenAsleep(delayMs: number): Promise<void> {
    await this.asleep(delayMs)
    this.pass(delayMs)
  }
}
