// The three lists of the active account: where their rows come from, and when they are stale.
import type { MessageRow } from '../client/index.js'
import { Emitter, type CountedListen, type Listen, type Subscription } from '../shared/emitter.js'
import {
  aggregateNode,
  entryNodes,
  folderChildren,
  messageNodes,
  type AggregateNode,
  type ListName,
  type ListNode,
} from './nodes.js'
import { PagedList } from './pagedList.js'
import { fileRow, postRow, type FileRow, type InvalidRow, type PostRow } from './rows.js'
import { ownerOf, type Active, type Session } from './session.js'
import type { ClientFor, StorageClient } from './storageClient.js'
import type { UploadRow } from './upload/transferNodes.js'

const pageSize = 50

/** One list as a view wants it: roots, children, and the acts on it. */
export interface NodeList {
  readonly name: ListName
  readonly onDidChange: CountedListen<void>
  /** Fires before `onDidChange` when the rows so far belong to another account or network. */
  readonly onDidReset: CountedListen<void>
  /** Top rows. Loads the first page if that was not done; never rejects. */
  roots(): Promise<ListNode[]>
  children(node: ListNode): ListNode[]
  isEmpty(): boolean
  /** Rows that were loaded so far; undefined while nobody looked. Asks nothing. */
  readonly loaded: number | undefined
  /** Resolves when the new rows are there, or the failure. A list that nobody looked at yet stays unloaded. */
  refresh(): Promise<void>
  retry(): Promise<void>
  /** Loads a page and gives the first new row. */
  more(): Promise<ListNode | undefined>
}

class PagedNodes<T> implements NodeList {
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event
  readonly #wasReset = new Emitter<void>()
  readonly onDidReset = this.#wasReset.event
  readonly #list: PagedList<T>
  #nodes: ListNode[] | undefined

