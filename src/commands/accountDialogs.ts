// What the commands about accounts share: the parts they work with, how an account reads in a list, and the questions
// that several of them ask.
import { commands as vscodeCommands } from 'vscode'
import type { AccountBook, KeyOptions } from '../core/accountBook.js'
import { shortAddress, type AccountEntry } from '../core/accountList.js'
import type { SecretClipboard } from '../core/secretClipboard.js'
import type { LocalNode } from '../core/localNode.js'
import type { Session, SessionAccount } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { orFail } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import type { PickItem, Prompts } from '../host/prompts.js'
import { SecretsFailure } from '../host/secrets.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'

export interface AccountServices {
  session: Session
  book: AccountBook
  clientFor: ClientFor
  settings: Settings
  localNode: LocalNode
  prompts: Prompts
  messages: Messages
  secretClipboard: SecretClipboard
  /** Hears a secret before anything else does, so that the log masks it. */
  maskSecret: (secret: string) => void
}

const icons = { key: 'key', watch: 'eye', development: 'beaker' } as const

export const joined = (...parts: string[]): string => parts.filter(Boolean).join(' · ')

/** `active` is the account of this window. */
export function accountItem<T extends SessionAccount>(account: T, active: SessionAccount | undefined): PickItem<T> {
  const { name, address, kind, owner, isSessionOnly } = account
  const short = shortAddress(address)
  return {
    icon: icons[kind],
    label: name,
    description: joined(
      name === short ? '' : short,
      kind === 'watch' ? t('address only') : '',
      owner ? t('for {owner}', { owner: shortAddress(owner) }) : '',
      isSessionOnly ? t('this session only') : '',
      address === active?.address ? t('active in this window') : '',
    ),
    value: account,
  }
}

export class AccountDialogs {
  constructor(private readonly services: AccountServices) {}

  /** The account that was given by its address, else the one that the user picks. */
  async pick(
    accounts: readonly AccountEntry[],
    { title, nothing, given }: { title: string; nothing: string; given?: unknown },
  ): Promise<AccountEntry | undefined> {
    const { prompts, messages, session } = this.services
    const known = accounts.find(({ address }) => address === given)
    if (known) return known
    if (!accounts.length) {
      void messages.done(nothing, {
        [t('Create a Key…')]: () => vscodeCommands.executeCommand(commands.accountCreate),
        [t('Import a Key…')]: () => vscodeCommands.executeCommand(commands.accountImport),
      })
      return undefined
    }
    return prompts.pick(
      accounts.map(account => accountItem(account, session.account)),
      { title },
    )
  }

  askName(title: string, suggested?: string): Promise<string | undefined> {
    const taken = new Set(this.services.session.accounts.map(({ name }) => name))
    let number = 1
    while (taken.has(t('account {number}', { number }))) number++
    return this.services.prompts.input({
      title,
      prompt: t('Name of the account, shown on this computer only'),
      value: suggested ?? t('account {number}', { number }),
      validate: text => (safeLabel(text, 40) ? undefined : t('The name is empty.')),
    })
  }

  /** Keeps a key; where the computer can not, in this window alone if the user wants that. Undefined if not. */
  async keepKey(
    what: string,
    privateKey: string,
    name: string,
    options: KeyOptions = {},
  ): Promise<AccountEntry | undefined> {
    const { book, prompts } = this.services
    const keep = (isSessionOnly: boolean) =>
      orFail(what, () => book.addKey(privateKey, name, { ...options, isSessionOnly }))
    try {
      return await keep(false)
    } catch (error) {
      if (!(error instanceof SecretsFailure)) throw error
      const isWanted = await prompts.confirm({
        message: t('This computer can not keep the key.'),
        detail: [
          error.message,
          t('The key can stay in the memory of this window: it is gone when the window closes or reloads.'),
          t('Without a backup nobody can publish or forget as this account from then on.'),
        ].join('\n'),
        action: t('Keep for This Session Only'),
      })
      return isWanted ? await keep(true) : undefined
    }
  }
}
