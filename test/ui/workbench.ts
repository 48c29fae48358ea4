// A VS Code window as a person meets it: the packed extension installed, the sample workspace open, keyboard and mouse.
// Every test file gets a fresh server, local node, workspace and browser profile from the launcher (test/vscode/uiTests.mjs);
// this file knows only their addresses, from the environment. One way to use it:
//
//   describe('upload', () => {
//     const vs = useWorkbench()                                  // opens before, closes after, pictures of failures
//     it('shows the plan', async () => {
//       await vs.chooseFromMenu(vs.explorerItem('notes.md'), 'Upload to Aleph Cloud')
//       await vs.pickItem('Upload')                              // a row of the open quick pick
//       await vs.notification('Uploaded notes.md').waitFor()
//       await vs.row('Files', 'notes.md').waitFor()
//       await vs.screenshot('files-after-upload')                // test/.out/screenshots/files-after-upload.png
//     })
//   })
//
// Methods that return a Locator look at nothing yet: `await locator.waitFor()` waits, acting on it waits by itself.
// There are no sleeps: wait for what a person would see. `vs.page` is playwright's page for everything not covered.
import { chromium } from 'playwright-core'
import type { Browser, FrameLocator, JSHandle, Locator, Page } from 'playwright-core'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const screenshots = join(process.cwd(), 'test/.out/screenshots')

/** Until a test calls it broken. A loaded machine may be many times slower than a person would bear. */
export const patienceMs = 45_000

const themes = {
  light: { label: 'Light Modern', cssClass: 'vs' },
  dark: { label: 'Dark Modern', cssClass: 'vs-dark' },
  highContrast: { label: 'Dark High Contrast', cssClass: 'hc-black' },
  highContrastLight: { label: 'Light High Contrast', cssClass: 'hc-light' },
}

/** The first line of a quick pick's row; a second one holds its detail. */
const itemLabel = '.quick-input-list-row:first-child .label-name'

export interface OutsideFile {
  name: string
  content: string
  type?: string
}

/** Opens a window before the tests of the enclosing `describe` and closes it after them. */
export function useWorkbench(size = { width: 1280, height: 800 }): Workbench {
  const workbench = new Workbench()
  before(async function () {
    this.timeout(180_000)
    await workbench.open(size)
  })
  afterEach(async function () {
    const test = this.currentTest
    if (test?.state === 'failed') await workbench.screenshot(`failed-${test.fullTitle().replace(/\W+/g, '-')}`)
  })
  after(() => workbench.close())
  return workbench
}

export class Workbench {
  /** Folder that the window has open, for tests that look at or change files from outside. */
  readonly workspace = process.env['ALEPH_UI_WORKSPACE'] ?? ''
  /** URL of the local node of this test file; empty when the product has none. */
  readonly localNode = process.env['ALEPH_UI_NODE'] ?? ''
  #browser: Browser | undefined
  #page: Page | undefined

  get page(): Page {
    if (!this.#page) throw new Error('The window is not open: call useWorkbench() inside a describe block.')
    return this.#page
  }

  async open(viewport: { width: number; height: number }): Promise<void> {
    const url = process.env['ALEPH_UI_URL']
    if (!url) throw new Error('UI tests need a VS Code: run them by "npm run test:ui".')
    const args = (process.env['ALEPH_UI_BROWSER_ARGS'] ?? '').split(' ').filter(Boolean)
    this.#browser = await chromium.launch({ executablePath: process.env['ALEPH_UI_BROWSER'] ?? '', args })
    const context = await this.#browser.newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] })
    context.setDefaultTimeout(patienceMs)
    this.#page = await context.newPage()
    await this.page.goto(url)
    await this.#ready()
  }

  async close(): Promise<void> {
    await this.#browser?.close()
  }

  /** As F5 in the browser: what was not saved has to survive it. */
  async reload(): Promise<void> {
    await this.page.reload()
    await this.#ready()
  }

  /** Kills the process in which extensions run, as a crash would; VS Code starts another one. */
  endExtensionHost(): void {
    const server = Number(process.env['ALEPH_UI_SERVER'])
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
    const processes = rows.map(row => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row)?.slice(1) ?? [])
    const hosts = processes.filter(([, parent, args]) => Number(parent) === server && args?.includes('extensionHost'))
    if (hosts.length !== 1) throw new Error(`The server has ${hosts.length} extension hosts.`)
    for (const [pid] of hosts) process.kill(Number(pid), 'SIGKILL')
  }

