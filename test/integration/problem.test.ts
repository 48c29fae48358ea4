// What a person gets who reports a problem: a text of their own, without what tells who they are.
import { equal, match, ok } from 'node:assert/strict'
import { homedir } from 'node:os'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import { clipboard, closeEditors, useNetwork, uploadAll, usePrompts, workspaceFile } from './extension.js'

describe('a report about a problem', () => {
  const prompts = usePrompts()

  before(() => useNetwork())
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor')
    await closeEditors()
  })

  it('is an untitled document, is sent nowhere, and can be copied as its author left it', async () => {
    // Something that the log tells with a name and a path.
    prompts.answers.choose = uploadAll
    await vscode.commands.executeCommand(commands.filesUpload, workspaceFile('data/profile.json'))
    await prompts.untilToast('Uploaded profile.json')

    let press: ((button: string) => void) | undefined
    prompts.answers.notify = (_, message) =>
      message.startsWith('This report') ? new Promise(resolve => (press = resolve)) : Promise.resolve(undefined)
    await vscode.commands.executeCommand(commands.problemReport)
    const editor = vscode.window.activeTextEditor
    ok(editor)
    const { document } = editor
    equal(document.isUntitled, true)
    equal(document.languageId, 'markdown')
    const text = document.getText()
    match(text, /- Network: `local, development, one of \d+`/)
    match(text, /\[upload\] <name> is processed: message [0-9a-f]{8}…, file /)
    match(text, /- aleph\.networks: `\d+ entr/)
    for (const secret of ['profile.json', workspaceFile('').fsPath, homedir() + '/']) ok(!text.includes(secret), secret)

    await editor.edit(edit => edit.insert(new vscode.Position(0, 0), 'changed by hand '))
    ok(press)
    press('Copy')
    match(await clipboard(text => text.startsWith('changed')), /^changed by hand # Problem/)
  })
})
