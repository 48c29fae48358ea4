// May this account store this file here, and in how many steps? Settled before the first byte goes out, because a node
// answers 402 only after it took them all (protocol §5.4, §6.6, §11.5).
import type { Balance } from '../address.js'
import { AlephError } from '../errors.js'
import type { Payment, StoreType } from '../message/types.js'
import type { UploadLimits } from './nodeFacts.js'
import { creditCost, defaultPayment, freeBytes, holdCost } from './prices.js'

export { creditCost, creditOnlyFromMs, defaultPayment, holdCost } from './prices.js'

/** `signed`: file and STORE in one request. `unsigned`: the file alone, then its STORE. */
export type UploadWay = 'signed' | 'unsigned'

export interface UploadFacts {
  sizeBytes: number
  engine: StoreType
  payment: Payment['type']
  limits: UploadLimits
  balance: Balance
}

const mebibyte = 1024 * 1024

export interface UploadCost {
  payment: Payment['type']
  /** ALEPH to be held with `hold`, where files of up to 25 MiB are free; with `credit` credits for the first day. */
  required: number
}

/** What files of these sizes need together when they are stored at that time (protocol §6.6). */
export function uploadCost(sizesBytes: readonly number[], nowMs: number): UploadCost {
  const payment = defaultPayment(nowMs)
  const costOf = (size: number) => (payment === 'credit' ? creditCost(size) : size > freeBytes ? holdCost(size) : 0)
  return { payment, required: sizesBytes.reduce((sum, size) => sum + costOf(size), 0) }
}

/** Throws `TOO_LARGE` or `INSUFFICIENT_FUNDS` (details: `required`, `available`, `unit`). */
export function planUpload({ sizeBytes, engine, payment, limits, balance }: UploadFacts): UploadWay {
  const limit = limits.signed[engine]
  if (sizeBytes > limit)
    throw new AlephError(
      'TOO_LARGE',
      `The file has ${megabytes(sizeBytes)}; this node takes ${megabytes(limit)} at most with the ${engine} engine.`,
      {
        details: { sizeBytes, limitBytes: limit },
      },
    )
  return payment === 'credit' ? planCredit(sizeBytes, balance) : planHold({ sizeBytes, engine, limits, balance })
}

function planCredit(sizeBytes: number, { creditBalance }: Balance): UploadWay {
  const required = creditCost(sizeBytes)
  if (creditBalance >= required) return 'signed'
  throw insufficientFunds(
    `Storing this file needs ${amount(required)} credits for its first day; the account has ${amount(creditBalance)} to spare.`,
    required,
    creditBalance,
    'credits',
  )
}

function planHold({ sizeBytes, engine, limits, balance }: Omit<UploadFacts, 'payment'>): UploadWay {
  const available = balance.balance - balance.lockedAmount
  const required = holdCost(sizeBytes)
  if (sizeBytes > 0 && available >= required) return 'signed'
  const needed = `Storing this file needs ${amount(required)} ALEPH held; the account has ${amount(Math.max(0, available))} to spare.`
  if (sizeBytes > Math.min(freeBytes, limits.unsigned[engine]))
    throw insufficientFunds(
      `${needed} Without them a file may have ${megabytes(Math.min(freeBytes, limits.unsigned[engine]))} at most.`,
      required,
      Math.max(0, available),
      'ALEPH',
    )
  // Free for every account: a file for IPFS that is not empty. All else only while what is kept already is covered (trap 39).
  if ((engine === 'ipfs' && sizeBytes > 0) || available >= 0) return 'unsigned'
  const reason = sizeBytes === 0 ? 'an empty file' : 'another file with the storage engine'
  throw insufficientFunds(
    `The account keeps files that its tokens do not cover, so the network would refuse ${reason}; the ipfs engine takes files that are not empty.`,
    balance.lockedAmount,
    balance.balance,
    'ALEPH',
  )
}

const insufficientFunds = (message: string, required: number, available: number, unit: 'ALEPH' | 'credits') =>
  new AlephError('INSUFFICIENT_FUNDS', message, { details: { required, available, unit } })

const amount = (value: number) => String(Number(value.toPrecision(4)))
const megabytes = (bytes: number) => `${Number((bytes / mebibyte).toPrecision(4))} MiB`
