// One watch from its beginning to its end: connections, the looks at the list after each, and the waits between.
import type { CallOptions, Context } from '../context.js'
import { AlephError, isAlephError } from '../errors.js'
import type { Query } from '../http/http.js'
import { Feed } from './feed.js'
import { toQuery, type MessageFilter, type MessageRow } from './list.js'
import { WatchedRows } from './watchedRows.js'

/** `live` by WebSocket, `polling` by lists, `reconnecting` while neither works. */
export type WatchState = 'live' | 'reconnecting' | 'polling'

export type WatchFilter = Omit<MessageFilter, 'order'>

export interface WatchOptions extends CallOptions {
  /** How many of the newest messages come first, 0–199; none if not given. */
  history?: number
  onState?: (state: WatchState) => void
  /** How often a node without a WebSocket is asked, in milliseconds; 10 000 if not given. */
  pollMs?: number
}

/** A node pings every 30 s, which is not shown to us: after so much silence a look at the list tells whether it lives. */
const idleMs = 60_000
/** A connection that ends sooner, and brings nothing, is not worth opening again and again. */
const soundMs = 10_000
/** After that it is polled for so long, twice as long each time up to the limit. */
const pollingMs = 30_000
const maxPollingMs = 600_000

/** What nodes look at when they choose live messages; of everything else they send all or nothing (trap 9). */
const liveParameters = ['addresses', 'owners', 'channels', 'refs', 'hashes', 'contentTypes', 'contentHashes']

function liveQuery(filter: WatchFilter): Query {
  const all = toQuery(filter)
  const query: Query = { history: 0 }
  for (const name of liveParameters) if (all[name] !== undefined) query[name] = all[name]
  if (filter.types?.length === 1) query.msgType = filter.types[0]
  return query
}

export class Watcher {
  readonly #rows: WatchedRows
  #state: WatchState | undefined
  /** Failures in a row. */
  #failures = 0
  /** Connections in a row that came to nothing. */
  #unsound = 0
  #pollings = 0
  #socketDueMs = 0
  /** Where among the endpoints the next connection is tried first. */
  #first = 0

  constructor(
    readonly context: Context,
    readonly filter: WatchFilter,
    readonly options: WatchOptions & { history: number; pollMs: number },
    readonly signal: AbortSignal,
  ) {
    this.#rows = new WatchedRows(context, filter)
  }

  async *rows(startMs: number): AsyncGenerator<MessageRow, void, undefined> {
    try {
      yield* this.#rows.first(this.options.history, startMs, this.signal)
      for (;;) yield* this.#round()
    } catch (error) {
      if (!this.signal.aborted) throw error
    }
  }

  /** One connection from its beginning to its end, or one look at the list. */
  async *#round(): AsyncGenerator<MessageRow, void, undefined> {
    const { clock } = this.context.http
    let feed: Feed | undefined
    let isLost: AlephError
    try {
      feed = await this.#open()
      // Listening comes first: what is published while the list is read must be in one of the two.
      const isBroken = this.#failures > 0
      // Who is down already is asked once, so that the waits between are those of the back-off.
      const ways = { endpoint: feed?.endpoint, signal: this.signal, retry: !isBroken }
      yield* this.#rows.since(feed !== undefined || isBroken, ways)
      this.#tell(feed ? 'live' : 'polling')
      if (!feed) {
        this.#failures = 0
        return await clock.sleep(this.options.pollMs, this.signal)
      }
      const openedMs = clock.now()
      yield* this.#live(feed)
      if (feed.received || clock.now() - openedMs >= soundMs) this.#unsound = this.#failures = this.#pollings = 0
      else if (++this.#unsound > 1) this.#pollForNow()
      // Who was slow begins again at once.
      if (feed.isOverfull) return
      isLost = new AlephError('NETWORK', `The node ${new URL(feed.endpoint).host} ended the connection.`, {
        retryable: true,
      })
    } catch (error) {
      if (this.signal.aborted || !isAlephError(error) || finalCodes.includes(error.code)) throw error
      isLost = error
      // Perhaps another one does better; and one that can't be reached hasn't refused to be watched.
      if (feed) this.#first++
      else this.#socketDueMs = this.#pollings = 0
    } finally {
      feed?.close()
    }
    this.#tell('reconnecting')
    await this.context.http.backOff(isLost, this.#failures++, this.signal)
  }

  /** What comes until the connection ends, or turns out to be dead: then the list has what did not come. */
  async *#live(feed: Feed): AsyncGenerator<MessageRow, void, undefined> {
    for (;;) {
      const next = await feed.next(this.context, idleMs)
      if (next === 'ended') return
      if (next !== 'idle') {
        const row = await this.#rows.frame(next.data, this.signal)
        if (row) yield row
        continue
      }
      let isBehind = false
      for await (const row of this.#rows.since(false, { endpoint: feed.endpoint, signal: this.signal, retry: true })) {
        isBehind ||= row.message !== undefined && !feed.hasFrames
        yield row
      }
      if (isBehind) return
    }
  }

  /** A connection to the first endpoint that takes one; undefined while nodes are polled. */
  async #open(): Promise<Feed | undefined> {
    const { http, webSocket } = this.context
    if (!webSocket || http.clock.now() < this.#socketDueMs) return undefined
    const query = liveQuery(this.filter)
    for (let i = 0; i < http.endpoints.length; i++) {
      const at = (this.#first + i) % http.endpoints.length
      const feed = await Feed.open(this.context, http.endpoints[at] as string, query, this.signal)
      if (!feed) continue
      this.#first = at
      return feed
    }
    this.#pollForNow()
    return undefined
  }

  #pollForNow(): void {
    const forMs = Math.min(maxPollingMs, pollingMs * 2 ** this.#pollings++)
    this.#socketDueMs = this.context.http.clock.now() + forMs
    this.#unsound = 0
  }

  #tell(state: WatchState): void {
    if (state === this.#state) return
    this.#state = state
    this.options.onState?.(state)
  }
}

/** Waiting doesn't help with these. */
const finalCodes = ['INVALID_INPUT', 'REJECTED']
