// The client as one object: the guide's names over the actions. Immutable; everything impure comes from its options.
import type { Account } from './account.js'
import { addressBalance, addressFiles, type AddressFile, type Balance } from './address.js'
import { forgottenElements, type ForgottenElement } from './aggregate/forgotten.js'
import { aggregateHistory, type AggregateHistory, type HistoryOptions } from './aggregate/history.js'
import type { AggregateKey } from './aggregate/merged.js'
import { aggregateKeys, getAggregate, type AggregateOptions, type KeysOptions } from './aggregate/read.js'
import {
  deleteAggregate,
  deleteAggregateEntry,
  type DeleteAllResult,
  type DeleteOptions,
  type DeleteResult,
} from './aggregate/remove.js'
import {
  mergeAggregate,
  setAggregateEntry,
  type MergeOptions,
  type MergeResult,
  type WriteResult,
} from './aggregate/write.js'
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
import { fileHash, type FileHashOptions } from './file/hasher.js'
import { NodeFacts } from './file/nodeFacts.js'
import { storeFile, type StoredFile, type StoreFileOptions } from './file/storeFile.js'
import { systemClock, type Clock } from './http/clock.js'
import { defaultEndpoints, parseEndpoint } from './http/endpoint.js'
import { Http } from './http/http.js'
import { downloadBy, type FetchFunction, type HttpEvent, type UploadFunction } from './http/transport.js'
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
import { StoredContents } from './message/storedContents.js'
import { VerifiedMemory } from './message/verify.js'
import { download } from './node/download.js'
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
  /** For every request but uploads; the platform's if not given, and for files a faster way. */
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
      download: given.fetch ? downloadBy(given.fetch) : download,
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
      contents: new StoredContents(),
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
    /**
     * Publishes any JSON value as a POST, free of charge (protocol §11.2). Resolves once the node has decided, or with status
     * `pending`. Throws `INVALID_INPUT`, `READ_ONLY` or `TOO_LARGE` before anything is sent, then `REJECTED` and the errors of
     * the network; the latter name the `item_hash` in their details when the message may have arrived.
     */
    store: (value: unknown, options?: StoreOptions): Promise<PublishResult> =>
      storeValue(this.#context, value, options),
    /** The value that `store` published, verified. Throws as `messages.get` does. */
    get: (itemHash: string, options?: CallOptions): Promise<StoredValue> => getValue(this.#context, itemHash, options),
    /**
     * Uploads a path, bytes, `Blob`, `File` or stream factory as a stream and publishes its STORE (protocol §11.5). Throws
     * `INVALID_INPUT`, `READ_ONLY`, `INSUFFICIENT_FUNDS`, `TOO_LARGE` or `IO` before the first byte; later `INVALID_INPUT` when
     * the file changed meanwhile, `INTEGRITY` when the node stored other bytes, `REJECTED`, and the errors of the network.
     */
    storeFile: (source: FileSource, options?: StoreFileOptions): Promise<StoredFile> =>
      storeFile(this.#context, source, options),
    /**
     * A file in memory by message hash, file hash or CID, verified; name and type are those of its signed STORE (protocol
     * §11.6). Throws `NOT_FOUND`, `FORGOTTEN`, `INTEGRITY`, `TOO_LARGE` above `maxBytes` (512 MiB if not given), `INVALID_INPUT`
     * for a message that is no file.
     */
    getFile: (hash: string, options?: GetFileOptions): Promise<File> => getFile(this.#context, hash, options),
    /** Name, type and file hash without the bytes. */
    fileInfo: (hash: string, options?: CallOptions & { owner?: string }): Promise<FileInfo> =>
      fileInfo(this.#context, hash, options),
    /**
     * The file hash that a source will have, without asking a node: sha256, or CIDv0 with `engine: 'ipfs'`. Reads it as a
     * stream. Throws `INVALID_INPUT` when it changes meanwhile, `IO` when it can not be read.
     */
    fileHash: (source: FileSource, options: FileHashOptions): Promise<string> => fileHash(source, options),
    /**
     * Writes a file of any size to `path`, verified while it streams: it is there whole, or not at all. Throws as `getFile`
     * does, and `IO` when the disk refuses.
     */
    downloadTo: (hash: string, path: string, options?: DownloadOptions): Promise<FileInfo & { sizeBytes: number }> =>
      downloadTo(this.#context, hash, path, options),
  }

  readonly messages = {
    /**
     * A message by item hash, verified: content hash, signature, and the sender's permission (protocol §4.3). Throws
     * `NOT_FOUND` ("Message not found", also for a malformed hash), `FORGOTTEN`, `PENDING`, `REJECTED`, `INTEGRITY`.
     */
    get: async (itemHash: string, options?: CallOptions): Promise<Message> => {
      assertOptions(options, ['signal'], 'messages.get')
      return getMessage(this.#context, itemHash, options)
    },
    /**
     * Messages that match, newest first, verified row by row; one request a page, and none before it is iterated (protocol
     * §5.1). A row that is not what was signed carries an `error` instead of a `message`.
     */
    list: (filter?: MessageFilter, options?: ListOptions): MessageList => listMessages(this.#context, filter, options),
    /** Throws `NOT_FOUND` for a message that the node does not know. */
    status: async (itemHash: string, options?: CallOptions): Promise<MessageStatus> => {
      assertOptions(options, ['signal'], 'messages.status')
      const status = await messageStatus(this.#context, itemHash, options)
      if (!status) throw messageNotFound(itemHash)
      return status
    },
    /** Has the network drop up to 1000 messages of yours, all or none (protocol §3.4). Throws `INVALID_INPUT`, `REJECTED`. */
    forget: (hashes: string | readonly string[], options?: ForgetOptions): Promise<PublishResult> =>
      forgetMessages(this.#context, hashes, options),
  }

  readonly aggregate = {
    /**
     * All aggregates of an owner in one request, or only `collection`, as the node merges them: no signature covers that
     * (protocol §5.3). With `verify` the signed elements are replayed, and a difference is `INTEGRITY` (details: `keys`).
     */
    keys: (options?: string | KeysOptions): Promise<AggregateKey[]> => aggregateKeys(this.#context, options),
    /**
     * A whole collection, or one entry of it, as the node merges it, or with `verify` as the signed elements make it; then a
     * difference is `INTEGRITY` (details: `keys`). Throws `NOT_FOUND`, also for entries set to null.
     */
    get: (collection: string, key?: string, options?: AggregateOptions): Promise<unknown> =>
      getAggregate(this.#context, collection, key, options),
    /**
     * Sets several entries of a collection in one element; what they held before is replaced whole, what is not named stays
     * (protocol §3.2). A value may be a `JsonText`, to keep its spelling. Throws `INVALID_INPUT`, `TOO_LARGE` with the `sizes`
     * of the entries, `CONFLICT` with a `reason` (`changed` and `base-missing` by what `expect` names, `future`), and whatever
     * `store` throws.
     */
    merge: (
      collection: string,
      entries: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>,
      options?: MergeOptions,
    ): Promise<MergeResult> => mergeAggregate(this.#context, collection, entries, options),
    /** Sets one entry of a collection (protocol §11.7). Throws as `merge` does. */
    create: (
      collection: string,
      document: unknown,
      { key, ...options }: MergeOptions & { key: string },
    ): Promise<WriteResult> => setAggregateEntry(this.#context, collection, key, document, options),
    /** The same as `create`, with the guide's order of arguments. */
    update: (collection: string, key: string, document: unknown, options?: MergeOptions): Promise<WriteResult> =>
      setAggregateEntry(this.#context, collection, key, document, options),
    /**
     * Sets an entry to null, so that it is not found any more while its history stays; with `forget` has the network forget
     * every element that set it, unless that takes other entries along (`INVALID_INPUT`). Throws `NOT_FOUND`, and as `merge`.
     */
    delete: (collection: string, key: string, options?: DeleteOptions): Promise<DeleteResult> =>
      deleteAggregateEntry(this.#context, collection, key, options),
    /** Has the network forget all elements of a collection (protocol §3.4). Throws `NOT_FOUND`, and as `messages.forget`. */
    deleteAll: (collection: string, options?: WriteOptions): Promise<DeleteAllResult> =>
      deleteAggregate(this.#context, collection, options),
    /**
     * Every revision of a collection, newest first, verified row by row; one request for each 200 messages, and none before
     * it is iterated. A row that is not what was signed carries an `error` instead of an `element`.
     */
    history: (collection: string, options?: HistoryOptions): AggregateHistory =>
      aggregateHistory(this.#context, collection, options),
    /** What is left of forgotten elements of an owner, of whatever aggregate, in pages. The node's word. */
    forgotten: (owner?: string, options?: CallOptions): AsyncGenerator<ForgottenElement[], void, undefined> =>
      forgottenElements(this.#context, owner, options),
  }

  readonly address = {
    /** What the address holds: ALEPH tokens, how many of them its files need, and credits (protocol §5.6). */
    balance: async (address: string, options?: CallOptions): Promise<Balance> => {
      assertOptions(options, ['signal'], 'address.balance')
      return addressBalance(this.#context, address, options)
    },
    /** The files that an address keeps, newest first, 100 a request. The node's word: nothing of it is signed. */
    files: (address: string, options?: CallOptions): AsyncGenerator<AddressFile, void, undefined> =>
      addressFiles(this.#context, address, options),
  }
}
