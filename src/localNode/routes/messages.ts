// Reading one message by its hash: with its status, the status alone, its content (protocol §4.3).
import { isItemHash } from '../../client/message/itemHash.js'
import { compact, HttpError, notFound, spaced, type Context, type Reply } from '../http.js'
import type { StatusEntry } from '../state/messages.js'
import { isoZ } from '../time.js'
import type { Json } from '../validate.js'
import { processedMessage, reasonOf, schemaContent, skeletonFields } from './messageShapes.js'

function entryOf({ node, params: [hash = ''] }: Context): StatusEntry {
  if (!isItemHash(hash)) throw new HttpError(400, `Invalid message hash: ${hash}`)
  const entry = node.state.messages.get(hash)
  if (!entry) throw notFound()
  return entry
}

const head = ({ status, hash, reception }: StatusEntry) => ({
  status,
  item_hash: hash,
  reception_time: isoZ(reception),
})

export const getStatus = (context: Context): Reply => compact(head(entryOf(context)))

export function getMessage(context: Context): Reply {
  const entry = entryOf(context)
  const start = head(entry)
  switch (entry.status) {
    case 'pending': {
      const { message } = entry.pending
      const { sender, chain, signature, type, item_content, item_type, item_hash, channel } = message
      const content = message.content ?? (item_content === null ? null : (JSON.parse(item_content) as Json))
      const copy = { sender, chain, signature, type, item_content, item_type, item_hash }
      const more = { time: isoZ(message.time), channel, content, reception_time: start.reception_time }
      return compact({ ...start, messages: [{ ...copy, ...more }] })
    }
    case 'processed':
      return compact({ ...start, message: processedMessage(entry.row) })
    case 'removing':
      return compact({ ...start, message: processedMessage(entry.row), reason: reasonOf(entry.row.payment) })
    case 'rejected': {
      const details = entry.errors.length ? { errors: entry.errors } : null
      return compact({ ...start, message: entry.message, error_code: entry.code, details })
    }
    case 'forgotten': {
      const { endedAt, forgottenBy } = entry.skeleton
      const message = { ...skeletonFields(entry.skeleton), forgotten_at: endedAt }
      return compact({ ...start, message, forgotten_by: forgottenBy })
    }
    case 'removed': {
      const { endedAt, payment, size } = entry.skeleton
      const message = { ...skeletonFields(entry.skeleton), removed_at: endedAt }
      return compact({ ...start, message, reason: reasonOf(payment), removed_at: endedAt, size })
    }
  }
}

export function getContent(context: Context): Reply {
  const entry = entryOf(context)
  if (entry.status !== 'processed') {
    const status = `MessageStatus.${entry.status.toUpperCase()}`
    throw new HttpError(422, `Message ${entry.hash} is not processed (status: ${status})`)
  }
  const content = schemaContent(entry.row)
  return spaced(entry.row.type === 'POST' ? content['content'] : content)
}
