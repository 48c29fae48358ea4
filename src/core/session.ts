// Who acts in this window and where: the active account and network. Two windows can differ, and whatever began with
// one pair keeps it.
import type { Account } from '../client/account.js'
import { AlephError } from '../client/errors.js'
import { Emitter, type Listen, type Subscription } from '../shared/emitter.js'
import type { AccountBook, ChangedBy } from './accountBook.js'
import type { AccountEntry } from './accountList.js'
import { developmentAddresses, developmentSigner, isDevelopmentAddress } from './developmentAccounts.js'
import type { Network, NetworkList } from './network.js'

export interface SessionAccount {
  readonly address: string
  readonly name: string
  readonly kind: AccountEntry['kind'] | 'development'
  /** Whose storage it works on, when that is somebody else's who allowed it in their `security` aggregate. */
  readonly owner?: string
  /** Its key is gone when this window closes or reloads. */
  readonly isSessionOnly?: true
}

/** Whose storage the account works on: its own unless it acts on behalf of somebody. */
export const ownerOf = ({ owner, address }: Pick<SessionAccount, 'owner' | 'address'>): string => owner ?? address

/** The pair that a plan, a document or a transfer begins with and keeps. */
export interface Active {
  readonly network: Network
  readonly account: SessionAccount
}

/** Two pairs that work on the same files, messages and aggregates, whoever signs. */
export const isSameStorage = (a: Active, b: Active): boolean =>
  a.network.id === b.network.id && ownerOf(a.account) === ownerOf(b.account)

/** What a window remembers. Development accounts have a place of their own because other networks refuse them. */
export interface Choice {
  networkId?: string
  address?: string
  developmentAddress?: string
}

export interface SessionPorts {
  readonly book: AccountBook
  networks(): NetworkList
  readonly onDidChangeNetworks: Listen<void>
  /** Reads what the list of networks needs beyond the settings. Never rejects. */
  loadNetworks(): Promise<void>
  /** Of this window; of a new window the last one used in any. */
  readChoice(): Choice
  writeChoice(choice: Choice): void
}

/** The account that this window used was removed by another one; it goes on with `now`, if there is any. */
export interface LostAccount {
  readonly lost: SessionAccount
  readonly now: SessionAccount | undefined
}

const developmentAccounts: readonly SessionAccount[] = developmentAddresses.map((address, index) => ({
  address,
  name: `development ${index + 1}`,
  kind: 'development',
}))

export class Session {
  readonly #changed = new Emitter<void>()
  /** Fires when the active pair or the accounts to choose from changed. */
  readonly onDidChange = this.#changed.event
  readonly #lost = new Emitter<LostAccount>()
  readonly onDidLoseAccount = this.#lost.event
  /** The active account as it was last told. */
  #told: SessionAccount | undefined
  readonly #subscriptions: Subscription[]
  #choice: Choice
  #isReady = false
  #starting: Promise<void> | undefined

  constructor(private readonly ports: SessionPorts) {
    this.#choice = ports.readChoice()
    this.#subscriptions = [
      ports.book.onDidChange(by => this.#follow(by)),
      ports.onDidChangeNetworks(() => this.#tell()),
    ]
  }

  /** Reads accounts and networks, once. Until then accounts with a key of their own are unknown. Never rejects. */
  start(): Promise<void> {
    return (this.#starting ??= Promise.all([this.ports.book.load(), this.ports.loadNetworks()]).then(() => {
      this.#isReady = true
      this.#tell()
    }))
  }

  get isReady(): boolean {
    return this.#isReady
  }

  get networks(): readonly Network[] {
    return this.ports.networks().networks
  }

  get network(): Network {
    const { networks, initial } = this.ports.networks()
    return networks.find(({ id }) => id === this.#choice.networkId) ?? initial
  }

  /** The accounts that the active network knows: on a development network its own ten come first. */
  get accounts(): readonly SessionAccount[] {
    return this.accountsOf(this.network)
  }

  accountsOf(network: Network): readonly SessionAccount[] {
    const own = this.ports.book.accounts
    if (!network.isDevelopment) return own
    return [...developmentAccounts, ...own.filter(({ address }) => !isDevelopmentAddress(address))]
  }

  get account(): SessionAccount | undefined {
    const { accounts } = this
    const wanted = this.network.isDevelopment ? this.#choice.developmentAddress : this.#choice.address
    return accounts.find(({ address }) => address === wanted) ?? accounts[0]
  }

  /** The active pair. Throws `INVALID_INPUT` when there is no account. */
  get active(): Active {
    const { account, network } = this
    if (!account) throw new AlephError('INVALID_INPUT', 'There is no account yet: create or import a key first.')
    return { account, network }
  }

  useNetwork(id: string): void {
    this.#choose({ networkId: id })
  }

  useAccount(address: string): void {
    const isForDevelopment = this.network.isDevelopment || isDevelopmentAddress(address)
    this.#choose(isForDevelopment ? { developmentAddress: address } : { address })
  }

  /** What signs for the pair. Throws `READ_ONLY` for a development account anywhere but on a development network. */
  async signer({ account, network }: Active): Promise<Account> {
    if (isDevelopmentAddress(account.address)) {
      if (!network.isDevelopment)
        throw new AlephError(
          'READ_ONLY',
          `The key of ${account.address} is known to everybody: it is for local nodes only and not used on ${network.name}.`,
        )
      return developmentSigner(account.address)
    }
    const entry = this.ports.book.find(account.address)
    if (!entry) throw new AlephError('READ_ONLY', `The account ${account.name} was removed.`)
    return this.ports.book.signer(entry)
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    this.#changed.dispose()
    this.#lost.dispose()
  }

  #follow(by: ChangedBy): void {
    const lost = this.#told
    this.#tell()
    if (by === 'elsewhere' && lost && !this.accounts.some(({ address }) => address === lost.address))
      this.#lost.fire({ lost, now: this.account })
  }

  #tell(): void {
    this.#told = this.account
    this.#changed.fire()
  }

  #choose(change: Choice): void {
    this.#choice = { ...this.#choice, networkId: this.network.id, ...change }
    this.ports.writeChoice(this.#choice)
    this.#tell()
  }
}

/** Only an account with a key can publish. */
export const canPublish = (account: SessionAccount | undefined): boolean =>
  account !== undefined && account.kind !== 'watch'
