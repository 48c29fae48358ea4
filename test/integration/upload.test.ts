import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { rm, symlink, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import { memoryScheme, registerMemoryFiles } from './memoryFiles.js'
import {
  activeDocument,
  click,
  closeEditors,
  labels,
  nodeClient,
  publishedCount,
  rowOf,
  roots,
  useNetwork,
  usePrompts,
  workspaceFile,
} from './extension.js'

describe('upload', () => {
  const prompts = usePrompts()
  let questions: { message: string; detail: string; action: string }[]
  const upload = (...uris: vscode.Uri[]) => vscode.commands.executeCommand(commands.filesUpload, uris[0], uris)

  before(async () => {
    await useNetwork()
    // In the browser VS Code saves by itself after a second, which is not what these tests are about.
    await vscode.workspace.getConfiguration('files').update('autoSave', 'off', vscode.ConfigurationTarget.Global)
  })

  beforeEach(() => {
    questions = []
    prompts.answers.confirm = async question => {
      questions.push(question)
      return true
    }
  })

  afterEach(closeEditors)

  it('of one file: one question, a row, and a click that opens what was uploaded', async () => {
    const uri = workspaceFile('notes.md')
    await upload(uri)
    equal(questions.length, 1)
    match(questions[0]?.message ?? '', /^Upload notes\.md, \d+ bytes\?$/)
    match(questions[0]?.detail ?? '', /^To local as development 1 \(0x34f3…5dF3\)\nEngine: ipfs/)
    await prompts.untilToast('Uploaded notes.md to local.')

    await click('files', await rowOf('files', 'notes.md'))
    const document = await activeDocument('notes.md')
    equal(document.uri.scheme, 'aleph-read')
    const bytes = await vscode.workspace.fs.readFile(document.uri)
    deepEqual(Buffer.from(bytes), Buffer.from(await vscode.workspace.fs.readFile(uri)))
    equal(vscode.workspace.fs.isWritableFileSystem('aleph-read'), false)
  })

  it('publishes nothing without consent, and says nothing about it', async () => {
    const before = await publishedCount()
    prompts.answers.confirm = async () => false
    await upload(workspaceFile('notes.md'))
    await upload(workspaceFile('site'))
    equal(await publishedCount(), before)
    deepEqual(prompts.toasts, [])
  })

  it('of several files and a folder: one question, the folder as one row', async () => {
    const before = await publishedCount()
    await upload(workspaceFile('README.md'), workspaceFile('site'), workspaceFile('site/index.html'))
    equal(questions.length, 1)
    match(questions[0]?.message ?? '', /^Upload 4 files, /)
    await prompts.untilToast('Uploaded 4 files to local.')
    equal(await publishedCount(), before + 4)
    const folder = await rowOf('files', 'site')
    equal(folder.kind, 'folder')
    ok((await labels('files')).includes('README.md'))
  })

  it('leaves out what settings exclude and links that lead in circles, and says so', async () => {
    const folder = workspaceFile('mixed')
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(folder, 'node_modules'))
    await writeFile(vscode.Uri.joinPath(folder, '.env').fsPath, 'SECRET=1')
    await writeFile(vscode.Uri.joinPath(folder, 'kept.txt').fsPath, 'kept')
    await symlink(folder.fsPath, vscode.Uri.joinPath(folder, 'loop').fsPath)
    try {
      await upload(folder)
    } finally {
      await rm(folder.fsPath, { recursive: true })
    }
    match(questions[0]?.message ?? '', /^Upload 1 file, 4 bytes, from mixed\?$/)
    match(questions[0]?.detail ?? '', /3 skipped:/)
    match(questions[0]?.detail ?? '', /mixed\/\.env: excluded/)
    match(questions[0]?.detail ?? '', /mixed\/loop: link to a folder/)
    await prompts.untilToast('Uploaded')
  })

  it('of nothing but what is left out tells why', async () => {
    const told: string[] = []
    prompts.answers.tell = async (...texts) => void told.push(...texts)
    await upload(workspaceFile('not-there.txt'))
    deepEqual(told, ['There is nothing to upload.', '1 skipped:\nnot-there.txt: no longer there'])
    equal(questions.length, 0)
  })

  it('of an untitled document takes what is on screen', async () => {
    const document = await vscode.workspace.openTextDocument({ content: 'Zoë was here', language: 'plaintext' })
    await vscode.window.showTextDocument(document)
    await vscode.commands.executeCommand(commands.filesUploadActive)
    match(questions[0]?.message ?? '', /^Upload Untitled-\d+\.txt, 13 bytes\?$/)
    await prompts.untilToast('Uploaded Untitled')
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
  })

  it('of unsaved changes takes what is on screen and leaves the file alone', async () => {
    const uri = workspaceFile('draft.txt')
    await writeFile(uri.fsPath, 'old')
    const editor = await vscode.window.showTextDocument(uri)
    await editor.edit(edit => edit.insert(new vscode.Position(0, 0), 'brand new, not '))
    await vscode.commands.executeCommand(commands.filesUploadActive)
    match(questions[0]?.message ?? '', /^Upload draft\.txt, 18 bytes\?$/)
    await prompts.untilToast('Uploaded draft.txt')
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
    await rm(uri.fsPath)
  })

  it('of a file with unsaved changes from the explorer says that they are not in it', async () => {
    const uri = workspaceFile('edited.txt')
    await writeFile(uri.fsPath, 'old')
    const editor = await vscode.window.showTextDocument(uri)
    await editor.edit(edit => edit.insert(new vscode.Position(0, 0), 'new'))
    prompts.answers.confirm = async question => {
      questions.push(question)
      return false
    }
    await upload(uri)
    match(questions[0]?.message ?? '', /^Upload edited\.txt, 3 bytes\?$/)
    match(questions[0]?.detail ?? '', /Without unsaved changes: edited\.txt/)
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
    await rm(uri.fsPath)
  })

  it('of a virtual workspace reads through VS Code', async () => {
    const registration = registerMemoryFiles({
      '/pages/index.html': new TextEncoder().encode('<h1>'),
      '/pages/img/empty?.png': new Uint8Array(0),
      '/pages/img/a b#1.txt': new TextEncoder().encode('hi'),
    })
    try {
      await upload(vscode.Uri.from({ scheme: memoryScheme, path: '/pages' }))
    } finally {
      registration.dispose()
    }
    match(questions[0]?.message ?? '', /^Upload 3 files, 6 bytes, from pages\?$/)
    await prompts.untilToast('Uploaded pages to local.')
    const folder = await rowOf('files', 'pages')
    ok(folder.kind === 'folder')
    deepEqual(folder.rows.map(row => row.folder?.path.join('/')).sort(), [
      'img/a b#1.txt',
      'img/empty?.png',
      'index.html',
    ])
  })

  it('of a selection is named after its source and lines', async () => {
    const editor = await vscode.window.showTextDocument(workspaceFile('notes.md'))
    editor.selections = [new vscode.Selection(0, 0, 0, 7), new vscode.Selection(4, 0, 5, 0)]
    await vscode.commands.executeCommand(commands.filesUploadSelection)
    match(questions[0]?.message ?? '', /^Upload notes\.md\.L1-L5\.md, /)
    await prompts.untilToast('Uploaded notes.md.L1-L5.md')
    await click('files', await rowOf('files', 'notes.md.L1-L5.md'))
    const document = await activeDocument('notes.md.L1-L5.md')
    equal(document.getText(), '# Notes\n1. Fetch the charts.\n')
  })

  it('without a selection or a file in front says so', async () => {
    await closeEditors()
    await vscode.commands.executeCommand(commands.filesUploadSelection)
    await prompts.untilToast('There is no selected text to upload.')
    await vscode.commands.executeCommand(commands.filesUploadActive)
    await prompts.untilToast('There is no file in front to upload.')
  })

  it('refuses what comes from Aleph Cloud', async () => {
    await click('files', await rowOf('files', 'README.md'))
    const document = await activeDocument('README.md')
    await upload(document.uri)
    await prompts.untilToast('This document comes from Aleph Cloud')
    equal(questions.length, 0)
  })

  it('asks for files when it came without any', async () => {
    let asked = 0
    prompts.answers.openFiles = async () => {
      asked++
      return undefined
    }
    await vscode.commands.executeCommand(commands.filesUpload)
    await vscode.commands.executeCommand(commands.filesUploadPick)
    equal(asked, 2)
  })

  it('to a node that is down ends in one toast that offers a retry', async () => {
    const { test } = await useNetwork('dead')
    const retries: string[][] = []
    prompts.answers.notify = async (_, message, actions) => {
      if (message.startsWith('Could not upload notes.md')) retries.push(actions)
      return undefined
    }
    await upload(workspaceFile('notes.md'))
    await prompts.untilToast('Could not upload notes.md: the node 127.0.0.1:9 can not be reached.')
    deepEqual(retries, [['Retry', 'Show Log']])
    equal(prompts.toasts.length, 1)
    test.session.useNetwork('local')
  })

  it('keeps its account and network when the window changes to others meanwhile', async () => {
    const { test } = await useNetwork()
    prompts.answers.confirm = async () => {
      test.session.useNetwork('dead')
      return true
    }
    const before = await publishedCount()
    await upload(workspaceFile('README.md'))
    await prompts.untilToast('Uploaded README.md to local.')
    equal(await publishedCount(), before + 1)
    test.session.useNetwork('local')
  })

  it('names for a file anything that the network may hold, and opens it', async () => {
    const client = await nodeClient()
    const names = [
      '100% #1?: a/b\\c 🦊.txt',
      `${'long '.repeat(60)}.txt`,
      '../../up.txt',
      '\u202etxt.exe',
      '%2F%00.txt',
    ]
    for (const filename of names)
      await client.storage.storeFile(new TextEncoder().encode(filename), { filename, engine: 'storage' })
    const { test } = await useNetwork()
    await test.sidebar.trees.files.list.refresh()
    const files = (await roots('files')).filter(node => node.kind === 'file').slice(0, names.length)
    for (const [index, node] of files.entries()) {
      await click('files', node)
      const name = test.sidebar.trees.files.getTreeItem(node).resourceUri?.path.split('/').at(-1) ?? ''
      const document = await activeDocument(name)
      equal(document.getText(), names.at(-1 - index))
      equal(vscode.Uri.parse(document.uri.toString()).toString(), document.uri.toString())
      await closeEditors()
    }
  })
})
