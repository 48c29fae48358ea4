// `aleph.messages`: every kind of message, as it was signed.
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { forgetMessages, type ForgetOptions } from '../message/forget.js'
import { getMessage, messageNotFound, messageStatus } from '../message/get.js'
import { listMessages, type ListOptions, type MessageFilter, type MessageList } from '../message/list.js'
import type { Message } from '../message/message.js'
import type { PublishResult } from '../message/publish.js'
import type { MessageStatus } from '../message/types.js'

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
})
