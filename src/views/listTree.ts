// One list of `core` as a tree of VS Code.
import { EventEmitter, type CancellationToken, type Disposable, type TreeDataProvider, type TreeItem } from 'vscode'
import type { NodeList } from '../core/lists.js'
import type { ListNode } from '../core/nodes.js'
import type { TreeItems } from './treeItems.js'

export class ListTree implements TreeDataProvider<ListNode>, Disposable {
  readonly #changed = new EventEmitter<undefined>()
  readonly onDidChangeTreeData = this.#changed.event
  readonly #subscription: Disposable

  constructor(
    readonly list: NodeList,
    private readonly items: TreeItems,
  ) {
    this.#subscription = list.onDidChange(() => this.#changed.fire(undefined))
  }

  getChildren(node?: ListNode): Promise<ListNode[]> | ListNode[] {
    return node ? this.list.children(node) : this.list.roots()
  }

  getTreeItem(node: ListNode): TreeItem {
    return this.items.item(node)
  }

  getParent(node: ListNode): ListNode | undefined {
    return node.parent
  }

  resolveTreeItem(item: TreeItem, node: ListNode, _token: CancellationToken): TreeItem {
    const tooltip = this.items.tooltip(node)
    if (tooltip) item.tooltip = tooltip
    return item
  }

  dispose(): void {
    this.#subscription.dispose()
    this.#changed.dispose()
  }
}
