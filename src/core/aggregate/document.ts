// One aggregate that is open for editing: what it was loaded from, who publishes it, and what is under way. The text
// itself is VS Code's.
import { AlephError, isAlephError } from '../../client/errors.js'
import type { Account } from '../../client/account.js'
import { JsonText, openEnvelope } from '../../client/index.js'
import { Emitter } from '../../shared/emitter.js'
import type { Network } from '../network.js'
import type { Active } from '../session.js'
import type { StorageClient } from '../storageClient.js'
import type { AggregateAddress } from './address.js'
import type { AggregateBase, PendingPublication } from './base.js'
import { readDocumentText } from './text/documentText.js'
import { changedEntries, type EntryChanges } from './changes.js'
import { applyEdits, documentFromEntries, setEntries } from './text/edits.js'
import { sameEntries, textsOf, type Entries } from './entries.js'
import { AggregateHistory } from './history.js'
import { mergeEntries } from './merge.js'
import type { Publisher } from './publisher.js'

/** What the editor has, to be given to VS Code when it asks. */
export interface SavedText {
  readonly text: string
  /** Milliseconds; grows with every text. */
  readonly modified: number
}

/** A publication that the network refused after it had taken it. */
export interface RejectedPublication {
  readonly itemHash: string
  readonly time: number
  readonly reason: unknown
  /** The user knows. */
  readonly isSeen: boolean
}

/** What publishing a text would do, against the newest state that was read. */
export interface PublicationPlan {
  /** Entries that both sides changed, each to something else. */
  readonly conflicts: readonly string[]
  /** Entries that only others changed since the base. */
  readonly theirs: readonly string[]
  /** The text's entries with the changes of others in them. */
  readonly merged: Entries
  /** Against the newest state. */
  readonly changes: EntryChanges
}

export interface DocumentServices {
  readonly client: StorageClient
  readonly network: Network
  /** Milliseconds. */
  readonly now: () => number
  readonly findPublisher: (kept: string | undefined, signal?: AbortSignal) => Promise<Publisher>
  /** Writes down what is pending; resolves when it is on disk. */
  readonly keep: (document: AggregateDocument) => Promise<void>
}

/** What isn't decided by then is pending. */
const decisionPatienceMs = 5000
/** What the node doesn't know is sent again so often, as it is. */
const resendEveryMs = 60_000
/** What a node that answers hasn't known for so long isn't looked for any more. */
const notFoundAfterMs = 24 * 3600 * 1000

export class AggregateDocument {
  readonly history: AggregateHistory
  readonly network: Network
  /** Undefined when the text comes from before a crash or a reload and what it was loaded from is lost. */
  #base: AggregateBase | undefined
  #saved: SavedText = { text: '', modified: 0 }
  #publisher: Publisher = { account: undefined, refusal: undefined }
  /** Address of the account that it stays with. */
  #account: string | undefined
  #pending: readonly PendingPublication[] = []
  /** When each was sent last; milliseconds. */
  readonly #sentMs = new Map<string, number>()
  #rejected: RejectedPublication[] = []
  #failure: unknown
  #wasThere = false
  #merged: { entries: Entries; pending: readonly PendingPublication[]; merged: Entries } | undefined
  #compared: { base: AggregateBase; entries: Entries; isSame: boolean } | undefined
  /** The editor has changes that were not saved. */
  isDirty = false
  /** It came back with the base of an earlier window. */
  #isKept = false
  #isBusy = false
  readonly #changed = new Emitter<void>()
  /** Something that is shown changed: base, publisher, history, what is under way. */
  readonly onDidChange = this.#changed.event
  readonly #textChanged = new Emitter<void>()
  /** There is another text for the editor to load. */
  readonly onDidChangeText = this.#textChanged.event

