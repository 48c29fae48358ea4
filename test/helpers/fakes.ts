// Edges for tests of the client: a clock whose time passes as soon as nothing else happens, and a scripted fetch.
import { abortError } from '../../src/client/errors.js'
import { systemClock, type Clock } from '../../src/client/http/clock.js'
import type { FetchFunction } from '../../src/client/http/transport.js'

interface Timer {
  delayMs: number
  atMs: number
  fire: () => void
}

/** Time that passes only when a test lets it. */
export abstract class StandingClock implements Clock {
  protected readonly timers = new Set<Timer>()
  constructor(public nowMs = Date.UTC(2026, 10, 23)) {}

  now(): number {
    return this.nowMs
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortError(signal))
      const onAbort = () => {
        this.timers.delete(timer)
        if (signal) reject(abortError(signal))
      }
      const fire = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const timer: Timer = { delayMs, atMs: this.nowMs + delayMs, fire }
      this.timers.add(timer)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.slept()
    })
  }

  /** Somebody began to wait. */
  protected abstract slept(): void
}

/** Time stands still until everybody waits, then it jumps to the end of the shortest wait. */
export class FakeClock extends StandingClock {
  #isChecking = false

  protected slept(): void {
    this.#check()
  }

  #check(): void {
    if (this.#isChecking) return
    this.#isChecking = true
    let turns = 0
    const turn = () => {
      if (++turns < 5) return setImmediate(turn)
      this.#isChecking = false
      const [next] = [...this.timers].sort((a, b) => a.atMs - b.atMs)
      if (!next) return
      this.nowMs = next.atMs
      this.timers.delete(next)
      next.fire()
      if (this.timers.size) this.#check()
    }
    setImmediate(turn)
  }
}

/** For tests with a real node: time stands still, and waits between tries are over at once; time limits are not. */
export const impatientClock = (nowMs: number): Clock => ({
  now: () => nowMs,
  sleep: (delayMs, signal) => (delayMs < 15_000 ? new Promise(setImmediate) : systemClock.sleep(delayMs, signal)),
})

export interface FakeAnswer {
  status?: number
  body?: string | object
  headers?: Record<string, string>
}

/**
 * Answers each request by the script: an answer, an error to throw, `'hang'`, or undefined for 404. Clients ask by HEAD what
 * time it is before they sign; that is answered with `date` alone, and isn't counted.
 */
export function fakeFetch(
  script: (
    request: { url: URL; method: string; body: string | undefined },
    index: number,
  ) => FakeAnswer | Error | 'hang' | undefined,
  date?: () => string,
): FetchFunction & { requests: { url: URL; method: string; body: string | undefined }[] } {
  const requests: { url: URL; method: string; body: string | undefined }[] = []
  const fetch: FetchFunction = async (url, init) => {
    const request = { url: new URL(url), method: init.method ?? 'GET', body: init.body as string | undefined }
    if (request.method === 'HEAD' && request.url.pathname === '/api/v0/version')
      return new Response(null, { headers: date ? { date: date() } : {} })
    requests.push(request)
    const answer = script(request, requests.length - 1)
    if (answer === 'hang') return new Promise(() => undefined)
    if (answer instanceof Error) throw answer
    const { status = 200, body = '', headers = {} } = answer ?? { status: 404, body: '404: Not Found' }
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
  }
  return Object.assign(fetch, { requests })
}

/** What `fetch` throws when nobody listens, and when the connection breaks. */
export const refused = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) })
export const reset = (): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
