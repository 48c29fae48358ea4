// Which file a signed STORE is of. Its author may have written anything there, and it becomes a part of a URL.
import { integrityError, invalidInput } from '../errors.js'
import { engineOfHash } from '../message/itemHash.js'
import type { Message } from '../message/message.js'
import type { StoreContent } from '../message/types.js'

/**
 * The file hash in a verified STORE. Throws `INVALID_INPUT` for a message that isn't a file, `INTEGRITY` for one that names
 * none.
 */
export function storedFileHash({ type, content, item_hash }: Pick<Message, 'type' | 'content' | 'item_hash'>): string {
  if (type !== 'STORE') throw invalidInput(`Message ${item_hash} isn't a file but of type ${type}.`)
  const hash: unknown = (content as StoreContent).item_hash
  if (typeof hash !== 'string' || !engineOfHash(hash))
    throw integrityError(`Message ${item_hash} stores a file without a valid hash.`, { item_hash })
  return hash
}
