// Whether a message that was sent may have arrived (protocol §4.1). While that is open nothing may be signed in its
// place: the message is looked up, and the same bytes are sent again, which nodes drop or evaluate anew.
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { isObject } from '../isObject.js'
import { sha256Hex } from '../node/hash.js'
import { isItemHash } from './itemHash.js'
import type { Envelope } from './types.js'

/** Statuses by which a node, or a proxy before it, refuses a request without publishing anything. */
const refusals = new Set([
  400, 401, 402, 403, 404, 405, 406, 407, 411, 413, 414, 415, 417, 421, 422, 426, 428, 431, 451,
])

/**
 * What a failed attempt means once the first byte of a message left. When in doubt, it may have arrived: a page of HTML is
 * a proxy's, which may have passed the message on.
 */
export const mayHaveArrived = (error: unknown): boolean =>
  !isAlephError(error) ||
  (error.details.neverSent !== true && (error.details.isPage === true || !refusals.has(error.response?.status ?? 0)))

/** The network decided against the message: the same bytes lead nowhere, and another one may be signed. */
export const isDecided = (error: unknown): boolean =>
  isAlephError(error, 'FORGOTTEN') || (isAlephError(error, 'REJECTED') && 'error_code' in error.details)

/**
 * The signed message of a call that failed while nobody knows whether it arrived: give it to `messages.resend`, or to
 * `storeFile` as `resend`, instead of calling again. An upload in chunks gives its `details.record` instead, to go on with as
 * `resume`. Undefined for every other error.
 */
export function openEnvelope(error: unknown): Envelope | undefined {
  const envelope = isAlephError(error) ? error.details.envelope : undefined
  return isObject(envelope) ? (envelope as unknown as Envelope) : undefined
}

/** Another try may help where no usable answer came; it begins with a look for the message. */
const isUnanswered = (error: AlephError) =>
  ['NETWORK', 'TIMEOUT', 'RATE_LIMITED', 'TOO_LARGE', 'REJECTED'].includes(error.code)

/** The error of an attempt, so that it is tried again if that may help. */
export function asAttempt(error: unknown): unknown {
  if (!isAlephError(error) || error.retryable || isDecided(error) || !isUnanswered(error)) return error
  return new AlephError(error.code, error.message, { ...fields(error), retryable: true })
}

/** The error of a call whose message may have arrived: it says so and carries the message. */
export function openFateError(error: unknown, envelope: Envelope): unknown {
  if (isDecided(error) || openEnvelope(error)) return error
  const known = isAlephError(error)
    ? error
    : new AlephError('NETWORK', 'The message could not be sent.', { cause: error })
  // A refusal of this request says nothing of an earlier one.
  const code = known.code === 'REJECTED' || known.code === 'TOO_LARGE' ? 'NETWORK' : known.code
  const { item_hash } = envelope
  return new AlephError(
    code,
    `${known.message} Message ${item_hash} may have arrived. Sending the same signed message again can't publish it twice.`,
    { ...fields(known), cause: error, details: { ...known.details, item_hash, envelope } },
  )
}

const fields = (error: AlephError) => ({
  cause: error.cause,
  retryable: error.retryable,
  details: error.details,
  ...(error.response ? { response: error.response } : {}),
})

/** An envelope that was kept, as it was signed. Throws `INVALID_INPUT` for anything else. */
export function keptEnvelope(value: unknown): Envelope {
  const envelope = value as Envelope
  const isEnvelope =
    isObject(value) &&
    [envelope.sender, envelope.chain, envelope.type, envelope.signature, envelope.item_type].every(
      text => typeof text === 'string' && text !== '',
    ) &&
    typeof envelope.time === 'number' &&
    typeof envelope.item_hash === 'string' &&
    isItemHash(envelope.item_hash)
  if (!isEnvelope) throw invalidInput("This isn't a signed message.")
  const { item_type, item_content, item_hash } = envelope
  if (item_type !== 'inline') return envelope
  if (typeof item_content !== 'string' || sha256Hex(new TextEncoder().encode(item_content)) !== item_hash)
    throw invalidInput(`Message ${item_hash} was changed after it was signed.`)
  return envelope
}
