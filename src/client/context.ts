// What every action of the client gets as its first argument.
import { checksumAddress, readOnlyError, type Account } from './account.js'
import { invalidInput } from './errors.js'
import type { Wallet } from './ethereum.js'
import type { NodeFacts } from './file/nodeFacts.js'
import type { PriceList } from './file/prices.js'
import type { Http } from './http/http.js'
import type { WebSocketConstructor } from './http/transport.js'
import type { AuthorityResolver } from './message/authority.js'
import type { ContentClock } from './message/contentClock.js'
import type { StoredContents } from './message/storedContents.js'
import type { VerifiedMemory } from './message/verify.js'

export interface Context {
  readonly http: Http
  /** The client's own, else that of the wallet once it is connected. */
  readonly account: Account | undefined
  readonly channel: string | undefined
  /** Of every value and file, besides its own. */
  readonly tags: readonly string[]
  readonly wallet: Wallet
  /** Each with a slash at its end. */
  readonly gateways: readonly string[]
  readonly contacts: Readonly<Record<string, string>>
  readonly webSocket: WebSocketConstructor | undefined
  readonly contentClock: ContentClock
  readonly verified: VerifiedMemory
  readonly contents: StoredContents
  readonly authority: AuthorityResolver
  readonly nodes: NodeFacts
  readonly prices: PriceList
}

/** Options of every call. */
export interface CallOptions {
  signal?: AbortSignal
}

/** Options of every call that publishes. */
export interface WriteOptions extends CallOptions {
  /** Signs instead of the client's own account. */
  account?: Account
  /** Owner of the data when it is not the signing account; the owner's `security` aggregate must allow it. */
  owner?: string
  channel?: string
}

export function requireAccount(context: Context, account: Account | undefined): Account {
  const signer = account ?? context.account
  if (!signer) throw invalidInput('Publishing needs an account: give one to the client or to this call.')
  if (signer.isReadOnly) throw readOnlyError(signer.address)
  return signer
}

/**
 * Whose data it becomes: the account's own if no owner is given. Nodes compare addresses exactly, so another spelling
 * would be another owner, whom nobody's permission covers.
 */
export async function requireOwner(owner: string | undefined, account: Account): Promise<string> {
  if (owner === undefined) return account.address
  if (typeof owner !== 'string' || !/^[0-9A-Za-z-]{20,128}$/.test(owner)) throw invalidInput('The owner is no address.')
  const spelling = /^0x/i.test(owner) ? await checksumAddress(owner) : owner
  if (spelling !== owner) throw invalidInput(`The address of the owner must be spelled ${spelling}.`)
  return owner
}

/** A misspelt option must not change what is published without a word: an unknown one is `INVALID_INPUT`. */
export function assertOptions(options: object | undefined, known: readonly string[], call: string): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) throw invalidInput(`The options of ${call} must be an object.`)
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown !== undefined) throw invalidInput(`${call} has no option “${unknown}”; it knows ${known.join(', ')}.`)
}
