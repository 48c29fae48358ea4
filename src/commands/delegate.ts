// A key that lives on this computer only and acts for an owner, whose main key never comes here: the owner signs one
// entry of their `security` aggregate elsewhere, and can take it back.
import { commands as vscodeCommands, env, window, workspace } from 'vscode'
import { checksumAddress, ETHAccount } from '../client/account.js'
import { shortAddress, type AccountEntry } from '../core/accountList.js'
import { addressCheck } from '../core/addressCheck.js'
import { checkPermission, securityContent, type SecurityContent } from '../core/delegation.js'
import { orFail } from '../host/failure.js'
import { whenSlow } from '../host/progress.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { AccountDialogs, type AccountServices } from './accountDialogs.js'
import type { Handlers } from './handlers.js'

export function delegateCommands(services: AccountServices): Handlers {
  const delegates = new Delegates(services)
  return {
    [commands.accountCreateDelegate]: () => delegates.create(),
    [commands.accountCheckPermission]: () => delegates.check(),
  }
}

type Delegate = AccountEntry & { owner: string }

const isDelegate = (account: AccountEntry): account is Delegate => account.kind === 'key' && account.owner !== undefined

class Delegates {
  readonly #dialogs: AccountDialogs

  constructor(private readonly services: AccountServices) {
    this.#dialogs = new AccountDialogs(services)
  }

  async create(): Promise<void> {
    const { session, prompts } = this.services
    const title = t('Create a key for this computer')
    const what = t('Could not create a key')
    await session.start()
    const validate = await addressCheck(t, 'ethereum')
    const typed = await prompts.input({
      title,
      prompt: t(
        'Address of the owner whose storage this computer shall work on. The owner’s own key stays where it is.',
      ),
      placeHolder: '0x…',
      validate,
    })
    if (typed === undefined) return
    const owner = await orFail(what, () => checksumAddress(typed))
    const name = await this.#dialogs.askName(title)
    if (name === undefined) return
    const { privateKey } = await ETHAccount.generate()
    const entry = await this.#dialogs.keepKey(what, privateKey, name, { owner })
    if (!entry) return
    session.useAccount(entry.address)
    await this.#handOver({ ...entry, owner }, t('Created the account {name}.', { name: entry.name }))
  }

  /** Says whether the owner's permission is there, and hands the entry over again if it is not. */
  async check(): Promise<void> {
    const { book, session, settings, messages } = this.services
    await session.start()
    const { network } = session
    const delegates = book.accounts.filter(isDelegate)
    const active = delegates.find(({ address }) => address === session.account?.address)
    const account = active ?? (await this.#pick(delegates))
    if (!account) return
    const { channel } = settings
    const permission = await orFail(t('Could not check the permission'), () =>
      whenSlow(t('Checking the permission'), signal =>
        checkPermission(this.services.clientFor(network), { ...account, channel }, t, signal),
      ),
    )
    if (permission.isGranted) void messages.done(permission.text)
    else
      void messages.done(permission.text, {
        [t('Copy Entry to Sign')]: () => this.#handOver(account, ''),
      })
  }

  async #pick(delegates: readonly Delegate[]): Promise<Delegate | undefined> {
    const account = await this.#dialogs.pick(delegates, {
      title: t('Check the permission of an account'),
      nothing: t('No account on this computer acts for an owner.'),
    })
    return account && isDelegate(account) ? account : undefined
  }

  /** The entry on the clipboard, and one toast with what to do with it. */
  async #handOver({ address, owner }: Delegate, before: string): Promise<void> {
    const { session, messages, clientFor } = this.services
    const security = await whenSlow(t('Reading the permissions of {owner}', { owner: shortAddress(owner) }), signal =>
      securityContent(clientFor(session.network), owner, address, signal),
    )
    const text = JSON.stringify(security.content, undefined, 2)
    await env.clipboard.writeText(text)
    const sentences = [before, ...handOverText(security, owner)].filter(Boolean).join(' ')
    void messages.done(sentences, {
      [t('Show Entry')]: async () => {
        const document = await workspace.openTextDocument({ language: 'json', content: text })
        await window.showTextDocument(document)
      },
      [t('Check Permission')]: () => vscodeCommands.executeCommand(commands.accountCheckPermission),
    })
  }
}

function handOverText({ isComplete, keptEntries }: SecurityContent, owner: string): string[] {
  const values = { owner: shortAddress(owner), count: keptEntries }
  const what = t(
    '{owner} has to sign what is on the clipboard as their aggregate “security”, in a wallet or the web console, before this key can publish for them.',
    values,
  )
  const trust = t('The key may then write all of their aggregates, this one included, until they take that back.')
  if (!isComplete)
    return [
      what,
      t('What is there now could not be read: permissions given before have to be added by hand, or they end.'),
      trust,
    ]
  if (!keptEntries) return [what, trust]
  return [
    what,
    keptEntries === 1
      ? t('It keeps the one permission that was given before.')
      : t('It keeps the {count} permissions that were given before.', values),
    trust,
  ]
}
