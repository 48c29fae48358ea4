// What strangers write is text in VS Code itself: no link in a toast, no icon in a row.
import { strict as assert } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { useWorkbench } from './workbench.js'

const name = '[Verified report](command:workbench.action.toggleZenMode)'

describe('text of strangers', () => {
  const vs = useWorkbench()

  async function assertNoLink(toast: Locator): Promise<void> {
    await toast.waitFor()
    assert.equal(await toast.locator('.notification-list-item-message a').count(), 0)
  }

  async function upload(): Promise<void> {
    await vs.showExplorer()
    await vs.chooseFromMenu(vs.explorerItem(name), 'Upload to Aleph Cloud')
    await vs.answerDialog('Upload')
  }

  it('is no link in the toast of an upload, and reads as it is in its row', async () => {
    writeFileSync(join(vs.workspace, name), 'hello')
    await upload()
    await assertNoLink(vs.notification('Uploaded [Verified report]'))
    await vs.focusView('Files')
    await vs.row('Files', name).waitFor()
    await vs.screenshot('foreign-name')
  })

  it('is no link in the toast of a refusal, and what the node said is in the log alone', async () => {
    await vs.runCommand('Aleph: Switch Network…')
    await vs.pickItem('refusing')
    await upload()
    const toast = vs.notification('Could not upload')
    await assertNoLink(toast)
    const text = await toast.innerText()
    await vs.screenshot('foreign-refusal')
    assert.match(text, /HTTP 403/)
    assert.doesNotMatch(text, /Fix it|Forbidden|evil/)
  })
})
