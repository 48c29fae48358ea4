// Uploads the files of one plan. A failed file does not stop the others; what is not signed yet can be cancelled; what
// is published stays so.
import { isAlephError } from '../../client/errors.js'
import type { Account, StoredFile } from '../../client/index.js'
import { Emitter } from '../../shared/emitter.js'
import { ownerOf } from '../session.js'
import type { StorageClient } from '../storageClient.js'
import { uploadMetadata, type UploadItem, type UploadPlan } from './plan.js'

/** `pending` is published, and the node has not confirmed it yet. */
export type ItemState = 'waiting' | 'sending' | 'publishing' | 'pending' | 'done' | 'failed' | 'cancelled'

export interface TransferItem {
  readonly item: UploadItem
  state: ItemState
  sentBytes: number
  result?: StoredFile
  error?: unknown
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

  constructor(
    readonly plan: UploadPlan,
    private readonly ports: TransferPorts,
  ) {
    this.items = plan.items.map(item => ({ item, state: 'waiting', sentBytes: 0 }))
  }

  get id(): string {
    return this.plan.uploadId
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

  /** Uploads whatever is not published yet, so a second run is a retry. Resolves also when files failed. */
  async run(): Promise<void> {
    if (this.#isRunning) throw new Error('this transfer is running')
    this.#isRunning = true
    this.#isStopping = false
    this.#failedInARow = 0
    this.#startedMs = this.ports.now()
    const queue = this.of('waiting', 'failed', 'cancelled')
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

  /** What became of a file that the node had not confirmed. */
  settle(entry: TransferItem, outcome: 'done' | { error: unknown }): void {
    if (outcome === 'done') entry.state = 'done'
    else Object.assign(entry, { state: 'failed', error: outcome.error })
    this.#changed.fire()
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
      this.#end(entry, entry.result.status === 'pending' ? 'pending' : 'done')
    } catch (error) {
      // A message that may have arrived is no cancelled one: its error says so.
      const isCancelled = abort.signal.aborted && isAlephError(error, 'ABORTED') && !('item_hash' in error.details)
      if (!isCancelled) this.#failedInARow = isOfEveryFile(error) ? this.#failedInARow + 1 : 0
      this.#lastError = error
      this.#end(entry, isCancelled ? 'cancelled' : 'failed', isCancelled ? undefined : error)
    } finally {
      this.#aborts.delete(entry)
    }
  }

  async #store(entry: TransferItem, signal: AbortSignal): Promise<StoredFile> {
    const { active, engine, channel, tags } = this.plan
    const account = await this.ports.signer()
    const owner = ownerOf(active.account)
    const metadata = uploadMetadata(this.plan, entry.item)
    return this.ports.client.storage.storeFile(entry.item.source, {
      account,
      filename: entry.item.name,
      engine,
      // Lists and links know no files in chunks yet.
      chunkSize: false,
      signal,
      ...(owner === account.address ? {} : { owner }),
      ...(channel ? { channel } : {}),
      ...(tags.length ? { tags } : {}),
      ...(metadata ? { metadata } : {}),
      onProgress: ({ phase, sentBytes }) => {
        // A chunk can be on its way when the file has ended.
        if (!this.#aborts.has(entry)) return
        entry.sentBytes = sentBytes
        if (entry.state !== phase) {
          entry.state = phase
          this.#changed.fire()
        }
        this.#progressed.fire()
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

/** No fault of the one file: the node is away, or the key is. */
const isOfEveryFile = (error: unknown) =>
  isAlephError(error) && (error.retryable || error.code === 'READ_ONLY' || error.code === 'NETWORK')
