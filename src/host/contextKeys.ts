// Context keys for the manifest's `when` clauses, set only when they change.
import { commands } from 'vscode'
import type { ContextKey } from '../shared/ids.js'

export class ContextKeys {
  readonly #values = new Map<ContextKey, boolean>()

  set(key: ContextKey, value: boolean): void {
    if (this.#values.get(key) === value) return
    this.#values.set(key, value)
    void commands.executeCommand('setContext', key, value)
  }
}
