// Marks of rows that are on their way: a letter beside the row and its colour, with words for the tooltip.
import { FileDecoration, ThemeColor, Uri, type FileDecorationProvider } from 'vscode'
import type { UploadRow } from '../core/upload/transferNodes.js'
import { t } from '../host/translate.js'
import { safeFileName } from '../shared/safeText.js'

const scheme = 'aleph-upload'

/** The row's state stands in its address, so that another state is another decoration. */
export const uploadUri = ({ id, state, name }: UploadRow): Uri =>
  Uri.from({ scheme, authority: state, path: `/${id}/${safeFileName(name)}` })

export class UploadDecorations implements FileDecorationProvider {
  provideFileDecoration({ scheme: given, authority }: Uri): FileDecoration | undefined {
    if (given !== scheme) return undefined
    if (authority === 'failed')
      return new FileDecoration('!', t('This upload failed.'), new ThemeColor('list.errorForeground'))
    if (authority === 'pending')
      return new FileDecoration(
        '…',
        t("The network hasn't confirmed it yet."),
        new ThemeColor('list.warningForeground'),
      )
    if (authority.toLowerCase() === 'notfound')
      return new FileDecoration(
        '?',
        t("The network hasn't known it for a day."),
        new ThemeColor('list.warningForeground'),
      )
    return undefined
  }
}
