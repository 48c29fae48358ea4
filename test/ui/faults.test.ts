// What goes wrong: a change of mind, a window that closes, a node that is not there, more rows than fit.
import { strict as assert } from 'node:assert'
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { useWorkbench } from './workbench.js'

describe('when something goes wrong', () => {
  const vs = useWorkbench()
  let aleph: AlephHttpClient
  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
  })

  // No later look at what the tests left should read a gigabyte.
  after(() => rmSync(join(vs.workspace, 'large.bin'), { force: true }))

  const stored = async () => {
    let count = 0
    for await (const row of aleph.messages.list({ types: ['STORE'] })) count += row.message ? 1 : 0
    return count
  }

  /** A file that takes seconds to upload and no room on disk. */
  async function startLargeUpload() {
    const path = join(vs.workspace, 'large.bin')
    writeFileSync(path, '')
    truncateSync(path, 1000 * 1024 * 1024)
    await vs.showExplorer()
    await vs.chooseFromMenu(vs.explorerItem('large.bin'), 'Upload to Aleph Cloud')
    await vs.answerDialog('Upload')
    const toast = vs.notification('Uploading large.bin')
    await toast.getByText(/MB of/).waitFor()
    return toast
  }

  it('an upload is cancelled from its progress, and nothing is published', async () => {
    const toast = await startLargeUpload()
    await vs.screenshot('upload-progress')
    await toast.getByRole('button', { name: 'Cancel' }).click()
    await toast.waitFor({ state: 'hidden' })
    assert.equal(await stored(), 0)
  })

  it('a window that closes in the middle of an upload publishes nothing by half', async () => {
    await startLargeUpload()
    await vs.reload()
    await vs.focusView('Files')
    await vs.view('Files').getByText('This account stores no files yet').waitFor()
    assert.equal(await stored(), 0)
    rmSync(join(vs.workspace, 'large.bin'))
  })

  it('a list that is longer than a page loads more at its end, and the keyboard stays there', async () => {
    for (let n = 1; n <= 55; n++) await aleph.storage.store(`note ${n}`)
    await vs.focusView('Messages')
    await vs.runCommand('Aleph: Refresh Messages')
    await vs.row('Messages', 'note 55').waitFor()
    await vs.focusView('Messages')
    await vs.page.keyboard.press('End')
    await vs.focusedRow('Messages', 'Load more…').waitFor()
    await vs.page.keyboard.press('Enter')
    await vs.focusedRow('Messages', 'note 5').waitFor()
    await vs.page.keyboard.press('End')
    await vs.focusedRow('Messages', 'note 1').waitFor()
  })

  it('a node that can not be reached is a row with the reason, and Retry', async () => {
    await vs.runCommand('Aleph: Switch Network…')
    await vs.pickItem('nowhere')
    await vs.focusView('Files')
    await vs.row('Files', 'Node not reachable').waitFor()
    await vs.screenshot('unreachable')
    await vs.runCommand('Aleph: Switch Network…')
    await vs.pickItem('local')
    await vs.row('Messages', 'note 55').waitFor()
    assert.deepEqual(await vs.notifications(), [])
  })

  for (const theme of ['dark', 'highContrastLight'] as const)
    it(`shows progress legibly in ${theme}`, async () => {
      await vs.setTheme(theme)
      const toast = await startLargeUpload()
      await vs.screenshot(`upload-progress-${theme}`)
      await toast.getByRole('button', { name: 'Cancel' }).click()
      await toast.waitFor({ state: 'hidden' })
    })
})
