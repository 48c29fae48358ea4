// The one family of errors of the client. Told apart by `code`, never by text or class, because the client may be
// bundled several times in one process.
import { safeLabel } from '../shared/safeText.js'

/** Why a call failed. */
export type ErrorCode =
  | 'ABORTED' // the caller's signal ended the call
  | 'CONFLICT' // somebody else's write stands in the way
  | 'DECRYPTION' // the content can not be decrypted
  | 'FORGOTTEN' // the author had the network forget it, or it was removed for lack of funds
  | 'INSUFFICIENT_FUNDS' // the account holds too little for the file
  | 'INTEGRITY' // what came is not what was signed or asked for
  | 'INVALID_INPUT' // the caller asked for something that can not be done; nothing was signed or sent
  | 'IO' // a local file could not be read or written
  | 'NETWORK' // no usable answer from any endpoint
  | 'NOT_FOUND' // no such message, file or aggregate
  | 'PENDING' // known to the node, but not processed yet
  | 'RATE_LIMITED' // the node or a proxy before it answered 429 until patience ended
  | 'READ_ONLY' // the account is an address without a key
  | 'REJECTED' // the network refused the message for good
  | 'TIMEOUT' // no answer in time
  | 'TOO_LARGE' // over a limit of the node, the protocol or the caller

/** The facts of an HTTP answer that are safe to show and log. Shaped so that `error.response.status` works. */
export interface ErrorResponse {
  status: number
  /** The `Retry-After` of the answer in milliseconds, if it had one. */
  retryAfterMs?: number
}

export interface AlephErrorOptions {
  cause?: unknown
  /** True if the same call may succeed later without a change. */
  retryable?: boolean
  response?: ErrorResponse
  /** Facts for programs (hashes, limits, the node's code); never a secret and never a body. */
  details?: Record<string, unknown>
}

const marker = Symbol.for('aleph-cloud-storage.AlephError')

/** A sentence never needs more, whatever a caller or a node put into one. */
const maxMessageCharacters = 500

/** Everything the client throws. `message` is one line for a person, at most 500 characters long, all of them printable. */
export class AlephError extends Error {
  readonly [marker] = true
  override readonly name = 'AlephError'
  readonly code: ErrorCode
  readonly retryable: boolean
  declare readonly response?: ErrorResponse
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: AlephErrorOptions = {}) {
    super(safeLabel(message, maxMessageCharacters), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    if (options.response) this.response = options.response
    this.details = options.details ?? {}
  }
}

/** True for an error of this family, also one made by another copy of the module; with `code`, only for that code. */
export function isAlephError(error: unknown, code?: ErrorCode): error is AlephError {
  if (typeof error !== 'object' || error === null || !(marker in error)) return false
  return code === undefined || (error as AlephError).code === code
}

export const invalidInput = (message: string, details?: Record<string, unknown>): AlephError =>
  new AlephError('INVALID_INPUT', message, details ? { details } : {})

export const integrityError = (message: string, details?: Record<string, unknown>): AlephError =>
  new AlephError('INTEGRITY', message, details ? { details } : {})

/**
 * Names that a stranger chose, fit for a sentence: the plain ones among the first few, and how many others there are. All of
 * them belong in the details of the error.
 */
export function namesInText(names: readonly string[]): string {
  const plain = names
    .slice(0, 20)
    .filter(name => /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_ .-]{0,39}$/u.test(name))
    .slice(0, 5)
  const others = names.length - plain.length
  if (!plain.length) return others === 1 ? '1 entry' : `${others} entries`
  return others ? `${plain.join(', ')} and ${others} more` : plain.join(', ')
}

/** The error for a signal that ended a call; keeps an `AlephError` given as the reason (a time limit of ours). */
export function abortError(signal: AbortSignal): AlephError {
  return isAlephError(signal.reason) ? signal.reason : new AlephError('ABORTED', 'The operation was cancelled.')
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal)
}
