// May this account store this file here, and in how many steps? Settled before the first byte goes out, because a node
// answers 402 only after it took them all (protocol §5.4, §6.6, §11.5).
import type { Balance } from '../address.js'
import { AlephError, invalidInput } from '../errors.js'
import type { Payment, StoreType } from '../message/types.js'
import type { UploadLimits } from './nodeFacts.js'
import { creditCost, freeBytes, holdCost, mebibyte, type PaymentUnit, type Prices } from './prices.js'

/** `signed`: file and STORE in one request. `unsigned`: the file alone, then its STORE. */
export type UploadWay = 'signed' | 'unsigned'

export interface UploadFacts {
  sizeBytes: number
  engine: StoreType
  payment: Payment['type']
  limits: UploadLimits
  balance: Balance
  prices: Prices
}

/** The cost of all chunks of a file. */
function chunkedCost(sizeBytes: number, chunkSize: number, costOf: (size: number) => number): number {
  if (sizeBytes <= chunkSize) return costOf(sizeBytes)
  const whole = Math.floor(sizeBytes / chunkSize)
  const rest = sizeBytes - whole * chunkSize
  return whole * costOf(chunkSize) + (rest ? costOf(rest) : 0)
}

/**
 * Throws `TOO_LARGE` or `INSUFFICIENT_FUNDS` (details: `required`, `available`, `unit`). Built-in prices refuse nothing: where
 * the network's are unknown, the node decides.
 */
export function planUpload(facts: UploadFacts): UploadWay {
  const { sizeBytes, engine, limits } = facts
  const limit = limits.signed[engine]
  if (sizeBytes > limit)
    throw new AlephError(
      'TOO_LARGE',
      `The file has ${megabytes(sizeBytes)}; this node takes ${megabytes(limit)} at most with the ${engine} engine.`,
      {
        details: { sizeBytes, limitBytes: limit },
      },
    )
  const { way, missing } = affordable(facts)
  if (missing && facts.prices.source !== 'built-in') throw missing
  return way
}

/** How a file goes out, and why the network would refuse it, if it would at these prices. */
interface Affordable {
  way: UploadWay
  missing?: AlephError
}

const affordable = (facts: UploadFacts): Affordable =>
  facts.payment === 'credit' ? affordableByCredit(facts) : affordableByHolding(facts)

function affordableByCredit({ sizeBytes, balance: { creditBalance }, prices }: UploadFacts): Affordable {
  const required = creditCost(sizeBytes, prices)
  if (creditBalance >= required) return { way: 'signed' }
  const missing = insufficientFunds(
    `Storing this file needs ${amount(required)} credits for its first day; the account has ${amount(creditBalance)} to spare.`,
    { required, available: creditBalance, unit: 'credits' },
  )
  return { way: 'signed', missing }
}

function affordableByHolding({ sizeBytes, engine, limits, balance, prices }: UploadFacts): Affordable {
  const available = balance.balance - balance.lockedAmount
  const required = holdCost(sizeBytes, prices)
  if (sizeBytes > 0 && available >= required) return { way: 'signed' }
  const smallBytes = Math.min(freeBytes, limits.unsigned[engine])
  if (sizeBytes > smallBytes) {
    const missing = insufficientFunds(
      `Storing this file needs ${amount(required)} ALEPH held; the account has ${amount(Math.max(0, available))} to spare. Without them a file can have up to ${megabytes(smallBytes)}.`,
      { required, available, unit: 'ALEPH' },
    )
    return { way: 'signed', missing }
  }
  // Free for every account: a file for IPFS that is not empty. All else only while what is kept already is covered (trap 39).
  if ((engine === 'ipfs' && sizeBytes > 0) || available >= 0) return { way: 'unsigned' }
  const [what, uncovered] =
    sizeBytes === 0
      ? (['an empty file', 'empty'] as const)
      : (['another file with the storage engine', 'storage'] as const)
  const missing = insufficientFunds(
    `The account keeps files that its tokens don't cover, so the network would refuse ${what}; the ipfs engine takes files that aren't empty.`,
    { required: balance.lockedAmount, available: balance.balance, unit: 'ALEPH', uncovered },
  )
  return { way: 'unsigned', missing }
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
  const isTooLarge = sizeBytes > limits.signed[engine]
  // By credit, chunks cost no less than the whole. Chunks that are free are the better guess where prices are not known.
  const isCut =
    sizeBytes > smallBytes && (isTooLarge || (payment === 'hold' && affordable(facts).missing !== undefined))
  return isCut ? planChunks({ ...facts, chunkSize: smallBytes }) : { way: planUpload(facts) }
}

/**
 * All chunks together, because the network would refuse the ones that are not covered after it took the others. `sizeBytes`
 * are those that are still to be stored.
 */
export function planChunks(facts: UploadFacts & { chunkSize: number }): UploadPlan {
  const { sizeBytes, chunkSize, engine, payment, limits, balance, prices } = facts
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
  if (prices.source === 'built-in') return { way, chunkSize }
  if (payment === 'credit') {
    const required = sizeBytes ? chunkedCost(sizeBytes, chunkSize, size => creditCost(size, prices)) : 0
    if (balance.creditBalance >= required) return { way, chunkSize }
    throw insufficientFunds(
      `Storing this file in ${count} chunks needs ${amount(required)} credits for its first day; the account has ${amount(balance.creditBalance)}.`,
      { required, available: balance.creditBalance, unit: 'credits' },
    )
  }
  const available = balance.balance - balance.lockedAmount
  const required = chunkedCost(sizeBytes, chunkSize, size => holdCost(size, prices))
  // Chunks for IPFS of 25 MiB are free for every account; with the storage engine only the first would be (trap 39).
  const isFree = engine === 'ipfs' && way === 'unsigned' && chunkSize <= freeBytes
  if (isFree || available >= required) return { way, chunkSize }
  const advice = engine === 'storage' ? 'the ipfs engine takes' : 'without them the ipfs engine takes'
  throw insufficientFunds(
    `Storing this file in chunks of ${megabytes(chunkSize)} with the ${engine} engine needs ${amount(required)} ALEPH held; the account has ${amount(Math.max(0, available))} to spare: ${advice} chunks of ${megabytes(Math.min(freeBytes, limits.unsigned.ipfs))}.`,
    { required, available, unit: 'ALEPH' },
  )
}

interface MissingFunds {
  required: number
  available: number
  unit: PaymentUnit
  /** What is refused only because the account keeps more than it covers. */
  uncovered?: 'empty' | 'storage'
}

const insufficientFunds = (message: string, { available, ...missing }: MissingFunds) =>
  new AlephError('INSUFFICIENT_FUNDS', message, { details: { ...missing, available: Math.max(0, available) } })

const amount = (value: number) => String(Number(value.toPrecision(4)))
const megabytes = (bytes: number) => `${Number((bytes / mebibyte).toPrecision(4))} MiB`
