// A copy of a key outside of this computer's secret storage: a keystore file, or the clipboard after a warning. Never a
// document in an editor, whose text ends up in backups and histories.
import { workspace, Uri } from 'vscode'
import { saveFile } from '../client/node/saveFile.js'
import type { AccountEntry } from '../core/accountList.js'
import { clipboardSeconds } from '../core/secretClipboard.js'
import { orFail } from '../host/failure.js'
import { homeFolder } from '../host/node/homeFolder.js'
import { whenSlow } from '../host/progress.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { AccountDialogs, type AccountServices } from './accountDialogs.js'
import type { Handlers } from './handlers.js'

export function backUpCommands(services: AccountServices): Handlers {
  const backUps = new BackUps(services)
  return {
    [commands.accountBackUp]: address => backUps.backUp(address),
  }
}

const minPasswordCharacters = 8
/** Nobody else on this computer may read it. */
const privateMode = 0o600

class BackUps {
  readonly #dialogs: AccountDialogs

  constructor(private readonly services: AccountServices) {
    this.#dialogs = new AccountDialogs(services)
  }

  /** `given` is an address, or anything. */
  async backUp(given: unknown): Promise<void> {
    const { book, session, prompts } = this.services
    await session.start()
    const account = await this.#dialogs.pick(
      book.accounts.filter(({ kind }) => kind === 'key'),
      {
        title: t('Back up an account'),
        nothing: t('There is no account with a key on this computer.'),
        given,
      },
    )
    if (!account) return
    const act = await prompts.pick(
      [
        {
          icon: 'json',
          label: t('Save a keystore file…'),
          detail: t('Protected by a password. Wallets and the aleph command lines can open it.'),
          value: () => this.#toFile(account),
        },
        {
          icon: 'copy',
          label: t('Copy the private key'),
          detail: t('In plain text, for {seconds} seconds.', { seconds: clipboardSeconds }),
          value: () => this.#toClipboard(account),
        },
      ],
      { title: t('Back up {name}', { name: account.name }) },
    )
    await act?.()
  }

  async #toFile(account: AccountEntry): Promise<void> {
    const { prompts, messages, maskSecret } = this.services
    const { name, address } = account
    const what = t('Could not back up {name}', { name })
    const privateKey = await orFail(what, () => this.services.book.privateKey(account))
    const password = await this.#askPassword(name)
    if (password === undefined) return
    maskSecret(password)
    const target = await prompts.saveFile(
      t('Back up {name}', { name }),
      Uri.joinPath(homeFolder(), keystoreName(new Date(), address)),
    )
    if (!target) return
    await orFail(what, async () => {
      const { sealKeystore } = await import('../client/lazy/wallet.js')
      const json = await whenSlow(t('Protecting the key'), signal => sealKeystore(privateKey, password, signal))
      await writePrivately(target, new TextEncoder().encode(json))
    })
    void messages.done(
      t('Backed up {name}. The file is of no use without its password, and neither is kept here.', { name }),
    )
  }

  /** Typed twice, because a wrong letter in it would make the backup worthless. */
  async #askPassword(name: string): Promise<string | undefined> {
    const { prompts } = this.services
    const title = t('Back up {name}', { name })
    const password = await prompts.input({
      title,
      prompt: t('Password of the keystore file. Without it the file is of no use to anybody, you included.'),
      password: true,
      validate: text =>
        [...text].length >= minPasswordCharacters
          ? undefined
          : t('A password has {count} characters at least.', { count: minPasswordCharacters }),
    })
    if (password === undefined) return undefined
    const again = await prompts.input({
      title,
      prompt: t('The same password again'),
      password: true,
      validate: text => (text === password ? undefined : t('The passwords differ.')),
    })
    return again === password ? password : undefined
  }

  async #toClipboard(account: AccountEntry): Promise<void> {
    const { book, prompts, messages, secretClipboard } = this.services
    const { name, address } = account
    const values = { name, address, seconds: clipboardSeconds }
    const isWanted = await prompts.confirm({
      message: t('Copy the private key of {name}?', values),
      detail: [
        t(
          'Whoever gets it can publish and forget as {address} and take what it holds. Nothing can stop that later.',
          values,
        ),
        t(
          'After {seconds} seconds the clipboard is cleared, if it still holds the key. A clipboard history keeps it.',
          values,
        ),
      ].join('\n'),
      action: t('Copy Private Key'),
    })
    if (!isWanted) return
    await orFail(t('Could not back up {name}', values), async () =>
      secretClipboard.copy(await book.privateKey(account)),
    )
    void messages.done(t('The private key of {name} is on the clipboard for {seconds} seconds.', values), {
      [t('Clear Now')]: () => secretClipboard.clear(),
    })
  }
}

/** As other wallets name them. */
const keystoreName = (now: Date, address: string) =>
  `UTC--${now.toISOString().replaceAll(':', '-')}--${address.slice(2).toLowerCase()}.json`

/** Replaces what the dialog agreed to replace. Modes exist on disk only. */
async function writePrivately(target: Uri, bytes: Uint8Array): Promise<void> {
  if (target.scheme !== 'file') return workspace.fs.writeFile(target, bytes)
  async function* chunks() {
    yield bytes
  }
  await saveFile(target.fsPath, chunks(), () => undefined, privateMode)
}
