// `content.time` decides which write wins (protocol §1.1, §3.2): it must increase strictly, and only by our own clock.
import { AlephError } from '../errors.js'
import type { Clock } from '../http/clock.js'

/** A head further ahead of our clock than this is not followed: somebody, or a broken clock, poisoned the key. */
const maxAheadMs = 5 * 60_000

/** The newest version of what is about to be replaced. */
export interface Head {
  /** Seconds. */
  time: number
  item_hash: string
}

export class ContentClock {
  readonly #lastMs = new Map<string, number>()
  constructor(readonly clock: Pick<Clock, 'now'>) {}

  /**
   * The next `content.time` in seconds for what `address` signs: now, or one millisecond after its last one, or just
   * above `head`. Throws `CONFLICT` (details: the head's `item_hash` and `time`) when the head lies in the future.
   */
  next(address: string, head?: Head): number {
    const nowMs = this.clock.now()
    if (head && head.time * 1000 > nowMs + maxAheadMs)
      throw new AlephError(
        'CONFLICT',
        `The newest version, message ${head.item_hash}, is dated ${new Date(Math.min(head.time * 1000, 8.64e15)).toISOString()}, in the future: whatever is written now would stay invisible. Forget that message first.`,
        { details: { ...head } },
      )
    const timeMs = Math.max(nowMs, (this.#lastMs.get(address) ?? 0) + 1, head ? Math.floor(head.time * 1000) + 1 : 0)
    this.#lastMs.set(address, timeMs)
    return timeMs / 1000
  }
}
