// Whom something is encrypted for, and with what it is opened (protocol §11.8).
import type { Account } from '../account.js'

/**
 * A secp256k1 public key in hex (33 or 65 bytes, `0x` optional), an `age1…` recipient, a contact of the client by name,
 * `'self'`, or an EVM address that has signed something. `'self'` of a wallet is the key that it signed with: to decrypt, that
 * key has to be imported, because wallets can not.
 */
export type Recipient = string

/** One recipient, several, or a passphrase alone. */
export type EncryptFor = Recipient | readonly Recipient[] | { passphrase: string }

/**
 * True stands for the client's account; else everything that is given is tried: an account with its key, a passphrase, and
 * age identities (`AGE-SECRET-KEY-1…`), 20 at most.
 */
export type DecryptWith = true | { account?: Account; passphrase?: string; identities?: readonly string[] }
