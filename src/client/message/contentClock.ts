// `content.time` decides which write wins (protocol §1.1, §3.2): it must increase strictly, and only by our own clock.
import { AlephError } from '../errors.js'
import type { Clock } from '../http/clock.js'

/** A head further ahead of our clock than this is not followed: somebody, or a broken clock, poisoned the key. */
const maxAheadMs = 5 * 60_000

/** The newest version of what is about to be replaced. */
export interface Head {
  /** What has this head: writes to the same thing must follow each other. */
  of: string
  /** Seconds. */
  time: number
  item_hash: string
}

export class ContentClock {
  readonly #lastMs = new Map<string, number>()
  /** Last time of things whose head is ahead of our clock. */
  readonly #aheadMs = new Map<string, number>()
  constructor(readonly clock: Pick<Clock, 'now'>) {}

  /** Whether a head lies too far ahead to be followed. */
  isFuture(head: Pick<Head, 'time'>): boolean {
    return head.time * 1000 > this.clock.now() + maxAheadMs
  }

  /**
   * The next `content.time` in seconds for what `address` signs: now, or one millisecond after its last one. For a thing
   * with a head it is above that too, which moves the clock for nothing else. Throws `CONFLICT` (details: `reason: 'future'`,
   * the head's `item_hash` and `time`) when the head lies in the future.
   */
  next(address: string, head?: Head): number {
    const nowMs = this.clock.now()
    const ownMs = Math.max(nowMs, (this.#lastMs.get(address) ?? 0) + 1)
    if (head && this.isFuture(head)) throw headInFuture(head)
    this.#lastMs.set(address, ownMs)
    if (!head) return ownMs / 1000
    const timeMs = Math.max(ownMs, Math.floor(head.time * 1000) + 1, (this.#aheadMs.get(head.of) ?? 0) + 1)
    if (timeMs > ownMs) this.#aheadMs.set(head.of, timeMs)
    else this.#aheadMs.delete(head.of)
    return timeMs / 1000
  }
}

function headInFuture({ time, item_hash }: Head): AlephError {
  const date = new Date(Math.min(time * 1000, 8.64e15)).toISOString()
  return new AlephError(
    'CONFLICT',
    `The newest version, message ${item_hash}, is dated ${date}, in the future: whatever is written now would stay invisible. Forget that message first.`,
    { details: { reason: 'future', item_hash, time } },
  )
}
