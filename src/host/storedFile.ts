// A small text file in the extension's own folder that all windows share and watch.
import { FileSystemError, RelativePattern, Uri, workspace, type Disposable } from 'vscode'
import type { SharedFile } from '../core/accountBook.js'
import { Emitter } from '../shared/emitter.js'

export class StoredFile implements SharedFile {
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event
  #watching: Promise<Disposable> | undefined
  readonly #uri: Uri

  constructor(
    private readonly folder: Uri,
    private readonly name: string,
  ) {
    this.#uri = Uri.joinPath(folder, name)
  }

  /** From the first read on, changes of other windows are told. */
  async read(): Promise<string | undefined> {
    await (this.#watching ??= this.#watch())
    try {
      return new TextDecoder().decode(await workspace.fs.readFile(this.#uri))
    } catch (error) {
      if (error instanceof FileSystemError && error.code === 'FileNotFound') return undefined
      throw error
    }
  }

  /** To a name of its own first, so that nobody ever reads half a file. */
  async write(text: string): Promise<void> {
    const draft = Uri.joinPath(this.folder, `draft-${crypto.randomUUID()}`)
    await workspace.fs.createDirectory(this.folder)
    await workspace.fs.writeFile(draft, new TextEncoder().encode(text))
    await workspace.fs.rename(draft, this.#uri, { overwrite: true })
  }

  /** A folder that is not there can not be watched, so a new user's second window would hear of no account. */
  async #watch(): Promise<Disposable> {
    // Where it can not be made, reading goes on without hearing of others.
    await Promise.resolve(workspace.fs.createDirectory(this.folder)).catch(() => undefined)
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(this.folder, this.name))
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete])
      event(() => this.#changed.fire())
    return watcher
  }

  dispose(): void {
    void this.#watching?.then(watcher => watcher.dispose())
    this.#changed.dispose()
  }
}
