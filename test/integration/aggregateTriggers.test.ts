// Nothing is published by accident: every way in which VS Code, or an extension in it, writes a document is tried, and
// counted at the node. The titles of the tests are the table of what each publishes.
import { equal, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import type { AlephHttpClient } from '../../src/client/index.js'
import { developmentAddresses } from '../../src/core/developmentAccounts.js'
import type { OpenAggregate } from '../../src/host/openAggregate.js'
import { documentLanguage } from '../../src/shared/ids.js'
import { elementCount, openEditor, publish, type, untilText, withSettings } from './aggregateEditor.js'
import { closeEditors, nodeClient, useAccount, usePrompts, workspaceFile } from './extension.js'

const account = 6
const owner = developmentAddresses[account] ?? ''
const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand(id, ...args)
const bytes = (text: string) => new TextEncoder().encode(text)
const valueOf = (value: number) => `{\n  "a": ${value}\n}\n`

/** VS Code 1.100 saves before a task as autosave does, later ones as if the user had. */
const isTaskSavedQuietly = vscode.version.startsWith('1.100.')

let number = 0

interface Expected {
  published: number
  /** How often the user is asked; never, if not said. */
  asked?: number
  /** What the user answers. */
  answer?: boolean
  /** The document counts as saved afterwards. */
  isSaved?: boolean
}

/** `settings` are those that a window of this kind begins with. */
function triggers(kind: string, settings: Record<string, unknown>): void {
  describe(`what is published ${kind}, for one changed document`, () => {
    const prompts = usePrompts()
    let client: AlephHttpClient
    let open: OpenAggregate

    const openNew = async () => {
      const key = `trigger-${++number}`
      await client.aggregate.create(key, 1, { key: 'a' })
      return openEditor({ networkId: 'local', owner, key })
    }

    let debugging: vscode.Disposable

    before(async () => {
      await useAccount(account)
      client = await nodeClient(account)
      // VS Code asks it after it has saved; nothing is started.
      debugging = vscode.debug.registerDebugConfigurationProvider('aleph-test', {
        resolveDebugConfiguration: () => undefined,
      })
    })

    after(() => debugging.dispose())

    beforeEach(async () => {
      open = await openNew()
      await type(open, valueOf(2))
      ok(open.text.isDirty)
    })

    afterEach(closeEditors)

    function trigger(
      title: string,
      expected: Expected,
      act: () => Thenable<unknown> | Promise<unknown>,
      prepare: () => Promise<unknown> = async () => undefined,
    ) {
      const { published, asked = 0, answer = false, isSaved = published > 0 } = expected
      const answered = asked ? `, asked ${asked === 1 ? 'once' : asked} and ${answer ? 'agreed' : 'refused'}` : ''
      it(`${published} by ${title}${answered}`, async () => {
        await prepare()
        const before = await elementCount(owner)
        let count = 0
        prompts.answers.confirm = async () => ++count > 0 && answer
        await withSettings(settings, async () => void (await act()))
        equal((await elementCount(owner)) - before, published)
        equal(count, asked, 'questions')
        equal(!open.text.isDirty, isSaved)
      })
    }

    /** Resolves when VS Code saved a file of the workspace that was changed after our document. */
    async function untilOtherSaved(act: () => Thenable<unknown> | Promise<unknown> = async () => undefined) {
      const uri = workspaceFile('README.md')
      const saved = new Promise<void>(resolve => {
        const subscription = vscode.workspace.onDidSaveTextDocument(document => {
          if (String(document.uri) !== String(uri)) return
          subscription.dispose()
          resolve()
        })
      })
      const document = await vscode.workspace.openTextDocument(uri)
      await vscode.window.showTextDocument(document, { preview: false, viewColumn: vscode.ViewColumn.Beside })
      const edit = new vscode.WorkspaceEdit()
      edit.insert(uri, new vscode.Position(0, 0), '-')
      ok(await vscode.workspace.applyEdit(edit))
      await act()
      await saved
    }

    /** Settings of our language do not hold for it any more. */
    const asJson = () => vscode.languages.setTextDocumentLanguage(open.text, 'json')
    /** Resolves when VS Code began to save the document. */
    const untilTried = () =>
      new Promise<void>(resolve => {
        const subscription = vscode.workspace.onWillSaveTextDocument(({ document }) => {
          if (String(document.uri) !== String(open.text.uri)) return
          subscription.dispose()
          resolve()
        })
      })

    const startTask = async () => {
      const tried = untilTried()
      await runTask()
      await tried
    }

    trigger('Publish', { published: 1 }, () => publish(open))
    if (isTaskSavedQuietly) trigger('start of a task', { published: 0 }, startTask)
    for (const answer of [false, true]) {
      const expected = { published: answer ? 1 : 0, asked: 1, answer }
      trigger('Save', expected, () => run('workbench.action.files.save'))
      trigger('Save without Formatting', expected, () => run('workbench.action.files.saveWithoutFormatting'))
      trigger('Save All', expected, () => run('workbench.action.files.saveAll'))
      trigger('save() of another extension', expected, () => open.text.save())
      trigger('saveAll() of another extension', expected, () => vscode.workspace.saveAll(false))
      trigger('Save after its language became JSON', expected, async () => {
        await asJson()
        await run('workbench.action.files.save')
      })
      trigger('start of debugging', expected, () =>
        vscode.debug.startDebugging(undefined, { type: 'aleph-test', name: 'test', request: 'launch' }),
      )
      if (!isTaskSavedQuietly) trigger('start of a task', expected, startTask)
      trigger('a refactoring over several files', expected, async () => {
        const edit = new vscode.WorkspaceEdit()
        edit.insert(workspaceFile('README.md'), new vscode.Position(0, 0), '-')
        edit.replace(open.text.uri, new vscode.Range(1, 7, 1, 8), '3')
        const tried = untilTried()
        ok(await vscode.workspace.applyEdit(edit, { isRefactoring: true }))
        await tried
      })
    }
    trigger('a write of another extension beside unsaved changes', { published: 0 }, () =>
      refused(vscode.workspace.fs.writeFile(open.text.uri, bytes(valueOf(3)))),
    )

    for (const mode of ['off', 'afterDelay', 'onFocusChange', 'onWindowChange']) {
      const autoSave = { 'files.autoSave': mode, 'files.autoSaveDelay': 20 }
      trigger(`autosave ${mode}`, { published: 0 }, () =>
        withSettings(autoSave, async () => {
          await type(open, valueOf(3))
          if (mode === 'off' || mode === 'onWindowChange') await run('workbench.view.explorer')
          else await untilOtherSaved(() => run('workbench.action.focusFirstEditorGroup'))
        }),
      )
    }
    trigger('autosave afterDelay after its language became JSON', { published: 0 }, async () => {
      await asJson()
      const tried = untilTried()
      await withSettings({ 'files.autoSave': 'afterDelay', 'files.autoSaveDelay': 20 }, async () => {
        await type(open, valueOf(3))
        await tried
        await untilOtherSaved()
      })
    })
    trigger('autosave onFocusChange after its language became JSON', { published: 0 }, async () => {
      await asJson()
      const tried = untilTried()
      await withSettings({ 'files.autoSave': 'onFocusChange' }, async () => {
        await type(open, valueOf(3))
        await untilOtherSaved(() => run('workbench.action.focusFirstEditorGroup'))
        await tried
      })
    })

    trigger('hovering', { published: 0 }, () =>
      run('vscode.executeHoverProvider', open.text.uri, new vscode.Position(1, 4)),
    )
    trigger('looking at the source control', { published: 0 }, async () => {
      await run('workbench.view.scm')
      await run('workbench.view.explorer')
    })
    trigger('undo and redo', { published: 0 }, async () => {
      await run('undo')
      await run('redo')
    })
    trigger('a second editor beside', { published: 0 }, () => run('workbench.action.splitEditor'))
    trigger('Revert', { published: 0, isSaved: true }, () => run('workbench.action.files.revert'))
    trigger('closing without saving', { published: 0, isSaved: true }, () => run('workbench.action.closeActiveEditor'))

    trigger('Publish while VS Code formats, trims and ends files with a line', { published: 1 }, async () => {
      const formatter = vscode.languages.registerDocumentFormattingEditProvider(
        { language: documentLanguage },
        { provideDocumentFormattingEdits: () => [vscode.TextEdit.insert(new vscode.Position(1, 0), '      ')] },
      )
      const saving = { 'editor.formatOnSave': true, 'files.trimTrailingWhitespace': true }
      await type(open, '{\n  "a": 2   \n}')
      await withSettings({ ...saving, 'files.insertFinalNewline': true, 'files.trimFinalNewlines': true }, async () => {
        await publish(open)
      })
      formatter.dispose()
      equal(open.text.getText(), '{\n        "a": 2\n}\n')
    })
    trigger(
      'Publish while a formatter changes the value, which stays unsaved',
      { published: 1, isSaved: false },
      async () => {
        const formatter = vscode.languages.registerDocumentFormattingEditProvider(
          { language: documentLanguage },
          { provideDocumentFormattingEdits: () => [vscode.TextEdit.insert(new vscode.Position(1, 7), '9')] },
        )
        await withSettings({ 'editor.formatOnSave': true }, async () => {
          await publish(open)
        })
        formatter.dispose()
      },
    )

    for (const answer of [false, true]) {
      let second: OpenAggregate
      trigger(
        'Save All of two documents',
        { published: answer ? 2 : 0, asked: 1, answer },
        async () => {
          await run('workbench.action.files.saveAll')
          equal(second.text.isDirty, !answer)
        },
        async () => {
          second = await openNew()
          await type(second, valueOf(2))
        },
      )
    }
  })

  describe(`what is published ${kind}, for one document without changes`, () => {
    const prompts = usePrompts()
    let client: AlephHttpClient
    let open: OpenAggregate

    before(async () => {
      await useAccount(account)
      client = await nodeClient(account)
    })

    beforeEach(async () => {
      const key = `trigger-${++number}`
      await client.aggregate.create(key, 1, { key: 'a' })
      open = await openEditor({ networkId: 'local', owner, key })
    })

    afterEach(closeEditors)

    async function counted(expected: number, act: () => Promise<unknown>) {
      const before = await elementCount(owner)
      await withSettings(settings, async () => void (await act()))
      equal((await elementCount(owner)) - before, expected)
      equal(open.text.isDirty, false)
    }

    it('0 by Publish', () =>
      counted(0, async () => {
        await publish(open)
        await prompts.untilToast('Nothing changed, so nothing was published.')
      }))

    it('0 by a write of another extension, asked once and refused', () =>
      counted(0, async () => {
        prompts.answers.confirm = async () => false
        await refused(vscode.workspace.fs.writeFile(open.text.uri, bytes(valueOf(3))))
        equal(open.text.getText(), valueOf(1))
      }))

    it('1 by a write of another extension, asked once and agreed, which the editor shows', () =>
      counted(1, async () => {
        const details: string[] = []
        prompts.answers.confirm = async ({ detail }) => details.push(detail) === 1
        await vscode.workspace.fs.writeFile(open.text.uri, bytes(valueOf(3)))
        await untilText(open, text => text === valueOf(3))
        ok(details[0]?.includes(`${open.document.address.key} to local as `), details[0])
      }))

    it('0 by a write of another extension that only spaces it otherwise', () =>
      counted(0, async () => {
        await vscode.workspace.fs.writeFile(open.text.uri, bytes('{"a":1}'))
        await untilText(open, text => text === '{"a":1}')
      }))

    it('0 by a write of another extension that is no JSON', () =>
      counted(0, async () => {
        await refused(vscode.workspace.fs.writeFile(open.text.uri, bytes('{')))
      }))

    it('0 by a write of another extension to one that is not open', () =>
      counted(0, async () => {
        const uri = open.text.uri.with({ path: `${open.text.uri.path}-other` })
        await refused(vscode.workspace.fs.writeFile(uri, bytes(valueOf(3))))
      }))

    it('0 by showing what others published', async () => {
      await client.aggregate.update(open.document.address.key, 'a', 5)
      await counted(0, async () => {
        await open.document.refresh()
        await untilText(open, text => text === valueOf(5))
      })
    })
  })
}

triggers('as on the desktop', { 'files.autoSave': 'off' })
triggers('as in the browser', {})

async function refused(act: Thenable<unknown>): Promise<void> {
  const error: unknown = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  ok(error instanceof Error, 'it is refused')
}

/** A task that does nothing; VS Code saves all before. */
async function runTask(): Promise<void> {
  const ends = new vscode.EventEmitter<number>()
  const nothing = new vscode.CustomExecution(async () => ({
    onDidWrite: new vscode.EventEmitter<string>().event,
    onDidClose: ends.event,
    open: () => ends.fire(0),
    close: () => undefined,
  }))
  const task = new vscode.Task({ type: 'aleph-test' }, vscode.TaskScope.Workspace, 'nothing', 'test', nothing)
  const ended = new Promise<void>(resolve => {
    const subscription = vscode.tasks.onDidEndTask(({ execution }) => {
      if (execution.task.name !== 'nothing') return
      subscription.dispose()
      resolve()
    })
  })
  await vscode.tasks.executeTask(task)
  await ended
}
