// The text: what the user does comes to the document, what others do comes to the page, and undo is VS Code's.
import { strict as assert } from 'node:assert'
import { usePages, type EditorPage } from './editorPage.js'
import { status } from './sample.js'

const start = { line: 0, character: 0 }

describe('editor', () => {
  const open = usePages()

  /** Lets the page settle; then nothing of what was typed is missing in the document. */
  async function flush(editor: EditorPage): Promise<void> {
    await editor.post({ kind: 'flush', id: 1 })
    await editor.next('flushed')
  }

  it('speaks first, then shows text and path', async () => {
    const editor = await open()
    assert.deepEqual(editor.sent[0], { kind: 'ready', protocol: 1 })
    assert.equal(await editor.page.title(), 'users <&"\'>')
    assert.equal(await editor.shownText(), editor.text)
    await editor.toLine(4)
    await editor.page.keyboard.press('End')
    await editor.page.keyboard.press('ArrowLeft')
    await editor.button('age').waitFor()
    assert.deepEqual(await editor.page.locator('.crumb').allTextContents(), ['users', 'john-doe', 'age'])
    assert.ok(await editor.content.evaluate(each => each === document.activeElement))
  })

  it('counts places in arrays, and goes where a step of the path says', async () => {
    const editor = await open()
    await editor.post({ kind: 'reveal', position: { line: 4, character: 19 } })
    await editor.button('[1]').waitFor()
    await editor.button('john-doe').click()
    await editor.page.keyboard.type('//')
    assert.deepEqual((await editor.next('edit')).changes, [
      { start: { line: 1, character: 2 }, end: { line: 1, character: 2 }, text: '//' },
    ])
  })

  it('sends typed text after a pause, in one edit', async () => {
    const editor = await open({ text: '', clock: 'stopped' })
    const { page } = editor
    await page.keyboard.type('abc')
    await editor.next('typing')
    await page.clock.runFor(149)
    await page.keyboard.press('Backspace')
    await page.clock.runFor(149)
    assert.deepEqual(editor.all('edit'), [])
    await page.clock.runFor(1)
    assert.deepEqual((await editor.next('edit')).changes, [{ start, end: start, text: 'ab' }])
    assert.equal(editor.all('typing').length, 1)
  })

  it('sends every second and a half while typing goes on, so that VS Code gets its second to back it up', async () => {
    const editor = await open({ text: '', clock: 'stopped' })
    for (let i = 0; i < 14; i++) {
      await editor.page.keyboard.type('x')
      await editor.page.clock.runFor(100)
    }
    assert.deepEqual(editor.all('edit'), [])
    await editor.page.keyboard.type('x')
    await editor.page.clock.runFor(100)
    assert.equal((await editor.next('edit')).changes[0]?.text, 'x'.repeat(15))
  })

  for (const [what, act] of Object.entries<(editor: EditorPage) => Promise<unknown>>({
    'a new line': ({ page }) => page.keyboard.press('Enter'),
    'a cut': async ({ page }) => {
      await page.keyboard.press('ControlOrMeta+a')
      await page.keyboard.press('ControlOrMeta+x')
    },
    'leaving the editor': editor => editor.button('Publish').focus(),
    'a request': editor => editor.button('Format').click(),
    'leaving the window': ({ page }) => page.evaluate(() => dispatchEvent(new Event('blur'))),
    'being hidden': ({ page }) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))),
  }))
    it(`sends at once at ${what}`, async () => {
      const editor = await open({ text: 'x', clock: 'stopped' })
      await editor.page.keyboard.type('a')
      await act(editor)
      await editor.next('edit')
    })

  it('has the document know everything before it asks for something', async () => {
    const editor = await open({ text: '' })
    editor.holds = true
    await editor.page.keyboard.type('a')
    await editor.button('Sort').click()
    await editor.next('edit')
    assert.deepEqual(editor.all('request'), [])
    await editor.answer()
    assert.deepEqual(await editor.nextRequest(), { action: 'sortKeys' })
    assert.equal(editor.text, 'a')
  })

  it('answers a flush when the document has what was typed', async () => {
    const editor = await open({ text: '' })
    await editor.page.keyboard.type('abc')
    await flush(editor)
    assert.equal(editor.text, 'abc')
  })

  it('has one edit under way at a time', async () => {
    const editor = await open({ text: '' })
    editor.holds = true
    await editor.page.keyboard.press('Enter')
    await editor.next('edit')
    await editor.page.keyboard.press('Enter')
    await editor.page.keyboard.press('Enter')
    assert.equal(editor.all('edit').length, 1)
    await editor.answer()
    await editor.next('edit')
    await flush(editor)
    assert.equal(editor.text, '\n\n\n')
  })

  it('takes changes of others in and keeps the cursor at its text', async () => {
    const editor = await open({ text: 'one\ntwo' })
    await editor.toLine(2)
    await editor.change([{ start, end: { line: 0, character: 3 }, text: 'zero\nhalf' }])
    await editor.page.keyboard.type('>')
    await flush(editor)
    assert.equal(editor.text, 'zero\nhalf\n>two')
    assert.equal(await editor.shownText(), editor.text)
  })

  it('rebases what is under way, and what is not sent, over changes of others', async () => {
    const editor = await open({ text: 'one\ntwo' })
    await editor.toLine(2)
    editor.holds = true
    await editor.page.keyboard.type('A')
    await editor.page.keyboard.press('Enter')
    await editor.next('edit')
    await editor.page.keyboard.type('B')
    await editor.change([{ start, end: start, text: 'zero\n' }])
    assert.deepEqual(editor.all('edit').length, 1)
    await editor.answer()
    await flush(editor)
    assert.equal(editor.text, 'zero\none\nA\nBtwo')
    assert.equal(await editor.shownText(), editor.text)
  })

  it('takes a whole text, and stays where it was', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `line ${i}`)
    const editor = await open({ text: lines.join('\n') })
    await editor.toLine(300)
    const scrolled = () => editor.page.locator('.cm-scroller').evaluate(each => each.scrollTop)
    const before = await scrolled()
    assert.ok(before > 0)
    editor.text = [...lines.slice(0, 499), 'the last'].join('\n')
    await editor.post({ kind: 'text', revision: 9, text: editor.text })
    editor.revision = 9
    assert.equal(await scrolled(), before)
    await editor.page.keyboard.type('>')
    await flush(editor)
    assert.equal(editor.text.split('\n')[299], '>line 299')
  })

  it('keeps undo from VS Code while it does not know the last words, and asks for it then', async () => {
    const editor = await open({ text: '' })
    const { keyboard } = editor.page
    for (const [key, action] of [
      ['Control+z', 'undo'],
      ['Control+Shift+z', 'redo'],
      ['Control+y', 'redo'],
      ['Meta+z', 'undo'],
    ] as const) {
      await keyboard.type('a')
      await keyboard.press(key)
      await editor.next('edit')
      assert.deepEqual(await editor.nextRequest(), { action })
    }
    assert.deepEqual(
      (await editor.keysOfVsCode()).filter(key => /[zy]$/i.test(key)),
      [],
    )
    await keyboard.press('Control+z')
    await keyboard.press('Control+s')
    const passed = (await editor.keysOfVsCode()).filter(key => /[zsy]$/i.test(key))
    assert.deepEqual(passed, ['Ctrl+z', 'Ctrl+s'])
    assert.equal(editor.all('request').length, 4)
    assert.equal(editor.text, 'aaaa')
  })

  it('does not let the browser undo', async () => {
    const editor = await open({ text: '' })
    await editor.page.keyboard.type('a')
    await flush(editor)
    await editor.page.evaluate(() => document.execCommand('undo'))
    assert.equal(await editor.shownText(), 'a')
  })

  it('leaves undo in a field to the field', async () => {
    const editor = await open({ text: 'kid' })
    await editor.page.keyboard.press('Control+f')
    await editor.page.keyboard.type('kid')
    await editor.page.keyboard.press('Control+z')
    assert.ok(!(await editor.keysOfVsCode()).includes('Ctrl+z'))
    assert.notEqual(await editor.page.locator('[name=search]').inputValue(), 'kid')
  })

  it('shows what can not be edited, to be read, selected and searched', async () => {
    const reason = 'This is an address without a key.'
    const editor = await open({ status: status({ isReadOnly: true, readOnlyReason: reason }) })
    await editor.page.getByText(reason).waitFor()
    assert.equal(await editor.content.getAttribute('aria-readonly'), 'true')
    await editor.content.focus()
    await editor.page.keyboard.type('x')
    await editor.page.keyboard.press('Enter')
    await editor.page.keyboard.press('Tab')
    assert.equal(await editor.shownText(), editor.text)
    assert.equal(await editor.button('Format').getAttribute('aria-disabled'), 'true')
    await editor.page.keyboard.press('Control+f')
    await editor.page.locator('[name=search]').waitFor()
    assert.deepEqual(editor.all('edit'), [])
    await editor.post({ kind: 'status', status: status() })
    await editor.content.focus()
    await editor.page.keyboard.press('Enter')
    await editor.next('edit')
  })

  it('points at problems, and goes from one to the next', async () => {
    const editor = await open()
    const message = (n: number) => `Problem <b>${n}</b>`
    const problems = [3, 9].map(line => ({
      start: { line, character: 4 },
      end: { line, character: 9 },
      severity: 'error' as const,
      message: message(line),
    }))
    await editor.post({ kind: 'status', status: status({ problems }) })
    assert.equal(await editor.page.locator('.cm-lintRange-error').count(), 2)
    await editor.page.locator('.cm-problemGutter .icon-error').filter({ visible: true }).nth(1).waitFor()
    await editor.content.focus()
    const said = editor.page.locator('.cm-announced')
    for (const [key, expected] of [
      ['F8', 3],
      ['F8', 9],
      ['F8', 3],
      ['Shift+F8', 9],
    ] as const) {
      await editor.page.keyboard.press(key)
      assert.match((await said.textContent()) ?? '', new RegExp(`Problem <b>${expected}`))
    }
    await editor.page.locator('.cm-tooltip').getByText(message(9)).waitFor()
    await editor.page.getByRole('button', { name: 'Problems: 2' }).click()
    assert.match((await said.textContent()) ?? '', /Problem <b>3/)
    await editor.post({ kind: 'status', status: status() })
    assert.equal(await editor.page.locator('.cm-lintRange-error').count(), 0)
    assert.equal(await editor.page.locator('footer [role=status]').textContent(), 'No problems')
  })

  it('places problems by the text that the extension knows, not by what was typed since', async () => {
    const editor = await open({ text: 'one\ntwo' })
    editor.holds = true
    await editor.page.keyboard.press('Enter')
    await editor.page.keyboard.press('Enter')
    const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 3 } }
    await editor.post({ kind: 'status', status: status({ problems: [{ ...range, severity: 'error', message: 'x' }] }) })
    assert.equal(await editor.page.locator('.cm-lintRange-error').textContent(), 'two')
    await editor.answer()
  })

  it('places problems anew in a text that was replaced', async () => {
    const problems = [
      { start: { line: 0, character: 0 }, end: { line: 0, character: 3 }, severity: 'error' as const, message: 'x' },
    ]
    const editor = await open({ text: 'one', status: status({ problems }) })
    await editor.post({ kind: 'text', revision: 2, text: 'two' })
    await editor.post({ kind: 'status', status: status({ problems }) })
    assert.equal(await editor.page.locator('.cm-lintRange-error').textContent(), 'two')
  })

  it('marks changed lines', async () => {
    const editor = await open()
    const changes = [
      { firstLine: 1, lastLine: 2, kind: 'changed' as const },
      { firstLine: 7, lastLine: 11, kind: 'added' as const },
    ]
    await editor.post({ kind: 'status', status: status({ changes }) })
    assert.equal(await editor.page.locator('.cm-changeBar-changed').count(), 2)
    assert.equal(await editor.page.locator('.cm-changeBar-added').count(), 5)
  })

  it('has the keys of VS Code, which it keeps to itself', async () => {
    const editor = await open({ text: '{\n  "a": 1,\n  "b": 2\n}' })
    const { keyboard } = editor.page
    await editor.toLine(2)
    for (const [key, expected] of [
      ['Alt+ArrowDown', '{\n  "b": 2\n  "a": 1,\n}'],
      ['Control+Shift+k', '{\n  "b": 2\n}'],
      ['Control+]', '{\n  "b": 2\n  }'],
      ['Tab', '{\n  "b": 2\n    }'],
      ['Shift+Tab', '{\n  "b": 2\n  }'],
      ['Control+Enter', '{\n  "b": 2\n  }\n'],
    ] as const) {
      await keyboard.press(key)
      await flush(editor)
      assert.equal(editor.text.trimEnd(), expected.trimEnd(), key)
    }
    await keyboard.press('Control+g')
    await editor.page.locator('.cm-goto-line input, .cm-dialog input').fill('1')
    await keyboard.press('Enter')
    await keyboard.press('Control+Shift+BracketLeft')
    await editor.page.locator('.cm-foldPlaceholder').waitFor()
    await keyboard.press('Control+Shift+BracketRight')
    await keyboard.press('Control+h')
    assert.ok(await editor.page.locator('input[name=replace]').evaluate(each => each === document.activeElement))
    await keyboard.press('Escape')
    await keyboard.press('Alt+z')
    assert.ok(await editor.content.evaluate(each => each.classList.contains('cm-lineWrapping')))
    const kept = new Set(['Ctrl+g', 'Ctrl+h', 'Ctrl+]', 'Ctrl+Enter', 'Ctrl+Shift+K'])
    assert.deepEqual(
      (await editor.keysOfVsCode()).filter(key => kept.has(key)),
      [],
    )
  })

  it('is left by Escape, then Tab', async () => {
    const editor = await open({ text: 'a' })
    assert.match((await editor.content.getAttribute('aria-description')) ?? '', /Escape, then Tab/)
    await editor.page.keyboard.press('Escape')
    await editor.page.keyboard.press('Tab')
    assert.ok(await editor.content.evaluate(each => each !== document.activeElement))
    assert.equal(editor.all('edit').length, 0)
  })

  it('comes back as it was left', async () => {
    const first = await open()
    await first.toLine(8)
    await first.page.keyboard.press('Control+Shift+BracketLeft')
    await first.page.locator('.cm-foldPlaceholder').waitFor()
    await first.button('History').click()
    await first.page.getByLabel('Show revisions of').waitFor({ state: 'hidden' })
    await first.page.waitForFunction(() => {
      const { remembered } = globalThis as unknown as {
        remembered: { isHistoryOpen: boolean; place: { folds: unknown[] } } | undefined
      }
      return remembered?.isHistoryOpen === false && remembered.place.folds.length === 1
    })
    const second = await open({ state: await first.remembered() })
    await second.page.locator('.cm-foldPlaceholder').waitFor()
    assert.equal(await second.button('History').getAttribute('aria-pressed'), 'false')
    await second.page.keyboard.type('!')
    await flush(second)
    assert.equal(second.text.split('\n')[7], '!  "kid": {')
  })

  for (const state of [7, null, 'x', { place: { length: 'x' }, tab: [] }, { place: { length: 3, anchor: -1 } }])
    it(`starts with a state that is nonsense: ${JSON.stringify(state)}`, async () => {
      const editor = await open({ state })
      assert.equal(await editor.shownText(), editor.text)
    })

  it('takes no notice of messages that are none', async () => {
    const editor = await open()
    for (const message of [null, 7, {}, { kind: 'text' }, { kind: '__proto__' }, { kind: 'changed', changes: 'x' }])
      await editor.page.evaluate(message => postMessage(message, '*'), message)
    assert.equal(await editor.shownText(), editor.text)
  })

  it('says what failed, and when no answer comes', async () => {
    const editor = await open({ clock: 'stopped' })
    editor.replies.set('format', { code: 'INVALID_INPUT', message: 'Line 3 is not JSON: correct it first.' })
    await editor.button('Format').click()
    await editor.page.locator('footer .failure').getByText('Line 3 is not JSON').waitFor()
    editor.replies.set('format', { code: 'CANCELLED', message: 'never shown' })
    await editor.button('Format').click()
    await editor.page.locator('footer .failure').waitFor({ state: 'hidden' })
    editor.replies.set('sortKeys', 'none')
    await editor.button('Sort').click()
    while ((await editor.nextRequest()).action !== 'sortKeys');
    await editor.page.clock.runFor(10_000)
    await editor.page.locator('footer .failure').getByText('did not answer').waitFor()
    const asked = editor.all('request').at(-1)
    assert.deepEqual(editor.all('cancel'), [{ kind: 'cancel', id: asked?.id }])
  })
})
