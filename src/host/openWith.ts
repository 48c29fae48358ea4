// Opens what strangers published. Not by `vscode.open`, which leaves the choice of the editor to the user's settings and
// to other extensions.
import { commands, type Uri } from 'vscode'

export const openWith = async (uri: Uri, viewType: string): Promise<void> =>
  commands.executeCommand('vscode.openWith', uri, viewType, { preview: true })
