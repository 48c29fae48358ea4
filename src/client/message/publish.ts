// A signed message → the network, exactly once (protocol §4.1): identity is the hash, so the same bytes may be sent
// again, and an answer lost on the way is found again by hash. Nothing here signs.
import * as v from 'valibot'
import type { Context, WriteOptions } from '../context.js'
import { requireAccount, requireOwner } from '../context.js'
import { AlephError, isAlephError } from '../errors.js'
import { assertStored } from '../file/uploadAnswer.js'
import { parseJson, type HttpAnswer } from '../http/http.js'
import type { Head } from './contentClock.js'
import { signMessage, type SignedMessage } from './envelope.js'
import { getMessage, messageStatus } from './get.js'
import { rejectionError } from './rejection.js'
import { assertChannel } from './tags.js'
import type { Envelope, MessageStatus, MessageType } from './types.js'
import { parseWire } from './message.js'

export interface PublishResult {
  item_hash: string
  /** `pending` when the node had not decided within `waitMs`: ask again by `messages.status`. */
  status: 'processed' | 'pending'
  envelope: Envelope
}

export interface SendOptions {
  endpoint?: string | undefined
  signal?: AbortSignal | undefined
  /** How long to wait for a final state after a 202, in milliseconds. */
  waitMs?: number
}

/** A node waits for 30 s before it answers 202 (trap 29). */
const answerTimeoutMs = 60_000
const syncHoldMs = 30_000
const defaultWaitMs = 60_000
/** A message that is unknown for so long after a 202 has vanished (traps 41, 42). */
const lostAfterMs = 10_000
const pollDelaysMs = [300, 700, 1000, 2000, 3000, 5000]

const answerSchema = v.looseObject({
  message_status: v.nullish(v.string()),
  // The light node says why at once, and keeps nothing of what it refused (protocol §9).
  error: v.nullish(v.looseObject({ code: v.nullish(v.number()) })),
})

/** Builds, signs and publishes a message of the account; `head` is what it must be newer than. */
export async function publishContent(
  context: Context,
  type: MessageType,
  content: Record<string, unknown>,
  options: WriteOptions & { head?: Head | undefined; endpoint?: string | undefined; waitMs?: number } = {},
): Promise<PublishResult> {
  const account = requireAccount(context, options.account)
  const channel = options.channel ?? context.channel
  if (channel !== undefined) assertChannel(channel)
  const address = await requireOwner(options.owner, account)
  const endpoint = options.endpoint ?? (await context.http.writeEndpoint(options.signal))
  await context.http.assertClock(endpoint, options.signal)
  const time = context.contentClock.next(account.address, options.head)
  const unsigned = { type, content: { address, time, ...content }, ...(channel === undefined ? {} : { channel }) }
  const signed = await signMessage(account, unsigned, options.signal)
  return publishSigned(context, signed, { ...options, endpoint })
}

/**
 * Publishes a signed message and tells its fate. Throws `REJECTED` (details: the node's `error_code`); any other error
 * that leaves the fate open carries the `item_hash` in its details, to look it up before anything is signed anew.
 */
export async function publishSigned(
  context: Context,
  { envelope, attachment }: SignedMessage,
  options: SendOptions = {},
): Promise<PublishResult> {
  const endpoint = options.endpoint ?? (await context.http.writeEndpoint(options.signal))
  if (attachment) await uploadAttachment(context, envelope.item_hash, attachment, endpoint, options.signal)
  // A node holds its answer for half a minute, which is more than some want to wait.
  const { waitMs = defaultWaitMs } = options
  const body = JSON.stringify({ sync: waitMs >= syncHoldMs, message: envelope })
  const send = async () => {
    const request = { endpoint, body, accept: [422], retry: false, timeoutMs: answerTimeoutMs, signal: options.signal }
    return statusOfAnswer(await context.http.request('/api/v0/messages', request), envelope.item_hash)
  }
  return publishOnce(context, envelope, send, { ...options, endpoint })
}

/**
 * Calls `send` until the network knows the message: before every further try the node is asked whether an earlier one
 * arrived, so that a lost answer costs nothing. Errors that leave the fate open name the item hash. `envelope` is a
 * function where the message is signed only while it is sent.
 */
