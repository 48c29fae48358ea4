// What a page can do without its extension. VS Code itself follows its links, if a person clicks them, so one of them is
// the way back: it runs the command that opens the editor again, in whatever extension host there is by then.
import type { Banner, LostTexts } from '../shared/editorProtocol.js'

export const lostBanner = (texts: LostTexts, isSettled: boolean): Banner => ({
  severity: 'error',
  message: isSettled ? texts.message : texts.unsentMessage,
  actions: [
    { id: 'copyText', label: texts.copyText },
    { id: 'reopen', label: texts.reopen, link: texts.reopenLink },
  ],
})
