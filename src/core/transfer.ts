// Uploads the files of a plan, a few at a time. A failed file does not stop the others; a cancel keeps what is done.
import { isAlephError } from '../client/errors.js'
import type { Account, StoredFile } from '../client/index.js'
import { Emitter } from '../shared/emitter.js'
import type { StorageClient } from './storageClient.js'
import { uploadMetadata, type UploadItem, type UploadPlan } from './uploadPlan.js'

const concurrency = 4

export interface TransferItem {
  readonly item: UploadItem
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  sentBytes: number
  result?: StoredFile
  error?: unknown
}

export interface TransferProgress {
  sentBytes: number
  totalBytes: number
  doneFiles: number
  totalFiles: number
}

export class Transfer {
  readonly items: readonly TransferItem[]
  readonly #progressed = new Emitter<void>()
  /** Fires for every chunk: listeners throttle. */
  readonly onDidProgress = this.#progressed.event
  #isRunning = false

  constructor(
    readonly plan: UploadPlan,
    private readonly client: StorageClient,
  ) {
    this.items = plan.items.map(item => ({ item, state: 'waiting', sentBytes: 0 }))
  }

  of(state: TransferItem['state']): TransferItem[] {
    return this.items.filter(item => item.state === state)
  }

  get progress(): TransferProgress {
    const progress = { sentBytes: 0, totalBytes: 0, doneFiles: 0, totalFiles: this.items.length }
    for (const { item, state, sentBytes } of this.items) {
      progress.totalBytes += item.sizeBytes
      progress.sentBytes += state === 'done' ? item.sizeBytes : Math.min(sentBytes, item.sizeBytes)
      if (state === 'done') progress.doneFiles++
    }
    return progress
  }

  /** Uploads whatever is not done yet, so a second run is a retry. Resolves also when files failed or `signal` fired. */
  async run(account: Account, signal: AbortSignal): Promise<void> {
    if (this.#isRunning) throw new Error('this transfer is running')
    this.#isRunning = true
    const queue = this.items.filter(({ state }) => state !== 'done')
    for (const item of queue) Object.assign(item, { state: 'waiting', sentBytes: 0 })
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await this.#upload(next, account, signal)
    }
    try {
      await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, worker))
    } finally {
      this.#isRunning = false
    }
  }

  async #upload(entry: TransferItem, account: Account, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      entry.state = 'cancelled'
      return
    }
    entry.state = 'running'
    delete entry.error
    const { engine, channel } = this.plan
    const metadata = uploadMetadata(this.plan, entry.item)
    try {
      entry.result = await this.client.storage.storeFile(entry.item.source, {
        account,
        filename: entry.item.name,
        engine,
        signal,
        ...(channel ? { channel } : {}),
        ...(metadata ? { metadata } : {}),
        onProgress: ({ sentBytes }) => {
          entry.sentBytes = sentBytes
          this.#progressed.fire()
        },
      })
      entry.state = 'done'
    } catch (error) {
      // What the node took before the cancel reached us is published and counts as such.
      entry.state = signal.aborted && isAlephError(error, 'ABORTED') ? 'cancelled' : 'failed'
      entry.error = error
    }
    this.#progressed.fire()
  }
}
