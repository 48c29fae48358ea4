import { deepEqual, match, ok } from 'node:assert/strict'
import { ESLint } from 'eslint'

const rule = 'no-restricted-syntax'
const lint = new ESLint({
  ruleFilter: ({ ruleId }) => ruleId === rule,
  // These snippets are in no project, and this rule needs no types.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
})

async function problems(code: string, filePath = 'src/commands/snippet.ts'): Promise<string[]> {
  const [result] = await lint.lintText(code, { filePath })
  ok(result && !result.fatalErrorCount, JSON.stringify(result?.messages))
  return result.messages.map(({ message }) => message)
}

const ways: Record<string, string> = {
  'a toast': `import { window } from 'vscode'; void window.showErrorMessage(name)`,
  'a toast by destructuring': `import { window } from 'vscode'; const { showInformationMessage: say } = window`,
  'a toast by its name as a text': `import { window } from 'vscode'; void window['showWarningMessage'](name)`,
  'VS Code under another name': `import * as vscode from 'vscode'`,
  'VS Code loaded later': `const vscode = await import('vscode')`,
  'a quick pick': `import { window } from 'vscode'; window.createQuickPick().items = []`,
  'a list to pick from': `import { window } from 'vscode'; void window.showQuickPick([name])`,
  'an input box': `import { window } from 'vscode'; void window.showInputBox({ prompt: name })`,
  'a file dialog': `import { window } from 'vscode'; void window.showSaveDialog({ title: name })`,
  progress: `import { window } from 'vscode'; void window.withProgress({ title: name }, act)`,
  'a message of the status bar': `import { window } from 'vscode'; window.setStatusBarMessage(name)`,
  'an item of the status bar': `import { window } from 'vscode'; window.createStatusBarItem().text = name`,
  Markdown: `import { MarkdownString } from 'vscode'`,
  'a row': `import { TreeItem } from 'vscode'`,
  'rows of its own': `import { window } from 'vscode'; window.createTreeView('x', { treeDataProvider })`,
  'a provider of rows': `import { type TreeDataProvider } from 'vscode'`,
  'a decoration': `import { FileDecoration } from 'vscode'`,
  'a diagnostic': `import { Diagnostic as Problem } from 'vscode'`,
  'an error of a file system': `import { FileSystemError } from 'vscode'; throw FileSystemError.Unavailable(name)`,
  'a made error of a file system': `import { FileSystemError } from 'vscode'; throw new FileSystemError(name)`,
  'an error of a file system under another name': `import { FileSystemError as E } from 'vscode'`,
  'the title of a comparison': `await commands.executeCommand('vscode.diff', a, b, name)`,
  'the label of a document': `await commands.executeCommand('vscode.open', uri, {}, name)`,
  'a webview': `import { window } from 'vscode'; window.createWebviewPanel('x', name, 1)`,
  'an icon in a label': 'const label = `$(key) ${name}`',
  'an icon of a variable': 'const label = `$(${icon}) ${name}`',
}

describe('lint', () => {
  for (const [what, code] of Object.entries(ways))
    it(`lets no text past the doors: ${what}`, async () => {
      const found = await problems(code)
      ok(found.length, code)
      match(found.join(), /Go through|apart from the text/)
    })

  it('lets a door be one, for its own way alone', async () => {
    const toast = `import { window } from 'vscode'; void window.showErrorMessage(name)`
    deepEqual(await problems(toast, 'src/host/prompts.ts'), [])
    ok((await problems(toast, 'src/host/progress.ts')).length)
    ok((await problems(`import { MarkdownString } from 'vscode'`, 'src/host/prompts.ts')).length)
    deepEqual(await problems(`import { MarkdownString } from 'vscode'`, 'src/views/rows.ts'), [])
  })

  it('lets a page make nothing of text', async () => {
    ok((await problems('element.innerHTML = name', 'src/webview/snippet.ts')).length)
    deepEqual(await problems('element.textContent = name', 'src/webview/snippet.ts'), [])
  })

  it('has nothing against what shows no text', async () => {
    const code = `import { window, FileSystemError } from 'vscode'
      void window.showTextDocument(document)
      if (error instanceof FileSystemError) error.code
      const price = 'for $100 (50)'`
    deepEqual(await problems(code), [])
  })
})
