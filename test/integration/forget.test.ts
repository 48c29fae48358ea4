import { deepEqual, equal, match, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import type { AlephHttpClient } from '../../src/client/index.js'
import { commands } from '../../src/shared/ids.js'
import { labels, nodeClient, roots, rowOf, useAccount, useNetwork, usePrompts } from './extension.js'
import { startLyingNode } from './lyingNode.js'

const account = 7

describe('forget', () => {
  const prompts = usePrompts()
  let client: AlephHttpClient
  let questions: { message: string; detail: string }[]

  before(async () => {
    client = await nodeClient(account)
    for (let number = 0; number < 70; number++)
      await client.storage.storeFile(new Uint8Array([number]), {
        ...{ filename: `${number}.bin`, engine: 'storage' },
        metadata: { path: `${number}.bin`, upload: { id: 'big-1', name: 'big' } },
      })
    for (let number = 0; number < 30; number++) await client.storage.store(`note ${number}`)
    const { test } = await useAccount(account)
    for (const tree of Object.values(test.sidebar.trees)) await tree.list.refresh()
  })

  beforeEach(async () => {
    await useAccount(account)
    questions = []
    prompts.answers.confirm = async question => {
      questions.push(question)
      return true
    }
  })

  after(async () => {
    await useAccount(0)
  })

  it('of a few messages names them in one question', async () => {
    const posts = (await roots('messages')).slice(0, 3)
    await vscode.commands.executeCommand(commands.messagesForget, posts[0], posts)
    equal(questions[0]?.message, 'Forget 3 messages?')
    match(questions[0]?.detail ?? '', /^note 29\nnote 28\nnote 27\nOn local as development 8\. This can not be undone/)
    equal((await labels('messages'))[0], 'note 26')
    deepEqual(prompts.toasts, [])
  })

  it('of more than ten lists them first, and takes those that stay chosen', async () => {
    const posts = (await roots('messages')).slice(0, 12)
    const listed: string[] = []
    prompts.answers.pickMany = async items => {
      listed.push(...items.map(({ label }) => label))
      return items.slice(1).map(({ value }) => value)
    }
    await vscode.commands.executeCommand(commands.messagesForget, posts[0], posts)
    equal(listed.length, 12)
    equal(questions[0]?.message, 'Forget 11 messages?')
    match(questions[0]?.detail ?? '', /\nand 1 more\n/)
    deepEqual((await labels('messages')).slice(0, 2), ['note 26', 'note 14'])
    prompts.answers.pickMany = async () => undefined
    questions = []
    await vscode.commands.executeCommand(commands.messagesForget, posts[0], (await roots('messages')).slice(0, 11))
    equal(questions.length, 0)
  })

  it('of a folder takes all of it, also what is not loaded yet, and its row says so meanwhile', async () => {
    const folder = await rowOf('files', 'big')
    ok(folder.kind === 'folder')
    equal(folder.rows.length, 50)
    let listed = 0
    prompts.answers.pickMany = async items => {
      listed = items.length
      return items.map(({ value }) => value)
    }
    const { test } = await useAccount(account)
    const tree = test.sidebar.trees.files
    const seen = new Set<string>()
    const subscription = tree.onDidChangeTreeData(() => {
      void tree.list.roots().then(nodes => {
        for (const node of nodes) seen.add(String(tree.getTreeItem(node).description))
      })
    })
    await vscode.commands.executeCommand(commands.filesForget, folder, [folder])
    subscription.dispose()
    equal(listed, 70)
    equal(questions[0]?.message, 'Forget big with its 70 files?')
    match(questions[0]?.detail ?? '', /\n70 bytes on local as development 8\./)
    ok(seen.has('forgetting…'), [...seen].join())
    deepEqual(await roots('files'), [])
  })

  it('by an account without a key is refused before it is asked', async () => {
    const { test } = await useAccount(account)
    const posts = await roots('messages')
    await test.book.addAddress('0x51a58800b26aa1451aaa803d1746687cb88e0501', 'watched')
    test.session.useAccount('0x51A58800b26AA1451aaA803d1746687cB88E0501')
    try {
      await vscode.commands.executeCommand(commands.messagesForget, posts[0])
      await prompts.untilToast('Only messages of the active account')
      equal(questions.length, 0)
    } finally {
      await test.book.remove('0x51A58800b26AA1451aaA803d1746687cB88E0501')
      await useAccount(account)
    }
  })

  it('that the node refuses says so, and leaves the row as it was', async () => {
    const refusing = await startLyingNode(
      (_, body) => body,
      async path => (path === '/api/v0/messages' ? { status: 422, body: 'refused' } : undefined),
    )
    try {
      const { test } = await useNetwork('liar', refusing.url)
      const post = await rowOf('messages', 'note 5')
      await vscode.commands.executeCommand(commands.messagesForget, post)
      match(await prompts.untilToast('Could not forget note 5: '), /refused the message/)
      const after = await rowOf('messages', 'note 5')
      equal(test.sidebar.trees.messages.getTreeItem(after).contextValue, 'message')
    } finally {
      refusing.stop()
      await useAccount(account)
    }
  })
})
