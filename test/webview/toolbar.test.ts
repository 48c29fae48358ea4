// What stands around the text: commands, publishing, banner, tabs; by mouse and by keyboard.
import { strict as assert } from 'node:assert'
import { usePages, type EditorPage } from './editorPage.js'
import { status } from './sample.js'

describe('toolbar', () => {
  const open = usePages()
  const focused = ({ page }: EditorPage) => page.evaluate(() => document.activeElement?.textContent ?? '')
  const live = ({ page }: EditorPage) => page.locator('footer > [role=status]').textContent()

  it('is one tab stop, gone through by arrow keys', async () => {
    const editor = await open()
    const { keyboard } = editor.page
    const stops = await editor.page.locator('.toolbar button[tabindex="0"]').count()
    assert.equal(stops, 1)
    await editor.button('Publish').focus()
    const seen: string[] = []
    for (let i = 0; i < 5; i++) {
      await keyboard.press('ArrowLeft')
      seen.push(await focused(editor))
    }
    assert.deepEqual(seen, ['', 'History', 'Sort', 'Format', 'users'])
    await keyboard.press('ArrowLeft')
    assert.equal(await focused(editor), 'Publish')
    await keyboard.press('Home')
    assert.equal(await focused(editor), 'users')
    await keyboard.press('End')
    await keyboard.press('Enter')
    assert.deepEqual(await editor.nextRequest(), { action: 'publish' })
    await keyboard.press('Shift+Tab')
    assert.ok(await editor.page.evaluate(() => !document.activeElement?.closest('.toolbar')))
    await keyboard.press('Tab')
    assert.equal(await focused(editor), 'Publish')
  })

  it('publishes only when there is something to publish', async () => {
    const editor = await open()
    const publish = editor.button('Publish')
    assert.equal(await publish.getAttribute('aria-describedby'), 'summary')
    const nothing = { isEnabled: false, isBusy: false, summary: 'Nothing has changed.' }
    await editor.post({ kind: 'status', status: status({ publish: nothing }) })
    assert.equal(await live(editor), 'Nothing has changed.')
    await publish.click({ force: true })
    await publish.press('Enter')
    await editor.post({ kind: 'status', status: status({ publish: { ...nothing, isEnabled: true, isBusy: true } }) })
    await editor.button('Publishing…').click({ force: true })
    assert.equal(await live(editor), 'Publishing…')
    await editor.post({ kind: 'status', status: status() })
    assert.equal(await live(editor), 'john-doe changed · 61 bytes to publish · public')
    await publish.click()
    assert.deepEqual(await editor.nextRequest(), { action: 'publish' })
    assert.equal(editor.all('request').length, 1)
    await editor.page.getByText('alice · mainnet').waitFor()
  })

  it('has more in a menu, of the entry at the cursor', async () => {
    const editor = await open()
    const { keyboard } = editor.page
    await editor.post({ kind: 'reveal', position: { line: 8, character: 6 } })
    const more = editor.page.locator('.toolbar').getByRole('button', { name: 'More Actions' })
    await more.click()
    const menu = editor.page.getByRole('menu')
    const items = await menu.getByRole('menuitem').allTextContents()
    assert.deepEqual(items, ['Add Entry…', 'Rename Entry…', 'Remove Entry', 'Find', 'Refresh'])
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    assert.deepEqual(await editor.nextRequest(), { action: 'renameEntry', entry: 'kid' })
    assert.ok(await more.evaluate(each => each === document.activeElement))
    await keyboard.press('Enter')
    await keyboard.press('ArrowUp')
    assert.equal(await focused(editor), 'Refresh')
    await keyboard.press('Escape')
    await menu.waitFor({ state: 'hidden' })
    assert.ok(await more.evaluate(each => each === document.activeElement))
    await more.click()
    await menu.getByText('Find').click()
    await editor.page.locator('[name=search]').waitFor()
    await more.click()
    await editor.content.click()
    await menu.waitFor({ state: 'hidden' })
  })

  it('names no entry where the cursor is in none', async () => {
    const editor = await open()
    await editor.toLine(1)
    await editor.page.locator('.toolbar').getByRole('button', { name: 'More Actions' }).click()
    await editor.page.getByText('Remove Entry').click()
    assert.deepEqual(await editor.nextRequest(), { action: 'removeEntry', entry: undefined })
  })

  it('shows and hides the revisions, and the focus follows', async () => {
    const editor = await open()
    const toggle = editor.button('History')
    assert.equal(await toggle.getAttribute('aria-pressed'), 'true')
    await toggle.click()
    await editor.page.getByRole('listbox').waitFor({ state: 'hidden' })
    assert.ok(await editor.content.evaluate(each => each === document.activeElement))
    await editor.post({ kind: 'show', what: 'toggleHistory' })
    assert.ok(await editor.rows.first().evaluate(each => each === document.activeElement))
    await editor.button('Hide History').click()
    assert.equal(await toggle.getAttribute('aria-pressed'), 'false')
    await editor.post({ kind: 'show', what: 'history' })
    await editor.post({ kind: 'show', what: 'history' })
    assert.equal(await toggle.getAttribute('aria-pressed'), 'true')
  })

  it('has tabs and a longer menu where it is narrow', async () => {
    const editor = await open({ width: 300 })
    const tab = (name: string) => editor.page.getByRole('tab', { name })
    assert.equal(await editor.button('Format').count(), 0)
    await editor.page.getByRole('button', { name: 'More Actions' }).click()
    await editor.page.getByRole('menuitem', { name: 'Format' }).click()
    assert.deepEqual(await editor.nextRequest(), { action: 'format' })
    assert.equal(await editor.page.getByRole('listbox').count(), 0)
    await tab('Edit').focus()
    await editor.page.keyboard.press('ArrowRight')
    await editor.page.keyboard.press('Enter')
    assert.equal(await tab('History').getAttribute('aria-selected'), 'true')
    await editor.page.getByRole('tabpanel', { name: 'History' }).waitFor()
    assert.equal(await editor.content.isVisible(), false)
    await editor.post({ kind: 'reveal', position: { line: 1, character: 0 } })
    assert.equal(await editor.content.isVisible(), true)
    await editor.page.setViewportSize({ width: 900, height: 600 })
    await editor.page.getByRole('listbox').waitFor()
    assert.equal(await editor.page.getByRole('tab').count(), 0)
    assert.equal(await editor.page.getByRole('tabpanel').count(), 0)
  })

  it('says one thing above the text, with what can be done', async () => {
    const editor = await open()
    const banner = {
      severity: 'warning' as const,
      message: 'kid was changed by <b>somebody</b> else.',
      actions: [
        { id: 'compare', label: 'Compare Both' },
        { id: 'discard', label: 'Discard Mine' },
      ],
    }
    await editor.post({ kind: 'status', status: status({ banner }) })
    await editor.page.getByRole('status').getByText(banner.message).waitFor()
    await editor.button('Discard Mine').focus()
    await editor.post({ kind: 'status', status: status({ banner, account: 'bob' }) })
    assert.equal(await focused(editor), 'Discard Mine')
    await editor.page.keyboard.press('Enter')
    assert.deepEqual(await editor.nextRequest(), { action: 'banner', choice: 'discard' })
    await editor.post({ kind: 'status', status: status() })
    assert.equal(await editor.button('Discard Mine').count(), 0)
  })
})
