// sha256 by the platform: ten times as fast as JavaScript.
import { createHash } from 'node:crypto'

/** sha256 in lower-case hex; a string is hashed as UTF-8. */
export const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

export function createSha256(): { update(chunk: Uint8Array): void; digest(): string } {
  const hash = createHash('sha256')
  return { update: chunk => void hash.update(chunk), digest: () => hash.digest('hex') }
}

/** sha256 of pieces that follow each other. */
export function sha256Bytes(...pieces: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}
