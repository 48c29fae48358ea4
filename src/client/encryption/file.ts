// Files in the age format: encrypted to a private temporary file before anything is sent, opened as a stream.
import type { Account } from '../account.js'
import type { Context } from '../context.js'
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

export interface SealedInfo {
  name: string | undefined
  type: string | undefined
  sizeBytes: number | undefined
}

export interface SealOptions {
  account: Account
  /** The real ones, which travel encrypted. */
  filename: string | undefined
  mimetype: string
  signal?: AbortSignal | undefined
}

const encryption = () => import('../lazy/encryption.js')

/** Throws `INVALID_INPUT` for a recipient that can not be used or a file that changed, `IO` when the disk refuses. */
export async function sealFile(
  context: Context,
  file: OpenSource,
  encryptFor: EncryptFor,
  options: SealOptions,
): Promise<SealedFile> {
  return (await encryption()).sealFile(context, file, encryptFor, options)
}

/** The ciphertext of an earlier `sealFile` again. Throws `INVALID_INPUT` when it is gone or of another length. */
export async function reopenSealed(path: string, sizeBytes: number): Promise<Pick<SealedFile, 'source' | 'dispose'>> {
  return (await encryption()).reopenSealed(path, sizeBytes)
}

/**
 * The plaintext, each block authenticated before it is given out; that none is missing is known when the iteration has
 * ended. Throws `DECRYPTION`, and whatever `chunks` throw.
 */
export async function* openSealed(
  context: Context,
  chunks: AsyncIterable<Uint8Array>,
  decrypt: DecryptWith,
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* (await encryption()).openSealed(context, chunks, decrypt, options)
}

/**
 * Real name, type and size of a sealed file from its metadata: the publisher's word, to be cleaned like any other name.
 * Throws `DECRYPTION`.
 */
export async function openSealedInfo(
  context: Context,
  sealed: unknown,
  decrypt: DecryptWith,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<SealedInfo> {
  return (await encryption()).openSealedInfo(context, sealed, decrypt, options)
}
