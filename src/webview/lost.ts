// What a page can do without its extension. VS Code itself follows its links, so one of them is the way back.
import type { Banner, LostTexts } from '../shared/editorProtocol.js'
import { element } from './dom.js'

export const lostBanner = (texts: LostTexts, isSettled: boolean): Banner => ({
  severity: 'error',
  message: isSettled ? texts.message : texts.unsentMessage,
  actions: [
    { id: 'copyText', label: texts.copyText },
    { id: 'reopen', label: texts.reopen },
  ],
})

/** Has VS Code run the command that opens the editor again. Does nothing when the extension is there after all. */
export function reopenEditor({ reopenLink }: LostTexts): void {
  const link = element('a', { href: reopenLink, hidden: '' })
  document.body.append(link)
  link.click()
  link.remove()
}
