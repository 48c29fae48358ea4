// The rows of the three lists as a tree without VS Code: what stands below what, under ids that never change.
import type { AggregateKey } from '../client/index.js'
import type { Network } from './network.js'
import type { FileRow, InvalidRow, PostRow } from './rows.js'
import type { UploadRow } from './upload/transferNodes.js'

export type ListName = 'files' | 'messages' | 'aggregates'

interface NodeBase {
  /** Unique in its list and made of identity, never of position. */
  readonly id: string
  readonly parent: ListNode | undefined
}

export type FileNode = NodeBase & { kind: 'file'; row: FileRow }
export type FolderNode = NodeBase & {
  kind: 'folder'
  name: string
  rows: readonly FileRow[]
  /** What `rows` are of the folder: while the list has more pages, or leaves rows out, nobody knows the rest. */
  extent: Extent
  depth: number
}
export type Extent = 'all' | 'loaded' | 'matching'
export type PostNode = NodeBase & { kind: 'post'; row: PostRow }
export type InvalidNode = NodeBase & { kind: 'invalid'; row: InvalidRow }
/** `info` is replaced when it alone is loaded again: VS Code knows a row by its object. */
export type AggregateNode = NodeBase & { kind: 'aggregate'; network: Network; owner: string; info: AggregateKey }
export type EntryNode = NodeBase & { kind: 'entry'; name: string; value: unknown; parent: AggregateNode }
/**
 * “Load more…”. Its id tells the pages apart, so that focus does not jump to the end with it. `lookedAt` counts the rows
 * that a filter was compared with, where the node could not choose.
 */
export type MoreNode = NodeBase & { kind: 'more'; list: ListName; loaded: number; lookedAt: number | undefined }
/** What is on its way and not in the list of the node yet. */
export type UploadNode = NodeBase & { kind: 'upload'; row: UploadRow }
export type ErrorNode = NodeBase & { kind: 'error'; list: ListName; error: unknown }

export type ListNode =
  FileNode | FolderNode | PostNode | InvalidNode | AggregateNode | EntryNode | UploadNode | MoreNode | ErrorNode

/** Rows of messages as nodes; files of one folder upload become one folder, where its newest file stands. */
export function messageNodes(rows: readonly (FileRow | PostRow | InvalidRow)[], extent: Extent): ListNode[] {
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
      extent,
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
        extent: folder.extent,
        depth: folder.depth + 1,
      })),
    ...files
      .sort((a, b) => byName(a.folder?.path.at(-1) ?? '', b.folder?.path.at(-1) ?? ''))
      .map(row => rowNode(row, folder)),
  ]
}

/** The node of the same identity among those that are loaded now, else the given one. */
export function sameNode(roots: readonly ListNode[], node: ListNode): ListNode {
  const parent = node.parent && sameNode(roots, node.parent)
  const siblings = !parent ? roots : parent.kind === 'folder' ? folderChildren(parent) : []
  return siblings.find(({ id }) => id === node.id) ?? node
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

/** A file by itself, without the folder that it may stand in. */
export const fileNode = (row: FileRow): FileNode => ({
  kind: 'file',
  id: `message:${row.itemHash}`,
  parent: undefined,
  row,
})

export const isFileOrFolder = (node: ListNode): node is FileNode | FolderNode =>
  node.kind === 'file' || node.kind === 'folder'

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
