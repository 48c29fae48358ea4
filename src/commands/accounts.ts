// Accounts and networks: create, import, watch, remove, and which of them this window uses.
import { commands as vscodeCommands, env } from 'vscode'
import { ETHAccount } from '../client/account.js'
import type { AccountBook } from '../core/accountBook.js'
import { shortAddress } from '../core/accountList.js'
import { privateKeyOf, secretProblem } from '../core/importKey.js'
import type { LocalNode } from '../core/localNode.js'
import { namedLocal, networkEntry } from '../core/network.js'
import type { Session } from '../core/session.js'
import { Failure, orFail } from '../host/failure.js'
import type { Messages } from '../host/messages.js'
import type { PickItem, Prompts } from '../host/prompts.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { commands, type CommandId } from '../shared/ids.js'
import { safeLabel, withoutIcons } from '../shared/safeText.js'
import type { Handlers } from './handlers.js'

export interface AccountServices {
  session: Session
  book: AccountBook
  settings: Settings
  localNode: LocalNode
  prompts: Prompts
  messages: Messages
  /** Hears a secret before anything else does, so that the log masks it. */
  maskSecret: (secret: string) => void
}

export function accountCommands(services: AccountServices): Handlers {
  const accounts = new Accounts(services)
  return {
    [commands.accountCreate]: () => accounts.create(),
    [commands.accountImport]: () => accounts.import(),
    [commands.accountWatch]: () => accounts.watch(),
    [commands.accountSwitch]: () => accounts.switchAccount(),
    [commands.accountRemove]: () => accounts.remove(),
    [commands.accountCopyAddress]: () => accounts.copyAddress(),
    [commands.networkSwitch]: () => accounts.switchNetwork(),
    [commands.sessionShow]: () => accounts.show(),
  }
}

class Accounts {
  constructor(private readonly services: AccountServices) {}

  async create(): Promise<void> {
    const { book, session, messages } = this.services
    const name = await this.#askName(t('Create a key'))
    if (name === undefined) return
    const entry = await orFail(t('Could not create a key'), async () => {
      const { privateKey } = await ETHAccount.generate()
      return book.addKey(privateKey, name)
    })
    session.useAccount(entry.address)
    void messages.done(
      t('Created the account {name}. Its key is in the secret storage of this computer and nowhere else.', {
        name: entry.name,
      }),
      { [t('Copy Address')]: () => env.clipboard.writeText(entry.address) },
    )
  }

  async import(): Promise<void> {
    const { book, session, prompts, maskSecret } = this.services
    const secret = await prompts.input({
      title: t('Import a key'),
      prompt: t('Private key or mnemonic. It is kept in the secret storage of this computer and never sent anywhere.'),
      password: true,
      validate: text => secretProblem(text, t),
    })
    if (secret === undefined) return
    maskSecret(secret)
    const privateKey = await orFail(t('Could not import the key'), () => privateKeyOf(secret))
    const name = await this.#askName(t('Import a key'))
    if (name === undefined) return
    const entry = await orFail(t('Could not import the key'), () => book.addKey(privateKey, name))
    session.useAccount(entry.address)
  }

  async watch(): Promise<void> {
    const { book, session, prompts } = this.services
    const address = await prompts.input({
      title: t('Watch an address'),
      prompt: t('Address of an account whose storage you want to look at. No key is needed.'),
      placeHolder: '0x…',
      validate: text =>
        /^\s*0x[0-9a-fA-F]{40}\s*$/.test(text) ? undefined : t('An address is 0x and 40 hexadecimal digits.'),
    })
    if (address === undefined) return
    const name = await this.#askName(t('Watch an address'))
    if (name === undefined) return
    const entry = await orFail(t('Could not watch this address'), () => book.addAddress(address, name))
    session.useAccount(entry.address)
  }

  async switchAccount(): Promise<void> {
    const { session, prompts } = this.services
    await session.start()
    const { account: active } = session
    type Choice = { address: string } | { command: CommandId }
    const items: PickItem<Choice>[] = session.accounts.map(account => ({
      label: `${icons[account.kind]} ${withoutIcons(account.name)}`,
      description: joined(
        shortAddress(account.address),
        account.kind === 'watch' ? t('address only') : '',
        account.address === active?.address ? t('active in this window') : '',
      ),
      value: { address: account.address },
    }))
    items.push(
      { label: `$(add) ${t('Create a key…')}`, value: { command: commands.accountCreate } },
      { label: `$(key) ${t('Import a key…')}`, value: { command: commands.accountImport } },
      { label: `$(eye) ${t('Watch an address…')}`, value: { command: commands.accountWatch } },
    )
    const chosen = await prompts.pick(items, { title: t('Account of this window') })
    if (!chosen) return
    if ('command' in chosen) await vscodeCommands.executeCommand(chosen.command)
    else session.useAccount(chosen.address)
  }

