// From an accepted envelope to a status: intake, the queue, retries, and who waits for the outcome (protocol §4.1, §4.2).
import type { FileStore } from './fileStore.js'
import {
  checkBalance,
  checkBalanceBeforeFetch,
  checkDependencies,
  checkFile,
  checkPermissions,
  checkSignature,
} from './checks.js'
import type { RecordLog } from './log.js'
import { throughQueue } from './percent.js'
import { NotWritten } from './disk.js'
import { contentUnavailable, invalidFormat, MessageError } from './rejection.js'
import { makeRow, type MessageRow, type PendingMessage } from './state/messages.js'
import type { State } from './state/state.js'
import {
  contentErrors,
  isObject,
  parseMessage,
  parseStrictJson,
  TimeTypeError,
  type FieldError,
  type Json,
  type Parsed,
  type WireMessage,
} from './validate.js'

export type Outcome = 'processed' | 'retrying' | 'rejected'

export interface ReceiveOptions {
  /** Of the validation of the envelope that was published. */
  parsed?: Parsed | undefined
  /** Puts processing off. */
  delayMs?: number | undefined
  /** See `PendingMessage`. */
  fetchJitterMs?: number | undefined
}

export interface ProcessingOptions {
  maxRetries: number
  /** From 0 to below 1. */
  random: () => number
  /** Between attempt `retries` and the next one. */
  retryDelayMs: (retries: number) => number
  syncTimeoutMs: number
  /** Seconds since 1970. */
  now: () => number
  /** Called for every message in the turn in which it was applied, but not while the log is replayed. */
  onProcessed: (row: MessageRow) => void
  /** Resolves when no file can be collected any more that a message needs which is about to be applied. */
  collected: () => Promise<void>
}

/** What the log holds of messages; `now` is when the decision fell. */
export type MessageRecord =
  | { k: 'queued'; h: string; m: Json }
  | { k: 'received'; m: WireMessage; t: number }
  | { k: 'processed'; h: string; t: number; c?: string }
  | { k: 'rejected'; h: string; e: number; d: readonly unknown[]; m?: Json; t?: number }

export const isMessageRecord = (record: { k: string }): record is MessageRecord =>
  record.k === 'queued' || record.k === 'received' || record.k === 'processed' || record.k === 'rejected'

/** Of a real node: uniformly in [0, min(2ⁿ, 300)] seconds before retry n + 1. `random` is from 0 to below 1. */
export const retryDelayMs = (retries: number, random: number): number => random * Math.min(2 ** retries, 300) * 1000

export class Processing {
  readonly #state: State
  readonly #files: FileStore
  readonly #options: ProcessingOptions
  #log: RecordLog
  #queue: PendingMessage[] = []
  #isRunning = false
  #isClosed = false
  #unfinished = 0
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #waiters = new Map<string, Set<(outcome: Outcome) => void>>()
  #idleWaiters: (() => void)[] = []
  /** Accepted, but no worker has taken them yet, so that nothing else here knows them. */
  readonly #queued = new Map<string, Json>()

  constructor(state: State, files: FileStore, log: RecordLog, options: ProcessingOptions) {
    this.#state = state
    this.#files = files
    this.#log = log
    this.#options = options
  }

  /** Replays one record. Nothing is checked again: that was done before it was written. */
  replay(record: MessageRecord): void {
    const { messages } = this.#state
    if (record.k === 'queued') return void this.#queued.set(record.h, record.m)
    this.#queued.delete(record.k === 'received' ? record.m.item_hash : record.h)
    if (record.k === 'received') this.#setPending(newPending(record.m), record.t)
    else if (record.k === 'rejected' && record.m)
      messages.setRejected(record.h, record.t ?? 0, record.m, record.e, record.d)
    else {
      const entry = messages.get(record.h)
      if (entry?.status !== 'pending') return
      const { message } = entry.pending
      if (record.k === 'rejected') this.#reject(message, entry.reception, record.e, record.d)
      else {
        const text = record.c ?? message.item_content ?? ''
        const content = filledIn(parseStrictJson(text) as Json, message)
        this.#state.apply(makeRow(message, text, content, entry.reception), content, record.t)
      }
    }
  }

