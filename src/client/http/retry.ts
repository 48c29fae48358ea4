// When to try again, and how long to wait before it.
import { isAlephError, type AlephError } from '../errors.js'

export interface RetryPolicy {
  /** Tries after the first. */
  retries: number
  /** No more than this is spent waiting between the tries of one call, in all. */
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

/** Full jitter under an exponential ceiling. */
const jitterMs = (attempt: number, random: () => number): number => random() * Math.min(capMs, baseMs * 2 ** attempt)

const backOffCapMs = 80_000
const maxBackOffMs = 60_000

/**
 * Milliseconds before another try of something that never gives up: between a quarter and three quarters of a ceiling that
 * doubles, and no more than a minute, so that many clients of a node don't come back at once. A longer `Retry-After` counts
 * up to the same limit.
 */
export function backOffMs({ response }: AlephError, attempt: number, random: () => number): number {
  const ceilingMs = Math.min(backOffCapMs, baseMs * 2 ** attempt)
  return Math.min(maxBackOffMs, Math.max(response?.retryAfterMs ?? 0, ceilingMs * (0.25 + random() / 2)))
}

/** `Retry-After` (seconds or an HTTP date) in milliseconds from now; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | null | undefined, nowMs: number): number | undefined {
  const text = value?.trim()
  if (!text) return undefined
  if (/^\d+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}

/** Errors after which another endpoint may do better: also those of which waiting makes nothing better. */
export const isFailOver = (error: unknown): error is AlephError =>
  isAlephError(error) && (error.retryable || error.code === 'NETWORK')
