// One message by its hash: every status of protocol §4.3 becomes a value or a typed error.
import * as v from 'valibot'
import type { Context } from '../context.js'
import { AlephError, integrityError } from '../errors.js'
import { smallAnswerBytes } from '../http/http.js'
import { isItemHash } from './itemHash.js'
import { parseAnswer, verifiedMessage, type Message } from './message.js'
import { rejectionError } from './rejection.js'
import type { MessageStatus } from './types.js'

export interface ReadOptions {
  signal?: AbortSignal | undefined
  /** Ask only this node: the one that was written to. */
  endpoint?: string | undefined
}

const envelopeSchema = v.looseObject({
  status: v.string(),
  item_hash: v.string(),
  message: v.optional(v.unknown()),
  error_code: v.nullish(v.number()),
  details: v.nullish(v.looseObject({ errors: v.optional(v.unknown()) })),
  forgotten_by: v.nullish(v.array(v.string())),
  reason: v.nullish(v.string()),
})

export const messageNotFound = (itemHash: string): AlephError =>
  new AlephError('NOT_FOUND', 'Message not found', { response: { status: 404 }, details: { item_hash: itemHash } })

const forgottenError = (itemHash: string, details: Record<string, unknown> = {}) =>
  new AlephError('FORGOTTEN', `Message ${itemHash} was forgotten: its content is no longer on the network.`, {
    details: { item_hash: itemHash, ...details },
  })

/**
 * The message with this item hash, verified. Throws `NOT_FOUND` ("Message not found", also for a malformed hash),
 * `FORGOTTEN`, `PENDING`, `REJECTED`, and `INTEGRITY` also when the sender has no permission of the owner.
 */
export async function getMessage(
  context: Context,
  itemHash: string,
  { signal, endpoint }: ReadOptions = {},
): Promise<Message> {
  if (typeof itemHash !== 'string' || !isItemHash(itemHash)) throw messageNotFound(String(itemHash))
  const path = `/api/v0/messages/${itemHash}`
  const answer = await context.http.request(path, { signal, endpoint, accept: [400, 404, 410] })
  if (answer.status === 410) throw forgottenError(itemHash)
  if (answer.status !== 200) throw messageNotFound(itemHash)
  const known = parseAnswer(envelopeSchema, answer, path)
  const status = known.status as MessageStatus
  switch (status) {
    case 'processed':
    case 'removing': {
      const message = await verifiedMessage(context, known.message, status, signal)
      if (message.item_hash !== itemHash)
        throw integrityError(`The node answered with message ${message.item_hash} when asked for ${itemHash}.`)
      const { authority: how, isComplete } = await context.authority.resolve(context, message, signal)
      if (how === 'unproven' && isComplete)
        throw integrityError(
          `${message.sender} signed message ${itemHash} for ${message.owner}, who never gave permission.`,
          { item_hash: itemHash },
        )
      return { ...message, authority: how }
    }
    case 'pending':
      throw new AlephError('PENDING', `Message ${itemHash} is known to the node but not processed yet.`, {
        retryable: true,
        details: { item_hash: itemHash },
      })
    case 'rejected':
      throw rejectionError(itemHash, known.error_code ?? undefined, known.details?.errors)
    case 'forgotten':
      throw forgottenError(itemHash, { forgotten_by: known.forgotten_by ?? [] })
    case 'removed':
      throw new AlephError(
        'FORGOTTEN',
        `Message ${itemHash} was removed because its owner's balance did not cover it.`,
        {
          details: { item_hash: itemHash, reason: known.reason },
        },
      )
    default:
      throw new AlephError(
        'NETWORK',
        `The node gives message ${itemHash} a status that is not known: ${String(status).slice(0, 40)}.`,
      )
  }
}

/** The status, or undefined if the node does not know the message. */
export async function messageStatus(
  context: Context,
  itemHash: string,
  options: ReadOptions & { retry?: boolean } = {},
): Promise<MessageStatus | undefined> {
  if (typeof itemHash !== 'string' || !isItemHash(itemHash)) return undefined
  const path = `/api/v0/messages/${itemHash}/status`
  const answer = await context.http.request(path, { ...options, accept: [400, 404, 410], maxBytes: smallAnswerBytes })
  if (answer.status === 410) return 'removed'
  if (answer.status !== 200) return undefined
  return parseAnswer(v.looseObject({ status: v.string() }), answer, path).status as MessageStatus
}
