// A signed message → the network, exactly once (protocol §4.1): identity is the hash, so the same bytes may be sent
// again, and an answer lost on the way is found again by hash.
import * as v from 'valibot'
import {
  assertOptions,
  requireAccount,
  requireOwner,
  type CallOptions,
  type Context,
  type WriteOptions,
} from '../context.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { assertStored } from '../file/uploadAnswer.js'
import { isPage, noAnswer } from '../http/failures.js'
import { parseJson, smallAnswerBytes, type HttpAnswer } from '../http/http.js'
import type { Head } from './contentClock.js'
import { signMessage, type SignedMessage } from './envelope.js'
import { asAttempt, keptEnvelope, mayHaveArrived, openFateError } from './fate.js'
import { getMessage, messageStatus } from './get.js'
import { rejectionError } from './rejection.js'
import { assertChannel } from './tags.js'
import type { Envelope, MessageStatus, MessageType } from './types.js'
import { parseWire } from './message.js'
import { canVerifyChain, verifyMessage, verifySignature } from './verify.js'

export interface PublishResult {
  item_hash: string
  /** `pending` when the node had not decided within `waitMs`: ask again by `messages.status`. */
  status: 'processed' | 'pending'
  envelope: Envelope
}

export interface SendOptions {
  endpoint?: string | undefined
  signal?: AbortSignal | undefined
  /** How long to wait for a decision that the node hasn't made when it answers, in milliseconds. */
  waitMs?: number | undefined
  /** The message was signed earlier and may have arrived: it is looked up before it is sent. */
  isResend?: boolean
}

/** So long a node itself waits for its decision where it is asked to (`sync`), before it answers 202 (trap 29). */
const nodeWaitMs = 30_000
const answerTimeoutMs = 60_000
const defaultWaitMs = 60_000
const minPollMs = 1000
const pollDelaysMs = [100, 200, 400, 700, 1000, 2000, 3000, 5000]

/** Whether the node is to answer only when it has decided: not when the caller would be kept waiting by that. */
export const isSync = (waitMs: number = defaultWaitMs): boolean => waitMs >= nodeWaitMs

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
  options: WriteOptions & { head?: Head | undefined; endpoint?: string | undefined } = {},
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
  await options.onSigned?.(signed.envelope)
  return publishSigned(context, signed, { ...options, endpoint })
}

export interface ResendOptions extends CallOptions {
  /** As of the call that signed it. */
  waitMs?: number
}

/** A changed copy would be rejected, and stand in the way of the message itself. Throws `INVALID_INPUT`. */
export async function assertSigned(context: Context, envelope: Envelope): Promise<void> {
  const { item_hash, item_type, item_content, chain } = envelope
  if (!canVerifyChain(chain)) return
  try {
    // Content that travels apart isn't here; its hash is what was signed.
    if (item_type === 'inline') await verifyMessage(envelope, item_content ?? '', context.verified)
    else if (!(await verifySignature(envelope)))
      throw invalidInput(`Message ${item_hash} was changed after it was signed.`)
  } catch (error) {
    if (!isAlephError(error, 'INTEGRITY')) throw error
    throw invalidInput(`Message ${item_hash} was changed after it was signed.`)
  }
}

/** Sends a message that was signed earlier again, the same bytes. */
export async function resendMessage(
  context: Context,
  kept: Envelope,
  options: ResendOptions = {},
): Promise<PublishResult> {
  assertOptions(options, ['signal', 'waitMs'], 'messages.resend')
  const envelope = keptEnvelope(kept)
  await assertSigned(context, envelope)
  return publishSigned(context, { envelope }, { ...options, isResend: true })
}

/**
 * Publishes a signed message and tells its fate. Throws `REJECTED` (details: the node's `error_code`); any other error
 * that leaves the fate open carries `item_hash` and `envelope` in its details: see `openEnvelope`.
 */
