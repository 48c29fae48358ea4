// Bounds around one attempt: the caller's signal, a time limit, and a size limit on what a node may send.
import { AlephError, abortError } from '../errors.js'
import type { Clock } from './clock.js'

/** Settles like `promise`, but rejects within a tick once `signal` fires, even if the work ignores it. */
export async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined) // it may reject after we stopped listening
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort)
  }
}

/** A signal that fires with the caller's, or with `TIMEOUT` when `touch` was not called for `limitMs`. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timer = new AbortController()
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #outer: AbortSignal | undefined
  readonly #onOuterAbort = () => this.#controller.abort(this.#outer?.reason)
  #touchedMs: number

  constructor(clock: Clock, limitMs: number, outer?: AbortSignal) {
    this.#clock = clock
    this.#limitMs = limitMs
    this.#outer = outer
    this.#touchedMs = clock.now()
    if (outer?.aborted) this.#onOuterAbort()
    else {
      outer?.addEventListener('abort', this.#onOuterAbort, { once: true })
      void this.#watch()
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Something moved: the time limit starts again. Called for every chunk, so it only notes the time. */
  touch(): void {
    this.#touchedMs = this.#clock.now()
  }

  /** Ends the timer and lets go of the caller's signal. */
  end(): void {
    this.#timer.abort()
    this.#outer?.removeEventListener('abort', this.#onOuterAbort)
  }

  async #watch(): Promise<void> {
    try {
      for (let leftMs = this.#limitMs; leftMs > 0; leftMs = this.#touchedMs + this.#limitMs - this.#clock.now())
        await this.#clock.sleep(leftMs, this.#timer.signal)
    } catch {
      return // ended in time
    }
    const seconds = Math.round(this.#limitMs / 1000)
    const message = `The node did not answer for ${seconds} seconds.`
    this.#controller.abort(new AlephError('TIMEOUT', message, { retryable: true }))
  }
}

/** Reads a whole body as UTF-8 text; more than `maxBytes` is `TOO_LARGE`, and the rest is not read. */
export async function readText(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<string> {
  // Decoded as it comes: all of it at once would stop the thread for a while.
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new AlephError('TOO_LARGE', `The node's answer is larger than ${maxBytes} bytes.`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
