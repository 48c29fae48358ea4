// Turns the many progress events of a transfer into few reports whose increments never add up to more than 100.
import type { TransferProgress } from './transfer.js'

const everyMs = 250
/** The last percent waits for the node's answer. */
const maxPercent = 99

export class ProgressMeter {
  #lastMs = Number.NEGATIVE_INFINITY
  #percent = 0

  constructor(private readonly now: () => number) {}

  /** Undefined when it is too early to say something again; then nothing is counted either. */
  report(count: () => TransferProgress): (TransferProgress & { increment: number }) | undefined {
    const now = this.now()
    if (now - this.#lastMs < everyMs) return undefined
    this.#lastMs = now
    const progress = count()
    const { sentBytes, totalBytes, doneFiles, totalFiles } = progress
    // A file weighs a little of its own, so that many empty files move the bar too.
    const share = (sentBytes + doneFiles) / Math.max(1, totalBytes + totalFiles)
    const percent = Math.max(this.#percent, Math.min(maxPercent, share * 100))
    const increment = percent - this.#percent
    this.#percent = percent
    return { ...progress, increment }
  }
}
