// The three lists of the active account: where their rows come from, and when they are stale.
import { throwIfAborted } from '../client/errors.js'
import type { MessageRow } from '../client/index.js'
import { Emitter, type CountedListen, type Listen, type Subscription } from '../shared/emitter.js'
import { isFiltered, looksAtRows, matchesRow, matchesText, messageFilter, type ListFilter } from './filter.js'
import { ForgettingMarks } from './forgettingMarks.js'
import {
  aggregateNode,
  entryNodes,
  filesOf,
  folderChildren,
  messageNodes,
  sameNode,
  type AggregateNode,
  type Extent,
  type ListName,
  type ListNode,
} from './nodes.js'
import { PagedList, pagesPerLoad } from './pagedList.js'
import { fileRow, postRow, type FileRow, type InvalidRow, type PostRow } from './rows.js'
import { ownerOf, type Active, type Session } from './session.js'
import type { ClientFor, StorageClient } from './storageClient.js'
import type { UploadRow } from './upload/transferNodes.js'

const pageSize = 50
/** Where the node can not choose, few rows of a page are wanted: larger ones need fewer requests. */
const searchPageSize = 200
/** The most rows that one load looks at to find what the node can not search for. */
export const searchedRows = pageSize * pagesPerLoad
/** The most rows that “Load All” looks at. */
export const loadAllRows = 10_000

/** How “Load All” ended: with every row, at its limit, or because of the user, another account, a refresh or a failure. */
export type LoadAllEnd = 'all' | 'capped' | 'stopped'

/** One list as a view wants it: roots, children, and the acts on it. */
export interface NodeList {
  readonly name: ListName
  /** With the row that changed, or undefined for all of them. */
  readonly onDidChange: CountedListen<ListNode | undefined>
  /** Fires before `onDidChange` when the rows so far belong to another account, network or filter. */
  readonly onDidReset: CountedListen<void>
  /** Top rows. Loads the first page if that was not done; never rejects. */
  roots(): Promise<ListNode[]>
  children(node: ListNode): ListNode[]
  isEmpty(): boolean
  /** Rows that were loaded so far; undefined while nobody looked. Asks nothing. */
  readonly loaded: number | undefined
  /** False until there was an answer, be it a failure. */
  readonly isLoaded: boolean
  readonly filter: ListFilter
  /** Holds until it is set anew, or the account or network changes. Asks for nothing by itself. */
  setFilter(filter: ListFilter): void
  /** Resolves when the new rows are there, or the failure. A list that nobody looked at yet stays unloaded. */
  refresh(): Promise<void>
  retry(): Promise<void>
  /** Loads a page and gives the first new row. */
  more(): Promise<ListNode | undefined>
  /** Page after page; the rows appear meanwhile. `onLoaded` hears how many there are. Never rejects. */
  loadAll(signal: AbortSignal, onLoaded: (count: number) => void): Promise<LoadAllEnd>
}

interface Source<T> {
  open: (signal: AbortSignal) => AsyncIterable<readonly T[]> | undefined
  identity: (item: T) => string
  accepts: (item: T, filter: ListFilter) => boolean
  toNodes: (items: readonly T[], extent: Extent) => ListNode[]
  pageSize: number
}

class PagedNodes<T> implements NodeList {
  readonly #changed = new Emitter<ListNode | undefined>()
  readonly onDidChange = this.#changed.event
  readonly #wasReset = new Emitter<void>()
  readonly onDidReset = this.#wasReset.event
  readonly #list: PagedList<T>
  readonly #toNodes: Source<T>['toNodes']
  #nodes: ListNode[] | undefined
  #filter: ListFilter = {}
  /** Rows that were told last while all of them are loaded, else undefined. */
  #told: number | undefined

