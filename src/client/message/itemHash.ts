// Shapes of hashes (protocol §1.3): what a node takes for an item hash at all.

const cidV0 = /^Qm[1-9A-HJ-NP-Za-km-z]{42,44}$/
const cidV1 = /^bafy[a-z2-7]{55}$/
const sha256Hex = /^[0-9a-f]{64}$/

/** `storage` for a sha256 in lower-case hex, `ipfs` for `Qm…` and 59 characters of `bafy…`, else undefined. */
export function engineOfHash(hash: string): 'storage' | 'ipfs' | undefined {
  if (sha256Hex.test(hash)) return 'storage'
  if (cidV0.test(hash) || cidV1.test(hash)) return 'ipfs'
  return undefined
}

export const isItemHash = (hash: string): boolean => engineOfHash(hash) !== undefined

/** What a row of a list of messages says that it is; undefined where that can't be. */
export function claimedHash(row: unknown): string | undefined {
  const { item_hash } = (row ?? {}) as { item_hash?: unknown }
  return typeof item_hash === 'string' && isItemHash(item_hash) ? item_hash : undefined
}
