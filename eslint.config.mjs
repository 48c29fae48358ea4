import tseslint from 'typescript-eslint'

// VS Code makes links, icons and markup of text, so names and sentences of strangers go to it through a few doors, each of
// which leaves no markup in them. Whatever else would show text is out of reach everywhere but behind its door.
const doors = [
  {
    file: 'src/host/prompts.ts',
    names: [
      ...['showInformationMessage', 'showWarningMessage', 'showErrorMessage', 'showQuickPick', 'createQuickPick'],
      ...['showInputBox', 'createInputBox', 'showOpenDialog', 'showSaveDialog', 'showWorkspaceFolderPick'],
    ],
  },
  { file: 'src/host/progress.ts', names: ['withProgress', 'withScmProgress', 'setStatusBarMessage'] },
  {
    file: 'src/views/rows.ts',
    names: ['createTreeView', 'registerTreeDataProvider', 'badge'],
    imports: ['TreeItem', 'TreeItemLabel', 'TreeDataProvider', 'TreeView', 'MarkdownString'],
  },
  { file: 'src/views/statusBar.ts', names: ['createStatusBarItem'], imports: ['StatusBarItem'] },
  { file: 'src/views/uploadDecorations.ts', imports: ['FileDecoration'] },
  { file: 'src/editors/aggregateSession.ts', imports: ['Diagnostic'] },
  { file: 'src/host/diff.ts', commands: ['vscode.diff', 'vscode.changes'] },
  {
    file: 'src/host/failure.ts',
    selectors: ["MemberExpression[object.name='FileSystemError']", "NewExpression[callee.name='FileSystemError']"],
  },
  {
    file: 'no file of this extension',
    names: ['createWebviewPanel', 'createTerminal'],
    imports: ['Hover', 'CompletionItem', 'CodeLens', 'CodeAction', 'InlayHint'],
    selectors: [
      // Under another name nothing of the above would be found.
      "ImportDeclaration[source.value='vscode'] > ImportNamespaceSpecifier",
      "ImportDeclaration[source.value='vscode'] > ImportDefaultSpecifier",
      "ImportDeclaration[source.value='vscode'] > ImportSpecifier[imported.name='FileSystemError'][local.name!='FileSystemError']",
      "ImportExpression[source.value='vscode']",
      "CallExpression[callee.name='require'][arguments.0.value='vscode']",
      // The label of a tab.
      "CallExpression[callee.property.name='executeCommand'][arguments.0.value='vscode.open'][arguments.length>3]",
    ],
  },
]
const oneOf = words => `/^(${words.join('|').replaceAll('.', '\\.')})$/`
const closed = doors.map(({ file, names = [], imports = [], commands = [], selectors = [] }) => ({
  file,
  rules: [
    ...(names.length ? [`Identifier[name=${oneOf(names)}]`, `Literal[value=${oneOf(names)}]`] : []),
    ...(imports.length
      ? [`ImportDeclaration[source.value='vscode'] > ImportSpecifier[imported.name=${oneOf(imports)}]`]
      : []),
    ...(commands.length ? [`Literal[value=${oneOf(commands)}]`] : []),
    ...selectors,
  ].map(selector => ({ selector, message: `VS Code would read markup in this text. Go through ${file}.` })),
}))
const icons = ['Literal[value=/\\$\\([a-z]/]', 'TemplateElement[value.raw=/\\$\\(([a-z]|$)/]'].map(selector => ({
  selector,
  message: 'Icons are given apart from the text, which may be a stranger’s.',
}))
const restricted = open => [
  'error',
  ...closed.filter(({ file }) => file !== open).flatMap(({ rules }) => rules),
  ...(['src/host/prompts.ts', 'src/views/statusBar.ts'].includes(open) ? [] : icons),
]

// Few rules, each for a mistake that costs a user something: a promise nobody awaits, an error thrown away,
// an import that is only a type, a switch that forgets a case.
export default tseslint.config(
  { ignores: ['dist', 'test/.out', '.vscode-test', 'node_modules'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      eqeqeq: ['error', 'smart'],
      'no-empty': 'error',
      'prefer-const': 'error',
    },
  },
  { files: ['src/**/*.ts'], ignores: ['src/webview/**'], rules: { 'no-restricted-syntax': restricted() } },
  ...doors
    .filter(({ file }) => file.endsWith('.ts'))
    .map(({ file }) => ({ files: [file], rules: { 'no-restricted-syntax': restricted(file) } })),
  {
    files: ['src/webview/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Identifier[name=/^(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser)$/]',
          message: 'A page shows text as text: use text nodes.',
        },
      ],
    },
  },
)
