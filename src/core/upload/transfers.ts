// All uploads of this window: at most four files at a time, whatever their plans, and what earlier windows left undone.
import pLimit from 'p-limit'
import { AlephError, isAlephError } from '../../client/errors.js'
import type { Account } from '../../client/index.js'
import { Emitter, type Subscription } from '../../shared/emitter.js'
import { isSameStorage, type Active } from '../session.js'
import type { ClientFor } from '../storageClient.js'
import { beatEveryMs, isOfStorage, silentAfterMs, type Journal, type JournalEntry } from './journal.js'
import type { UploadPlan } from './plan.js'
import { Transfer, type TransferItem } from './transfer.js'

const filesAtOnce = 4
const announceEveryMs = 250
/** After the minute that publishing itself waits. */
const confirmDelaysMs = [5_000, 10_000, 20_000, 40_000, 60_000, 120_000, 240_000]

export interface TransfersPorts {
  clientFor: ClientFor
  signer(active: Active): Promise<Account>
  journal: Journal
  /** Milliseconds. */
  now(): number
  sleep(delayMs: number, signal: AbortSignal): Promise<void>
  /** The journal can not be kept, for example because the disk is full. Uploads go on without it. */
  onError(error: unknown): void
}

export class Transfers {
  readonly #changed = new Emitter<void>()
  /** Fires when transfers come and go, and a few times a second while their files change. */
  readonly onDidChange = this.#changed.event
  readonly #confirmed = new Emitter<Active>()
  /** Fires when the node decided on files that were pending. */
  readonly onDidConfirm = this.#confirmed.event
  readonly #all = new Map<Transfer, Subscription>()
  #interrupted: readonly JournalEntry[] = []
  readonly #slots = pLimit(filesAtOnce)
  /** Published files of each transfer that the journal knows of. */
  readonly #noted = new WeakMap<Transfer, number>()
  #keeping: Promise<void> = Promise.resolve()
  readonly #ended = new AbortController()
  #beating = false
  #isAnnounced = false

  constructor(private readonly ports: TransfersPorts) {}

