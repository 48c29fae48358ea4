// A page whose extension host has ended, or is busy: it says so, takes no input and loses nothing.
import { strict as assert } from 'node:assert'
import { usePages, type EditorPage, type Theme } from './editorPage.js'
import { lost, status } from './sample.js'

describe('a page without its extension', () => {
  const open = usePages()
  const banner = ({ page }: EditorPage) => page.locator('.banner')
  const reopen = ({ page }: EditorPage) => page.getByRole('link', { name: 'Reopen' })
  /** Lets time pass and every answer to what the page says meanwhile come. */
  const pass = async (editor: EditorPage, ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      await editor.page.clock.runFor(Math.min(100, left))
      await editor.page.evaluate(() => undefined)
    }
  }
  const opened = async (options: Parameters<typeof open>[0] = {}) => {
    const editor = await open({ text: '{"a": 6}', clock: 'stopped', ...options })
    await editor.content.click()
    await pass(editor, 1000)
    return editor
  }

  it('says so within two seconds, takes no input and can be opened again', async () => {
    const editor = await opened()
    editor.isGone = true
    await pass(editor, 2000)
    assert.equal(await banner(editor).locator('p').innerText(), lost.message)
    await editor.page.keyboard.type('7')
    assert.equal(await editor.content.innerText(), '{"a": 6}')
    assert.equal(await editor.button('Publish').getAttribute('aria-disabled'), 'true')
    await reopen(editor).click()
    assert.deepEqual(await editor.followed(), [lost.reopenLink])
  })

  it('keeps what it alone has until the user copied it or opens it again', async () => {
    const editor = await opened()
    editor.isGone = true
    await editor.page.keyboard.press('Control+End')
    await editor.page.keyboard.type('7')
    await pass(editor, 2000)
    assert.equal(await banner(editor).locator('p').innerText(), lost.unsentMessage)
    // By keyboard alone: from the text back to the buttons above it.
    await editor.page.keyboard.press('Escape')
    await editor.page.keyboard.press('Shift+Tab')
    assert.ok(await reopen(editor).evaluate(each => each === document.activeElement))
    await editor.page.keyboard.press('Shift+Tab')
    await editor.page.keyboard.press('Enter')
    assert.equal(await editor.page.evaluate(() => navigator.clipboard.readText()), '{"a": 6}7')
    await editor.page.keyboard.press('Tab')
    await editor.page.keyboard.press('Enter')
    assert.deepEqual(await editor.followed(), [lost.reopenLink])
  })

  it('goes on where it was when the extension was only busy', async () => {
    const editor = await opened()
    editor.isGone = true
    await editor.page.keyboard.press('Control+End')
    await editor.page.keyboard.type('7')
    await pass(editor, 2500)
    await banner(editor).waitFor()
    editor.comeBack()
    await banner(editor).waitFor({ state: 'hidden' })
    await editor.page.keyboard.type('8')
    await pass(editor, 500)
    await editor.post({ kind: 'flush', id: 1 })
    await editor.next('flushed')
    assert.equal(editor.text, '{"a": 6}78')
  })

  it('is not one while the extension answers within a second, or the page itself was busy', async () => {
    const editor = await opened()
    for (let i = 0; i < 5; i++) {
      editor.isGone = true
      await pass(editor, 1000)
      editor.comeBack()
      await pass(editor, 500)
      assert.ok(await banner(editor).isHidden())
    }
    await editor.page.clock.fastForward(60_000)
    assert.ok(await banner(editor).isHidden())
  })

  for (const theme of ['light', 'dark', 'highContrast', 'highContrastLight'] satisfies Theme[])
    it(`can be read in ${theme}`, async () => {
      const editor = await opened({ theme, width: 700, height: 300 })
      editor.isGone = true
      await editor.page.keyboard.type('7')
      await pass(editor, 2000)
      await banner(editor).waitFor()
      await editor.screenshot(`700-${theme}-lost`)
    })
})

describe('text and the leave to edit it', () => {
  const open = usePages()

  it('come together, so that no key is lost between them', async () => {
    const editor = await open({ text: '{}', status: 'later' })
    assert.equal((await editor.content.innerText()).trim(), '')
    await editor.post({ kind: 'status', status: status() })
    assert.equal(await editor.content.innerText(), '{}')
    await editor.page.keyboard.press('Control+End')
    await editor.page.keyboard.type('x')
    assert.equal((await editor.next('edit')).changes[0]?.text, 'x')
  })
})
