// What a watch has seen so far, each message once, and what a node lists since then.
import { BoundedSet } from '../boundedSet.js'
import type { Context } from '../context.js'
import { AlephError, isAlephError, throwIfAborted } from '../errors.js'
import type { Query } from '../http/http.js'
import { pagesOf, type Listing, type Page } from '../http/paging.js'
import { claimedHash } from './itemHash.js'
import { matches, toQuery, type MessageFilter, type MessageRow } from './list.js'
import { verifiedMessage } from './message.js'
import { contentLimitBytes } from './serialize.js'
import { slices } from './slices.js'
import { prepareVerifying } from './verify.js'

const pageRows = 100
/** Pages that are looked at for what there was before. */
const maxFirstPages = 20
/**
 * A message may be listed late, under the time at which it was written: a node tries for 14 minutes to find a file, and
 * nodes are not synchronous. So much is read again after every break, in seconds.
 */
const overlap = 900
/** The same for the looks in between, which are many. */
const shortOverlap = 60
/** How often one of them is thorough. */
const thoroughMs = 300_000
/** Nothing that `messages.json` gives is longer, nor any live frame (protocol §5.7), in UTF-16 units. */
const maxFrameChars = 2 * 1024 * 1024

export class WatchedRows {
  /** Item hashes of what was given out or left out for good; with a mark before it, of what was told to be wrong. */
  readonly #seen = new BoundedSet()
  readonly #work = slices()
  /** The newest envelope time seen, in seconds. Only of what is not dated in the future: that would hide what comes. */
  #newest = -Infinity
  /** What is older was not looked at when it began. */
  #floor = -Infinity
  #thoroughDueMs = -Infinity

  constructor(
    readonly context: Context,
    readonly filter: MessageFilter,
  ) {}

  /** The newest `history` messages and those since `startMs`, oldest first; from now on, what is listed later is new. */
  async *first(history: number, startMs: number, signal: AbortSignal): AsyncGenerator<MessageRow, void, undefined> {
    prepareVerifying()
    const wanted: unknown[] = []
    let rows = 0
    let pages = 0
    for await (const page of this.#pages(toQuery(this.filter), { signal })) {
      let oldest = Infinity
      for (const wire of page.rows) {
        const { hash, time } = claims(wire)
        this.#note(time)
        if (time < oldest) oldest = time
        const isNew = time * 1000 >= startMs && time * 1000 <= this.context.http.clock.now() + 1000
        if (rows++ < history || isNew) wanted.push(wire)
        else if (hash) this.#seen.add(hash)
      }
      if (rows >= history && oldest < this.#newest - overlap) {
        this.#floor = oldest
        break
      }
      if (++pages < maxFirstPages) continue
      this.#floor = oldest
      break
    }
    for (const wire of wanted.reverse()) {
      const row = await this.row(wire, signal)
      if (row) yield row
    }
  }

  /**
   * What was not seen yet of what a node lists, oldest first: after a break thoroughly, else mostly the newest. Without
   * `retry` each node is asked once.
   */
  async *since(
    isThorough: boolean,
    { endpoint, signal, retry }: { endpoint: string | undefined; signal: AbortSignal; retry: boolean },
  ): AsyncGenerator<MessageRow, void, undefined> {
    const nowMs = this.context.http.clock.now()
    if (nowMs >= this.#thoroughDueMs) isThorough = true
    const { until = Infinity } = this.filter
    const from = Math.min(Math.max(this.#newest - (isThorough ? overlap : shortOverlap), this.#floor), until)
    const query = toQuery({ ...this.filter, order: 'oldest' })
    if (from > Number(query.startDate ?? 0)) query.startDate = from
    for await (const page of this.#pages(query, { endpoint, signal, retry })) {
      let isForged = page.rows.length > 0
      for (const wire of page.rows) {
        const row = await this.row(wire, signal)
        if (row?.error?.code !== 'INTEGRITY') isForged = false
        if (row) yield row
      }
      page.isBarren = isForged
    }
    if (isThorough) this.#thoroughDueMs = nowMs + thoroughMs
  }

  /** What a live frame holds. */
  async frame(data: unknown, signal: AbortSignal): Promise<MessageRow | undefined> {
    if (typeof data !== 'string') return broken('The node sent bytes where a message was expected.')
    if (data.length > maxFrameChars)
      return { item_hash: '', error: new AlephError('TOO_LARGE', 'The node sent a message longer than any can be.') }
    let wire: unknown
    try {
      wire = JSON.parse(data)
    } catch {
      return broken('The node sent something that is no JSON where a message was expected.')
    }
    if (!claims(wire).hash) return broken('The node sent something that is no message.')
    return this.row(wire, signal)
  }

  /** Undefined for what was seen before, and for what does not match. What can not be verified is told once. */
  async row(wire: unknown, signal: AbortSignal): Promise<MessageRow | undefined> {
    const { context } = this
    const { hash, time } = claims(wire)
    if (this.#seen.has(hash)) return undefined
    await this.#work.pause()
    throwIfAborted(signal)
    try {
      const text = (wire as { item_content?: unknown } | null)?.item_content
      // A character of the limit may take two units.
      if (typeof text === 'string' && text.length > 2 * contentLimitBytes)
        throw new AlephError('TOO_LARGE', 'The content of a message is longer than any node takes.')
      const message = await verifiedMessage(context, wire, 'processed', signal)
      const isWanted = matches(message, this.filter)
      const row = isWanted && {
        item_hash: hash,
        message: { ...message, authority: (await context.authority.resolve(context, message, signal)).authority },
      }
      this.#seen.add(hash)
      this.#note(time)
      return row || undefined
    } catch (cause) {
      if (signal.aborted) throw cause
      const mark = `!${hash}`
      if (this.#seen.has(mark)) return undefined
      this.#seen.add(mark)
      return isAlephError(cause) ? { item_hash: hash, error: cause } : broken('The node sent no message.', hash, cause)
    }
  }

  #pages(query: Query, options: Pick<Listing, 'endpoint' | 'signal' | 'retry'>): AsyncGenerator<Page> {
    const listing = { path: '/api/v0/messages.json', query, rows: 'messages', pageRows, identity: claimedHash }
    return pagesOf(this.context.http, { ...listing, ...options })
  }

  #note(time: number): void {
    if (time > this.#newest && time * 1000 <= this.context.http.clock.now()) this.#newest = time
  }
}

const broken = (message: string, item_hash = '', cause?: unknown): MessageRow => ({
  item_hash,
  error: new AlephError('INTEGRITY', message, cause === undefined ? {} : { cause }),
})

/** What a node says of a message before anything of it is verified. */
function claims(wire: unknown): { hash: string; time: number } {
  const { time } = (wire ?? {}) as { time?: unknown }
  return {
    hash: claimedHash(wire) ?? '',
    time: typeof time === 'number' ? time : NaN,
  }
}
