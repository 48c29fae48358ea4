// Nodes that are away, lie, refuse or can not decide, while an aggregate is open: no text is lost and nothing wrong shown.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import { developmentAddresses, developmentSigner } from '../../src/core/developmentAccounts.js'
import type { OpenAggregate } from '../../src/host/openAggregate.js'
import { commands } from '../../src/shared/ids.js'
import { startLocalNode, type LocalNode } from '../../src/localNode/index.js'
import {
  historyOf,
  openEditor,
  openedAt,
  publish,
  sendElement,
  setsOf,
  statusOf,
  type,
  untilStatus,
  untilText,
} from './aggregateEditor.js'
import { closeEditors, nodeClient, useAccount, useNetwork, usePrompts } from './extension.js'
import { startLyingNode } from './lyingNode.js'

const account = 9
const owner = developmentAddresses[account] ?? ''

describe('an aggregate on a node that has a bad day', () => {
  const prompts = usePrompts()
  let node: LocalNode
  let open: OpenAggregate
  let number = 0
  let key = ''

  const send = async (content: unknown, options: { sync?: boolean } = {}) =>
    sendElement(await developmentSigner(owner), { owner, key, content }, { url: node.url, ...options })
  const sets = () => setsOf(owner, key, node.url)

  before(async () => {
    node = await startLocalNode({ syncTimeoutMs: 50, maxRetries: 3, retryDelayMs: () => 5 })
    const { test } = await useNetwork('faulty', node.url)
    test.session.useAccount(owner)
  })

  beforeEach(async () => {
    key = `faulty-${++number}`
    await send({ a: 1 })
    open = await openEditor({ networkId: 'faulty', owner, key })
  })

  afterEach(async () => {
    node.faults.clear()
    await closeEditors()
  })

  after(async () => {
    await useAccount(0)
    await node.close()
  })

  it('that is away: the text stays unsaved, the editor says so, and publishing again works', async () => {
    await type(open, '{"a": 2}')
    node.faults.add('404 path=/api/v0/')
    await publish(open)
    await prompts.untilToast(`Could not publish ${key}: `)
    ok(open.text.isDirty)
    match(statusOf(open).banner?.message ?? '', /^The network could not be asked: /)
    deepEqual(
      statusOf(open).banner?.actions.map(({ id }) => id),
      ['retry'],
    )
    node.faults.clear()
    await publish(open)
    equal(open.text.isDirty, false)
    equal(statusOf(open).banner, undefined)
    deepEqual(await sets(), [{ a: 2 }, { a: 1 }])
  })

  it('that fails only when it is published to: nothing is lost, and nothing published twice', async () => {
    await type(open, '{"a": 2}')
    node.faults.add('400 path=/api/v0/messages method=POST')
    await publish(open)
    await prompts.untilToast(`Could not publish ${key}: `)
    ok(open.text.isDirty)
    node.faults.clear()
    node.faults.add('lost path=/api/v0/messages method=POST count=1')
    await publish(open)
    equal(open.text.isDirty, false)
    deepEqual(await sets(), [{ a: 2 }, { a: 1 }])
  })

  it('or none at all, but more messages than were read: forgetting an entry counts all that set it', async () => {
    await send({ a: 2, b: 2 })
    const signer = await developmentSigner(owner)
    const others = Array.from({ length: 210 }, (_, i) =>
      sendElement(signer, { owner, key: 'another', content: { i } }, { url: node.url }),
    )
    await Promise.all(others)
    await send({ a: 3, b: 3, c: 4 })
    await node.idle()
    await closeEditors()
    // Without a page, which would read on by itself.
    const text = await vscode.workspace.openTextDocument(open.text.uri)
    open = await openedAt(text.uri)
    equal(open.document.history.isComplete, false)
    await type(open, '{"a": 3, "c": 4}')
    prompts.answers.choose = async ({ detail, actions }) => {
      match(detail, /takes the 2 revisions that set it/)
      return actions[1]
    }
    await publish(open)
    deepEqual((await sets())[0], { a: 3, c: 4 })
    equal(text.isDirty, false)
  })

  it('that decides late: the editor waits, and is saved then', async () => {
    await type(open, '{"a": 2}')
    node.faults.add('late seconds=1 path=/api/v0/messages method=POST count=1')
    const publishing = publish(open)
    await untilStatus(open, status => status.publish.isBusy)
    deepEqual([statusOf(open).publish.summary, statusOf(open).publish.isEnabled], ['Publishing…', false])
    // Meanwhile a save of something else is refused unasked.
    equal(await open.text.save(), false)
    await publishing
    equal(open.text.isDirty, false)
    deepEqual(await sets(), [{ a: 2 }, { a: 1 }])
  })

  it('that decides after long: nothing is published twice meanwhile, and it is saved when it is final', async () => {
    await type(open, '{"a": 2}')
    const saved = new Promise<void>(resolve => {
      const subscription = vscode.workspace.onDidSaveTextDocument(() => {
        subscription.dispose()
        resolve()
      })
    })
    node.faults.add('late seconds=8 path=/api/v0/messages method=POST count=1')
    await publish(open)
    const [row] = historyOf(open).rows
    equal(row && 'state' in row && row.state, 'pending')
    match(statusOf(open).publish.summary, /not final yet/)
    await publish(open)
    await prompts.untilToast('This was published already.')
    ok(open.text.isDirty)

    await saved
    const [newest] = historyOf(open).rows
    deepEqual(newest && 'state' in newest && [newest.hash, newest.state], [row?.hash, undefined])
    equal(open.text.isDirty, false)
    deepEqual(await sets(), [{ a: 2 }, { a: 1 }])
  }).timeout(60_000)

  it('that refuses what it had taken: a row with the reason, and the text unsaved', async () => {
    await type(open, '{"a": 2}')
    const stranger = await developmentSigner(developmentAddresses[1] ?? '')
    const { itemHash, time } = await sendElement(
      stranger,
      { owner, key, content: { a: 2 } },
      { url: node.url, sync: true },
    )
    open.document.resume({ itemHash, time, entries: new Map([['a', '2']]) })
    await open.document.refresh()
    const row = historyOf(open).rows.find(({ hash }) => hash === itemHash)
    ok(row && 'state' in row)
    equal(row.state, 'rejected')
    ok(row.stateReason)
    match(statusOf(open).banner?.message ?? '', /^The network refused what was published: /)
    ok(open.text.isDirty)
    open.document.dismissRejected()
    equal(statusOf(open).banner, undefined)
    await publish(open)
    equal(open.text.isDirty, false)
  })
})

