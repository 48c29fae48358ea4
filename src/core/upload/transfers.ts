// All uploads of this window: at most four files at a time, whatever their plans, and what earlier windows left undone.
import pLimit from 'p-limit'
import { AlephError, isAlephError } from '../../client/errors.js'
import { openEnvelope, type Account, type Envelope } from '../../client/index.js'
import { Emitter, type Subscription } from '../../shared/emitter.js'
import { isSameStorage, ownerOf, type Active } from '../session.js'
import type { ClientFor } from '../storageClient.js'
import {
  beatEveryMs,
  isOfStorage,
  journalItem,
  silentAfterMs,
  type Journal,
  type JournalEntry,
  type JournalItem,
  type JournalState,
  type SentEntry,
} from './journal.js'
import type { UploadItem, UploadPlan } from './plan.js'
import { Transfer, type TransferItem } from './transfer.js'

const filesAtOnce = 4
const announceEveryMs = 250
/** How long to wait before each look for what isn't decided; the last one again and again. */
const lookDelaysMs = [250, 500, 1000, 1500, 3000, 5000, 10_000, 20_000, 40_000, 60_000, 120_000, 300_000, 600_000]
/** While files are still being sent, looks come at least so often. */
const busyLooks = 4
/** After such a wait, what the node doesn't know is sent again. */
const resendAfterMs = 60_000
const dayMs = 24 * 3600 * 1000
const askedAtOnce = 200
/** The network is often quick: so long an upload isn't called pending. */
const promptMs = 3000

export interface TransfersPorts {
  clientFor: ClientFor
  signer(active: Active): Promise<Account>
  journal: Journal
  /** The pair of an upload of an earlier window; undefined while its network isn't there. */
  activeOf(entry: SentEntry): Promise<Active | undefined>
  /** A file of an earlier window; whether it is still there is seen when it is read. */
  sourceOf(item: JournalItem): UploadItem['source']
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
  /** Transfers that are looked after, and how to look at once. */
  readonly #watched = new Map<Transfer, AbortController>()
  #isLookingLater = false
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
    const { running, sent, orphans } = await this.#read()
    await this.#adopt(orphans)
    const isAlone = !running.length && sent.length === [...orphans.values()].flat().length
    if (isAlone || this.#isLookingLater) return
    this.#isLookingLater = true
    void this.ports.sleep(silentAfterMs + beatEveryMs, this.#ended.signal).then(
      async () => {
        this.#isLookingLater = false
        await this.#adopt((await this.#read()).orphans)
      },
      () => undefined,
    )
  }

  /** What windows that are gone signed: from now on this one looks for it. */
  async #adopt(orphans: ReadonlyMap<string, readonly SentEntry[]>): Promise<void> {
    const { activeOf, sourceOf, journal } = this.ports
    for (const [uploadId, sent] of orphans) {
      const [first] = sent
      const active = first && (await activeOf(first))
      if (!active || this.#ended.signal.aborted) continue
      let isOurs = false
      await this.#keep(async () => void (isOurs = await journal.claim(uploadId)))
      // Two looks may have come at once.
      if (!isOurs || this.all.some(({ plan, sent: theirs }) => theirs && plan.uploadId === uploadId)) continue
      const { engine, channel, tags } = first
      const items = sent.map(({ item }) => ({ ...item, source: sourceOf(item) }))
      const transfer = this.#add({ items, skipped: [], active, engine, channel, tags: [...tags], uploadId }, sent)
      void this.#watch(transfer)
    }
  }

  /** Keys of files that an upload to the same storage is at, in this window or another. */
  async busyKeys(active: Active): Promise<Set<string>> {
    const { running, sent } = await this.#read()
    const keys = new Set<string>()
    for (const entry of sent)
      if (isOfStorage(entry, active) && !entry.isNotFound && entry.item.key !== undefined) keys.add(entry.item.key)
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
    const transfer = this.#add(plan)
    // A plan that was interrupted goes on under its id.
    this.#interrupted = this.#interrupted.filter(({ id }) => id !== plan.uploadId)
    this.#changed.fire()
    await this.#keep(() => this.ports.journal.begin(plan))
    void this.#beat()
    return transfer
  }

