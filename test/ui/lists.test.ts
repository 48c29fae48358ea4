// The sidebar as a person uses it: first doors, filters, everything loaded, several rows at once, and what can be copied.
import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { patienceMs, useWorkbench } from './workbench.js'

const themes = ['dark', 'highContrast', 'light'] as const

describe('lists', () => {
  const vs = useWorkbench()
  let aleph: AlephHttpClient

  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
    for (let n = 1; n <= 120; n++) await aleph.storage.store(`note ${n}`, { tags: [n % 10 ? 'plain' : 'tenth'] })
    for (const name of ['one.txt', 'two.txt', 'three.txt', '[x](y) $(zap).md'])
      await aleph.storage.storeFile(new TextEncoder().encode(name), { filename: name, engine: 'ipfs' })
    await aleph.aggregate.create('app/users', { name: 'Kid' }, { key: 'kid' })
  })

  it('begins with four doors where there is no account, one of them the local node', async () => {
    await vs.runCommand('Aleph: Switch Network…')
    await vs.pickItem('mainnet')
    await vs.showAleph()
    for (const door of ['Create a Key', 'Import a Key', 'Watch an Address', 'Try It on a Local Node'])
      await vs.view('Files').getByRole('button', { name: door }).waitFor()
    for (const theme of themes) {
      await vs.setTheme(theme)
      await vs.screenshot(`doors-${theme}`)
    }
    await vs.view('Files').getByRole('button', { name: 'Try It on a Local Node' }).click()
    await vs.statusBarItem('development 1 · local').waitFor()
    await vs.row('Files', 'one.txt').waitFor()
    await vs.clearNotifications()
  })

  it('filters messages by a tag, asked of the node, shown and cleared, by keyboard alone', async () => {
    await vs.focusView('Messages')
    await vs.row('Messages', 'note 120').waitFor()
    await vs.typeCommand('Aleph: Filter Messages…')
    await vs.item('Tag').waitFor()
    await vs.screenshot('filter-criteria')
    await vs.quickInput.fill('Tag')
    await vs.focusedItem('Tag').waitFor()
    await vs.page.keyboard.press('Enter')
    await vs.page.getByText('The whole tag, in upper and lower case').waitFor()
    await vs.answer('tenth')
    await vs.focusedItem('Apply').waitFor()
    await vs.page.keyboard.press('Enter')
    await vs.row('Messages', 'note 110').waitFor()
    assert.ok(!(await vs.rows('Messages')).some(text => text.startsWith('note 119')))
    await vs.screenshot('filtered')
    await vs.runCommand('Aleph: Clear Filter of Messages')
    await vs.row('Messages', 'note 119').waitFor()
  })

  it('loads all messages', async () => {
    await vs.runCommand('Aleph: Load All Messages')
    await vs.focusView('Messages')
    // Rows come page by page, and the end moves with them.
    for (const endMs = Date.now() + patienceMs; Date.now() < endMs;) {
      await vs.page.keyboard.press('End')
      if (await vs.focusedRow('Messages', 'note 1').isVisible()) break
    }
    await vs.focusedRow('Messages', 'note 1').waitFor()
  })

  it('copies a file in many forms from one submenu', async () => {
    await vs.focusView('Files')
    // Its label is broken by a character without width, so that nothing in it is an icon.
    await vs.openMenu(vs.row('Files', '[x](y) $\u200c(zap).md'))
    await vs.menuItem('Copy As').hover()
    await vs.menuItem('Copy Markdown Link').waitFor()
    await vs.screenshot('copy-as')
    await vs.page.keyboard.press('Escape')
    await vs.page.keyboard.press('Escape')
    await vs.chooseFromMenu(vs.row('Files', 'one.txt'), 'Copy As', 'Copy IPFS Address')
    assert.match(await vs.clipboard('ipfs://'), /^ipfs:\/\/Qm[1-9A-HJ-NP-Za-km-z]{44}$/)
  })

  it('forgets several rows that were selected by keyboard, after one question', async () => {
    await vs.focusView('Files')
    await vs.row('Files', 'one.txt').click()
    // A click opens the file too, and an editor that comes late would close the menu.
    await vs.tab('one.txt.aleph').waitFor()
    await vs.focusedEditor.waitFor()
    await vs.row('Files', 'two.txt').click({ modifiers: ['ControlOrMeta'] })
    await vs.chooseFromMenu(vs.row('Files', 'two.txt'), 'Forget File…')
    await vs.dialog.getByText(/2/).first().waitFor()
    await vs.screenshot('forget-several')
    await vs.answerDialog('Forget')
    await vs.row('Files', 'one.txt').waitFor({ state: 'hidden' })
    await vs.row('Files', 'two.txt').waitFor({ state: 'hidden' })
    await vs.row('Files', 'three.txt').waitFor()
  })

  for (const theme of themes)
    it(`is legible in ${theme}`, async () => {
      await vs.setTheme(theme)
      await vs.screenshot(`lists-${theme}`)
    })
})
