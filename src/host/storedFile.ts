// A small text file in the extension's own folder that all windows share and watch.
import { FileSystemError, RelativePattern, Uri, workspace, type Disposable } from 'vscode'
import type { SharedFile } from '../core/accountBook.js'
import { Emitter } from '../shared/emitter.js'

export class StoredFile implements SharedFile {
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event
  #watcher: Disposable | undefined
  readonly #uri: Uri

  constructor(
    private readonly folder: Uri,
    private readonly name: string,
  ) {
    this.#uri = Uri.joinPath(folder, name)
  }

  /** From the first read on, changes of other windows are told. */
  async read(): Promise<string | undefined> {
    if (!this.#watcher) {
      // Nobody hears of a folder that appears later. One that can not be made can not be written either, and whoever
      // writes is told.
      await workspace.fs.createDirectory(this.folder).then(undefined, () => undefined)
      this.#watcher ??= this.#watch()
    }
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

  #watch(): Disposable {
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(this.folder, this.name))
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete])
      event(() => this.#changed.fire())
    return watcher
  }

  dispose(): void {
    this.#watcher?.dispose()
    this.#changed.dispose()
  }
}
