// A key comes in: typed, or from a file. Nothing of it is shown, logged, or kept outside of the secret storage.
import { workspace, type Uri } from 'vscode'
import { ETHAccount } from '../client/account.js'
import { isAlephError } from '../client/errors.js'
import type { AccountEntry } from '../core/accountList.js'
import { isDevelopmentAddress } from '../core/developmentAccounts.js'
import { privateKeyOf, secretProblem } from '../core/importKey.js'
import { maxKeyFileBytes, readKeyFile } from '../core/keyFile.js'
import { Failure, orFail } from '../host/failure.js'
import { alephKeyFolder, homeFolder } from '../host/node/homeFolder.js'
import { whenSlow } from '../host/progress.js'
import type { PickItem } from '../host/prompts.js'
import { SecretsFailure } from '../host/secrets.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { AccountDialogs, type AccountServices } from './accountDialogs.js'
import type { Handlers } from './handlers.js'

export function importCommands(services: AccountServices): Handlers {
  const imports = new Imports(services)
  return {
    [commands.accountImport]: address => imports.import(address),
  }
}

class Imports {
  readonly #dialogs: AccountDialogs

  constructor(private readonly services: AccountServices) {
    this.#dialogs = new AccountDialogs(services)
  }

  /** `wanted` is the address of an account of this computer whose key is gone; anything else is ignored. */
  async import(wanted: unknown): Promise<void> {
    const { book, session, maskSecret } = this.services
    await session.start()
    const expected = typeof wanted === 'string' ? book.find(wanted) : undefined
    const privateKey = await this.#askKey()
    if (privateKey === undefined) return
    maskSecret(privateKey)
    const { address } = await orFail(t('Could not import the key'), () => ETHAccount.fromPrivateKey(privateKey))
    if (isDevelopmentAddress(address))
      throw new Failure(
        t(
          'Could not import the key: it is that of a development account, which everybody knows. On a local node this account is there without it.',
        ),
      )
    if (expected && expected.address !== address)
      throw new Failure(
        t('Could not import the key: it is that of {address}, not of {name}.', { address, name: expected.name }),
      )
    const known = book.find(address)
    const isComplete = known !== undefined && !known.isSessionOnly && (await this.#hasKey(known))
    const entry = isComplete ? known : await this.#keep(privateKey, known)
    if (!entry) return
    session.useAccount(entry.address)
    this.#report(entry, known, isComplete)
  }

  #askKey(): Promise<string | undefined> {
    const { prompts } = this.services
    type Way = () => Promise<string | undefined>
    const ways: PickItem<Way>[] = [
      {
        icon: 'key',
        label: t('Paste a private key or mnemonic'),
        detail: t('It is typed into a password field.'),
        value: () => this.#typed(),
      },
      {
        icon: 'json',
        label: t('Open a keystore file…'),
        detail: t('JSON protected by a password, as wallets write it.'),
        value: async () => this.#fromFile(homeFolder()),
      },
      {
        icon: 'terminal',
        label: t('Open a key file of the aleph command line…'),
        detail: t('As the command lines keep it in the folder .aleph-im.'),
        value: async () => this.#fromFile(await alephKeyFolder()),
      },
    ]
    return prompts.pick(ways, { title: t('Import a key') }).then(way => way?.())
  }

  async #typed(): Promise<string | undefined> {
    const { prompts, maskSecret } = this.services
    const secret = await prompts.input({
      title: t('Import a key'),
      prompt: t('Private key or mnemonic. It is kept in the secret storage of this computer and never sent anywhere.'),
      password: true,
      validate: text => secretProblem(text, t),
    })
    if (secret === undefined) return undefined
    maskSecret(secret)
    return orFail(t('Could not import the key'), () => privateKeyOf(secret))
  }

  /** Whatever was announced, the file says itself what it is. */
  async #fromFile(folder: Uri): Promise<string | undefined> {
    const uri = await this.services.prompts.openFile(t('Import a key'), t('Import'), folder)
    if (!uri) return undefined
    const file = await orFail(t('Could not import the key'), async () => readKeyFile(await readSmallFile(uri)))
    return file.kind === 'key' ? file.privateKey : this.#openKeystore(file.json)
  }

  /** Asks for the password until it fits or the user leaves. */
  async #openKeystore(json: string): Promise<string | undefined> {
    const { prompts, maskSecret } = this.services
    let prompt = t('Password of the keystore file')
    for (;;) {
      const password = await prompts.input({ title: t('Import a key'), prompt, password: true })
      if (password === undefined) return undefined
      maskSecret(password)
      const privateKey = await orFail(t('Could not import the key'), async () => {
        const { openKeystore } = await import('../client/lazy/wallet.js')
        try {
          return await whenSlow(t('Opening the keystore file'), signal => openKeystore(json, password, signal))
        } catch (error) {
          if (isAlephError(error, 'DECRYPTION')) return undefined
          throw error
        }
      })
      if (privateKey !== undefined) return privateKey
      prompt = t('The password is wrong, or the file is damaged. Try again.')
    }
  }

  async #hasKey(known: AccountEntry): Promise<boolean> {
    try {
      return await this.services.book.hasKey(known)
    } catch (error) {
      if (error instanceof SecretsFailure) return false
      throw error
    }
  }

  /** An account that lost its key, or would with the session, keeps its name and its owner; others are asked for a name. */
  async #keep(privateKey: string, known: AccountEntry | undefined): Promise<AccountEntry | undefined> {
    const lost = known?.kind === 'key' ? known : undefined
    const name = lost?.name ?? (await this.#dialogs.askName(t('Import a key'), known?.name))
    if (name === undefined) return undefined
    return this.#dialogs.keepKey(
      t('Could not import the key'),
      privateKey,
      name,
      lost?.owner === undefined ? {} : { owner: lost.owner },
    )
  }

  #report(entry: AccountEntry, known: AccountEntry | undefined, wasComplete: boolean): void {
    const { messages } = this.services
    const { name } = entry
    if (wasComplete)
      void messages.done(t('The key of {name} is on this computer already. This window uses it now.', { name }))
    else if (entry.isSessionOnly)
      void messages.done(t('The key of {name} is gone when this window closes or reloads.', { name }))
    else if (known?.kind === 'key')
      void messages.done(t('The key of {name} is in the secret storage of this computer again.', { name }))
    else if (known) void messages.done(t('{name} can publish now: it was only watched before.', { name }))
  }
}

/** At most as much as a key file can have, whatever the file's size is. */
async function readSmallFile(uri: Uri): Promise<Uint8Array> {
  try {
    const { size } = await workspace.fs.stat(uri)
    if (size <= maxKeyFileBytes) return await workspace.fs.readFile(uri)
  } catch (cause) {
    throw new Failure(t('Could not import the key: the file can not be read.'), { cause })
  }
  throw new Failure(t('Could not import the key: the file is too large to be a key file.'))
}
