// What can be done any number of times leaves nothing behind: nobody who listens, no client, no cache without end.
import { deepEqual, equal, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import type { TestHooks } from '../../src/extension.js'
import { openEditor } from './aggregateEditor.js'
import { activated, closeEditors, nodeClient, roots, useNetwork, usePrompts } from './extension.js'

const times = 50

/** How many listen to everything of ours that can be listened to. */
function listeners({ session, book, settings, lists, documents }: TestHooks): Record<string, number> {
  return {
    session: session.onDidChange.listenerCount,
    book: book.onDidChange.listenerCount,
    settings: settings.onDidChange.listenerCount,
    networks: settings.onDidChangeNetworks.listenerCount,
    documents: documents.onDidOpen.listenerCount,
    ...Object.fromEntries(
      (['files', 'messages', 'aggregates'] as const).flatMap(name => [
        [name, lists.byName(name).onDidChange.listenerCount],
        [`${name} reset`, lists.byName(name).onDidReset.listenerCount],
      ]),
    ),
  }
}

describe('done fifty times', () => {
  usePrompts()
  let test: TestHooks
  let counted: Record<string, number>

  before(async () => {
    test = (await useNetwork()).test
    const { storage } = await nodeClient()
    for (let number = 0; number < times; number++) await storage.store(`leak ${number}`)
    await test.lists.messages.refresh()
    counted = listeners(test)
    ok(Object.values(counted).every(count => count > 0))
  })

  afterEach(() => deepEqual(listeners(test), counted))
  after(closeEditors)

  it('opening and closing documents leaves no listener and a bounded cache', async () => {
    const nodes = (await roots('messages')).filter(({ kind }) => kind === 'post').slice(0, times)
    equal(nodes.length, times)
    // Each takes the place of the one before.
    for (const node of nodes) await vscode.commands.executeCommand(commands.messagesOpenMessage, node)
    await closeEditors()
    ok(test.reader.kept.documents >= times)
    ok(test.reader.kept.bytes < 64_000_000)
  })

  it('opening and closing an aggregate leaves no listener, no document and no session', async () => {
    const { aggregates, documents } = test
    const client = await nodeClient()
    await client.aggregate.merge('leak', { a: 1 })
    const owner = client.account?.address ?? ''
    const before = [aggregates.all.length, documents.all.length]
    for (let time = 0; time < times; time++) {
      await openEditor({ networkId: 'local', owner, key: 'leak' })
      equal(aggregates.all.length, (before[0] ?? 0) + 1)
      const closed = new Promise<void>(resolve => {
        const subscription = vscode.workspace.onDidCloseTextDocument(() => {
          subscription.dispose()
          // Whoever closes it looks a moment later whether it is closed.
          setImmediate(() => setImmediate(resolve))
        })
      })
      await closeEditors()
      await closed
    }
    deepEqual([aggregates.all.length, documents.all.length], before)
  }).timeout(120_000)

  it('refreshing leaves no listener', async () => {
    for (let time = 0; time < times; time++) await test.lists.files.refresh()
    // At once, too: only the last one counts.
    await Promise.all(Array.from({ length: times }, () => test.lists.aggregates.refresh()))
  })

  it('switching network and account leaves no listener and no client', async () => {
    const clients = test.clientCount()
    const [first, second] = test.session.accounts
    ok(first && second)
    for (let time = 0; time < times; time++) {
      test.session.useNetwork(time % 2 ? 'local' : 'dead')
      test.session.useAccount((time % 2 ? first : second).address)
      if (time % 2) await roots('messages')
    }
    ok(test.clientCount() <= clients + 1, 'the dead network may have got one')
  })
})

describe('when the window closes @empty', () => {
  it('nobody listens any more, and no command is left', async () => {
    const { test } = await activated()
    for (const subscription of test.context.subscriptions.splice(0).reverse()) void subscription.dispose()
    deepEqual(
      Object.entries(listeners(test)).filter(([, count]) => count),
      [],
    )
    const known = await vscode.commands.getCommands(true)
    deepEqual(
      Object.values(commands).filter(id => known.includes(id)),
      [],
    )
  })
})
