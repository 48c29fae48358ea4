// Others write the same aggregate: what is merged, what is asked, and that no text is lost.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as vscode from 'vscode'
import type { AlephHttpClient } from '../../src/client/index.js'
import { developmentAddresses, developmentSigner } from '../../src/core/developmentAccounts.js'
import type { OpenAggregate } from '../../src/host/openAggregate.js'
import {
  elementCount,
  historyOf,
  openEditor,
  publish,
  sendElement,
  setsOf,
  statusOf,
  type,
  untilText,
} from './aggregateEditor.js'
import { activated, closeEditors, nodeClient, useAccount, usePrompts } from './extension.js'

const account = 8
const owner = developmentAddresses[account] ?? ''

describe('an aggregate that others write too', () => {
  const prompts = usePrompts()
  let client: AlephHttpClient
  let number = 0
  let key = ''
  let open: OpenAggregate

  const others = (entries: Record<string, unknown>) => client.aggregate.merge(key, entries)
  const address = () => ({ networkId: 'local', owner, key })
  /** Answers the question of a conflict; returns what was asked. */
  const choosing = (action: string | undefined) => {
    const questions: string[] = []
    prompts.answers.choose = async ({ message, detail, actions }) => {
      deepEqual(actions, ['Compare', 'Overwrite', 'Discard Mine', 'Merge by Hand'])
      questions.push(`${message} ${detail.split('\n')[0] ?? ''}`)
      return action
    }
    return questions
  }

  before(async () => {
    await useAccount(account)
    client = await nodeClient(account)
  })

  beforeEach(async () => {
    key = `conflict-${++number}`
    await others({ a: 1, b: 1 })
    open = await openEditor(address())
  })

  afterEach(closeEditors)
  after(() => useAccount(0))

  it('is read anew quietly while nothing is unsaved', async () => {
    await others({ b: 2, c: 3 })
    await open.document.refresh()
    await untilText(open, text => text === '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n')
    equal(open.text.isDirty, false)
    equal(statusOf(open).banner, undefined)
    equal(historyOf(open).rows.length, 2)
  })

  it('keeps its unsaved text and says that others changed it', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 3 })
    await open.document.refresh()
    equal(open.text.getText(), '{"a": 2, "b": 1}')
    equal(statusOf(open).banner?.message, 'Others changed a too since this was loaded. Publishing asks what to do.')
    await type(open, '{"a": 1, "b": 2}')
    equal(statusOf(open).banner?.message, 'Others changed this since it was loaded. Publishing merges both.')
  })

  it('is merged when they changed other entries, and that is said', async () => {
    await type(open, '{"a": 2,\n "b": 1}')
    await others({ b: 5, c: 6 })
    await publish(open)
    await prompts.untilToast('Merged 2 entries that others wrote meanwhile: b changed, c added.')
    deepEqual((await setsOf(owner, key))[0], { a: 2 })
    match(open.text.getText(), /^\{"a": 2,\n "b": 5,/)
    deepEqual(JSON.parse(open.text.getText()), { a: 2, b: 5, c: 6 })
    equal(open.text.isDirty, false)
  })

  it('is overwritten on demand, and only where both changed it', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 3, b: 4 })
    const questions = choosing('Overwrite')
    await publish(open)
    deepEqual(questions, [`Others changed the same entries of ${key}. a changed`])
    deepEqual((await setsOf(owner, key))[0], { a: 2 })
    deepEqual(JSON.parse(open.text.getText()), { a: 2, b: 4 })
    equal(open.text.isDirty, false)
  })

  it('takes theirs on demand, and publishes the rest of mine', async () => {
    await type(open, '{"a": 2, "b": 2}')
    await others({ a: 3 })
    choosing('Discard Mine')
    await publish(open)
    deepEqual((await setsOf(owner, key))[0], { b: 2 })
    deepEqual(JSON.parse(open.text.getText()), { a: 3, b: 2 })
    equal(open.text.isDirty, false)
  })

  it('publishes nothing when all of mine is discarded', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 3 })
    const before = await elementCount(owner)
    choosing('Discard Mine')
    await publish(open)
    equal(await elementCount(owner), before)
    deepEqual(JSON.parse(open.text.getText()), { a: 3, b: 1 })
    equal(open.text.isDirty, false)
  })

  it('is compared on demand, and published by the next act', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 3, b: 4 })
    const before = await elementCount(owner)
    choosing('Compare')
    await publish(open)
    equal(await elementCount(owner), before)
    const { input, label } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {}
    ok(input instanceof vscode.TabInputTextDiff)
    equal(new TextDecoder().decode(await vscode.workspace.fs.readFile(input.modified)), open.text.getText())
    match(label ?? '', new RegExp(`^${key}: rev 2 \\(.*\\) ↔ your text$`))
    ok(open.text.isDirty)
    // No second question: theirs was looked at.
    delete prompts.answers.choose
    await publish(open)
    deepEqual((await setsOf(owner, key))[0], { a: 2 })
    deepEqual(JSON.parse(open.text.getText()), { a: 2, b: 4 })
    equal(open.text.isDirty, false)
  })

  it('is merged by hand between three versions', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 3 })
    choosing('Merge by Hand')
    await publish(open)
    await type(open, '{"a": 23, "b": 1}')
    deepEqual(prompts.toasts, [])
    delete prompts.answers.choose
    await publish(open)
    deepEqual((await setsOf(owner, key))[0], { a: 23 })
  })

  it('stays as it is when the question is left', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 3 })
    const before = await elementCount(owner)
    for (const _ of [1, 2]) {
      equal(choosing(undefined).length, 0)
      await publish(open)
    }
    equal(await elementCount(owner), before)
    equal(open.text.getText(), '{"a": 2, "b": 1}')
    ok(open.text.isDirty)
  })

  it('needs no question when both made the same change', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 2 })
    const before = await elementCount(owner)
    await publish(open)
    await prompts.untilToast('Nothing changed')
    equal(await elementCount(owner), before)
    equal(open.text.isDirty, false)
  })

  it('is not published by a save that something else caused: that needs the decision', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await others({ a: 3 })
    const before = await elementCount(owner)
    prompts.answers.confirm = async () => true
    equal(await open.text.save(), false)
    equal(await elementCount(owner), before)
    ok(open.text.isDirty)
  })

  it('with a newest revision in the future is published after that was forgotten', async () => {
    const future = Math.round(Date.now() / 1000) + 3600
    const { itemHash } = await sendElement(await developmentSigner(owner), {
      ...{ owner, key, content: { z: 1 }, time: future },
    })
    await open.document.refresh()
    await untilText(open, text => text.includes('"z"'))
    await type(open, '{"a": 2, "b": 1, "z": 1}')
    const before = await elementCount(owner)
    const details: string[] = []
    prompts.answers.confirm = async ({ detail }) => details.push(detail) < 0
    await publish(open)
    equal(details.length, 1)
    ok(details[0]?.includes(itemHash))
    equal(await elementCount(owner), before)
    ok(open.text.isDirty)

    prompts.answers.confirm = async () => true
    await publish(open)
    equal(open.text.getText(), '{"a": 2, "b": 1, "z": 1}')
    ok(open.text.isDirty)
    await publish(open)
    deepEqual(prompts.toasts, ['Merged what others wrote meanwhile: z removed.'])
    deepEqual((await setsOf(owner, key))[0], { a: 2 })
    deepEqual(JSON.parse(open.text.getText()), { a: 2, b: 1 })
    equal(open.text.isDirty, false)
  })

  it('that was forgotten while it is open keeps unsaved text, and can be published anew', async () => {
    await type(open, '{"a": 2, "b": 1}')
    await client.aggregate.deleteAll(key)
    await open.document.refresh()
    equal(open.text.getText(), '{"a": 2, "b": 1}')
    ok(open.text.isDirty)
    await publish(open)
    deepEqual(prompts.toasts, [])
    deepEqual(await setsOf(owner, key), [{ a: 2, b: 1 }])
    equal(open.text.isDirty, false)
  })

  it('whose base is lost is compared before it is published', async () => {
    await type(open, '{"a": 2, "b": 1}')
    const { test } = await activated()
    const folder = join((test.context.storageUri ?? test.context.globalStorageUri).fsPath, 'aggregates')
    await test.documents.written
    const kept = await readdir(folder)
    equal(kept.length, 1, 'what it was loaded from is kept while it is unsaved')
    await rm(join(folder, kept[0] ?? ''))
    open.document.loseBase()
    equal(statusOf(open).publish.isEnabled, false)
    deepEqual(statusOf(open).banner?.actions, [{ id: 'compare', label: 'Compare' }])
    const before = await elementCount(owner)
    await publish(open)
    await prompts.untilToast('Look at what differs from the network.')
    equal(await elementCount(owner), before)
    ok(vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff)
    await publish(open)
    deepEqual((await setsOf(owner, key))[0], { a: 2 })
    equal(open.text.isDirty, false)
    await test.documents.written
    deepEqual(await readdir(folder), [], 'nothing is kept of what is saved')
  })
})
