// The aggregates that are open in this window, one document each, and what is kept of them over a reload.
import { AlephError, invalidInput } from '../../client/errors.js'
import { sha256Hex } from '../../client/node/hash.js'
import { Emitter, type Subscription } from '../../shared/emitter.js'
import type { Translate } from '../../shared/translate.js'
import type { Session } from '../session.js'
import type { ClientFor } from '../storageClient.js'
import { aggregatePath, type AggregateAddress } from './address.js'
import { readBase, writeBase, type BaseStore, type KeptBase } from './base.js'
import { AggregateDocument } from './document.js'
import { findPublisher } from './publisher.js'

export interface DocumentsPorts {
  readonly session: Session
  readonly clientFor: ClientFor
  readonly bases: BaseStore
  readonly channel: () => string | undefined
  readonly now: () => number
  readonly onError: (error: unknown) => void
  readonly t: Translate
}

export class AggregateDocuments {
  readonly #open = new Map<string, AggregateDocument>()
  readonly #opening = new Map<string, Promise<AggregateDocument>>()
  readonly #drafts = new Set<string>()
  /** So that a later one never writes before an earlier one. */
  #writing: Promise<void> = Promise.resolve()
  readonly #opened = new Emitter<AggregateDocument>()
  readonly onDidOpen = this.#opened.event

  readonly #subscription: Subscription

  constructor(private readonly ports: DocumentsPorts) {
    // An account that was removed, or one that came and can publish what could only be read.
    this.#subscription = ports.session.onDidChange(() => {
      for (const document of this.#open.values()) void document.lookAtPublisher().catch(() => undefined)
    })
  }

  get all(): readonly AggregateDocument[] {
    return [...this.#open.values()]
  }

  /** If it is open. */
  get(address: AggregateAddress): AggregateDocument | undefined {
    return this.#open.get(idOf(address))
  }

  /** From now on it can be opened although the network does not have it. */
  draft(address: AggregateAddress): void {
    this.#drafts.add(idOf(address))
  }

  /** Loads it once, however many ask. Throws `NOT_FOUND`, `INVALID_INPUT` for an unknown network, the client's errors. */
  async open(address: AggregateAddress): Promise<AggregateDocument> {
    const id = idOf(address)
    const known = this.#open.get(id)
    if (known) return known
    const opening = this.#opening.get(id) ?? this.#load(id, address).finally(() => this.#opening.delete(id))
    this.#opening.set(id, opening)
    return opening
  }

  close(address: AggregateAddress): void {
    const id = idOf(address)
    this.#open.get(id)?.dispose()
    this.#open.delete(id)
    this.#drafts.delete(id)
  }

  /** Writes down what its text was loaded from, to be found after a reload. */
  keep(document: AggregateDocument): void {
    const { base, account, pending, address } = document
    if (!base) return
    const kept: KeptBase = { base, account, pending }
    this.#write(() => this.ports.bases.write(nameOf(address), writeBase(address, kept)))
  }

  /** It has no unsaved changes any more. What is pending is looked for all the same. */
  release(address: AggregateAddress): void {
    const document = this.get(address)
    if (document?.pending.length) return this.keep(document)
    this.#write(() => this.ports.bases.remove(nameOf(address)))
  }

  /** Resolves when what was kept so far is on disk. */
  get written(): Promise<void> {
    return this.#writing
  }

  dispose(): void {
    this.#subscription.dispose()
    for (const document of this.#open.values()) document.dispose()
    this.#open.clear()
    this.#opened.dispose()
  }

  async #load(id: string, address: AggregateAddress): Promise<AggregateDocument> {
    const { session, clientFor, t, now, channel } = this.ports
    await session.start()
    const network = session.networks.find(({ id }) => id === address.networkId)
    if (!network) throw invalidInput(`There is no network ${address.networkId} in the settings.`)
    const client = clientFor(network)
    const document = new AggregateDocument(address, {
      ...{ client, network, now },
      findPublisher: (kept, signal) =>
        findPublisher(address, kept, { session, client, network, channel: channel(), t }, signal),
      keep: each => {
        this.keep(each)
        return this.#writing
      },
    })
    try {
      const kept = await this.#kept(address)
      await document.open(kept)
      if (kept?.pending.length) document.resume(...kept.pending)
      if (!kept && !document.history.exists && !this.#drafts.has(id))
        throw new AlephError('NOT_FOUND', `${address.owner} has no aggregate “${address.key}”.`)
    } catch (error) {
      document.dispose()
      throw error
    }
    let { base } = document
    let pending = hashesOf(document)
    document.onDidChange(() => {
      const now = hashesOf(document)
      if (document.isDirty && (document.base !== base || now !== pending)) this.keep(document)
      else if (!document.isDirty && now !== pending) this.release(address)
      ;({ base } = document)
      pending = now
    })
    this.#open.set(id, document)
    this.#opened.fire(document)
    return document
  }

  async #kept(address: AggregateAddress): Promise<KeptBase | undefined> {
    await this.#writing
    try {
      const json = await this.ports.bases.read(nameOf(address))
      return json === undefined ? undefined : readBase(address, json)
    } catch (error) {
      this.ports.onError(error)
      return undefined
    }
  }

  #write(act: () => Promise<void>): void {
    this.#writing = this.#writing.then(act).catch(error => this.ports.onError(error))
  }
}

const hashesOf = ({ pending }: AggregateDocument) => JSON.stringify(pending.map(({ itemHash }) => itemHash))
const idOf = (address: AggregateAddress) => JSON.stringify([address.networkId, aggregatePath(address)])
const nameOf = (address: AggregateAddress) => sha256Hex(idOf(address))