  async switchNetwork(): Promise<void> {
    const { session, prompts, localNode } = this.services
    await session.start()
    const isRunning = await localNode.check()
    const { network: active } = session
    const items = session.networks.map(network => ({
      label: `${network.isDevelopment ? '$(beaker)' : '$(globe)'} ${withoutIcons(network.name)}`,
      description: joined(
        network.endpoints[0] ?? t('the public network'),
        network.isLocalNode && !isRunning ? t('not running') : '',
        network.id === active.id ? t('active in this window') : '',
      ),
      value: network.id,
    }))
    const start = { label: `$(debug-start) ${t('Start local node')}`, value: startNode }
    const canStart = !isRunning && !namedLocal(session.networks)
    const another = { label: `$(add) ${t('Use another node…')}`, value: anotherNode }
    const all = [...items, ...(canStart ? [start] : []), another]
    const chosen = await prompts.pick(all, { title: t('Network of this window') })
    if (chosen === anotherNode) await this.#addNetwork()
    else if (chosen === startNode) await vscodeCommands.executeCommand(commands.localNodeStart)
    else if (chosen) session.useNetwork(chosen)
  }

  async #addNetwork(): Promise<void> {
    const { session, settings, prompts } = this.services
    const problem = (text: string) => {
      const entry = networkEntry(text, session, t)
      return typeof entry === 'string' ? entry : undefined
    }
    const url = await prompts.input({
      title: t('Use another node'),
      prompt: t('URL of the node. It is kept in your settings, in aleph.networks.'),
      validate: problem,
    })
    if (url === undefined) return
    const entry = networkEntry(url, session, t)
    if (typeof entry === 'string') throw new Failure(entry)
    await orFail(t('Could not save the network'), () => settings.addNetwork(entry))
    session.useNetwork(entry.id)
  }

  async remove(): Promise<void> {
    const { book, session, prompts } = this.services
    await session.start()
    const items = book.accounts.map(account => ({
      label: `${icons[account.kind]} ${withoutIcons(account.name)}`,
      description: shortAddress(account.address),
      value: account,
    }))
    const account = await prompts.pick(items, { title: t('Remove an account from this computer') })
    if (!account) return
    const { address } = account
    const detail =
      account.kind === 'key'
        ? t(
            'The key of {address} is deleted from this computer. Without a copy of it nobody can publish or forget as this account again.',
            { address },
          )
        : t('The address {address} is no longer watched.', { address })
    const message = t('Remove {name}?', { name: account.name })
    if (!(await prompts.confirm({ message, detail, action: t('Remove') }))) return
    await orFail(t('Could not remove {name}', { name: account.name }), () => book.remove(account.address))
  }

  async copyAddress(): Promise<void> {
    const { session } = this.services
    await session.start()
    await env.clipboard.writeText(session.active.account.address)
  }

  /** What the status bar item opens. */
  async show(): Promise<void> {
    const { session, prompts, localNode } = this.services
    await session.start()
    const isRunning = await localNode.check()
    const { account, network } = session
    const items: PickItem<CommandId>[] = [
      {
        label: `$(account) ${t('Switch account…')}`,
        ...(account ? { description: withoutIcons(account.name) } : {}),
        value: commands.accountSwitch,
      },
      {
        label: `$(globe) ${t('Switch network…')}`,
        description: withoutIcons(network.name),
        value: commands.networkSwitch,
      },
      ...(account
        ? [
            {
              label: `$(copy) ${t('Copy address')}`,
              description: shortAddress(account.address),
              value: commands.accountCopyAddress,
            },
            { label: `$(cloud-upload) ${t('Upload files…')}`, value: commands.filesUploadPick },
          ]
        : []),
      ...(isRunning
        ? [
            { label: `$(debug-stop) ${t('Stop local node')}`, value: commands.localNodeStop },
            { label: `$(output) ${t('Show log of local node')}`, value: commands.localNodeShowLog },
          ]
        : [{ label: `$(debug-start) ${t('Start local node')}`, value: commands.localNodeStart }]),
      { label: `$(trash) ${t('Remove an account…')}`, value: commands.accountRemove },
      { label: `$(output) ${t('Show log')}`, value: commands.logShow },
    ]
    const chosen = await prompts.pick(items, { title: t('Aleph Cloud Storage') })
    if (chosen) await vscodeCommands.executeCommand(chosen)
  }

  #askName(title: string): Promise<string | undefined> {
    const taken = new Set(this.services.session.accounts.map(({ name }) => name))
    let number = 1
    while (taken.has(t('account {number}', { number }))) number++
    return this.services.prompts.input({
      title,
      prompt: t('Name of the account, shown on this computer only'),
      value: t('account {number}', { number }),
      validate: text => (safeLabel(text, 40) ? undefined : t('The name is empty.')),
    })
  }
}

/** No network has an id that begins so. */
const anotherNode = '+'
const startNode = '+local'

const icons = { key: '$(key)', watch: '$(eye)', development: '$(beaker)' } as const

const joined = (...parts: string[]) => parts.filter(Boolean).join(' · ')
