import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import { ETHAccount } from '../../src/client/index.js'
import { startLocalNode } from '../../src/localNode/index.js'
import { startLyingNode } from './lyingNode.js'
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
  uploadAll,
  useNetwork,
  usePrompts,
  workspaceFile,
} from './extension.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

describe('upload', () => {
  const prompts = usePrompts()
  let questions: { message: string; detail: string; actions: readonly string[] }[]
  const upload = (...uris: vscode.Uri[]) => vscode.commands.executeCommand(commands.filesUpload, uris[0], uris)

  before(async () => {
    await useNetwork()
    // In the browser VS Code saves by itself after a second, which is not what these tests are about.
    await vscode.workspace.getConfiguration('files').update('autoSave', 'off', vscode.ConfigurationTarget.Global)
  })

  beforeEach(() => {
    questions = []
    prompts.answers.choose = async question => {
      questions.push(question)
      return uploadAll(question)
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
    prompts.answers.choose = async () => undefined
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
    match(questions[0]?.detail ?? '', /mixed\/loop: a link to a folder that it is in/)
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

  describe('of unsaved changes', () => {
    const uri = () => workspaceFile('draft.txt')
    /** Answers the question about the changes; that about the plan as ever. */
    const answer = (action: string | undefined) => {
      prompts.answers.choose = async question => {
        questions.push(question)
        return question.message.startsWith('draft.txt') ? action : 'Upload'
      }
    }

    beforeEach(async () => {
      await writeFile(uri().fsPath, 'old')
      const editor = await vscode.window.showTextDocument(uri())
      await editor.edit(edit => edit.insert(new vscode.Position(0, 0), `${Math.random()}, not `))
    })

    afterEach(async () => {
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
      await rm(uri().fsPath)
    })

    it('takes what is on screen and leaves the file alone', async () => {
      answer('Upload What Is on Screen')
      await vscode.commands.executeCommand(commands.filesUploadActive)
      equal(questions[0]?.message, 'draft.txt has unsaved changes.')
      match(questions[1]?.message ?? '', /^Upload draft\.txt, \d\d bytes\?$/)
      await prompts.untilToast('Uploaded draft.txt')
      equal(await readFile(uri().fsPath, 'utf8'), 'old')
    })

    it('saves them first where that is wanted', async () => {
      answer('Save and Upload')
      await vscode.commands.executeCommand(commands.filesUploadActive)
      await prompts.untilToast('Uploaded draft.txt')
      match(await readFile(uri().fsPath, 'utf8'), /, not old$/)
    })

    it('does nothing when the question is left', async () => {
      answer(undefined)
      await vscode.commands.executeCommand(commands.filesUploadActive)
      equal(questions.length, 1)
      equal(await readFile(uri().fsPath, 'utf8'), 'old')
    })
  })

  it('of bytes that are stored already offers what is there, and uploads again only when told to', async () => {
    const { test } = await useNetwork()
    const uri = workspaceFile('twice.txt')
    await writeFile(uri.fsPath, `twice ${Math.random()}`)
    await upload(uri)
    await prompts.untilToast('Uploaded twice.txt')
    const before = await publishedCount()
    prompts.answers.choose = async question => {
      questions.push(question)
      return 'Show in Files'
    }
    await upload(uri)
    deepEqual(questions[1]?.actions, ['Show in Files', 'Upload Again', 'Options…'])
    match(questions[1]?.detail ?? '', /The same bytes are stored already\./)
    equal(await publishedCount(), before)
    equal((await test.sidebar.trees.files.list.roots()).length > 0, true)
    await rm(uri.fsPath)
  })

  it('changes engine, name, channel and tags in the options of the plan', async () => {
    const picks = ['engine', 'name', 'channel', 'tags']
    const texts = [' other.md ', 'blog', 'a, b']
    prompts.answers.choose = async question => {
      questions.push(question)
      return picks.length ? 'Options…' : uploadAll(question)
    }
    prompts.answers.pick = async items => {
      const engine = items.find(({ label }) => label === 'storage')
      return (engine?.value ?? picks.shift()) as never
    }
    prompts.answers.input = async ({ validate }) => {
      ok(validate?.('x'.repeat(300)) ?? true)
      return texts.shift()
    }
    await upload(workspaceFile('notes.md'))
    match(questions.at(-1)?.message ?? '', /^Upload other\.md, /)
    match(questions.at(-1)?.detail ?? '', /Engine: storage.*\nChannel: blog\nTags: a, b\n/)
    await prompts.untilToast('Uploaded other.md')
    const node = await rowOf('files', 'other.md')
    ok(node.kind === 'file')
    deepEqual([node.row.engine, node.row.tags], ['storage', ['a', 'b']])
  })

  it('of what was dropped: files with a place, bytes without one, and what can not be read', async () => {
    const { test } = await useNetwork()
    const transfer = new vscode.DataTransfer()
    const bytes = new TextEncoder().encode(`dropped ${Math.random()}`)
    const item = (name: string, data: () => Promise<Uint8Array>) =>
      Object.assign(new vscode.DataTransferItem(''), { asFile: () => ({ name, data }) })
    transfer.set(
      'text/plain',
      item('dropped %20#é.txt', async () => bytes),
    )
    transfer.set(
      'application/x-folder',
      item('a folder', () => Promise.reject(new Error('no file'))),
    )
    await test.drop.handleDrop(undefined, transfer)
    await prompts.untilToast('Uploaded dropped %20#é.txt')
    match(questions[0]?.detail ?? '', /1 skipped:\na folder: a folder, or unreadable/)

    const list = new vscode.DataTransfer()
    const uris = [workspaceFile('notes.md'), workspaceFile('README.md')]
    list.set('text/uri-list', new vscode.DataTransferItem(['# comment', ...uris].join('\r\n')))
    await test.drop.handleDrop(undefined, list)
    await prompts.untilToast('Uploaded 2 files')
    const empty = questions.length
    await test.drop.handleDrop(undefined, new vscode.DataTransfer())
    equal(questions.length, empty)
  })

  it('of an empty folder, or one whose files are all left out, says so', async () => {
    const told: string[] = []
    prompts.answers.tell = async (...texts) => void told.push(...texts)
    const folder = workspaceFile('nothing')
    await vscode.workspace.fs.createDirectory(folder)
    await upload(folder)
    await writeFile(vscode.Uri.joinPath(folder, 'a.log').fsPath, 'x')
    await writeFile(vscode.Uri.joinPath(folder, '.alephignore').fsPath, '*.log')
    await upload(folder)
    await rm(folder.fsPath, { recursive: true })
    deepEqual(told, [
      'There is nothing to upload.',
      '1 skipped:\nnothing: empty folder',
      'There is nothing to upload.',
      '2 skipped:\nnothing/.alephignore: only says what is left out\nnothing/a.log: excluded by .alephignore',
    ])
  })

  it('leaves out what files.exclude hides', async () => {
    const settings = vscode.workspace.getConfiguration('files')
    await settings.update('exclude', { '**/*.css': true, '**/images': false }, vscode.ConfigurationTarget.Workspace)
    prompts.answers.choose = async question => void questions.push(question)
    await upload(workspaceFile('site'))
    await settings.update('exclude', undefined, vscode.ConfigurationTarget.Workspace)
    match(questions[0]?.detail ?? '', /site\/style\.css: excluded by the setting files\.exclude/)
    match(questions[0]?.message ?? '', /^Upload 2 files/)
  })

  it('of a file with unsaved changes from the explorer says that they are not in it', async () => {
    const uri = workspaceFile('edited.txt')
    await writeFile(uri.fsPath, 'old')
    const editor = await vscode.window.showTextDocument(uri)
    await editor.edit(edit => edit.insert(new vscode.Position(0, 0), 'new'))
    prompts.answers.choose = async question => {
      questions.push(question)
      return undefined
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

  it('of a remote file that disappears meanwhile says so, and offers a retry', async () => {
    const files = { '/gone/a.txt': new TextEncoder().encode('there'), '/gone/b.txt': new TextEncoder().encode('stays') }
    const registration = registerMemoryFiles(files)
    const { test } = await useNetwork()
    prompts.answers.choose = async ({ actions }) => {
      Reflect.deleteProperty(files, '/gone/a.txt')
      return actions.find(action => action.startsWith('Upload'))
    }
    try {
      await upload(vscode.Uri.from({ scheme: memoryScheme, path: '/gone' }))
    } finally {
      registration.dispose()
    }
    await prompts.untilToast('Could not upload 1 of 2 files. a.txt: a.txt can not be read: it does not exist any more.')
    await vscode.commands.executeCommand(commands.transfersClear)
    deepEqual(test.transfers.all, [])
  })

  it('asks once per account before it publishes on a public network', async () => {
    const { test } = await useNetwork()
    const { privateKey } = await ETHAccount.generate()
    const { address } = await test.book.addKey(privateKey, 'dora')
    test.session.useNetwork('public')
    test.session.useAccount(address)
    const asked: string[] = []
    prompts.answers.confirm = async ({ message, detail }) => {
      asked.push(`${message}\n${detail}`)
      return asked.length > 1
    }
    const before = await publishedCount()
    await upload(workspaceFile('notes.md'))
    equal(await publishedCount(), before)
    for (const _ of [1, 2]) {
      await upload(workspaceFile('notes.md'))
      await prompts.untilToast('Uploaded notes.md to public.')
    }
    equal(asked.length, 2)
    match(asked[0] ?? '', /first time that this account publishes there/)
    await test.book.remove(address)
    test.session.useNetwork('local')
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
    await upload(workspaceFile('README.md'))
    await prompts.untilToast('Uploaded README.md')
    questions = []
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
    prompts.answers.openFolder = async () => {
      asked++
      return undefined
    }
    await vscode.commands.executeCommand(commands.filesUploadFolder)
    equal(asked, 3)
  })

  it('to a node that is down ends in one toast that offers a retry', async () => {
    const { test } = await useNetwork('dead')
    const retries: string[][] = []
    prompts.answers.notify = async (_, message, actions) => {
      if (message.startsWith('Could not upload notes.md')) retries.push(actions)
      return undefined
    }
    await upload(workspaceFile('notes.md'))
    await prompts.untilToast("Could not upload notes.md: The node 127.0.0.1:9 can't be reached.")
    deepEqual(retries, [['Retry', 'Show Log']])
    equal(prompts.toasts.length, 1)
    const row = await rowOf('files', 'notes.md')
    equal(test.sidebar.trees.files.getTreeItem(row).description, 'failed')
    equal(test.transfers.all.length, 1)
    await vscode.commands.executeCommand(commands.transfersRetry)
    equal(prompts.toasts.length, 2)
    await vscode.commands.executeCommand(commands.transfersClear)
    deepEqual(test.transfers.all, [])
    ok(!(await labels('files')).includes('notes.md'))
    test.session.useNetwork('local')
  })

  it('whose answer was lost says that it may have arrived, and Retry publishes nothing twice', async () => {
    const node = await startLocalNode()
    try {
      const { test } = await useNetwork('faulty', node.url)
      node.faults.add('lost path=/api/v0/ipfs/add_file method=POST')
      node.faults.add('503 retry-after=0 path=/api/v0/messages')
      await upload(workspaceFile('notes.md'))
      await prompts.untilToast("It may have arrived all the same. Trying again can't publish it twice.")
      equal(test.sidebar.trees.files.getTreeItem(await rowOf('files', 'notes.md')).description, 'failed')
      node.faults.clear()
      await vscode.commands.executeCommand(commands.transfersRetry)
      await prompts.untilToast('Uploaded notes.md to faulty.')
      deepEqual(test.transfers.all, [])
      const answer = await nodeFetch(`${node.url}/api/v0/messages.json?msgTypes=STORE`)
      equal(((await answer.json()) as { messages: unknown[] }).messages.length, 1)
    } finally {
      await useNetwork()
      await node.close()
    }
  })

  it('is not cancelled by a click on a row that VS Code lost', async () => {
    let reach = () => {}
    const isReached = new Promise<void>(resolve => (reach = resolve))
    const slow = await startLyingNode(
      (_, body) => body,
      async path => {
        if (!path.includes('/add_file')) return undefined
        reach()
        return new Promise<never>(() => undefined)
      },
    )
    try {
      const { test } = await useNetwork('liar', slow.url)
      const uploading = upload(workspaceFile('notes.md'))
      await isReached
      await vscode.commands.executeCommand(commands.transfersCancel, undefined, undefined)
      await prompts.untilToast('This row changed in the moment of the click.')
      equal(test.transfers.all[0]?.isStopping, false)
      await vscode.commands.executeCommand(commands.transfersCancel)
      await uploading
      deepEqual(test.transfers.all, [])
    } finally {
      slow.stop()
      await useNetwork()
    }
  })

  it('keeps its account and network when the window changes to others meanwhile', async () => {
    const { test } = await useNetwork()
    prompts.answers.choose = async ({ actions }) => {
      test.session.useNetwork('dead')
      return actions.find(action => action.startsWith('Upload'))
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
