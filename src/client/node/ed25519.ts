import { createPublicKey, verify } from 'node:crypto'

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')

/** True if `signature` (64 bytes) is that of `publicKey` (32 bytes) over the UTF-8 of `text`. */
export function verifyEd25519(text: string, publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' })
  return verify(null, Buffer.from(text, 'utf8'), key, signature)
}
