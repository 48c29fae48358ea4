// Who signs. A key lives in a private field of its account and leaves it only as signatures.
import { AlephError, invalidInput } from './errors.js'
import { assertOptions } from './options.js'
import { isAddress, isPromise } from './shapes.js'
import { isSolanaAddress } from './solana.js'
import type { keyPair as keyPairType } from './lazy/evm.js'

/** What the client needs of an account. `sign` gets the text of protocol §2.1 and returns the wire's signature string. */
export interface Account {
  /** EIP-55 spelling for EVM accounts: nodes compare addresses exactly (protocol §2.3). */
  readonly address: string
  /** `ETH` for every EVM account (protocol §2.4). */
  readonly chain: string
  /** `0x` and 33 bytes of hex, where the account has a key. */
  readonly publicKey?: string | undefined
  /** True for an address without a key. */
  readonly isReadOnly?: boolean
  sign(text: string): Promise<string>
  /**
   * The point that its key and a secp256k1 public key (33 or 65 bytes) share, as 65 bytes: for decryption only. Wallets and
   * addresses have none.
   */
  sharedPoint?(publicKey: Uint8Array): Promise<Uint8Array>
  /** Opens ECIES bytes (protocol §7.1) for this account's key. Throws `DECRYPTION`. */
  decrypt?(ciphertext: Uint8Array): Promise<Uint8Array>
}

const evm = () => import('./lazy/evm.js')
const encryption = () => import('./lazy/encryption.js')

/** EIP-55 spellings by address in lower case: the same few come again and again. */
const spellings = new Map<string, string>()
const maxSpellings = 1000

/** The EIP-55 spelling of an EVM address in any case. Throws `INVALID_INPUT`, also for a wrong checksum. */
export async function checksumAddress(address: string): Promise<string> {
  const [, digits] = (typeof address === 'string' && /^\s*(?:0x)?([0-9a-f]{40})\s*$/i.exec(address)) || []
  if (digits === undefined)
    throw invalidInput("This isn't a valid Ethereum address: it takes 0x and 40 hexadecimal digits.")
  const lowerCase = `0x${digits.toLowerCase()}`
  let spelling = spellings.get(lowerCase)
  if (spelling === undefined) {
    spelling = (await evm()).checksumAddress(lowerCase)
    if (spellings.size >= maxSpellings) spellings.clear()
    spellings.set(lowerCase, spelling)
  }
  if (isMixedCase(digits) && `0x${digits}` !== spelling)
    throw invalidInput(
      "This isn't a valid Ethereum address: its checksum, which is in the upper and lower case of its letters, is wrong. Copy it again.",
    )
  return spelling
}

/** Letters of one case carry no checksum. */
const isMixedCase = (digits: string) => /[a-f]/.test(digits) && /[A-F]/.test(digits)

/** A function that tells at once whether the checksum of `0x` and 40 digits is wrong. */
export async function invalidChecksum(): Promise<(address: string) => boolean> {
  const { checksumAddress } = await evm()
  return address => {
    const digits = address.slice(2)
    return isMixedCase(digits) && checksumAddress(`0x${digits.toLowerCase()}`) !== `0x${digits}`
  }
}

/**
 * An address in the spelling by which nodes know it: EIP-55 for `0x…` in any case, and exactly as it is for other chains,
 * whose letters count. `name` says in the error what it was given as. Throws `INVALID_INPUT`, also for a wrong checksum.
 */
export async function normalAddress(address: unknown, name = 'address'): Promise<string> {
  assertAddress(address, name)
  return /^0x/i.test(address) ? checksumAddress(address) : address
}

/** The part of `normalAddress` that needs no waiting: throws `INVALID_INPUT` for what no chain takes for an address. */
export function assertAddress(address: unknown, name = 'address'): asserts address is string {
  if (isPromise(address)) throw invalidInput(`The ${name} is a Promise: await it first.`)
  if (!isAddress(address)) throw invalidInput(`The ${name} isn't a valid address.`)
}

/** Throws `INVALID_INPUT` for what can't sign, and says so where an `await` was forgotten. */
export function assertAccount(account: unknown): asserts account is Account {
  if (isPromise(account)) throw invalidInput('The account is a Promise: await it first.')
  const { address, chain, sign } = (account ?? {}) as Partial<Record<keyof Account, unknown>>
  if (typeof account !== 'object' || typeof sign !== 'function' || typeof chain !== 'string' || !isAddress(address))
    throw invalidInput('The account must be an object with an address, a chain and a function sign().')
}

/** Throws `INVALID_INPUT` that never repeats what was given: it may be a key in the wrong place. */
function assertText(value: unknown, name: string): asserts value is string {
  if (isPromise(value)) throw invalidInput(`The ${name} is a Promise: await it first.`)
  if (typeof value !== 'string') throw invalidInput(`The ${name} must be a string.`)
}

