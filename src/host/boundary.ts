// The one place where errors of commands and events end: a cancel in silence, anything else as one sentence with the
// log in reach.
import { commands as vscodeCommands } from 'vscode'
import { t } from './translate.js'
import { isAlephError } from '../client/errors.js'
import { commands } from '../shared/ids.js'
import { Failure, isCancel } from './failure.js'
import type { Log } from './log.js'
import type { Messages } from './messages.js'

export class Boundary {
  constructor(
    private readonly log: Log,
    private readonly messages: Messages,
    /** Buttons for a failure that one act can mend. */
    private readonly remedies: (cause: unknown) => Record<string, () => unknown>,
  ) {}

  /** Runs `act`; never rejects. `name` is for the log. */
  async run(name: string, act: () => unknown): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (isCancel(error)) return this.log.debug(name, 'cancelled')
      const cause = error instanceof Failure ? error.cause : error
      this.log.error(name, 'failed', cause)
      // Not awaited: a toast stays until somebody closes it, and whoever ran the command should not wait for that.
      void this.messages.failed(sentence(error), { ...remedy(error), ...this.remedies(cause) })
    }
  }

  /** For work that nobody waits for, such as the buttons of a toast. */
  start(name: string, act: () => unknown): void {
    void this.run(name, act)
  }
}

/** What can be done about it right away, if anything. */
function remedy(error: unknown): Record<string, () => unknown> {
  const cause = error instanceof Failure ? error.cause : error
  const address = isAlephError(cause, 'READ_ONLY') ? cause.details['missingKeyOf'] : undefined
  if (typeof address !== 'string') return {}
  return { [t('Import Its Key…')]: () => vscodeCommands.executeCommand(commands.accountImport, address) }
}

function sentence(error: unknown): string {
  if (error instanceof Failure || isAlephError(error)) return error.message
  return t('Aleph Cloud Storage could not do this: something unexpected went wrong.')
}
