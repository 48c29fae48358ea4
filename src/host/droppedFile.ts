// What a drop brings, from wherever it was dragged.
import { Uri, type DataTransfer } from 'vscode'

/** A file or folder with a place to read it from, or the bytes of a file; undefined bytes could not be read. */
export type DroppedFile = { readonly name: string } & (
  { readonly uri: Uri } | { readonly bytes: Uint8Array | undefined }
)

/** From the explorer and other trees of VS Code; lines that begin with `#` are comments (RFC 2483). */
export const uriList = 'text/uri-list'

/** Must be awaited before the drop is over: bytes can not be had later. */
export async function droppedFiles(transfer: DataTransfer): Promise<DroppedFile[]> {
  const dropped: DroppedFile[] = []
  // The browser keys a file by its own type, so every item is looked at.
  for (const [, item] of transfer) {
    const file = item.asFile()
    if (file?.uri) dropped.push({ name: file.name, uri: file.uri })
    else if (file) dropped.push({ name: file.name, bytes: await file.data().then(undefined, () => undefined) })
  }
  if (dropped.length) return dropped
  const lines = (await transfer.get(uriList)?.asString())?.split(/\r?\n/) ?? []
  return lines.flatMap(line => {
    const uri = line.startsWith('#') ? undefined : parseUri(line)
    return uri ? [{ name: uri.path, uri }] : []
  })
}

function parseUri(line: string): Uri | undefined {
  try {
    return line ? Uri.parse(line, true) : undefined
  } catch {
    return undefined
  }
}
