// `aleph.messages`: every kind of message, as it was signed.
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { amendMessage, type AmendOptions } from '../message/amend.js'
import { forgetMessages, type ForgetOptions } from '../message/forget.js'
import { getMessage, messageNotFound, messageStatus } from '../message/get.js'
import {
  listMessages,
  type ListOptions,
  type MessageFilter,
  type MessageList,
  type MessageRow,
} from '../message/list.js'
import type { Message } from '../message/message.js'
import type { PublishResult } from '../message/publish.js'
import type { MessageStatus } from '../message/types.js'
import { watchMessages, type WatchFilter, type WatchOptions } from '../message/watch.js'

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
  /** Has the network drop up to 1000 messages of yours, all or none (protocol §3.4). Throws `INVALID_INPUT`, `REJECTED`. */
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
  forget: (hashes, options) => forgetMessages(context, hashes, options),
  amend: (itemHash, value, options) => amendMessage(context, itemHash, value, options),
  watch: (filter, options) => watchMessages(context, filter, options),
})
