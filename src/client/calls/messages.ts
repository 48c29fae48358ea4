// `aleph.messages`: every kind of message, as it was signed.
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { invalidInput } from '../errors.js'
import { amendMessage, type AmendOptions } from '../message/amend.js'
import { forgetMessages, type ForgetOptions } from '../message/forget.js'
import { getMessage, messageNotFound, messageStatus, messageStatuses } from '../message/get.js'
import { isItemHash } from '../message/itemHash.js'
import {
  listMessages,
  type ListOptions,
  type MessageFilter,
  type MessageList,
  type MessageRow,
} from '../message/list.js'
import type { Message } from '../message/message.js'
import { resendMessage, type PublishResult, type ResendOptions } from '../message/publish.js'
import type { Envelope, MessageStatus } from '../message/types.js'
import { watchMessages } from '../message/watch.js'
import type { WatchFilter, WatchOptions } from '../message/watcher.js'

export interface MessagesApi {
  /**
   * A message by item hash, verified: content hash, signature, and the sender's permission (protocol §4.3). Throws
   * `NOT_FOUND` ("Message not found", also for a malformed hash), `FORGOTTEN`, `PENDING`, `REJECTED`, `INTEGRITY`.
   */
  get(itemHash: string, options?: CallOptions): Promise<Message>
  /**
   * Messages that match, newest first, verified row by row; one request a page, and none before it is iterated (protocol
   * §5.1). A row that is not what was signed carries an `error` instead of a `message`.
   */
  list(filter?: MessageFilter, options?: ListOptions): MessageList
  /** Throws `NOT_FOUND` for a message that the node does not know. */
  status(itemHash: string, options?: CallOptions): Promise<MessageStatus>
  /** The status of each of these messages that the node knows; the others aren't in the map. */
  statuses(itemHashes: readonly string[], options?: CallOptions): Promise<Map<string, MessageStatus>>
  /**
   * Sends a signed message again that may not have arrived: what `onSigned` gave, or `openEnvelope` of an error. It is
   * looked up first, and the same bytes are never published twice (protocol §4.1). A STORE needs its file on the node: with
   * the file at hand use `storage.storeFile(source, { resend })`. Throws `INVALID_INPUT` for what was changed, `REJECTED` and
   * `FORGOTTEN` when the network has decided, and then only another message may be signed; every other error leaves the
   * fate open.
   */
  resend(envelope: Envelope, options?: ResendOptions): Promise<PublishResult>
  /**
   * Has the network drop up to 1000 messages of yours, all or none (protocol §3.4). Throws `INVALID_INPUT`, `REJECTED`, and
   * before anything is signed `NOT_FOUND` or `FORGOTTEN` (details: `item_hashes`) for what isn't there or not any more.
   */
  forget(hashes: string | readonly string[], options?: ForgetOptions): Promise<PublishResult>
  /**
   * Publishes a newer version of what `storage.store` published, wrapped or raw as that is, for the same owner (protocol
   * §3.1): `value` takes the place of the whole, tags and metadata that are not given stay those of the current version.
   * `storage.get` shows it with `follow`, and what was there before stays readable by hash. Throws `INVALID_INPUT` for the
   * hash of an amend (details: `original`), for what is no POST, and for something encrypted without `encryptFor`;
   * `CONFLICT` (details: `reason: 'future'`) when the current version is dated in the future; what `get` throws for the
   * original, and what `storage.store` throws.
   */
  amend(itemHash: string, value: unknown, options?: AmendOptions): Promise<PublishResult>
  /**
   * Messages as they come, each once and verified as in `list`, from now on or with `history` messages before: `for await`,
   * until the signal fires (no error) or the loop is left. Live by WebSocket, and by lists where there is none (protocol
   * §5.7); after a break, a silence or a slow reader the node's list is read from a quarter of an hour before the newest
   * message on, so nothing is missed that is listed by then under such a time. Throws `INVALID_INPUT` when called, while it
   * begins what `list` throws, and later only `REJECTED`: other failures it waits out, telling `onState`, and `onEvent` of
   * the client every wait.
   */
  watch(filter?: WatchFilter, options?: WatchOptions): AsyncIterable<MessageRow>
}

export const messagesCalls = (context: Context): MessagesApi => ({
  get: async (itemHash, options) => {
    assertOptions(options, ['signal'], 'messages.get')
    return getMessage(context, itemHash, options)
  },
  list: (filter, options) => listMessages(context, filter, options),
  status: async (itemHash, options) => {
    assertOptions(options, ['signal'], 'messages.status')
    const status = await messageStatus(context, itemHash, options)
    if (!status) throw messageNotFound(itemHash)
    return status
  },
  statuses: async (itemHashes, options) => {
    assertOptions(options, ['signal'], 'messages.statuses')
    if (!Array.isArray(itemHashes) || !itemHashes.every(hash => typeof hash === 'string' && isItemHash(hash)))
      throw invalidInput('messages.statuses takes a list of item hashes.')
    return messageStatuses(context, itemHashes, options)
  },
  resend: (envelope, options) => resendMessage(context, envelope, options),
  forget: (hashes, options) => forgetMessages(context, hashes, options),
  amend: (itemHash, value, options) => amendMessage(context, itemHash, value, options),
  watch: (filter, options) => watchMessages(context, filter, options),
})
