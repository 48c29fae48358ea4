// Accounts of this user: a shared list of names and addresses, and one secret per key. Knows no network. Where secrets
// can not be kept, a key can stay in the memory of this window.
import type { Account } from '../client/account.js'
import { AddressAccount, checksumAddress, ETHAccount } from '../client/account.js'
import { AlephError } from '../client/errors.js'
import { Emitter, type Listen } from '../shared/emitter.js'
import { secretKey } from '../shared/ids.js'
import { type AccountEntry, accountName, readAccountList, writeAccountList } from './accountList.js'

/** A small text file that other windows may write too. */
export interface SharedFile {
  /** Undefined when it was never written. */
  read(): Promise<string | undefined>
  write(text: string): Promise<void>
  readonly onDidChange: Listen<void>
}

export interface Secrets {
  get(key: string): Promise<string | undefined>
  store(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
}

/** Where a change of the accounts was made: by this window, or found in the shared list. */
export type ChangedBy = 'here' | 'elsewhere'

export interface KeyOptions {
  /** Whose storage the account works on, if not its own. */
  owner?: string
  /** Keeps the key in memory of this window only. */
  isSessionOnly?: boolean
}

const secretVersion = 1

export class AccountBook {
  readonly #changed = new Emitter<ChangedBy>()
  readonly onDidChange = this.#changed.event
  #listed: readonly AccountEntry[] = []
  #accounts: readonly AccountEntry[] = []
  /** By address: accounts whose key this window alone has. */
  readonly #inMemory = new Map<string, { entry: AccountEntry; privateKey: string }>()
  /** Reads and writes of this window go one after the other: each sees what the file holds by then. */
  #turns: Promise<unknown> = Promise.resolve()

  /** `onSecret` hears every key before anything else does, so that logs can mask it. */
  constructor(
    private readonly file: SharedFile,
    private readonly secrets: Secrets,
    private readonly onSecret: (secret: string) => void,
    private readonly onError: (error: unknown) => void,
  ) {
    file.onDidChange(() => void this.load())
  }

  get accounts(): readonly AccountEntry[] {
    return this.#accounts
  }

  find(address: string): AccountEntry | undefined {
    return this.#accounts.find(entry => entry.address === address)
  }

  /** Reads the file; a file that can not be read leaves the accounts as they were. */
  async load(): Promise<void> {
    try {
      await this.#inTurn(async () => this.#set(await this.#read(), 'elsewhere'))
    } catch (error) {
      this.onError(error)
    }
  }

  /** Also for an account that was only watched or lost its key. What is thrown when secrets can not be kept is theirs. */
  async addKey(privateKey: string, name: string, { owner, isSessionOnly }: KeyOptions = {}): Promise<AccountEntry> {
    this.onSecret(privateKey)
    const { address } = await ETHAccount.fromPrivateKey(privateKey)
    const entry: AccountEntry = {
      address,
      name: accountName(name, address),
      kind: 'key',
      ...(owner === undefined ? {} : { owner: await checksumAddress(owner) }),
    }
    if (isSessionOnly) {
      const kept: AccountEntry = { ...entry, isSessionOnly: true }
      this.#inMemory.set(address, { entry: kept, privateKey })
      this.#set(this.#listed, 'here')
      return kept
    }
    // The secret first: an entry without its key would be of no use, a key without its entry does no harm.
    await this.secrets.store(secretKey(address), JSON.stringify({ version: secretVersion, privateKey }))
    this.#inMemory.delete(address)
    await this.#put(entry)
    return entry
  }

  async addAddress(address: string, name: string): Promise<AccountEntry> {
    const account = await AddressAccount.fromAddress(address)
    const known = this.find(account.address)
    if (known) return known
    const entry: AccountEntry = {
      address: account.address,
      name: accountName(name, account.address),
      kind: 'watch',
    }
    await this.#put(entry)
    return entry
  }

