// Files in the age format: encrypted to a private temporary file before anything is sent, opened as a stream.
import type { Account } from '../account.js'
import type { Context } from '../context.js'
import { AlephError } from '../errors.js'
import type { OpenSource } from '../node/source.js'
import type { DecryptWith, EncryptFor } from './types.js'

export interface SealedFile {
  /** The ciphertext; it can be read again, also by a later process, until `dispose`. */
  source: OpenSource
  /** Where the ciphertext is. */
  path: string
  /** For the metadata of the STORE: name, type and size are in it encrypted. */
  encryption: Record<string, unknown>
  /** Removes the temporary file. */
  dispose(): Promise<void>
}

export interface SealOptions {
  account: Account
  /** The real ones, which travel encrypted. */
  filename: string | undefined
  mimetype: string
  signal?: AbortSignal | undefined
}

/** Throws `INVALID_INPUT` for a recipient that can not be used or a file that changed, `IO` when the disk refuses. */
export async function sealFile(
  _context: Context,
  _file: OpenSource,
  _encryptFor: EncryptFor,
  _options: SealOptions,
): Promise<SealedFile> {
  throw new AlephError('INVALID_INPUT', 'Encryption is not there yet.')
}

/** The ciphertext of an earlier `sealFile` again. Throws `INVALID_INPUT` when it is gone or of another length. */
export async function reopenSealed(_path: string, _sizeBytes: number): Promise<Pick<SealedFile, 'source' | 'dispose'>> {
  throw new AlephError('INVALID_INPUT', 'Encryption is not there yet.')
}

/** The plaintext, each block authenticated before it is given out. Throws `DECRYPTION`. */
export async function* openSealed(
  _context: Context,
  _chunks: AsyncIterable<Uint8Array>,
  _decrypt: DecryptWith,
): AsyncGenerator<Uint8Array, void, undefined> {
  throw new AlephError('DECRYPTION', 'Encryption is not there yet.')
}

/** Real name, type and size of a sealed file from its metadata. Throws `DECRYPTION`. */
export async function openSealedInfo(
  _context: Context,
  _encryption: unknown,
  _decrypt: DecryptWith,
): Promise<{ name: string | undefined; type: string | undefined; sizeBytes: number | undefined }> {
  throw new AlephError('DECRYPTION', 'Encryption is not there yet.')
}
