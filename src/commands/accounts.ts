// Accounts: create, watch, rename, remove, and which of them this window uses.
import { commands as vscodeCommands, env } from 'vscode'
import { ETHAccount } from '../client/account.js'
import { shortAddress } from '../core/accountList.js'
import { addressCheck } from '../core/addressCheck.js'
import { orFail } from '../host/failure.js'
import type { PickItem } from '../host/prompts.js'
import { t } from '../host/translate.js'
import { commands, type CommandId } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import { AccountDialogs, accountItem, type AccountServices } from './accountDialogs.js'
import type { Handlers } from './handlers.js'

export function accountCommands(services: AccountServices): Handlers {
  const accounts = new Accounts(services)
  return {
    [commands.accountCreate]: () => accounts.create(),
    [commands.accountWatch]: () => accounts.watch(),
    [commands.accountSwitch]: () => accounts.switchAccount(),
    [commands.accountRename]: () => accounts.rename(),
    [commands.accountRemove]: () => accounts.remove(),
    [commands.accountCopyAddress]: () => accounts.copyAddress(),
    [commands.sessionShow]: () => accounts.show(),
  }
}

class Accounts {
  readonly #dialogs: AccountDialogs

  constructor(private readonly services: AccountServices) {
    this.#dialogs = new AccountDialogs(services)
  }

  async create(): Promise<void> {
    const { session, messages } = this.services
    await session.start()
    const name = await this.#dialogs.askName(t('Create a key'))
    if (name === undefined) return
    const { privateKey } = await ETHAccount.generate()
    const entry = await this.#dialogs.keepKey(t('Could not create a key'), privateKey, name)
    if (!entry) return
    session.useAccount(entry.address)
    const text = entry.isSessionOnly
      ? t('Created the account {name}. Its key is gone when this window closes or reloads: back it up.', {
          name: entry.name,
        })
      : t('Created the account {name}. Its key is in the secret storage of this computer and nowhere else.', {
          name: entry.name,
        })
    void messages.done(text, {
      [t('Back Up…')]: () => vscodeCommands.executeCommand(commands.accountBackUp, entry.address),
      [t('Copy Address')]: () => env.clipboard.writeText(entry.address),
    })
  }

  async watch(): Promise<void> {
    const { book, session, prompts } = this.services
    await session.start()
    const validate = await addressCheck(t, 'solana too')
    const address = await prompts.input({
      title: t('Watch an address'),
      prompt: t('Address of an account whose storage you want to look at. No key is needed.'),
      placeHolder: '0x…',
      validate,
    })
    if (address === undefined) return
    const name = await this.#dialogs.askName(t('Watch an address'))
    if (name === undefined) return
    const entry = await orFail(t('Could not watch this address'), () => book.addAddress(address, name))
    session.useAccount(entry.address)
  }

  async switchAccount(): Promise<void> {
    const { session, prompts } = this.services
    await session.start()
    type Choice = { address: string } | { command: CommandId }
    const items: PickItem<Choice>[] = session.accounts.map(account => accountItem(account, session.account))
    items.push(
      { icon: 'add', label: t('Create a key…'), value: { command: commands.accountCreate } },
      { icon: 'key', label: t('Import a key…'), value: { command: commands.accountImport } },
      {
        icon: 'person-add',
        label: t('Create a key for this computer…'),
        value: { command: commands.accountCreateDelegate },
      },
      { icon: 'eye', label: t('Watch an address…'), value: { command: commands.accountWatch } },
    )
    const chosen = await prompts.pick(items, { title: t('Account of this window') })
    if (!chosen) return
    if ('command' in chosen) await vscodeCommands.executeCommand(chosen.command)
    else session.useAccount(chosen.address)
  }

  async rename(): Promise<void> {
    const { book, session, prompts } = this.services
    await session.start()
    const account = await this.#dialogs.pick(book.accounts, {
      title: t('Rename an account'),
      nothing: t('There is no account on this computer yet.'),
    })
    if (!account) return
    const name = await prompts.input({
      title: t('Rename {name}', { name: account.name }),
      prompt: t('Name of the account, shown on this computer only'),
      value: account.name,
      validate: text => (safeLabel(text, 40) ? undefined : t('The name is empty.')),
    })
    if (name === undefined) return
    await orFail(t('Could not rename {name}', { name: account.name }), () => book.rename(account.address, name))
  }

  async remove(): Promise<void> {
    const { book, session, prompts } = this.services
    await session.start()
    const account = await this.#dialogs.pick(book.accounts, {
      title: t('Remove an account from this computer'),
      nothing: t('There is no account on this computer yet.'),
    })
    if (!account) return
    const { address, owner } = account
    const detail = [
      account.kind === 'key'
        ? t(
            'The key of {address} is deleted from this computer. Without a backup of it nobody can publish or forget as this account again.',
            { address },
          )
        : t('The address {address} is no longer watched.', { address }),
      ...(owner ? [t('The permission that {owner} gave it stays until they take it back.', { owner })] : []),
      ...(address === session.account?.address ? [t('It is the account of this window.')] : []),
    ].join('\n')
    const message = t('Remove {name}?', { name: account.name })
    if (!(await prompts.confirm({ message, detail, action: t('Remove') }))) return
    await orFail(t('Could not remove {name}', { name: account.name }), () => book.remove(address))
  }

  async copyAddress(): Promise<void> {
    const { session } = this.services
    await session.start()
    await env.clipboard.writeText(session.active.account.address)
  }

  /** What the status bar item opens. */
  async show(): Promise<void> {
    const { session, book, prompts, localNode } = this.services
    await session.start()
    const isRunning = await localNode.check()
    const { account, network } = session
    const items: PickItem<CommandId>[] = [
      {
        icon: 'account',
        label: t('Switch account…'),
        ...(account ? { description: account.name } : {}),
        value: commands.accountSwitch,
      },
      {
        icon: 'globe',
        label: t('Switch network…'),
        description: network.name,
        value: commands.networkSwitch,
      },
      ...(account
        ? [
            {
              icon: 'copy',
              label: t('Copy address'),
              description: shortAddress(account.address),
              value: commands.accountCopyAddress,
            },
            { icon: 'cloud-upload', label: t('Upload files…'), value: commands.filesUploadPick },
          ]
        : []),
      ...(account?.owner
        ? [
            {
              icon: 'law',
              label: t('Check permission'),
              description: t('for {owner}', { owner: shortAddress(account.owner) }),
              value: commands.accountCheckPermission,
            },
          ]
        : []),
      ...(book.accounts.some(({ kind }) => kind === 'key')
        ? [{ icon: 'save-as', label: t('Back up an account…'), value: commands.accountBackUp }]
        : []),
      ...(book.accounts.length
        ? [
            { icon: 'edit', label: t('Rename an account…'), value: commands.accountRename },
            { icon: 'trash', label: t('Remove an account…'), value: commands.accountRemove },
          ]
        : []),
      ...(isRunning
        ? [
            { icon: 'debug-stop', label: t('Stop local node'), value: commands.localNodeStop },
            { icon: 'output', label: t('Show log of local node'), value: commands.localNodeShowLog },
          ]
        : [{ icon: 'debug-start', label: t('Start local node'), value: commands.localNodeStart }]),
      { icon: 'output', label: t('Show log'), value: commands.logShow },
      { icon: 'report', label: t('Report a problem…'), value: commands.problemReport },
    ]
    const chosen = await prompts.pick(items, { title: t('Aleph Cloud Storage') })
    if (chosen) await vscodeCommands.executeCommand(chosen)
  }
}
