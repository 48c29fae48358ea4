// Options of every call, checked before anything else happens.
import { invalidInput } from './errors.js'
import { isPromise } from './shapes.js'

/**
 * Throws `INVALID_INPUT` for options of a call that can't work whatever it does with them: unknown names, because a misspelt
 * option must not change in silence what is published, Promises that nobody awaited, and signals that aren't any.
 */
export function assertOptions(options: object | undefined, known: readonly string[], call: string): void {
  if (options === undefined) return
  if (isPromise(options)) throw invalidInput(`The options of ${call} are a Promise: await it first.`)
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw invalidInput(`The options of ${call} must be an object.`)
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown !== undefined)
    throw invalidInput(`${call} has no option “${unknown.slice(0, 40)}”; it knows ${known.join(', ')}.`)
  for (const [name, value] of Object.entries(options))
    if (isPromise(value)) throw invalidInput(`The option “${name}” of ${call} is a Promise: await it first.`)
  const { signal, waitMs, onSigned } = options as Partial<Record<'signal' | 'waitMs' | 'onSigned', unknown>>
  if (signal !== undefined && !isSignal(signal))
    throw invalidInput(`The option “signal” of ${call} must be an AbortSignal.`)
  if (waitMs !== undefined && !(typeof waitMs === 'number' && waitMs >= 0))
    throw invalidInput(`The option “waitMs” of ${call} must be a number of milliseconds.`)
  if (onSigned !== undefined && typeof onSigned !== 'function')
    throw invalidInput(`The option “onSigned” of ${call} must be a function.`)
}

/** Also one of another realm. */
const isSignal = (value: unknown): value is AbortSignal => {
  const { aborted, addEventListener } = (value ?? {}) as Partial<Record<keyof AbortSignal, unknown>>
  return typeof value === 'object' && typeof aborted === 'boolean' && typeof addEventListener === 'function'
}