  constructor(
    readonly address: AggregateAddress,
    private readonly services: DocumentServices,
  ) {
    this.network = services.network
    this.history = new AggregateHistory(services.client, address.owner, address.key)
    this.history.onDidChange(() => this.#changed.fire())
  }

  get base(): AggregateBase | undefined {
    return this.#base
  }

  get saved(): SavedText {
    return this.#saved
  }

  get publisher(): Publisher {
    return this.#publisher
  }

  get account(): string | undefined {
    return this.#account
  }

  /** What was signed and isn't among the revisions yet, oldest first: it counts as published until the network refuses it. */
  get pending(): readonly PendingPublication[] {
    return this.#pending.filter(({ itemHash }) => !this.history.element(itemHash))
  }

  /** What the network has, with what is on its way to it. The same object until something changes. */
  get #theirs(): Entries {
    const { entries, elements } = this.history
    const { pending } = this
    if (!pending.length) return entries
    const known = this.#merged
    if (known?.entries === entries && sameList(known.pending, pending)) return known.merged
    const merged = new Map(entries)
    for (const { time, entries: set } of pending)
      for (const [name, text] of set) {
        const newest = elements.find(element => element.entries.has(name))
        if (!newest || newest.time < time) merged.set(name, text)
      }
    this.#merged = { entries, pending, merged }
    return merged
  }

  get rejected(): readonly RejectedPublication[] {
    return this.#rejected
  }

  /** Why the node could not be asked when that was last tried. */
  get failure(): unknown {
    return this.#failure
  }

