// When to try again, and how long to wait before it.
import { isAlephError, type AlephError } from '../errors.js'

export interface RetryPolicy {
  /** Tries after the first. */
  retries: number
  /** No more than this is spent waiting in one call, in all. */
  maxWaitMs: number
  random: () => number
}

const baseMs = 500
const capMs = 10_000

/**
 * Milliseconds to wait before try number `attempt` (0 = first retry), or undefined to give up: full jitter under an
 * exponential ceiling, or the `Retry-After` of the answer. 5xx of status 500 is tried once more only, because nodes
 * answer some malformed requests with it (trap 46).
 */
export function retryDelayMs(
  error: unknown,
  attempt: number,
  waitedMs: number,
  policy: RetryPolicy,
): number | undefined {
  if (!isAlephError(error) || !error.retryable) return undefined
  if (attempt >= (error.response?.status === 500 ? Math.min(1, policy.retries) : policy.retries)) return undefined
  const delayMs = error.response?.retryAfterMs ?? jitterMs(attempt, policy.random)
  return waitedMs + delayMs > policy.maxWaitMs ? undefined : delayMs
}

/** Full jitter under an exponential ceiling, 10 s if not given. */
export const jitterMs = (attempt: number, random: () => number, ceilingMs = capMs): number =>
  random() * Math.min(ceilingMs, baseMs * 2 ** attempt)

/** `Retry-After` (seconds or an HTTP date) in milliseconds from now; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  const text = value?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** Errors after which another endpoint may do better. */
export const isFailOver = (error: unknown): error is AlephError => isAlephError(error) && error.retryable
