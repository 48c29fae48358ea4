import { deepEqual, equal, match, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import {
  activeDocument,
  click,
  closeEditors,
  labels,
  nodeClient,
  rowOf,
  roots,
  useNetwork,
  usePrompts,
} from './extension.js'

describe('views', () => {
  const prompts = usePrompts()

  before(async () => {
    const { test } = await useNetwork()
    const client = await nodeClient()
    await client.storage.store('Hello, Aleph Cloud!', { tags: ['example'] })
    await client.storage.storeFile(new Uint8Array([0, 1, 2, 3]), { filename: 'data.bin', engine: 'storage' })
    await client.aggregate.create('my/users', { name: 'John Doe' }, { key: 'john-doe' })
    for (const tree of Object.values(test.sidebar.trees)) await tree.list.refresh()
  })

  afterEach(closeEditors)

  it('open a message as its author signed it', async () => {
    await click('messages', await rowOf('messages', 'Hello, Aleph Cloud!'))
    const document = await activeDocument('Hello, Aleph Cloud!.json')
    equal(document.languageId, 'aleph-stored-json')
    const message = JSON.parse(document.getText()) as { content: { content: unknown } }
    deepEqual(message.content.content, { data: 'Hello, Aleph Cloud!', tags: ['example'] })
  })

  it('show the entries of an aggregate', async () => {
    const { test } = await useNetwork()
    const node = await rowOf('aggregates', 'my/users')
    const [entry] = await test.sidebar.trees.aggregates.getChildren(node)
    ok(entry)
    const item = test.sidebar.trees.aggregates.getTreeItem(entry)
    deepEqual([item.label, item.description], ['john-doe', 'John Doe'])
    await vscode.commands.executeCommand(commands.aggregateOpen, entry)
    await closeEditors()
  })

  it('offer a download for what no editor shows', async () => {
    const offers: string[][] = []
    prompts.answers.notify = async (_, _message, actions) => {
      offers.push(actions)
      return undefined
    }
    await click('files', await rowOf('files', 'data.bin'))
    deepEqual(prompts.toasts, ['data.bin is neither text nor an image, audio or video file.'])
    deepEqual(offers, [['Download…']])
  })

  it('download a file to a place of choice', async () => {
    const { test } = await useNetwork()
    const target = vscode.Uri.joinPath(test.context.globalStorageUri, 'downloads/data.bin')
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(target, '..'))
    prompts.answers.saveFile = async () => target
    await vscode.commands.executeCommand(commands.filesDownload, await rowOf('files', 'data.bin'))
    await prompts.untilToast('Downloaded data.bin, verified.')
    deepEqual([...(await vscode.workspace.fs.readFile(target))], [0, 1, 2, 3])
  })

  it('copy links and hashes', async () => {
    const node = await rowOf('files', 'data.bin')
    ok(node.kind === 'file')
    await vscode.commands.executeCommand(commands.filesCopyLink, node, [node])
    match(
      await vscode.env.clipboard.readText(),
      /^http:\/\/127\.0\.0\.1:\d+\/(proxy\/\d+\/)?api\/v0\/storage\/raw\/[0-9a-f]{64}$/,
    )
    await vscode.commands.executeCommand(commands.filesCopyItemHash, node)
    equal(await vscode.env.clipboard.readText(), node.row.itemHash)
    await vscode.commands.executeCommand(commands.filesCopyFileHash, node)
    equal(await vscode.env.clipboard.readText(), node.row.fileHash)
  })

  it('forget a file after one question that names it', async () => {
    const client = await nodeClient()
    const { item_hash } = await client.storage.storeFile(new Uint8Array([9]), {
      filename: 'old.bin',
      engine: 'storage',
    })
    await vscode.commands.executeCommand(commands.filesRefresh)
    const node = await rowOf('files', 'old.bin')
    const questions: string[] = []
    prompts.answers.confirm = async ({ message, action }) => questions.push(message, action) > 0
    await vscode.commands.executeCommand(commands.filesForget, node)
    deepEqual(questions, ['Forget old.bin?', 'Forget'])
    ok(!(await labels('files')).includes('old.bin'))
    await client.messages.get(item_hash).then(
      () => ok(false),
      (error: { code: string }) => equal(error.code, 'FORGOTTEN'),
    )
  })

  it('go on page by page', async () => {
    const client = await nodeClient()
    for (let number = 0; number < 55; number++) await client.storage.store(`page ${number}`)
    await vscode.commands.executeCommand(commands.messagesRefresh)
    const before = await roots('messages')
    equal(before.length, 51)
    equal((await labels('messages')).at(-1), 'Load more…')
    const more = before.at(-1)
    ok(more)
    await click('messages', more)
    const after = await roots('messages')
    ok(after.length > 51)
    equal(new Set(after.map(({ id }) => id)).size, after.length)
  })

  it('show why a node can not be reached, and come back by Retry', async () => {
    const { test } = await useNetwork('dead')
    const [error, ...rest] = await roots('files')
    ok(error?.kind === 'error')
    equal(rest.length, 0)
    const item = test.sidebar.trees.files.getTreeItem(error)
    deepEqual([item.label, item.description], ['Node not reachable', 'Retry'])
    equal(item.accessibilityInformation?.label, "The node 127.0.0.1:9 can't be reached. · Retry")
    // Looking again does not ask again.
    deepEqual(await roots('files'), [error])
    await click('files', error)
    equal((await roots('files'))[0]?.kind, 'error')
    test.session.useNetwork('local')
    ok((await labels('files')).includes('data.bin'))
  })

  it('take the rows of another network away while its own are awaited', async () => {
    const { test } = await useNetwork()
    const tree = test.sidebar.trees.messages
    await tree.getChildren()
    ok((await tree.getChildren()).length)
    test.session.useNetwork('dead')
    deepEqual(await tree.getChildren(), [])
    test.session.useNetwork('local')
    deepEqual(await tree.getChildren(), [])
    ok((await tree.getChildren()).length)
  })

  it('have a tooltip with everything, in which nothing of the network is markup', async () => {
    const { test } = await useNetwork()
    const client = await nodeClient()
    const filename = '[click](command:evil) <img src=x> $(alert).bin'
    await client.storage.storeFile(new Uint8Array([7]), { filename, engine: 'storage' })
    await vscode.commands.executeCommand(commands.filesRefresh)
    // As a label shows it: broken by a character without width.
    const node = await rowOf('files', filename.replace('$(', '$\u200c('))
    const tree = test.sidebar.trees.files
    const { tooltip } = tree.resolveTreeItem(tree.getTreeItem(node), node, new vscode.CancellationTokenSource().token)
    ok(tooltip instanceof vscode.MarkdownString)
    equal(Boolean(tooltip.isTrusted), false)
    equal(Boolean(tooltip.supportHtml), false)
    ok(!/[^\\]\]\(|<img|[^\\]\$\(/.test(tooltip.value), tooltip.value)
  })
})
