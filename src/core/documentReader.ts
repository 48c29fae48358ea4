// The bytes of read-only documents, verified by the client and kept while there is room: what a hash names never changes.
import { AlephError } from '../client/errors.js'
import type { Message } from '../client/index.js'
import { Emitter } from '../shared/emitter.js'
import { formatJson } from './jsonText.js'
import { addressPath, type ReadAddress } from './readAddress.js'
import type { Network } from './network.js'
import type { ClientFor, StorageClient } from './storageClient.js'

const roomBytes = 64_000_000

export interface ReadDocument {
  readonly bytes: Uint8Array
  readonly mediaType: string | undefined
  /** Grows when the same address holds other bytes; only aggregates do that. */
  readonly version: number
}

export interface ReaderPorts {
  clientFor: ClientFor
  networks(): readonly Network[] | Promise<readonly Network[]>
  /** Above this a file is not shown. */
  maxBytes(): number
}

export class DocumentReader {
  /** Oldest use first. */
  readonly #kept = new Map<string, ReadDocument>()
  readonly #loading = new Map<string, Promise<ReadDocument>>()
  #keptBytes = 0
  #version = 0
  readonly #reloaded = new Emitter<ReadAddress>()
  readonly onDidReload = this.#reloaded.event

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

  /** Asks the node again, because aggregates change. */
  async reload(address: ReadAddress, signal?: AbortSignal): Promise<ReadDocument> {
    const document = await this.#load(keyOf(address), address, signal)
    this.#reloaded.fire(address)
    return document
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

  async #fetch(address: ReadAddress, options: { signal?: AbortSignal }): Promise<ReadDocument> {
    const network = (await this.ports.networks()).find(({ id }) => id === address.networkId)
    if (!network) throw new AlephError('INVALID_INPUT', `There is no network ${address.networkId} in the settings.`)
    const client = this.ports.clientFor(network)
    switch (address.kind) {
      case 'file':
        return readFile(client, address.itemHash, { ...options, maxBytes: this.ports.maxBytes() })
      case 'message':
        return json(messageText(await client.messages.get(address.itemHash, options)), 0)
      case 'aggregate': {
        const content = await client.aggregate.get(address.key, undefined, { ...options, owner: address.owner })
        return json(JSON.stringify(content, undefined, 2), ++this.#version)
      }
    }
  }
}

/** Without the name: it decides nothing. */
const keyOf = (address: ReadAddress) => JSON.stringify([address.networkId, addressPath({ ...address, name: 'x' })])

async function readFile(
  client: StorageClient,
  itemHash: string,
  options: { signal?: AbortSignal; maxBytes: number },
): Promise<ReadDocument> {
  const file = await client.storage.getFile(itemHash, options)
  return { bytes: new Uint8Array(await file.arrayBuffer()), mediaType: file.type || undefined, version: 0 }
}

const json = (text: string, version: number): ReadDocument => ({
  version,
  bytes: new TextEncoder().encode(`${text}\n`),
  mediaType: 'application/json',
})

/** The message as its author signed it; the node's hints are left out. */
function messageText({ content, envelope, ...message }: Message): string {
  const { chain, item_type, signature } = envelope
  const { item_hash, type, sender, owner, authority } = message
  const about = JSON.stringify({ item_hash, type, sender, owner, authority, chain, item_type, signature })
  const signed = envelope.item_content ?? JSON.stringify(content)
  return formatJson(`${about.slice(0, -1)},"content":${signed}}`)
}