  constructor(
    readonly name: ListName,
    { open, identity, accepts, toNodes, pageSize }: Source<T>,
    /** Before it nobody knows which account and node to ask. */
    private readonly untilReady: () => Promise<void>,
    /** Rows that no node listed. */
    private readonly before: () => ListNode[] = () => [],
  ) {
    this.#toNodes = toNodes
    this.#list = new PagedList(open, identity, pageSize, item => accepts(item, this.#filter))
    this.#list.onDidChange(() => {
      this.#nodes = undefined
      if (!this.#isTooEarly()) this.tell()
    })
  }

  /** VS Code asks for all rows again at each change, so while all are loaded it hears of every quarter more. */
  #isTooEarly(): boolean {
    const { length } = this.#list.items
    return this.#told !== undefined && length >= this.#told && length < this.#told * 1.25
  }

  tell(node?: ListNode): void {
    if (this.#told !== undefined) this.#told = this.#list.items.length
    this.#changed.fire(node)
  }

  get isLoaded(): boolean {
    return this.#list.isLoaded
  }

  get filter(): ListFilter {
    return this.#filter
  }

  setFilter(filter: ListFilter): void {
    this.reset(filter)
  }

  async roots(): Promise<ListNode[]> {
    await this.untilReady()
    await this.#list.first()
    return this.#current()
  }

  #current(): ListNode[] {
    const { items } = this.#list
    return (this.#nodes ??= [
      ...this.#problem(),
      ...this.before(),
      ...this.#toNodes(items, this.#extent()),
      ...this.#more(),
    ])
  }

  #extent(): Extent {
    if (isFiltered(this.#filter)) return 'matching'
    return this.#list.hasMore ? 'loaded' : 'all'
  }

  #problem(): ListNode[] {
    const { error } = this.#list
    return error === undefined ? [] : [{ kind: 'error', id: 'error', parent: undefined, list: this.name, error }]
  }

  #more(): ListNode[] {
    if (!this.#list.hasMore) return []
    const { items, lookedAt: all } = this.#list
    const lookedAt = looksAtRows(this.#filter) ? all : undefined
    const node = { kind: 'more', parent: undefined, list: this.name, loaded: items.length, lookedAt } as const
    return [{ ...node, id: `more:${all}` }]
  }

  children(node: ListNode): ListNode[] {
    if (node.kind === 'folder') return folderChildren(node)
    return node.kind === 'aggregate' ? entryNodes(node) : []
  }

  isEmpty(): boolean {
    const { isLoaded, error, hasMore } = this.#list
    return isLoaded && !this.#current().length && error === undefined && !hasMore
  }

  /** The rows before those of the node are others. */
  rebuild(): void {
    this.#nodes = undefined
    this.tell()
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

  async loadAll(signal: AbortSignal, onLoaded: (count: number) => void): Promise<LoadAllEnd> {
    // A page that hangs must not hold up who cancels. It shows when it comes.
    const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    const list = this.#list
    const loading = list.first()
    const { generation } = list
    await Promise.race([loading, aborted])
    const isWanted = () => !signal.aborted && generation === list.generation
    this.#told = list.items.length
    while (isWanted() && list.hasMore && list.lookedAt < loadAllRows) {
      await Promise.race([list.more(), aborted])
      if (list.error !== undefined) break
      if (isWanted()) onLoaded(list.items.length)
    }
    const isUntold = this.#told !== list.items.length
    this.#told = undefined
    if (isUntold) this.tell()
    if (!isWanted() || list.error !== undefined) return 'stopped'
    return list.hasMore ? 'capped' : 'all'
  }

  reset(filter: ListFilter = {}): void {
    this.#filter = filter
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
  readonly marks = new ForgettingMarks()
  readonly #all: readonly PagedNodes<never>[]
  readonly #aggregateNodes: PagedNodes<AggregateNode>
  readonly #subscriptions: readonly Subscription[]
  #shown: string

  constructor(
    private readonly session: Session,
    private readonly clientFor: ClientFor,
    uploads: Uploads = noUploads,
  ) {
    const rows = { identity: (row: { itemHash: string }) => row.itemHash, accepts: matchesRow, toNodes: messageNodes }
    const untilReady = () => session.start()
    const files = new PagedNodes<FileRow | InvalidRow>(
      'files',
      { ...rows, open: signal => this.#messages('STORE', this.files.filter, fileRow, signal), pageSize },
      untilReady,
      () => this.#uploads(uploads).map(row => ({ kind: 'upload', id: `upload:${row.id}`, parent: undefined, row })),
    )
    const posts = new PagedNodes<PostRow | InvalidRow>(
      'messages',
      { ...rows, open: signal => this.#messages('POST', this.messages.filter, postRow, signal), pageSize },
      untilReady,
    )
    const aggregates = new PagedNodes<AggregateNode>(
      'aggregates',
      {
        open: signal => this.#aggregates(signal),
        identity: ({ info }) => info.key,
        accepts: ({ info }, { text }) => !text || matchesText(info.key, text),
        toNodes: nodes => [...nodes],
        // All of them come in one answer.
        pageSize: Infinity,
      },
      untilReady,
    )
    this.files = files
    this.messages = posts
    this.aggregates = aggregates
    this.#aggregateNodes = aggregates
    this.#all = [files, posts, aggregates] as unknown as readonly PagedNodes<never>[]
    this.#shown = this.#pair()
    let shownUploads = ''
    this.#subscriptions = [
      session.onDidChange(() => {
        // Another name of the same account needs no request.
        const pair = this.#pair()
        if (pair === this.#shown) return
        this.#shown = pair
        // A filter of other data would hide these without a word, so it goes too.
        for (const list of this.#all) list.reset()
      }),
      this.marks.onDidChange(() => {
        for (const list of [files, posts]) list.tell()
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

  /** As a user asks for it: what the node says now counts, whatever was thought before. */
  async refresh(name: ListName): Promise<void> {
    this.marks.dropUnconfirmed()
    await this.byName(name).refresh()
  }

  /** Asks for one aggregate; its row stays as it is until the answer is there. Throws what the client throws. */
  async refreshAggregate({ network, owner, info: { key } }: AggregateNode, signal?: AbortSignal): Promise<void> {
    // Nodes can be asked for several keys with commas between them, so not for one that holds a comma.
    if (key.includes(',')) return this.aggregates.refresh()
    const options = { owner, collection: key, ...(signal ? { signal } : {}) }
    const [info] = await this.clientFor(network).aggregate.keys(options)
    // The rows can be others by now.
    const nodes = this.aggregates.isLoaded ? await this.aggregates.roots() : []
    const node = nodes.find(
      node => node.kind === 'aggregate' && node.info.key === key && node.owner === owner && node.network === network,
    )
    if (node?.kind !== 'aggregate') return
    if (!info) return this.aggregates.refresh()
    node.info = info
    this.#aggregateNodes.tell(node)
  }

  /**
   * The same rows, with folders that go on in pages not loaded yet made whole: loads until a page brings nothing to
   * them. Throws when a page can not be loaded.
   */
  async whole(nodes: readonly ListNode[], signal: AbortSignal): Promise<ListNode[]> {
    const current = async () => {
      const roots = await this.files.roots()
      return { hasMore: roots.some(({ kind }) => kind === 'more'), nodes: nodes.map(node => sameNode(roots, node)) }
    }
    if (!nodes.some(({ kind }) => kind === 'folder')) return [...nodes]
    const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
    for (let now = await current(), count = -1; ; now = await current()) {
      const files = filesOf(now.nodes).length
      if (!now.hasMore || files === count) return now.nodes
      count = files
      await Promise.race([this.files.more(), aborted])
      throwIfAborted(signal)
      const failure = (await this.files.roots()).find(node => node.kind === 'error')
      if (failure?.kind === 'error') throw failure.error
    }
  }

  /** After something was published or forgotten by this pair: shows it, unless the window shows another pair by now. */
  async refreshFor({ account, network }: Active): Promise<void> {
    const { account: shown, network: shownNetwork } = this.session
    if (!shown || ownerOf(shown) !== ownerOf(account) || shownNetwork.id !== network.id) return
    await Promise.all(this.#all.map(list => list.refresh()))
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose()
    this.marks.dispose()
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
    filter: ListFilter,
    toRow: (network: Active['network'], row: MessageRow) => T,
    signal: AbortSignal,
  ): AsyncIterable<T[]> | undefined {
    const open = this.#open()
    if (!open) return undefined
    const { client, owner, network } = open
    const asked = { ...messageFilter(filter), types: [type], owners: [owner] }
    const options = { pageSize: looksAtRows(filter) ? searchPageSize : pageSize, signal }
    const pages = client.messages.list(asked, options).pages()
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
