// A search that goes through what a node has page by page, and says how far it came.
import { invalidInput } from '../errors.js'

export interface ScanFacts {
  /** False when the search stopped at its bound: there may be more than what was found. */
  readonly isComplete: boolean
  /** Messages or aggregates that were looked at. */
  readonly scanned: number
}

/** What was found, as a list; the facts beside it are not enumerable. */
export type QueryResult<T> = T[] & ScanFacts

/** Rows of one request. */
export const scanPageSize = 200
export const defaultMaxScan = 50 * scanPageSize
const greatestMaxScan = 1_000_000

/** One for all: a hundred thousand of them would be more work than what they describe. */
const hidden: PropertyDescriptor = { value: undefined, enumerable: false, configurable: true, writable: true }

/** A property that is not iterated, spread, or written as JSON. */
export function defineHidden(target: object, name: string, value: unknown): void {
  hidden.value = value
  Object.defineProperty(target, name, hidden)
}

export function withFacts<T extends object, F extends object>(list: T[], facts: F): T[] & F {
  for (const [name, value] of Object.entries(facts)) defineHidden(list, name, value)
  return list as T[] & F
}

/** Throws `INVALID_INPUT` unless `value` is absent or a whole number from 0. */
export function assertCount(value: unknown, name: string): asserts value is number | undefined {
  if (value !== undefined && (!Number.isSafeInteger(value) || (value as number) < 0))
    throw invalidInput(`\`${name}\` must be a whole number from 0.`)
}

export function assertMaxScan(value: unknown): asserts value is number | undefined {
  if (value !== undefined && (!Number.isInteger(value) || (value as number) < 1 || (value as number) > greatestMaxScan))
    throw invalidInput(`\`maxScan\` must be a whole number from 1 to ${greatestMaxScan}.`)
}
