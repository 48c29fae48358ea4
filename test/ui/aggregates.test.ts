// The editor of aggregates as a person uses it.
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAccount } from '../helpers/accounts.js'
import { useWorkbench } from './workbench.js'

describe('aggregate editor', () => {
  const vs = useWorkbench()
  let aleph: AlephHttpClient

  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
    await aleph.aggregate.create('myapp/users', { name: 'John Doe', age: 30 }, { key: 'john-doe' })
    await aleph.aggregate.create('myapp/users', { name: 'Kid' }, { key: 'kid' })
    await aleph.aggregate.update('myapp/users', 'john-doe', { name: 'John Doe', age: 31 })
  })

  it('opens from its row and shows every revision', async () => {
    await vs.showAleph()
    await vs.focusView('Aggregates')
    await vs.row('Aggregates', 'myapp/users').click()
    await vs.screenshot('aggregate-click')
    await vs.row('Aggregates', 'myapp/users').dblclick()
    await vs.webview.locator('.cm-content').waitFor()
    await vs.screenshot('aggregate-open')
  })

  it('edits', async () => {
    await vs.webview.locator('.cm-content').click()
    await vs.page.keyboard.press('ControlOrMeta+Home')
    await vs.page.keyboard.press('End')
    await vs.page.keyboard.type('\n"new": 1,')
    await vs.page.waitForTimeout(1500)
    await vs.screenshot('aggregate-edit')
    await vs.page.keyboard.press('ControlOrMeta+s')
    await vs.page.waitForTimeout(3000)
    await vs.screenshot('aggregate-published')
  })
})
