// Two windows of one person: what belongs to the person is in both, what belongs to a window stays in it.
import { strict as assert } from 'node:assert'
import secrets from '../fixtures/secrets.json' with { type: 'json' }
import { patienceMs, useWorkbench, type Workbench } from './workbench.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

const [key = ''] = secrets.keys

describe('two windows', () => {
  const vs = useWorkbench()
  let second: Workbench

  before(async function () {
    this.timeout(180_000)
    second = await vs.openSecondWindow()
    for (const window of [vs, second]) {
      await window.focusView('Files')
      await window.statusBarItem('development 1 · local').waitFor()
    }
  })
  after(() => second.page.close())

  const published = async () => {
    const response = await nodeFetch(`${vs.localNode}/api/v0/messages.json?pagination=1`)
    return ((await response.json()) as { pagination_total: number }).pagination_total
  }

  async function switchTo(window: Workbench, command: string, label: string): Promise<void> {
    await window.runCommand(command)
    await window.pickItem(label)
  }

  async function upload(window: Workbench, name: string): Promise<void> {
    await window.showExplorer()
    await window.chooseFromMenu(window.explorerItem(name), 'Upload to Aleph Cloud')
    await window.answerDialog('Upload')
    await window.notification(`Uploaded ${name}`).waitFor()
  }

  it('know an account that one of them imported', async () => {
    await vs.runCommand('Aleph: Import a Key…')
    await vs.pickItem('Paste a private key or mnemonic')
    const secret = vs.page.locator('.quick-input-widget:visible input[type=password]')
    await secret.fill(key)
    await secret.press('Enter')
    const name = vs.page.locator('.quick-input-widget:visible input[type=text]')
    await name.fill('alice')
    await name.press('Enter')
    await vs.statusBarItem('alice · local').waitFor()
    // A list that is open does not grow, and nothing on screen tells when the other window heard of it.
    const seen: string[] = []
    for (const endMs = Date.now() + patienceMs; !seen.includes('alice') && Date.now() < endMs;) {
      await second.runCommand('Aleph: Switch Account…')
      seen.push(...(await second.items()).map(label => label.trim()))
      await second.page.keyboard.press('Escape')
    }
    assert.ok(seen.includes('alice'), [...new Set(seen)].join())
    // It is known there, and nothing more.
    await second.statusBarItem('development 1 · local').waitFor()
  })

  it('do not move each other when one switches its network', async () => {
    await switchTo(second, 'Aleph: Switch Network…', 'nowhere')
    await second.statusBarItem('· nowhere').waitFor()
    await vs.statusBarItem('alice · local').waitFor()
    await switchTo(second, 'Aleph: Switch Network…', 'local')
    await second.statusBarItem('development 1 · local').waitFor()
  })

  it('do not move each other when one switches its account', async () => {
    await switchTo(second, 'Aleph: Switch Account…', 'development 3')
    await second.statusBarItem('development 3 · local').waitFor()
    await vs.statusBarItem('alice · local').waitFor()
  })

  it('upload each as its own account, also at the same time', async () => {
    const before = await published()
    await Promise.all([upload(vs, 'notes.md'), upload(second, 'README.md')])
    assert.equal(await published(), before + 2)
    await vs.focusView('Files')
    await vs.row('Files', 'notes.md').waitFor()
    assert.equal(await vs.row('Files', 'README.md').count(), 0)
    await second.focusView('Files')
    await second.row('Files', 'README.md').waitFor()
    assert.equal(await second.row('Files', 'notes.md').count(), 0)
    await second.screenshot('second-window')
  })
})
