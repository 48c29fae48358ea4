// All toasts of the extension, so that their texts and buttons can be read together. Questions that belong to one
// command stand with it.
import { commands as vscodeCommands } from 'vscode'
import type { LostAccount } from '../core/session.js'
import { commands } from '../shared/ids.js'
import { t } from './translate.js'
import type { Prompts } from './prompts.js'

export class Messages {
  constructor(
    private readonly prompts: Prompts,
    private readonly showLog: () => unknown,
    /** Hears what goes wrong behind a button, long after whoever showed the toast went on. */
    private readonly onError: (error: unknown) => void,
  ) {}

  /** A failed act; offers what helps, and the log. */
  async failed(sentence: string, actions: Record<string, () => unknown> = {}, showLog = this.showLog): Promise<void> {
    const all = { ...actions, [t('Show Log')]: showLog }
    await this.#run(all, await this.prompts.notify('error', sentence, Object.keys(all)))
  }

  /** Something is done; runs what the chosen button stands for. */
  async done(sentence: string, actions: Record<string, () => unknown> = {}): Promise<void> {
    await this.#run(actions, await this.prompts.notify('info', sentence, Object.keys(actions)))
  }

  /** Something of the user's own is wrong and was left aside. */
  async warned(sentence: string, actions: Record<string, () => unknown>): Promise<void> {
    await this.#run(actions, await this.prompts.notify('warning', sentence, Object.keys(actions)))
  }

  /** All or part of the work failed, and there is something to be done about it. */
  async failedWork(isPartial: boolean, sentence: string, actions: Record<string, () => unknown>): Promise<void> {
    const log = t('Show Log')
    const severity = isPartial ? 'warning' : 'error'
    const chosen = await this.prompts.notify(severity, sentence, [...Object.keys(actions), log])
    if (chosen === log) this.showLog()
    else await this.#run(actions, chosen)
  }

  /** The account of this window is gone, and what is published from now on comes from another one. */
  async accountLost({ lost, now }: LostAccount): Promise<void> {
    const text = now
      ? t('The account {name} was removed in another window. This window uses {other} now.', {
          name: lost.name,
          other: now.name,
        })
      : t('The account {name} was removed in another window.', { name: lost.name })
    await this.done(text, {
      [t('Switch Account…')]: () => vscodeCommands.executeCommand(commands.accountSwitch),
    })
  }

  async #run(actions: Record<string, () => unknown>, chosen: string | undefined): Promise<void> {
    try {
      if (chosen !== undefined) await actions[chosen]?.()
    } catch (error) {
      this.onError(error)
    }
  }
}
