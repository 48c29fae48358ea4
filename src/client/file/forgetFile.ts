// Forgetting a file with all that belongs to it: chunks first, their manifest last, so that what is left can be tried
// again (protocol §3.4, §11.9).
import { assertOptions, requireAccount, requireOwner, writeOptions, type Context } from '../context.js'
import { invalidInput } from '../errors.js'
import { publishForget, type ForgetOptions } from '../message/forget.js'
import { getMessage } from '../message/get.js'
import { verifiedPages } from '../message/list.js'
import type { PublishResult } from '../message/publish.js'
import { manifestOf } from './manifest.js'

export interface ForgottenFile {
  /** The FORGET messages, in the order in which they were published. */
  item_hashes: string[]
  /** How many messages were forgotten. */
  messages: number
  /** That of the last one, which covers the file's own message. */
  status: PublishResult['status']
}

const batchHashes = 1000
/** Hashes of one question, for the length of its address. */
const askedHashes = 50

/**
 * The messages of a file that are still there: its STORE, or the chunks of a manifest and then the manifest. Messages that a
 * manifest lists without being files of its owner are left out: forgetting a file must take nothing else along.
 */
export async function manifestHashes(
  context: Context,
  itemHash: string,
  { owner, signal }: { owner?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<string[]> {
  const message = await getMessage(context, itemHash, { signal })
  const manifest = manifestOf(message)
  if (!manifest && message.type !== 'STORE')
    throw invalidInput(`Message ${itemHash} is no file but of type ${message.type}.`)
  if (owner !== undefined && message.owner !== owner)
    throw invalidInput(`This file belongs to ${message.owner}, so ${owner} can not have it forgotten.`)
  if (!manifest) return [itemHash]
  const live = new Set<string>()
  for (let i = 0; i < manifest.chunks.length; i += askedHashes) {
    const hashes = manifest.chunks.slice(i, i + askedHashes)
    const filter = { hashes, types: ['STORE'], owners: [message.owner] }
    for await (const rows of verifiedPages(context, filter, { pageSize: 200, ...(signal ? { signal } : {}) }))
      for (const row of rows) if (!('error' in row)) live.add(row.item_hash)
  }
  return [...manifest.chunks.filter(hash => live.has(hash)), itemHash]
}

/** Forgets a file by the hash of its STORE or of its manifest. */
export async function forgetFile(
  context: Context,
  itemHash: string,
  options: ForgetOptions = {},
): Promise<ForgottenFile> {
  assertOptions(options, [...writeOptions, 'reason'], 'storage.forgetFile')
  const account = requireAccount(context, options.account)
  const owner = await requireOwner(options.owner, account)
  const hashes = await manifestHashes(context, itemHash, { owner, signal: options.signal })
  const item_hashes: string[] = []
  let status: PublishResult['status'] = 'processed'
  for (let i = 0; i < hashes.length; i += batchHashes) {
    const result = await publishForget(context, hashes.slice(i, i + batchHashes), options)
    item_hashes.push(result.item_hash)
    status = result.status
  }
  return { item_hashes, messages: hashes.length, status }
}