  /** Oldest first; those that ended well are not among them. */
  get all(): readonly Transfer[] {
    return [...this.#all.keys()]
  }

  get interrupted(): readonly JournalEntry[] {
    return this.#interrupted
  }

  /** Looks for what other windows left undone, and once more when windows that live now would have been silent. */
  async look(): Promise<void> {
    const { running } = await this.#read()
    if (!running.length) return
    void this.ports.sleep(silentAfterMs + beatEveryMs, this.#ended.signal).then(
      () => this.#read(),
      () => undefined,
    )
  }

  /** Keys of files that an upload to the same storage is at, in this window or another. */
  async busyKeys(active: Active): Promise<Set<string>> {
    const { running } = await this.#read()
    const keys = new Set<string>()
    for (const entry of running)
      if (isOfStorage(entry, active))
        entry.items.forEach(({ key }, index) => key !== undefined && !entry.done.has(index) && keys.add(key))
    for (const { plan, isRunning, items } of this.all)
      if (isRunning && isSameStorage(plan.active, active))
        for (const { item, state } of items) if (item.key !== undefined && state !== 'done') keys.add(item.key)
    return keys
  }

  /** Takes a plan onto the list; from then on no other window begins with its files. */
  async create(plan: UploadPlan): Promise<Transfer> {
    const { clientFor, signer, now } = this.ports
    const transfer = new Transfer(plan, {
      client: clientFor(plan.active.network),
      signer: () => signer(plan.active),
      slots: act => this.#slots(act),
      now,
    })
    const subscriptions = [transfer.onDidChange(() => this.#soon()), transfer.onDidProgress(() => this.#soon())]
    this.#all.set(transfer, { dispose: () => subscriptions.forEach(subscription => subscription.dispose()) })
    // A plan that was interrupted goes on under its id.
    this.#interrupted = this.#interrupted.filter(({ id }) => id !== plan.uploadId)
    this.#changed.fire()
    await this.#keep(() => this.ports.journal.begin(plan))
    void this.#beat()
    return transfer
  }

  /** Uploads what is not published yet; resolves when each file is published, failed or cancelled. */
  async run(transfer: Transfer): Promise<void> {
    await transfer.run()
    if (transfer.of('pending').length) void this.#confirm(transfer)
    else await this.#endIfDone(transfer)
  }

  /** Takes a transfer that ended, or one that was interrupted, off the list for good. */
  async dismiss(ended: Transfer | JournalEntry): Promise<void> {
    if (ended instanceof Transfer) {
      if (ended.isRunning) return
      this.#all.get(ended)?.dispose()
      this.#all.delete(ended)
      ended.dispose()
    } else this.#interrupted = this.#interrupted.filter(({ id }) => id !== ended.id)
    this.#changed.fire()
    await this.#keep(() => this.ports.journal.end(ended.id))
  }

  /** The window closes: nothing more is signed, and the next one learns what is left. */
  async close(): Promise<void> {
    this.#ended.abort()
    for (const transfer of this.all) transfer.cancel()
    await Promise.all(this.all.map(transfer => this.#keep(() => this.ports.journal.beat(transfer, false))))
  }

  dispose(): void {
    this.#ended.abort()
    for (const [transfer, subscription] of this.#all) {
      transfer.cancel()
      subscription.dispose()
      transfer.dispose()
    }
    this.#all.clear()
    this.#changed.dispose()
    this.#confirmed.dispose()
  }

  /** Files change faster than anybody reads. */
  #soon(): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    void this.ports.sleep(announceEveryMs, this.#ended.signal).then(
      () => {
        this.#isAnnounced = false
        this.#changed.fire()
        void this.#note()
      },
      () => undefined,
    )
  }

  /** Files that were published since the last look: a window that crashes now must not publish them again. */
  async #note(): Promise<void> {
    for (const transfer of this.all) {
      const { doneFiles } = transfer.progress
      if (!transfer.isRunning || this.#noted.get(transfer) === doneFiles) continue
      this.#noted.set(transfer, doneFiles)
      await this.#beatOf(transfer)
    }
  }

  /** What failed stays, to be tried again; what the user cancelled is over. */
  async #endIfDone(transfer: Transfer): Promise<void> {
    if (this.#ended.signal.aborted) return
    if (transfer.items.every(({ state }) => state === 'done' || state === 'cancelled')) await this.dismiss(transfer)
    else await this.#beatOf(transfer)
  }

  /** Asks for the fate of what was accepted only, ever more seldom. */
  async #confirm(transfer: Transfer): Promise<void> {
    const { active } = transfer.plan
    const { messages } = this.ports.clientFor(active.network)
    const { signal } = this.#ended
    for (const delayMs of confirmDelaysMs) {
      const isAwake = await this.ports.sleep(delayMs, signal).then(
        () => true,
        () => false,
      )
      if (!isAwake || !this.#all.has(transfer)) return
      const waiting = transfer.of('pending')
      for (const entry of waiting) {
        const outcome = await fate(entry, itemHash => messages.status(itemHash, { signal }))
        if (outcome) transfer.settle(entry, outcome)
      }
      if (transfer.of('pending').length < waiting.length) this.#confirmed.fire(active)
      if (!transfer.of('pending').length) break
    }
    if (!transfer.isRunning) await this.#endIfDone(transfer)
  }

  /** While there is something in the list, other windows see that this one lives. */
  async #beat(): Promise<void> {
    if (this.#beating) return
    this.#beating = true
    try {
      while (this.#all.size) {
        await this.ports.sleep(beatEveryMs, this.#ended.signal)
        for (const transfer of this.all) await this.#beatOf(transfer)
      }
    } catch {
      // The window closes.
    } finally {
      this.#beating = false
    }
  }

  async #read(): Promise<{ running: JournalEntry[] }> {
    let running: JournalEntry[] = []
    await this.#keep(async () => {
      const found = await this.ports.journal.read()
      running = found.running
      this.#interrupted = found.interrupted
      this.#changed.fire()
    })
    return { running }
  }

  /** One after the other, so that what is written last is what holds. */
  #keep(act: () => Promise<void>): Promise<void> {
    this.#keeping = this.#keeping.then(act).catch(error => this.ports.onError(error))
    return this.#keeping
  }

  /** Not any more once the transfer is off the list. */
  #beatOf(transfer: Transfer): Promise<void> {
    return this.#keep(async () => {
      if (this.#all.has(transfer) && !this.#ended.signal.aborted) await this.ports.journal.beat(transfer)
    })
  }
}

/** Undefined while it is still open. */
async function fate(
  { result }: TransferItem,
  status: (itemHash: string) => Promise<string>,
): Promise<'done' | { error: unknown } | undefined> {
  const itemHash = result?.item_hash ?? ''
  try {
    const now = await status(itemHash)
    if (now === 'processed' || now === 'removing') return 'done'
    if (now === 'pending') return undefined
    return { error: new AlephError('REJECTED', `The node refused message ${itemHash} after it had accepted it.`) }
  } catch (error) {
    if (isAlephError(error, 'NOT_FOUND'))
      return { error: new AlephError('REJECTED', `Message ${itemHash} was lost by the node that had accepted it.`) }
    return undefined // no answer is no news
  }
}
