// Solana accounts: an ed25519 key in memory, and addresses that are public keys in base58 (protocol §2.4).
import { base58btc } from 'multiformats/bases/base58'
import type { Account } from './account.js'
import { invalidInput } from './errors.js'
import { ed25519Key, type Ed25519Key } from './node/ed25519.js'

/** True for 32 bytes in base58. */
export const isSolanaAddress = (text: string): boolean =>
  /^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(text) && base58btc.baseDecode(text).length === 32

/** A Solana account with its key in memory. It signs; it can not open what is encrypted for secp256k1 keys. */
export class SOLAccount implements Account {
  readonly chain = 'SOL'
  readonly address: string
  readonly #key: Ed25519Key

  private constructor(key: Ed25519Key) {
    this.#key = key
    this.address = base58btc.baseEncode(key.publicKey)
  }

  async sign(text: string): Promise<string> {
    return JSON.stringify({ signature: base58btc.baseEncode(this.#key.sign(text)), publicKey: this.address })
  }

  /**
   * From what wallets export (base58 of 64 bytes, or of 32), the file of `solana-keygen` (a JSON array of 64 numbers) or 64
   * hexadecimal digits. Throws `INVALID_INPUT` that never repeats the input, also when its public half is not that of the key.
   */
  static async fromPrivateKey(privateKey: string): Promise<SOLAccount> {
    const bytes = typeof privateKey === 'string' ? keyBytes(privateKey.trim()) : undefined
    if (bytes?.length !== 32 && bytes?.length !== 64)
      throw invalidInput(
        'This is not a private key of Solana: it takes 32 or 64 bytes in base58, the JSON array of a solana-keygen file, or 64 hexadecimal digits.',
      )
    const key = ed25519Key(bytes.subarray(0, 32))
    if (bytes.length === 64 && bytes.subarray(32).some((byte, index) => byte !== key.publicKey[index]))
      throw invalidInput('The two halves of this private key do not belong together: one of them was changed.')
    return new SOLAccount(key)
  }

  /** A new random key. The returned `privateKey` (base58 of 64 bytes) is the only copy: keep it in a secret store. */
  static async generate(): Promise<{ account: SOLAccount; privateKey: string }> {
    const seed = globalThis.crypto.getRandomValues(new Uint8Array(32))
    const key = ed25519Key(seed)
    return {
      account: new SOLAccount(key),
      privateKey: base58btc.baseEncode(Uint8Array.from([...seed, ...key.publicKey])),
    }
  }
}

/** Errors of parsers quote what they read, so none leaves this function. */
function keyBytes(text: string): Uint8Array | undefined {
  try {
    const hex = /^(?:0x)?([0-9a-f]{64})$/i.exec(text)?.[1]
    if (hex) return Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16))
    if (!text.startsWith('[')) return text.length <= 90 ? base58btc.baseDecode(text) : undefined
    const list: unknown = JSON.parse(text)
    const isBytes =
      Array.isArray(list) &&
      list.every(each => Number.isInteger(each) && (each as number) >= 0 && (each as number) < 256)
    return isBytes ? Uint8Array.from(list as number[]) : undefined
  } catch {
    return undefined
  }
}
