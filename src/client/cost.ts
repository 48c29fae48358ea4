// What keeping a file costs, by the network's prices; where they can't be read, by the node's own estimate, if that can be
// true, or by the built-in table (protocol §5.6, §6.6).
import * as v from 'valibot'
import { assertOptions, requireOwner, type CallOptions, type Context } from './context.js'
import { AlephError, invalidInput, isAlephError, throwIfAborted } from './errors.js'
import { spareBalance, spareOf } from './file/funds.js'
import {
  checkedBytes,
  choosePayment,
  creditOnlyFromMs,
  daySeconds,
  decimalText,
  exactPrice,
  freeBytes,
  mebibyte,
  paidFromMs,
  parseDecimal,
  toNumber,
  unitOf,
  type PaymentUnit,
  type Prices,
} from './file/prices.js'
import { getMessage } from './message/get.js'
import { isItemHash } from './message/itemHash.js'
import { parseAnswer, type Message } from './message/message.js'
import { serializeContent } from './message/serialize.js'
import type { Payment, StoreContent, StoreType } from './message/types.js'
import { sha256Hex } from './node/hash.js'
import { openSource, type FileSource } from './node/source.js'

export interface CostOptions extends CallOptions {
  /** `hold` until the end of 2026, `credit` from then on, if not given; that of a message for a message. */
  payment?: Payment['type']
  /** Who is to pay; the client's account if not given. */
  owner?: string
  /** `ipfs` if not given. With `storage` a free file is taken only while all that the owner keeps is covered. */
  engine?: StoreType
}

export interface Cost {
  payment: Payment['type']
  unit: PaymentUnit
  sizeBytes: number
  /** ALEPH that the file binds while it is kept, free or not; credits that it takes each second. */
  price: number
  /** Credits a day. */
  perDay?: number
  /**
   * What must be there to spare before it can be stored: ALEPH, 0 for a file that is free; credits for the first day. A
   * little above the price, because nodes check whole MiB.
   */
  required: number
  /** True for a file that needs nothing of its own: up to 25 MiB by holding, until the end of 2026. */
  free: boolean
  /** The same with all digits. */
  exact: { price: string; perDay?: string; required: string }
  /**
   * What the price is made from: the prices of the network (its signed `pricing` aggregate), the node's own estimate, or
   * what is built in, which the network may have changed since.
   */
  source: 'network' | 'node' | 'computed'
  /** The exact price by the prices of the network, or by those built in. */
  computed: string
  /** The node's exact estimate, also where it doesn't count. */
  node?: string
  /** What the owner has to spare of `unit`, and whether it is enough; absent where nobody is to pay or the node is silent. */
  account?: { address: string; available: number; isEnough: boolean }
}

/** A node's figure further from ours than this isn't a change of prices but a mistake, or worse. */
const plausibleFactor = 10n
/** The answer is a help: nobody waits long for it. */
const answerLimits = { retry: false, timeoutMs: 15_000, maxBytes: 100_000 } as const
const nobody = `0x${'0'.repeat(40)}`

const priceSchema = v.looseObject({
  cost: v.pipe(v.unknown(), v.transform(parseDecimal), v.bigint()),
  payment_type: v.string(),
  detail: v.optional(v.array(v.looseObject({ size_mib: v.nullish(v.pipe(v.number(), v.finite(), v.minValue(0))) }))),
})

interface Asked {
  sizeBytes: number
  payment: Payment['type']
  engine: StoreType
  owner: string | undefined
  signal: AbortSignal | undefined
}

/** What a file, a number of bytes or the file of a message costs. */
export async function costOf(
  context: Context,
  source: FileSource | { sizeBytes: number },
  options: CostOptions = {},
): Promise<Cost> {
  assertOptions(options, ['signal', 'payment', 'owner', 'engine'], 'cost')
  const { signal, engine = 'ipfs' } = options
  throwIfAborted(signal)
  if (engine !== 'ipfs' && engine !== 'storage') throw invalidInput('The engine must be “ipfs” or “storage”.')
  const payment = choosePayment(options.payment, context.http.clock.now())
  const owner = options.owner === undefined ? context.account?.address : await assertOwner(options.owner)
  if (typeof source !== 'string' || !isItemHash(source))
    return costOfSize(context, { sizeBytes: await sizeOf(source), payment, engine, owner, signal })
  const message = await getMessage(context, source, { signal })
  const cost = await costOfMessage(context, message, signal)
  // Paid in another way, it would be another message.
  return options.payment === undefined || options.payment === cost.payment
    ? cost
    : costOfSize(context, { sizeBytes: cost.sizeBytes, payment, engine, owner, signal })
}

async function sizeOf(source: FileSource | { sizeBytes: number }): Promise<number> {
  if (typeof source === 'string' || source instanceof Uint8Array || source instanceof Blob)
    return (await openSource(source)).sizeBytes
  const size = (source as { sizeBytes?: unknown } | null | undefined)?.sizeBytes
  if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number
  throw invalidInput(
    'The cost is that of a file, of an object with sizeBytes (0 or more), or of a message by its item hash.',
  )
}

async function costOfSize(context: Context, asked: Asked): Promise<Cost> {
  const { sizeBytes, payment, engine, owner, signal } = asked
  const endpoint = await unlessAborted(context.http.writeEndpoint(signal), signal)
  const [prices, node, balance] = await Promise.all([
    context.prices.get(signal),
    endpoint && sizeBytes > 0 ? unlessAborted(estimate(context, asked, endpoint), signal) : undefined,
    endpoint && owner !== undefined
      ? unlessAborted(spareBalance(context, owner, payment, { endpoint, signal }), signal)
      : undefined,
  ])
  const free = payment === 'hold' && sizeBytes <= freeBytes
  const cost = costFrom({ sizeBytes, payment, free, node, prices, neededBytes: checkedBytes(sizeBytes) })
  if (!balance || owner === undefined) return cost
  const available = spareOf(payment, balance)
  // A free file for IPFS is taken from everybody; other free ones only while all that is kept is covered (trap 39).
  const isTaken = (engine === 'ipfs' && sizeBytes > 0) || balance.balance >= balance.lockedAmount
  return { ...cost, account: { address: owner, available, isEnough: free ? isTaken : available >= cost.required } }
}

