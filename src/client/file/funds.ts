// What an account has to spare for a file, and the full story where a node says that it is too little (protocol §6.6).
import { addressBalance, type Balance } from '../address.js'
import type { Context } from '../context.js'
import { AlephError, isAlephError, throwIfAborted } from '../errors.js'
import { addressCosts } from '../credits.js'
import type { Payment } from '../message/types.js'
import { parseDecimal, toNumber, unitOf, uploadPrice } from './prices.js'

interface Ways {
  endpoint: string
  signal?: AbortSignal | undefined
}

/**
 * The balance of an account, with only those credits that what it keeps already does not need for its day: a node wants a
 * day of everything covered.
 */
export async function spareBalance(
  context: Context,
  owner: string,
  payment: Payment['type'],
  { endpoint, signal }: Ways,
): Promise<Balance> {
  const ways = { endpoint, ...(signal ? { signal } : {}) }
  const [balance, running] = await Promise.all([
    addressBalance(context, owner, ways),
    payment === 'credit' ? runningPerDay(context, owner, ways) : 0,
  ])
  return { ...balance, creditBalance: Math.max(0, balance.creditBalance - running) }
}

/** Nodes that do not tell are asked at their word: they refuse what is too little. */
async function runningPerDay(context: Context, owner: string, ways: { endpoint: string; signal?: AbortSignal }) {
  try {
    return (await addressCosts(context, owner, { ...ways, payment: 'credit' })).perDay ?? 0
  } catch {
    throwIfAborted(ways.signal)
    return 0
  }
}

/** What an account has to spare of what a payment takes. */
export const spareOf = (payment: Payment['type'], balance: Balance): number =>
  payment === 'credit' ? balance.creditBalance : Math.max(0, balance.balance - balance.lockedAmount)

export interface FundsFacts extends Ways {
  owner: string
  payment: Payment['type']
  /** Of what is to be stored, if that is known. */
  sizeBytes?: number
  /** As it was before the upload; asked anew where a node refused it. */
  balance?: Balance
  /** What else may be the reason, for the end of the sentence. */
  hint?: string
}

const insufficientCodes = new Set<unknown>([5, 6])

/**
 * A 402 of an upload, or a rejection with code 5 or 6, as `INSUFFICIENT_FUNDS` with `required`, `available` and `unit`: the
 * node's own figures where it gives them, else those of the account now. Any other error as it is.
 */
export async function asFundsError(context: Context, error: unknown, facts: FundsFacts): Promise<unknown> {
  const isRejected = isAlephError(error, 'REJECTED') && insufficientCodes.has(error.details.error_code)
  if (!isRejected && !(isAlephError(error, 'INSUFFICIENT_FUNDS') && error.details.required === undefined)) return error
  const told = isRejected ? figuresOf(error.details.errors) : undefined
  const { required, available } = told ?? (await figuresNow(context, facts))
  const unit = unitOf(facts.payment)
  const isTold = required !== undefined && available !== undefined && available < required
  const all = told ? 'for everything it keeps' : 'to spare'
  const figures = isTold
    ? ` It needs ${amount(required)} ${unit}${facts.payment === 'hold' ? ' held' : ''}, and has ${amount(available)} ${all}.`
    : ''
  return new AlephError('INSUFFICIENT_FUNDS', `${error.message}${figures}${facts.hint ? ` ${facts.hint}` : ''}`, {
    cause: error,
    ...(error.response ? { response: error.response } : {}),
    details: { ...error.details, required, available, unit },
  })
}

/** What the node said of the account: both figures are of everything that it keeps (protocol §4.4). */
function figuresOf(errors: unknown): { required: number; available: number } | undefined {
  const first = (Array.isArray(errors) ? (errors[0] as unknown) : undefined) ?? {}
  const { account_balance, required_balance, account_credits, required_credits } = first as Record<string, unknown>
  const required = parseDecimal(required_balance ?? required_credits)
  const available = parseDecimal(account_balance ?? account_credits)
  return required === undefined || available === undefined
    ? undefined
    : { required: toNumber(required), available: toNumber(available) }
}

/** By the network's prices and the account as it is now: the refusal is the news, not that the node is silent now. */
async function figuresNow(context: Context, { owner, payment, endpoint, signal, balance, sizeBytes }: FundsFacts) {
  const now = await spareBalance(context, owner, payment, { endpoint, signal }).catch(() => balance)
  return {
    required: sizeBytes === undefined ? undefined : uploadPrice(sizeBytes, payment, await context.prices.get(signal)),
    available: now && spareOf(payment, now),
  }
}

const amount = (value: number) => String(Number(value.toPrecision(4)))
