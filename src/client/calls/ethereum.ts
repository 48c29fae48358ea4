// `aleph.ethereum`: the wallet that this process may use.
import { assertOptions, type CallOptions, type Context } from '../context.js'
import type { ConnectedAccount } from '../ethereum.js'

export interface EthereumApi {
  /**
   * Asks the wallet (the `provider` of the client, else `globalThis.ethereum`) for its account; without a wallet it is the
   * client's own account. From then on it signs wherever neither the client nor the call has an account. The address is in
   * EIP-55 spelling, the chain `ETH` whatever network the wallet is on (protocol §2.4), and connecting again gives the same
   * object while the wallet offers the same account. Every signature is checked before it is used. Throws `INVALID_INPUT`
   * when there is neither wallet nor account or the wallet does not allow it, `ABORTED` when its user refuses, `INTEGRITY`
   * for answers that are no accounts, `CONFLICT` while it waits for an earlier answer, `NETWORK` when it fails.
   */
  connect(options?: CallOptions): Promise<ConnectedAccount>
}

export const ethereumCalls = (context: Context): EthereumApi => ({
  connect: async (options = {}) => {
    assertOptions(options, ['signal'], 'ethereum.connect')
    return context.wallet.connect(options.signal)
  },
})
