// The text that a write of a document is about. VS Code writes what its editor shows, in the encoding that its editor
// has, which a person can choose and which doesn't have to hold every character.
import { workspace, type Uri } from 'vscode'
import { Failure } from '../host/failure.js'
import { t } from '../host/translate.js'
import { readUtf8 } from '../shared/utf8.js'

export const isUtf8 = (encoding: string): boolean => encoding === 'utf8' || encoding === 'utf8bom'

/** The editor's own text where the editor wrote it, else the bytes as UTF-8. Throws a `Failure` for other bytes. */
export async function writtenText(uri: Uri, bytes: Uint8Array): Promise<string> {
  const text = readUtf8(bytes)
  const open = workspace.textDocuments.find(each => String(each.uri) === String(uri))
  const shown = open?.getText()
  if (text !== undefined && (text === shown || !open || isUtf8(open.encoding))) return text
  if (open && shown !== undefined && !isUtf8(open.encoding)) {
    const own = await workspace.encode(shown, { encoding: open.encoding })
    if (Buffer.compare(own, bytes) === 0) return shown
  }
  throw new Failure(t("Not published: the text isn't UTF-8. Choose “Save with Encoding” and then “UTF-8”."))
}