  /** Resolves when VS Code has put away unsaved text that contains this, which it does after a pause. */
  async putAway(containing: string): Promise<void> {
    const folder = process.env['ALEPH_UI_BACKUPS'] ?? ''
    const isKept = () =>
      existsSync(folder) &&
      readdirSync(folder, { recursive: true, withFileTypes: true }).some(
        entry => entry.isFile() && readFileSync(join(entry.parentPath, entry.name), 'utf8').includes(containing),
      )
    // Nothing on screen tells.
    for (const endMs = Date.now() + patienceMs; !isKept();) {
      if (Date.now() > endMs) throw new Error(`"${containing}" is not kept.`)
      await this.page.evaluate('new Promise(requestAnimationFrame)')
    }
  }

  /** A second window of the same person; close its page yourself. */
  async openSecondWindow(): Promise<Workbench> {
    const second = new Workbench()
    second.#page = await this.page.context().newPage()
    await second.page.goto(this.page.url())
    await second.#ready()
    return second
  }

  async #ready(): Promise<void> {
    // The extension's icon is the last to come: from then on its commands and menus are known too.
    await this.activityBarItem('Aleph Cloud').waitFor({ timeout: 120_000 })
  }

  // Commands and quick input

  /** Runs a command by what the palette shows, e.g. `Aleph: New Message`. */
  async runCommand(title: string): Promise<void> {
    // A palette that was opened before the extension was known does not learn of it, and one that loses the focus to an
    // editor that comes late closes: open it anew.
    for (let triesLeft = 4; ; triesLeft--) {
      await this.page.keyboard.press('F1')
      try {
        await this.quickInput.fill(`>${title}`, { timeout: patienceMs / 4 })
        return await this.item(title).click({ timeout: patienceMs / 4 })
      } catch (error) {
        if (!triesLeft) throw error
        await this.page.keyboard.press('Escape')
      }
    }
  }

  /** As `runCommand`, by keyboard alone. */
  async typeCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1')
    // What is typed before the palette has the keyboard goes elsewhere.
    await this.quickInput.and(this.page.locator(':focus')).waitFor()
    await this.page.keyboard.type(title)
    await this.focusedItem(title).waitFor()
    await this.page.keyboard.press('Enter')
  }

  /** The text field of the open quick pick or input box. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input.input')
  }

  /** A row of the open quick pick by its exact label. */
  item(label: string): Locator {
    const exact = this.page.locator(itemLabel, { hasText: exactly(label) })
    return this.page.locator('.quick-input-widget:visible .monaco-list-row').filter({ has: exact }).first()
  }

  /** The row that Enter would take. */
  focusedItem(label: string): Locator {
    return this.item(label).and(this.page.locator('.focused'))
  }

  /** Labels of the rows that the open quick pick shows. */
  async items(): Promise<string[]> {
    const labels = this.page.locator(`.quick-input-widget:visible ${itemLabel}`)
    await labels.first().waitFor()
    return labels.allInnerTexts()
  }

  async pickItem(label: string): Promise<void> {
    await this.item(label).click()
  }

  /** Types into the open input box and accepts. */
  async answer(text: string): Promise<void> {
    await this.quickInput.fill(text)
    await this.quickInput.press('Enter')
  }

  // Explorer, views and rows

  explorerItem(name: string): Locator {
    return this.page.locator('.explorer-folders-view .monaco-list-row').filter({ has: this.#named(name) })
  }

  /** Selects files of the explorer by mouse. */
  async selectInExplorer(...names: string[]): Promise<void> {
    // A file that comes late would have the explorer forget what was selected.
    for (const name of names) await this.explorerItem(name).waitFor()
    for (const [index, name] of names.entries())
      await this.explorerItem(name).click(index ? { modifiers: ['ControlOrMeta'] } : {})
    for (const name of names) await this.explorerItem(name).and(this.page.locator('.selected')).waitFor()
  }

  async showExplorer(): Promise<void> {
    await this.#showContainer('Explorer', this.page.locator('.explorer-folders-view'))
  }

  /** Opens the sidebar of the extension. */
  async showAleph(): Promise<void> {
    await this.#showContainer('Aleph Cloud', this.page.locator('.sidebar .pane-header[aria-label*="Files"]').first())
  }

  /** Clicking the icon of a container that is open already would close it. */
  async #showContainer(title: string, sign: Locator): Promise<void> {
    // It is empty until the sidebar knows which container it shows.
    const heading = this.page.locator('.sidebar .composite.title h2', { hasText: /\S/ })
    if (!(await heading.innerText()).startsWith(title)) await this.activityBarItem(title).click()
    await sign.waitFor({ state: 'attached' })
  }

  activityBarItem(title: string): Locator {
    return this.page
      .locator('.activitybar')
      .getByRole('tab', { name: new RegExp(`^${escape(title)}`) })
      .first()
  }

  /** A view of the sidebar by its title, e.g. `Files`. */
  view(title: string): Locator {
    const header = this.page.locator(`.pane-header[aria-label^="${title}"]`)
    return this.page.locator('.sidebar .pane').filter({ has: header })
  }

  /** Opens the sidebar, unfolds the view and gives it the keyboard. */
  async focusView(title: string): Promise<void> {
    await this.showAleph()
    const header = this.view(title).locator('.pane-header')
    // The only view of a container has no header of its own to unfold it by.
    if ((await header.isVisible()) && (await header.getAttribute('aria-expanded')) === 'false') await header.click()
    await this.view(title).locator('.monaco-list').first().focus()
  }

  /** A row of a view by its label. */
  row(view: string, label: string): Locator {
    return this.view(view)
      .locator('.monaco-list-row')
      .filter({ has: this.#named(label) })
  }

  /** The row that keys act on. */
  focusedRow(view: string, label: string): Locator {
    return this.row(view, label).and(this.page.locator('.focused'))
  }

  /** What the visible rows of a view say, label and description. */
  async rows(view: string): Promise<string[]> {
    const texts = await this.view(view).locator('.monaco-list-row .monaco-icon-label').allInnerTexts()
    return texts.map(text => text.replace(/\s+/g, ' ').trim())
  }

  /** Clicks an inline action, which shows only while the pointer is over the row. */
  async clickRowAction(row: Locator, action: string): Promise<void> {
    await row.hover()
    await row.getByRole('button', { name: action }).click()
  }

  /** Clicks an action of a view's title bar. */
  async clickViewAction(view: string, action: string): Promise<void> {
    await this.view(view).hover()
    await this.page.locator('.sidebar').getByRole('button', { name: action }).first().click()
  }

  // Menus, dialogs, notifications, status bar

  /** Right-clicks and follows the path through the menu, e.g. `chooseFromMenu(row, 'Copy as', 'Markdown Link')`. */
  async chooseFromMenu(target: Locator, ...path: string[]): Promise<void> {
    await this.openMenu(target)
    for (const [i, title] of path.entries()) {
      const entry = this.menuItem(title)
      await entry.hover()
      if (i === path.length - 1) await this.#clickLast(entry)
    }
  }

  /** VS Code ignores a click that comes right after a menu opened; the menu then stays, and a person clicks again. */
  async #clickLast(entry: Locator): Promise<void> {
    await entry.click()
    for (let triesLeft = 5; ; triesLeft--) {
      try {
        return await entry.waitFor({ state: 'hidden', timeout: 2000 })
      } catch (error) {
        if (!triesLeft) throw error
      }
      // A menu that goes in this very moment has nothing left to click.
      await entry.click({ timeout: 5000 }).catch(() => undefined)
    }
  }

  async openMenu(target: Locator): Promise<void> {
    await target.click({ button: 'right' })
    // The menu bar's own entries are there at all times.
    await this.page.locator('.monaco-menu .action-menu-item').first().waitFor()
  }

  menuItem(title: string): Locator {
    // Its accessible name holds the keyboard shortcut too.
    const label = this.page.locator('.action-label', { hasText: exactly(title) })
    return this.page.getByRole('menuitem').filter({ has: label }).last()
  }

  /** The modal dialog; its buttons are `dialog.getByRole('button', { name })`. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box')
  }

  async answerDialog(button: string): Promise<void> {
    await this.dialog.getByRole('button', { name: button, exact: true }).click()
    await this.dialog.waitFor({ state: 'hidden' })
  }

  /** A toast that contains the text; its buttons are `notification(…).getByRole('button', { name })`. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text })
  }

  /** The texts of all toasts on screen now. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allInnerTexts()
  }

  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications')
    await this.page.locator('.notifications-toasts .notification-list-item').first().waitFor({ state: 'hidden' })
  }

  statusBarItem(text: string): Locator {
    return this.page.locator('.statusbar-item:visible').filter({ hasText: text })
  }

  // Editors

  tab(title: string): Locator {
    return this.page.locator('.tabs-container').getByRole('tab', { name: new RegExp(`^${escape(title)}(,|$)`) })
  }

  /** A text editor that has the keyboard. */
  get focusedEditor(): Locator {
    return this.page.locator('.editor-instance .monaco-editor.focused')
  }

  /** Content of the webview that is in front. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame')
  }

  /** The text editor in front once its lines on screen contain the text, e.g. `await vs.editor('hello').waitFor()`. */
  editor(text: string): Locator {
    return this.page.locator('.editor-instance .monaco-editor .view-lines').filter({ hasText: text })
  }

  // Clipboard, drag and drop

  /** The clipboard once it contains the text: what copies answers a click later. */
  async clipboard(containing: string): Promise<string> {
    // Nothing announces a change of the clipboard, and waitForFunction does not await what it is given.
    for (const endMs = Date.now() + patienceMs; ;) {
      const text = String(await this.page.evaluate('navigator.clipboard.readText()'))
      if (text.includes(containing)) return text
      if (Date.now() > endMs) throw new Error(`The clipboard holds "${text}", not "${containing}".`)
    }
  }

  /** Begins to drag files from outside of VS Code. */
  dragFromOutside(files: OutsideFile[]): Promise<JSHandle> {
    return this.page.evaluateHandle(`(() => {
      const transfer = new DataTransfer()
      for (const { name, content, type } of ${JSON.stringify(files)})
        transfer.items.add(new File([content], name, { type: type ?? 'text/plain' }))
      return transfer
    })()`)
  }

  /** Begins to drag a row of this window. */
  async drag(row: Locator): Promise<JSHandle> {
    const dataTransfer = await this.page.evaluateHandle('new DataTransfer()')
    await row.dispatchEvent('dragstart', { dataTransfer })
    return dataTransfer
  }

  /**
   * Lets go over a view that shows rows, in the free room below them: VS Code loses, without a word, what is dropped on
   * a row in the moment in which it asks the extension for the rows anew.
   */
  async drop(view: string, dataTransfer: JSHandle): Promise<void> {
    // Who takes drops is known before the first row is.
    await this.view(view).locator('.monaco-list-row').first().waitFor()
    const list = this.view(view).locator('.monaco-list').first()
    // The browser protocol's own drag input does not reach trees of the workbench, events made in the page do.
    for (const event of ['dragenter', 'dragover', 'drop']) await list.dispatchEvent(event, { dataTransfer })
  }

  // Looks

  async setTheme(theme: keyof typeof themes): Promise<void> {
    const { label, cssClass } = themes[theme]
    await this.runCommand('Preferences: Color Theme')
    await this.quickInput.fill(label)
    await this.item(label).click()
    await this.page.locator(`.monaco-workbench.${cssClass}`).waitFor()
  }

  /** Writes test/.out/screenshots/NAME.png. */
  async screenshot(name: string): Promise<void> {
    const path = join(screenshots, `${name}.png`)
    await this.page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  }

  #named(label: string): Locator {
    return this.page.locator('.label-name', { hasText: exactly(label) })
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${escape(text)}\\s*$`)
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
