// The revisions of an aggregate as a person uses them: looked at, compared, restored, forgotten.
import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { AggregatePage, cleanTab, dirtyTab, published } from './aggregatePage.js'
import { useWorkbench } from './workbench.js'

const themes = ['light', 'dark', 'highContrast', 'highContrastLight'] as const

describe('aggregate history', () => {
  const vs = useWorkbench()
  let aleph: AlephHttpClient
  let page: AggregatePage

  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
    await aleph.aggregate.create('users', { name: 'John Doe', age: 30 }, { key: 'john-doe' })
    await aleph.aggregate.create('users', { name: 'Kid' }, { key: 'kid' })
    await aleph.aggregate.update('users', 'john-doe', { name: 'John Doe', age: 31 })
    await aleph.aggregate.update('users', 'kid', null)
    page = new AggregatePage(vs)
    await page.open('users')
    await page.revisions.nth(3).waitFor()
  })

  const diff = (text: string) => vs.page.locator('.monaco-diff-editor .view-lines').filter({ hasText: text })

  it('compares a revision with the text from the keyboard alone', async () => {
    await page.content.focus()
    // Escape, then Tab leaves the editor.
    await page.press('Escape', 'Tab')
    await page.history.locator('select').and(page.frame.locator(':focus')).waitFor()
    await page.press('Tab', 'Tab', 'Tab')
    await page.revisions.first().and(page.frame.locator(':focus')).waitFor()
    await page.press('ArrowDown', 'ArrowDown', 'ArrowDown')
    await page.revisions.nth(3).and(page.frame.locator(':focus')).waitFor()
    await vs.screenshot('history-row')
    await page.press('Enter')
    await diff('"age": 30').waitFor()
    await diff('"age": 31').waitFor()
    await vs.screenshot('history-diff')
    await vs.runCommand('View: Close Editor')
    await page.content.waitFor()
  })

  it('offers everything else in the menu of a row, by mouse and by Shift+F10', async () => {
    await page.revisions.nth(1).click({ button: 'right' })
    await vs.menuItem('Compare Revision with Text').waitFor()
    for (const theme of themes.slice(0, 1)) await vs.screenshot(`history-menu-${theme}`)
    await vs.page.keyboard.press('Escape')
    await page.revisions.nth(1).focus()
    await page.press('Shift+F10')
    await vs.page.getByRole('menuitem').first().waitFor()
    await vs.screenshot('history-menu-keyboard')
    await vs.page.keyboard.press('Escape')
  })

  it('compares with the one before', async () => {
    await vs.chooseFromMenu(page.revisions.nth(1), 'Compare Revision with the One Before')
    await diff('"age": 30').waitFor()
    await diff('"age": 31').waitFor()
    await vs.screenshot('history-diff-before')
    await vs.runCommand('View: Close Editor')
  })

  it('compares two that are selected', async () => {
    await page.revisions.nth(0).click()
    await page.revisions.nth(3).click({ modifiers: ['ControlOrMeta'] })
    await vs.screenshot('history-two')
    await page.history.getByRole('button', { name: 'Compare' }).click()
    await diff('"age": 30').waitFor()
    await diff('"age": 31').waitFor()
    await vs.screenshot('history-diff-two')
    await vs.runCommand('View: Close Editor')
  })

  it('shows a revision read-only', async () => {
    await vs.chooseFromMenu(page.revisions.nth(3), 'Show Revision')
    await vs.editor('"age": 30').waitFor()
    await vs.screenshot('history-shown')
    await vs.runCommand('View: Close Editor')
  })

  it('restores a whole revision as an edit that can be undone', async () => {
    const before = await published(vs)
    await page.revisions.nth(3).click()
    await page.history.getByRole('button', { name: 'Restore' }).click()
    await page.line('"age": 30').waitFor()
    await dirtyTab(vs, 'users').waitFor()
    await vs.screenshot('history-restored')
    assert.equal(await published(vs), before)
    await page.content.focus()
    await page.press('ControlOrMeta+z')
    await page.line('"age": 31').waitFor()
    await cleanTab(vs, 'users').waitFor()
  })

  it('restores one entry', async () => {
    await vs.chooseFromMenu(page.revisions.nth(2), 'Restore Entry of Revision…')
    await vs.screenshot('history-restore-entry')
    await vs.pickItem('kid')
    await page.line('"Kid"').waitFor()
    await page.says('kid added')
    await page.content.focus()
    await page.press('ControlOrMeta+s')
    await page.revisions.nth(4).waitFor()
    assert.deepEqual(await aleph.aggregate.get('users', 'kid'), { name: 'Kid' })
  })

  it('copies a hash', async () => {
    const hash = (await page.revisions.first().getAttribute('data-hash')) ?? ''
    assert.match(hash, /^[0-9a-f]{64}$/)
    await vs.chooseFromMenu(page.revisions.first(), 'Copy Item Hash of Revision')
    assert.equal(await vs.clipboard(hash), hash)
  })

  it('forgets a revision after a question', async () => {
    await vs.chooseFromMenu(page.revisions.nth(0), 'Forget Revision…')
    await vs.dialog.getByText('Back to an older value: kid').waitFor()
    await vs.screenshot('history-forget')
    await vs.answerDialog('Forget')
    await page.history.locator('.gap').waitFor()
    await page.line('"kid": null').waitFor()
    await page.says('Nothing to publish')
    await vs.screenshot('history-forgotten')
  })

  it('filters by an entry', async () => {
    await page.history.locator('select').selectOption('kid')
    await page.history.getByText('do not set this entry').waitFor()
    await vs.screenshot('history-filtered')
    await page.history.locator('select').selectOption('All entries')
  })

  it('can be hidden', async () => {
    await page.frame.getByRole('button', { name: 'Hide History' }).click()
    await page.history.waitFor({ state: 'hidden' })
    await page.content.and(page.frame.locator(':focus')).waitFor()
    await vs.screenshot('history-hidden')
    await vs.runCommand('Aleph: Show or Hide Revisions')
    await page.history.waitFor()
  })

  it('loads more of a long history', async () => {
    for (let n = 0; n < 230; n++) await aleph.aggregate.update('users', 'john-doe', { name: 'John Doe', age: n })
    await page.frame.getByRole('button', { name: 'Refresh' }).click()
    await page.line('"age": 229').waitFor()
    await page.revisions.nth(230).waitFor({ state: 'attached' })
    await vs.screenshot('history-long')
    await vs.runCommand('View: Close Editor')
    await page.open('users')
    await page.revisions.nth(100).waitFor({ state: 'attached' })
    await vs.screenshot('history-long-opened')
  })

  for (const theme of themes)
    it(`is legible in ${theme}`, async () => {
      await page.revisions.nth(1).click()
      await vs.setTheme(theme)
      await vs.screenshot(`history-${theme}`)
    })
})
