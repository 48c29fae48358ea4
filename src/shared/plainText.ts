// One function for each kind of place where VS Code shows text, so that whatever strangers wrote reads as text there. The
// doors call them (README, “Working on it”); nobody else needs to.
import { escapeMarkdown, safeLabel, withoutIcons, withoutLinks } from './safeText.js'

/** VS Code cuts a notification at 1000. */
const maxMessageCharacters = 800
const maxLineCharacters = 400

/** For notifications and below input boxes, where VS Code makes links of `[text](command:…)`, and icons in some. */
export const messageText = (text: string): string => withoutIcons(withoutLinks(safeLabel(text, maxMessageCharacters)))

/** For rows, quick picks and the status bar, where VS Code makes icons of `$(name)`. May be empty. */
export const labelText = (text: string, maxCharacters = maxLineCharacters): string =>
  withoutIcons(safeLabel(text, maxCharacters))

/** For titles, questions of dialogs and what screen readers say: VS Code shows them as they are. */
export const lineText = (text: string): string => safeLabel(text, maxLineCharacters)

/** For tooltips, which are Markdown. */
export const tooltipText = (text: string): string => escapeMarkdown(safeLabel(text, maxLineCharacters))
