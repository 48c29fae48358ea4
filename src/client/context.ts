// What every action of the client gets as its first argument.
import { assertAccount, normalAddress, readOnlyError, type Account } from './account.js'
import { invalidInput } from './errors.js'
import type { Wallet } from './ethereum.js'
import type { NodeFacts } from './file/nodeFacts.js'
import type { PriceList } from './file/prices.js'
import type { Http } from './http/http.js'
import type { WebSocketConstructor } from './http/transport.js'
import type { AuthorityResolver } from './message/authority.js'
import type { ContentClock } from './message/contentClock.js'
import type { StoredContents } from './message/storedContents.js'
import type { Envelope } from './message/types.js'
import type { VerifiedMemory } from './message/verify.js'

export { assertOptions } from './options.js'

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
  /**
   * How long to wait for a decision that the node hasn't made when it answers, in milliseconds; 60 000 if not given. What
   * isn't decided by then is `pending`. Below 30 000 the node is asked to answer at once.
   */
  waitMs?: number
  /**
   * Gets each signed message before its first byte goes out, and is waited for; what it throws ends the call. Keep it to
   * send the same bytes again with `messages.resend`, should nobody know whether they arrived. It holds no secret.
   */
  onSigned?: (envelope: Envelope) => void | Promise<void>
}

/** Names of `WriteOptions`. */
export const writeOptions = ['signal', 'account', 'owner', 'channel', 'waitMs', 'onSigned']

/** Who signs: the account of the call, else that of the client. Throws `INVALID_INPUT`, and `READ_ONLY` without a key. */
export function requireAccount(context: Context, account: Account | undefined): Account {
  const signer = account === undefined ? context.account : account
  if (!signer) throw invalidInput('Publishing needs an account: give one to the client or to this call.')
  assertAccount(signer)
  if (signer.isReadOnly) throw readOnlyError(signer.address)
  return signer
}

/** Whose data it becomes, in the spelling of nodes: the account's own if no owner is given. Throws `INVALID_INPUT`. */
export async function requireOwner(owner: string | undefined, account: Account): Promise<string> {
  // What an account signs with its own spelling can't be changed here, and another one would be another sender.
  const own = await normalAddress(account.address, 'address of the account')
  if (own !== account.address) throw invalidInput(`The address of the account must be spelled ${own}.`)
  return owner === undefined ? own : normalAddress(owner, 'owner')
}
