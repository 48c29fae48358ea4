// The client as one object: the guide's names over the actions. Immutable; everything impure comes from its options.
import type { Account } from './account.js'
import { addressCalls, type AddressApi } from './calls/address.js'
import { aggregateCalls, type AggregateApi } from './calls/aggregate.js'
import { ipfsCalls, type IpfsApi } from './calls/ipfs.js'
import { messagesCalls, type MessagesApi } from './calls/messages.js'
import { storageCalls, type StorageApi } from './calls/storage.js'
import { assertOptions, type Context } from './context.js'
import { invalidInput } from './errors.js'
import { NodeFacts } from './file/nodeFacts.js'
import { systemClock, type Clock } from './http/clock.js'
import type { Eip1193Provider } from './ethereum.js'
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

export class AlephHttpClient {
  readonly #context: Context
  readonly storage: StorageApi
  readonly ipfs: IpfsApi
  readonly messages: MessagesApi
  readonly aggregate: AggregateApi
  readonly address: AddressApi

  /** Takes options, the URL of a node, or nothing. Throws `INVALID_INPUT` for options that can not work. */
  constructor(options: string | AlephOptions = {}) {
    const given: AlephOptions = typeof options === 'string' ? { endpoints: options } : options
    assertOptions(given, optionNames, 'AlephHttpClient')
    const { retries = 4, clock = systemClock, random = Math.random } = given
    if (!Number.isInteger(retries) || retries < 0 || retries > 10)
      throw invalidInput('The number of retries must be 0 to 10.')
    if (given.channel !== undefined) assertChannel(given.channel)
    if (given.tags !== undefined) assertTags(given.tags)
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
    const context: Context = {
      http,
      account: given.account,
      channel: given.channel,
      tags: given.tags ?? [],
      provider: given.provider,
      gateways: (given.gateways ?? defaultGateways).map(parseGateway),
      contacts: given.contacts ?? {},
      webSocket: given.webSocket === undefined ? platformWebSocket() : (given.webSocket ?? undefined),
      contentClock: new ContentClock(clock),
      verified: new VerifiedMemory(),
      contents: new StoredContents(),
      authority: new AuthorityResolver({ aggregates: securityElements, message: originalMessage }),
      nodes: new NodeFacts(http),
    }
    this.#context = context
    this.storage = storageCalls(context)
    this.ipfs = ipfsCalls(context)
    this.messages = messagesCalls(context)
    this.aggregate = aggregateCalls(context)
    this.address = addressCalls(context)
  }

  get endpoints(): readonly string[] {
    return this.#context.http.endpoints
  }

  get account(): Account | undefined {
    return this.#context.account
  }
}
