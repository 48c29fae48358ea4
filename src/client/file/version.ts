// A file as the new version of another one: nodes move the pointer `ref` only to a STORE that is newer than the one it
// points to (protocol §3.3).
import type { Context } from '../context.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import type { Head } from '../message/contentClock.js'
import { getMessage } from '../message/get.js'
import { isItemHash } from '../message/itemHash.js'
import { verifiedPages } from '../message/list.js'
import type { StoreContent } from '../message/types.js'

interface VersionQuestion {
  owner: string
  ref: string
  /** STORE, or POST for the manifest of a file that is cut. */
  type: 'STORE' | 'POST'
  signal: AbortSignal | undefined
}

/**
 * The newest version behind `ref`, if there is one. Throws `NOT_FOUND` when it is the hash of a message that is not there,
 * `INVALID_INPUT` when that one belongs to somebody else, is of another kind, or is itself a new version.
 */
export async function versionHead(
  context: Context,
  { owner, ref, type, signal }: VersionQuestion,
): Promise<Head | undefined> {
  const of = JSON.stringify([owner, ref])
  let head = isItemHash(ref) ? await firstVersion(context, { owner, ref, type, signal }, of) : undefined
  const filter = { types: [type], owners: [owner], refs: [ref] }
  // The order of a list is a hint: all of its first page is looked at.
  for await (const page of verifiedPages(context, filter, { pageSize: 50, ...(signal ? { signal } : {}) })) {
    for (const row of page)
      if (!('error' in row) && (!head || row.time > head.time)) head = { of, time: row.time, item_hash: row.item_hash }
    break
  }
  return head
}

async function firstVersion(
  context: Context,
  { owner, ref, type, signal }: VersionQuestion,
  of: string,
): Promise<Head> {
  const first = await getMessage(context, ref, { signal }).catch((error: unknown) => {
    if (!isAlephError(error, 'NOT_FOUND')) throw error
    throw new AlephError('NOT_FOUND', `The file whose new version this is, message ${ref}, is not known to the node.`, {
      details: { item_hash: ref },
    })
  })
  if (first.type !== type)
    throw invalidInput(
      type === 'STORE'
        ? `Message ${ref} is no file in one piece but of type ${first.type}, so a file can not be its new version.`
        : `Message ${ref} is no file in chunks but of type ${first.type}, so a file that is cut can not be its new version.`,
    )
  if (first.owner !== owner)
    throw invalidInput(`Message ${ref} belongs to ${first.owner}, so ${owner} can not publish a new version of it.`)
  const named = (first.content as StoreContent).ref
  if (typeof named === 'string' && named !== '')
    throw invalidInput(
      isItemHash(named)
        ? `Message ${ref} is itself a version of message ${named}: give that as ref.`
        : `Message ${ref} is itself a version of another file: give its ref.`,
      { ref: named.slice(0, 200) },
    )
  return { of, time: first.time, item_hash: ref }
}
