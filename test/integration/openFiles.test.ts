// What opens when somebody clicks a stored file: never what could run it.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as vscode from 'vscode'
import { commands, documentLanguage, editorViewType } from '../../src/shared/ids.js'
import { developmentAddresses } from '../../src/core/developmentAccounts.js'
import { activated, click, closeEditors, nodeClient, rowOf, useNetwork, usePrompts } from './extension.js'

/** One of them. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const owner = developmentAddresses[0] ?? ''

describe('a stored file', () => {
  const prompts = usePrompts()
  const requests: string[] = []
  let server: Server
  let schemas: string

  before(async () => {
    await useNetwork()
    server = createServer((request, response) => {
      requests.push(request.url ?? '')
      response.setHeader('content-type', 'application/json')
      response.end('{"type":"object","properties":{"age":{"type":"number"}}}')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    schemas = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  after(() => server.close())
  afterEach(async () => {
    await closeEditors()
    await associate(undefined)
  })

  it('opens a notebook as text, whatever editor is set for its extension', async () => {
    await store('report.ipynb', JSON.stringify({ cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 }))
    for (const associations of [undefined, { '*.ipynb': 'jupyter-notebook' }]) {
      await associate(associations)
      await click('files', await rowOf('files', 'report.ipynb'))
      const tab = await tabOf('report.ipynb')
      ok(tab.input instanceof vscode.TabInputText, `${tab.label} is text`)
      // As a drop, a link or Quick Open does.
      const { uri } = tab.input
      await closeEditors()
      await vscode.commands.executeCommand('vscode.open', uri)
      ok((await tabOf('report.ipynb')).input instanceof vscode.TabInputText)
      await closeEditors()
    }
  })

  it('opens an image in the preview of VS Code, also when it is dropped or linked', async () => {
    await store(
      'pixel.png',
      Uint8Array.from(atob(pixel), character => character.charCodeAt(0)),
    )
    await associate({ '*.png': 'default' })
    const row = await rowOf('files', 'pixel.png')
    const transfer = new vscode.DataTransfer()
    const { drop } = (await activated()).test
    drop.handleDrag([row], transfer)
    const dropped = vscode.Uri.parse((await transfer.get('text/uri-list')?.asString()) ?? '', true)
    const opened = [() => click('files', row), () => vscode.commands.executeCommand('vscode.open', dropped)]
    for (const open of opened) {
      await open()
      const { input } = await tabOf('pixel.png')
      ok(input instanceof vscode.TabInputCustom)
      deepEqual([input.viewType, input.uri.toString()], ['imagePreview.previewEditor', dropped.toString()])
      await closeEditors()
    }
  })

  it('opens under its own name only after a question that says who published it', async () => {
    const content = JSON.stringify({ cells: [], metadata: { of: 'mine' }, nbformat: 4, nbformat_minor: 5 })
    await store('mine.ipynb', content)
    const row = await rowOf('files', 'mine.ipynb')
    ok(row.kind === 'file')
    const { itemHash } = row.row
    const named = vscode.Uri.from({ scheme: 'aleph-read', authority: 'local', path: `/file/${itemHash}/mine.ipynb` })
    await rejects(async () => vscode.workspace.openTextDocument(named), /Open With/)
    await rejects(async () => vscode.workspace.openNotebookDocument(named))

    const details: string[] = []
    prompts.answers.confirm = async ({ detail }) => details.push(detail) > 1
    await vscode.commands.executeCommand(commands.filesOpenWith, row)
    match(details[0] ?? '', new RegExp(`^Published by development 1 \\(${owner}\\), as the signature proves\\.`))
    await rejects(async () => vscode.workspace.openTextDocument(named))

    let isOpen = false
    const opening = vscode.commands.executeCommand(commands.filesOpenWith, row).then(() => (isOpen = true))
    // The list of editors is VS Code's own.
    while (!isOpen) await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem')
    await opening
    equal((await tabOf('mine.ipynb')).label, 'mine.ipynb')
    equal((await vscode.workspace.openTextDocument(named)).getText(), content)
  })

  it('or an aggregate opens in no editor that its name chooses', async () => {
    const { aggregate } = await nodeClient()
    await associate({ '*.ipynb': 'jupyter-notebook' })
    for (const key of ['evil.ipynb', 'photo.png', '.babelrc']) {
      await aggregate.create(key, { cells: 1 }, { key: 'nbformat' })
      const uri = vscode.Uri.from({ scheme: 'aleph', authority: 'local', path: `/aleph-aggregate/${owner}/${key}` })
      await vscode.commands.executeCommand('vscode.open', uri)
      const { input } = await tabOf(key)
      ok(input instanceof vscode.TabInputCustom, `${key} is in an editor of an extension`)
      const { languageId } = await vscode.workspace.openTextDocument(uri)
      deepEqual([input.viewType, languageId], [editorViewType, documentLanguage])
      await closeEditors()
    }
  })

  it('of JSON asks no server for a schema', async () => {
    await store('person.json', JSON.stringify({ $schema: `${schemas}/foreign`, age: 'thirty' }))
    await click('files', await rowOf('files', 'person.json'))
    const { input } = await tabOf('person.json')
    ok(input instanceof vscode.TabInputText)
    const foreign = await vscode.workspace.openTextDocument(input.uri)
    // The JSON service takes one after the other: when it reports this one, it has seen the other.
    const content = `{"$schema": "${schemas}/control", "age": }`
    const control = await vscode.workspace.openTextDocument({ language: 'json', content })
    const found = () => vscode.languages.getDiagnostics(control.uri).length > 0
    if (!found()) await until(vscode.languages.onDidChangeDiagnostics, found)
    equal(foreign.languageId, 'aleph-stored-json')
    deepEqual(
      requests.filter(path => path === '/foreign'),
      [],
    )
    equal(vscode.languages.getDiagnostics(foreign.uri).length, 0)
  })
})

async function store(name: string, content: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const { storage } = await nodeClient()
  await storage.storeFile(new File([content], name))
  await (await useNetwork()).test.lists.files.refresh()
}

const associate = (value: Record<string, string> | undefined) =>
  vscode.workspace.getConfiguration('workbench').update('editorAssociations', value, vscode.ConfigurationTarget.Global)

async function tabOf(name: string): Promise<vscode.Tab> {
  const find = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ label }) => label.startsWith(name))
  if (!find()) await until(vscode.window.tabGroups.onDidChangeTabs, () => find() !== undefined)
  const tab = find()
  ok(tab)
  return tab
}

const until = (event: vscode.Event<unknown>, isDone: () => boolean) =>
  new Promise<void>(resolve => {
    const subscription = event(() => {
      if (!isDone()) return
      subscription.dispose()
      resolve()
    })
  })