  /** From here on decisions are logged, and what was pending when the node ended is tried again. */
  resume(log: RecordLog): void {
    this.#log = log
    for (const entry of this.#state.messages.statuses.values())
      if (entry.status === 'pending') this.#enqueue(entry.pending, 0)
    for (const hash of this.#queued.keys()) void this.#takeQueued(hash, Promise.resolve())
  }

  /**
   * Takes in a message that the workers get only after so long, or then; until then it's unknown. Resolves when it's
   * durable. Throws `NotWritten`.
   */
  async receiveLater(published: Json, when: number | Promise<void>): Promise<void> {
    const hash = String(published['item_hash'])
    await this.#log.append({ k: 'queued', h: hash, m: published }, () => this.#queued.set(hash, published))
    void this.#takeQueued(hash, typeof when === 'number' ? new Promise(resolve => this.#after(when, resolve)) : when)
  }

  /** A worker has time for it. On a full disk it stays in the queue until the next start. */
  async #takeQueued(hash: string, when: Promise<void>): Promise<void> {
    this.#unfinished++
    await when
    const message = this.#queued.get(hash)
    if (message && !this.#isClosed)
      try {
        await this.receive(message)
        this.#queued.delete(hash)
      } catch (error) {
        if (!(error instanceof NotWritten)) throw error
      }
    this.#finished()
  }

  /**
   * Takes in a message whose envelope passed the first validation (`parsed`, if that was of all of `published`), the
   * way it comes back from the network. `delayMs` puts its processing off. Resolves when it's durable. Throws
   * `NotWritten`.
   */
  async receive(
    published: Json,
    { parsed: known, delayMs = 0, fetchJitterMs = 0 }: ReceiveOptions = {},
  ): Promise<void> {
    const received = throughQueue(published)
    if (!received) return // the JSON broke: nobody ever hears of it again (trap 41)
    const parsed = received === published && known ? known : parseReceived(received)
    if (!parsed) return
    const reception = this.#options.now()
    if ('errors' in parsed)
      return this.#rejectAtIntake(received, reception, invalidFormat(...parsed.errors.map(asStored)))
    const { message } = parsed
    if (!message.signature) return this.#rejectAtIntake(received, reception, new MessageError(1, ['Missing signature']))
    if (message.item_content?.includes('\\u0000')) {
      const text = `Invalid message content for ${message.item_hash}: Unsupported character in message: \\u0000`
      return this.#rejectAtIntake(received, reception, invalidFormat(text))
    }
    if (typeof message.content?.['time'] === 'string') return // trap 42
    const status = this.#state.messages.get(message.item_hash)?.status
    if (status && status !== 'rejected') return
    const pending = newPending(message)
    pending.isFetched = this.#isFetchedAtIntake(message)
    if (message.type === 'STORE' && message.content?.['item_type'] === 'ipfs') pending.fetchJitterMs = fetchJitterMs
    const fetchMs = pending.isFetched ? 0 : this.#options.random() * pending.fetchJitterMs
    const record: MessageRecord = { k: 'received', m: { ...message, content: null }, t: reception }
    const isNew = await this.#log.append(record, () => this.#setPending(pending, reception))
    if (isNew) this.#enqueue(pending, delayMs + fetchMs)
  }

  /** False if another copy was quicker. */
  #setPending(pending: PendingMessage, reception: number): boolean {
    const { messages } = this.#state
    const status = messages.get(pending.message.item_hash)?.status
    if (status && status !== 'rejected') return false
    messages.setPending(pending, reception)
    return true
  }

  /** The next event about this message, or undefined when none came in time. Call before `receive`. */
  outcome(itemHash: string): Promise<Outcome | undefined> {
    return new Promise(resolve => {
      const waiters = this.#waiters.get(itemHash) ?? new Set()
      this.#waiters.set(itemHash, waiters)
      const done = (outcome?: Outcome) => {
        clearTimeout(timer)
        this.#timers.delete(timer)
        waiters.delete(done)
        if (!waiters.size) this.#waiters.delete(itemHash)
        resolve(outcome)
      }
      const timer = setTimeout(done, this.#options.syncTimeoutMs)
      this.#timers.add(timer)
      waiters.add(done)
    })
  }

  /** Resolves when no message is pending any more. */
  idle(): Promise<void> {
    return this.#unfinished ? new Promise(resolve => this.#idleWaiters.push(resolve)) : Promise.resolve()
  }

  close(): void {
    this.#isClosed = true
    this.#queue = []
    for (const timer of this.#timers) clearTimeout(timer)
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter('retrying')
  }

  /** An inline message without a file, or whose file the storage engine has, skips the fetching stage. */
  #isFetchedAtIntake(message: WireMessage): boolean {
    if (message.item_type !== 'inline') return false
    return (
      message.type !== 'STORE' || (this.#state.files.get(String(message.content?.['item_hash']))?.isCached ?? false)
    )
  }

  #enqueue(pending: PendingMessage, delayMs: number): void {
    this.#unfinished++
    if (delayMs > 0) this.#later(pending, delayMs)
    else this.#push(pending)
  }

  /** A decision that couldn't be written isn't made. */
  #decideLater(pending: PendingMessage): void {
    this.#later(pending, this.#options.retryDelayMs(1))
  }

  #later(pending: PendingMessage, delayMs: number): void {
    this.#after(delayMs, () => this.#push(pending))
  }

