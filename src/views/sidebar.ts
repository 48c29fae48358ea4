// The three views, what they are filled with, and going to a row in them.
import { commands, window, type Disposable, type TreeView } from 'vscode'
import type { Lists } from '../core/lists.js'
import { filesOf, type ListName, type ListNode } from '../core/nodes.js'
import type { Session } from '../core/session.js'
import { canPublish } from '../core/session.js'
import type { ContextKeys } from '../host/contextKeys.js'
import { contextKeys, views } from '../shared/ids.js'
import type { FilesDrop } from './filesDrop.js'
import { ListTree } from './listTree.js'
import type { TreeItems } from './treeItems.js'

const emptyKeys = {
  files: contextKeys.filesEmpty,
  messages: contextKeys.messagesEmpty,
  aggregates: contextKeys.aggregatesEmpty,
} as const

export class Sidebar implements Disposable {
  readonly trees: Readonly<Record<ListName, ListTree>>
  readonly #views: Readonly<Record<ListName, TreeView<ListNode>>>
  readonly #owned: Disposable[] = []

  constructor(
    private readonly lists: Lists,
    private readonly session: Session,
    private readonly keys: ContextKeys,
    items: TreeItems,
    drop: FilesDrop,
  ) {
    const tree = (name: ListName) => this.#own(new ListTree(lists.byName(name), items))
    this.trees = { files: tree('files'), messages: tree('messages'), aggregates: tree('aggregates') }
    const view = (name: ListName) =>
      this.#own(
        window.createTreeView(views[name], {
          treeDataProvider: this.trees[name],
          showCollapseAll: name !== 'messages',
          canSelectMany: name !== 'aggregates',
          ...(name === 'files' ? { dragAndDropController: drop } : {}),
        }),
      )
    this.#views = { files: view('files'), messages: view('messages'), aggregates: view('aggregates') }
    this.#own(session.onDidChange(() => this.#update()))
    for (const name of ['files', 'messages', 'aggregates'] as const)
      this.#own(lists.byName(name).onDidChange(() => keys.set(emptyKeys[name], lists.byName(name).isEmpty())))
    this.#update()
  }

  /** The rows that are selected, for commands that came without an argument. */
  selection(name: ListName): readonly ListNode[] {
    return this.#views[name].selection
  }

  /** Loads the next page; the keyboard goes on at the first new row. */
  async loadMore(name: ListName): Promise<void> {
    const first = await this.lists.byName(name).more()
    if (first && this.#views[name].visible) await this.#views[name].reveal(first, { select: true, focus: true })
  }

  /** Goes to a file's row, if it is among those that are loaded. */
  async revealFile(itemHash: string): Promise<void> {
    const roots = await this.lists.files.roots()
    const root = roots.find(node => filesOf([node]).some(row => row.itemHash === itemHash))
    if (root) await this.#views.files.reveal(root, { select: true, focus: true, expand: true })
    // The window shows another account by now, or the node has not confirmed the file yet.
    else await commands.executeCommand(`${views.files}.focus`)
  }

  dispose(): void {
    for (const owned of this.#owned.reverse()) owned.dispose()
  }

  #own<T extends Disposable>(owned: T): T {
    this.#owned.push(owned)
    return owned
  }

  #update(): void {
    const { account } = this.session
    this.keys.set(contextKeys.isReady, this.session.isReady)
    this.keys.set(contextKeys.hasAccount, account !== undefined)
    this.keys.set(contextKeys.canPublish, canPublish(account))
  }
}
