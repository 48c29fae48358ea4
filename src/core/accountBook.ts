// Accounts of this user: a shared list of names and addresses, and one secret per key. Knows no network.
import type { Account } from '../client/account.js'
import { AddressAccount, ETHAccount } from '../client/account.js'
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

const secretVersion = 1

export class AccountBook {
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event
  #accounts: readonly AccountEntry[] = []
  /** Writes of this window go one after the other, each on what the file holds by then. */
  #writing: Promise<unknown> = Promise.resolve()

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

  /** Reads the file; a file that can not be read leaves the accounts as they were. */
  async load(): Promise<void> {
    try {
      this.#set(await this.#read())
    } catch (error) {
      this.onError(error)
    }
  }

  async addKey(privateKey: string, name: string): Promise<AccountEntry> {
    this.onSecret(privateKey)
    const { address } = await ETHAccount.fromPrivateKey(privateKey)
    // The secret first: an entry without its key would be of no use, a key without its entry does no harm.
    await this.secrets.store(secretKey(address), JSON.stringify({ version: secretVersion, privateKey }))
    return this.#add({ address, name: accountName(name, address), kind: 'key' })
  }

  async addAddress(address: string, name: string): Promise<AccountEntry> {
    const account = await AddressAccount.fromAddress(address)
    const known = this.#accounts.find(entry => entry.address === account.address)
    if (known) return known
    return this.#add({ address: account.address, name: accountName(name, account.address), kind: 'watch' })
  }

  async remove(address: string): Promise<void> {
    await this.#update(accounts => accounts.filter(entry => entry.address !== address))
    await this.secrets.delete(secretKey(address))
  }

  /** What signs for the account. Its writes are `READ_ONLY` when it is only watched. */
  async signer({ address, kind }: AccountEntry): Promise<Account> {
    if (kind === 'watch') return AddressAccount.fromAddress(address)
    const text = await this.secrets.get(secretKey(address))
    const privateKey = text === undefined ? undefined : readSecret(text)
    if (privateKey === undefined)
      throw new AlephError('READ_ONLY', `The key of ${address} is not in the secret storage of this computer.`)
    this.onSecret(privateKey)
    return ETHAccount.fromPrivateKey(privateKey)
  }

  async #add(entry: AccountEntry): Promise<AccountEntry> {
    await this.#update(accounts => [...accounts.filter(other => other.address !== entry.address), entry])
    return entry
  }

  #update(change: (accounts: AccountEntry[]) => AccountEntry[]): Promise<void> {
    const run = this.#writing.then(async () => {
      const accounts = change(await this.#read())
      await this.file.write(writeAccountList(accounts))
      this.#set(accounts)
    })
    this.#writing = run.catch(() => undefined)
    return run
  }

  async #read(): Promise<AccountEntry[]> {
    const text = await this.file.read()
    return text === undefined ? [] : readAccountList(text)
  }

  #set(accounts: readonly AccountEntry[]): void {
    const isSame = writeAccountList(accounts) === writeAccountList(this.#accounts)
    this.#accounts = accounts
    if (!isSame) this.#changed.fire()
  }
}

function readSecret(text: string): string | undefined {
  try {
    const { privateKey } = JSON.parse(text) as { privateKey?: unknown }
    return typeof privateKey === 'string' ? privateKey : undefined
  } catch {
    return undefined
  }
}