  #add(plan: UploadPlan, sent?: readonly SentEntry[]): Transfer {
    const { clientFor, signer, now } = this.ports
    const client = clientFor(plan.active.network)
    const slots = <T>(act: () => Promise<T>) => this.#slots(act)
    const keep = (entry: TransferItem, envelope: Envelope) => this.#keepSent(plan, entry, envelope)
    const transfer = new Transfer(plan, { client, signer: () => signer(plan.active), slots, now, keep }, sent)
    const subscriptions = [transfer.onDidChange(() => this.#soon()), transfer.onDidProgress(() => this.#soon())]
    this.#all.set(transfer, { dispose: () => subscriptions.forEach(subscription => subscription.dispose()) })
    this.#changed.fire()
    void this.#beat()
    return transfer
  }

  #keepSent({ active, engine, channel, tags, uploadId }: UploadPlan, entry: TransferItem, envelope: Envelope) {
    const { journal } = this.ports
    return this.#keep(async () => {
      if (!entry.signed) return journal.dropSent({ uploadId, envelope })
      const { network, account } = active
      await journal.keepSent({
        ...{ uploadId, networkId: network.id, address: account.address, owner: ownerOf(account) },
        ...{ engine, channel, tags, envelope },
        item: journalItem(entry.item),
        missingSinceMs: entry.missingSinceMs,
        isNotFound: entry.state === 'notFound',
      })
    })
  }

  /**
   * Uploads what is not published yet, or only these files; resolves when each is published, failed or cancelled. What the
   * network hasn't confirmed within a moment is looked for from then on.
   */
  async run(transfer: Transfer, only?: readonly TransferItem[]): Promise<void> {
    for (const entry of only ?? []) delete entry.missingSinceMs
    void this.#watch(transfer)
    await transfer.run(only)
    this.#watched.get(transfer)?.abort()
    await this.#promptly(transfer)
    if (!transfer.open.length) await this.#endIfDone(transfer)
  }

  /** Takes a transfer that ended, or one that was interrupted, off the list for good; what it signed is given up. */
  async dismiss(ended: Transfer | JournalEntry): Promise<void> {
    if (ended instanceof Transfer) {
      if (ended.isRunning) return
      this.#all.get(ended)?.dispose()
      this.#all.delete(ended)
      await this.#giveUp(ended, ended.items)
      ended.dispose()
      if (ended.sent) {
        this.#changed.fire()
        return this.#keep(() => this.ports.journal.unclaim(ended.plan.uploadId))
      }
    } else this.#interrupted = this.#interrupted.filter(({ id }) => id !== ended.id)
    this.#changed.fire()
    await this.#keep(() => this.ports.journal.end(ended.id))
  }

  /** Nobody looks for these files any more; uploading them again publishes another message. */
  async discard(transfer: Transfer, entries: readonly TransferItem[]): Promise<void> {
    await this.#giveUp(transfer, entries)
    if (!transfer.isRunning) await this.#endIfDone(transfer)
  }

  async #giveUp(transfer: Transfer, entries: readonly TransferItem[]): Promise<void> {
    for (const entry of entries) await transfer.settle(entry, 'givenUp')
  }

  /** The window closes: nothing more is signed, and the next one learns what is left. */
  async close(): Promise<void> {
    this.#ended.abort()
    for (const transfer of this.all) transfer.cancel()
    const { journal } = this.ports
    await Promise.all(
      this.all.map(transfer =>
        this.#keep(async () => {
          if (transfer.sent) await journal.claim(transfer.plan.uploadId, false)
          else await journal.beat(transfer, false)
        }),
      ),
    )
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

  /** Gives the network a moment to confirm what was sent, so that most uploads are simply done. */
  async #promptly(transfer: Transfer): Promise<void> {
    if (!transfer.open.length) return
    const enough = new AbortController()
    const subscription = transfer.onDidChange(() => transfer.open.length || enough.abort())
    const signal = AbortSignal.any([enough.signal, this.#ended.signal])
    await this.ports.sleep(promptMs, signal).catch(() => undefined)
    subscription.dispose()
  }

  /** Looks for what was signed until the network has decided on all of it, ever more seldom. */
  async #watch(transfer: Transfer): Promise<void> {
    const known = this.#watched.get(transfer)
    if (known) return known.abort()
    for (let look = 0; !this.#ended.signal.aborted; look++) {
      const soon = new AbortController()
      this.#watched.set(transfer, soon)
      if (transfer.isRunning) look = Math.min(look, busyLooks)
      const delayMs = lookDelaysMs[Math.min(look, lookDelaysMs.length - 1)] as number
      await this.ports.sleep(delayMs, AbortSignal.any([soon.signal, this.#ended.signal])).catch(() => undefined)
      if (!this.#all.has(transfer) || this.#ended.signal.aborted) break
      // Something was just sent: the network often decides on it at once.
      if (soon.signal.aborted) look = -1
      else await this.#lookFor(transfer, look, delayMs >= resendAfterMs)
      if (!transfer.isRunning && !transfer.open.length) break
    }
    this.#watched.delete(transfer)
    if (this.#all.has(transfer)) await this.#endIfDone(transfer)
  }

  /** One look, at so many files as fit; the others have theirs next time. */
  async #lookFor(transfer: Transfer, look: number, sendsAgain: boolean): Promise<void> {
    const { open } = transfer
    const start = open.length > askedAtOnce ? (look * askedAtOnce) % open.length : 0
    const asked = open.slice(start, start + askedAtOnce)
    if (!asked.length) return
    const { clientFor, now } = this.ports
    const { messages } = clientFor(transfer.plan.active.network)
    const { signal } = this.#ended
    try {
      const hashes = asked.flatMap(({ signed }) => signed?.item_hash ?? [])
      const statuses = await messages.statuses(hashes, { signal })
      for (const entry of asked) {
        const { signed } = entry
        // It may have been sent again meanwhile.
        if (!signed || !transfer.open.includes(entry)) continue
        const status = statuses.get(signed.item_hash)
        if (status === 'processed' || status === 'removing') await transfer.settle(entry, 'done')
        else if (status === 'pending') await transfer.missing(entry, undefined)
        else if (status === undefined) {
          await transfer.missing(entry, entry.missingSinceMs ?? now())
          if (now() - (entry.missingSinceMs ?? now()) >= dayMs) await transfer.settle(entry, 'notFound')
          else if (sendsAgain) await this.#sendAgain(transfer, entry, signed)
        } else await transfer.settle(entry, { error: await reasonOf(messages.get(signed.item_hash, { signal })) })
      }
    } catch (error) {
      if (!isAlephError(error)) this.ports.onError(error) // no answer is no news
    }
    if (transfer.open.length < open.length) this.#confirmed.fire(transfer.plan.active)
  }

  /** The same bytes, without the person: not after a cancel. */
  async #sendAgain(transfer: Transfer, entry: TransferItem, resend: Envelope): Promise<void> {
    if (isAlephError(entry.error, 'ABORTED')) return
    const { storage } = this.ports.clientFor(transfer.plan.active.network)
    const how = { resend, waitMs: 0, signal: this.#ended.signal }
    try {
      await this.#slots(() => storage.storeFile(entry.item.source, how))
    } catch (error) {
      if (!openEnvelope(error)) await transfer.settle(entry, { error })
    }
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

  async #read(): Promise<JournalState> {
    let state: JournalState = { interrupted: [], running: [], sent: [], orphans: new Map() }
    await this.#keep(async () => {
      state = await this.ports.journal.read()
      this.#interrupted = state.interrupted
      this.#changed.fire()
    })
    return state
  }

  /** One after the other, so that what is written last is what holds. */
  #keep(act: () => Promise<void>): Promise<void> {
    this.#keeping = this.#keeping.then(act).catch(error => this.ports.onError(error))
    return this.#keeping
  }

  /** Not any more once the transfer is off the list. */
  #beatOf(transfer: Transfer): Promise<void> {
    return this.#keep(async () => {
      if (!this.#all.has(transfer) || this.#ended.signal.aborted) return
      const { journal } = this.ports
      if (!transfer.sent) return journal.beat(transfer)
      if (await journal.claim(transfer.plan.uploadId)) return
      // Another window was quicker.
      this.#all.get(transfer)?.dispose()
      this.#all.delete(transfer)
      this.#changed.fire()
    })
  }
}

/** Reading what was refused tells why. */
const reasonOf = (reading: Promise<unknown>): Promise<unknown> =>
  reading.then(
    () => new AlephError('REJECTED', 'The node refused the message after it had accepted it.'),
    (error: unknown) => error,
  )
