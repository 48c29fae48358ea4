// Two who write one aggregate: what others changed is merged or asked about, and nothing is lost.
import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { AggregatePage, cleanTab, dirtyTab, published } from './aggregatePage.js'
import { useWorkbench } from './workbench.js'

describe('aggregate conflicts', () => {
  const vs = useWorkbench()
  let others: AlephHttpClient
  let page: AggregatePage

  before(async () => {
    others = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
    await others.aggregate.create('users', { age: 1 }, { key: 'anna' })
    await others.aggregate.create('users', { age: 11 }, { key: 'bert' })
    page = new AggregatePage(vs)
    await page.open('users')
    await page.line('"age": 11').waitFor()
  })

  const entry = (name: string) => others.aggregate.get('users', name)
  const diff = (text: string) => vs.page.locator('.monaco-diff-editor .view-lines').filter({ hasText: text })

  async function save(): Promise<void> {
    await page.content.focus()
    await page.press('ControlOrMeta+s')
  }

  it('shows what others wrote in a clean editor when it is refreshed', async () => {
    await others.aggregate.update('users', 'anna', { age: 2 })
    await page.history.getByRole('button', { name: 'Refresh' }).click()
    await page.line('"age": 2').waitFor()
    await cleanTab(vs, 'users').waitFor()
  })

  it('merges what others wrote in another entry, and says so', async () => {
    await others.aggregate.update('users', 'anna', { age: 3 })
    await page.replace('11', '12')
    await dirtyTab(vs, 'users').waitFor()
    await save()
    await vs.notification('Merged what others wrote meanwhile').waitFor()
    await cleanTab(vs, 'users').waitFor()
    await page.line('"age": 3').waitFor()
    await vs.screenshot('conflict-merged')
    assert.deepEqual([await entry('anna'), await entry('bert')], [{ age: 3 }, { age: 12 }])
    await vs.clearNotifications()
  })

  it('tells of a change elsewhere while there is unsaved text, and compares', async () => {
    await page.replace('3', '30')
    await dirtyTab(vs, 'users').waitFor()
    await others.aggregate.update('users', 'anna', { age: 4 })
    await page.history.getByRole('button', { name: 'Refresh' }).click()
    await page.banner.getByText('Others changed anna too').waitFor()
    await page.line('"age": 30').waitFor()
    await vs.screenshot('conflict-banner')
    await page.banner.getByRole('button', { name: 'Compare' }).click()
    await diff('"age": 4').waitFor()
    await vs.screenshot('conflict-banner-compare')
    await vs.runCommand('View: Close Editor')
  })

  it('changes nothing when the question is left', async () => {
    const before = await published(vs)
    await save()
    await vs.dialog.getByText('Others changed the same entries of users.').waitFor()
    await vs.screenshot('conflict-question')
    await vs.answerDialog('Cancel')
    await dirtyTab(vs, 'users').waitFor()
    assert.equal(await published(vs), before)
  })

  it('compares first, and publishes at the next save', async () => {
    await save()
    await vs.answerDialog('Compare')
    await diff('"age": 4').waitFor()
    await diff('"age": 30').waitFor()
    // Nothing is lost and nothing is asked when the comparison is closed.
    await vs.runCommand('View: Close Editor')
    await dirtyTab(vs, 'users').waitFor()
    await save()
    await cleanTab(vs, 'users').waitFor()
    await vs.screenshot('conflict-compared')
    assert.deepEqual(await entry('anna'), { age: 30 })
  })

  it('publishes over theirs', async () => {
    await others.aggregate.update('users', 'anna', { age: 5 })
    await page.replace('30', '50')
    await save()
    await vs.answerDialog('Overwrite')
    await cleanTab(vs, 'users').waitFor()
    await page.line('"age": 50').waitFor()
    assert.deepEqual(await entry('anna'), { age: 50 })
  })

  it('takes theirs', async () => {
    await others.aggregate.update('users', 'anna', { age: 6 })
    await page.replace('50', '60')
    const before = await published(vs)
    await save()
    await vs.answerDialog('Discard Mine')
    await page.line('"age": 6').waitFor()
    await cleanTab(vs, 'users').waitFor()
    assert.equal(await published(vs), before)
  })

  it('merges by hand, beside what others changed', async () => {
    await others.aggregate.update('users', 'anna', { age: 7 })
    await others.aggregate.update('users', 'bert', { age: 13 })
    await page.replace('6', '70')
    const before = await published(vs)
    await save()
    await vs.answerDialog('Merge by Hand')
    await diff('"age": 7').first().waitFor()
    // What only they changed is in the text.
    await page.line('"age": 13').waitFor()
    await vs.screenshot('conflict-merge')
    assert.equal(await published(vs), before)
    await page.replace('70', '77')
    await save()
    await cleanTab(vs, 'users').waitFor()
    assert.equal(await published(vs), before + 1)
    assert.deepEqual([await entry('anna'), await entry('bert')], [{ age: 77 }, { age: 13 }])
  })
})
