// What a click on a stored file shows: nothing that runs, and nothing that is dropped into the editors does.
import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { useWorkbench } from './workbench.js'

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const notebook = { cells: [{ cell_type: 'markdown', metadata: {}, source: 'hello' }], nbformat: 4, nbformat_minor: 5 }

/** A tenth of a second of silence. */
function wav(): Uint8Array {
  const samples = 800
  const bytes = Buffer.alloc(44 + samples, 128)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + samples, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [1, 32],
    [8, 34],
  ] as const)
    bytes.writeUInt16LE(value, at)
  bytes.writeUInt32LE(8000, 24)
  bytes.writeUInt32LE(8000, 28)
  bytes.write('data', 36)
  bytes.writeUInt32LE(samples, 40)
  return bytes
}

describe('stored files', () => {
  const vs = useWorkbench()

  before(async () => {
    const account = await developmentAccount(0)
    const { storage } = new AlephHttpClient({ endpoints: vs.localNode, account })
    for (const [filename, content] of [
      ['pixel.png', Buffer.from(pixel, 'base64')],
      ['silence.wav', wav()],
      ['report.ipynb', Buffer.from(JSON.stringify({ metadata: {}, ...notebook }))],
    ] as const)
      await storage.storeFile(content, { filename, engine: 'storage' })
  })

  it('shows images and sound in the previews of VS Code', async () => {
    await vs.focusView('Files')
    await vs.row('Files', 'pixel.png').click()
    // VS Code's own status bar says the size of what it could decode.
    await vs.statusBarItem('1x1').waitFor()
    await vs.row('Files', 'silence.wav').click()
    // The preview puts it there when it can be played.
    await vs.webview.locator('audio').waitFor()
    await vs.screenshot('stored-audio')
  })

  it('shows a notebook as text, clicked or dropped', async () => {
    await vs.row('Files', 'report.ipynb').click()
    await vs.editor('"nbformat"').waitFor()
    await vs.page.keyboard.press('Escape')
    await vs.runCommand('View: Close All Editors')
    await vs.focusView('Files')
    const dataTransfer = await vs.drag(vs.row('Files', 'report.ipynb'))
    const editors = vs.page.locator('.part.editor .editor-group-container').first()
    await editors.dispatchEvent('dragenter', { dataTransfer })
    const target = vs.page.locator('#monaco-workbench-editor-drop-overlay')
    await target.waitFor({ state: 'attached' })
    for (const event of ['dragover', 'drop']) await target.dispatchEvent(event, { dataTransfer })
    await vs.editor('"nbformat"').waitFor()
    await vs.screenshot('stored-notebook')
    assert.equal(await vs.page.locator('.notebook-editor, .notebookOverlay').count(), 0)
  })
})
