// A JSON value for one recipient by ECIES, for several by age, in the form of protocol §11.8.
import type { Account } from '../account.js'
import type { Context } from '../context.js'
import type { DecryptWith, EncryptFor } from './types.js'

/** What takes the place of a value: goes into the content beside its tags and metadata. */
export interface SealedValue {
  /** base64 */
  data: string
  encryption: { scheme: string; version: number; [field: string]: unknown }
}

const encryption = () => import('../lazy/encryption.js')

/** Throws `INVALID_INPUT` for a recipient that can not be used. */
export async function sealValue(
  context: Context,
  value: unknown,
  encryptFor: EncryptFor,
  options: { account: Account; signal?: AbortSignal | undefined },
): Promise<SealedValue> {
  return (await encryption()).sealValue(context, value, encryptFor, options)
}

/** The value. Throws `DECRYPTION` for the wrong key and for whatever is not as it was sealed. */
export async function openValue(
  context: Context,
  sealed: { data: unknown; encryption: unknown },
  decrypt: DecryptWith,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<unknown> {
  return (await encryption()).openValue(context, sealed, decrypt, options)
}
