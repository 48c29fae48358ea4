// Whether settings have VS Code treat a document as read-only, which the extension API doesn't say. So
// `files.readonlyInclude` and `files.readonlyExclude` are evaluated here, by VS Code's own globs.
// (`files.readonlyFromPermissions` is about files that the system has locked, which ours never are.)
import { languages, workspace, type TextDocument } from 'vscode'

export function isReadonlyBySetting(text: TextDocument): boolean {
  const files = workspace.getConfiguration('files', text.uri)
  const isNamed = (setting: string) =>
    Object.entries(files.get<Record<string, unknown>>(setting) ?? {}).some(
      ([pattern, isOn]) => isOn === true && languages.match({ pattern }, text) > 0,
    )
  return isNamed('readonlyInclude') && !isNamed('readonlyExclude')
}
