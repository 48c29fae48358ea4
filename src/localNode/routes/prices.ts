// What a STORE costs: one that the node knows, or one that somebody thinks of (protocol §5.6, §6.6).
import { isItemHash } from '../../client/message/itemHash.js'
import { HttpError, pydanticError, readBody, spaced, type Context, type NodeParts, type Reply } from '../http.js'
import { costsOf, decimals, type Payment } from '../state/balances.js'
import { contentErrors, fieldError, isObject, parseMessage, toNumber, type Json } from '../validate.js'
import { bodyLimitBytes } from './publish.js'

const mebibyte = 1_048_576
/** The real node reckons with 28 digits, 18 of them behind the point, and fails beyond. */
const tooMuch = 10n ** 28n

interface Priced {
  owner: string
  payment: Payment
  /** Of the file; nothing is billed for one that is not known or empty. */
  sizeBytes: number
}

/** The components of a price: a file has one, the empty file none. */
export function costDetail({ payment, sizeBytes }: Priced, withSize: boolean) {
  if (sizeBytes === 0) return []
  const { hold, credit } = costsOf(sizeBytes, payment)
  return [
    {
      cost_credit: decimals(credit),
      cost_hold: decimals(hold),
      cost_stream: decimals(0n),
      name: 'STORAGE',
      size_mib: withSize ? sizeBytes / mebibyte : null,
      type: 'STORAGE',
    },
  ]
}

function priceReply(priced: Priced, withSize: boolean): Reply {
  const cost = decimals(costsOf(priced.sizeBytes, priced.payment)[priced.payment])
  return spaced({
    charged_address: priced.owner,
    cost,
    detail: costDetail(priced, withSize),
    payment_type: priced.payment,
    required_tokens: Number(cost),
  })
}

export function getPrice({ node, params: [hash = ''], query }: Context): Reply {
  const withSize = query.get('include_size')?.toLowerCase() === 'true'
  if (!isItemHash(hash)) throw new HttpError(400, `Invalid message hash: ${hash}`)
  const entry = node.state.messages.get(hash)
  if (!entry) throw new HttpError(404, `Message not found with hash: ${hash}`)
  switch (entry.status) {
    case 'pending':
      throw new HttpError(102, '')
    case 'rejected':
      throw new HttpError(404, `This message was rejected: ${hash}`)
    case 'forgotten':
    case 'removed': {
      // What a STORE had to pay stays known, for the bill.
      const { type, owner, payment, size } = entry.skeleton
      if (type !== 'STORE' || size === null) throw new HttpError(410, `This message has been ${entry.status}: ${hash}`)
      return priceReply({ owner, payment: payment as Payment, sizeBytes: size }, withSize)
    }
    default: {
      const { type, owner, payment, contentHash } = entry.row
      if (type !== 'STORE') throw new HttpError(400, `Message is not an executable or store message: ${hash}`)
      const sizeBytes = node.state.files.get(contentHash ?? '')?.size ?? 0
      return priceReply({ owner, payment: (payment ?? 'hold') as Payment, sizeBytes }, withSize)
    }
  }
}

/** Needs no signature, no sender and no file: the size may be estimated. */
export async function estimatePrice({ request, node }: Context): Promise<Reply> {
  const body: unknown = JSON.parse((await readBody(request, bodyLimitBytes)).toString('utf8'))
  const message = isObject(body) ? body['message'] : undefined
  if (!isObject(message)) throw new Error('the real node fails here too')
  const content = await contentToPrice(node, message)
  const estimated = toNumber(content['estimated_size_mib'] ?? 0) ?? 0
  const sizeBytes = estimated
    ? Math.round(estimated * mebibyte)
    : (node.state.files.get(String(content['item_hash']))?.size ?? 0)
  const payment = (isObject(content['payment']) ? content['payment']['type'] : 'hold') as Payment
  if (costsOf(sizeBytes, payment).hold >= tooMuch) throw new Error('more digits than the real node has')
  return priceReply({ owner: String(content['address']), payment, sizeBytes }, true)
}

/** Instances and programs have prices in the real node, and no place in this one. */
async function contentToPrice(node: NodeParts, message: Json): Promise<Json> {
  const { type } = message
  if (type === 'POST' || type === 'AGGREGATE' || type === 'FORGET') throw new Error('the real node fails here too')
  if (type !== 'STORE') throw new HttpError(422, `Invalid message_type: '${String(type)}'`)
  // Everything that only matters to those who sign and send may be left out.
  const parsed = parseMessage({ sender: '', chain: 'ETH', time: 0, ...message })
  if ('errors' in parsed) throw pydanticError(parsed.errors)
  const { content, item_hash: hash } = parsed.message
  const known =
    content ?? (JSON.parse((await node.files.read(hash, node.state.files.get(hash)?.size)).toString('utf8')) as Json)
  const errors = content ? [] : contentErrors('STORE', known, ['content'])
  const size = known['estimated_size_mib'] ?? null
  if (size !== null && toNumber(size) === undefined)
    errors.push(fieldError('float_type', ['content', 'estimated_size_mib'], 'Input should be a valid number', size))
  if (errors.length) throw pydanticError(errors)
  return known
}