type KeyPair = ReturnType<typeof keyPairType>

/** An EVM account with its key in memory. */
export class ETHAccount implements Account {
  readonly chain = 'ETH'
  readonly #key: KeyPair

  private constructor(key: KeyPair) {
    this.#key = key
  }

  get address(): string {
    return this.#key.address
  }

  get publicKey(): string {
    return this.#key.publicKey
  }

  async sign(text: string): Promise<string> {
    return this.#key.sign(text)
  }

  /** Throws `INVALID_INPUT` for what is no public key of the curve. */
  async sharedPoint(publicKey: Uint8Array): Promise<Uint8Array> {
    try {
      return this.#key.sharedPoint(publicKey)
    } catch {
      // Not the library's own error: what it repeats is nobody's business here.
      throw invalidInput('This is not a public key: it takes the 33 or 65 bytes of a point of secp256k1.')
    }
  }

  /** Opens what was sealed for this key by `storage.store`, by Python's `account.encrypt` or by `eciesjs` (protocol §7.1). */
  async decrypt(ciphertext: Uint8Array): Promise<Uint8Array> {
    const { openEcies } = await encryption()
    return openEcies(ciphertext, publicKey => this.#key.sharedPoint(publicKey))
  }

  /** From 32 bytes of hex, with or without `0x`. Throws `INVALID_INPUT` that never repeats the input. */
  static async fromPrivateKey(privateKey: string): Promise<ETHAccount> {
    assertText(privateKey, 'private key')
    const hex = privateKey.trim().replace(/^0x/i, '')
    if (!/^[0-9a-fA-F]{64}$/.test(hex))
      throw invalidInput('This is not a private key: it takes 64 hexadecimal digits, with or without 0x before them.')
    const { keyPair } = await evm()
    let key: KeyPair
    try {
      key = keyPair(`0x${hex}`)
    } catch {
      // The library's own error would carry the key.
      throw invalidInput('This private key is outside the range that the curve allows.')
    }
    return new ETHAccount(key)
  }

  /**
   * From 12 to 24 English words; `path` (BIP-32, ten levels at most) is where official clients and wallets put the first
   * account. Throws `INVALID_INPUT` that never repeats the words.
   */
  static async fromMnemonic(phrase: string, path = "m/44'/60'/0'/0/0"): Promise<ETHAccount> {
    assertText(phrase, 'mnemonic')
    if (typeof path !== 'string' || !/^m(\/\d{1,10}'?){0,10}$/.test(path))
      throw invalidInput("The path of an account is written as m/44'/60'/0'/0/0, with ten levels at most.")
    const { privateKeyOfMnemonic } = await import('./lazy/wallet.js')
    return ETHAccount.fromPrivateKey(privateKeyOfMnemonic(phrase, path))
  }

  /**
   * From a keystore (Web3 Secret Storage, version 3). Throws `DECRYPTION` for a wrong password, `INVALID_INPUT` for
   * anything else than a keystore, `INTEGRITY` when its key and its address differ, `ABORTED`.
   */
  static async fromKeystore(
    json: string,
    password: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<ETHAccount> {
    assertOptions(options, ['signal'], 'ETHAccount.fromKeystore')
    assertText(json, 'keystore')
    assertText(password, 'password')
    const { openKeystore } = await import('./lazy/wallet.js')
    return ETHAccount.fromPrivateKey(await openKeystore(json, password, options.signal))
  }

  /** A new random key. The returned `privateKey` is the only copy: keep it in a secret store. */
  static async generate(): Promise<{ account: ETHAccount; privateKey: string }> {
    for (;;) {
      const bytes = globalThis.crypto.getRandomValues(new Uint8Array(32))
      const privateKey = `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`
      try {
        return { account: await ETHAccount.fromPrivateKey(privateKey), privateKey }
      } catch (error) {
        // One key in 2^128 is outside the curve's order; anything else is no matter of luck.
        if (!(error instanceof AlephError)) throw error
      }
    }
  }
}

/** An address without a key: it can look at everything, and every write is `READ_ONLY`. */
export class AddressAccount implements Account {
  readonly isReadOnly = true
  private constructor(
    readonly address: string,
    readonly chain: string,
  ) {}

  /** Of Ethereum (`0x…`) or Solana (base58). Throws `INVALID_INPUT`. */
  static async fromAddress(address: string): Promise<AddressAccount> {
    assertText(address, 'address')
    if (isSolanaAddress(address.trim())) return new AddressAccount(address.trim(), 'SOL')
    return new AddressAccount(await checksumAddress(address), 'ETH')
  }

  async sign(): Promise<string> {
    throw readOnlyError(this.address)
  }
}

export const readOnlyError = (address: string): AlephError =>
  new AlephError(
    'READ_ONLY',
    `The account ${address} is an address without a key: it can read, but not publish. Import its key or choose another account.`,
  )
