// What the client's actions take first, for tests that need a part of it to be another one than the client makes.
import type { Account } from '../../src/client/account.js'
import type { Context } from '../../src/client/context.js'
import { Wallet } from '../../src/client/ethereum.js'
import { NodeFacts } from '../../src/client/file/nodeFacts.js'
import { builtInPrices } from '../../src/client/file/prices.js'
import { Http } from '../../src/client/http/http.js'
import { downloadBy, type FetchFunction, type UploadFunction } from '../../src/client/http/transport.js'
import { AuthorityResolver } from '../../src/client/message/authority.js'
import { ContentClock } from '../../src/client/message/contentClock.js'
import { originalMessage, securityElements } from '../../src/client/message/list.js'
import { StoredContents } from '../../src/client/message/storedContents.js'
import { VerifiedMemory } from '../../src/client/message/verify.js'
import type { StandingClock } from './fakes.js'

interface Edges {
  fetch: FetchFunction
  clock: StandingClock
  upload?: UploadFunction
  account?: Account
}

/** A context whose node is `fetch`; the built-in prices hold unless `more` has others. */
export function testContext({ fetch, clock, upload, account }: Edges, more: Partial<Context> = {}): Context {
  const http = new Http({
    endpoints: ['https://node.example'],
    fetch,
    upload: upload ?? (() => Promise.reject(new Error('nothing is uploaded here'))),
    download: downloadBy(fetch),
    clock,
    retry: { retries: 0, maxWaitMs: 0, random: () => 0 },
    onEvent: () => undefined,
  })
  return {
    http,
    account,
    channel: undefined,
    tags: [],
    wallet: new Wallet(undefined, account),
    gateways: [],
    contacts: {},
    webSocket: undefined,
    contentClock: new ContentClock(clock),
    verified: new VerifiedMemory(),
    contents: new StoredContents(),
    authority: new AuthorityResolver({ aggregates: securityElements, message: originalMessage }),
    nodes: new NodeFacts(http),
    prices: { get: async () => builtInPrices },
    ...more,
  }
}
