// The revisions of one aggregate as far as they were read, beside what the node makes of them. Whatever is asked at the
// same time is done one after the other.
import { abortError, isAlephError, throwIfAborted } from '../../client/errors.js'
import {
  compareMerge,
  replay,
  type AggregateElement,
  type AggregateKey,
  type HistoryPage,
  type HistoryRow,
} from '../../client/index.js'
import { Emitter } from '../../shared/emitter.js'
import type { StorageClient } from '../storageClient.js'
import { textsOf, type Entries } from './entries.js'

/** An element that was there once and is not any more. */
export interface GoneElement {
  readonly itemHash: string
  /** Seconds. */
  readonly time: number
  /** False when it may have belonged to another aggregate of the same owner: what was forgotten does not say. */
  readonly isOurs: boolean
}

/** What was read in one go, from the newest element on. */
interface Reading {
  readonly rows: Map<string, HistoryRow>
  pages: AsyncGenerator<HistoryPage, void, undefined>
  isComplete: boolean
  lookedAt: number
}

interface Derived {
  readonly rows: readonly HistoryRow[]
  readonly elements: readonly AggregateElement[]
  readonly entries: Entries
  readonly differing: readonly string[]
}

/** “Load more” stops after this many pages that bring no revision, to be asked again. */
const pagesPerLoad = 5

export class AggregateHistory {
  #reading: Reading
  #node: AggregateKey | undefined
  /** What follows from the rows, until they change. */
  #derived: Derived | undefined
  readonly #gone = new Map<string, GoneElement>()
  #queue: Promise<unknown> = Promise.resolve()
  #stopping = new AbortController()
  readonly #closing = new AbortController()
  #hasReadForgotten = false
  #loading = 0
  #failure: unknown
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event

  constructor(
    private readonly client: StorageClient,
    readonly owner: string,
    readonly key: string,
  ) {
    this.#reading = this.#start()
  }

  /** Newest first. */
  get rows(): readonly HistoryRow[] {
    return this.#facts.rows
  }

  get gone(): readonly GoneElement[] {
    return [...this.#gone.values()]
  }

  /** Newest first. */
  get elements(): readonly AggregateElement[] {
    return this.#facts.elements
  }

  /** Every revision that the node has is among the rows. */
  get isComplete(): boolean {
    return this.#reading.isComplete
  }

  get isLoading(): boolean {
    return this.#loading > 0
  }

  /** Messages that were looked at, of this aggregate or not. */
  get lookedAt(): number {
    return this.#reading.lookedAt
  }

  /** Why the last load ended early, if it did. */
  get failure(): unknown {
    return this.#failure
  }

  /** False when neither the node's merge nor a signed element has anything. */
  get exists(): boolean {
    return this.#node !== undefined || this.elements.length > 0
  }

  /** The newest element. */
  get head(): AggregateElement | undefined {
    return this.elements[0]
  }

  /** The document as the signed elements make it. The same object until the rows change. */
  get entries(): Entries {
    return this.#facts.entries
  }

  /** Entries of which the node's own merge has something else than the signed elements. */
  get differing(): readonly string[] {
    return this.#facts.differing
  }

  /** The document after a revision; reads what is older first. Undefined for one that is not among the rows. */
  async entriesAt(itemHash: string, signal?: AbortSignal): Promise<Entries | undefined> {
    const { element } = this.#reading.rows.get(itemHash) ?? {}
    if (!element) return undefined
    await this.loadAll(signal)
    return entriesOf(this.elements.filter(({ time, item_hash }) => time < element.time || item_hash === itemHash))
  }

  /** The document as it will be when a revision is forgotten. Exact only when all revisions are read. */
  entriesWithout(itemHash: string): Entries {
    return entriesOf(this.elements.filter(({ item_hash }) => item_hash !== itemHash))
  }

  /** The revision just before another; undefined for the first one. */
  before(itemHash: string): AggregateElement | undefined {
    const { element } = this.#reading.rows.get(itemHash) ?? {}
    if (!element) return undefined
    return this.elements.find(({ time }) => time < element.time)
  }

  element(itemHash: string): AggregateElement | undefined {
    return this.#reading.rows.get(itemHash)?.element
  }

  /** Reads anew until the signed elements explain what the node says, or there are no more. Throws the client's errors. */
  open(): Promise<void> {
    return this.#enqueue(() => this.#open(undefined))
  }

  /** Reads what is new; everything again when that does not explain what the node says. Throws the client's errors. */
  refresh(signal?: AbortSignal): Promise<void> {
    return this.#enqueue(async () => {
      if (!this.#reading.lookedAt && !this.#reading.isComplete) return this.#open(signal)
      const known = this.#reading
      const reading = this.#start()
      const [node] = await Promise.all([this.#readNode(signal), this.#readUntilKnown(reading, known, signal)])
      this.#setNode(node)
      this.#merge(reading, known)
      if (this.differing.length) await this.#open(signal)
      this.#tell()
    })
  }

  /** Reads on until there are more rows, or some pages had none. Never rejects: see `failure`. */
  loadMore(): Promise<void> {
    return this.#inBackground(async signal => {
      const before = this.#reading.rows.size
      for (let page = 0; page < pagesPerLoad && !this.isComplete && this.#reading.rows.size === before; page++)
        await this.#page(this.#reading, signal)
    })
  }

  /** Reads on until `messages` were looked at, and once what was forgotten. Never rejects: see `failure`. */
  prefetch(messages: number): Promise<void> {
    return this.#inBackground(async signal => {
      while (!this.isComplete && this.lookedAt < messages) await this.#page(this.#reading, signal)
      if (!this.#hasReadForgotten) await this.#readForgotten(signal)
    })
  }

