// Uploads the files of one plan. A failed file does not stop the others; what is not signed yet can be cancelled; what
// is published stays so. What was signed is sent again as it is until the network has decided on it.
import { isAlephError } from '../../client/errors.js'
import { keptStore } from '../../client/file/uploadOne.js'
import {
  openEnvelope,
  type Account,
  type Envelope,
  type StoredFile,
  type StoreFileOptions,
} from '../../client/index.js'
import { Emitter } from '../../shared/emitter.js'
import { ownerOf } from '../session.js'
import type { StorageClient } from '../storageClient.js'
import type { SentEntry } from './journal.js'
import { uploadMetadata, type UploadItem, type UploadPlan } from './plan.js'

/**
 * `pending`: sent, and the network hasn't confirmed it yet. `notFound`: a node that answers hasn't known it for a day.
 * `failed` beside a signed message: it may have arrived all the same.
 */
export type ItemState = 'waiting' | 'sending' | 'publishing' | 'pending' | 'done' | 'failed' | 'cancelled' | 'notFound'

export interface TransferItem {
  readonly item: UploadItem
  state: ItemState
  sentBytes: number
  result?: StoredFile
  error?: unknown
  /** Its STORE while the network hasn't decided on it: nothing else is signed for the file meanwhile. */
  signed?: Envelope
  /** Since when a node that answers doesn't know it; milliseconds. */
  missingSinceMs?: number
}

export interface TransferProgress {
  sentBytes: number
  totalBytes: number
  /** Published files. */
  doneFiles: number
  totalFiles: number
}

export interface TransferPorts {
  client: StorageClient
  /** Asked for every file, so that an account that was removed signs nothing more. */
  signer(): Promise<Account>
  /** Runs as many at a time as all transfers of the window may. */
  slots<T>(act: () => Promise<T>): Promise<T>
  /** Milliseconds. */
  now(): number
  /** Writes down what was signed for the file, or that nothing has to be looked for any more. Never rejects. */
  keep(entry: TransferItem, envelope: Envelope): Promise<void>
}

/** After so many files in a row that the network did not take, the others would not fare better. */
const hopelessAfter = 8

export class Transfer {
  readonly items: readonly TransferItem[]
  readonly #changed = new Emitter<void>()
  /** Fires when a file begins, ends, or is signed. */
  readonly onDidChange = this.#changed.event
  readonly #progressed = new Emitter<void>()
  /** Fires for every chunk: listeners throttle. */
  readonly onDidProgress = this.#progressed.event
  readonly #aborts = new Map<TransferItem, AbortController>()
  #isRunning = false
  #isStopping = false
  #startedMs = 0
  #failedInARow = 0
  #lastError: unknown

  /** With `sent`, what an earlier window signed for the items of the plan. */
  constructor(
    readonly plan: UploadPlan,
    private readonly ports: TransferPorts,
    readonly sent?: readonly SentEntry[],
  ) {
    this.items = plan.items.map((item, index) => {
      const { envelope: signed, missingSinceMs, isNotFound } = sent?.[index] ?? {}
      if (!signed) return { item, state: 'waiting', sentBytes: 0 }
      const since = missingSinceMs === undefined ? {} : { missingSinceMs }
      return {
        item,
        state: isNotFound ? 'notFound' : 'pending',
        sentBytes: 0,
        signed,
        result: storedBy(signed),
        ...since,
      }
    })
  }

