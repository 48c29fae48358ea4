// The packed extension is installed and its sidebar opens: the least that every other UI test relies on.
import { equal } from 'node:assert/strict'
import { useWorkbench } from './workbench.js'

describe('workbench', () => {
  const vs = useWorkbench()

  it('has the sample workspace open', async () => {
    await vs.explorerItem('notes.md').waitFor()
  })

  it('shows the Aleph container with Files', async () => {
    await vs.focusView('Files')
    await vs.view('Files').waitFor()
  })

  for (const theme of ['light', 'dark', 'highContrast'] as const)
    it(`is shown in ${theme}`, async () => {
      await vs.setTheme(theme)
      await vs.screenshot(`sidebar-${theme}`)
    })

  it('shows no error', async () => {
    equal(await vs.page.locator('.notifications-toasts .codicon-error').count(), 0)
  })

  it('comes back after a reload', async () => {
    await vs.reload()
    await vs.showExplorer()
    await vs.explorerItem('notes.md').waitFor()
  })
})
