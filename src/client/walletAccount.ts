// Wallets of browsers and other programs (EIP-1193): they sign, their keys stay with them.
import { checksumAddress, type Account } from './account.js'
import { AlephError, integrityError, invalidInput } from './errors.js'

/** What the client asks of a wallet; `window.ethereum` is one. */
export interface Eip1193Provider {
  request(call: { method: string; params?: readonly unknown[] }): Promise<unknown>
  on?(event: string, listener: (...values: never[]) => void): unknown
  removeListener?(event: string, listener: (...values: never[]) => void): unknown
}

/** What a wallet told by itself. Messages are the same on every network of Ethereum's kind (protocol §2.4). */
export type WalletChange =
  | { type: 'accounts'; /** Whether the wallet still lets this account sign. */ isOffered: boolean }
  | { type: 'chain' }
  | { type: 'disconnect' }

/** All that is ever asked of a wallet. */
type Method = 'eth_requestAccounts' | 'eth_accounts' | 'personal_sign'

const evm = () => import('./lazy/evm.js')

/** An account whose key a wallet keeps: it signs, after asking its user, and opens nothing that is encrypted. */
export class WalletAccount implements Account {
  readonly chain = 'ETH'
  readonly #provider: Eip1193Provider
  readonly #listeners = new Set<(change: WalletChange) => void>()
  #publicKey: string | undefined

  constructor(
    readonly address: string,
    provider: Eip1193Provider,
  ) {
    this.#provider = provider
  }

  /** Known from the first signature on: a wallet does not tell it. */
  get publicKey(): string | undefined {
    return this.#publicKey
  }

  /**
   * Has the wallet sign. Throws `CONFLICT` when it does not offer this account any more, `ABORTED` when its user refuses,
   * `INTEGRITY` when the signature is not this account's.
   */
  async sign(text: string): Promise<string> {
    const offered = addressesOf(await ask(this.#provider, 'eth_accounts'))
    // A wallet that changed accounts must not sign as somebody else, nor ask its user for what can't be used.
    if (!this.#isAmong(offered))
      throw new AlephError(
        'CONFLICT',
        `The wallet does not offer ${this.address} any more. Choose that account in the wallet, or connect again to use another one.`,
      )
    const bytes = Array.from(new TextEncoder().encode(text), byte => byte.toString(16).padStart(2, '0'))
    const answer = await ask(this.#provider, 'personal_sign', [`0x${bytes.join('')}`, this.address])
    const { readSignature } = await evm()
    const read =
      typeof answer === 'string' && /^0x[0-9a-f]{130}$/i.test(answer) ? readSignature(text, answer) : undefined
    if (read?.address !== this.address)
      throw integrityError(
        `What the wallet signed is not signed by the key of ${this.address}, so nothing was published. Wallets that are contracts or shared by several keys can not sign messages of Aleph Cloud: use an account with a key of its own.`,
      )
    this.#publicKey = read.publicKey
    return read.signature
  }

  /** Tells when the wallet changes accounts or networks or is gone. Returns the end of it. */
  onDidChange(listener: (change: WalletChange) => void): () => void {
    const own = (change: WalletChange) => listener(change)
    if (this.#listeners.size === 0) for (const [event, heard] of this.#events) this.#provider.on?.(event, heard)
    this.#listeners.add(own)
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0)
        for (const [event, heard] of this.#events) this.#provider.removeListener?.(event, heard)
    }
  }

  /** For the client: whether connecting again gave the same account. */
  isOf(provider: Eip1193Provider, address: string): boolean {
    return this.#provider === provider && this.address === address
  }

  #isAmong = (addresses: readonly string[]) => addresses.includes(this.address.toLowerCase())

  #tell = (change: WalletChange) => {
    for (const listener of [...this.#listeners]) listener(change)
  }

  readonly #events: readonly (readonly [string, (value?: unknown) => void])[] = [
    ['accountsChanged', list => this.#tell({ type: 'accounts', isOffered: this.#isAmong(readable(list)) })],
    ['chainChanged', () => this.#tell({ type: 'chain' })],
    ['disconnect', () => this.#tell({ type: 'disconnect' })],
  ]
}

/** The account that the user of the wallet chooses, in EIP-55 spelling. Throws `INTEGRITY` when there is none. */
export async function chosenAddress(provider: Eip1193Provider): Promise<string> {
  const [first] = addressesOf(await ask(provider, 'eth_requestAccounts'))
  if (first === undefined)
    throw integrityError('The wallet offers no account. Unlock it, choose an account there and connect again.')
  return checksumAddress(first)
}

async function ask(provider: Eip1193Provider, method: Method, params?: readonly unknown[]): Promise<unknown> {
  try {
    return await provider.request({ method, ...(params ? { params } : {}) })
  } catch (error) {
    throw walletError((error as { code?: unknown } | null | undefined)?.code)
  }
}

/** In lower case. Throws `INTEGRITY` for anything else than a list of addresses. */
function addressesOf(answer: unknown): string[] {
  const addresses = readable(answer)
  if (!Array.isArray(answer) || addresses.length !== answer.length)
    throw integrityError('The wallet answered with something that is no list of Ethereum addresses.')
  return addresses
}

const readable = (list: unknown): string[] =>
  Array.isArray(list)
    ? list.flatMap(each => (typeof each === 'string' && /^0x[0-9a-f]{40}$/i.test(each) ? [each.toLowerCase()] : []))
    : []

/** Never with the wallet's own words, which hold what was to be signed; never retryable, because its user would be asked again. */
function walletError(code: unknown): AlephError {
  const details = { walletCode: typeof code === 'number' || typeof code === 'string' ? code : undefined }
  switch (code) {
    case 4001:
      return new AlephError('ABORTED', 'The request was refused in the wallet.', { details })
    case 4100:
      return invalidInput(
        'The wallet has not allowed this account to be used here. Connect again and allow it in the wallet.',
        details,
      )
    case 4200:
      return invalidInput('This wallet can not sign messages (personal_sign). Use another wallet.', details)
    case 4900:
    case 4901:
      return new AlephError('NETWORK', 'The wallet has lost its connection. Reconnect it and try again.', { details })
    case -32002:
      return new AlephError(
        'CONFLICT',
        'The wallet is still waiting for an answer to an earlier request. Open it, answer there and try again.',
        { details },
      )
    default:
      return new AlephError('NETWORK', 'The wallet failed to answer. Unlock it and try again.', { details })
  }
}
