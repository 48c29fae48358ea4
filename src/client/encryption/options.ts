// What callers may say of encryption, checked before anything is asked, signed or sent. Nothing given is repeated in an
// error: it may be a secret in the wrong place.
import { assertAccount, type Account } from '../account.js'
import type { Context } from '../context.js'
import { AlephError, invalidInput } from '../errors.js'
import { isObject } from '../isObject.js'
import { assertTags } from '../message/tags.js'
import type { DecryptWith, EncryptFor } from './types.js'

/** Of every value and file that is encrypted (protocol §11.8). */
export const encryptedTag = 'encrypted'

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

function assertEncryptFor(value: unknown): asserts value is EncryptFor {
  if (isText(value)) return
  if (Array.isArray(value)) {
    if (!value.length)
      throw invalidInput('encryptFor names nobody: give a recipient, or leave it out to publish in clear.')
    if (value.every(isText)) return
  } else if (isObject(value) && Object.keys(value).join() === 'passphrase') {
    if (typeof value.passphrase === 'string' && value.passphrase !== '') return
    throw invalidInput('The passphrase must be a text that is not empty.')
  }
  throw invalidInput(
    'encryptFor must be a recipient, a list of recipients, or { passphrase }; to publish in clear, leave it out.',
  )
}

/**
 * For whom, or undefined for nobody: an option that is there but says nothing must not publish in clear. With `raw`, which
 * has no place for ciphertext, it is `INVALID_INPUT`.
 */
export function encryptForOf(options: { encryptFor?: unknown; raw?: unknown }): EncryptFor | undefined {
  if (!('encryptFor' in options)) return undefined
  const { encryptFor, raw } = options
  assertEncryptFor(encryptFor)
  if (raw) throw invalidInput('A value that is published raw can not be encrypted: choose raw or encryptFor.')
  return encryptFor
}

/** The same where `false` says that what was encrypted is to be published in clear. */
export const encryptForOrFalse = (options: { encryptFor?: unknown }): EncryptFor | undefined =>
  options.encryptFor === false ? undefined : encryptForOf(options)

/** Tags with the one that says so; the network takes 16 in all. */
export function withEncryptedTag(tags: readonly string[] = []): string[] {
  const all = [...new Set([...tags, encryptedTag])]
  if (all.length > 16)
    throw invalidInput(`There are ${tags.length} tags; beside the tag “${encryptedTag}” the network takes 15 at most.`)
  assertTags(all)
  return all
}

/** Whether a content or an entry says that its data is ciphertext (protocol §11.8), of whatever scheme and encoding. */
export const isSealed = (
  value: unknown,
): value is { data: unknown; encryption: { scheme: string; [field: string]: unknown } } =>
  isObject(value) && 'data' in value && isObject(value.encryption) && typeof value.encryption.scheme === 'string'

/**
 * Throws `INVALID_INPUT` when what is replaced (the content of a POST, or an entry) is encrypted and nobody said for whom
 * the new one is to be; `encryptFor: false` says that it is for everybody.
 */
export function assertStaysEncrypted(previous: unknown, options: { encryptFor?: unknown }): void {
  if (isSealed(previous) && !('encryptFor' in options))
    throw invalidInput(
      'What this replaces is encrypted: say by encryptFor for whom the new one is to be, or by encryptFor: false that it is published in clear.',
    )
}

export interface Openers {
  account?: Account
  passphrase?: string
  identities: readonly string[]
}

const maxIdentities = 20

/** What may open something. Throws `INVALID_INPUT`, and `READ_ONLY` for an address without a key. */
export function openersOf(context: Context, decrypt: DecryptWith): Openers {
  const given: unknown = decrypt
  if (given === true) {
    if (!context.account) throw invalidInput('Decrypting needs an account: give one to the client, or to this call.')
    return { account: opening(context.account), identities: [] }
  }
  const known = ['account', 'passphrase', 'identities']
  if (!isObject(given) || !Object.keys(given).length || Object.keys(given).some(name => !known.includes(name)))
    throw invalidInput(
      'decrypt must be true for the account of the client, or name an account, passphrase or identities.',
    )
  const { account, passphrase, identities } = given
  if ('passphrase' in given && (typeof passphrase !== 'string' || passphrase === ''))
    throw invalidInput('The passphrase must be a text that is not empty.')
  if ('identities' in given && !areIdentities(identities))
    throw invalidInput(
      `The identities must be 1 to ${maxIdentities} texts that begin with AGE-SECRET-KEY-1 and are complete.`,
    )
  if ('account' in given) assertAccount(account)
  return {
    ...('account' in given ? { account: opening(account as unknown as Account) } : {}),
    ...('passphrase' in given ? { passphrase: passphrase as string } : {}),
    identities: (identities ?? []) as string[],
  }
}

const areIdentities = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= maxIdentities &&
  value.every(text => typeof text === 'string' && /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/.test(text))

function opening(account: Account): Account {
  if (account.sharedPoint || account.decrypt) return account
  if (account.isReadOnly)
    throw new AlephError(
      'READ_ONLY',
      `The account ${account.address} is an address without a key, so it can not decrypt. Import its key or choose another account.`,
    )
  throw invalidInput(
    'This account can sign, but not decrypt: its key is in a wallet, or of another kind than Ethereum’s. Import its key, or choose another account.',
  )
}