  #after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, delayMs)
    this.#timers.add(timer)
  }

  #push(pending: PendingMessage): void {
    if (this.#isClosed) return
    this.#queue.push(pending)
    if (!this.#isRunning) void this.#run()
  }

  /** One at a time and in order of arrival, with a turn of the event loop between, so that requests get theirs. */
  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#queue.length) {
      const batch = this.#queue
      this.#queue = []
      for (const pending of batch) {
        if (this.#isClosed) return
        await this.#attempt(pending)
        await new Promise<void>(resolve => setImmediate(resolve))
      }
    }
    this.#isRunning = false
  }

  async #attempt(pending: PendingMessage): Promise<void> {
    // Only what fails (or works) in the processing stage is announced to those who wait.
    let isAnnounced = pending.isFetched
    const { item_hash: hash } = pending.message
    try {
      // In here nothing else is processed, just as in the real node, which fetches once more when it processes.
      const jitterMs = this.#options.random() * pending.fetchJitterMs
      if (jitterMs > 0) await new Promise<void>(resolve => this.#after(jitterMs, resolve))
      const found = await this.#verifyAndFetch(pending)
      pending.isFetched = true
      isAnnounced = true
      const { row, content } = found
      // From here to the record of the decision nothing waits, so that it's made on what the log says.
      await this.#options.collected()
      checkFile(this.#state, row, content)
      checkDependencies(this.#state, row, content)
      checkPermissions(this.#state, row, content)
      checkBalance(this.#state, row)
      this.#state.check(row, content)
      const now = this.#options.now()
      const record: MessageRecord = { k: 'processed', h: hash, t: now }
      if (row.itemType !== 'inline') record.c = row.contentText
      await this.#log.append(record, () => {
        this.#state.apply(row, content, now)
        this.#options.onProcessed(row)
      })
      this.#finish(hash, 'processed', isAnnounced)
    } catch (error) {
      if (this.#isClosed) return
      if (error instanceof NotWritten) return this.#decideLater(pending)
      const { code, errors, retry } = error instanceof MessageError ? error : new MessageError(-1, [], true)
      if (retry && pending.retries < this.#options.maxRetries) {
        if (code === 3) pending.isFetched = false
        this.#later(pending, this.#options.retryDelayMs(pending.retries++))
        if (isAnnounced) this.#announce(hash, 'retrying')
        return
      }
      const now = this.#options.now()
      try {
        await this.#log.append({ k: 'rejected', h: hash, e: code, d: errors }, () =>
          this.#reject(pending.message, now, code, errors),
        )
      } catch {
        return this.#decideLater(pending)
      }
      this.#finish(hash, 'rejected', isAnnounced)
    }
  }

  async #verifyAndFetch(pending: PendingMessage): Promise<{ row: MessageRow; content: Json }> {
    const { message } = pending
    if (!pending.isVerified) await checkSignature(message)
    pending.isVerified = true
    const text = message.item_content ?? (await this.#fetchContent(message))
    const content = message.content ?? this.#parseContent(text, message)
    const reception = this.#state.messages.get(message.item_hash)?.reception ?? this.#options.now()
    const row = makeRow(message, text, content, reception)
    checkPermissions(this.#state, row, content)
    checkBalanceBeforeFetch(this.#state, row)
    checkFile(this.#state, row, content)
    return { row, content }
  }

  async #fetchContent(message: WireMessage): Promise<string> {
    const file = this.#state.files.get(message.item_hash)
    if (!file) throw contentUnavailable(message.item_hash)
    try {
      return (await this.#files.read(message.item_hash, file.isDirectory ? undefined : file.size)).toString('utf8')
    } catch {
      throw contentUnavailable(message.item_hash)
    }
  }

  #parseContent(text: string, message: WireMessage): Json {
    const invalid = (reason: string) => invalidFormat(`Invalid message content for ${message.item_hash}: ${reason}`)
    if (message.item_type !== 'inline' && text.includes('\\u0000'))
      throw invalid('Unsupported character in message: \\u0000')
    let value: unknown
    try {
      value = parseStrictJson(text)
    } catch {
      throw invalid("Can't decode JSON")
    }
    const content = isObject(value) ? filledIn(value, message) : value
    const errors = contentErrors(message.type, content, ['content'])
    if (errors.length) throw invalidFormat(...errors.map(asStored))
    return content as Json
  }

  #reject(message: WireMessage, reception: number, code: number, errors: readonly unknown[]): void {
    const { content: parsed, ...rest } = message
    const content = parsed ?? (message.item_content === null ? null : (JSON.parse(message.item_content) as Json))
    const first = this.#state.messages.get(message.item_hash)?.reception ?? reception
    this.#state.messages.setRejected(message.item_hash, first, { ...rest, content, origin: 'p2p' }, code, errors)
  }

  /** Refused before it was ever pending; shown as it was received (protocol §4.3). */
  async #rejectAtIntake(received: Json, reception: number, { code, errors }: MessageError): Promise<void> {
    const hash = String(received['item_hash'])
    const { messages } = this.#state
    const isDecided = () => (messages.get(hash)?.status ?? 'rejected') !== 'rejected'
    if (isDecided()) return
    const first = messages.get(hash)?.reception ?? reception
    const record: MessageRecord = { k: 'rejected', h: hash, e: code, d: errors, m: received, t: first }
    await this.#log.append(record, () => {
      if (!isDecided()) messages.setRejected(hash, first, received, code, errors)
    })
  }

  #announce(hash: string, outcome: Outcome): void {
    for (const waiter of this.#waiters.get(hash) ?? []) waiter(outcome)
  }

  #finish(hash: string, outcome: Outcome, isAnnounced: boolean): void {
    if (isAnnounced) this.#announce(hash, outcome)
    this.#finished()
  }

  #finished(): void {
    if (--this.#unfinished) return
    for (const waiter of this.#idleWaiters) waiter()
    this.#idleWaiters = []
  }
}

function parseReceived(received: Json): Parsed | undefined {
  try {
    return parseMessage(received)
  } catch (error) {
    if (error instanceof TimeTypeError) return undefined
    throw error
  }
}

const newPending = (message: WireMessage): PendingMessage => ({
  message,
  isFetched: false,
  isVerified: false,
  retries: 0,
  fetchJitterMs: 0,
})

/** Content in a file may leave out what the envelope says already; inline content may not (protocol §1.2). */
const filledIn = (content: Json, message: WireMessage): Json =>
  message.item_type === 'inline' ? content : { address: message.sender, time: message.time, ...content }

/** Stored errors name their place as Python prints a tuple. */
function asStored({ loc, ...error }: FieldError): Json {
  const parts = loc.map(part => (typeof part === 'number' ? String(part) : `'${part}'`))
  return { ...error, loc: parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(', ')})` }
}
