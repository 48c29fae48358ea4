// What time nodes say it is, by the `Date` of their answers: a message dated by a wrong clock can't be taken back, and may
// stay in front of all later ones for years.
import { AlephError } from '../errors.js'
import type { Clock } from './clock.js'

/** Clocks differ by seconds; caches in front of a node may add some. */
const toleranceMs = 5 * 60_000
/** So long an answer counts. */
const freshMs = 10 * 60_000

interface Seen {
  atMs: number
  /** How far this computer's clock is ahead; undefined where the node doesn't say or the header can't be read. */
  aheadMs: number | undefined
}

export class NodeTime {
  readonly #seen = new Map<string, Seen>()
  constructor(readonly clock: Pick<Clock, 'now'>) {}

  /** `url` is that of the answer. */
  note(url: string, date: string | null | undefined): void {
    const nodeMs = date ? Date.parse(date) : NaN
    const atMs = this.clock.now()
    this.#seen.set(new URL(url).origin, { atMs, aheadMs: Number.isNaN(nodeMs) ? undefined : atMs - nodeMs })
    const [oldest] = this.#seen.keys()
    if (oldest !== undefined && this.#seen.size > 100) this.#seen.delete(oldest)
  }

  /** Whether the node must be asked: it wasn't lately, or it said another time, which may have been corrected since. */
  isOpen(endpoint: string): boolean {
    const seen = this.#seen.get(new URL(endpoint).origin)
    return !seen || Math.abs(this.clock.now() - seen.atMs) > freshMs || isOff(seen)
  }

  /** Throws `INVALID_INPUT` (details: `reason: 'clock'`, `aheadMs`) when the clocks differ by more than five minutes. */
  assert(endpoint: string): void {
    const seen = this.#seen.get(new URL(endpoint).origin)
    if (!seen || !isOff(seen)) return
    const { aheadMs = 0 } = seen
    const nowMs = this.clock.now()
    throw new AlephError(
      'INVALID_INPUT',
      `The clock of this computer says ${minute(nowMs)}, but the node ${new URL(endpoint).host} says ${minute(nowMs - aheadMs)}. Set the clock of this computer, because the time becomes part of what is signed.`,
      { details: { reason: 'clock', aheadMs } },
    )
  }
}

const isOff = ({ aheadMs }: Seen) => aheadMs !== undefined && Math.abs(aheadMs) > toleranceMs

const minute = (ms: number) =>
  Math.abs(ms) > 8.64e15 ? 'no date' : `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
