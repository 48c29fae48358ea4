// One aggregate that is open for editing: what it was loaded from, who publishes it, and what is under way. The text
// itself is VS Code's.
import { isAlephError } from '../../client/errors.js'
import type { Account } from '../../client/account.js'
import { JsonText } from '../../client/index.js'
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
}

/** A node that answers without a decision has waited for half a minute already: from then on it is pending. */
const decisionPatienceMs = 3000

export class AggregateDocument {
  readonly history: AggregateHistory
  readonly network: Network
  /** Undefined when the text comes from before a crash or a reload and what it was loaded from is lost. */
  #base: AggregateBase | undefined
  #saved: SavedText = { text: '', modified: 0 }
  #publisher: Publisher = { account: undefined, refusal: undefined }
  /** Address of the account that it stays with. */
  #account: string | undefined
  #pending: PendingPublication | undefined
  #rejected: RejectedPublication[] = []
  #failure: unknown
  #wasThere = false
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

  get pending(): PendingPublication | undefined {
    return this.#pending
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
    const { entries } = this.history
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
      await Promise.all([this.history.refresh(signal), this.lookAtPublisher(signal), this.#lookAtPending(signal)])
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
    const { entries } = this.history
    const { text } = this.#saved
    const next = text ? applyEdits(text, setEntries(text, entries)) : documentFromEntries(entries)
    this.#rebase(next)
    this.#hand(next)
    this.#textChanged.fire()
  }

  /** From now on the text is compared with the newest state: what differs is meant. */
  rebase(): void {
    this.#rebase(documentFromEntries(this.history.entries))
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
    const { entries } = this.history
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
   * decided yet; then `pending` is set. Throws the client's errors; `CONFLICT` when somebody was quicker.
   */
  async publish(
    entries: Entries,
    { account, channel }: { account: Account; channel: string | undefined },
  ): Promise<boolean> {
    const { owner, key } = this.address
    const values = new Map([...entries].map(([name, text]) => [name, new JsonText(text)]))
    const { item_hash, status, time } = await this.services.client.aggregate.merge(key, values, {
      owner,
      expect: this.history.head?.item_hash ?? null,
      account,
      waitMs: decisionPatienceMs,
      ...(channel === undefined ? {} : { channel }),
    })
    this.#pending = status === 'pending' ? { itemHash: item_hash, time, entries } : undefined
    this.#changed.fire()
    return status === 'processed'
  }

  /** Takes up a publication that was under way when the window closed. */
  resume(pending: PendingPublication): void {
    this.#pending = pending
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

  /** Asks what became of it. */
  async #lookAtPending(signal: AbortSignal | undefined): Promise<void> {
    const pending = this.#pending
    if (!pending) return
    const options = signal ? { signal } : {}
    try {
      const status = await this.services.client.messages.status(pending.itemHash, options)
      if (status === 'pending') return
      if (status === 'rejected') await this.services.client.messages.get(pending.itemHash, options)
    } catch (error) {
      if (!isAlephError(error) || error.retryable || error.code === 'ABORTED') throw error
      this.#rejected = [
        ...this.#rejected,
        { itemHash: pending.itemHash, time: pending.time, reason: error, isSeen: false },
      ]
    }
    if (this.#pending === pending) this.#pending = undefined
  }

  #rebase(text: string): void {
    const { head, entries } = this.history
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
