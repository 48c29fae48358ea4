// The bytes of read-only documents, verified by the client and kept while there is room: what a hash names never changes.
import { AlephError } from '../client/errors.js'
import type { Message } from '../client/index.js'
import type { AggregateAddress } from './aggregate/address.js'
import type { AggregateDocument } from './aggregate/document.js'
import { documentFromEntries } from './aggregate/text/edits.js'
import { textsOf, type Entries } from './aggregate/entries.js'
import { formatJson } from './jsonText.js'
import { addressPath, noRevision, type ReadAddress } from './readAddress.js'
import type { Network } from './network.js'
import type { ClientFor, StorageClient } from './storageClient.js'

const roomBytes = 64_000_000

export interface ReadDocument {
  readonly bytes: Uint8Array
}

export interface ReaderPorts {
  clientFor: ClientFor
  networks(): readonly Network[] | Promise<readonly Network[]>
  /** Above this a file is not shown. */
  maxBytes(): number
  openAggregate(address: AggregateAddress): Pick<AggregateDocument, 'history'> | undefined
}

export type FileAddress = Extract<ReadAddress, { kind: 'file' }>

export type Author = Pick<Message, 'sender' | 'owner' | 'authority'>

type RevisionAddress = Extract<ReadAddress, { kind: 'revision' }>

const maxSnapshots = 30

export class DocumentReader {
  /** Oldest use first. */
  readonly #kept = new Map<string, ReadDocument>()
  readonly #loading = new Map<string, Promise<ReadDocument>>()
  #keptBytes = 0
  /** Files that any editor may have. */
  readonly #permitted = new Set<string>()
  /** Oldest first. */
  readonly #snapshots = new Map<string, string>()

  constructor(private readonly ports: ReaderPorts) {}

  /** What is kept in memory by now. */
  get kept(): { documents: number; bytes: number } {
    return { documents: this.#kept.size, bytes: this.#keptBytes }
  }

  /** From memory where possible. Throws the client's errors; `TOO_LARGE` for what is above the preview's size. */
  async read(address: ReadAddress, signal?: AbortSignal): Promise<ReadDocument> {
    const key = keyOf(address)
    const kept = this.#kept.get(key)
    if (kept) {
      this.#kept.delete(key)
      this.#kept.set(key, kept)
      return kept
    }
    // Only a call that nobody can cancel may be shared.
    if (signal) return this.#load(key, address, signal)
    const loading = this.#loading.get(key) ?? this.#load(key, address).finally(() => this.#loading.delete(key))
    this.#loading.set(key, loading)
    return loading
  }

  /** Who published a file, by the verified message. */
  async author({ networkId, itemHash }: FileAddress, signal?: AbortSignal): Promise<Author> {
    const client = await this.#client(networkId)
    return client.messages.get(itemHash, signal ? { signal } : {})
  }

  /** From now on any editor of this window may have the file under its own name: its user agreed. */
  permit(address: FileAddress): void {
    this.#permitted.add(keyOf(address))
  }

  /** False for a file under its own name that nobody agreed to. */
  isPermitted(address: ReadAddress): boolean {
    return address.kind !== 'file' || !address.hasOwnName || this.#permitted.has(keyOf(address))
  }

  /** Keeps a text that only this window has, to be read by the address. */
  snapshot(networkId: string, name: string, text: string): ReadAddress {
    const id = crypto.randomUUID()
    this.#snapshots.set(id, text)
    const [oldest] = this.#snapshots.keys()
    if (oldest !== undefined && this.#snapshots.size > maxSnapshots) this.#snapshots.delete(oldest)
    return { kind: 'snapshot', networkId, id, name }
  }

  /** From the document that is open, which may have all revisions already. */
  async #revision(
    client: StorageClient,
    { networkId, owner, key, itemHash }: RevisionAddress,
    options: { signal?: AbortSignal },
  ): Promise<Entries> {
    if (itemHash === noRevision) return new Map()
    const open = this.ports.openAggregate({ networkId, owner, key })
    const known = await open?.history.entriesAt(itemHash, options.signal)
    if (known) return known
    const { entries } = await client.aggregate.history(key, { ...options, owner }).at(itemHash)
    return textsOf(entries)
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key)
    if (kept) this.#keptBytes -= kept.bytes.length
    this.#kept.delete(key)
  }

  async #load(key: string, address: ReadAddress, signal?: AbortSignal): Promise<ReadDocument> {
    const document = await this.#fetch(address, signal ? { signal } : {})
    this.#drop(key)
    this.#kept.set(key, document)
    this.#keptBytes += document.bytes.length
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= roomBytes || oldest === key) break
      this.#kept.delete(oldest)
      this.#keptBytes -= bytes.length
    }
    return document
  }

  async #client(networkId: string): Promise<StorageClient> {
    const network = (await this.ports.networks()).find(({ id }) => id === networkId)
    if (!network) throw new AlephError('INVALID_INPUT', `There is no network ${networkId} in the settings.`)
    return this.ports.clientFor(network)
  }

  async #fetch(address: ReadAddress, options: { signal?: AbortSignal }): Promise<ReadDocument> {
    const client = await this.#client(address.networkId)
    switch (address.kind) {
      case 'file':
        return readFile(client, address.itemHash, { ...options, maxBytes: this.ports.maxBytes() })
      case 'message':
        return json(`${messageText(await client.messages.get(address.itemHash, options))}\n`)
      case 'revision':
        return json(documentFromEntries(await this.#revision(client, address, options)))
      case 'snapshot': {
        const text = this.#snapshots.get(address.id)
        if (text === undefined) throw new AlephError('NOT_FOUND', 'This text was not kept.')
        return json(text)
      }
    }
  }
}

/** Without the name: it decides nothing. */
function keyOf(address: ReadAddress): string {
  const unnamed = { ...address, name: 'x' }
  return JSON.stringify([
    address.networkId,
    addressPath(unnamed.kind === 'file' ? { ...unnamed, hasOwnName: false } : unnamed),
  ])
}

async function readFile(
  client: StorageClient,
  itemHash: string,
  options: { signal?: AbortSignal; maxBytes: number },
): Promise<ReadDocument> {
  const file = await client.storage.getFile(itemHash, options)
  return { bytes: new Uint8Array(await file.arrayBuffer()) }
}

const json = (text: string): ReadDocument => ({ bytes: new TextEncoder().encode(text) })

/** The message as its author signed it; the node's hints are left out. */
function messageText({ content, envelope, ...message }: Message): string {
  const { chain, item_type, signature } = envelope
  const { item_hash, type, sender, owner, authority } = message
  const about = JSON.stringify({ item_hash, type, sender, owner, authority, chain, item_type, signature })
  const signed = envelope.item_content ?? JSON.stringify(content)
  return formatJson(`${about.slice(0, -1)},"content":${signed}}`)
}
