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

function isNode(value: unknown): value is ListNode {
  return typeof value === 'object' && value !== null && 'kind' in value && 'id' in value
}
