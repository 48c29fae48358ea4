// Content → signed message (protocol §2.1).
import type { Account } from '../account.js'
import { raceAbort } from '../http/limits.js'
import { sha256Hex } from '../node/hash.js'
import { inlineLimitBytes, serializeContent } from './serialize.js'
import type { BaseContent, Envelope, MessageType } from './types.js'
import { signedText } from './verify.js'

export interface UnsignedMessage {
  type: MessageType
  content: BaseContent
  channel?: string
}

/** A signed message. `attachment` is there when the content is too large to travel inline: upload it first. */
export interface SignedMessage {
  envelope: Envelope
  attachment?: Uint8Array
}

/**
 * Serialises, hashes and signs; `signal` ends the wait for a wallet that nobody answers. Throws `INVALID_INPUT`,
 * `TOO_LARGE`, or the account's `READ_ONLY`.
 */
export async function signMessage(
  account: Account,
  { type, content, channel }: UnsignedMessage,
  signal?: AbortSignal,
): Promise<SignedMessage> {
  const { text, bytes } = serializeContent(content)
  const isInline = bytes.length <= inlineLimitBytes
  const unsigned = { chain: account.chain, sender: account.address, type, item_hash: sha256Hex(bytes) }
  const signing = account.sign(signedText(unsigned))
  const envelope: Envelope = {
    ...unsigned,
    item_type: isInline ? 'inline' : 'storage',
    ...(isInline ? { item_content: text } : {}),
    time: content.time,
    ...(channel === undefined ? {} : { channel }),
    signature: await (signal ? raceAbort(signing, signal) : signing),
  }
  return isInline ? { envelope } : { envelope, attachment: bytes }
}
