// How the page looks at the widths and in the themes that people have: nothing is cut off, nothing lies over another.
// The pictures are for people: test/.out/screenshots/webview-*.png.
import { strict as assert } from 'node:assert'
import { usePages, type EditorPage, type Theme } from './editorPage.js'
import { full, history, status, usersHistory } from './sample.js'

/** Everything that can be used lies within the window. */
async function assertFits({ page }: EditorPage): Promise<void> {
  const outside = await page.evaluate(() =>
    [...document.querySelectorAll('button, select, footer span, h2')]
      .filter(each => each.checkVisibility() && !each.closest('.cm-editor'))
      .filter(each => {
        const { left, right, width } = each.getBoundingClientRect()
        return width > 0 && (left < 0 || right > innerWidth)
      })
      .map(each => each.outerHTML),
  )
  assert.deepEqual(outside, [])
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
}

describe('look', function () {
  this.timeout(30_000)
  const open = usePages()

  for (const theme of ['light', 'dark', 'highContrast', 'highContrastLight'] satisfies Theme[])
    for (const width of [300, 700, 1200])
      it(`fits ${width} px in ${theme}`, async () => {
        const editor = await open({ theme, width, height: 600 })
        await editor.toLine(4)
        await editor.page.keyboard.press('End')
        await editor.page.keyboard.press('ArrowLeft')
        await editor.button('age').waitFor()
        await assertFits(editor)
        await editor.screenshot(`${width}-${theme}`)

        await editor.post({ kind: 'status', status: full })
        await editor.post({ kind: 'show', what: 'history' })
        await editor.rows.nth(2).click()
        await editor.button('Restore').waitFor()
        await assertFits(editor)
        await editor.screenshot(`${width}-${theme}-history`)

        await editor.post({ kind: 'show', what: 'find' })
        await editor.page.keyboard.type('kid')
        await editor.page.locator('.cm-searchMatch').first().waitFor()
        await assertFits(editor)
        await editor.screenshot(`${width}-${theme}-find`)
      })

  for (const theme of ['light', 'highContrast'] satisfies Theme[])
    it(`fits what opens above it in ${theme}`, async () => {
      const editor = await open({ theme, width: 700, height: 500, status: full })
      await editor.content.focus()
      await editor.page.keyboard.press('F8')
      await editor.page.locator('.cm-tooltip').waitFor()
      await editor.screenshot(`700-${theme}-problem`)
      await editor.post({
        kind: 'status',
        status: status({
          isReadOnly: true,
          readOnlyReason: 'This is an address without a key: it can look at everything and publish nothing.',
          publish: { isEnabled: false, isBusy: true, summary: 'Waiting for the node' },
        }),
      })
      await editor.post({
        kind: 'history',
        history: history({
          rows: usersHistory.rows.slice(0, 3),
          isLoading: true,
          progress: '400 messages looked at',
          warning: 'The node has john-doe otherwise than the signed elements say.',
          failure: 'The node did not answer within 30 seconds.',
        }),
      })
      await editor.page.locator('.toolbar').getByRole('button', { name: 'More Actions' }).click()
      await editor.page.keyboard.press('End')
      await assertFits(editor)
      await editor.screenshot(`700-${theme}-menu`)
    })
})
