// The process in which extensions run ends while an aggregate is open, as in a crash. This VS Code has no command that
// restarts extensions; to the page it would be the same.
import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { AggregatePage, cleanTab, dirtyTab, published } from './aggregatePage.js'
import { useWorkbench } from './workbench.js'

describe('an aggregate whose extension host ends', () => {
  const vs = useWorkbench()
  let aleph: AlephHttpClient
  let page: AggregatePage

  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
    await aleph.aggregate.create('users', { age: 1 }, { key: 'anna' })
    page = new AggregatePage(vs)
    await page.open('users')
  })

  it('says so, and opens again with its unsaved text, and publishes what is shown', async () => {
    await page.replace('1', '6')
    await dirtyTab(vs, 'users').waitFor()
    await page.says('anna changed')
    const before = await published(vs)
    vs.endExtensionHost()
    await page.banner.getByText("The extension isn't answering").waitFor()
    await vs.screenshot('host-ended')
    await page.frame.getByRole('link', { name: 'Reopen' }).click()
    await page.banner.waitFor({ state: 'hidden' })
    await page.says('anna changed')
    await dirtyTab(vs, 'users').waitFor()
    await vs.screenshot('host-restarted')
    await page.replace('6', '7')
    await page.press('ControlOrMeta+s')
    await cleanTab(vs, 'users').waitFor()
    assert.deepEqual(await aleph.aggregate.get('users', 'anna'), { age: 7 })
    assert.equal((await published(vs)) - before, 1)
  })

  it('publishes nothing from a page that is left behind', async () => {
    await page.replace('7', '8')
    await page.says('anna changed')
    const before = await published(vs)
    vs.endExtensionHost()
    await page.banner.getByText("The extension isn't answering").waitFor()
    await page.press('ControlOrMeta+s')
    // The new host may know the document by now, or not yet.
    await vs.notification(/isn't connected|no aggregate in front/).waitFor()
    assert.equal(await published(vs), before)
    await page.frame.getByRole('link', { name: 'Reopen' }).click()
    await page.banner.waitFor({ state: 'hidden' })
    await page.line('"age": 8').waitFor()
    await dirtyTab(vs, 'users').waitFor()
    await page.content.focus()
    await page.press('ControlOrMeta+s')
    await cleanTab(vs, 'users').waitFor()
    assert.deepEqual(await aleph.aggregate.get('users', 'anna'), { age: 8 })
  })
})
