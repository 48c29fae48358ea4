// Notices that nobody uses a node any more. It counts ticks of a timer instead of asking a clock, because a computer
// that slept for an hour was not idle for an hour.

/** Ticks without a request after which the time is over; the more, the closer to the time that was asked for. */
export const idleTicks = 20

export class IdleWatch {
  #openRequests = 0
  #quietTicks = 0

  constructor(private readonly onIdle: () => void) {}

  /** A request began; the returned function says that it ended. */
  begin(): () => void {
    this.#openRequests++
    this.#quietTicks = 0
    return () => {
      this.#openRequests--
      this.#quietTicks = 0
    }
  }

  tick(): void {
    if (!this.#openRequests && ++this.#quietTicks === idleTicks) this.onIdle()
  }
}
