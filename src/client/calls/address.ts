// `aleph.address`: what an address holds and keeps (protocol §5.6).
import { addressBalance, addressFiles, type AddressFile, type Balance } from '../address.js'
import { assertOptions, type CallOptions, type Context } from '../context.js'

export interface AddressApi {
  /** What the address holds: ALEPH tokens, how many of them its files need, and credits (protocol §5.6). */
  balance(address: string, options?: CallOptions): Promise<Balance>
  /** The files that an address keeps, newest first, 100 a request. The node's word: nothing of it is signed. */
  files(address: string, options?: CallOptions): AsyncGenerator<AddressFile, void, undefined>
}

export const addressCalls = (context: Context): AddressApi => ({
  balance: async (address, options) => {
    assertOptions(options, ['signal'], 'address.balance')
    return addressBalance(context, address, options)
  },
  files: (address, options) => addressFiles(context, address, options),
})