export async function publishOnce(
  context: Context,
  envelope: Envelope | (() => Envelope | undefined),
  send: () => Promise<MessageStatus>,
  options: SendOptions & { endpoint: string },
): Promise<PublishResult> {
  const { endpoint, signal } = options
  const current = () => (typeof envelope === 'function' ? envelope() : envelope)
  let mayHaveArrived = false
  const attempt = async () => {
    const sent = current()
    let status =
      sent && mayHaveArrived
        ? await messageStatus(context, sent.item_hash, { endpoint, signal, retry: false })
        : undefined
    try {
      status ??= await send()
    } catch (error) {
      if (isFateOpen(error)) mayHaveArrived = true
      throw error
    }
    mayHaveArrived = true
    return settle(context, current() as Envelope, status, endpoint, options)
  }
  try {
    return await context.http.retrying(attempt, { endpoint, signal })
  } catch (error) {
    const sent = current()
    throw sent ? withFate(error, sent.item_hash, mayHaveArrived) : error
  }
}

/** What the node says of a message that it took or refused with this answer. */
function statusOfAnswer(answer: HttpAnswer, itemHash: string): MessageStatus {
  if (answer.status === 422 && !answer.text.trimStart().startsWith('{'))
    throw new AlephError('REJECTED', 'The node refused the message: its format is not valid.', {
      response: { status: 422 },
      details: { error_code: 0, reason: answer.text.slice(0, 200) },
    })
  const { message_status, error } = parseWire(answerSchema, parseJson(answer.text, 'a publication'), 'a publication')
  if (message_status === 'rejected' && error) throw rejectionError(itemHash, error.code ?? undefined, undefined)
  return (message_status ?? 'pending') as MessageStatus
}

/** Waits for a final state, or gives an honest `pending`. */
export async function settle(
  context: Context,
  envelope: Envelope,
  firstStatus: MessageStatus,
  endpoint: string,
  { signal, waitMs = defaultWaitMs }: SendOptions,
): Promise<PublishResult> {
  const { clock } = context.http
  const startMs = clock.now()
  let status: MessageStatus | undefined = firstStatus
  let missingSinceMs: number | undefined
  for (let poll = 0; ; poll++) {
    if (status === 'processed' || status === 'removing')
      return { item_hash: envelope.item_hash, status: 'processed', envelope }
    if (status !== undefined && status !== 'pending') {
      // Reading it tells why: getMessage throws for every state that is not live.
      await getMessage(context, envelope.item_hash, { endpoint, signal })
      return { item_hash: envelope.item_hash, status: 'processed', envelope }
    }
    const delayMs = pollDelaysMs[Math.min(poll, pollDelaysMs.length - 1)] as number
    if (clock.now() - startMs + delayMs > waitMs) return { item_hash: envelope.item_hash, status: 'pending', envelope }
    await clock.sleep(delayMs, signal)
    try {
      status = await messageStatus(context, envelope.item_hash, { endpoint, signal, retry: false })
    } catch (error) {
      if (!isAlephError(error) || !error.retryable) throw error
      continue // no answer is no news
    }
    if (status !== undefined) missingSinceMs = undefined
    else if (clock.now() - (missingSinceMs ??= clock.now()) > lostAfterMs)
      throw new AlephError(
        'REJECTED',
        `Message ${envelope.item_hash} was lost by the node: it was accepted, and is not known any more.`,
        {
          details: { item_hash: envelope.item_hash },
        },
      )
    else status = 'pending'
  }
}

/** Content above 50 000 bytes travels as a file of its own, to be there before the message (protocol §11.2). */
async function uploadAttachment(
  context: Context,
  itemHash: string,
  bytes: Uint8Array,
  endpoint: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const part = {
    name: 'file',
    filename: 'content.json',
    contentType: 'application/json',
    lengthBytes: bytes.length,
    body: () => [bytes],
  }
  const path = '/api/v0/storage/add_file'
  const answer = await context.http.retrying(() => context.http.uploadOnce(endpoint, path, [part], { signal }), {
    endpoint,
    signal,
  })
  assertStored(answer, itemHash)
}

/** A node that answered with a refusal did not take the message; one that was not heard any more may have. */
const isFateOpen = (error: unknown) =>
  !isAlephError(error) || ((error.retryable || error.code === 'ABORTED') && error.details.neverSent !== true)

/** Names the message in the error, and says so where it may have arrived all the same. */
function withFate(error: unknown, itemHash: string, mayHaveArrived: boolean): unknown {
  if (!isAlephError(error) || 'item_hash' in error.details) return error
  const isOpen = mayHaveArrived && error.code !== 'REJECTED'
  const message = isOpen ? `${error.message} It is not known whether message ${itemHash} arrived.` : error.message
  return new AlephError(error.code, message, { ...fields(error), details: { ...error.details, item_hash: itemHash } })
}

const fields = (error: AlephError) => ({
  cause: error,
  retryable: error.retryable,
  ...(error.response ? { response: error.response } : {}),
})
