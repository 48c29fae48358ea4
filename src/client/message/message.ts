// A message as a node sends it → a message that is what its author signed.
import * as v from 'valibot'
import type { Context } from '../context.js'
import { AlephError, integrityError, isAlephError } from '../errors.js'
import { parseJson, type HttpAnswer } from '../http/http.js'
import { fetchBytes } from '../file/fetchBytes.js'
import { isObject } from '../isObject.js'
import { isAddress } from '../shapes.js'
import type { Authority } from './authority.js'
import { storedContentLimitBytes } from './serialize.js'
import type { Content, Envelope, MessageStatus } from './types.js'
import { verifyMessage } from './verify.js'
import { addressShape, isTime, isTooDeep, itemHashShape, textShape, timeShape, typeShape, wordShape } from './wire.js'

/** A verified message. What is signed is `content`, `sender`, `chain` and `type`; `channel` is a hint of the node. */
export interface Message {
  item_hash: string
  type: Envelope['type']
  chain: string
  sender: string
  /** `content.address`: whose data this is. */
  owner: string
  /** How the sender may speak for the owner. */
  authority: Authority
  /** Parsed from the signed text; `content.time` is in seconds. */
  content: Content
  time: number
  channel?: string
  status: MessageStatus
  /** True if the node says that it is written on a chain; not verified. */
  confirmed: boolean
  /** UTF-8 bytes of the content. */
  sizeBytes: number
  envelope: Envelope
}

/** The longest is that of several keys (protocol §2.4). Whatever else stands there is nobody's signature. */
const signatureShape = v.pipe(v.string(), v.maxLength(4096))
/** The light node gives Solana signatures as objects. */
const signatureParts = v.object({
  signature: signatureShape,
  publicKey: addressShape,
  version: v.exactOptional(v.number()),
})

const wireSchema = v.looseObject({
  sender: addressShape,
  chain: wordShape,
  type: typeShape,
  item_hash: itemHashShape,
  item_type: v.optional(v.picklist(['inline', 'storage', 'ipfs'])),
  item_content: v.nullish(v.string()),
  time: timeShape,
  channel: v.nullish(textShape),
  signature: v.fallback(v.union([signatureShape, signatureParts]), ''),
  confirmed: v.optional(v.boolean()),
})

/** `value` as `schema` has it, or `NETWORK` with the place where the node's answer is not what it should be. */
export function parseWire<const S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? ''
  // Names of a node's own choice are left out.
  const place = /^[a-z0-9_.]{1,80}$/.test(path) ? path : 'part of it'
  throw new AlephError('NETWORK', `The node's answer to ${what} can't be read: ${place} isn't as expected.`)
}

export const parseAnswer = <const S extends v.GenericSchema>(
  schema: S,
  answer: HttpAnswer,
  what: string,
): v.InferOutput<S> => parseWire(schema, parseJson(answer.text, what), what)

/** A row of a list, or why it can't be read: one bad row doesn't hide the others. */
export type RowOf<T> = (T & { error?: undefined }) | ({ error: AlephError } & { [K in keyof T]?: undefined })

export function readRow<T extends object>(read: () => T): RowOf<T> {
  try {
    return read()
  } catch (error) {
    if (!isAlephError(error)) throw error
    return { error } as RowOf<T>
  }
}

/** A message of the wire with every field in its place; nothing is verified. Throws `NETWORK`. */
export function readEnvelope(wire: unknown): { envelope: Envelope; isConfirmed: boolean } {
  const { item_type, item_content, channel, confirmed, signature, ...rest } = parseWire(wireSchema, wire, 'a message')
  const envelope: Envelope = {
    sender: rest.sender,
    chain: rest.chain,
    type: rest.type,
    item_hash: rest.item_hash,
    item_type: item_type ?? (typeof item_content === 'string' ? 'inline' : 'storage'),
    ...(typeof item_content === 'string' ? { item_content } : {}),
    time: rest.time,
    ...(channel == null ? {} : { channel }),
    signature: signature as string,
  }
  return { envelope, isConfirmed: confirmed ?? false }
}

/**
 * Verifies hash and signature of a message of the wire and parses its signed text. Content that travels apart is
 * fetched and compared. Throws `INTEGRITY`, or what fetching throws. The authority is left to the caller.
 */
export async function verifiedMessage(
  context: Context,
  wire: unknown,
  status: MessageStatus,
  signal?: AbortSignal,
): Promise<Omit<Message, 'authority'>> {
  const { envelope, isConfirmed } = readEnvelope(wire)
  const signed = await signedContent(context, envelope, signal)
  await verifyMessage(envelope, signed, context.verified)
  const text = typeof signed === 'string' ? signed : new TextDecoder().decode(signed)
  const content = parseContent(text, envelope)
  return {
    item_hash: envelope.item_hash,
    type: envelope.type,
    chain: envelope.chain,
    sender: envelope.sender,
    owner: content.address,
    content,
    time: content.time,
    ...(envelope.channel == null ? {} : { channel: envelope.channel }),
    status,
    confirmed: isConfirmed,
    sizeBytes: sizeOf(signed),
    envelope,
  }
}

/** UTF-8 bytes. */
export const sizeOf = (signed: string | Uint8Array): number =>
  typeof signed === 'string' ? new TextEncoder().encode(signed).length : signed.length

/** What the envelope's hash is of; content that travels apart is fetched. Throws `INTEGRITY`, or what fetching throws. */
export async function signedContent(
  context: Context,
  envelope: Envelope,
  signal: AbortSignal | undefined,
): Promise<string | Uint8Array> {
  if (envelope.item_type !== 'inline') {
    const known = context.contents.get(envelope.item_hash)
    if (known) return known
    const content = await fetchBytes(context, envelope.item_hash, { maxBytes: storedContentLimitBytes, signal })
    context.contents.add(envelope.item_hash, content)
    return content
  }
  if (envelope.item_content === undefined)
    throw integrityError(`Message ${envelope.item_hash} came without its signed text.`, {
      item_hash: envelope.item_hash,
    })
  return envelope.item_content
}

function parseContent(text: string, envelope: Envelope): Content {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // as anything else that is no content
  }
  if (!isObject(content) || isTooDeep(content)) throw noContent(envelope.item_hash)
  // Of content that travels apart, nodes fill these two in from the envelope (protocol §1.2).
  if (envelope.item_type !== 'inline') {
    content.address ??= envelope.sender
    content.time ??= envelope.time
  }
  if (!isAddress(content.address) || !isTime(content.time)) throw noContent(envelope.item_hash)
  return content as unknown as Content
}

/** For a signed text that is not the content of a message. */
export const noContent = (itemHash: string): AlephError =>
  integrityError(`The content of message ${itemHash} is not that of a message.`, { item_hash: itemHash })
