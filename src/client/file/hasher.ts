// The hash by which a node knows a file, computed while the bytes pass by (protocol §6.1, §6.3).
import type { StoreType } from '../message/types.js'
import { createSha256 } from '../node/hash.js'

/** Takes the bytes of one file in order; `digest` gives the file hash once. */
export interface FileHasher {
  update(chunk: Uint8Array): void | Promise<void>
  digest(): string | Promise<string>
}

/** sha256 for the storage engine, CIDv0 for ipfs. */
export async function createFileHasher(engine: StoreType): Promise<FileHasher> {
  if (engine === 'storage') return createSha256()
  const { createCidHasher } = await import('../lazy/cid.js')
  return createCidHasher()
}
