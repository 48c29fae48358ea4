// The Transfers view: what is uploaded, what waits, what failed, and what an earlier window left undone.
import { EventEmitter, ThemeColor, ThemeIcon, TreeItemCollapsibleState, type Disposable } from 'vscode'
import { shortAddress } from '../core/accountList.js'
import type { Format } from '../core/format.js'
import { reasonText } from '../core/reason.js'
import { itemPath } from '../core/upload/plan.js'
import { planName, whereText } from '../core/upload/planText.js'
import type { Transfer, TransferItem } from '../core/upload/transfer.js'
import { keptRoots, transferChildren, transferRoots, type TransferNode } from '../core/upload/transferNodes.js'
import type { JournalEntry } from '../core/upload/journal.js'
import type { Transfers } from '../core/upload/transfers.js'
import type { ContextKeys } from '../host/contextKeys.js'
import { t } from '../host/translate.js'
import { contextKeys, views } from '../shared/ids.js'
import { failedIcon } from './icons.js'
import { Row, RowTree, RowView } from './rows.js'

export class TransfersView extends RowTree<TransferNode> implements Disposable {
  readonly #changed = new EventEmitter<TransferNode[] | undefined>()
  readonly onDidChangeTreeData = this.#changed.event
  readonly #view: RowView<TransferNode>
  readonly #subscription: { dispose(): void }
  #roots: readonly TransferNode[] = []

  constructor(
    private readonly transfers: Transfers,
    private readonly format: Format,
    private readonly keys: ContextKeys,
  ) {
    super()
    this.#view = new RowView(views.transfers, this)
    this.#subscription = transfers.onDidChange(() => this.#update())
    this.#update()
  }

  getChildren(node?: TransferNode): TransferNode[] {
    return node ? transferChildren(node) : [...this.#roots]
  }

  getParent(node: TransferNode): TransferNode | undefined {
    return node.kind === 'transferItem'
      ? { kind: 'transfer', id: node.transfer.id, transfer: node.transfer }
      : undefined
  }

  row(node: TransferNode): Row {
    const item = this.#item(node)
    item.id = node.id
    return item
  }

  dispose(): void {
    this.#subscription.dispose()
    this.#view.dispose()
    this.#changed.dispose()
  }

  #update(): void {
    const roots = keptRoots(this.#roots, transferRoots(this.transfers))
    this.keys.set(contextKeys.hasTransfers, roots.length > 0)
    const value = this.transfers.all.filter(({ isRunning }) => isRunning).length
    const tooltip = value === 1 ? t('1 upload is running') : t('{count} uploads are running', { count: value })
    this.#view.count(value, tooltip)
    // While VS Code asks for all rows anew it knows none, and a click on one of them arrives without it. Uploads tell of
    // themselves several times a second, so the rows that stay are refreshed one by one.
    const isKept = roots === this.#roots
    this.#roots = roots
    this.#changed.fire(isKept ? [...roots] : undefined)
  }

  #item(node: TransferNode): Row {
    switch (node.kind) {
      case 'transfer':
        return this.#transfer(node.transfer)
      case 'interrupted':
        return this.#interrupted(node.entry)
      case 'transferItem':
        return this.#file(node.transfer, node.entry)
      case 'transferRest':
        return new Row(t('and {count} more', { count: this.format.number(node.count) }))
    }
  }

