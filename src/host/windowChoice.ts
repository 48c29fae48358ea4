// The account and network of this window; a new window begins with those that were last used in any.
import type { ExtensionContext } from 'vscode'
import type { Choice } from '../core/session.js'

const key = 'aleph.choice'

export const windowChoice = ({ workspaceState, globalState }: ExtensionContext) => ({
  readChoice: (): Choice => workspaceState.get<Choice>(key) ?? globalState.get<Choice>(key) ?? {},
  writeChoice(choice: Choice): void {
    void workspaceState.update(key, choice)
    void globalState.update(key, choice)
  },
})
