// No command may crash, whatever it is called with and by whom.
import * as vscode from 'vscode'
import { declaredCommands, survives, watchRejections } from './everyCommand.js'
import { nodeClient, roots, useNetwork, usePrompts, workspaceFile } from './extension.js'
import { publishSample } from './sample.js'

describe('every command', () => {
  const prompts = usePrompts()
  watchRejections()
  const argumentLists: unknown[][] = [
    [],
    [undefined, undefined],
    [null, [null]],
    [42],
    [{}],
    ['x'],
    ['files'],
    [{ kind: 'file' }, []],
    [{ kind: 'file', id: 'x', row: null }, [{ kind: 'folder', id: 'y' }]],
    [vscode.Uri.parse('untitled:nothing')],
    [vscode.Uri.parse('aleph-read://local/file/no-hash/x')],
  ]

  before(async () => {
    const { test } = await useNetwork()
    await publishSample(await nodeClient())
    for (const { list } of Object.values(test.sidebar.trees)) await list.refresh()
    argumentLists.push([workspaceFile('notes.md'), [workspaceFile('notes.md')]])
    for (const name of ['files', 'messages', 'aggregates'] as const) {
      const [node] = await roots(name)
      argumentLists.push([node], [node, [node]])
    }
  })

  afterEach(() => useNetwork())

  for (const id of declaredCommands)
    it(`${id} survives any arguments, and publishes nothing unasked`, () => survives(prompts, id, argumentLists))
})
