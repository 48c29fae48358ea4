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

/** What a row of each kind can not be without. */
const parts: Record<ListNode['kind'], string> = {
  file: 'row',
  folder: 'rows',
  post: 'row',
  invalid: 'row',
  upload: 'row',
  aggregate: 'info',
  entry: 'parent',
  more: 'list',
  error: 'list',
}

/** Other extensions may call a command with anything that looks like a row. */
function isNode(value: unknown): value is ListNode {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('id' in value)) return false
  const part = Object.hasOwn(parts, String(value.kind)) ? parts[value.kind as ListNode['kind']] : undefined
  return part !== undefined && Boolean((value as Record<string, unknown>)[part])
}
