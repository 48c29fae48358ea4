// One list of `core` as a tree of VS Code.
import { EventEmitter, type Disposable } from 'vscode'
import type { NodeList } from '../core/lists.js'
import type { ListNode } from '../core/nodes.js'
import { RowTree, type Row, type Tooltip } from './rows.js'
import type { TreeItems } from './treeItems.js'

export class ListTree extends RowTree<ListNode> implements Disposable {
  readonly #changed = new EventEmitter<ListNode | undefined>()
  readonly onDidChangeTreeData = this.#changed.event
  readonly #subscriptions: readonly Disposable[]
  #isBlank = false

  constructor(
    readonly list: NodeList,
    private readonly items: TreeItems,
  ) {
    super()
    this.#subscriptions = [
      list.onDidReset(() => (this.#isBlank = true)),
      list.onDidChange(node => this.#changed.fire(node)),
    ]
  }

  getChildren(node?: ListNode): Promise<ListNode[]> | ListNode[] {
    if (node) return this.list.children(node)
    if (!this.#isBlank) return this.list.roots()
    // While an answer is awaited VS Code shows the rows of before, which are those of another account, network or
    // filter. So they are taken away first.
    this.#isBlank = false
    setImmediate(() => this.#changed.fire(undefined))
    return []
  }

  row(node: ListNode): Row {
    return this.items.item(node)
  }

  override tooltip(node: ListNode): Tooltip | undefined {
    return this.items.tooltip(node)
  }

  getParent(node: ListNode): ListNode | undefined {
    return node.parent
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    this.#changed.dispose()
  }
}
