// The revisions: what a row says, how rows are chosen, what can be done with them.
import { strict as assert } from 'node:assert'
import type { RevisionContext } from '../../src/shared/editorProtocol.js'
import { usePages, type EditorPage } from './editorPage.js'
import { gap, hash, history, revision, seconds, usersHistory } from './sample.js'

describe('revisions', () => {
  const open = usePages()
  const selected = async ({ page }: EditorPage) =>
    page.locator('[role=option][aria-selected=true]').evaluateAll(all => all.map(each => each.dataset['hash']))
  const hasFocus = (editor: EditorPage, n: number) =>
    editor.rows.nth(n).evaluate(each => each === document.activeElement)
  const context = async (editor: EditorPage, n: number) =>
    JSON.parse((await editor.rows.nth(n).getAttribute('data-vscode-context')) ?? '') as RevisionContext

  it('says when, by whom, which entries, and exceptions', async () => {
    const editor = await open()
    assert.deepEqual(await editor.rows.locator('.srOnly').allTextContents(), [
      '14:02, you, changed john-doe, 61 bytes',
      '13:58, you, added kid, 1,234 bytes, pending',
      '20:15, you, removed old, changed kid, changed john-doe, 3 more, 61 bytes, base',
      '09:10, 0x51…01, delegate, changed john-doe, 61 bytes, not verified',
      '08:30, 3 forgotten elements of this owner; to which aggregates they belonged is not known any more',
      '08:00, you, added john-doe, 61 bytes',
      '23:59, you, added old, 61 bytes, rejected',
    ])
    assert.deepEqual(
      await editor.page.getByRole('group').evaluateAll(all => all.map(each => each.getAttribute('aria-label'))),
      ['Today', 'Yesterday', '12 May', '31 Dec 2025'],
    )
    assert.equal(await editor.rows.first().locator('time').getAttribute('datetime'), '2026-05-14T14:02:00.000Z')
    assert.match((await editor.rows.nth(1).getAttribute('title')) ?? '', /The node has not confirmed it yet/)
    assert.equal(await editor.rows.nth(2).locator('.shown').textContent(), '20:15you−old~kid~john-doe3 morebase')
  })

  it('speaks the language of the user', async () => {
    const editor = await open({ locale: 'de' })
    assert.match((await editor.rows.nth(1).locator('.srOnly').textContent()) ?? '', /1\.234/)
    await editor.page.getByRole('group', { name: '12. Mai' }).waitFor()
  })

  it('is gone through by keyboard, and tells which one is chosen', async () => {
    const editor = await open()
    const { keyboard } = editor.page
    await editor.post({ kind: 'show', what: 'history' })
    assert.ok(await hasFocus(editor, 0))
    assert.deepEqual(await editor.next('selected'), { kind: 'selected', hashes: [hash(8)], entry: undefined })
    for (const [key, row] of [
      ['ArrowDown', 1],
      ['End', 6],
      ['ArrowDown', 6],
      ['ArrowUp', 5],
      ['Home', 0],
      ['PageDown', 6],
      ['PageUp', 0],
    ] as const) {
      await keyboard.press(key)
      assert.ok(await hasFocus(editor, row), key)
      assert.deepEqual(await selected(editor), [hash(usersHash(row))], key)
    }
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    assert.deepEqual(await editor.nextRequest(), { action: 'compare', hash: hash(7) })
    assert.equal(await editor.page.locator('[role=option][tabindex="0"]').count(), 1)
    await keyboard.press('Tab')
    assert.equal(await editor.page.evaluate(() => document.activeElement?.textContent), 'Compare')
    await keyboard.press('Tab')
    await keyboard.press('Enter')
    assert.deepEqual(await editor.nextRequest(), { action: 'restore', hash: hash(7) })
  })

  it('compares two that were chosen by Shift, by Space or by Ctrl, the older one first', async () => {
    const editor = await open()
    const { keyboard } = editor.page
    await editor.rows.nth(0).click()
    await keyboard.press('Shift+ArrowDown')
    assert.deepEqual(await selected(editor), [hash(8), hash(7)])
    await keyboard.press('Enter')
    assert.deepEqual(await editor.nextRequest(), { action: 'compareTwo', hashes: [hash(7), hash(8)] })
    assert.deepEqual(editor.all('selected').at(-1)?.hashes, [hash(7), hash(8)])
    assert.match((await context(editor, 0)).revision, /\btwo\b/)
    assert.doesNotMatch((await context(editor, 2)).revision, /\btwo\b/)
    assert.equal(await editor.button('Restore').getAttribute('aria-disabled'), 'true')

    await keyboard.press('Control+ArrowDown')
    assert.deepEqual(await selected(editor), [hash(8), hash(7)])
    await keyboard.press(' ')
    assert.deepEqual(await selected(editor), [hash(8), hash(6)])
    await keyboard.press(' ')
    assert.deepEqual(await selected(editor), [hash(8)])

    await editor.rows.nth(5).click({ modifiers: ['Control'] })
    await editor.button('Compare').click()
    assert.deepEqual(await editor.nextRequest(), { action: 'compareTwo', hashes: [hash(3), hash(8)] })
    await editor.rows.nth(1).click()
    assert.deepEqual(await selected(editor), [hash(7)])
    await editor.rows.nth(1).dblclick()
    assert.deepEqual(await editor.nextRequest(), { action: 'compare', hash: hash(7) })
  })

  it('neither compares nor restores what can not be read', async () => {
    const editor = await open()
    await editor.rows.nth(3).click()
    await editor.page.keyboard.press('Enter')
    for (const name of ['Compare', 'Restore']) {
      assert.equal(await editor.button(name).getAttribute('aria-disabled'), 'true')
      await editor.button(name).click({ force: true })
    }
    await editor.rows.nth(4).click()
    await editor.page.keyboard.press('Enter')
    await editor.page.keyboard.press(' ')
    assert.deepEqual(await selected(editor), [])
    assert.deepEqual(editor.all('selected').at(-1)?.hashes, [])
    assert.deepEqual(editor.all('request'), [])
  })

  it('opens the menu of VS Code, about the row that it is opened on', async () => {
    const editor = await open()
    await editor.page.evaluate(() => {
      const outside = globalThis as unknown as { menus: string[] }
      outside.menus = []
      document.addEventListener('contextmenu', event => {
        event.preventDefault()
        const from = (event.target as Element).closest<HTMLElement>('[data-vscode-context]')
        outside.menus.push(`${from?.dataset['vscodeContext']}`)
      })
    })
    const menus = async () =>
      (await editor.page.evaluate(() => (globalThis as unknown as { menus: string[] }).menus)).map(
        each => JSON.parse(each) as RevisionContext,
      )
    const rest = { webviewSection: 'revision', preventDefaultContextMenuItems: true }
    await editor.rows.nth(1).click({ button: 'right' })
    assert.deepEqual((await menus()).at(-1), { ...rest, revision: 'readable pending', hash: hash(7) })
    assert.deepEqual(editor.all('selected').at(-1)?.hashes, [hash(7)])
    await editor.rows.nth(2).click()
    await editor.page.locator('.rowActions').getByRole('button', { name: 'More Actions' }).click()
    assert.deepEqual((await menus()).at(-1), { ...rest, revision: 'readable base', hash: hash(6) })
    await editor.rows.nth(2).focus()
    await editor.page.keyboard.press('Shift+F10')
    assert.deepEqual((await menus()).at(-1)?.hash, hash(6))
    await editor.rows.nth(4).click({ button: 'right' })
    assert.deepEqual((await menus()).at(-1), {
      webviewSection: 'gap',
      revision: '',
      hash: hash(4),
      preventDefaultContextMenuItems: true,
    })
    assert.equal((await menus()).length, 4)
  })

  it('shows the revisions of one entry, and those that may have set it', async () => {
    const editor = await open()
    const choice = editor.page.getByLabel('Show revisions of')
    assert.deepEqual(await choice.locator('option').allTextContents(), [
      'All entries',
      'john-doe',
      'kid',
      'old',
      'other',
    ])
    await choice.selectOption('old')
    const shown = await editor.rows.evaluateAll(all => all.map(each => each.dataset['hash']))
    assert.deepEqual(shown, [hash(6), hash(4), hash(2)])
    await editor.page.getByText('4 of 7 revisions do not set this entry').waitFor()
    assert.deepEqual(editor.all('selected').at(-1), { kind: 'selected', hashes: [], entry: 'old' })
    await editor.post({ kind: 'history', history: history({ rows: [revision(9), ...usersHistory.rows] }) })
    assert.equal(await editor.rows.count(), 3)
    const again = await open({ state: { entry: 'old' } })
    assert.equal(await again.rows.count(), 3)
  })

  it('says how loading goes, stops it, tries again', async () => {
    const editor = await open({ history: history({ isLoading: true, isComplete: false, progress: '400 messages' }) })
    await editor.page.getByRole('status').getByText('400 messages').waitFor()
    await editor.button('Stop').click()
    assert.deepEqual(await editor.nextRequest(), { action: 'stopLoading' })
    const rows = usersHistory.rows
    await editor.post({ kind: 'history', history: history({ rows, isComplete: false }) })
    await editor.button('Load More').click()
    assert.deepEqual(await editor.nextRequest(), { action: 'loadMore' })
    const failure = 'The node did not answer.'
    await editor.post({ kind: 'history', history: history({ rows, isComplete: false, failure }) })
    await editor.page.getByText(failure).waitFor()
    assert.equal(await editor.button('Load More').count(), 0)
    await editor.button('Retry').click()
    assert.deepEqual(await editor.nextRequest(), { action: 'loadMore' })
    await editor.post({ kind: 'history', history: history({ rows, failure }) })
    await editor.button('Retry').click()
    assert.deepEqual(await editor.nextRequest(), { action: 'refresh' })
    const warning = 'The node has kid otherwise than the signed elements.'
    await editor.post({ kind: 'history', history: history({ warning }) })
    await editor.page.getByText(warning).waitFor()
    await editor.page.getByText('Nothing was published yet.').waitFor()
    await editor.button('Refresh').click()
    assert.deepEqual(await editor.nextRequest(), { action: 'refresh' })
  })

  it('keeps focus, choice and rows when others come', async () => {
    const editor = await open()
    await editor.rows.nth(1).click()
    await editor.rows.nth(5).evaluate(each => (each.id = 'same'))
    const final = { ...usersHistory.rows[1], state: undefined, stateReason: '' }
    const [first, , ...others] = usersHistory.rows
    assert.ok(first)
    const rows = [
      revision(10, { time: seconds('2026-05-14T14:30:00Z') }),
      first,
      final,
      ...others,
    ] as typeof usersHistory.rows
    await editor.post({ kind: 'history', history: history({ rows }) })
    await editor.page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'option')
    assert.ok(await hasFocus(editor, 2))
    assert.deepEqual(await selected(editor), [hash(7)])
    assert.equal(await editor.rows.nth(6).getAttribute('id'), 'same')
    await editor.post({ kind: 'history', history: history({ rows: others }) })
    assert.deepEqual(await selected(editor), [])
    assert.deepEqual(editor.all('selected').at(-1)?.hashes, [])
  })

  it('takes 1 000 revisions, and a choice among them', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) =>
      revision(2000 - i, { time: seconds('2026-05-14T14:00:00Z') - i * 3600 }),
    )
    rows.splice(500, 0, gap(1) as never)
    const editor = await open({ history: history({ rows }) })
    assert.equal(await editor.rows.count(), 1001)
    await editor.rows.first().click()
    await editor.page.keyboard.press('End')
    assert.deepEqual(await selected(editor), [hash(1001)])
    const isInView = await editor.button('Restore').evaluate(each => {
      const { top, bottom } = each.getBoundingClientRect()
      return (
        top >= 0 &&
        bottom <= innerHeight &&
        document.elementFromPoint(each.getBoundingClientRect().left + 4, top + 4) === each
      )
    })
    assert.ok(isInView)
  })
})

/** The sample's rows count down from eight. */
const usersHash = (row: number) => 8 - row