  async rename(address: string, name: string): Promise<void> {
    const named = (entry: AccountEntry) =>
      entry.address === address ? { ...entry, name: accountName(name, address) } : entry
    const kept = this.#inMemory.get(address)
    if (kept) this.#inMemory.set(address, { ...kept, entry: named(kept.entry) })
    if (kept && !this.#listed.some(entry => entry.address === address)) return this.#set(this.#listed, 'here')
    await this.#update(accounts => accounts.map(named))
  }

  async remove(address: string): Promise<void> {
    const wasInMemory = this.#inMemory.delete(address)
    if (wasInMemory && !this.#listed.some(entry => entry.address === address)) return this.#set(this.#listed, 'here')
    await this.#update(accounts => accounts.filter(entry => entry.address !== address))
    await this.secrets.delete(secretKey(address))
  }

  /** False when the list knows the account but its key is gone. */
  async hasKey({ address, kind }: AccountEntry): Promise<boolean> {
    return kind === 'key' && (await this.#key(address)) !== undefined
  }

  /** The only copy that this computer may have: for backups. Throws `READ_ONLY` where there is none. */
  async privateKey({ address, kind }: AccountEntry): Promise<string> {
    const privateKey = kind === 'key' ? await this.#key(address) : undefined
    if (privateKey === undefined) throw missingKey(address)
    return privateKey
  }

  /** What signs for the account. Its writes are `READ_ONLY` when it is only watched. */
  async signer(entry: AccountEntry): Promise<Account> {
    if (entry.kind === 'watch') return AddressAccount.fromAddress(entry.address)
    return ETHAccount.fromPrivateKey(await this.privateKey(entry))
  }

  async #key(address: string): Promise<string | undefined> {
    const kept = this.#inMemory.get(address)
    if (kept) return kept.privateKey
    const text = await this.secrets.get(secretKey(address))
    const privateKey = text === undefined ? undefined : readSecret(text)
    if (privateKey === undefined) return undefined
    this.onSecret(privateKey)
    // Signing with the key of another account than the one on screen would publish as somebody else.
    const isIts = await ETHAccount.fromPrivateKey(privateKey).then(
      account => account.address === address,
      () => false,
    )
    return isIts ? privateKey : undefined
  }

  /** In the place of an entry of the same address, else at the end. */
  #put(entry: AccountEntry): Promise<void> {
    return this.#update(accounts =>
      accounts.some(({ address }) => address === entry.address)
        ? accounts.map(other => (other.address === entry.address ? entry : other))
        : [...accounts, entry],
    )
  }

  #update(change: (accounts: AccountEntry[]) => AccountEntry[]): Promise<void> {
    return this.#inTurn(async () => {
      const found = await this.#read()
      this.#set(found, 'elsewhere')
      const accounts = change(found)
      await this.file.write(writeAccountList(accounts))
      this.#set(accounts, 'here')
    })
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const run = this.#turns.then(act)
    this.#turns = run.catch(() => undefined)
    return run
  }

  async #read(): Promise<AccountEntry[]> {
    const text = await this.file.read()
    return text === undefined ? [] : readAccountList(text)
  }

  #set(listed: readonly AccountEntry[], by: ChangedBy): void {
    this.#listed = listed
    const inMemory = [...this.#inMemory.values()].map(({ entry }) => entry)
    const accounts = [...listed.filter(({ address }) => !this.#inMemory.has(address)), ...inMemory]
    const isSame = JSON.stringify(accounts) === JSON.stringify(this.#accounts)
    this.#accounts = accounts
    if (!isSame) this.#changed.fire(by)
  }
}

/** Details name the account as `missingKeyOf`, so that whoever shows the error can offer to import the key. */
const missingKey = (address: string) =>
  new AlephError(
    'READ_ONLY',
    `The key of ${address} is not in the secret storage of this computer. Import it again to publish with it.`,
    { details: { missingKeyOf: address } },
  )

function readSecret(text: string): string | undefined {
  try {
    const { privateKey } = JSON.parse(text) as { privateKey?: unknown }
    return typeof privateKey === 'string' ? privateKey : undefined
  } catch {
    return undefined
  }
}
