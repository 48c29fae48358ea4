// Whether files can be stored one after the other, and what they need together, before anything is read or sent
// (protocol §6.6).
import { assertOptions, requireOwner, type CallOptions, type Context } from '../context.js'
import { invalidInput, isAlephError, type AlephError } from '../errors.js'
import type { Payment, StoreType } from '../message/types.js'
import { spareBalance, spareOf } from './funds.js'
import { choosePayment, creditCost, freeBytes, holdCost, unitOf, type PaymentUnit, type PriceSource } from './prices.js'
import { planUpload } from './uploadPlan.js'

export interface CanStoreOptions extends CallOptions {
  /** Who is to pay; the client's account if not given. */
  owner?: string
  /** `ipfs` if not given. */
  engine?: StoreType
  /** `hold` until the end of 2026, `credit` from then on, if not given. */
  payment?: Payment['type']
}

export interface CanStore {
  payment: Payment['type']
  unit: PaymentUnit
  /** ALEPH to be held, where files of up to 25 MiB are free, or credits for the first day: for all of the files. */
  required: number
  /** What the owner has to spare. */
  available: number
  /** Where the prices come from. With `built-in` nothing is refused for lack of funds, and `required` is an estimate. */
  prices: PriceSource
  /**
   * In the order of the sizes: why the file can't be stored after those before it, in one piece (`INSUFFICIENT_FUNDS`,
   * `TOO_LARGE`), or undefined.
   */
  refusals: (AlephError | undefined)[]
}

export async function canStore(
  context: Context,
  sizesBytes: readonly number[],
  options: CanStoreOptions = {},
): Promise<CanStore> {
  assertOptions(options, ['signal', 'owner', 'engine', 'payment'], 'storage.canStore')
  const { signal, engine = 'ipfs' } = options
  if (engine !== 'ipfs' && engine !== 'storage') throw invalidInput('The engine must be “ipfs” or “storage”.')
  if (!Array.isArray(sizesBytes) || !sizesBytes.every(size => Number.isSafeInteger(size) && size >= 0))
    throw invalidInput('The sizes must be an array of numbers of bytes.')
  const payment = choosePayment(options.payment, context.http.clock.now())
  const owner = options.owner ?? context.account?.address
  if (owner === undefined)
    throw invalidInput('Say who is to pay: give an owner to this call, or an account to the client.')
  await requireOwner(owner, { address: owner, chain: '', sign: async () => '' })
  const endpoint = await context.http.writeEndpoint(signal)
  const [limits, balance, prices] = await Promise.all([
    context.nodes.limits(endpoint, signal),
    spareBalance(context, owner, payment, { endpoint, signal }),
    context.prices.get(signal),
  ])
  const left = { ...balance }
  let required = 0
  const refusals = sizesBytes.map(sizeBytes => {
    const isFree = payment === 'hold' && sizeBytes <= freeBytes
    const cost = payment === 'credit' ? creditCost(sizeBytes, prices) : holdCost(sizeBytes, prices)
    if (!isFree) required += cost
    try {
      planUpload({ sizeBytes, engine, payment, limits, prices, balance: left })
    } catch (error) {
      if (!isAlephError(error)) throw error
      return error
    }
    // A free file binds ALEPH as well.
    if (payment === 'credit') left.creditBalance -= cost
    else left.lockedAmount += cost
    return undefined
  })
  return {
    payment,
    unit: unitOf(payment),
    required,
    available: spareOf(payment, balance),
    prices: prices.source,
    refusals,
  }
}
