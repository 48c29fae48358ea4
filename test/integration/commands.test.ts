// No command may crash, whatever it is called with and by whom.
import { deepEqual, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import { commands } from '../../src/shared/ids.js'
import { closeEditors, publishedCount, useNetwork, usePrompts } from './extension.js'

const argumentLists: unknown[][] = [
  [],
  [undefined, undefined],
  [null, [null]],
  ['files'],
  ['no such list'],
  [{ kind: 'file' }, []],
  [vscode.Uri.parse('untitled:nothing')],
]

describe('every command', () => {
  const prompts = usePrompts()

  before(() => useNetwork())

  for (const [name, id] of Object.entries(commands))
    it(`${name} survives any arguments, and publishes nothing unasked`, async () => {
      const left = async () => undefined
      Object.assign(prompts.answers, {
        ...{ input: left, pick: left, pickMany: left, choose: left, tell: left },
        ...{ openFiles: left, openFolder: left, saveFile: left },
      })
      prompts.answers.confirm = async () => false
      const before = await publishedCount()
      for (const args of argumentLists) await vscode.commands.executeCommand(id, ...args)
      deepEqual(
        prompts.toasts.filter(toast => toast.includes('unexpected')),
        [],
      )
      ok((await publishedCount()) === before)
      await closeEditors()
    }).timeout(60_000)
})
