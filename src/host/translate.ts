// Texts in the user's language, in the form that code without VS Code expects.
import { l10n } from 'vscode'
import type { Translate } from '../shared/translate.js'

export const t: Translate = (message, values) => l10n.t(message, values ?? {})
