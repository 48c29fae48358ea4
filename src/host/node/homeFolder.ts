// Where people keep their keys: not the workspace, whose files get shared.
import { homedir } from 'node:os'
import { FileType, Uri, workspace } from 'vscode'

export const homeFolder = (): Uri => Uri.file(homedir())

/** Where the aleph command lines keep keys; file dialogs hide it. The home folder if they were never used here. */
export async function alephKeyFolder(): Promise<Uri> {
  const folder = Uri.joinPath(homeFolder(), '.aleph-im', 'private-keys')
  try {
    return (await workspace.fs.stat(folder)).type & FileType.Directory ? folder : homeFolder()
  } catch {
    return homeFolder()
  }
}
