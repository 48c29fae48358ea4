// What an address holds and keeps (protocol §5.6).
import * as v from 'valibot'
import { normalAddress } from './account.js'
import { assertOptions, type CallOptions, type Context } from './context.js'
import { smallAnswerBytes } from './http/http.js'
import { pagesOf } from './http/paging.js'
import { parseAnswer, parseWire, readRow, type RowOf } from './message/message.js'
import { fileHashShape, itemHashShape, timeShape, wordShape } from './message/wire.js'

export interface Balance {
  /** ALEPH tokens. */
  balance: number
  /** ALEPH tokens that what it keeps already needs, free files included. */
  lockedAmount: number
  /** 1 USD = 1 000 000 credits. */
  creditBalance: number
  /** ALEPH tokens by the chain they are on, where `details` asked for them. */
  byChain?: Record<string, number>
}

export interface BalanceOptions extends CallOptions {
  /** Adds `byChain`. */
  details?: boolean
}

export interface AddressFile {
  file_hash: string
  /** The STORE message. */
  item_hash: string
  sizeBytes: number
  /** Seconds. */
  created: number
  type: string
}

/** A number, or a decimal as text. */
const amount = v.pipe(
  v.unknown(),
  v.transform(value => (typeof value === 'string' && /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? Number(value) : value)),
  v.number(),
  v.finite(),
  v.minValue(0),
)
const balanceSchema = v.looseObject({
  balance: amount,
  locked_amount: amount,
  credit_balance: v.optional(amount, 0),
  details: v.nullish(v.record(wordShape, amount)),
})

const fileSchema = v.looseObject({
  file_hash: fileHashShape,
  item_hash: itemHashShape,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  created: timeShape,
  type: wordShape,
})

/** The balance in the node's view; zeros for an address that it does not know. */
export async function addressBalance(
  context: Context,
  address: string,
  options: BalanceOptions & { endpoint?: string } = {},
): Promise<Balance> {
  const path = `/api/v0/addresses/${await normalAddress(address)}/balance`
  const ways = { signal: options.signal, endpoint: options.endpoint, maxBytes: smallAnswerBytes }
  const parsed = parseAnswer(balanceSchema, await context.http.request(path, ways), path)
  return {
    balance: parsed.balance,
    lockedAmount: parsed.locked_amount,
    creditBalance: parsed.credit_balance,
    ...(options.details ? { byChain: parsed.details ?? {} } : {}),
  }
}

/** The files that an address keeps, newest first, one request for each 100. What the node says here is not signed. */
export async function* addressFiles(
  context: Context,
  address: string,
  options: CallOptions = {},
): AsyncGenerator<RowOf<AddressFile>, void, undefined> {
  assertOptions(options, ['signal'], 'address.files')
  const path = `/api/v0/addresses/${await normalAddress(address)}/files`
  const identity = (row: unknown) => readRow(() => fileOf(row)).item_hash
  // 404: an account without files.
  const listing = { path, rows: 'files', pageRows: 100, identity, accept: [404], signal: options.signal }
  for await (const { rows } of pagesOf(context.http, listing)) for (const row of rows) yield readRow(() => fileOf(row))
}

function fileOf(wire: unknown): AddressFile {
  const { file_hash, item_hash, type, size, created } = parseWire(fileSchema, wire, 'a file of an address')
  return { file_hash, item_hash, type, sizeBytes: size, created }
}