  #transfer(transfer: Transfer): Row {
    const { plan, isRunning, items } = transfer
    const hasParts = items.length > 1 || !isRunning
    const collapsible = hasParts ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None
    const item = new Row(planName(plan, this.format, t), collapsible)
    item.description = this.#description(transfer)
    item.iconPath = isRunning
      ? new ThemeIcon('sync~spin')
      : transfer.of('failed').length
        ? failedIcon
        : transfer.of('notFound').length
          ? notFoundIcon
          : new ThemeIcon('clock')
    item.contextValue = isRunning ? 'transfer.running' : endedContext(transfer)
    item.tooltip = whereText(plan.active, t)
    return item
  }

  #description(transfer: Transfer): string {
    const { format } = this
    const { sentBytes, totalBytes, doneFiles, totalFiles } = transfer.progress
    if (transfer.isStopping) return t('stopping…')
    if (!transfer.isRunning) {
      const failed = transfer.of('failed').length
      const notFound = transfer.of('notFound').length
      if (!failed && !notFound) return t('not confirmed yet')
      if (!failed && totalFiles === 1) return t('not found')
      if (!failed)
        return t('{count} of {total} not found', { count: format.number(notFound), total: format.number(totalFiles) })
      return totalFiles === 1
        ? t('failed')
        : t('{failed} of {total} failed', { failed: format.number(failed), total: format.number(totalFiles) })
    }
    if (!transfer.of('sending', 'publishing').length) return t('waiting')
    const { secondsLeft } = transfer
    const parts = [
      format.percent(Math.min(0.99, (sentBytes + doneFiles) / Math.max(1, totalBytes + totalFiles))),
      t('{sent} of {total}', { sent: format.size(sentBytes), total: format.size(totalBytes) }),
      ...(totalFiles > 1
        ? [t('{done} of {total} files', { done: format.number(doneFiles), total: format.number(totalFiles) })]
        : []),
      ...(secondsLeft === undefined ? [] : [t('{time} left', { time: format.duration(secondsLeft) })]),
    ]
    return parts.join(' · ')
  }

  #interrupted(entry: JournalEntry): Row {
    const { format } = this
    const item = new Row(planName(entry, format, t))
    item.description = t('interrupted · {done} of {total} published', {
      done: format.number(entry.done.size),
      total: format.number(entry.items.length),
    })
    item.iconPath = new ThemeIcon('debug-pause')
    item.contextValue = 'transfer.interrupted'
    item.tooltip = t(
      'Its window was closed before all was published. Resume uploads the rest to {network} as {address}.',
      { network: entry.networkId, address: shortAddress(entry.address) },
    )
    return item
  }

  #file(transfer: Transfer, entry: TransferItem): Row {
    const item = new Row(itemPath(entry.item))
    const { label, icon } = this.#fileState(entry)
    item.description = label
    item.iconPath = icon
    item.contextValue = transfer.isRunning
      ? transfer.canCancel(entry)
        ? 'transferItem.open'
        : 'transferItem.signed'
      : entry.state === 'notFound'
        ? 'transferItem.notFound'
        : entry.signed
          ? 'transferItem.undecided'
          : 'transferItem.ended'
    if (entry.state === 'failed') item.tooltip = label
    if (entry.state === 'notFound')
      item.tooltip = t("The network hasn't known this file for a day. Send it again, or discard it.")
    return item
  }

  #fileState({ state, sentBytes, item, error }: TransferItem): { label: string; icon: ThemeIcon } {
    const { format } = this
    switch (state) {
      case 'waiting':
        return { label: t('waiting'), icon: new ThemeIcon('circle-outline') }
      case 'sending':
        return {
          label: t('{sent} of {total}', { sent: format.size(sentBytes), total: format.size(item.sizeBytes) }),
          icon: new ThemeIcon('sync~spin'),
        }
      case 'publishing':
        return { label: t('publishing…'), icon: new ThemeIcon('sync~spin') }
      case 'pending':
        return { label: t('not confirmed yet'), icon: new ThemeIcon('clock') }
      case 'done':
        return { label: t('published'), icon: new ThemeIcon('check', new ThemeColor('charts.green')) }
      case 'failed':
        return { label: reasonText(error, t), icon: failedIcon }
      case 'cancelled':
        return { label: t('cancelled'), icon: new ThemeIcon('circle-slash') }
      case 'notFound':
        return { label: t('not found'), icon: notFoundIcon }
    }
  }
}

const notFoundIcon = new ThemeIcon('question', new ThemeColor('list.warningForeground'))

function endedContext(transfer: Transfer): string {
  if (transfer.of('failed').length) return 'transfer.ended'
  return transfer.of('notFound').length ? 'transfer.notFound' : 'transfer.pending'
}
