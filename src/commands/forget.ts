// Forgetting messages: irreversible, so one modal says what goes and what that means. Many of them are listed before.
import { forgetBatches, type Forget, type ForgetOutcome } from '../core/forgetBatches.js'
import type { Format } from '../core/format.js'
import type { Lists } from '../core/lists.js'
import type { Network } from '../core/network.js'
import { canPublish, ownerOf, type Active, type Session } from '../core/session.js'
import type { ClientFor } from '../core/storageClient.js'
import { Failure, orFail } from '../host/failure.js'
import { cancellable } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import { t } from '../host/translate.js'

export interface Forgettable {
  network: Network
  itemHash: string
  owner: string
  label: string
  kind: 'file' | 'post'
  sizeBytes?: number | undefined
}

export interface ForgetServices {
  session: Session
  lists: Lists
  clientFor: ClientFor
  prompts: Prompts
  format: Format
  forget: Forget
}

/** More than these are listed in a quick pick before the question. */
const namedObjects = 10

export class Forgetting {
  constructor(private readonly services: ForgetServices) {}

  /** `folder` is the name of the one folder that all of them are in. */
  async forget(targets: readonly Forgettable[], folder?: string): Promise<void> {
    const { active } = this.services.session
    const left = targets.filter(({ itemHash }) => !this.services.lists.marks.has(itemHash))
    this.#refuse(left, active)
    const chosen = left.length > namedObjects ? await this.#choose(left) : left
    if (!chosen.length) return
    const isWhole = chosen.length === targets.length
    const question = {
      message: this.#question(chosen, isWhole ? folder : undefined),
      detail: this.#detail(chosen, active),
    }
    if (!(await this.services.prompts.confirm({ ...question, action: t('Forget') }))) return
    await this.#run(
      active,
      chosen.map(({ itemHash }) => itemHash),
      this.#failureText(chosen),
    )
  }

  /** Rows of an earlier account or network can still be on screen for a moment. */
  #refuse(targets: readonly Forgettable[], { account, network }: Active): void {
    if (targets.some(target => target.network.id !== network.id || target.owner !== ownerOf(account)))
      throw new Failure(t('Only messages of the active account on the active network can be forgotten.'))
    if (!canPublish(account))
      throw new Failure(t('The account {name} is an address without a key and can not forget.', { name: account.name }))
  }

  async #choose(targets: readonly Forgettable[]): Promise<readonly Forgettable[]> {
    const { prompts, format } = this.services
    const items = targets.map(target => ({
      label: target.label,
      ...(target.sizeBytes === undefined ? {} : { description: format.size(target.sizeBytes) }),
      value: target,
    }))
    const title = t('Choose what to forget ({count})', { count: format.number(targets.length) })
    return (await prompts.pickMany(items, { title })) ?? []
  }

  #question(targets: readonly Forgettable[], folder: string | undefined): string {
    const values = { name: targets[0]?.label ?? '', count: this.services.format.number(targets.length) }
    if (targets.length === 1) return t('Forget {name}?', values)
    if (folder !== undefined) return t('Forget {name} with its {count} files?', { ...values, name: folder })
    return areFiles(targets) ? t('Forget {count} files?', values) : t('Forget {count} messages?', values)
  }

  #detail(targets: readonly Forgettable[], { account, network }: Active): string {
    const { format } = this.services
    const names = targets.length > 1 ? targets.slice(0, namedObjects).map(({ label }) => label) : []
    const others = targets.length - namedObjects
    if (others > 0) names.push(t('and {count} more', { count: format.number(others) }))
    const values = { network: network.name, account: account.name }
    if (!areFiles(targets))
      return [
        ...names,
        t('On {network} as {account}. This can not be undone, and copies elsewhere can remain.', values),
      ].join('\n')
    const size = format.size(targets.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0))
    return [
      ...names,
      t(
        '{size} on {network} as {account}. This can not be undone: links to it will stop working, while copies elsewhere can remain.',
        { ...values, size },
      ),
    ].join('\n')
  }

  #failureText(targets: readonly Forgettable[]): (failed: number) => string {
    const { format } = this.services
    return failed => {
      const values = {
        name: targets[0]?.label ?? '',
        failed: format.number(failed),
        count: format.number(targets.length),
      }
      if (targets.length === 1) return t('Could not forget {name}', values)
      if (failed === targets.length) return t('Could not forget {count} messages', values)
      return t('Could not forget {failed} of {count} messages', values)
    }
  }

  async #run(active: Active, hashes: readonly string[], failureText: (failed: number) => string): Promise<void> {
    const { session, lists, clientFor } = this.services
    const account = await orFail(failureText(hashes.length), () => session.signer(active))
    const { messages } = clientFor(active.network)
    let outcome: ForgetOutcome | undefined
    lists.marks.begin(hashes)
    try {
      outcome = await cancellable(t('Forgetting'), (signal, progress) =>
        forgetBatches(hashes, async (batch, done) => {
          if (batch.length < hashes.length) progress.report({ message: this.#progressText(done, hashes.length) })
          return this.services.forget(messages, batch, { account, signal })
        }),
      )
    } finally {
      // Also after a failure: a message that is gone already is a reason for a refusal.
      await lists.refreshFor(active)
      lists.marks.end(hashes, outcome?.unconfirmed ?? [])
    }
    const { failed, error } = outcome
    if (failed.length) await orFail(failureText(failed.length), () => Promise.reject(error as Error))
  }

  #progressText(done: number, total: number): string {
    const { format } = this.services
    return t('{done} of {total}', { done: format.number(done), total: format.number(total) })
  }
}

const areFiles = (targets: readonly Forgettable[]) => targets.every(({ kind }) => kind === 'file')
