// What an address has, how its credits came and went, and what its files cost it (protocol §5.6). The node's word: nothing
// of it is signed.
import * as v from 'valibot'
import { normalAddress } from './account.js'
import { assertOptions, type CallOptions, type Context } from './context.js'
import {
  choosePayment,
  daySeconds,
  decimalText,
  parseDecimal,
  toNumber,
  unitOf,
  type PaymentUnit,
} from './file/prices.js'
import { smallAnswerBytes } from './http/http.js'
import { pagesOf } from './http/paging.js'
import { parseAnswer, parseWire, readRow, type RowOf } from './message/message.js'
import type { Payment } from './message/types.js'
import { textShape, timeShape } from './message/wire.js'

/** Credits that came together. */
export interface CreditPart {
  amount: number
  /** Seconds; absent for those that stay. */
  expires?: number
}

export interface Credits {
  /** 1 USD = 1 000 000 credits. */
  balance: number
  parts: CreditPart[]
}

/** One movement of credits. */
export interface CreditMovement {
  /** Below 0 for what was spent. */
  amount: number
  /** Seconds. */
  time: number
  expires?: number
  /** How it was paid, such as `token_transfer` or `credit_expense`. */
  method?: string
  /** Item hash of what it was spent on, or another reference. */
  origin?: string
  /** The transaction that brought it, with the chain and token it came in. */
  tx_hash?: string
  chain?: string
  token?: string
  provider?: string
  /** Together unique. */
  ref: string
  index: number
}

export interface RunningCosts {
  payment: Payment['type']
  unit: PaymentUnit
  /** How many files and other things are paid this way. */
  resources: number
  /** ALEPH that they bind, free files included; credits that they take each second. */
  total: number
  /** Credits a day. */
  perDay?: number
  /** The total with all of its digits. */
  exact: string
  /** Credits taken so far. */
  consumed: number
}

export interface CostsOptions extends CallOptions {
  /** Of what is paid this way; `hold` until the end of 2026, `credit` from then on, if not given. */
  payment?: Payment['type']
}

const finite = v.pipe(v.number(), v.finite())
const amount = v.pipe(finite, v.minValue(0))
const decimal = v.pipe(v.unknown(), v.transform(parseDecimal), v.bigint())
const text = v.nullish(textShape)

const partsSchema = v.looseObject({
  credit_balance: v.optional(amount, 0),
  credit_balance_details: v.nullish(v.array(v.looseObject({ amount, expiration_date: v.nullish(timeShape) }))),
})
const movementSchema = v.looseObject({
  amount: finite,
  message_timestamp: timeShape,
  expiration_date: v.nullish(timeShape),
  payment_method: text,
  origin: text,
  tx_hash: text,
  chain: text,
  token: text,
  provider: text,
  credit_ref: textShape,
  credit_index: finite,
})
const costsSchema = v.looseObject({
  summary: v.looseObject({
    total_consumed_credits: v.optional(amount, 0),
    total_cost_hold: decimal,
    total_cost_credit: decimal,
    resource_count: amount,
  }),
})

/** Leaves out what has no value. */
const present = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }

/** The credits of an address with the dates on which they expire; none for an address that the node does not know. */
export async function addressCredits(context: Context, address: string, options: CallOptions = {}): Promise<Credits> {
  assertOptions(options, ['signal'], 'address.credits')
  const path = `/api/v0/addresses/${await normalAddress(address)}/balance`
  const query = { include_credit_details: 'true' }
  const ways = { query, signal: options.signal, maxBytes: smallAnswerBytes }
  const parsed = parseAnswer(partsSchema, await context.http.request(path, ways), path)
  return {
    balance: parsed.credit_balance,
    parts: (parsed.credit_balance_details ?? []).map(part => ({
      amount: part.amount,
      ...present({ expires: part.expiration_date }),
    })),
  }
}

const historyPage = 100

/** How the credits of an address came and went, newest first, one request for each 100 and none before it is iterated. */
export async function* addressCreditHistory(
  context: Context,
  address: string,
  options: CallOptions = {},
): AsyncGenerator<RowOf<CreditMovement>, void, undefined> {
  assertOptions(options, ['signal'], 'address.creditHistory')
  const path = `/api/v0/addresses/${await normalAddress(address)}/credit_history`
  const identity = (row: unknown) => {
    const { ref, index } = readRow(() => movementOf(row))
    return ref === undefined ? undefined : JSON.stringify([ref, index])
  }
  // What comes in between moves entries to the next page, where they are not told again. 404: no movements, or none on this
  // page.
  const listing = { path, rows: 'credit_history', pageRows: historyPage, identity, isNumbered: true, accept: [404] }
  for await (const { rows } of pagesOf(context.http, { ...listing, signal: options.signal }))
    for (const row of rows) yield readRow(() => movementOf(row))
}

function movementOf(wire: unknown): CreditMovement {
  const each = parseWire(movementSchema, wire, 'a movement of credits')
  return {
    amount: each.amount,
    time: each.message_timestamp,
    ...present({
      expires: each.expiration_date,
      method: each.payment_method,
      origin: each.origin,
      tx_hash: each.tx_hash,
      chain: each.chain,
      token: each.token,
      provider: each.provider,
    }),
    ref: each.credit_ref,
    index: each.credit_index,
  }
}

/** What everything that an address keeps costs it. */
export async function addressCosts(
  context: Context,
  address: string,
  options: CostsOptions & { endpoint?: string } = {},
): Promise<RunningCosts> {
  const { endpoint, signal } = options
  // What was stored by holding stays so: it may be asked for at any time.
  const payment = options.payment === 'hold' ? 'hold' : choosePayment(options.payment, context.http.clock.now())
  const query = { address: await normalAddress(address), payment_type: payment }
  const path = '/api/v0/costs'
  const ways = {
    query,
    signal,
    maxBytes: smallAnswerBytes,
    ...(endpoint === undefined ? {} : { endpoint, retry: false, timeoutMs: 15_000 }),
  }
  const { summary } = parseAnswer(costsSchema, await context.http.request(path, ways), path)
  const total = payment === 'credit' ? summary.total_cost_credit : summary.total_cost_hold
  return {
    payment,
    unit: unitOf(payment),
    resources: summary.resource_count,
    total: toNumber(total),
    ...(payment === 'credit' ? { perDay: toNumber(total * BigInt(daySeconds)) } : {}),
    exact: decimalText(total),
    consumed: summary.total_consumed_credits,
  }
}