export async function publishSigned(
  context: Context,
  { envelope, attachment }: SignedMessage,
  options: SendOptions = {},
): Promise<PublishResult> {
  const endpoint = options.endpoint ?? (await context.http.writeEndpoint(options.signal))
  if (attachment) await uploadAttachment(context, envelope.item_hash, attachment, endpoint, options.signal)
  const body = JSON.stringify({ sync: isSync(options.waitMs), message: envelope })
  const send = async (leaves: () => void) => {
    leaves()
    const request = {
      endpoint,
      body,
      accept: [202, 422],
      maxBytes: smallAnswerBytes,
      retry: false,
      timeoutMs: answerTimeoutMs,
      signal: options.signal,
    }
    return statusOfAnswer(await context.http.request('/api/v0/messages', request), envelope.item_hash)
  }
  return publishOnce(context, envelope, send, { ...options, endpoint })
}

/**
 * Calls `send` until the network knows the message: before every further try the node is asked whether an earlier one
 * arrived, so that a lost answer costs nothing. `send` calls `leaves` right before the first byte of the message goes out.
 * `envelope` is a function where the message is signed only while it is sent.
 */
export async function publishOnce(
  context: Context,
  envelope: Envelope | (() => Envelope | undefined),
  send: (leaves: () => void) => Promise<MessageStatus>,
  options: SendOptions & { endpoint: string },
): Promise<PublishResult> {
  const { endpoint, signal } = options
  const current = () => (typeof envelope === 'function' ? envelope() : envelope)
  let isOpen = options.isResend === true
  const lookUp = (itemHash: string) => messageStatus(context, itemHash, { endpoint, signal, retry: false })
  const attempt = async () => {
    let hasLeft = false
    try {
      const sent = current()
      // A copy with another signature, from whoever, may be what was rejected: these bytes are judged on their own.
      const known = sent && isOpen ? await lookUp(sent.item_hash) : undefined
      const status = known && known !== 'rejected' ? known : await send(() => void (hasLeft = true))
      isOpen = true
      return await settle(context, current() as Envelope, status, endpoint, options)
    } catch (error) {
      isOpen ||= hasLeft && mayHaveArrived(error)
      throw isOpen ? asAttempt(error) : error
    }
  }
  try {
    return await context.http.retrying(attempt, { endpoint, signal })
  } catch (error) {
    const sent = current()
    throw sent && isOpen ? openFateError(error, sent) : error
  }
}

/** What the node says of a message that it took or refused with this answer. */
function statusOfAnswer(answer: HttpAnswer, itemHash: string): MessageStatus {
  if (isPage(answer.text)) throw noAnswer(answer.status)
  if (answer.status === 422 && !answer.text.trimStart().startsWith('{'))
    throw new AlephError('REJECTED', 'The node refused the message: its format is not valid.', {
      response: { status: 422 },
      details: { error_code: 0, reason: answer.text.slice(0, 200) },
    })
  const { message_status, error } = parseWire(answerSchema, parseJson(answer.text, 'a publication'), 'a publication')
  if (message_status === 'rejected' && error) throw rejectionError(itemHash, error.code ?? undefined, undefined)
  return (message_status ?? 'pending') as MessageStatus
}

/** Waits for a final state, or gives an honest `pending`: also for a message that is 404 in the node's queue. */
async function settle(
  context: Context,
  envelope: Envelope,
  firstStatus: MessageStatus,
  endpoint: string,
  { signal, waitMs = defaultWaitMs }: SendOptions,
): Promise<PublishResult> {
  const { item_hash } = envelope
  const { clock } = context.http
  const startMs = clock.now()
  let status: MessageStatus | undefined = firstStatus
  for (let poll = 0; ; poll++) {
    if (status === 'processed' || status === 'removing') return { item_hash, status: 'processed', envelope }
    if (status !== undefined && status !== 'pending') {
      // Reading it tells why: getMessage throws for every state that isn't live.
      await getMessage(context, item_hash, { endpoint, signal })
      return { item_hash, status: 'processed', envelope }
    }
    const delayMs = pollDelaysMs[Math.min(poll, pollDelaysMs.length - 1)] as number
    if (clock.now() - startMs + delayMs > waitMs) return { item_hash, status: 'pending', envelope }
    await clock.sleep(delayMs, signal)
    try {
      // One silent look must not outlast the wait by much.
      const timeoutMs = Math.max(minPollMs, startMs + waitMs - clock.now())
      status = await messageStatus(context, item_hash, { endpoint, signal, retry: false, timeoutMs })
    } catch (error) {
      if (!isAlephError(error) || error.code === 'ABORTED') throw error // anything else is no news
    }
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
