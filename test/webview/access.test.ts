// What axe-core finds in the page, in every state of it: names, roles, order, contrast of colours.
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { usePages, type EditorPage, type Theme } from './editorPage.js'
import { full } from './sample.js'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')

async function violations({ page }: EditorPage): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(
    ([context, options]) =>
      (globalThis as unknown as { axe: { run(...args: unknown[]): Promise<AxeResults> } }).axe.run(context, options),
    // The numbers of lines have the theme's own colour for them, which VS Code's dark theme has at 3.7 : 1.
    [{ exclude: '.cm-lineNumbers' }, { resultTypes: ['violations'] }] as const,
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`))
}

describe('accessibility', function () {
  this.timeout(60_000)
  const open = usePages()

  for (const theme of ['light', 'dark', 'highContrast', 'highContrastLight'] satisfies Theme[])
    for (const width of [1200, 300])
      it(`has no violations in ${theme} at ${width} px`, async () => {
        const editor = await open({ theme, width })
        await editor.toLine(4)
        await editor.button('john-doe').waitFor({ state: width < 420 ? 'hidden' : 'visible' })
        assert.deepEqual(await violations(editor), [])
        await editor.post({ kind: 'status', status: full })
        await editor.page.getByRole('button', { name: 'Problems: 2' }).click()
        assert.deepEqual(await violations(editor), [])
        await editor.page.keyboard.press('Control+h')
        await editor.page.keyboard.type('kid')
        assert.deepEqual(await violations(editor), [])
        await editor.post({ kind: 'show', what: 'history' })
        await editor.rows.nth(3).click()
        assert.deepEqual(await violations(editor), [])
        await editor.rows.nth(1).click()
        await editor.page.keyboard.press('Shift+ArrowDown')
        await editor.page.locator('.toolbar').getByRole('button', { name: 'More Actions' }).click()
        assert.deepEqual(await violations(editor), [])
      })

  it('does not move where motion is not wanted', async () => {
    const editor = await open()
    await editor.page.emulateMedia({ reducedMotion: 'reduce' })
    await editor.post({
      kind: 'status',
      status: { ...full, publish: { isEnabled: true, isBusy: true, summary: 'Publishing' } },
    })
    const busy = editor.page.locator('.icon-busy')
    assert.equal(await busy.evaluate(each => getComputedStyle(each).animationName), 'none')
    await editor.page.emulateMedia({ reducedMotion: 'no-preference' })
    assert.equal(await busy.evaluate(each => getComputedStyle(each).animationName), 'turn')
  })
})
