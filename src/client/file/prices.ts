// What the network asks for a file (protocol §6.6): what prices are, where they come from, and sums as exact as a node's.
import { invalidInput } from '../errors.js'
import type { Payment } from '../message/types.js'

export type PaymentUnit = 'ALEPH' | 'credits'
export const unitOf = (payment: Payment['type']): PaymentUnit => (payment === 'credit' ? 'credits' : 'ALEPH')

export const mebibyte = 1024 * 1024
/** Files up to this size need no tokens of their own while holding is a way to pay. */
export const freeBytes = 25 * mebibyte
const creditMinimumBytes = 25 * mebibyte
export const daySeconds = 86_400

/** From here on nodes refuse hold payments, by the time of the message. */
export const creditOnlyFromMs = Date.UTC(2027, 0, 1)
/** Before this files were free (2025-04-04). */
export const paidFromMs = 1_743_775_079_000

export const defaultPayment = (nowMs: number): Payment['type'] => (nowMs < creditOnlyFromMs ? 'hold' : 'credit')

/** The way to pay that was asked for, or that of the time. Throws `INVALID_INPUT` for one that nodes refuse. */
export function choosePayment(payment: Payment['type'] | undefined, nowMs: number): Payment['type'] {
  if (payment === undefined) return defaultPayment(nowMs)
  if (payment !== 'hold' && payment !== 'credit') throw invalidInput('The payment must be “hold” or “credit”.')
  if (payment === 'hold' && nowMs >= creditOnlyFromMs)
    throw invalidInput('Since 2027-01-01 (UTC) files can not be paid by holding ALEPH any more. Pay with “credit”.')
  return payment
}

/** Whole numbers stand for 10⁻¹⁸, as nodes round. */
const one = 10n ** 18n

/** A decimal of the wire in 10⁻¹⁸, digits beyond cut off; undefined for anything else, and for what no sum can be. */
export function parseDecimal(value: unknown): bigint | undefined {
  const text = typeof value === 'number' ? String(value) : value
  const match = typeof text === 'string' ? /^(\d{1,30})(?:\.(\d{0,40}))?(?:e([+-]?\d{1,2}))?$/i.exec(text) : null
  if (!match) return undefined
  const [, whole = '', fraction = '', exponent = '0'] = match
  const places = 18 - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  return places >= 0 ? digits * 10n ** BigInt(places) : digits / 10n ** BigInt(-places)
}

export const decimalText = (sum: bigint): string => `${sum / one}.${String(sum % one).padStart(18, '0')}`
export const toNumber = (sum: bigint): number => Number(decimalText(sum))

/** Where prices come from. */
export type PriceSource =
  | 'network' // the network's signed `pricing` aggregate, verified
  | 'node-default' // the node has no such aggregate, so it charges what its program says
  | 'built-in' // the aggregate couldn't be read: what was true when this was written, good enough for an estimate only

/** What the network charges for storage, in 10⁻¹⁸. */
export interface Prices {
  /** ALEPH per MiB, held while the file is kept. */
  readonly hold: bigint
  /** Credits per MiB and hour, for at least 25 MiB and at least one credit an hour. */
  readonly credit: bigint
  readonly source: PriceSource
}

/** Reads prices when they're needed, and remembers them. Never fails because of a node. */
export interface PriceList {
  /** Throws `ABORTED` only. */
  get(signal?: AbortSignal): Promise<Prices>
}

/** The defaults of the real node's program. */
export const builtInPrices: Prices = {
  hold: 333_333_333n * 10n ** 9n,
  credit: 179_674_890_306_261_080n,
  source: 'built-in',
}

/** ALEPH that a file of this size binds, or credits that it takes each second; in 10⁻¹⁸, rounded down like a node's. */
export function exactPrice(sizeBytes: number, payment: Payment['type'], prices: Prices): bigint {
  if (sizeBytes === 0) return 0n
  if (payment === 'hold') return (BigInt(sizeBytes) * prices.hold) / BigInt(mebibyte)
  const perSecond = (BigInt(Math.max(sizeBytes, creditMinimumBytes)) * prices.credit) / BigInt(3600 * mebibyte)
  const minimum = one / 3600n
  return perSecond > minimum ? perSecond : minimum
}

/** Bytes that an upload is checked for: whole MiB (protocol §5.4). */
export const checkedBytes = (sizeBytes: number): number => Math.ceil(sizeBytes / mebibyte) * mebibyte

/** ALEPH that must be held for a file. */
export const holdCost = (sizeBytes: number, { hold }: Prices): number =>
  (checkedBytes(sizeBytes) / mebibyte) * toNumber(hold)

/** Credits that must be there for a file's first day. */
export const creditCost = (sizeBytes: number, { credit }: Prices): number =>
  Math.max(1, (Math.max(creditMinimumBytes, checkedBytes(sizeBytes)) / mebibyte) * toNumber(credit)) * 24

export const uploadPrice = (sizeBytes: number, payment: Payment['type'], prices: Prices): number =>
  payment === 'credit' ? creditCost(sizeBytes, prices) : holdCost(sizeBytes, prices)
