// Having the network forget messages (protocol §3.4).
import {
  assertOptions,
  requireAccount,
  requireOwner,
  writeOptions,
  type Context,
  type WriteOptions,
} from '../context.js'
import { AlephError, invalidInput } from '../errors.js'
import { messageStatuses, type ReadOptions } from './get.js'
import { isItemHash } from './itemHash.js'
import { publishContent, type PublishResult } from './publish.js'

export interface ForgetOptions extends WriteOptions {
  reason?: string
}

const maxHashes = 1000

/**
 * Forgets up to 1000 messages as a whole: one refusal refuses all. Copies elsewhere can outlive it. A node doesn't refuse
 * what isn't there, but tries for a minute and leaves it pending, so the targets are looked up first: `FORGOTTEN` when all
 * that are missing were forgotten or removed, else `NOT_FOUND` (details: `item_hashes`).
 */
export async function forgetMessages(
  context: Context,
  hashes: string | readonly string[],
  options: ForgetOptions = {},
): Promise<PublishResult> {
  assertOptions(options, [...writeOptions, 'reason'], 'messages.forget')
  if (typeof hashes !== 'string' && !Array.isArray(hashes))
    throw invalidInput('What is to be forgotten must be an item hash, or a list of them.')
  const targets = [...new Set(typeof hashes === 'string' ? [hashes] : hashes)]
  if (!targets.length || targets.length > maxHashes)
    throw invalidInput(`One call forgets 1 to ${maxHashes} messages; there are ${targets.length}.`)
  if (!targets.every(hash => typeof hash === 'string' && isItemHash(hash)))
    throw invalidInput("This isn't the item hash of a message: it takes 64 hexadecimal digits in lower case, or a CID.")
  const { reason, signal } = options
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > 1000))
    throw invalidInput('The reason has 1000 characters at most.')
  await requireOwner(options.owner, requireAccount(context, options.account))
  const endpoint = await context.http.writeEndpoint(signal)
  await assertThere(context, targets, { endpoint, signal })
  return publishForget(context, targets, { ...options, endpoint })
}

/** Forgets messages that were seen a moment ago. */
export const publishForget = (
  context: Context,
  hashes: readonly string[],
  { reason, ...options }: ForgetOptions & { endpoint?: string },
): Promise<PublishResult> =>
  publishContent(context, 'FORGET', { hashes, ...(reason === undefined ? {} : { reason }) }, options)

async function assertThere(context: Context, targets: readonly string[], options: ReadOptions): Promise<void> {
  const statuses = await messageStatuses(context, targets, options)
  const isLive = (hash: string) => ['processed', 'removing', 'pending'].includes(statuses.get(hash) ?? '')
  const missing = targets.filter(hash => !isLive(hash))
  const [first] = missing
  if (first === undefined) return
  const details = { item_hash: first, item_hashes: missing }
  const isGone = (hash: string) => ['forgotten', 'removed'].includes(statuses.get(hash) ?? '')
  if (missing.every(isGone))
    throw new AlephError(
      'FORGOTTEN',
      missing.length === 1
        ? `Message ${first} was already forgotten.`
        : `${missing.length} of these messages were already forgotten, among them ${first}.`,
      { details },
    )
  throw new AlephError(
    'NOT_FOUND',
    missing.length === 1
      ? `Message ${first} can't be forgotten because the node doesn't know it.`
      : `${missing.length} of these messages can't be forgotten because the node doesn't know them, among them ${first}.`,
    { details },
  )
}
