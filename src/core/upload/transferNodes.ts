// The rows of the Transfers view, and those that stand in Files until what is uploaded is in the list of the node.
import { isSameStorage, type Active } from '../session.js'
import type { JournalEntry } from './journal.js'
import type { Transfer, TransferItem } from './transfer.js'
import type { Transfers } from './transfers.js'

export type TransferNode =
  | { readonly kind: 'transfer'; readonly id: string; readonly transfer: Transfer }
  | { readonly kind: 'interrupted'; readonly id: string; readonly entry: JournalEntry }
  | { readonly kind: 'transferItem'; readonly id: string; readonly transfer: Transfer; readonly entry: TransferItem }
  /** Files that are too many to be shown. */
  | { readonly kind: 'transferRest'; readonly id: string; readonly count: number }

const shownItems = 100
/** What needs attention first. */
const order = ['failed', 'notFound', 'sending', 'publishing', 'pending', 'waiting', 'cancelled'] as const

export const transferRoots = ({ all, interrupted }: Pick<Transfers, 'all' | 'interrupted'>): TransferNode[] => [
  ...all.map((transfer): TransferNode => ({ kind: 'transfer', id: transfer.id, transfer })),
  ...interrupted.map((entry): TransferNode => ({ kind: 'interrupted', id: `interrupted/${entry.id}`, entry })),
]

/** The rows that are known where the new ones stand for the same, so that what shows them need not learn them anew. */
export function keptRoots(known: readonly TransferNode[], now: readonly TransferNode[]): readonly TransferNode[] {
  const isKept = now.length === known.length && now.every((node, index) => subjectOf(node) === subjectOf(known[index]))
  return isKept ? known : now
}

function subjectOf(node: TransferNode | undefined): unknown {
  return node?.kind === 'transfer' ? node.transfer : node?.kind === 'interrupted' ? node.entry : node
}

export function transferChildren(node: TransferNode): TransferNode[] {
  if (node.kind !== 'transfer') return []
  const { transfer } = node
  const index = new Map(transfer.items.map((entry, position) => [entry, position]))
  const open = order.flatMap(state => transfer.of(state))
  const rows = open.slice(0, shownItems).map((entry): TransferNode => ({
    kind: 'transferItem',
    id: `${transfer.id}/${index.get(entry)}`,
    transfer,
    entry,
  }))
  const count = open.length - rows.length
  return count ? [...rows, { kind: 'transferRest', id: `${transfer.id}/rest`, count }] : rows
}

/** A file or a folder that is on its way. */
export interface UploadRow {
  readonly id: string
  readonly name: string
  readonly isFolder: boolean
  /** `published` is what the next look at the list will show. */
  readonly state: 'running' | 'pending' | 'failed' | 'notFound' | 'published'
  readonly error: unknown
}

const shownFiles = 20

/** What this window uploads to the pair's storage and its list does not have yet. */
export function uploadRows(transfers: readonly Transfer[], shown: Active): UploadRow[] {
  return transfers
    .filter(({ plan }) => isSameStorage(plan.active, shown))
    .flatMap(transfer => {
      const groups = new Map<string, TransferItem[]>()
      for (const [index, entry] of transfer.items.entries()) {
        const id = entry.item.folder ? `${transfer.id}/folder/${entry.item.folder.name}` : `${transfer.id}/${index}`
        const group = groups.get(id)
        if (group) group.push(entry)
        else if (groups.size < shownFiles) groups.set(id, [entry])
      }
      return [...groups].flatMap(([id, entries]): UploadRow[] => {
        const state = stateOf(entries, transfer.isRunning)
        const [first] = entries
        if (!state || !first) return []
        const { folder, name } = first.item
        const error = entries.find(entry => entry.state === 'failed')?.error
        return [{ id, name: folder?.name ?? name, isFolder: folder !== undefined, state, error }]
      })
    })
}

function stateOf(entries: readonly TransferItem[], isRunning: boolean): UploadRow['state'] | undefined {
  const has = (...states: TransferItem['state'][]) => entries.some(({ state }) => states.includes(state))
  if (has('waiting', 'sending', 'publishing')) return 'running'
  if (has('failed')) return 'failed'
  if (has('notFound')) return 'notFound'
  if (has('pending')) return 'pending'
  return isRunning && has('done') ? 'published' : undefined
}
