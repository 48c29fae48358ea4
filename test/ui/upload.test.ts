// The main job as a person does it: right-click, plan, upload, find it in the sidebar, open it again.
import { strict as assert } from 'node:assert'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { useWorkbench } from './workbench.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

/** POSTs, STOREs and FORGETs that reached the node. */
async function published(node: string): Promise<number> {
  const response = await nodeFetch(`${node}/api/v0/messages.json?pagination=1`)
  return ((await response.json()) as { pagination_total: number }).pagination_total
}

describe('upload', () => {
  const vs = useWorkbench()

  it('begins with a development account on the local node, ready to publish', async () => {
    await vs.focusView('Files')
    await vs.statusBarItem('development 1 · local').waitFor()
    await vs.view('Files').getByText('This account stores no files yet').waitFor()
    await vs.screenshot('upload-empty')
  })

  it('publishes nothing before the plan is confirmed', async () => {
    await vs.showExplorer()
    await vs.chooseFromMenu(vs.explorerItem('notes.md'), 'Upload to Aleph Cloud')
    await vs.dialog.getByText(/^Upload notes.md, /).waitFor()
    await vs.dialog.getByText(/public/i).waitFor()
    await vs.screenshot('upload-plan-file')
    await vs.answerDialog('Cancel')
    assert.equal(await published(vs.localNode), 0)
  })

  it('uploads a file by right-click and copies its link', async () => {
    await vs.chooseFromMenu(vs.explorerItem('notes.md'), 'Upload to Aleph Cloud')
    await vs.answerDialog('Upload')
    const toast = vs.notification('Uploaded notes.md')
    await toast.waitFor()
    await vs.screenshot('upload-done')
    await toast.getByRole('button', { name: 'Copy Link' }).click()
    // A gateway knows nothing of a local node: its own link is the one that works.
    const link = await vs.clipboard('/api/v0/storage/raw/Qm')
    assert.equal(await (await nodeFetch(link)).text(), readFileSync(join(vs.workspace, 'notes.md'), 'utf8'))
    assert.equal(await published(vs.localNode), 1)
  })

  it('shows it in Files, and a click opens it, verified and read-only', async () => {
    await vs.focusView('Files')
    await vs.row('Files', 'notes.md').click()
    await vs.tab('notes.md.aleph').waitFor()
    await vs.editor('#').click()
    await vs.page.keyboard.type('x')
    await vs.page.getByText('Editor is read-only').first().waitFor()
    await vs.screenshot('upload-opened')
    await vs.page.keyboard.press('Escape')
  })

  it('uploads a folder as a whole, leaving out what is excluded', async () => {
    mkdirSync(join(vs.workspace, 'site/node_modules'), { recursive: true })
    writeFileSync(join(vs.workspace, 'site/node_modules/left-out.js'), '1')
    writeFileSync(join(vs.workspace, 'site/100% #1 %20 a:b 😀.txt'), 'hard to name')
    await vs.showExplorer()
    await vs.chooseFromMenu(vs.explorerItem('site'), 'Upload to Aleph Cloud')
    await vs.dialog.getByText(/^Upload 4 files, .* from site\?/).waitFor()
    await vs.dialog.getByText('site/node_modules: excluded by default (installed packages)').waitFor()
    await vs.screenshot('upload-plan-folder')
    await vs.answerDialog('Upload')
    await vs.notification('Uploaded site').waitFor()
    assert.equal(await published(vs.localNode), 5)
    await vs.clearNotifications()
  })

  it('uploads several selected files at once', async () => {
    await vs.selectInExplorer('notes.md', 'README.md')
    await vs.chooseFromMenu(vs.explorerItem('README.md'), 'Upload to Aleph Cloud')
    await vs.dialog.getByText(/^Upload 2 files, /).waitFor()
    await vs.dialog.getByText('1 of them is stored already, byte for byte.').waitFor()
    await vs.answerDialog('Upload All')
    await vs.notification('Uploaded 2 files').waitFor()
    await vs.clearNotifications()
  })

  it('uploads the selection under a name of file and lines, by keyboard alone', async () => {
    appendFileSync(join(vs.workspace, 'lines.txt'), 'one\ntwo\nthree\nfour\n')
    await vs.page.keyboard.press('ControlOrMeta+p')
    await vs.quickInput.fill('lines.txt')
    await vs.focusedItem('lines.txt').waitFor()
    await vs.page.keyboard.press('Enter')
    await vs.editor('four').waitFor()
    await vs.focusedEditor.waitFor()
    await vs.page.keyboard.press('ControlOrMeta+Home')
    await vs.page.keyboard.press('ArrowDown')
    for (let line = 0; line < 2; line++) await vs.page.keyboard.press('Shift+ArrowDown')
    await vs.typeCommand('Aleph: Upload Selection')
    await vs.dialog.getByText(/^Upload lines\.txt\.L2-L3\.txt, /).waitFor()
    await vs.page.keyboard.press('Enter')
    await vs.notification('Uploaded lines.txt.L2').waitFor()
    await vs.clearNotifications()
  })

  it('walks the Files view by keyboard: arrows, Enter, menu key', async () => {
    const first = 'lines.txt.L2-L3.txt'
    await vs.focusView('Files')
    await vs.row('Files', first).waitFor()
    await vs.page.keyboard.press('Home')
    await vs.focusedRow('Files', first).waitFor()
    await vs.page.keyboard.press('Enter')
    await vs.tab(`${first}.aleph`).waitFor()
    await vs.focusedEditor.waitFor()
    await vs.focusView('Files')
    await vs.page.keyboard.press('Home')
    await vs.focusedRow('Files', first).waitFor()
    await vs.page.keyboard.press('Shift+F10')
    await vs.menuItem('Copy As').waitFor()
    await vs.screenshot('files-menu')
    await vs.page.keyboard.press('Escape')
  })

  it('asks before it forgets', async () => {
    const before = await published(vs.localNode)
    await vs.chooseFromMenu(vs.row('Files', 'README.md'), 'Forget File…')
    await vs.dialog.getByText('README.md').first().waitFor()
    await vs.screenshot('forget')
    await vs.answerDialog('Cancel')
    assert.equal(await published(vs.localNode), before)
    await vs.row('Files', 'README.md').waitFor()
  })

  it('keeps account and rows over a reload', async () => {
    await vs.reload()
    await vs.focusView('Files')
    await vs.statusBarItem('development 1 · local').waitFor()
    await vs.row('Files', 'notes.md').first().waitFor()
  })

  for (const theme of ['light', 'dark', 'highContrast'] as const)
    it(`is legible in ${theme}`, async () => {
      await vs.setTheme(theme)
      await vs.row('Files', 'notes.md').first().hover()
      await vs.screenshot(`files-${theme}`)
    })
})
