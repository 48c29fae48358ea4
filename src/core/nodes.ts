// The rows of the three lists as a tree without VS Code: what stands below what, under ids that never change.
import type { AggregateKey } from '../client/index.js'
import type { Network } from './network.js'
import type { FileRow, InvalidRow, PostRow } from './rows.js'

export type ListName = 'files' | 'messages' | 'aggregates'

interface NodeBase {
  /** Unique in its list and made of identity, never of position. */
  readonly id: string
  readonly parent: ListNode | undefined
}

export type FileNode = NodeBase & { kind: 'file'; row: FileRow }
export type FolderNode = NodeBase & { kind: 'folder'; name: string; rows: readonly FileRow[]; depth: number }
export type PostNode = NodeBase & { kind: 'post'; row: PostRow }
export type InvalidNode = NodeBase & { kind: 'invalid'; row: InvalidRow }
export type AggregateNode = NodeBase & { kind: 'aggregate'; network: Network; owner: string; info: AggregateKey }
export type EntryNode = NodeBase & { kind: 'entry'; name: string; value: unknown; parent: AggregateNode }
/** “Load more…”. Its id tells the pages apart, so that focus does not jump to the end with it. */
export type MoreNode = NodeBase & { kind: 'more'; list: ListName; loaded: number }
export type ErrorNode = NodeBase & { kind: 'error'; list: ListName; error: unknown }

export type ListNode = FileNode | FolderNode | PostNode | InvalidNode | AggregateNode | EntryNode | MoreNode | ErrorNode

/** Rows of messages as nodes; files of one folder upload become one folder, where its newest file stands. */
export function messageNodes(rows: readonly (FileRow | PostRow | InvalidRow)[]): ListNode[] {
  const folders = new Map<string, FileRow[]>()
  const places: (string | ListNode)[] = []
  for (const row of rows) {
    if (row.kind === 'file' && row.folder) {
      // One plan can hold several folders, and two owners can claim the same id.
      const id = `${row.owner}/${row.folder.id}/${row.folder.name}`
      const known = folders.get(id)
      if (known) known.push(row)
      else {
        folders.set(id, [row])
        places.push(id)
      }
    } else places.push(rowNode(row, undefined))
  }
  return places.map(place => {
    if (typeof place !== 'string') return place
    const inside = folders.get(place) ?? []
    return {
      kind: 'folder',
      id: `upload:${place}`,
      parent: undefined,
      name: inside[0]?.folder?.name ?? '',
      rows: inside,
      depth: 0,
    }
  })
}

/** What stands directly below: folders first, then files, each by name. */
export function folderChildren(folder: FolderNode): ListNode[] {
  const folders = new Map<string, FileRow[]>()
  const files: FileRow[] = []
  for (const row of folder.rows) {
    const path = row.folder?.path ?? []
    const name = path[folder.depth]
    if (name === undefined || path.length === folder.depth + 1) files.push(row)
    else {
      const known = folders.get(name)
      if (known) known.push(row)
      else folders.set(name, [row])
    }
  }
  // With options, `localeCompare` would make one of these at every call: half a second for 5 000 files.
  const { compare: byName } = new Intl.Collator(undefined, { numeric: true })
  return [
    ...[...folders]
      .sort(([a], [b]) => byName(a, b))
      .map(([name, rows]): FolderNode => ({
        kind: 'folder',
        id: `${folder.id}/${name}`,
        parent: folder,
        name,
        rows,
        depth: folder.depth + 1,
      })),
    ...files
      .sort((a, b) => byName(a.folder?.path.at(-1) ?? '', b.folder?.path.at(-1) ?? ''))
      .map(row => rowNode(row, folder)),
  ]
}

function rowNode(row: FileRow | PostRow | InvalidRow, parent: ListNode | undefined): ListNode {
  const id = `message:${row.itemHash}`
  switch (row.kind) {
    case 'file':
      return { kind: 'file', id, parent, row }
    case 'post':
      return { kind: 'post', id, parent, row }
    case 'invalid':
      return { kind: 'invalid', id, parent, row }
  }
}

export const aggregateNode = (network: Network, owner: string, info: AggregateKey): AggregateNode => ({
  kind: 'aggregate',
  id: `aggregate:${info.key}`,
  parent: undefined,
  network,
  owner,
  info,
})

/** The documents of an aggregate. A `null` is how one is removed. */
export function entryNodes(parent: AggregateNode): EntryNode[] {
  return documents(parent.info).map(([name, value]) => ({
    kind: 'entry',
    id: `${parent.id}/${name}`,
    parent,
    name,
    value,
  }))
}

export const documents = ({ content }: AggregateKey): [string, unknown][] =>
  Object.entries(content).filter(([, value]) => value !== null)

/** The files that a person means by these rows: those of a folder count, and none counts twice. */
export function filesOf(nodes: readonly ListNode[]): FileRow[] {
  const files = new Map<string, FileRow>()
  for (const node of nodes) {
    const rows = node.kind === 'folder' ? node.rows : node.kind === 'file' ? [node.row] : []
    for (const row of rows) files.set(row.itemHash, row)
  }
  return [...files.values()]
}