  /** Of the plan, or of what an earlier window signed for it. */
  get id(): string {
    return this.sent ? `${this.plan.uploadId}/sent` : this.plan.uploadId
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  /** A cancel was asked for, and files that are signed already are waited for. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  of(...states: ItemState[]): TransferItem[] {
    return this.items.filter(({ state }) => states.includes(state))
  }

  /** Files that are to be looked for: signed, sent, and not decided. */
  get open(): TransferItem[] {
    return this.of('pending', 'failed').filter(({ signed }) => signed)
  }

  /** Published files, confirmed or not. */
  get published(): { item: UploadItem; result: StoredFile }[] {
    return this.of('done', 'pending').flatMap(({ item, result }) => (result ? [{ item, result }] : []))
  }

  get progress(): TransferProgress {
    const progress = { sentBytes: 0, totalBytes: 0, doneFiles: 0, totalFiles: this.items.length }
    for (const { item, state, sentBytes } of this.items) {
      const isDone = state === 'done' || state === 'pending'
      progress.totalBytes += item.sizeBytes
      progress.sentBytes += isDone ? item.sizeBytes : Math.min(sentBytes, item.sizeBytes)
      if (isDone) progress.doneFiles++
    }
    return progress
  }

  /** Seconds that the rest will take at the speed so far; undefined while too little is known. */
  get secondsLeft(): number | undefined {
    const { sentBytes, totalBytes } = this.progress
    const elapsedMs = this.ports.now() - this.#startedMs
    if (!this.#isRunning || elapsedMs < 2000 || !sentBytes) return undefined
    return ((totalBytes - sentBytes) / sentBytes) * (elapsedMs / 1000)
  }

  /** Uploads whatever is not published yet, or only these, so a second run is a retry. Resolves also when files failed. */
  async run(only?: readonly TransferItem[]): Promise<void> {
    if (this.#isRunning) throw new Error('this transfer is running')
    this.#isRunning = true
    this.#isStopping = false
    this.#failedInARow = 0
    this.#startedMs = this.ports.now()
    const queue = only ?? this.of('waiting', 'failed', 'cancelled')
    for (const entry of queue) {
      Object.assign(entry, { state: 'waiting', sentBytes: 0 })
      delete entry.error
    }
    this.#changed.fire()
    try {
      await Promise.all(queue.map(entry => this.ports.slots(() => this.#upload(entry))))
    } finally {
      this.#isRunning = false
      this.#isStopping = false
      this.#changed.fire()
    }
  }

  /** True while nothing of the file is signed. */
  canCancel({ state }: TransferItem): boolean {
    return state === 'waiting' || state === 'sending'
  }

  /** One file, or whatever is not signed yet. */
  cancel(only?: TransferItem): void {
    if (!only) this.#isStopping = this.#isRunning
    for (const entry of only ? [only] : this.items) {
      if (!this.canCancel(entry)) continue
      if (entry.state === 'waiting') entry.state = 'cancelled'
      else this.#aborts.get(entry)?.abort()
    }
    this.#changed.fire()
  }

  /** What became of a file that the network had not confirmed. After an error another message may be signed. */
  async settle(entry: TransferItem, outcome: 'done' | 'notFound' | 'givenUp' | { error: unknown }): Promise<void> {
    const { signed } = entry
    if (!signed) return
    if (outcome !== 'notFound') delete entry.signed
    if (outcome !== 'done' && outcome !== 'notFound') delete entry.result
    else entry.result = { ...storedBy(signed), ...(outcome === 'done' ? { status: 'processed' } : {}) }
    if (typeof outcome === 'object') Object.assign(entry, { state: 'failed', error: outcome.error })
    else {
      entry.state = outcome === 'givenUp' ? 'cancelled' : outcome
      delete entry.error
    }
    this.#changed.fire()
    await this.ports.keep(entry, signed)
  }

  /** A node that answers doesn't know it, or knows it again. */
  async missing(entry: TransferItem, sinceMs: number | undefined): Promise<void> {
    if (!entry.signed || entry.missingSinceMs === sinceMs) return
    if (sinceMs === undefined) delete entry.missingSinceMs
    else entry.missingSinceMs = sinceMs
    await this.ports.keep(entry, entry.signed)
  }

  dispose(): void {
    this.#changed.dispose()
    this.#progressed.dispose()
  }

  async #upload(entry: TransferItem): Promise<void> {
    if (entry.state !== 'waiting') return
    if (this.#failedInARow >= hopelessAfter) return this.#end(entry, 'failed', this.#lastError)
    const abort = new AbortController()
    this.#aborts.set(entry, abort)
    entry.state = 'sending'
    this.#changed.fire()
    try {
      entry.result = await this.#store(entry, abort.signal)
      this.#failedInARow = 0
      if (entry.result.status === 'pending') this.#end(entry, 'pending')
      else {
        await this.#forgetSigned(entry)
        this.#end(entry, 'done')
      }
    } catch (error) {
      // A message that may have arrived is no cancelled one: its error says so.
      const isOpen = openEnvelope(error) !== undefined
      if (!isOpen) await this.#forgetSigned(entry)
      const isCancelled = abort.signal.aborted && isAlephError(error, 'ABORTED') && !isOpen
      if (!isCancelled) this.#failedInARow = isOfEveryFile(error) ? this.#failedInARow + 1 : 0
      this.#lastError = error
      this.#end(entry, isCancelled ? 'cancelled' : 'failed', isCancelled ? undefined : error)
    } finally {
      this.#aborts.delete(entry)
    }
  }

  /** Nothing has to be looked for any more. */
  async #forgetSigned(entry: TransferItem): Promise<void> {
    const { signed } = entry
    if (!signed) return
    delete entry.signed
    await this.ports.keep(entry, signed)
  }

  async #store(entry: TransferItem, signal: AbortSignal): Promise<StoredFile> {
    const { storage } = this.ports.client
    const onProgress: StoreFileOptions['onProgress'] = ({ phase, sentBytes }) => {
      // A chunk can be on its way when the file has ended.
      if (!this.#aborts.has(entry)) return
      entry.sentBytes = sentBytes
      if (entry.state !== phase) {
        entry.state = phase
        this.#changed.fire()
      }
      this.#progressed.fire()
    }
    // Whether the node has decided is asked later, so that the next file can be sent.
    const how = { signal, waitMs: 0, onProgress }
    if (entry.signed) return storage.storeFile(entry.item.source, { ...how, resend: entry.signed })
    const { active, engine, channel, tags } = this.plan
    const account = await this.ports.signer()
    const owner = ownerOf(active.account)
    const metadata = uploadMetadata(this.plan, entry.item)
    return storage.storeFile(entry.item.source, {
      ...how,
      account,
      filename: entry.item.name,
      engine,
      // Lists and links know no files in chunks yet.
      chunkSize: false,
      ...(owner === account.address ? {} : { owner }),
      ...(channel ? { channel } : {}),
      ...(tags.length ? { tags } : {}),
      ...(metadata ? { metadata } : {}),
      onSigned: async envelope => {
        entry.signed = envelope
        await this.ports.keep(entry, envelope)
      },
    })
  }

  #end(entry: TransferItem, state: ItemState, error?: unknown): void {
    entry.state = state
    if (error !== undefined) entry.error = error
    this.#changed.fire()
    this.#progressed.fire()
  }
}

/** What a STORE says of its file. */
function storedBy(signed: Envelope): StoredFile {
  const { size = 0, ...file } = keptStore(signed)
  return { item_hash: signed.item_hash, ...file, size, status: 'pending' }
}

/** No fault of the one file: the node is away, or the key is. */
const isOfEveryFile = (error: unknown) =>
  isAlephError(error) && (error.retryable || error.code === 'READ_ONLY' || error.code === 'NETWORK')
