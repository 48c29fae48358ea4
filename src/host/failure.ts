// A failed act in one sentence: what could not be done, and why. What is thrown beyond the client's own errors.
import { CancellationError, FileSystemError, type Uri } from 'vscode'
import { isAlephError } from '../client/errors.js'
import { reasonText } from '../core/reason.js'
import { messageText } from '../shared/plainText.js'
import { t } from './translate.js'

/** `message` is the whole sentence for the user, also where VS Code shows it itself; the cause is for the log. */
export class Failure extends Error {
  override readonly name = 'Failure'

  constructor(message: string, options?: ErrorOptions) {
    super(messageText(message), options)
  }
}

type FileErrorCode = 'FileExists' | 'FileNotADirectory' | 'FileNotFound' | 'NoPermissions' | 'Unavailable'

/** What our file systems throw. VS Code shows it in notifications and in place of editors. */
export const fileError = (code: FileErrorCode, what: string | Uri): FileSystemError =>
  FileSystemError[code](messageText(typeof what === 'string' ? what : what.toString(true)))

/** The user ended it: nothing to say. */
export const isCancel = (error: unknown): boolean =>
  isAlephError(error, 'ABORTED') || error instanceof CancellationError

/** Runs `act`; an error other than a cancel becomes “{what}: {reason}”. */
export async function orFail<T>(what: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (isCancel(error) || error instanceof Failure) throw error
    const message = t('{what}: {reason}', { what, reason: reasonText(error, t) })
    throw new Failure(message, { cause: error })
  }
}
