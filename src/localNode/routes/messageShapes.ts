// The shapes in which messages leave the node: single ones, rows of lists, and what stays of ended ones (protocol §4.3,
// §5.1).
import type { Confirmation, MessageRow, Skeleton } from '../state/messages.js'
import { isObject, parseStrictJson, storeFields, type Json } from '../validate.js'

export const reasonOf = (payment: string | null) =>
  payment === 'credit' ? 'credit_insufficient' : 'balance_insufficient'

/** The shape of a single message: no `size`, and the content goes through the schema. */
export function processedMessage(row: MessageRow): Json {
  return {
    sender: row.sender,
    chain: row.chain,
    signature: row.signature,
    type: row.type,
    item_content: row.itemContent,
    item_type: row.itemType,
    item_hash: row.hash,
    time: row.time,
    channel: row.channel,
    content: schemaContent(row),
    confirmed: row.confirmations.length > 0,
    confirmations: row.confirmations.map(({ chain, height, hash }) => ({ chain, height, hash })),
  }
}

const contentOf = (row: MessageRow): Json => {
  const content = parseStrictJson(row.contentText) as Json
  return row.itemType === 'inline' ? content : { address: row.sender, time: row.time, ...content }
}

/** Unknown keys of a STORE vanish and absent fields appear as nulls (trap 10). */
export function schemaContent(row: MessageRow): Json {
  const content = contentOf(row)
  const pick = (...names: string[]) => Object.fromEntries(names.map(name => [name, content[name] ?? null]))
  switch (row.type) {
    case 'POST':
      return pick('address', 'time', 'content', 'ref', 'type')
    case 'STORE': {
      const { payment } = content
      const fields = pick(...storeFields)
      if (!isObject(payment)) return { ...fields, payment: null }
      const { chain = null, receiver = null, type } = payment
      return { ...fields, payment: { chain, receiver, type } }
    }
    case 'FORGET':
      return { ...pick('address', 'time', 'hashes'), aggregates: content['aggregates'] ?? [], ...pick('reason') }
    default:
      return pick('address', 'time', 'key', 'content')
  }
}

export const skeletonFields = (row: Skeleton) => ({
  sender: row.sender,
  chain: row.chain,
  signature: row.signature,
  type: row.type,
  item_type: row.itemType,
  item_hash: row.hash,
  time: row.time,
  channel: row.channel,
  owner: row.owner,
  payment_type: row.payment,
  size: row.size,
})

export type ContentFormat = 'full' | 'headers' | 'none'

/** A row of a list as JSON text: the content is the author's own text, which no parser has to touch. */
export function listedMessage(row: MessageRow, format: ContentFormat): string {
  const confirmations = row.confirmations.map(({ chain, hash, height }: Confirmation) => ({ chain, hash, height }))
  const start =
    `{"chain":${JSON.stringify(row.chain)},"channel":${JSON.stringify(row.channel)},` +
    `"confirmations":${JSON.stringify(confirmations)},"confirmed":${row.confirmations.length > 0}`
  const { itemContent: item_content, hash: item_hash, itemType: item_type, sender, signature, size, time, type } = row
  const end = JSON.stringify({ item_content, item_hash, item_type, sender, signature, size, time, type }).slice(1)
  if (format === 'none') return `${start},${end}`
  const content = format === 'headers' ? JSON.stringify(headersOf(row)) : rawContent(row)
  return `${start},"content":${content},${end}`
}

const rawContent = (row: MessageRow) => (row.itemType === 'inline' ? row.contentText : JSON.stringify(contentOf(row)))

function headersOf(row: MessageRow): Json {
  const headers: Json = { address: row.owner }
  const add = (name: string, value: string | null) => {
    if (value !== null) headers[name] = value
  }
  if (row.type === 'POST') add('type', row.contentType)
  if (row.type === 'AGGREGATE') add('key', row.contentKey)
  if (row.type === 'STORE') add('item_hash', row.contentHash)
  if (row.type === 'POST' || row.type === 'STORE') add('ref', row.ref)
  return headers
}
