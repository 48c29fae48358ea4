// Keys of one's own, and a node that is not there.
import secrets from '../fixtures/secrets.json' with { type: 'json' }
import { useWorkbench } from './workbench.js'

// Known to everybody; nobody keeps anything there.
const [phrase = ''] = secrets.mnemonics

describe('accounts and networks', () => {
  const vs = useWorkbench()

  it('says what is wrong with a key, and does not repeat it', async () => {
    await vs.runCommand('Aleph: Import a Key…')
    await vs.item('Paste a private key or mnemonic').click()
    const input = vs.page.locator('.quick-input-widget:visible input[type=password]')
    await input.fill('0x1234')
    await vs.page.keyboard.press('Enter')
    await vs.page
      .getByText(/not a private key|64 hexadecimal/i)
      .first()
      .waitFor()
    await vs.screenshot('import-wrong-key')
    await vs.page.keyboard.press('Escape')
  })

  it('imports a mnemonic', async () => {
    await vs.runCommand('Aleph: Import a Key…')
    await vs.item('Paste a private key or mnemonic').click()
    const secret = vs.page.locator('.quick-input-widget:visible input[type=password]')
    await secret.fill(phrase)
    await secret.press('Enter')
    const name = vs.page.locator('.quick-input-widget:visible input[type=text]')
    await name.fill('alice')
    await name.press('Enter')
    await vs.statusBarItem('alice').or(vs.notification('alice')).first().waitFor()
  })

  it('offers every account and network from the status bar', async () => {
    await vs.statusBarItem('local').first().click()
    await vs.quickInput.waitFor()
    await vs.screenshot('status-bar')
    await vs.page.keyboard.press('Escape')
  })

  it('keeps the account over a reload', async () => {
    await vs.reload()
    await vs.runCommand('Aleph: Switch Account…')
    await vs.item('alice').waitFor()
    await vs.screenshot('accounts')
    await vs.page.keyboard.press('Escape')
  })
})
