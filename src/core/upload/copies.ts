// Which files of a plan the owner stores already, byte for byte: their hashes are computed here and looked up there.
import pLimit from 'p-limit'
import { isAlephError } from '../../client/errors.js'
import type { StoreContent, StoreType } from '../../client/index.js'
import { ownerOf, type Active } from '../session.js'
import type { StorageClient } from '../storageClient.js'
import type { StoredCopy, UploadItem } from './plan.js'

/** Hashing reads every file once more than the upload does, so there is an end to it. */
const maxHashedBytes = 1_000_000_000
const maxHashedFiles = 5_000
const hashesAtOnce = 2
/** Hashes in the address of one request. */
const hashesOfRequest = 50

/** Files by their hash, as the plan's engine counts it. */
export interface HashedFiles {
  readonly byHash: ReadonlyMap<string, readonly UploadItem[]>
  /** False when there were too many files or bytes to compare all of them with what is stored. */
  readonly isComplete: boolean
}

/**
 * Hashes files, smallest first, up to 5 000 and 1 GB in all. A file that can not be read is left out: its upload will say why.
 * Throws `ABORTED`.
 */
export async function hashFiles(
  items: readonly UploadItem[],
  { client, engine, signal }: { client: StorageClient; engine: StoreType; signal: AbortSignal },
): Promise<HashedFiles> {
  const compared: UploadItem[] = []
  let bytes = 0
  for (const item of [...items].sort((a, b) => a.sizeBytes - b.sizeBytes)) {
    bytes += item.sizeBytes
    if (bytes > maxHashedBytes || compared.length >= maxHashedFiles) break
    compared.push(item)
  }
  const limit = pLimit(hashesAtOnce)
  const byHash = new Map<string, UploadItem[]>()
  const add = async (item: UploadItem) => {
    try {
      const hash = await client.storage.fileHash(item.source, { engine, signal })
      byHash.set(hash, [...(byHash.get(hash) ?? []), item])
    } catch (error) {
      if (isAlephError(error, 'ABORTED')) throw error
    }
  }
  await Promise.all(compared.map(item => limit(add, item)))
  return { byHash, isComplete: compared.length === items.length }
}

/** Which of them the owner's STOREs name. Throws `ABORTED` and the errors of the network. */
export async function findCopies(
  { byHash }: HashedFiles,
  { client, active, signal }: { client: StorageClient; active: Active; signal: AbortSignal },
): Promise<Map<UploadItem, StoredCopy>> {
  const copies = new Map<UploadItem, StoredCopy>()
  const hashes = [...byHash.keys()]
  for (let from = 0; from < hashes.length; from += hashesOfRequest) {
    const contentHashes = hashes.slice(from, from + hashesOfRequest)
    const missing = new Set(contentHashes)
    const filter = { types: ['STORE'], owners: [ownerOf(active.account)], contentHashes }
    for await (const { message } of client.messages.list(filter, { signal, pageSize: 200 })) {
      if (!message || message.authority === 'unproven') continue
      const fileHash = (message.content as StoreContent).item_hash
      if (fileHash === undefined || !missing.delete(fileHash)) continue
      for (const item of byHash.get(fileHash) ?? []) copies.set(item, { itemHash: message.item_hash, fileHash })
      if (!missing.size) break
    }
  }
  return copies
}
