// Two documents side by side, and the only way to the title of their tab.
import { commands, type TextDocumentShowOptions, type Uri } from 'vscode'
import { lineText } from '../shared/plainText.js'

export async function showDiff(left: Uri, right: Uri, title: string, options?: TextDocumentShowOptions): Promise<void> {
  await commands.executeCommand('vscode.diff', left, right, lineText(title), options)
}
