// What can be done with the revisions of an open aggregate, by commands as the rows and the palette run them.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import type { AlephHttpClient } from '../../src/client/index.js'
import { developmentAddresses } from '../../src/core/developmentAccounts.js'
import type { OpenAggregate } from '../../src/host/openAggregate.js'
import { commands, readScheme } from '../../src/shared/ids.js'
import { elementCount, historyOf, openEditor, publish, setsOf, type, untilText } from './aggregateEditor.js'
import { closeEditors, nodeClient, useAccount, usePrompts } from './extension.js'

const account = 5
const owner = developmentAddresses[account] ?? ''

describe('a revision of an aggregate', () => {
  const prompts = usePrompts()
  let client: AlephHttpClient
  let open: OpenAggregate
  let number = 0
  let key = ''
  /** Item hashes, oldest first. */
  let hashes: string[]

  const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand(id, open.text.uri, ...args)
  const frontTab = () => vscode.window.tabGroups.activeTabGroup.activeTab
  const read = async (uri: vscode.Uri) => new TextDecoder().decode(await vscode.workspace.fs.readFile(uri))
  /** Both sides of the comparison in front. */
  async function compared() {
    const { input, label } = frontTab() ?? {}
    ok(input instanceof vscode.TabInputTextDiff, 'a comparison is in front')
    return { label: label ?? '', sides: [input.original, input.modified] as const }
  }

  before(async () => {
    await useAccount(account)
    client = await nodeClient(account)
  })

  beforeEach(async () => {
    key = `revisions/of-${++number}`
    hashes = []
    for (const entries of [{ a: 1, b: 1 }, { b: 2 }, { c: 3 }])
      hashes.push((await client.aggregate.merge(key, entries)).item_hash)
    open = await openEditor({ networkId: 'local', owner, key })
  })

  afterEach(closeEditors)
  after(() => useAccount(0))

  it('is shown as the document was after it, read-only', async () => {
    await run(commands.revisionShow, hashes[1])
    const input = frontTab()?.input
    ok(input instanceof vscode.TabInputText)
    equal(input.uri.scheme, readScheme)
    equal(await read(input.uri), '{\n  "a": 1,\n  "b": 2\n}\n')
  })

  it('is compared with the text, with unsaved changes in it', async () => {
    await type(open, '{"a": 9}')
    await run(commands.revisionCompare, hashes[0])
    const { label, sides } = await compared()
    match(label, /^revisions\/of-\d+: rev 1 \(.*\) ↔ your text$/)
    equal(await read(sides[0]), '{\n  "a": 1,\n  "b": 1\n}\n')
    equal(await read(sides[1]), '{"a": 9}')
  })

  it('is compared with the one before, the first one with nothing', async () => {
    await run(commands.revisionComparePrevious, hashes[1])
    const { label, sides } = await compared()
    match(label, /: rev 1 \(.*\) ↔ rev 2 \(.*\)$/)
    deepEqual(await Promise.all(sides.map(read)), ['{\n  "a": 1,\n  "b": 1\n}\n', '{\n  "a": 1,\n  "b": 2\n}\n'])
    await run(commands.revisionComparePrevious, hashes[0])
    const first = await compared()
    match(first.label, /: before the first revision ↔ rev 1 /)
    equal(await read(first.sides[0]), '{}\n')
  })

  it('is compared with any other, the older one on the left', async () => {
    await run(commands.revisionCompareTwo, hashes[2], hashes[0])
    match((await compared()).label, /: rev 1 \(.*\) ↔ rev 3 \(.*\)$/)
  })

  it('is not compared with one that was not chosen', async () => {
    await run(commands.revisionCompareTwo, hashes[0])
    await prompts.untilToast('Select two revisions first')
  })

  it('is picked where no row says which', async () => {
    prompts.answers.pick = async items => {
      deepEqual(
        items.map(({ description }) => description),
        ['c', 'b', 'a, b'],
      )
      return items[2]?.value
    }
    await run(commands.revisionCopyItemHash)
    equal(await vscode.env.clipboard.readText(), hashes[0])
  })

  it('is restored as an edit, which can be undone and is published like any other', async () => {
    const before = await elementCount(owner)
    const text = open.text.getText()
    await run(commands.revisionRestore, hashes[0])
    equal(open.text.getText(), '{\n  "a": 1,\n  "b": 1\n}\n')
    ok(open.text.isDirty)
    await vscode.commands.executeCommand('undo')
    equal(open.text.getText(), text)
    equal(await elementCount(owner), before)
    await run(commands.revisionRestore, hashes[0])
    prompts.answers.choose = async () => 'Set to null'
    await publish(open)
    deepEqual((await setsOf(owner, key))[0], { b: 1, c: null })
  })

  it('is restored into text that is no JSON', async () => {
    await type(open, '{"a": ')
    await run(commands.revisionRestore, hashes[1])
    equal(open.text.getText(), '{\n  "a": 1,\n  "b": 2\n}\n')
  })

  it('gives back one entry, and leaves the others', async () => {
    await type(open, '{"a": 5, "b": 2, "c": 3}')
    prompts.answers.pick = async items => {
      deepEqual(
        items.map(({ label }) => label),
        ['a', 'b'],
      )
      return items[1]?.value
    }
    await run(commands.revisionRestoreEntry, hashes[0])
    equal(open.text.getText(), '{"a": 5, "b": 1, "c": 3}')
  })

  it('offers no entry that the text has with the same value, however it is spelled', async () => {
    const { item_hash } = await client.aggregate.merge(key, { a: 2, o: { x: 1 } })
    await open.document.refresh()
    await untilText(open, text => text.includes('"x"'))
    await type(open, '{"a": 3, "b": 2, "c": 3.0, "o": { "x": 1 }}')
    prompts.answers.pick = async items => {
      deepEqual(
        items.map(({ label }) => label),
        ['a'],
      )
      return items[0]?.value
    }
    await run(commands.revisionRestoreEntry, item_hash)
    equal(open.text.getText(), '{"a": 2, "b": 2, "c": 3.0, "o": { "x": 1 }}')
  })

  it('is forgotten after a question that says what falls back and what vanishes', async () => {
    const questions: string[] = []
    let isAgreed = false
    prompts.answers.confirm = async ({ message, detail }) => {
      questions.push(message, detail)
      return isAgreed
    }
    await run(commands.revisionForget, hashes[2])
    match(questions[0] ?? '', /^Forget rev 3 \(.*\)\?$/)
    match(questions[1] ?? '', /^Gone with it: c\nOn local as /)
    equal((await setsOf(owner, key)).length, 3)
    isAgreed = true
    await run(commands.revisionForget, hashes[1])
    match(questions[3] ?? '', /^Back to an older value: b\nOn local as /)
    deepEqual(await setsOf(owner, key), [{ c: 3 }, { a: 1, b: 1 }])
    await untilText(open, text => text === '{\n  "a": 1,\n  "b": 1,\n  "c": 3\n}\n')
    equal(open.text.isDirty, false)
    const rows = historyOf(open).rows
    deepEqual(
      rows.map(row => ('count' in row ? row.reason : row.hash)),
      [hashes[2], 'A revision that was forgotten', hashes[0]],
    )
  })
})
