// May this account store this file here, and in how many steps? Settled before the first byte goes out, because a node
// answers 402 only after it took them all (protocol §5.4, §6.6, §11.5).
import type { Balance } from '../address.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import type { Payment, StoreType } from '../message/types.js'
import type { UploadLimits } from './nodeFacts.js'
import { creditCost, defaultPayment, freeBytes, holdCost, mebibyte } from './prices.js'

/** `signed`: file and STORE in one request. `unsigned`: the file alone, then its STORE. */
export type UploadWay = 'signed' | 'unsigned'

export interface UploadFacts {
  sizeBytes: number
  engine: StoreType
  payment: Payment['type']
  limits: UploadLimits
  balance: Balance
}

export interface UploadCost {
  payment: Payment['type']
  /** ALEPH to be held with `hold`, where files of up to 25 MiB are free; with `credit` credits for the first day. */
  required: number
}

/**
 * What files of these sizes need together when they are stored at that time (protocol §6.6); with `chunkSize`, when larger
 * ones are cut into chunks of so many bytes.
 */
export function uploadCost(
  sizesBytes: readonly number[],
  nowMs: number,
  { chunkSize = Infinity }: { chunkSize?: number } = {},
): UploadCost {
  if (!Array.isArray(sizesBytes) || !sizesBytes.every(size => Number.isSafeInteger(size) && size >= 0))
    throw invalidInput('The sizes must be a list of numbers of bytes.')
  const payment = defaultPayment(nowMs)
  const costOf = (size: number) => (payment === 'credit' ? creditCost(size) : size > freeBytes ? holdCost(size) : 0)
  const required = sizesBytes.reduce((sum, size) => sum + chunkedCost(size, chunkSize, costOf), 0)
  return { payment, required }
}

/** The cost of all chunks of a file. */
function chunkedCost(sizeBytes: number, chunkSize: number, costOf: (size: number) => number): number {
  if (sizeBytes <= chunkSize) return costOf(sizeBytes)
  const whole = Math.floor(sizeBytes / chunkSize)
  const rest = sizeBytes - whole * chunkSize
  return whole * costOf(chunkSize) + (rest ? costOf(rest) : 0)
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

/** How a file goes out: in one piece, or in chunks of `chunkSize` bytes, each of them so. */
export interface UploadPlan {
  way: UploadWay
  chunkSize?: number
}

/** Chunks are held in memory while they are sent. */
export const maxChunkBytes = 100 * mebibyte
/** Two hashes for each of so many fit into the largest content of a message. */
const maxChunks = 180_000

/** Throws `INVALID_INPUT` for what can be no size of chunks, whatever the node takes. */
export function assertChunkSize(chunkSize: unknown): asserts chunkSize is number | false | undefined {
  if (chunkSize === undefined || chunkSize === false) return
  const size = chunkSize as number
  if (!Number.isInteger(size) || size < mebibyte || size > maxChunkBytes)
    throw invalidInput('The chunk size must be a whole number of bytes from 1 MiB to 100 MiB, or false.')
}

/**
 * In one piece where that can be, unless the caller wants a larger file cut; else in chunks. Throws as `planUpload` does,
 * and `INVALID_INPUT` for a chunk size outside 1 MiB … 100 MiB or above what the node takes.
 */
export function planFile(facts: UploadFacts & { chunkSize: number | false | undefined }): UploadPlan {
  const { sizeBytes, engine, payment, limits, chunkSize } = facts
  assertChunkSize(chunkSize)
  if (chunkSize === false) return { way: planUpload(facts) }
  const smallBytes = Math.min(freeBytes, limits.unsigned[engine])
  if (chunkSize !== undefined) {
    if (chunkSize > limits.signed[engine])
      throw invalidInput(`This node takes chunks of ${megabytes(limits.signed[engine])} at most.`)
    return sizeBytes > chunkSize ? planChunks({ ...facts, chunkSize }) : { way: planUpload(facts) }
  }
  try {
    return { way: planUpload(facts) }
  } catch (error) {
    // By credit, chunks cost no less than the whole.
    const isHelpless = isAlephError(error, 'INSUFFICIENT_FUNDS') && payment === 'credit'
    if (isHelpless || sizeBytes <= smallBytes) throw error
    return planChunks({ ...facts, chunkSize: smallBytes })
  }
}

/**
 * All chunks together, because the network would refuse the ones that are not covered after it took the others. `sizeBytes`
 * are those that are still to be stored.
 */
export function planChunks(facts: UploadFacts & { chunkSize: number }): UploadPlan {
  const { sizeBytes, chunkSize, engine, payment, limits, balance } = facts
  const count = Math.ceil(sizeBytes / chunkSize)
  if (count > maxChunks)
    throw new AlephError(
      'TOO_LARGE',
      `The file would have ${count} chunks; ${maxChunks} are possible. Choose larger ones.`,
      {
        details: { sizeBytes, chunkSize },
      },
    )
  const way = chunkSize <= limits.unsigned[engine] ? 'unsigned' : 'signed'
  if (payment === 'credit') {
    const required = sizeBytes ? chunkedCost(sizeBytes, chunkSize, creditCost) : 0
    if (balance.creditBalance >= required) return { way, chunkSize }
    throw insufficientFunds(
      `Storing this file in ${count} chunks needs ${amount(required)} credits for its first day; the account has ${amount(balance.creditBalance)}.`,
      required,
      balance.creditBalance,
      'credits',
    )
  }
  const available = balance.balance - balance.lockedAmount
  const required = chunkedCost(sizeBytes, chunkSize, holdCost)
  // Chunks for IPFS of 25 MiB are free for every account; with the storage engine only the first would be (trap 39).
  const isFree = engine === 'ipfs' && way === 'unsigned' && chunkSize <= freeBytes
  if (isFree || available >= required) return { way, chunkSize }
  const advice = engine === 'storage' ? 'the ipfs engine takes' : 'without them the ipfs engine takes'
  throw insufficientFunds(
    `Storing this file in chunks of ${megabytes(chunkSize)} with the ${engine} engine needs ${amount(required)} ALEPH held; the account has ${amount(Math.max(0, available))} to spare: ${advice} chunks of ${megabytes(Math.min(freeBytes, limits.unsigned.ipfs))}.`,
    required,
    available,
    'ALEPH',
  )
}

const insufficientFunds = (message: string, required: number, available: number, unit: 'ALEPH' | 'credits') =>
  new AlephError('INSUFFICIENT_FUNDS', message, { details: { required, available: Math.max(0, available), unit } })

const amount = (value: number) => String(Number(value.toPrecision(4)))
const megabytes = (bytes: number) => `${Number((bytes / mebibyte).toPrecision(4))} MiB`
