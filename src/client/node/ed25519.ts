// Ed25519 by the platform: Solana's signatures.
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** True if `signature` (64 bytes) is that of `publicKey` (32 bytes) over the UTF-8 of `text`. */
export function verifyEd25519(text: string, publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' })
  return verify(null, Buffer.from(text, 'utf8'), key, signature)
}

export interface Ed25519Key {
  publicKey: Uint8Array
  /** 64 bytes over the UTF-8 of `text`. */
  sign(text: string): Uint8Array
}

/** The key of a seed of 32 bytes, as closures: nothing to print, clone or serialise. */
export function ed25519Key(seed: Uint8Array): Ed25519Key {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: Uint8Array.from(spki.subarray(-32)),
    sign: text => Uint8Array.from(sign(null, Buffer.from(text, 'utf8'), key)),
  }
}
