// Who acts and where, always in sight. A click lists what can be done. The only item of the status bar.
import { StatusBarAlignment, window, type Disposable, type StatusBarItem } from 'vscode'
import { shortAddress } from '../core/accountList.js'
import type { Session, SessionAccount } from '../core/session.js'
import { t } from '../host/translate.js'
import { commands } from '../shared/ids.js'
import { labelText, lineText } from '../shared/plainText.js'

const icons = { key: 'key', watch: 'eye', development: 'beaker' } as const satisfies Record<
  SessionAccount['kind'],
  string
>

export class StatusBar implements Disposable {
  readonly #item: StatusBarItem
  readonly #subscription: Disposable

  constructor(private readonly session: Session) {
    this.#item = window.createStatusBarItem('aleph.session', StatusBarAlignment.Left, -1)
    this.#item.name = t('Aleph Cloud account and network')
    this.#item.command = commands.sessionShow
    this.#subscription = session.onDidChange(() => this.#update())
    this.#update()
  }

  #update(): void {
    const { account, network } = this.session
    const names = { account: account?.name ?? '', network: network.name }
    if (!account) {
      // Before the accounts are read nobody knows whether there are none.
      if (!this.session.isReady) return this.#item.hide()
      this.#show(
        'key',
        `${t('No account')} · ${names.network}`,
        [t('Aleph Cloud: create or import a key')],
        t('Aleph Cloud, no account, network {network}', names),
      )
    } else {
      const { owner, address, isSessionOnly } = account
      const whose = owner ? t('for {owner}', { owner: shortAddress(owner) }) : ''
      const facts = [
        owner
          ? t('Aleph Cloud account {address} for {owner} on {network}', { ...names, address, owner })
          : t('Aleph Cloud account {address} on {network}', { ...names, address }),
        ...(isSessionOnly ? [t('Its key is gone when this window closes or reloads.')] : []),
      ]
      this.#show(
        icons[account.kind],
        [names.account, whose, names.network].filter(Boolean).join(' · '),
        facts,
        owner
          ? t('Aleph Cloud account {account} for {owner}, network {network}', { ...names, owner })
          : t('Aleph Cloud account {account}, network {network}', names),
      )
    }
  }

  #show(icon: string, text: string, facts: readonly string[], spoken: string): void {
    this.#item.text = `$(${icon}) ${labelText(text)}`
    this.#item.tooltip = facts.map(lineText).join('\n')
    this.#item.accessibilityInformation = { label: lineText(spoken), role: 'button' }
    this.#item.show()
  }

  dispose(): void {
    this.#subscription.dispose()
    this.#item.dispose()
  }
}
