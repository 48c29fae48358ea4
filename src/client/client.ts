// The client as one object: the guide's names over the actions. Immutable; everything impure comes from its options.
import { assertAccount, type Account } from './account.js'
import type { BatchFunction } from './batch.js'
import { addressCalls, type AddressApi } from './calls/address.js'
import { aggregateCalls, type AggregateApi } from './calls/aggregate.js'
import { ethereumCalls, type EthereumApi } from './calls/ethereum.js'
import { ipfsCalls, type IpfsApi } from './calls/ipfs.js'
import { messagesCalls, type MessagesApi } from './calls/messages.js'
import { storageCalls, type StorageApi } from './calls/storage.js'
import { assertOptions, type Context } from './context.js'
import type { Cost, CostOptions } from './cost.js'
import { invalidInput } from './errors.js'
import { NetworkPrices } from './file/networkPrices.js'
import { isObject } from './isObject.js'
import { NodeFacts } from './file/nodeFacts.js'
import { systemClock, type Clock } from './http/clock.js'
import { Wallet } from './ethereum.js'
import { defaultEndpoints, defaultGateways, parseEndpoint, parseGateway } from './http/endpoint.js'
import { Http } from './http/http.js'
import {
  downloadBy,
  platformWebSocket,
  type FetchFunction,
  type HttpEvent,
  type UploadFunction,
  type WebSocketConstructor,
} from './http/transport.js'
import { AuthorityResolver } from './message/authority.js'
import { ContentClock } from './message/contentClock.js'
import { originalMessage, securityElements } from './message/list.js'
import { StoredContents } from './message/storedContents.js'
import { assertChannel, assertTags } from './message/tags.js'
import { VerifiedMemory } from './message/verify.js'
import { download } from './node/download.js'
import { createUpload } from './node/multipart.js'
import type { FileSource } from './node/source.js'
import type { Eip1193Provider } from './walletAccount.js'

export interface AlephOptions {
  /** Nodes, asked in this order; https, or http on this computer. Public ones if not given. */
  endpoints?: string | readonly string[]
  account?: Account
  /** The channel of what is published. */
  channel?: string
  /** Tags that every value and file gets besides its own. */
  tags?: readonly string[]
  /** The wallet for `ethereum.connect`; that of the browser if not given. */
  provider?: Eip1193Provider
  /** IPFS gateways (`https://…/ipfs/`) that are asked for what the node does not have; believed in nothing. */
  gateways?: readonly string[]
  /** Recipients of encryption by name. */
  contacts?: Readonly<Record<string, string>>
  /** For `messages.watch`; the platform's if not given, and where there is none, or with null, nodes are polled. */
  webSocket?: WebSocketConstructor | null
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

const optionNames =
  'endpoints account channel tags provider gateways contacts webSocket retries onEvent fetch upload clock random'.split(
    ' ',
  )
const maxWaitMs = 30_000

/** Options of the wrong kind would fail only when they are used. Throws `INVALID_INPUT`. */
function assertShapes(given: AlephOptions): void {
  const { account, contacts, clock, gateways, fetch, upload, onEvent, random, webSocket } = given
  if (account !== undefined) assertAccount(account)
  if (contacts !== undefined && !isObject(contacts))
    throw invalidInput('The contacts must be an object of recipients by name.')
  if (gateways !== undefined && !Array.isArray(gateways)) throw invalidInput('The gateways must be a list of URLs.')
  if (clock !== undefined && (typeof clock?.now !== 'function' || typeof clock.sleep !== 'function'))
    throw invalidInput('The clock must have the functions now() and sleep().')
  const functions: Record<string, unknown> = { fetch, upload, onEvent, random, webSocket: webSocket ?? undefined }
  for (const [name, value] of Object.entries(functions))
    if (value !== undefined && typeof value !== 'function')
      throw invalidInput(`The option “${name}” must be a function.`)
}

/** The calls of the storage guide, on the real protocol. Made once, it holds no state but what it remembers as verified. */
export class AlephHttpClient {
  readonly #context: Context
  readonly storage: StorageApi
  readonly ipfs: IpfsApi
  readonly messages: MessagesApi
  readonly aggregate: AggregateApi
  readonly address: AddressApi
  readonly ethereum: EthereumApi
  /**
   * Many writes as one call: values, files and aggregate entries, four at a time unless told otherwise, each as its own call
   * would do it (protocol §11.2, §11.5, §11.7). Resolves with a result for every item in their order, as `allSettled` does,
   * and rejects only for options that can not work (`INVALID_INPUT`). Entries of one aggregate with the same options become
   * one element as far as they fit, and its elements follow each other. The signal ends what runs and what is to come as
   * `ABORTED`.
   */
  readonly batch: BatchFunction

  /** Takes options, the URL of a node, or nothing. Throws `INVALID_INPUT` for options that can not work. */
  constructor(options: string | AlephOptions = {}) {
    const given: AlephOptions = typeof options === 'string' ? { endpoints: options } : options
    assertOptions(given, optionNames, 'AlephHttpClient')
    assertShapes(given)
    const { retries = 4, clock = systemClock, random = Math.random } = given
    if (!Number.isInteger(retries) || retries < 0 || retries > 10)
      throw invalidInput('The number of retries must be 0 to 10.')
    if (given.channel !== undefined) assertChannel(given.channel)
    if (given.tags !== undefined) assertTags(given.tags)
    const endpoints = [given.endpoints === undefined ? defaultEndpoints : given.endpoints].flat().map(parseEndpoint)
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
    const wallet = new Wallet(given.provider, given.account)
    const context: Context = {
      http,
      get account() {
        return wallet.account
      },
      channel: given.channel,
      tags: given.tags ?? [],
      wallet,
      gateways: (given.gateways ?? defaultGateways).map(parseGateway),
      contacts: given.contacts ?? {},
      webSocket: given.webSocket === undefined ? platformWebSocket() : (given.webSocket ?? undefined),
      contentClock: new ContentClock(clock),
      verified: new VerifiedMemory(),
      contents: new StoredContents(),
      authority: new AuthorityResolver({ aggregates: securityElements, message: originalMessage }),
      nodes: new NodeFacts(http),
      prices: new NetworkPrices(() => context),
    }
    this.#context = context
    this.storage = storageCalls(context)
    this.ipfs = ipfsCalls(context)
    this.messages = messagesCalls(context)
    this.aggregate = aggregateCalls(context)
    this.address = addressCalls(context)
    this.ethereum = ethereumCalls(context)
    this.batch = (async (items, options) =>
      (await import('./lazy/batch.js')).runBatch(context, items, options)) as BatchFunction
  }

  /** The nodes that it asks, in order. */
  get endpoints(): readonly string[] {
    return this.#context.http.endpoints
  }

  /** The account given, else that of the wallet once `ethereum.connect` was called. */
  get account(): Account | undefined {
    return this.#context.account
  }

  /**
   * What keeping a file costs: a source as for `storeFile`, a number of bytes (`{ sizeBytes }`), or the item hash of a
   * message. ALEPH to hold, or credits to spend, by the prices of the network; where they can't be read, by the node's
   * estimate if that can be true (protocol §6.6). With an owner or an account also whether it has enough. Throws
   * `INVALID_INPUT`, `IO`, and for a message as `messages.get` does.
   */
  async cost(source: FileSource | { sizeBytes: number }, options?: CostOptions): Promise<Cost> {
    return (await import('./lazy/costs.js')).costOf(this.#context, source, options)
  }
}
