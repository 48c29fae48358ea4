// Documents of ours under the settings of a person: the text is what was signed, and what is published is what was shown.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import * as vscode from 'vscode'
import type { AlephHttpClient } from '../../src/client/index.js'
import { developmentAddresses } from '../../src/core/developmentAccounts.js'
import { readUri } from '../../src/host/readUri.js'
import type { OpenAggregate } from '../../src/host/openAggregate.js'
import type { AggregateSession } from '../../src/editors/aggregateSession.js'
import { writtenText } from '../../src/editors/writtenText.js'
import { markedUtf8 } from '../../src/shared/utf8.js'
import { commands, documentLanguage } from '../../src/shared/ids.js'
import { openEditor, publish, setsOf, statusOf, type, withSettings } from './aggregateEditor.js'
import { closeEditors, nodeClient, useAccount, usePrompts } from './extension.js'

const account = 8
const owner = developmentAddresses[account] ?? ''
const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand(id, ...args)
/** One that Windows-1252 has, one that no encoding of a single byte has, and one that VS Code calls a line terminator. */
const value = 'José 🙂 \u2028'
const textOf = (number: number) => `{\n  "a": ${JSON.stringify(value)},\n  "n": ${number}\n}\n`

describe('an aggregate under settings of the user', () => {
  const prompts = usePrompts()
  let client: AlephHttpClient
  let number = 0
  let key = ''

  const opened = async (name = `set-${++number}`) => {
    key = name
    await client.aggregate.merge(key, { a: value, n: 1 })
    return openEditor({ networkId: 'local', owner, key })
  }

  before(async () => {
    await useAccount(account)
    client = await nodeClient(account)
  })
  afterEach(async () => {
    // One that is left dirty would ask.
    await run('workbench.action.files.revert')
    await closeEditors()
  })
  after(() => useAccount(0))

  const settings: Record<string, Record<string, unknown>> = {
    'a single-byte encoding': { 'files.encoding': 'windows1252' },
    'an encoding of two bytes': { 'files.encoding': 'utf16le' },
    'a guessed encoding': { 'files.autoGuessEncoding': true, 'files.candidateGuessEncodings': ['windows1251'] },
    'other ends of lines': { 'files.eol': '\r\n' },
    'all that changes a file when it is saved': {
      'files.insertFinalNewline': true,
      'files.trimFinalNewlines': true,
      'files.trimTrailingWhitespace': true,
      'editor.formatOnSave': true,
      'editor.codeActionsOnSave': { 'source.fixAll': 'always', 'source.organizeImports': 'always' },
    },
    'unusual line terminators removed': { 'editor.unusualLineTerminators': 'auto' },
    'another language for its name': { 'files.associations': { '*.json': 'jsonc' }, 'files.autoSave': 'afterDelay' },
    // Nothing that a pattern can say stands above this.
    'another language for its full name': { 'files.associations': { 'mine.json': 'json' } },
  }
  for (const [name, each] of Object.entries(settings))
    it(`shows what was signed and publishes what is shown with ${name}`, () =>
      withSettings(each, async () => {
        const open = await opened(name === 'another language for its full name' ? 'mine.json' : `set-${++number}.json`)
        equal(open.text.getText(), textOf(1))
        equal(open.text.isDirty, false)
        equal(open.text.languageId, documentLanguage)
        equal(vscode.workspace.getConfiguration('files', open.text).get('autoSave'), 'off')
        await type(open, textOf(2))
        await publish(open)
        equal(open.text.isDirty, false)
        deepEqual((await setsOf(owner, key))[0], { n: 2 })
        equal(open.text.getText().replaceAll('\r\n', '\n'), textOf(2))
        deepEqual(prompts.toasts, [])
      }))

  it('has its read-only documents as they were signed', () =>
    withSettings({ 'files.encoding': 'windows1252' }, async () => {
      const open = await opened()
      const itemHash = open.document.history.head?.item_hash ?? ''
      for (const address of [
        { kind: 'revision', networkId: 'local', owner, key, itemHash, name: 'r' } as const,
        { kind: 'message', networkId: 'local', itemHash, name: 'm' } as const,
      ])
        ok((await vscode.workspace.openTextDocument(readUri(address))).getText().includes(value))
    }))

  it('is published as shown when it is saved in another encoding, and only if something wrote what is shown', async () => {
    const open = await opened()
    await vscode.commands.executeCommand('vscode.openWith', open.text.uri, 'default')
    const text = await vscode.workspace.openTextDocument(open.text.uri, { encoding: 'windows1252' })
    // VS Code read the bytes anew, in the wrong way.
    match(text.getText(), /JosÃ©/)
    // Its own bytes are those of UTF-8, and yet what it shows is something else.
    equal(await writtenText(text.uri, markedUtf8(textOf(1))), text.getText())
    equal(statusOf(open).isReadOnly, true)
    await publish(open)
    match(prompts.toasts.join(), /isn't what was signed/)
    await vscode.workspace.openTextDocument(open.text.uri, { encoding: 'utf8' })
    equal(statusOf(open).isReadOnly, false)
    equal(open.text.getText(), textOf(1))
    // Bytes that aren't UTF-8, from somebody else.
    await rejects(
      async () =>
        vscode.workspace.fs.writeFile(open.text.uri, new Uint8Array([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d])),
      /isn't UTF-8/,
    )
    equal((await setsOf(owner, key)).length, 1)
  })

  it('is published only as shown: not past an editor that an earlier extension host left, which is opened anew', async () => {
    const open = await opened()
    await type(open, textOf(2))
    const session = open as AggregateSession
    const [left] = session.pages
    ok(left)
    // As this host would see it: a tab of which it was never told.
    session.pages.delete(left)
    await publish(open)
    match(prompts.toasts.join(), /isn't connected/)
    equal((await setsOf(owner, key)).length, 1)
    await run(commands.aggregateReopen, String(open.text.uri))
    deepEqual([session.pages.size, session.lostTabs.length, open.text.isDirty], [1, 0, true])
    equal(open.text.getText(), textOf(2))
    await publish(open)
    deepEqual((await setsOf(owner, key))[0], { n: 2 })
  })

  describe('that make it read-only', () => {
    const reason = /read-only in VS Code/

    async function refuses(open: OpenAggregate) {
      match(statusOf(open).readOnlyReason, reason)
      await publish(open)
      match(prompts.toasts.join(), reason)
      await run(commands.aggregateSortKeys, open.text.uri)
      equal(open.text.getText(), textOf(1))
      equal((await setsOf(owner, key)).length, 1)
    }

    it('by a pattern', () =>
      withSettings({ 'files.readonlyInclude': { [`**/ro-${number + 1}`]: true } }, async () => {
        const open = await opened(`ro-${++number}`)
        await refuses(open)
        await withSettings({ 'files.readonlyExclude': { [`/aleph-aggregate/**/ro-${number}`]: true } }, async () => {
          equal(statusOf(open).isReadOnly, false)
        })
      }))

    it('by a command: what was typed goes again, the editor says so, and one click makes it editable', async () => {
      const open = await opened()
      await run('workbench.action.files.setActiveEditorReadonlyInSession')
      equal(await open.edit([{ offset: 0, length: 0, text: ' ' }]), true)
      await refuses(open)
      await run('workbench.action.files.setActiveEditorWriteableInSession')
      open.setReadonly(false)
      await type(open, textOf(2))
      await publish(open)
      deepEqual((await setsOf(owner, key))[0], { n: 2 })
    })

    it('and says so on the key that publishes', async () => {
      const open = await opened()
      await run('workbench.action.files.setActiveEditorReadonlyInSession')
      await run(commands.aggregatePublish, 'readonly')
      match(prompts.toasts.join(), reason)
      match(statusOf(open).readOnlyReason, reason)
      await run('workbench.action.files.resetActiveEditorReadonlyInSession')
      await run(commands.aggregatePublish, 'editable')
      equal(statusOf(open).isReadOnly, false)
    })
  })
})
