// What has to work in a window of every kind: without a folder, with two, with one that no disk holds, untrusted.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import { declaredCommands, survives, watchRejections } from './everyCommand.js'
import {
  activeDocument,
  click,
  closeEditors,
  labels,
  nodeClient,
  publishedCount,
  rowOf,
  useNetwork,
  usePrompts,
} from './extension.js'
import { publishSample } from './sample.js'

const kind = process.env['ALEPH_TEST_KIND'] || 'folder'

/** What a window of this kind has open, as `folder path | name of a file in it`. */
const expectedFolders: Record<string, RegExp[]> = {
  folder: [/\/workspace$/],
  untrusted: [/\/workspace$/],
  empty: [],
  multiRoot: [/\/workspace$/, /\/second #2 folder$/],
  virtual: [/^\/pages$/],
}

describe('every kind of window @all', () => {
  const prompts = usePrompts()
  watchRejections()
  const folders = () => vscode.workspace.workspaceFolders ?? []

  before(async () => {
    const { test } = await useNetwork()
    await publishSample(await nodeClient())
    for (const { list } of Object.values(test.sidebar.trees)) await list.refresh()
  })

  afterEach(closeEditors)

  it('is what this run says it is', () => {
    const expected = expectedFolders[kind] ?? []
    equal(folders().length, expected.length)
    for (const [index, pattern] of expected.entries()) match(folders()[index]?.uri.path ?? '', pattern)
    equal(vscode.workspace.isTrusted, kind !== 'untrusted')
    if (kind === 'virtual') equal(folders()[0]?.uri.scheme, 'aleph-test-virtual')
  })

  it('fills the views', async () => {
    ok((await labels('files')).includes('sample.txt'))
    ok((await labels('messages')).includes('A sample message'))
    ok((await labels('aggregates')).includes('sample'))
  })

  it('uploads what it has open, after one question', async () => {
    const before = await publishedCount()
    const questions: string[] = []
    prompts.answers.choose = async ({ message, detail, actions }) => {
      questions.push(message)
      equal(detail.includes('This workspace is not trusted'), kind === 'untrusted')
      return actions.find(action => action.startsWith('Upload'))
    }
    if (kind === 'empty') {
      const document = await vscode.workspace.openTextDocument({ content: 'written in an empty window' })
      await vscode.window.showTextDocument(document)
      await vscode.commands.executeCommand(commands.filesUploadActive)
      await prompts.untilToast('Uploaded Untitled-')
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
    } else {
      const name = kind === 'virtual' ? 'notes #1.md' : 'notes.md'
      const files = folders().map(({ uri }) => vscode.Uri.joinPath(uri, name))
      await vscode.commands.executeCommand(commands.filesUpload, files[0], files)
      await prompts.untilToast(kind === 'multiRoot' ? 'Uploaded 2 files to local.' : `Uploaded ${name} to local.`)
    }
    equal(questions.length, 1)
    equal(await publishedCount(), before + Math.max(1, folders().length))
  })

  it('opens a stored file', async () => {
    await click('files', await rowOf('files', 'sample.txt'))
    const document = await activeDocument('sample.txt')
    deepEqual([document.uri.scheme, document.getText()], ['aleph-read', 'of the sample'])
  })

  it('runs every command without arguments', async () => {
    ok(declaredCommands.length > 20)
    for (const id of declaredCommands) await survives(prompts, id, [[]])
    await useNetwork()
  }).timeout(300_000)
})
