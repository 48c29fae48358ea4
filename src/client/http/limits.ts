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

/** Milliseconds. */
export interface TimeLimits {
  /** Without anything moving. */
  silence: number
  /** In all; no limit if not given. */
  total?: number | undefined
}

/** A signal that fires with the caller's, or with `TIMEOUT` when `touch` wasn't called for too long, or all took too long. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timer = new AbortController()
  readonly #clock: Clock
  readonly #outer: AbortSignal | undefined
  readonly #onOuterAbort = () => this.#controller.abort(this.#outer?.reason)
  readonly #endMs: number
  #silenceMs: number
  #touchedMs: number
  /** Whether anything moved. */
  isTouched = false

  constructor(clock: Clock, { silence, total = Infinity }: TimeLimits, outer?: AbortSignal) {
    this.#clock = clock
    this.#silenceMs = silence
    this.#outer = outer
    this.#touchedMs = clock.now()
    this.#endMs = this.#touchedMs + total
    if (outer?.aborted) this.#onOuterAbort()
    else {
      outer?.addEventListener('abort', this.#onOuterAbort, { once: true })
      void this.#watch(total)
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /**
   * Something moved: the time limit starts again, from now on perhaps a longer one. Called for every chunk, so it only notes
   * the time.
   */
  touch(silenceMs = this.#silenceMs): void {
    this.isTouched = true
    this.#touchedMs = this.#clock.now()
    this.#silenceMs = silenceMs
  }

  /** Ends the timer and lets go of the caller's signal. */
  end(): void {
    this.#timer.abort()
    this.#outer?.removeEventListener('abort', this.#onOuterAbort)
  }

  async #watch(totalMs: number): Promise<void> {
    const leftMs = () => Math.min(this.#touchedMs + this.#silenceMs, this.#endMs) - this.#clock.now()
    try {
      for (let ms = leftMs(); ms > 0; ms = leftMs()) await this.#clock.sleep(ms, this.#timer.signal)
    } catch {
      return // ended in time
    }
    const isSilent = this.#touchedMs + this.#silenceMs <= this.#endMs
    const seconds = Math.round((isSilent ? this.#silenceMs : totalMs) / 1000)
    const message = isSilent
      ? `The node did not answer for ${seconds} seconds.`
      : `The node didn't complete its answer within ${seconds} seconds.`
    const details = { silentMs: seconds * 1000 }
    this.#controller.abort(new AlephError('TIMEOUT', message, { retryable: true, details }))
  }
}

/** The same chunks; each of them starts the time limit again. */
export async function* touching(body: AsyncIterable<Uint8Array>, deadline: Deadline): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    deadline.touch()
    yield chunk
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
