// Stand-ins for the edges of `core`: files, secrets, a client that answers from memory.
import type { AlephError, Message, MessageRow } from '../../../src/client/index.js'
import { AccountBook, type SharedFile } from '../../../src/core/accountBook.js'
import { readNetworks, type Network } from '../../../src/core/network.js'
import { Session, type Choice } from '../../../src/core/session.js'
import type { StorageClient } from '../../../src/core/storageClient.js'
import { Emitter } from '../../../src/shared/emitter.js'
import { untranslated } from '../../../src/shared/translate.js'

export class MemoryFile implements SharedFile {
  readonly #changed = new Emitter<void>()
  readonly onDidChange = this.#changed.event
  constructor(public text: string | undefined = undefined) {}
  async read() {
    return this.text
  }
  async write(text: string) {
    this.text = text
  }
  /** As if another window had written it. */
  writeElsewhere(text: string) {
    this.text = text
    this.#changed.fire()
  }
}

export class MemorySecrets {
  readonly entries = new Map<string, string>()
  async get(key: string) {
    return this.entries.get(key)
  }
  async store(key: string, value: string) {
    this.entries.set(key, value)
  }
  async delete(key: string) {
    this.entries.delete(key)
  }
}

export const localNetwork: Network = {
  id: 'local',
  name: 'local',
  endpoints: ['http://127.0.0.1:4024'],
  isDevelopment: true,
}

export function makeSession(setting?: unknown, choice: Choice = {}) {
  const file = new MemoryFile()
  const secrets = new MemorySecrets()
  const masked: string[] = []
  const errors: unknown[] = []
  const book = new AccountBook(
    file,
    secrets,
    secret => masked.push(secret),
    error => errors.push(error),
  )
  const networksChanged = new Emitter<void>()
  const state = { setting, choice }
  const session = new Session({
    book,
    networks: () => readNetworks(state.setting, untranslated),
    onDidChangeNetworks: networksChanged.event,
    loadNetworks: async () => undefined,
    readChoice: () => state.choice,
    writeChoice: next => void (state.choice = next),
  })
  return { book, errors, file, masked, networksChanged, secrets, session, state }
}

/** A client whose every call fails unless given. */
export function fakeClient(parts: {
  messages?: Partial<StorageClient['messages']>
  storage?: Partial<StorageClient['storage']>
  aggregate?: Partial<StorageClient['aggregate']>
}): StorageClient {
  const missing = (name: string) => () => {
    throw new Error(`unexpected call of ${name}`)
  }
  return {
    messages: {
      list: missing('list'),
      get: missing('get'),
      forget: missing('forget'),
      status: missing('status'),
      ...parts.messages,
    },
    storage: {
      storeFile: missing('storeFile'),
      getFile: missing('getFile'),
      downloadTo: missing('downloadTo'),
      fileHash: missing('fileHash'),
      canStore: missing('canStore'),
      ...parts.storage,
    },
    aggregate: {
      keys: missing('keys'),
      get: missing('get'),
      history: missing('history'),
      forgotten: missing('forgotten'),
      merge: missing('merge'),
      delete: missing('delete'),
      deleteAll: missing('deleteAll'),
      ...parts.aggregate,
    },
  }
}

export const owner = '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3'

export const hashOf = (number: number): string => number.toString(16).padStart(64, '0')

export function messageRow(number: number, content: object, more: Partial<Message> = {}): MessageRow {
  const item_hash = hashOf(number)
  const message: Message = {
    item_hash,
    type: 'STORE',
    chain: 'ETH',
    sender: owner,
    owner,
    authority: 'owner',
    content: { address: owner, time: number, ...content } as Message['content'],
    time: number,
    status: 'processed',
    confirmed: false,
    sizeBytes: 100,
    envelope: { item_hash, item_type: 'inline' } as Message['envelope'],
    ...more,
  }
  return { item_hash, message }
}

export const badRow = (number: number, error: AlephError): MessageRow => ({ item_hash: hashOf(number), error })
