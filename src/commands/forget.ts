// Forgetting messages: irreversible, so one modal names what goes and what that means.
import type { Lists } from '../core/lists.js'
import type { Network } from '../core/network.js'
import { ownerOf, type Session } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { orFail, Failure } from '../host/failure.js'
import { cancellable } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'

export interface Forgettable {
  network: Network
  itemHash: string
  owner: string
  label: string
}

const namedObjects = 10

export class Forgetting {
  constructor(
    private readonly session: Session,
    private readonly lists: Lists,
    private readonly clientFor: ClientFor,
    private readonly prompts: Prompts,
  ) {}

  async forget(targets: readonly Forgettable[]): Promise<void> {
    const { active } = this.session
    const [first] = targets
    if (!first) return
    // Rows of an earlier account or network can still be on screen for a moment.
    if (targets.some(({ network, owner }) => network.id !== active.network.id || owner !== ownerOf(active.account)))
      throw new Failure(t('Only messages of the active account on the active network can be forgotten.'))
    const values = { name: first.label, count: targets.length }
    const message = targets.length === 1 ? t('Forget {name}?', values) : t('Forget {count} messages?', values)
    if (!(await this.prompts.confirm({ message, detail: this.#detail(targets), action: t('Forget') }))) return
    const hashes = targets.map(({ itemHash }) => itemHash)
    await orFail(
      targets.length === 1 ? t('Could not forget {name}', values) : t('Could not forget {count} messages', values),
      async () => {
        const account = await this.session.signer(active)
        await cancellable(t('Forgetting'), signal =>
          this.clientFor(active.network).messages.forget(hashes, { account, signal }),
        )
      },
    )
    await this.lists.refreshFor(active)
  }

  #detail(targets: readonly Forgettable[]): string {
    const { account, network } = this.session.active
    const names = targets.length > 1 ? targets.slice(0, namedObjects).map(({ label }) => label) : []
    if (targets.length > namedObjects) names.push(t('and {count} more', { count: targets.length - namedObjects }))
    return [
      ...names,
      t('On {network} as {account}. This can not be undone, and copies elsewhere can remain.', {
        network: network.name,
        account: account.name,
      }),
    ].join('\n')
  }
}
