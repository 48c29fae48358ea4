// One message by its hash: every status of protocol §4.3 becomes a value or a typed error.
import * as v from 'valibot'
import type { Context } from '../context.js'
import { AlephError, integrityError } from '../errors.js'
import { isPage, noAnswer } from '../http/failures.js'
import { smallAnswerBytes, type HttpAnswer } from '../http/http.js'
import { isItemHash } from './itemHash.js'
import { parseAnswer, verifiedMessage, type Message } from './message.js'
import { rejectionError } from './rejection.js'
import type { MessageStatus } from './types.js'

export interface ReadOptions {
  signal?: AbortSignal | undefined
  /** Ask only this node: the one that was written to. */
  endpoint?: string | undefined
  /** How long the node may be silent, in milliseconds. */
  timeoutMs?: number
}

const statusShape = v.picklist(['pending', 'processed', 'rejected', 'forgotten', 'removing', 'removed'])

const envelopeSchema = v.looseObject({
  status: statusShape,
  message: v.optional(v.unknown()),
  error_code: v.fallback(v.nullish(v.pipe(v.number(), v.safeInteger())), undefined),
  details: v.fallback(v.nullish(v.looseObject({ errors: v.optional(v.unknown()) })), undefined),
  forgotten_by: v.fallback(v.nullish(v.array(v.unknown())), undefined),
  reason: v.fallback(v.nullish(v.pipe(v.string(), v.maxLength(200))), undefined),
})

/** For whatever was asked for. */
export const messageNotFound = (itemHash: unknown): AlephError =>
  new AlephError('NOT_FOUND', 'Message not found', {
    response: { status: 404 },
    details: { item_hash: typeof itemHash === 'string' ? itemHash : typeof itemHash },
  })

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
  if (typeof itemHash !== 'string' || !isItemHash(itemHash)) throw messageNotFound(itemHash)
  const path = `/api/v0/messages/${itemHash}`
  const answer = await context.http.request(path, { signal, endpoint, accept: [400, 404, 410] })
  if (answer.status === 410) throw forgottenError(itemHash)
  if (isUnknown(answer)) throw messageNotFound(itemHash)
  const known = parseAnswer(envelopeSchema, answer, path)
  const { status } = known
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
      throw forgottenError(itemHash, {
        forgotten_by: (known.forgotten_by ?? [])
          .filter(hash => typeof hash === 'string' && isItemHash(hash))
          .slice(0, 10),
      })
    case 'removed':
      throw new AlephError(
        'FORGOTTEN',
        `Message ${itemHash} was removed because its owner's balance did not cover it.`,
        {
          details: { item_hash: itemHash, reason: known.reason },
        },
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
  if (isUnknown(answer)) return undefined
  return parseAnswer(v.looseObject({ status: statusShape }), answer, path).status
}

/** A page of HTML says nothing of the message. */
function isUnknown({ status, text }: HttpAnswer): boolean {
  if (status !== 200 && isPage(text)) throw noAnswer(status)
  return status !== 200
}

/** How many hashes fit into the address of one request. */
const askedHashes = 50
const askedAtOnce = 4

/** The status of each message that the node knows: those that are live by one request for many, the others one by one. */
export async function messageStatuses(
  context: Context,
  itemHashes: readonly string[],
  options: ReadOptions = {},
): Promise<Map<string, MessageStatus>> {
  const statuses = new Map<string, MessageStatus>()
  const hashes = [...new Set(itemHashes)].filter(isItemHash)
  const path = '/api/v0/messages.json'
  for (let start = 0; hashes.length > 1 && start < hashes.length; start += askedHashes) {
    const asked = new Set(hashes.slice(start, start + askedHashes))
    const query = { hashes: [...asked].join(','), pagination: asked.size, contentFormat: 'none' }
    const answer = await context.http.request(path, { ...options, query })
    for (const { item_hash } of parseAnswer(liveSchema, answer, path).messages)
      if (asked.has(item_hash)) statuses.set(item_hash, 'processed')
  }
  const left = hashes.filter(hash => !statuses.has(hash))
  for (let start = 0; start < left.length; start += askedAtOnce)
    await Promise.all(
      left.slice(start, start + askedAtOnce).map(async hash => {
        const status = await messageStatus(context, hash, options)
        if (status) statuses.set(hash, status)
      }),
    )
  return statuses
}

const liveSchema = v.looseObject({ messages: v.array(v.looseObject({ item_hash: v.string() })) })
