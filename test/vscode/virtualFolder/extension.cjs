// A workspace that is no folder of any disk, for the run of the host suite in a virtual workspace.
const vscode = require('vscode')

const files = new Map([
  ['/pages/index.html', Buffer.from('<h1>Hello</h1>\n')],
  ['/pages/notes #1.md', Buffer.from('# Notes\n')],
])

exports.activate = context => {
  const none = () => {
    throw vscode.FileSystemError.NoPermissions()
  }
  const bytesOf = uri => {
    const bytes = files.get(uri.path)
    if (!bytes) throw vscode.FileSystemError.FileNotFound(uri)
    return bytes
  }
  const provider = {
    onDidChangeFile: new vscode.EventEmitter().event,
    watch: () => new vscode.Disposable(() => undefined),
    stat: uri =>
      uri.path === '/pages'
        ? { type: vscode.FileType.Directory, size: 0, ctime: 0, mtime: 0 }
        : { type: vscode.FileType.File, size: bytesOf(uri).length, ctime: 0, mtime: 0 },
    readDirectory: () => [...files.keys()].map(path => [path.slice('/pages/'.length), vscode.FileType.File]),
    readFile: bytesOf,
    ...{ createDirectory: none, writeFile: none, delete: none, rename: none },
  }
  context.subscriptions.push(
    vscode.workspace.registerFileSystemProvider('aleph-test-virtual', provider, { isReadonly: true }),
  )
}
