// The three views, what they are filled with, what stands beside their titles, and going to a row in them.
import { commands, type Disposable } from 'vscode'
import { filterText, isFiltered } from '../core/filter.js'
import type { Format } from '../core/format.js'
import type { Lists, LoadAllEnd } from '../core/lists.js'
import { filesOf, type ListName, type ListNode } from '../core/nodes.js'
import type { Session } from '../core/session.js'
import { canPublish } from '../core/session.js'
import type { ContextKeys } from '../host/contextKeys.js'
import { t } from '../host/translate.js'
import { contextKeys, views } from '../shared/ids.js'
import type { FilesDrop } from './filesDrop.js'
import { ListTree } from './listTree.js'
import { RowView } from './rows.js'
import type { TreeItems } from './treeItems.js'

const names = ['files', 'messages', 'aggregates'] as const

const stateKeys = {
  files: { empty: contextKeys.filesEmpty, filtered: contextKeys.filesFiltered, loading: contextKeys.filesLoading },
  messages: {
    empty: contextKeys.messagesEmpty,
    filtered: contextKeys.messagesFiltered,
    loading: contextKeys.messagesLoading,
  },
  aggregates: {
    empty: contextKeys.aggregatesEmpty,
    filtered: contextKeys.aggregatesFiltered,
    loading: contextKeys.aggregatesLoading,
  },
} as const
const loadingAllKeys = { files: contextKeys.filesLoadingAll, messages: contextKeys.messagesLoadingAll } as const

export class Sidebar implements Disposable {
  readonly trees: Readonly<Record<ListName, ListTree>>
  readonly #views: Readonly<Record<ListName, RowView<ListNode>>>
  readonly #owned: Disposable[] = []
  readonly #loadingAll = new Map<ListName, { stop: AbortController; count: number }>()

  constructor(
    private readonly lists: Lists,
    private readonly session: Session,
    private readonly keys: ContextKeys,
    private readonly format: Format,
    items: TreeItems,
    drop: FilesDrop,
  ) {
    const tree = (name: ListName) => this.#own(new ListTree(lists.byName(name), items))
    this.trees = { files: tree('files'), messages: tree('messages'), aggregates: tree('aggregates') }
    const view = (name: ListName) =>
      this.#own(
        new RowView(views[name], this.trees[name], {
          showCollapseAll: name !== 'messages',
          canSelectMany: name !== 'aggregates',
          ...(name === 'files' ? { dragAndDropController: drop } : {}),
        }),
      )
    this.#views = { files: view('files'), messages: view('messages'), aggregates: view('aggregates') }
    this.#own(session.onDidChange(() => this.#update()))
    for (const name of names) this.#own(lists.byName(name).onDidChange(() => this.#updateList(name)))
    this.#update()
  }

  /** The rows that are selected, for commands that came without an argument. */
  selection(name: ListName): readonly ListNode[] {
    return this.#views[name].selection
  }

  /** Loads the next page; the keyboard goes on at the first new row. */
  async loadMore(name: ListName): Promise<void> {
    const first = await this.lists.byName(name).more()
    if (first && this.#views[name].isVisible) await this.#views[name].reveal(first, { select: true, focus: true })
  }

  /** Undefined when that is under way already. */
  async loadAll(name: 'files' | 'messages'): Promise<LoadAllEnd | undefined> {
    if (this.#loadingAll.has(name)) return undefined
    const running = { stop: new AbortController(), count: 0 }
    this.#loadingAll.set(name, running)
    this.keys.set(loadingAllKeys[name], true)
    try {
      return await this.lists.byName(name).loadAll(running.stop.signal, count => {
        running.count = count
        this.#describe(name)
      })
    } finally {
      this.#loadingAll.delete(name)
      this.keys.set(loadingAllKeys[name], false)
      this.#describe(name)
    }
  }

  /** What is loaded stays. */
  stopLoading(): void {
    for (const { stop } of this.#loadingAll.values()) stop.abort()
  }

  /** What stands beside the title of the view; empty for nothing. */
  description(name: ListName): string {
    const { filter } = this.lists.byName(name)
    const running = this.#loadingAll.get(name)
    const loading = running ? t('loading, {count} so far', { count: this.format.number(running.count) }) : ''
    return [filterText(name, filter, t), loading].filter(Boolean).join(' · ')
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
    this.stopLoading()
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
    for (const name of names) this.#updateList(name)
  }

  #updateList(name: ListName): void {
    const list = this.lists.byName(name)
    const { empty, filtered, loading } = stateKeys[name]
    this.keys.set(empty, list.isEmpty())
    this.keys.set(filtered, isFiltered(list.filter))
    this.keys.set(loading, this.session.account !== undefined && !list.isLoaded)
    this.#describe(name)
  }

  #describe(name: ListName): void {
    // A message above the rows would hide the welcome text that stands there when there are none.
    this.#views[name].describe(this.description(name))
  }
}
