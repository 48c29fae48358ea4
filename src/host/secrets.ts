// Keys in the secret storage of this computer. On Linux it may be missing, and then the user should read why.
import type { SecretStorage } from 'vscode'
import type { Secrets } from '../core/accountBook.js'
import { Failure } from './failure.js'
import { t } from './translate.js'

/** Told apart because a key can then be kept for the session. */
export class SecretsFailure extends Failure {}

export function hostSecrets(storage: SecretStorage): Secrets {
  const guarded = async <T>(act: () => Thenable<T>): Promise<T> => {
    try {
      return await act()
    } catch (cause) {
      throw new SecretsFailure(
        t('The secret storage of this computer does not work, so no key can be kept. On Linux it needs a keyring.'),
        { cause },
      )
    }
  }
  return {
    get: key => guarded(() => storage.get(key)),
    store: (key, value) => guarded(() => storage.store(key, value)),
    delete: key => guarded(() => storage.delete(key)),
  }
}
