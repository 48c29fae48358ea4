// The editor of aggregates as a person uses it: opened, edited, undone, published.
import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { AggregatePage, cleanTab, dirtyTab, published } from './aggregatePage.js'
import { useWorkbench } from './workbench.js'

const themes = ['light', 'dark', 'highContrast', 'highContrastLight'] as const

describe('aggregate editor', () => {
  const vs = useWorkbench()
  let aleph: AlephHttpClient
  let page: AggregatePage

  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
    await aleph.aggregate.create('myapp/users', { name: 'John Doe', age: 30 }, { key: 'john-doe' })
    await aleph.aggregate.create('myapp/users', { name: 'Kid' }, { key: 'kid' })
    await aleph.aggregate.update('myapp/users', 'john-doe', { name: 'John Doe', age: 31 })
    page = new AggregatePage(vs)
  })

  it('unfolds at one click and opens at two', async () => {
    await vs.focusView('Aggregates')
    await vs.row('Aggregates', 'myapp/users').click()
    await vs.row('Aggregates', 'john-doe').waitFor()
    assert.equal(await vs.tab('users').count(), 0)
    await vs.row('Aggregates', 'myapp/users').dblclick()
    await vs.tab('users').waitFor()
    await page.line('"age": 31').waitFor()
    await page.says('Nothing to publish')
    await page.revisions.nth(2).waitFor()
    assert.equal(await page.revisions.count(), 3)
    assert.equal(await page.publish.getAttribute('aria-disabled'), 'true')
  })

  it('opens at the entry whose row was chosen', async () => {
    await vs.row('Aggregates', 'kid').dblclick()
    await page.frame.locator('.crumb', { hasText: 'kid' }).waitFor()
    await vs.screenshot('aggregate-entry')
  })

  it('opens from the keyboard alone and by the pencil', async () => {
    await vs.runCommand('View: Close All Editors')
    await vs.focusView('Aggregates')
    await vs.page.keyboard.press('Home')
    await vs.focusedRow('Aggregates', 'myapp/users').waitFor()
    await vs.page.keyboard.press('Enter')
    await page.line('"age": 31').waitFor()
    // The page has the keyboard at once.
    await page.content.and(page.frame.locator(':focus')).waitFor()
    await vs.runCommand('View: Close All Editors')
    await vs.clickRowAction(vs.row('Aggregates', 'myapp/users'), 'Open Aggregate')
    await page.line('"age": 31').waitFor()
  })

  it('marks what was typed as not saved, and takes it back step by step', async () => {
    await page.replace('31', '32')
    await dirtyTab(vs, 'users').waitFor()
    await page.says('john-doe changed')
    await page.replace('"Kid"', 'Kit')
    await page.says('john-doe, kid changed')
    await vs.screenshot('aggregate-dirty')
    // Right after typing: what is undone is what was typed last.
    await vs.page.keyboard.type('ty')
    await page.press('ControlOrMeta+z')
    await page.line('"Kit"').waitFor()
    await page.press('ControlOrMeta+z')
    await page.line('"Kid"').waitFor()
    await page.press('ControlOrMeta+z')
    await page.line('"age": 31').waitFor()
    await cleanTab(vs, 'users').waitFor()
    await page.press('ControlOrMeta+y')
    await page.line('"age": 32').waitFor()
    await dirtyTab(vs, 'users').waitFor()
  })

  it('publishes by Ctrl+S and shows the revision', async () => {
    const before = await published(vs)
    await page.content.focus()
    await page.press('ControlOrMeta+s')
    await cleanTab(vs, 'users').waitFor()
    await page.revisions.nth(3).waitFor()
    assert.match((await page.revisions.first().textContent()) ?? '', /you, changed john-doe, .*loaded/)
    assert.equal(await published(vs), before + 1)
    assert.deepEqual(await aleph.aggregate.get('myapp/users'), {
      'john-doe': { name: 'John Doe', age: 32 },
      kid: { name: 'Kid' },
    })
    await vs.screenshot('aggregate-published')
  })

  it('takes back what is published as another edit, which the button publishes', async () => {
    await page.press('ControlOrMeta+z')
    await page.line('"age": 31').waitFor()
    await page.says('john-doe changed')
    await dirtyTab(vs, 'users').waitFor()
    await page.publish.click()
    await page.revisions.nth(4).waitFor()
    await cleanTab(vs, 'users').waitFor()
    assert.deepEqual(await aleph.aggregate.get('myapp/users', 'john-doe'), { name: 'John Doe', age: 31 })
  })

  it('marks an error, refuses to publish it and goes there', async () => {
    const before = await published(vs)
    await page.replace('31', '31 32')
    await page.content.locator('.cm-lintRange-error').first().waitFor()
    await page.says('to mend before publishing')
    await page.press('ControlOrMeta+Home', 'ControlOrMeta+s')
    await vs.notification('Not published. Line 4, column').waitFor()
    await page.content.locator('.cm-activeLine', { hasText: '31 32' }).waitFor()
    await vs.screenshot('aggregate-error')
    assert.equal(await published(vs), before)
    await page.press('ControlOrMeta+z')
    await page.says('Nothing to publish')
    await vs.clearNotifications()
  })

  it('formats, sorts, adds, renames and removes entries as edits that can be undone', async () => {
    await page.content.focus()
    await page.press('ControlOrMeta+End')
    await page.choose('Add Entry…')
    await vs.answer('anna')
    await page.line('"anna": {}').waitFor()
    await page.frame.getByRole('button', { name: 'Sort Keys' }).click()
    await page.line('"anna": {},').waitFor()
    await page.content.getByText('"anna"').click()
    await page.choose('Rename Entry…')
    await vs.answer('zoe')
    await page.line('"zoe": {},').waitFor()
    await page.content.getByText('"zoe"').click()
    await page.choose('Remove Entry')
    await page.line('"zoe"').waitFor({ state: 'detached' })
    await page.content.getByText('"kid"', { exact: true }).click()
    await page.press('End', 'Enter', 'Enter')
    await page.frame.getByRole('button', { name: 'Format' }).click()
    await page.says('Nothing to publish')
    await vs.screenshot('aggregate-formatted')
    await page.content.focus()
    for (let step = 0; step < 5; step++) await page.press('ControlOrMeta+z')
    await vs.screenshot('aggregate-undone')
  })

  it('searches on Ctrl+F', async () => {
    await page.content.focus()
    await page.press('ControlOrMeta+f')
    await page.frame.locator('.cm-search [name=search]').and(page.frame.locator(':focus')).waitFor()
    await vs.page.keyboard.type('Doe')
    await page.content.locator('.cm-searchMatch').first().waitFor()
    for (const theme of themes) {
      await vs.setTheme(theme)
      await page.content.waitFor()
      await vs.screenshot(`aggregate-search-${theme}`)
    }
    await page.frame.locator('.cm-search [name=search]').focus()
    await page.press('Escape')
    await page.frame.locator('.cm-search').waitFor({ state: 'detached' })
  })

  it('is legible', async () => {
    await page.replace('31', '32')
    await page.says('john-doe changed')
    await page.revisions.first().click()
    for (const theme of themes) {
      await vs.setTheme(theme)
      await vs.screenshot(`aggregate-${theme}`)
    }
  })
})
