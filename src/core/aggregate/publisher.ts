// Who publishes an aggregate, or why nobody can.
import { isAlephError } from '../../client/errors.js'
import { permits } from '../../client/message/authority.js'
import type { Translate } from '../../shared/translate.js'
import { shortAddress } from '../accountList.js'
import type { Network } from '../network.js'
import { canPublish, ownerOf, type Session, type SessionAccount } from '../session.js'
import type { StorageClient } from '../storageClient.js'
import type { AggregateAddress } from './address.js'

export interface Publisher {
  /** The account that the document names; undefined when there is none at all. */
  readonly account: SessionAccount | undefined
  /** One sentence, or undefined when it can publish. */
  readonly refusal: string | undefined
}

export interface PublisherFacts {
  readonly session: Pick<Session, 'account' | 'accountsOf'>
  readonly client: Pick<StorageClient, 'aggregate'>
  readonly network: Network
  readonly channel: string | undefined
  readonly t: Translate
}

/**
 * The account that the document keeps, else the active one of the window, else another one with a key that works on the
 * owner's storage. Whether a delegate may write this key is asked of the node; throws when it can not be asked.
 */
export async function findPublisher(
  { owner, key }: AggregateAddress,
  kept: string | undefined,
  facts: PublisherFacts,
  signal?: AbortSignal,
): Promise<Publisher> {
  const { session, network, t } = facts
  const accounts = session.accountsOf(network)
  const active = accounts.find(({ address }) => address === session.account?.address)
  const owning = (account: SessionAccount | undefined) => account && canPublish(account) && ownerOf(account) === owner
  const account =
    accounts.find(({ address }) => address === kept) ??
    (owning(active) ? active : (accounts.find(owning) ?? active ?? accounts[0]))
  const values = { name: account?.name ?? '', owner: shortAddress(owner), key }
  if (kept !== undefined && account?.address !== kept)
    return { account: undefined, refusal: t('The account of this document was removed, so it can not be published.') }
  if (!account) return { account, refusal: t('There is no account yet, so this can only be read.') }
  if (!canPublish(account))
    return { account, refusal: t('{name} is an address without a key, so this can only be read.', values) }
  if (key === 'security')
    return { account, refusal: t('“security” holds the permissions of its owner, so it can only be read here.') }
  if (account.address === owner) return { account, refusal: undefined }
  return (await isPermitted(owner, key, account.address, facts, signal))
    ? { account, refusal: undefined }
    : { account, refusal: t('{owner} has not allowed {name} to write this aggregate, so it can only be read.', values) }
}

/** By the owner's `security` aggregate (protocol §3.6), as the node has it: its word is what counts for what it accepts. */
async function isPermitted(
  owner: string,
  aggregateKey: string,
  sender: string,
  { client, channel }: PublisherFacts,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const security = await client.aggregate.get('security', undefined, { owner, ...(signal ? { signal } : {}) })
    const { authorizations } = Object(security) as { authorizations?: unknown }
    const act = { sender, chain: 'ETH', type: 'AGGREGATE', channel, aggregateKey }
    return Array.isArray(authorizations) && authorizations.some(entry => permits(entry, act))
  } catch (error) {
    if (isAlephError(error, 'NOT_FOUND')) return false
    throw error
  }
}
