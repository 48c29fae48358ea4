// The client as one object: the guide's names over the actions. Immutable; everything impure comes from its options.
import type { Account } from './account.js'
import { addressBalance, addressFiles, type AddressFile, type Balance } from './address.js'
import {
  aggregateKeys,
  getAggregate,
  setAggregateEntry,
  type AggregateKey,
  type AggregateOptions,
  type WriteResult,
} from './aggregate.js'
import { assertOptions, type CallOptions, type Context, type WriteOptions } from './context.js'
import { invalidInput } from './errors.js'
import {
  downloadTo,
  fileInfo,
  getFile,
  type DownloadOptions,
  type FileInfo,
  type GetFileOptions,
} from './file/getFile.js'
import { NodeFacts } from './file/nodeFacts.js'
import { storeFile, type StoredFile, type StoreFileOptions } from './file/storeFile.js'
import { systemClock, type Clock } from './http/clock.js'
import { defaultEndpoints, parseEndpoint } from './http/endpoint.js'
import { Http } from './http/http.js'
import type { FetchFunction, HttpEvent, UploadFunction } from './http/transport.js'
import { AuthorityResolver } from './message/authority.js'
import { ContentClock } from './message/contentClock.js'
import { forgetMessages, type ForgetOptions } from './message/forget.js'
import { getMessage, messageNotFound, messageStatus } from './message/get.js'
import {
  listMessages,
  originalMessage,
  securityElements,
  type ListOptions,
  type MessageFilter,
  type MessageList,
} from './message/list.js'
import type { Message } from './message/message.js'
import type { PublishResult } from './message/publish.js'
import { assertChannel } from './message/tags.js'
import type { MessageStatus } from './message/types.js'
import { VerifiedMemory } from './message/verify.js'
import { createUpload } from './node/multipart.js'
import type { FileSource } from './node/source.js'
import { getValue, storeValue, type StoredValue, type StoreOptions } from './storage.js'

export interface AlephOptions {
  /** Nodes, asked in this order; https, or http on this computer. Public ones if not given. */
  endpoints?: string | readonly string[]
  account?: Account
  /** The channel of what is published. */
  channel?: string
  /** Tries after the first, 0 to 10; 4 if not given. */
  retries?: number
  onEvent?: (event: HttpEvent) => void
  fetch?: FetchFunction
  upload?: UploadFunction
  clock?: Clock
  /** Numbers in [0, 1), for the jitter of waits. */
  random?: () => number
}

const optionNames = 'endpoints account channel retries onEvent fetch upload clock random'.split(' ')
const maxWaitMs = 30_000

export class AlephHttpClient {
  readonly #context: Context

  /** Takes options, the URL of a node, or nothing. Throws `INVALID_INPUT` for options that can not work. */
  constructor(options: string | AlephOptions = {}) {
    const given: AlephOptions = typeof options === 'string' ? { endpoints: options } : options
    assertOptions(given, optionNames, 'AlephHttpClient')
    const { retries = 4, clock = systemClock, random = Math.random } = given
    if (!Number.isInteger(retries) || retries < 0 || retries > 10)
      throw invalidInput('The number of retries must be 0 to 10.')
    if (given.channel !== undefined) assertChannel(given.channel)
    const endpoints = [given.endpoints ?? defaultEndpoints].flat().map(parseEndpoint)
    if (!endpoints.length) throw invalidInput('The client needs the URL of a node.')
    const http = new Http({
      endpoints,
      // Looked up at each call: the editor replaces the global one to add its proxy settings.
      fetch: given.fetch ?? ((url, init) => globalThis.fetch(url, init)),
      upload: given.upload ?? createUpload(),
      clock,
      retry: { retries, maxWaitMs, random },
      onEvent: given.onEvent ?? (() => undefined),
    })
    this.#context = {
      http,
      account: given.account,
      channel: given.channel,
      contentClock: new ContentClock(clock),
      verified: new VerifiedMemory(),
      authority: new AuthorityResolver({ aggregates: securityElements, message: originalMessage }),
      nodes: new NodeFacts(http),
    }
  }

  get endpoints(): readonly string[] {
    return this.#context.http.endpoints
  }

  get account(): Account | undefined {
    return this.#context.account
  }

  readonly storage = {
    store: (value: unknown, options?: StoreOptions): Promise<PublishResult> =>
      storeValue(this.#context, value, options),
    get: (itemHash: string, options?: CallOptions): Promise<StoredValue> => getValue(this.#context, itemHash, options),
    storeFile: (source: FileSource, options?: StoreFileOptions): Promise<StoredFile> =>
      storeFile(this.#context, source, options),
    getFile: (hash: string, options?: GetFileOptions): Promise<File> => getFile(this.#context, hash, options),
    /** Name, type and file hash without the bytes. */
    fileInfo: (hash: string, options?: CallOptions & { owner?: string }): Promise<FileInfo> =>
      fileInfo(this.#context, hash, options),
    downloadTo: (hash: string, path: string, options?: DownloadOptions): Promise<FileInfo & { sizeBytes: number }> =>
      downloadTo(this.#context, hash, path, options),
  }

  readonly messages = {
    get: (itemHash: string, options: CallOptions = {}): Promise<Message> =>
      getMessage(this.#context, itemHash, options),
    list: (filter?: MessageFilter, options?: ListOptions): MessageList => listMessages(this.#context, filter, options),
    /** Throws `NOT_FOUND` for a message that the node does not know. */
    status: async (itemHash: string, options: CallOptions = {}): Promise<MessageStatus> => {
      const status = await messageStatus(this.#context, itemHash, options)
      if (!status) throw messageNotFound(itemHash)
      return status
    },
    forget: (hashes: string | readonly string[], options?: ForgetOptions): Promise<PublishResult> =>
      forgetMessages(this.#context, hashes, options),
  }

  readonly aggregate = {
    keys: (options?: AggregateOptions): Promise<AggregateKey[]> => aggregateKeys(this.#context, options),
    get: (collection: string, key?: string, options?: AggregateOptions): Promise<unknown> =>
      getAggregate(this.#context, collection, key, options),
    create: (
      collection: string,
      document: unknown,
      { key, ...options }: WriteOptions & { key: string },
    ): Promise<WriteResult> => setAggregateEntry(this.#context, collection, key, document, options),
    update: (collection: string, key: string, document: unknown, options?: WriteOptions): Promise<WriteResult> =>
      setAggregateEntry(this.#context, collection, key, document, options),
  }

  readonly address = {
    balance: (address: string, options?: CallOptions): Promise<Balance> =>
      addressBalance(this.#context, address, options),
    files: (address: string, options?: CallOptions): AsyncGenerator<AddressFile, void, undefined> =>
      addressFiles(this.#context, address, options),
  }
}
