// Which wallet a client has (EIP-1193), and the account that it was last connected with.
import type { Account } from './account.js'
import { invalidInput, throwIfAborted } from './errors.js'
import { raceAbort } from './http/limits.js'
import type { Eip1193Provider, WalletAccount } from './walletAccount.js'

/** What `connect` gives; only an account of a wallet can change by itself. */
export type ConnectedAccount = Account & Partial<Pick<WalletAccount, 'onDidChange'>>

/** The wallet of a client: the one given or found, and the account that it was last connected with. */
export class Wallet {
  readonly #given: Eip1193Provider | undefined
  readonly #configured: Account | undefined
  #connected: WalletAccount | undefined

  constructor(given: Eip1193Provider | undefined, configured: Account | undefined) {
    if (given !== undefined && !isProvider(given))
      throw invalidInput('The provider must be an EIP-1193 wallet: an object with a function request().')
    this.#given = given
    this.#configured = configured
  }

  /** Who signs where no account is given: the one configured, else the one connected. */
  get account(): Account | undefined {
    return this.#configured ?? this.#connected
  }

  async connect(signal: AbortSignal | undefined): Promise<ConnectedAccount> {
    throwIfAborted(signal)
    const provider = this.#given ?? foundProvider()
    if (!provider) {
      if (this.#configured) return this.#configured
      throw invalidInput(
        'There is no wallet to connect to. Give the client a provider (EIP-1193) or an account, for instance ETHAccount.fromPrivateKey(key), or open the page in a browser with a wallet.',
      )
    }
    const { chosenAddress, WalletAccount } = await import('./lazy/walletAccount.js')
    throwIfAborted(signal)
    const asking = chosenAddress(provider)
    const address = await (signal ? raceAbort(asking, signal) : asking)
    if (!this.#connected?.isOf(provider, address)) this.#connected = new WalletAccount(address, provider)
    return this.#connected
  }
}

const isProvider = (value: unknown): value is Eip1193Provider =>
  (typeof value === 'object' || typeof value === 'function') &&
  typeof (value as Eip1193Provider | null)?.request === 'function'

function foundProvider(): Eip1193Provider | undefined {
  const found = (globalThis as { ethereum?: unknown }).ethereum
  return isProvider(found) ? found : undefined
}
