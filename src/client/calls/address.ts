// `aleph.address`: what an address holds and keeps (protocol §5.6).
import { addressBalance, addressFiles, type AddressFile, type Balance, type BalanceOptions } from '../address.js'
import { assertOptions, type CallOptions, type Context } from '../context.js'
import type { CostsOptions, CreditMovement, Credits, RunningCosts } from '../credits.js'
import type { RowOf } from '../message/message.js'

export interface AddressApi {
  /**
   * What the address holds: ALEPH tokens, how many of them its files need, and credits (protocol §5.6); with `details` also
   * the tokens by chain. Zeros for an address that the node does not know. Throws `INVALID_INPUT` for what is no address.
   */
  balance(address: string, options?: BalanceOptions): Promise<Balance>
  /**
   * The files that an address keeps, newest first, 100 a request. The node's word: nothing of it is signed. A row that can't be
   * read carries an `error` instead.
   */
  files(address: string, options?: CallOptions): AsyncGenerator<RowOf<AddressFile>, void, undefined>
  /** The credits of an address, with the dates (in seconds) on which parts of them expire (protocol §5.6). */
  credits(address: string, options?: CallOptions): Promise<Credits>
  /**
   * How its credits came and went, newest first, 100 a request, none before it is iterated. Nothing of it is signed. A row that
   * can't be read carries an `error` instead.
   */
  creditHistory(address: string, options?: CallOptions): AsyncGenerator<RowOf<CreditMovement>, void, undefined>
  /**
   * What all that an address keeps costs it, by the way it is paid: ALEPH bound, or credits each second and day (protocol
   * §5.6). Throws `NOT_FOUND` where a node does not tell.
   */
  costs(address: string, options?: CostsOptions): Promise<RunningCosts>
}

const costs = () => import('../lazy/costs.js')

export const addressCalls = (context: Context): AddressApi => ({
  balance: async (address, options) => {
    assertOptions(options, ['signal', 'details'], 'address.balance')
    return addressBalance(context, address, options)
  },
  files: (address, options) => addressFiles(context, address, options),
  credits: async (address, options) => (await costs()).addressCredits(context, address, options),
  creditHistory: async function* (address, options) {
    yield* (await costs()).addressCreditHistory(context, address, options)
  },
  costs: async (address, options) => {
    assertOptions(options, ['signal', 'payment'], 'address.costs')
    return (await costs()).addressCosts(context, address, options)
  },
})