  get isKept(): boolean {
    return this.#isKept
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** The pair that it is published with. Undefined when there is no account. */
  get active(): Active | undefined {
    const { account } = this.#publisher
    return account && { network: this.network, account }
  }

  /** Others changed it since it was loaded. */
  get isOutdated(): boolean {
    const base = this.#base
    const entries = this.#theirs
    if (!base) return false
    // Comparing values takes time in large documents.
    if (this.#compared?.base !== base || this.#compared.entries !== entries)
      this.#compared = { base, entries, isSame: sameEntries(base.entries, entries) }
    return !this.#compared.isSame
  }

  /** Every revision was forgotten while it was open: the text is all that is left. */
  get isGone(): boolean {
    return this.#wasThere && !this.history.exists
  }

  /** Reads it for the first time. `kept` is what was written down when it had unsaved changes. */
  async open(kept: { base: AggregateBase; account: string | undefined } | undefined): Promise<void> {
    this.#account = kept?.account
    try {
      await Promise.all([this.history.open(), this.#findPublisher()])
    } catch (error) {
      // With its base the text can be worked on while the node is away.
      if (!kept || isAlephError(error, 'ABORTED')) throw error
      this.#failure = error
    }
    this.#isKept = kept !== undefined
    if (kept) this.#base = kept.base
    else this.#rebase(documentFromEntries(this.history.entries))
    this.#wasThere = this.#base?.head !== undefined
    this.#hand(this.#base?.text ?? '')
  }

  /** What the text was loaded from is not known. */
  loseBase(): void {
    this.#base = undefined
    this.#changed.fire()
  }

  /** Reads what is new, and whether the account may still publish. Throws the client's errors; see also `failure`. */
  async refresh(signal?: AbortSignal): Promise<void> {
    try {
      // Before the revisions: what is final by then is among them, or stays pending until it is.
      const outcomes = await this.#lookAtPending(signal)
      await Promise.all([this.history.refresh(signal), this.lookAtPublisher(signal)])
      this.#settlePending(outcomes)
      this.#failure = undefined
    } catch (error) {
      if (!isAlephError(error, 'ABORTED')) this.#failure = error
      throw error
    } finally {
      this.#changed.fire()
    }
  }

  /** Reads everything anew, because revisions are gone. Throws the client's errors. */
  async reload(): Promise<void> {
    await this.history.open()
    this.#changed.fire()
  }

  /** The newest state becomes what a clean editor shows; what the user did not touch keeps its formatting. */
  adopt(): void {
    if (this.#base && !this.isOutdated) return this.#rebase(this.#base.text)
    const entries = this.#theirs
    const { text } = this.#saved
    const next = text ? applyEdits(text, setEntries(text, entries)) : documentFromEntries(entries)
    this.#rebase(next)
    this.#hand(next)
    this.#textChanged.fire()
  }

  /** From now on the text is compared with the newest state: what differs is meant. */
  rebase(): void {
    this.#rebase(documentFromEntries(this.#theirs))
  }

  /** The editor saved this text; nothing is published by that. */
  accept(text: string): void {
    this.#hand(text)
    const base = this.#base
    const { entries } = readDocumentText(text)
    const mine = entries && textsOf(entries)
    // The same values, spelled as in the text, which is quicker to compare with it.
    if (base && mine && sameEntries(base.entries, mine)) this.#base = { ...base, text, entries: mine }
    this.#changed.fire()
  }

  /** As `accept`, of a text that the editor is yet to be given. */
  take(text: string): void {
    this.accept(text)
    this.#textChanged.fire()
  }

  /** What publishing these entries would do, against what was read last. Without a base there is nothing to compare with. */
  plan(mine: Entries): PublicationPlan | undefined {
    if (!this.#base) return undefined
    const entries = this.#theirs
    const base = this.isGone ? noEntries : this.#base.entries
    const { conflicts, theirs } = mergeEntries({ base, mine, theirs: entries })
    const merged = new Map(mine)
    for (const name of theirs) {
      const text = entries.get(name)
      if (text === undefined) merged.delete(name)
      else merged.set(name, text)
    }
    return { conflicts, theirs, merged, changes: changedEntries(entries, merged) }
  }

  /**
   * Signs and publishes entries in one element. Resolves when the network has taken it, with `false` when it has not
   * decided yet. Throws the client's errors; `CONFLICT` when somebody was quicker. What may have arrived stays in `pending`
   * and counts as published, so that nothing else is signed for the same change.
   */
  async publish(
    entries: Entries,
    { account, channel }: { account: Account; channel: string | undefined },
  ): Promise<boolean> {
    const { owner, key } = this.address
    const values = new Map([...entries].map(([name, text]) => [name, new JsonText(text)]))
    let publication: PendingPublication | undefined
    try {
      const { status } = await this.services.client.aggregate.merge(key, values, {
        owner,
        expect: this.history.head?.item_hash ?? null,
        account,
        waitMs: decisionPatienceMs,
        ...(channel === undefined ? {} : { channel }),
        onSigned: async envelope => {
          publication = { itemHash: envelope.item_hash, time: envelope.time, entries, envelope }
          this.#sentMs.set(envelope.item_hash, this.services.now())
          this.#pending = [...this.#pending, publication]
          this.#changed.fire()
          await this.services.keep(this)
        },
      })
      if (status === 'pending') this.rebase()
      return status === 'processed'
    } catch (error) {
      if (openEnvelope(error)) this.rebase()
      else this.#pending = this.#pending.filter(each => each !== publication)
      throw error
    } finally {
      this.#changed.fire()
    }
  }

  /** Takes up publications that were under way when the window closed. */
  resume(...pending: PendingPublication[]): void {
    this.#pending = [...this.#pending, ...pending]
    this.#changed.fire()
  }

  dismissRejected(): void {
    this.#rejected = this.#rejected.map(each => ({ ...each, isSeen: true }))
    this.#changed.fire()
  }

  /** Runs `act` while the document shows that it is busy. */
  async whileBusy<T>(act: () => Promise<T>): Promise<T> {
    this.#isBusy = true
    this.#changed.fire()
    try {
      return await act()
    } finally {
      this.#isBusy = false
      this.#changed.fire()
    }
  }

  dispose(): void {
    this.history.dispose()
    this.#changed.dispose()
    this.#textChanged.dispose()
  }

  /** Asks anew who publishes: the same account as long as it can, and for unsaved changes also when it can not. */
  async lookAtPublisher(signal?: AbortSignal): Promise<void> {
    if (this.#publisher.refusal !== undefined && !this.isDirty) this.#account = undefined
    await this.#findPublisher(signal)
  }

  async #findPublisher(signal?: AbortSignal): Promise<void> {
    this.#publisher = await this.services.findPublisher(this.#account, signal)
    this.#account ??= this.#publisher.account?.address
    this.#changed.fire()
  }

  /** Asks what became of what is pending, and sends again what the node doesn't know. */
  async #lookAtPending(signal: AbortSignal | undefined): Promise<Map<string, Outcome>> {
    const { messages } = this.services.client
    const options = signal ? { signal } : {}
    const outcomes = new Map<string, Outcome>()
    for (const publication of this.pending) {
      const { itemHash } = publication
      try {
        const status = await messages.status(itemHash, options)
        if (status === 'processed' || status === 'removing') outcomes.set(itemHash, 'processed')
        else if (status === 'pending') outcomes.set(itemHash, 'pending')
        else await messages.get(itemHash, options)
      } catch (error) {
        if (isAlephError(error, 'NOT_FOUND')) outcomes.set(itemHash, await this.#missing(publication, options))
        else if (!isAlephError(error) || error.retryable || error.code === 'ABORTED') throw error
        else outcomes.set(itemHash, { reason: error })
      }
    }
    return outcomes
  }

  /** It may wait in the node's queue, or was never sent: the same bytes can't be published twice. */
  async #missing(
    { itemHash, envelope, missingSinceMs }: PendingPublication,
    options: { signal?: AbortSignal },
  ): Promise<Outcome> {
    const nowMs = this.services.now()
    const sinceMs = missingSinceMs ?? nowMs
    if (nowMs - sinceMs >= notFoundAfterMs)
      return { reason: new AlephError('NOT_FOUND', `The network hasn't known message ${itemHash} for a day.`) }
    if (envelope && nowMs - (this.#sentMs.get(itemHash) ?? 0) >= resendEveryMs) {
      this.#sentMs.set(itemHash, nowMs)
      try {
        await this.services.client.messages.resend(envelope, { waitMs: 0, ...options })
      } catch (error) {
        if (!openEnvelope(error)) return { reason: error }
      }
    }
    return { sinceMs }
  }

  #settlePending(outcomes: ReadonlyMap<string, Outcome>): void {
    if (!this.#pending.length) return
    const kept: PendingPublication[] = []
    for (const publication of this.#pending) {
      const { itemHash, time, entries, missingSinceMs: _, ...rest } = publication
      const outcome = outcomes.get(itemHash)
      if (this.history.element(itemHash)) continue
      if (typeof outcome !== 'object') kept.push({ itemHash, time, entries, ...rest })
      else if ('sinceMs' in outcome) kept.push({ itemHash, time, entries, ...rest, missingSinceMs: outcome.sinceMs })
      else {
        this.#rejected = [...this.#rejected, { itemHash, time, reason: outcome.reason, isSeen: false }]
        this.#takeBack(entries)
      }
    }
    this.#pending = kept
  }

  /** What counted as published is a change again. */
  #takeBack(published: Entries): void {
    const base = this.#base
    if (!base) return
    const entries = new Map(base.entries)
    for (const [name, text] of published) {
      const now = this.history.entries.get(name)
      if (entries.get(name) !== text) continue
      if (now === undefined) entries.delete(name)
      else entries.set(name, now)
    }
    this.#base = { ...base, entries, text: documentFromEntries(entries) }
  }

  #rebase(text: string): void {
    const { head } = this.history
    const entries = this.#theirs
    this.#wasThere ||= head !== undefined
    const spelled = readDocumentText(text).entries
    this.#base = {
      head: head?.item_hash,
      time: head?.time ?? 0,
      text,
      entries: spelled ? textsOf(spelled) : entries,
    }
    this.#changed.fire()
  }

  #hand(text: string): void {
    this.#saved = { text, modified: Math.max(this.services.now(), this.#saved.modified + 1) }
  }
}

const noEntries: Entries = new Map()

/** What is known of a publication; since when a node that answers doesn't know it. */
type Outcome = 'processed' | 'pending' | { sinceMs: number } | { reason: unknown }

const sameList = <T>(a: readonly T[], b: readonly T[]) => a.length === b.length && a.every((each, i) => each === b[i])