describe('an aggregate on a node that lies', () => {
  const prompts = usePrompts()
  let lie: (path: string, body: string) => string = (_, body) => body
  let liar: Awaited<ReturnType<typeof startLyingNode>>
  const key = 'lied-about'

  const openThere = () => openEditor({ networkId: 'liar', owner, key })

  before(async () => {
    liar = await startLyingNode((path, body) => Buffer.from(lie(path, body.toString())))
    const client = await nodeClient(account)
    await client.aggregate.merge(key, { a: 'true', b: 'also' })
    await client.aggregate.merge(key, { b: 'newer' })
    const { test } = await useNetwork('liar', liar.url)
    test.session.useAccount(owner)
  })

  afterEach(async () => {
    lie = (_, body) => body
    await closeEditors()
  })

  after(async () => {
    liar.stop()
    await useAccount(0)
  })

  it('about its merge: what is signed is shown, and the entries are named', async () => {
    lie = (path, body) => (path.includes('/aggregates/') ? body.replaceAll('newer', 'forged') : body)
    const open = await openThere()
    equal(open.text.getText(), '{\n  "a": "true",\n  "b": "newer"\n}\n')
    equal(statusOf(open).banner?.message, 'The node shows other values than were signed: b. Shown is what is signed.')
    match(historyOf(open).warning, /b\. Shown is what is signed\.$/)
  })

  it('about a revision: it is marked and not applied', async () => {
    lie = (path, body) => (path.includes('/messages.json') ? body.replaceAll('newer', 'forged') : body)
    const open = await openThere()
    equal(open.text.getText(), '{\n  "a": "true",\n  "b": "also"\n}\n')
    const [forged, first] = historyOf(open).rows
    ok(forged && 'reason' in forged && first && 'state' in first)
    match(forged.reason, /^This revision can not be shown: /)
    deepEqual([first.isBase, first.state], [true, undefined])
    match(historyOf(open).warning, /b/)
  })

  it('while it is open: the signed text stays, unsaved text too', async () => {
    const open = await openThere()
    await type(open, '{"a": "mine", "b": "newer"}')
    lie = (path, body) => (path.includes('/messages.json') ? body.replaceAll('newer', 'forged') : body)
    await vscode.commands.executeCommand(commands.aggregateRefresh, open.text.uri)
    equal(open.text.getText(), '{"a": "mine", "b": "newer"}')
    lie = (_, body) => body
    await open.document.refresh()
    equal(statusOf(open).banner, undefined)
    await vscode.commands.executeCommand('workbench.action.files.revert')
    await untilText(open, text => text === '{\n  "a": "true",\n  "b": "newer"\n}\n')
    deepEqual(prompts.toasts, [])
  })
})
