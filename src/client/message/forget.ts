// Having the network forget messages (protocol §3.4).
import { assertOptions, type Context, type WriteOptions } from '../context.js'
import { invalidInput } from '../errors.js'
import { isItemHash } from './itemHash.js'
import { publishContent, type PublishResult } from './publish.js'

export interface ForgetOptions extends WriteOptions {
  reason?: string
}

const maxHashes = 1000

/** Forgets up to 1000 messages as a whole: one refusal refuses all. Copies elsewhere can outlive it. */
export async function forgetMessages(
  context: Context,
  hashes: string | readonly string[],
  options: ForgetOptions = {},
): Promise<PublishResult> {
  assertOptions(options, ['signal', 'account', 'owner', 'channel', 'reason'], 'messages.forget')
  if (typeof hashes !== 'string' && !Array.isArray(hashes))
    throw invalidInput('What is to be forgotten must be an item hash, or a list of them.')
  const targets = [...new Set(typeof hashes === 'string' ? [hashes] : hashes)]
  if (!targets.length || targets.length > maxHashes)
    throw invalidInput(`One call forgets 1 to ${maxHashes} messages; there are ${targets.length}.`)
  if (!targets.every(hash => typeof hash === 'string' && isItemHash(hash)))
    throw invalidInput("This isn't the item hash of a message: it takes 64 hexadecimal digits in lower case, or a CID.")
  const { reason } = options
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > 1000))
    throw invalidInput('The reason has 1000 characters at most.')
  return publishContent(context, 'FORGET', { hashes: targets, ...(reason === undefined ? {} : { reason }) }, options)
}
