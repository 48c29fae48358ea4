// What an address holds and keeps (protocol §5.6).
import * as v from 'valibot'
import { assertOptions, type CallOptions, type Context } from './context.js'
import { invalidInput } from './errors.js'
import { smallAnswerBytes } from './http/http.js'
import { pagesOf } from './http/paging.js'
import { parseAnswer, parseWire } from './message/message.js'

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
  details: v.nullish(v.record(v.string(), amount)),
})

const fileSchema = v.looseObject({
  file_hash: v.string(),
  item_hash: v.string(),
  size: v.number(),
  created: v.union([v.number(), v.string()]),
  type: v.string(),
})

/** Fit for a path. Throws `INVALID_INPUT`. */
export const addressSegment = (address: string): string => {
  if (typeof address !== 'string' || !/^[0-9A-Za-z-]{20,128}$/.test(address))
    throw invalidInput('This is not an address.')
  return address
}

/** The balance in the node's view; zeros for an address that it does not know. */
export async function addressBalance(
  context: Context,
  address: string,
  options: BalanceOptions & { endpoint?: string } = {},
): Promise<Balance> {
  const path = `/api/v0/addresses/${addressSegment(address)}/balance`
  const parsed = parseAnswer(
    balanceSchema,
    await context.http.request(path, {
      signal: options.signal,
      endpoint: options.endpoint,
      maxBytes: smallAnswerBytes,
    }),
    path,
  )
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
): AsyncGenerator<AddressFile, void, undefined> {
  assertOptions(options, ['signal'], 'address.files')
  const path = `/api/v0/addresses/${addressSegment(address)}/files`
  const identity = (row: unknown) => {
    const { item_hash } = (row ?? {}) as { item_hash?: unknown }
    return typeof item_hash === 'string' ? item_hash : undefined
  }
  // 404: an account without files.
  const listing = { path, rows: 'files', pageRows: 100, identity, accept: [404], signal: options.signal }
  for await (const page of pagesOf(context.http, listing))
    for (const row of page.rows) {
      const { size, created, ...file } = parseWire(fileSchema, row, path)
      yield {
        file_hash: file.file_hash,
        item_hash: file.item_hash,
        type: file.type,
        sizeBytes: size,
        created: typeof created === 'number' ? created : Date.parse(created) / 1000,
      }
    }
}
