// Uploads that take a while: what the Transfers view shows, cancel, retry, and what a closed window left. And drops.
import { strict as assert } from 'node:assert'
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { useWorkbench } from './workbench.js'

describe('transfers', () => {
  const vs = useWorkbench({ width: 1280, height: 900 })
  let aleph: AlephHttpClient
  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
  })

  const storedNames = async () => {
    const names: unknown[] = []
    for await (const { message } of aleph.messages.list({ types: ['STORE'] }))
      names.push((message?.content as { metadata?: { filename?: string } }).metadata?.filename)
    return names
  }

  const write = (name: string, text: string) => writeFileSync(join(vs.workspace, name), text)

  async function startUpload(...names: string[]) {
    await vs.showExplorer()
    await vs.selectInExplorer(...names)
    await vs.chooseFromMenu(vs.explorerItem(names.at(-1) ?? ''), 'Upload to Aleph Cloud')
    await vs.dialog.getByText(names.length > 1 ? `Upload ${names.length} files, ` : `Upload ${names[0]}, `).waitFor()
  }

  it('takes files that are dropped from outside', async () => {
    await aleph.storage.storeFile(new TextEncoder().encode('first'), { filename: 'first.txt' })
    await vs.focusView('Files')
    await vs.row('Files', 'first.txt').waitFor()
    const files = await vs.dragFromOutside([
      { name: '100% #1 a:b 😀.txt', content: 'dropped' },
      { name: 'second.json', content: '{}', type: 'application/json' },
    ])
    await vs.drop('Files', files)
    await vs.dialog.getByText(/^Upload 2 files, 9 bytes\?/).waitFor()
    await vs.screenshot('drop-plan')
    await vs.answerDialog('Upload')
    await vs.row('Files', '100% #1 a:b 😀.txt').waitFor()
    await vs.row('Files', 'second.json').waitFor()
    await vs.clearNotifications()
  })

  it('takes a file that is dragged from the explorer', async () => {
    await vs.showExplorer()
    const dragged = await vs.drag(vs.explorerItem('README.md'))
    await vs.showAleph()
    await vs.drop('Files', dragged)
    await vs.dialog.getByText(/^Upload README\.md, /).waitFor()
    await vs.answerDialog('Upload')
    await vs.row('Files', 'README.md').waitFor()
    await vs.clearNotifications()
  })

  it('says that the same bytes are stored already, and shows them', async () => {
    await vs.showExplorer()
    await vs.chooseFromMenu(vs.explorerItem('README.md'), 'Upload to Aleph Cloud')
    await vs.dialog.getByText('The same bytes are stored already.').waitFor()
    await vs.screenshot('upload-plan-stored')
    await vs.answerDialog('Show in Files')
    await vs.focusedRow('Files', 'README.md').waitFor()
  })

  it('changes the name in the options of the plan, by keyboard alone', async () => {
    write('draft.txt', 'to be renamed')
    await startUpload('draft.txt')
    await vs.page.keyboard.press('Tab')
    await vs.dialog.getByRole('button', { name: 'Options…' }).focus()
    await vs.page.keyboard.press('Enter')
    await vs.focusedItem('Name').waitFor()
    await vs.screenshot('upload-options')
    await vs.page.keyboard.press('Enter')
    await vs.page.getByText('The name that is published with the file').waitFor()
    await vs.answer('final.txt')
    await vs.dialog.getByText(/^Upload final\.txt, /).waitFor()
    await vs.page.keyboard.press('Enter')
    await vs.notification('Uploaded final.txt').waitFor()
    await vs.clearNotifications()
    assert.ok((await storedNames()).includes('final.txt'))
  })

  it('offers to retry what failed, from the toast', async () => {
    write('here.txt', 'stays')
    write('gone.txt', 'goes')
    await startUpload('here.txt', 'gone.txt')
    rmSync(join(vs.workspace, 'gone.txt'))
    await vs.answerDialog('Upload')
    const toast = vs.notification('Could not upload 1 of 2 files')
    await toast.waitFor()
    await vs.focusView('Files')
    await vs.row('Transfers', '2 files').click()
    await vs.page.keyboard.press('ArrowRight')
    await vs.row('Transfers', 'gone.txt').waitFor()
    for (const theme of ['light', 'dark', 'highContrast'] as const) {
      await vs.screenshot(`transfers-failed-${theme}`)
      await vs.setTheme(theme)
    }
    await vs.screenshot('transfers-failed')
    write('gone.txt', 'it is back')
    await vs.clickRowAction(vs.row('Transfers', '2 files'), 'Retry Upload')
    await vs.notification('Uploaded 2 files').waitFor()
    await vs.row('Transfers', '2 files').waitFor({ state: 'hidden' })
    await vs.clearNotifications()
  })

  it('shows what runs, and cancels from its row', async () => {
    write('large.bin', '')
    truncateSync(join(vs.workspace, 'large.bin'), 1000 * 1024 * 1024)
    write('small.txt', 'small')
    await startUpload('large.bin', 'small.txt')
    await vs.answerDialog('Upload')
    await vs.focusView('Files')
    await vs
      .row('Transfers', '2 files')
      .getByText(/of .* MB|of .* GB/)
      .waitFor()
    await vs.row('Files', 'large.bin').waitFor()
    await vs.screenshot('transfers-running')
    await vs.clickRowAction(vs.row('Transfers', '2 files'), 'Cancel Upload')
    await vs.notification('Upload cancelled: 1 of 2 files').waitFor()
    await vs.row('Transfers', '2 files').waitFor({ state: 'hidden' })
    assert.ok(!(await storedNames()).includes('large.bin'))
    await vs.clearNotifications()
  })

  it('offers what a closed window left undone, and resumes it', async () => {
    write('tiny.txt', 'tiny')
    await startUpload('large.bin', 'tiny.txt')
    await vs.answerDialog('Upload')
    await vs.notification('Uploading 2 files').getByText('1 of 2 files').waitFor()
    await vs.reload()
    await vs.focusView('Files')
    await vs.row('Transfers', '2 files').getByText('interrupted · 1 of 2 published').waitFor()
    await vs.screenshot('transfers-interrupted')
    truncateSync(join(vs.workspace, 'large.bin'), 1024 * 1024)
    await vs.clickRowAction(vs.row('Transfers', '2 files'), 'Resume Upload')
    await vs.dialog.getByText(/^Upload large\.bin, 1 MB\?/).waitFor()
    await vs.answerDialog('Upload')
    await vs.notification('Uploaded large.bin').waitFor()
    await vs.row('Transfers', '2 files').waitFor({ state: 'hidden' })
    const names = await storedNames()
    assert.equal(names.filter(name => name === 'tiny.txt').length, 1)
    assert.equal(names.filter(name => name === 'large.bin').length, 1)
    rmSync(join(vs.workspace, 'large.bin'))
  })
})