interface Figures {
  sizeBytes: number
  payment: Payment['type']
  free: boolean
  /** The node's price in 10⁻¹⁸, if it gave one. */
  node: bigint | undefined
  prices: Prices
  /** The size that must be covered. */
  neededBytes: number
}

function costFrom({ sizeBytes, payment, free, node, prices, neededBytes }: Figures): Cost {
  const computed = exactPrice(sizeBytes, payment, prices)
  const isKnown = prices.source === 'network'
  const isPlausible = node !== undefined && node * plausibleFactor >= computed && node <= computed * plausibleFactor
  const isBelieved = !isKnown && isPlausible
  const price = isBelieved ? node : computed
  const needed = exactPrice(neededBytes, payment, prices)
  // At the node's prices as much more as it is at ours.
  const full = isBelieved && computed > 0n ? (node * needed) / computed : needed
  const isCredit = payment === 'credit'
  const required = free ? 0n : isCredit ? full * BigInt(daySeconds) : full
  const perDay = price * BigInt(daySeconds)
  return {
    payment,
    unit: unitOf(payment),
    sizeBytes,
    price: toNumber(price),
    ...(isCredit ? { perDay: toNumber(perDay) } : {}),
    required: toNumber(required),
    free,
    exact: {
      price: decimalText(price),
      ...(isCredit ? { perDay: decimalText(perDay) } : {}),
      required: decimalText(required),
    },
    source: isKnown ? 'network' : isBelieved ? 'node' : 'computed',
    computed: decimalText(computed),
    ...(node === undefined ? {} : { node: decimalText(node) }),
  }
}

/** Asks with a STORE that nobody signed and whose file does not exist: only its size counts. */
async function estimate(
  context: Context,
  { sizeBytes, payment, owner = nobody, signal }: Asked,
  endpoint: string,
): Promise<bigint | undefined> {
  const time = context.http.clock.now() / 1000
  const content = {
    address: owner,
    time,
    item_type: 'storage',
    item_hash: '0'.repeat(64),
    estimated_size_mib: sizeBytes / mebibyte,
    payment: { chain: 'ETH', type: payment },
  }
  const { text, bytes } = serializeContent(content)
  const head = { sender: owner, chain: 'ETH', type: 'STORE', item_type: 'inline', item_hash: sha256Hex(bytes) }
  const body = JSON.stringify({ message: { ...head, item_content: text, time } })
  const path = '/api/v0/price/estimate'
  const answer = await context.http.request(path, { endpoint, signal, body, ...answerLimits })
  const { cost, payment_type } = parseAnswer(priceSchema, answer, path)
  return payment_type === payment ? cost : undefined
}

async function costOfMessage(context: Context, message: Message, signal: AbortSignal | undefined): Promise<Cost> {
  const { item_hash, type, time } = message
  if (type === 'POST' || type === 'AGGREGATE' || type === 'FORGET')
    return costFrom({
      ...{ sizeBytes: 0, payment: 'hold', free: true, node: undefined, neededBytes: 0 },
      prices: await context.prices.get(signal),
    })
  if (type !== 'STORE') throw invalidInput(`Message ${item_hash} is no file but of type ${type}.`)
  const payment = (message.content as StoreContent).payment?.type === 'credit' ? 'credit' : 'hold'
  const path = `/api/v0/price/${item_hash}`
  const asking = async () => {
    const endpoint = await context.http.writeEndpoint(signal)
    const options = { endpoint, query: { include_size: 'true' }, signal, ...answerLimits }
    return parseAnswer(priceSchema, await context.http.request(path, options), path)
  }
  const told = await unlessAborted(asking(), signal)
  const sizeMib = told?.detail?.[0]?.size_mib
  const sizeBytes =
    typeof sizeMib === 'number' ? Math.round(sizeMib * mebibyte) : await sizeOfStored(context, message, signal)
  const isSmallHold = payment === 'hold' && sizeBytes <= freeBytes && time * 1000 < creditOnlyFromMs
  const free = isSmallHold || time * 1000 < paidFromMs
  const node = told?.payment_type === payment ? told.cost : undefined
  return costFrom({ sizeBytes, payment, free, node, prices: await context.prices.get(signal), neededBytes: sizeBytes })
}

/** The node's word, else that of the author. */
async function sizeOfStored(context: Context, message: Message, signal: AbortSignal | undefined): Promise<number> {
  const content = message.content as StoreContent
  const path = `/api/v0/storage/metadata/${content.item_hash}`
  const schema = v.looseObject({ size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) })
  const asking = context.http.request(path, { signal }).then(answer => parseAnswer(schema, answer, path).size)
  const size = (await unlessAborted(asking, signal)) ?? content.size ?? content.metadata?.size
  if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number
  throw new AlephError(
    'NETWORK',
    `The node tells neither what message ${message.item_hash} costs nor how large its file is.`,
  )
}

/** Nodes compare addresses exactly, so that of another spelling would be another owner, who has nothing. */
const assertOwner = (owner: string) => requireOwner(owner, { address: owner, chain: '', sign: async () => '' })

/** Undefined for a failure, which leaves what we know ourselves; only the caller's signal ends the call. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    throwIfAborted(signal)
    if (!isAlephError(error)) throw error
    return undefined
  }
}
