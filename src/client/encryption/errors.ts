// Why something stays sealed: one sentence for every wrong key and every changed byte, so that nobody learns from it.
import { AlephError, isAlephError } from '../errors.js'

export const decryptionError = (
  message = 'This can not be decrypted: it is not for this key or passphrase, or it is not what was encrypted.',
): AlephError => new AlephError('DECRYPTION', message)

export const unknownScheme = (): AlephError =>
  decryptionError('This is encrypted in a way that is not known here; a newer version may open it.')

/** Whatever went wrong inside is no news for anybody; that the caller gave up is. */
export const unlessAborted = (error: unknown): AlephError =>
  isAlephError(error, 'ABORTED') ? error : decryptionError()
