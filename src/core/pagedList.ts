// A list that grows page by page: the first page is one request, more come when asked for, a refresh keeps the old rows
// until new ones are there, and late answers of an earlier refresh are dropped.
import { Emitter } from '../shared/emitter.js'

/** Opens the listing anew. Undefined when there is nothing to list, for example no account. */
export type OpenPages<T> = (signal: AbortSignal) => AsyncIterable<readonly T[]> | undefined

/** One load looks at this many pages' rows at most, however few of them are wanted. */
export const pagesPerLoad = 20

export class PagedList<T> {
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event
  #items: readonly T[] = []
  #known = new Set<string>()
  #pages: AsyncIterator<readonly T[]> | undefined
  #hasMore = false
  #error: unknown
  /** The rows are those of before a refresh that failed. */
  #isStale = false
  #isLoaded = false
  /** Whatever is under way now; also the guard against doing it twice. */
  #loading: Promise<void> | undefined
  #generation = 0
  #abort = new AbortController()

  constructor(
    private readonly open: OpenPages<T>,
    private readonly identity: (item: T) => string,
    /** Rows of one page. A shorter one is followed at once: it is the last, or the node left rows out. */
    readonly pageSize: number,
    /** Rows that are not wanted are looked at and left out. */
    private readonly accepts: (item: T) => boolean = () => true,
  ) {}

  get items(): readonly T[] {
    return this.#items
  }

  /** Rows that came so far, wanted or not. */
  get lookedAt(): number {
    return this.#known.size
  }

  /** Grows with every start from the beginning: what was meant for an earlier one is late. */
  get generation(): number {
    return this.#generation
  }

  get hasMore(): boolean {
    return this.#hasMore
  }

  /** Why the last load failed. Stays until a retry, so that looking again does not hammer the node. */
  get error(): unknown {
    return this.#error
  }

  /** True once there was an answer, be it a failure. */
  get isLoaded(): boolean {
    return this.#isLoaded
  }

  get isLoading(): boolean {
    return this.#loading !== undefined
  }

  /**
   * Loads the first page unless that was done. Never rejects: failures are in `error`. Rows that are there need not wait
   * for those that are under way.
   */
  first(): Promise<void> {
    return this.#isLoaded ? Promise.resolve() : (this.#loading ?? this.refresh())
  }

  /** Loads the next page. */
  more(): Promise<void> {
    if (this.#loading) return this.#loading
    return this.#hasMore ? this.#run(this.#generation, () => this.#nextPage(false)) : Promise.resolve()
  }

  /** After a failure: what was not loaded is asked for again. */
  retry(): Promise<void> {
    return this.#items.length && !this.#isStale ? this.more() : this.refresh()
  }

  /** Starts over; the old rows stay until the first new page is there. */
  refresh(): Promise<void> {
    this.#restart()
    this.#isStale = true
    return this.#run(this.#generation, () => this.#nextPage(true))
  }

  /** Forgets everything, because these rows belong to another account or network. Loads nothing by itself. */
  reset(): void {
    this.#restart()
    this.#items = []
    this.#known = new Set()
    this.#hasMore = false
    this.#isLoaded = false
    this.#error = undefined
    this.#changed.fire()
  }

  dispose(): void {
    this.#restart()
    this.#changed.dispose()
  }

  #restart(): void {
    this.#generation++
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#pages = undefined
    this.#loading = undefined
  }

  async #run(generation: number, load: () => Promise<() => void>): Promise<void> {
    const run = (async () => {
      let apply: () => void
      try {
        apply = await load()
      } catch (error) {
        apply = () => {
          this.#pages = undefined
          this.#error = error
        }
      }
      if (generation !== this.#generation) return
      this.#loading = undefined
      this.#isLoaded = true
      apply()
      this.#changed.fire()
    })()
    this.#loading = run
    await run
  }

  /** Fetches a page and returns what to do with it, because by then nobody may want it any more. */
  async #nextPage(isFresh: boolean): Promise<() => void> {
    const known = isFresh ? new Set<string>() : new Set(this.#known)
    this.#pages ??= this.open(this.#abort.signal)?.[Symbol.asyncIterator]()
    const pages = this.#pages
    const fresh: T[] = []
    let isDone = !pages
    let lookedAt = 0
    // After a failed page the listing was opened anew, and pages that are already here go by. New messages shift the
    // pages, so rows can also come twice.
    while (pages && !isDone && fresh.length < this.pageSize && lookedAt < this.pageSize * pagesPerLoad) {
      const page = await pages.next()
      isDone = page.done === true
      if (page.done) break
      for (const item of page.value) {
        const identity = this.identity(item)
        if (known.has(identity)) continue
        known.add(identity)
        lookedAt++
        if (this.accepts(item)) fresh.push(item)
      }
    }
    return () => {
      this.#items = isFresh ? fresh : [...this.#items, ...fresh]
      this.#known = known
      this.#hasMore = !isDone
      this.#error = undefined
      if (isFresh) this.#isStale = false
    }
  }
}
