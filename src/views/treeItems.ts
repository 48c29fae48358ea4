// How a row looks: its label is what the author called it, never a bare hash. Tooltips are made when somebody looks.
import { ThemeColor, ThemeIcon, TreeItemCollapsibleState } from 'vscode'
import type { Format } from '../core/format.js'
import {
  documents,
  type AggregateNode,
  type EntryNode,
  type Extent,
  type FolderNode,
  type ListNode,
  type MoreNode,
} from '../core/nodes.js'
import { reasonText } from '../core/reason.js'
import { nameInside, shortHash, type FileRow, type InvalidRow, type PostRow } from '../core/rows.js'
import { t } from '../host/translate.js'
import { readUri } from '../host/readUri.js'
import { commands, views } from '../shared/ids.js'
import { shorten } from '../shared/safeText.js'
import { isAlephError } from '../client/errors.js'
import type { UploadRow } from '../core/upload/transferNodes.js'
import { failedIcon } from './icons.js'
import { Row, type Tooltip } from './rows.js'
import { uploadUri } from './uploadDecorations.js'

export class TreeItems {
  constructor(
    private readonly format: Format,
    private readonly nowSeconds: () => number,
    /** Whether starting the local node is what helps against this failure. */
    private readonly isStoppedNode: (error: unknown) => boolean,
    private readonly isForgetting: (itemHash: string) => boolean,
  ) {}

  item(node: ListNode): Row {
    const item = this.#item(node)
    item.id = node.id
    return item
  }

  /** Undefined where the row says it all. */
  tooltip(node: ListNode): Tooltip | undefined {
    switch (node.kind) {
      case 'file':
        return this.#fileTooltip(node.row)
      case 'post':
        return this.#postTooltip(node.row)
      case 'invalid':
        return [
          [t('Item hash'), node.row.itemHash],
          [t('Problem'), node.row.error.message],
        ]
      case 'aggregate':
        return this.#aggregateTooltip(node)
      case 'error':
        return [[t('Problem'), problem(node.error)]]
      case 'upload':
        return node.row.error === undefined ? undefined : [[t('Problem'), problem(node.row.error)]]
      case 'folder':
      case 'entry':
      case 'more':
        return undefined
    }
  }

  #item(node: ListNode): Row {
    switch (node.kind) {
      case 'file':
        return this.#file(node.row, node)
      case 'folder':
        return this.#folder(node)
      case 'post':
        return this.#post(node.row, node)
      case 'invalid':
        return invalid(node.row)
      case 'aggregate':
        return this.#aggregate(node)
      case 'entry':
        return entry(node)
      case 'upload':
        return upload(node.row)
      case 'more':
        return this.#more(node)
      case 'error':
        return this.isStoppedNode(node.error) ? stopped() : failed(node)
    }
  }

  #file(row: FileRow, node: ListNode): Row {
    const name = fileLabel(row)
    const item = new Row(row.folder && node.parent ? (row.folder.path.at(-1) ?? name) : name)
    const size = row.sizeBytes === undefined ? '' : this.format.size(row.sizeBytes)
    item.description = joined(proof(row), size, node.parent ? '' : this.#age(row.timeSeconds))
    // The icon theme goes by the name. Nothing opens under it; what can be dragged into an editor is in FilesDrop.
    const address = { kind: 'file', networkId: row.network.id, itemHash: row.itemHash, name } as const
    item.resourceUri = readUri({ ...address, hasOwnName: true })
    item.iconPath = isProven(row) ? ThemeIcon.File : warningIcon
    item.contextValue = `file.${row.engine}`
    if (this.isForgetting(row.itemHash)) return leaving(item)
    item.command = { command: commands.filesOpenFile, title: t('Open'), arguments: [node] }
    return item
  }

  #folder({ name, rows, parent, extent }: FolderNode): Row {
    const item = new Row(name, TreeItemCollapsibleState.Collapsed)
    const size = rows.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0)
    const newest = Math.max(...rows.map(row => row.timeSeconds))
    item.description = joined(this.#count(rows.length, extent), this.format.size(size), parent ? '' : this.#age(newest))
    item.iconPath = ThemeIcon.Folder
    item.contextValue = 'folder'
    return rows.every(({ itemHash }) => this.isForgetting(itemHash)) ? leaving(item) : item
  }

  #count(length: number, extent: Extent): string {
    const count = this.format.number(length)
    switch (extent) {
      case 'all':
        return length === 1 ? t('1 file') : t('{count} files', { count })
      case 'loaded':
        return length === 1 ? t('1 file loaded') : t('{count} files loaded', { count })
      case 'matching':
        return length === 1 ? t('1 matching file') : t('{count} matching files', { count })
    }
  }

  #post(row: PostRow, node: ListNode): Row {
    const item = new Row(row.title ?? joined(row.postType || t('message'), shortHash(row.itemHash)))
    item.description = joined(proof(row), row.tags.join(', '), this.#age(row.timeSeconds))
    item.iconPath = isProven(row) ? new ThemeIcon('comment') : warningIcon
    item.contextValue = 'message'
    if (this.isForgetting(row.itemHash)) return leaving(item)
    item.command = { command: commands.messagesOpenMessage, title: t('Open'), arguments: [node] }
    return item
  }

  #aggregate(node: AggregateNode): Row {
    const count = documents(node.info).length
    const item = new Row(node.info.key, count ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None)
    const entries = count === 1 ? t('1 entry') : t('{count} entries', { count: this.format.number(count) })
    item.description = joined(entries, node.info.lastUpdated ? this.#age(node.info.lastUpdated) : '')
    item.iconPath = new ThemeIcon('json')
    item.contextValue = 'aggregate'
    item.command = { command: commands.aggregatesClick, title: t('Expand or open'), arguments: [node] }
    return item
  }

  #more({ list, loaded, lookedAt }: MoreNode): Row {
    const item = new Row(t('Load more…'))
    const counts = { count: this.format.number(loaded), newest: this.format.number(lookedAt ?? 0) }
    if (lookedAt === undefined) item.description = t('{count} loaded', counts)
    else if (loaded) item.description = t('{count} found in the newest {newest}', counts)
    else item.description = t('none found in the newest {newest}', counts)
    item.command = { command: commands.listLoadMore, title: t('Load more…'), arguments: [list] }
    item.contextValue = 'more'
    return item
  }

  #age(timeSeconds: number): string {
    return this.format.age(timeSeconds, this.nowSeconds())
  }

  #fileTooltip(row: FileRow): Tooltip {
    return [
      [t('Name'), row.folder ? row.folder.path.join('/') : (row.name ?? '')],
      [t('Size'), row.sizeBytes === undefined ? '' : this.format.size(row.sizeBytes)],
      [t('Type'), row.mediaType ?? ''],
      [t('Published'), this.format.dateTime(row.timeSeconds)],
      [t('Engine'), row.engine],
      [t('Tags'), row.tags.join(', ')],
      [t('Item hash'), row.itemHash],
      [t('File hash'), row.fileHash],
      ...signedBy(row),
    ]
  }

  #postTooltip(row: PostRow): Tooltip {
    return [
      [t('Type'), row.postType],
      [t('Published'), this.format.dateTime(row.timeSeconds)],
      [t('Tags'), row.tags.join(', ')],
      [t('Channel'), row.channel ?? ''],
      [t('Item hash'), row.itemHash],
      ...signedBy(row),
    ]
  }

  #aggregateTooltip({ info, owner }: AggregateNode): Tooltip {
    return [
      [t('Key'), info.key],
      [t('Owner'), owner],
      [t('Updated'), info.lastUpdated ? this.format.dateTime(info.lastUpdated) : ''],
      [t('Verified'), t('no: this is how the node merges what was signed')],
    ]
  }
}

