// Nothing that a node changed on the way is believed.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import { click, closeEditors, nodeClient, roots, useNetwork, usePrompts } from './extension.js'
import { startLyingNode } from './lyingNode.js'

describe('a node that lies', () => {
  const prompts = usePrompts()
  let lie: (path: string, body: Buffer) => Buffer = (_, body) => body
  let liar: Awaited<ReturnType<typeof startLyingNode>>

  before(async () => {
    liar = await startLyingNode((path, body) => lie(path, body))
    const client = await nodeClient()
    await client.storage.storeFile(new TextEncoder().encode('the truth'), { filename: 'truth.txt' })
    await client.storage.store('signed words')
    await client.storage.store('other words')
  })

  beforeEach(async () => {
    const { test } = await useNetwork('liar', liar.url)
    for (const { list } of Object.values(test.sidebar.trees)) await list.refresh()
  })

  after(async () => {
    liar.stop()
    await useNetwork()
    await closeEditors()
  })

  it('about the bytes of a file is found out, and nothing is shown', async () => {
    lie = (path, body) => (path.includes('/storage/raw/') ? Buffer.from('the Truth') : body)
    const [file] = await roots('files')
    ok(file?.kind === 'file')
    equal(file.row.name, 'truth.txt')
    await click('files', file)
    match(await prompts.untilToast("Couldn't open truth.txt: "), /hash|signed|asked/)
    equal(vscode.window.activeTextEditor, undefined)
  })

  it('about a message has a row that says so, and does not hide the others', async () => {
    lie = (path, body) =>
      path.includes('/messages.json') ? Buffer.from(body.toString().replaceAll('signed words', 'forged words')) : body
    const { test } = await useNetwork('liar', liar.url)
    const tree = test.sidebar.trees.messages
    await tree.list.refresh()
    const nodes = await roots('messages')
    const forged = nodes.filter(({ kind }) => kind === 'invalid')
    equal(forged.length, 1)
    ok(nodes.length > 1)
    const [row] = forged
    ok(row)
    deepEqual(tree.getTreeItem(row).label, 'Not verified')
  })

  it('with a page that is no answer of a node gives an error row', async () => {
    lie = () => Buffer.from('<html>Welcome to our café</html>')
    const { test } = await useNetwork('liar', liar.url)
    test.session.useNetwork('local')
    test.session.useNetwork('liar')
    const [error] = await roots('files')
    ok(error?.kind === 'error')
    const tree = test.sidebar.trees.files
    const item = tree.getTreeItem(error)
    match(item.accessibilityInformation?.label ?? '', /answered with a web page, not as a node does/)
  })
})
