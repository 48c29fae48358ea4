// What an earlier window signed and the network hasn't confirmed: rows that survive a reload, and what can be done.
import { strict as assert } from 'node:assert'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AlephHttpClient } from '../../src/client/index.js'
import { signMessage } from '../../src/client/message/envelope.js'
import { developmentAccount } from '../helpers/accounts.js'
import { useWorkbench } from './workbench.js'

describe('an upload that is not confirmed', () => {
  const vs = useWorkbench({ width: 1280, height: 900 })
  let aleph: AlephHttpClient
  before(async () => {
    aleph = new AlephHttpClient({ endpoints: vs.localNode, account: await developmentAccount(0) })
  })

  const stores = async () => {
    const hashes: string[] = []
    for await (const row of aleph.messages.list({ types: ['STORE'] })) hashes.push(row.item_hash)
    return hashes
  }

  /** As a window leaves it that was killed before the node had the message. */
  async function leave(name: string, more: { isNotFound: boolean }): Promise<string> {
    const account = await developmentAccount(0)
    const file = join(vs.workspace, name)
    const item_hash = await aleph.storage.fileHash(file, { engine: 'ipfs' })
    const time = Date.now() / 1000
    const content = { address: account.address, time, item_type: 'ipfs', item_hash, metadata: { filename: name } }
    const { envelope } = await signMessage(account, { type: 'STORE', content })
    const folder = join(process.env.ALEPH_UI_BACKUPS ?? '', '../globalStorage/aleph-cloud.aleph-cloud-storage/uploads')
    mkdirSync(folder, { recursive: true })
    const key = pathToFileURL(file).toString()
    const { address } = account
    const about = { version: 2, uploadId: name.replace(/\W/g, '-'), networkId: 'local', address, owner: address }
    const entry = { ...about, engine: 'ipfs', tags: [], item: { name, sizeBytes: 1, key }, envelope, ...more }
    writeFileSync(join(folder, `${about.uploadId}.${envelope.item_hash}.sent.json`), JSON.stringify(entry))
    return envelope.item_hash
  }

  it('is a row after a reload, is sent again as it is, or is given up knowingly', async () => {
    await leave('notes.md', { isNotFound: false })
    const signed = await leave('README.md', { isNotFound: true })
    await vs.reload()
    await vs.focusView('Files')
    await vs.row('Transfers', 'README.md').waitFor()
    await vs.row('Transfers', 'notes.md').waitFor()
    await vs.clearNotifications()
    await vs.setTheme('dark')
    await vs.screenshot('transfers-not-confirmed-dark')
    await vs.setTheme('light')
    await vs.screenshot('transfers-not-confirmed-light')

    await vs.chooseFromMenu(vs.row('Transfers', 'README.md'), 'Send Upload Again')
    await vs.notification('Uploaded README.md').waitFor()
    assert.deepEqual(await stores(), [signed])

    await vs.chooseFromMenu(vs.row('Transfers', 'notes.md'), 'Dismiss Upload')
    await vs.dialog.getByText('Discard the upload of notes.md?').waitFor()
    await vs.screenshot('transfers-discard')
    await vs.answerDialog('Discard')
    await vs.row('Transfers', 'notes.md').waitFor({ state: 'hidden' })
    assert.deepEqual(await stores(), [signed])
  })
})
