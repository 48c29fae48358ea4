// A JSON value for one recipient by ECIES, for several by age, in the form of protocol §11.8.
import type { Account } from '../account.js'
import type { Context } from '../context.js'
import { AlephError } from '../errors.js'
import type { DecryptWith, EncryptFor } from './types.js'

/** What takes the place of a value: goes into the content beside its tags and metadata. */
export interface SealedValue {
  /** base64 */
  data: string
  encryption: { scheme: string; version: number; [field: string]: unknown }
}

/** Throws `INVALID_INPUT` for a recipient that can not be used. */
export async function sealValue(
  _context: Context,
  _value: unknown,
  _encryptFor: EncryptFor,
  _options: { account: Account; signal?: AbortSignal | undefined },
): Promise<SealedValue> {
  throw new AlephError('INVALID_INPUT', 'Encryption is not there yet.')
}

/** The value. Throws `DECRYPTION` for the wrong key and for whatever is not as it was sealed. */
export async function openValue(
  _context: Context,
  _sealed: { data: unknown; encryption: unknown },
  _decrypt: DecryptWith,
): Promise<unknown> {
  throw new AlephError('DECRYPTION', 'Encryption is not there yet.')
}