const warningIcon = new ThemeIcon('warning', new ThemeColor('list.warningForeground'))

export const fileLabel = (row: FileRow): string =>
  row.name ?? joined(row.mediaType ?? t('file'), shortHash(row.fileHash))

/** Nothing can be done with it any more but wait. */
function leaving(item: Row): Row {
  item.description = t('forgetting…')
  item.iconPath = new ThemeIcon('loading~spin')
  item.contextValue = 'forgetting'
  return item
}

const isProven = ({ authority }: { authority: string }) => authority !== 'unproven'

const proof = (row: FileRow | PostRow): string => (isProven(row) ? '' : t('not verified'))

const joined = (...parts: string[]): string => parts.filter(Boolean).join(' · ')

/** Short, because sidebars are narrow; the tooltip has the sentence. */
function problemLabel(error: unknown): string {
  if (isAlephError(error, 'NETWORK')) return t('Node not reachable')
  if (isAlephError(error, 'TIMEOUT')) return t('Node does not answer')
  if (isAlephError(error, 'RATE_LIMITED')) return t('Too many requests')
  return t('Could not load')
}

const problem = (error: unknown): string => (isAlephError(error) ? error.message : reasonText(error, t))

function signedBy({ sender, owner, authority }: FileRow | PostRow): [string, string][] {
  const rows: [string, string][] = [[t('Owner'), owner]]
  if (sender !== owner) rows.push([t('Signed by'), sender])
  if (authority === 'unproven')
    rows.push([t('Not verified'), t('whether the signer may speak for the owner is not proven')])
  return rows
}

function upload(row: UploadRow): Row {
  const item = new Row(row.name)
  const words = {
    running: t('publishing…'),
    pending: t('not confirmed yet'),
    failed: t('failed'),
    notFound: t('not found'),
    published: t('published'),
  }
  item.description = words[row.state]
  item.resourceUri = uploadUri(row)
  item.iconPath =
    row.state === 'running' ? new ThemeIcon('sync~spin') : row.isFolder ? ThemeIcon.Folder : ThemeIcon.File
  item.contextValue = `upload.${row.state}`
  item.command = { command: `${views.transfers}.focus`, title: t('Show in Transfers') }
  return item
}

function invalid({ itemHash, error }: InvalidRow): Row {
  const item = new Row(t('Not verified'))
  item.description = shortHash(itemHash)
  item.iconPath = failedIcon
  item.contextValue = 'invalid'
  item.spoken = joined(t('Not verified'), error.message)
  return item
}

function failed({ list, error }: ListNode & { kind: 'error' }): Row {
  const item = new Row(problemLabel(error))
  item.description = t('Retry')
  item.iconPath = failedIcon
  item.contextValue = 'error'
  item.command = { command: commands.listRetry, title: t('Retry'), arguments: [list] }
  item.spoken = joined(problem(error), t('Retry'))
  return item
}

/** Nothing is wrong: it ended itself because nobody used it, or somebody ended it. */
function stopped(): Row {
  const item = new Row(t('The local node is not running'))
  item.description = t('Start')
  item.iconPath = new ThemeIcon('debug-start')
  item.contextValue = 'error'
  item.command = { command: commands.localNodeStart, title: t('Start') }
  return item
}

function entry(node: EntryNode): Row {
  const { name, value } = node
  const item = new Row(name)
  item.description = nameInside(value) ?? shorten(jsonText(value), 60)
  item.iconPath = new ThemeIcon('symbol-field')
  item.contextValue = 'entry'
  item.command = { command: commands.aggregatesClick, title: t('Open'), arguments: [node] }
  return item
}

/** One value that is nested too deeply must not hide the others. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return '…'
  }
}
