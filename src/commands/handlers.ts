// What every family of commands hands to the extension: a handler per id. Arguments come from menus, keybindings and
// other extensions, so they are unknown until looked at.
import type { CommandId } from '../shared/ids.js'
import type { ListNode } from '../core/nodes.js'

export type Handlers = Partial<Record<CommandId, (...args: unknown[]) => unknown>>

/** The rows of a tree command: `(node, selectedNodes)`. Empty when it came from elsewhere. */
export function nodesOf(args: readonly unknown[]): ListNode[] {
  const [node, selected] = args
  const nodes: unknown[] = Array.isArray(selected) && selected.length ? (selected as unknown[]) : [node]
  return nodes.filter(isNode)
}

/** Whatever another extension hands over: it has to have what its kind is made of. */
function isNode(value: unknown): value is ListNode {
  if (!isRecord(value) || typeof value['id'] !== 'string') return false
  const { kind, row, rows, network, info, parent } = value
  switch (kind) {
    case 'file':
    case 'post':
    case 'invalid':
      return isRow(row)
    case 'upload':
      return isRecord(row)
    case 'folder':
      return Array.isArray(rows) && rows.every(isRow)
    case 'aggregate':
      return isRecord(network) && isRecord(info) && typeof info['key'] === 'string'
    case 'entry':
      return isNode(parent)
    default:
      return kind === 'more' || kind === 'error'
  }
}

const isRow = (row: unknown): boolean =>
  isRecord(row) && isRecord(row['network']) && typeof row['itemHash'] === 'string'

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