  /** Throws the client's errors. */
  loadAll(signal?: AbortSignal): Promise<void> {
    return this.#enqueue(async () => {
      while (!this.isComplete) await this.#page(this.#reading, signal)
    })
  }

  /** Ends `loadMore` and `prefetch` after the page that is under way. */
  stop(): void {
    this.#stopping.abort()
  }

  dispose(): void {
    this.#closing.abort()
    this.#changed.dispose()
  }

  get #facts(): Derived {
    if (this.#derived) return this.#derived
    const rows = [...this.#reading.rows.values()].sort((a, b) => timeOf(b) - timeOf(a))
    const elements = rows.flatMap(({ element }) => element ?? [])
    const replayed = replay(elements)
    const entries = textsOf(replayed)
    return (this.#derived = { rows, elements, entries, differing: compareMerge(this.#node?.content ?? {}, replayed) })
  }

  async #open(signal: AbortSignal | undefined): Promise<void> {
    const reading = this.#start()
    const [node] = await Promise.all([this.#readNode(signal), this.#page(reading, signal)])
    this.#swap(reading, node)
    // Somebody may have written between the two answers.
    if (this.differing.length) this.#setNode(await this.#readNode(signal))
    while (this.differing.length && !reading.isComplete) await this.#page(reading, signal)
    this.#tell()
  }

  #start(): Reading {
    return { rows: new Map(), pages: this.#pages(), isComplete: false, lookedAt: 0 }
  }

  #pages(): Reading['pages'] {
    return this.client.aggregate.history(this.key, { owner: this.owner, signal: this.#closing.signal }).pages()
  }

  async #page(reading: Reading, signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal)
    const { value, done } = await untilAborted(reading.pages.next(), signal).catch((error: unknown) => {
      // A generator that threw has ended: the next load begins anew, and finds what it verified already.
      reading.pages = this.#pages()
      throw error
    })
    if (done) reading.isComplete = true
    else {
      for (const row of value.rows) reading.rows.set(row.item_hash, row)
      reading.lookedAt = value.lookedAt
      reading.isComplete = value.isLast
    }
    if (reading !== this.#reading) return
    this.#derived = undefined
    this.#tell()
  }

  async #readUntilKnown(reading: Reading, known: Reading, signal: AbortSignal | undefined): Promise<void> {
    const isKnown = () => [...reading.rows.keys()].some(hash => known.rows.has(hash))
    do await this.#page(reading, signal)
    while (!reading.isComplete && !isKnown())
  }

  /** What was read before goes on below what is new. */
  #merge(reading: Reading, known: Reading): void {
    const shared = [...known.rows.values()].filter(({ item_hash }) => reading.rows.has(item_hash))
    if (!shared.length || reading.isComplete) return this.#swap(reading, this.#node)
    const reachedTime = Math.min(...shared.map(timeOf))
    for (const [hash, row] of known.rows)
      if (timeOf(row) <= reachedTime || reading.rows.has(hash)) reading.rows.set(hash, row)
      else this.#lose(row)
    known.rows.clear()
    for (const [hash, row] of reading.rows) known.rows.set(hash, row)
    this.#derived = undefined
  }

  #swap(reading: Reading, node: AggregateKey | undefined): void {
    const old = this.#reading
    this.#reading = reading
    this.#setNode(node)
    if (reading.isComplete) for (const [hash, row] of old.rows) if (!reading.rows.has(hash)) this.#lose(row)
  }

  #setNode(node: AggregateKey | undefined): void {
    this.#node = node
    this.#derived = undefined
  }

  /** It was readable here a moment ago, so it is known to whom it belonged. */
  #lose({ item_hash: itemHash, element }: HistoryRow): void {
    if (element) this.#gone.set(itemHash, { itemHash, time: element.time, isOurs: true })
  }

  async #readNode(signal: AbortSignal | undefined): Promise<AggregateKey | undefined> {
    const { owner, key } = this
    // Nodes take several keys with commas between them, so a key that holds one can not be asked for.
    const wanted = key.includes(',') ? {} : { collection: key }
    const infos = await this.client.aggregate.keys({ owner, ...wanted, ...(signal ? { signal } : {}) })
    return infos.find(info => info.key === key)
  }

  /** The newest of them; older ones would say nothing that helps. */
  async #readForgotten(signal: AbortSignal): Promise<void> {
    const oldest = this.isComplete ? 0 : Math.min(...this.rows.map(timeOf))
    for await (const page of this.client.aggregate.forgotten(this.owner, { signal })) {
      for (const { item_hash: itemHash, time } of page)
        if (time >= oldest && !this.#gone.has(itemHash)) this.#gone.set(itemHash, { itemHash, time, isOurs: false })
      break
    }
    this.#hasReadForgotten = true
  }

  #enqueue<T>(act: () => Promise<T>): Promise<T> {
    const running = this.#queue.then(async () => {
      this.#loading++
      this.#failure = undefined
      this.#tell()
      try {
        return await act()
      } finally {
        this.#loading--
        this.#tell()
      }
    })
    this.#queue = running.catch(() => undefined)
    return running
  }

  async #inBackground(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const stopping = (this.#stopping = new AbortController())
    try {
      await this.#enqueue(() => act(stopping.signal))
    } catch (error) {
      if (isAlephError(error, 'ABORTED')) return
      this.#failure = error
      this.#tell()
    }
  }

  #tell(): void {
    this.#changed.fire()
  }
}

async function untilAborted<T>(act: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return act
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(abortError(signal)), { once: true }),
  )
  return Promise.race([act, aborted])
}

const timeOf = ({ element, ...row }: HistoryRow): number => element?.time ?? (row as { time?: number }).time ?? 0

const entriesOf = (elements: readonly AggregateElement[]): Entries => textsOf(replay(elements))