  constructor(
    readonly name: ListName,
    open: (signal: AbortSignal) => AsyncIterable<readonly T[]> | undefined,
    identity: (item: T) => string,
    private readonly toNodes: (items: readonly T[]) => ListNode[],
    /** Before it nobody knows which account and node to ask. */
    private readonly untilReady: () => Promise<void>,
    /** Rows that no node listed. */
    private readonly before: () => ListNode[] = () => [],
  ) {
    this.#list = new PagedList(open, identity, pageSize)
    this.#list.onDidChange(() => {
      this.#nodes = undefined
      this.#changed.fire()
    })
  }

  async roots(): Promise<ListNode[]> {
    await this.untilReady()
    await this.#list.first()
    return this.#current()
  }

  #current(): ListNode[] {
    return (this.#nodes ??= [...this.#problem(), ...this.before(), ...this.toNodes(this.#list.items), ...this.#more()])
  }

  #problem(): ListNode[] {
    const { error } = this.#list
    return error === undefined ? [] : [{ kind: 'error', id: 'error', parent: undefined, list: this.name, error }]
  }

  #more(): ListNode[] {
    if (!this.#list.hasMore) return []
    const loaded = this.#list.items.length
    return [{ kind: 'more', id: `more:${loaded}`, parent: undefined, list: this.name, loaded }]
  }

  children(node: ListNode): ListNode[] {
    if (node.kind === 'folder') return folderChildren(node)
    return node.kind === 'aggregate' ? entryNodes(node) : []
  }

  isEmpty(): boolean {
    return this.#list.isLoaded && !this.#current().length
  }

  /** The rows before those of the node are others. */
  rebuild(): void {
    this.#nodes = undefined
    this.#changed.fire()
  }

  get loaded(): number | undefined {
    return this.#list.isLoaded ? this.#list.items.length : undefined
  }

  async refresh(): Promise<void> {
    if (this.#list.isLoaded || this.#list.isLoading) await this.#list.refresh()
  }

  async retry(): Promise<void> {
    await this.#list.retry()
  }

  async more(): Promise<ListNode | undefined> {
    const known = new Set(this.#current().map(({ id }) => id))
    await this.#list.more()
    return this.#current().find(({ id, kind }) => !known.has(id) && kind !== 'more' && kind !== 'error')
  }

  reset(): void {
    this.#wasReset.fire()
    this.#list.reset()
  }

  dispose(): void {
    this.#list.dispose()
    this.#wasReset.dispose()
    this.#changed.dispose()
  }
}

/** What is on its way to the storage of a pair. */
export interface Uploads {
  readonly onDidChange: Listen<void>
  rowsOf(active: Active): readonly UploadRow[]
}

const noUploads: Uploads = { onDidChange: () => ({ dispose: () => undefined }), rowsOf: () => [] }

export class Lists {
  readonly files: NodeList
  readonly messages: NodeList
  readonly aggregates: NodeList
  readonly #all: readonly PagedNodes<never>[]
  readonly #subscriptions: readonly Subscription[]
  #shown: string

  constructor(
    private readonly session: Session,
    private readonly clientFor: ClientFor,
    uploads: Uploads = noUploads,
  ) {
    type StoreRow = FileRow | InvalidRow
    type TextRow = PostRow | InvalidRow
    const itemHash = (row: { itemHash: string }) => row.itemHash
    const untilReady = () => session.start()
    const files = new PagedNodes<StoreRow>(
      'files',
      signal => this.#messages('STORE', fileRow, signal),
      itemHash,
      messageNodes,
      untilReady,
      () => this.#uploads(uploads).map(row => ({ kind: 'upload', id: `upload:${row.id}`, parent: undefined, row })),
    )
    const posts = new PagedNodes<TextRow>(
      'messages',
      signal => this.#messages('POST', postRow, signal),
      itemHash,
      messageNodes,
      untilReady,
    )
    const aggregates = new PagedNodes<AggregateNode>(
      'aggregates',
      signal => this.#aggregates(signal),
      ({ info }) => info.key,
      nodes => [...nodes],
      untilReady,
    )
    this.files = files
    this.messages = posts
    this.aggregates = aggregates
    this.#all = [files, posts, aggregates] as unknown as readonly PagedNodes<never>[]
    this.#shown = this.#pair()
    let shownUploads = ''
    this.#subscriptions = [
      session.onDidChange(() => {
        // Another name of the same account needs no request.
        const pair = this.#pair()
        if (pair === this.#shown) return
        this.#shown = pair
        for (const list of this.#all) list.reset()
      }),
      uploads.onDidChange(() => {
        // Bytes that were sent change no row here.
        const now = JSON.stringify(this.#uploads(uploads).map(({ id, state }) => [id, state]))
        if (now === shownUploads) return
        shownUploads = now
        files.rebuild()
      }),
    ]
  }

  #uploads(uploads: Uploads): readonly UploadRow[] {
    const { account, network } = this.session
    return account ? uploads.rowsOf({ account, network }) : []
  }

  byName(name: ListName): NodeList {
    return this[name]
  }

  /** After something was published or forgotten by this pair: shows it, unless the window shows another pair by now. */
  async refreshFor({ account, network }: Active): Promise<void> {
    const { account: shown, network: shownNetwork } = this.session
    if (!shown || ownerOf(shown) !== ownerOf(account) || shownNetwork.id !== network.id) return
    await Promise.all(this.#all.map(list => list.refresh()))
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    for (const list of this.#all) list.dispose()
  }

  #pair(): string {
    const { account, network } = this.session
    return JSON.stringify([account && ownerOf(account), network.id, network.endpoints])
  }

  #open(): { client: StorageClient; owner: string; network: Active['network'] } | undefined {
    const { account, network } = this.session
    return account && { client: this.clientFor(network), owner: ownerOf(account), network }
  }

  #messages<T>(
    type: string,
    toRow: (network: Active['network'], row: MessageRow) => T,
    signal: AbortSignal,
  ): AsyncIterable<T[]> | undefined {
    const open = this.#open()
    if (!open) return undefined
    const { client, owner, network } = open
    const pages = client.messages.list({ types: [type], owners: [owner] }, { pageSize, signal }).pages()
    return mapPages(pages, row => toRow(network, row))
  }

  #aggregates(signal: AbortSignal): AsyncIterable<AggregateNode[]> | undefined {
    const open = this.#open()
    if (!open) return undefined
    const { client, owner, network } = open
    return once(async () => {
      const infos = await client.aggregate.keys({ owner, signal })
      return [...infos].sort((a, b) => b.lastUpdated - a.lastUpdated).map(info => aggregateNode(network, owner, info))
    })
  }
}

async function* mapPages<T, U>(pages: AsyncIterable<readonly T[]>, map: (item: T) => U): AsyncGenerator<U[]> {
  for await (const page of pages) yield page.map(map)
}

async function* once<T>(page: () => Promise<T>): AsyncGenerator<T> {
  yield await page()
}
