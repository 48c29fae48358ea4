// Rows of trees, and the only way to a tree view. What VS Code gets is text: no icon, link or markup of a stranger's name
// or value. Whoever makes a row gives names and values as they are.
import {
  MarkdownString,
  TreeItem,
  TreeItemCollapsibleState,
  window,
  type CancellationToken,
  type Command,
  type Event,
  type ProviderResult,
  type ThemeIcon,
  type TreeDataProvider,
  type TreeDragAndDropController,
  type TreeView,
  type Uri,
} from 'vscode'
import { t } from '../host/translate.js'
import type { ViewId } from '../shared/ids.js'
import { labelText, lineText, tooltipText } from '../shared/plainText.js'

/** A sentence, or facts with their names, of which empty ones aren't shown. */
export type Tooltip = string | readonly (readonly [name: string, value: string])[]

export class Row {
  id = ''
  description = ''
  iconPath: ThemeIcon | undefined
  contextValue: string | undefined
  /** The icon theme and the decorations go by it. */
  resourceUri: Uri | undefined
  command: Command | undefined
  tooltip: Tooltip | undefined
  /** What screen readers say; if it's empty, label and description. */
  spoken = ''

  constructor(
    readonly label: string,
    readonly collapsibleState = TreeItemCollapsibleState.None,
  ) {}
}

const maxLabelCharacters = 200

function treeItem(row: Row): TreeItem {
  const label = labelText(row.label, maxLabelCharacters) || t('(no name)')
  const description = labelText(row.description, maxLabelCharacters)
  const item = new TreeItem(label, row.collapsibleState)
  item.id = row.id
  if (description) item.description = description
  if (row.iconPath) item.iconPath = row.iconPath
  if (row.contextValue !== undefined) item.contextValue = row.contextValue
  if (row.resourceUri) item.resourceUri = row.resourceUri
  if (row.command) item.command = row.command
  if (row.tooltip !== undefined) item.tooltip = markdown(row.tooltip)
  item.accessibilityInformation = { label: lineText(row.spoken || [label, description].filter(Boolean).join(', ')) }
  return item
}

function markdown(tooltip: Tooltip): MarkdownString {
  const lines =
    typeof tooltip === 'string'
      ? [tooltipText(tooltip)]
      : tooltip
          .map(([name, value]) => [tooltipText(name), tooltipText(value)] as const)
          .filter(([name, value]) => name && value)
          .map(([name, value]) => `**${name}** ${value}`)
  const text = new MarkdownString(lines.join('  \n'), false)
  text.isTrusted = false
  text.supportHtml = false
  return text
}

export abstract class RowTree<T> implements TreeDataProvider<T> {
  abstract readonly onDidChangeTreeData: Event<T | T[] | undefined>
  abstract getChildren(node?: T): ProviderResult<T[]>
  abstract getParent(node: T): T | undefined
  abstract row(node: T): Row

  /** Made when somebody looks; undefined where the label says it all. */
  tooltip(_node: T): Tooltip | undefined {
    return undefined
  }

  getTreeItem(node: T): TreeItem {
    return treeItem(this.row(node))
  }

  resolveTreeItem(item: TreeItem, node: T, _token?: CancellationToken): TreeItem {
    // A label can be longer than the view is wide.
    item.tooltip ??= markdown(this.tooltip(node) ?? this.row(node).label)
    return item
  }
}

interface RowOptions<T> {
  showCollapseAll?: boolean
  canSelectMany?: boolean
  dragAndDropController?: TreeDragAndDropController<T>
}

export class RowView<T> {
  readonly #view: TreeView<T>

  constructor(id: ViewId, tree: RowTree<T>, options: RowOptions<T> = {}) {
    this.#view = window.createTreeView(id, { ...options, treeDataProvider: tree })
  }

  get selection(): readonly T[] {
    return this.#view.selection
  }

  get isVisible(): boolean {
    return this.#view.visible
  }

  reveal(node: T, options: { select: boolean; focus: boolean; expand?: boolean }): Thenable<void> {
    return this.#view.reveal(node, options)
  }

  /** Beside the title; empty for nothing. */
  describe(text: string): void {
    this.#view.description = lineText(text)
  }

  /** A number on the icon of the view; 0 for none. */
  count(value: number, tooltip: string): void {
    // An unchanged badge is drawn anew all the same.
    if ((this.#view.badge?.value ?? 0) === value) return
    this.#view.badge = value ? { value, tooltip: lineText(tooltip) } : undefined
  }

  dispose(): void {
    this.#view.dispose()
  }
}
