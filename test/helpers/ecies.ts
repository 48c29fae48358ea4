// ECIES of protocol §7.1 a second time, by the platform alone: what the client makes is opened by it, and the other way.
import { createCipheriv, createDecipheriv, createECDH, hkdfSync } from 'node:crypto'

const order = BigInt('0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141')
const number = (key: Uint8Array) => BigInt(`0x${Buffer.from(key).toString('hex')}`)

export function publicKeyOf(secret: Uint8Array, form: 'uncompressed' | 'compressed' = 'uncompressed'): Buffer {
  const pair = createECDH('secp256k1')
  pair.setPrivateKey(secret)
  return pair.getPublicKey(null, form)
}

/** The platform gives only the x of a shared point; with both secrets at hand it is the public key of their product. */
export const sharedPointOf = (one: Uint8Array, other: Uint8Array): Buffer =>
  publicKeyOf(Buffer.from(((number(one) * number(other)) % order).toString(16).padStart(64, '0'), 'hex'))

const keyOf = (ephemeral: Uint8Array, shared: Uint8Array) =>
  Buffer.from(hkdfSync('sha256', Buffer.concat([ephemeral, shared]), '', '', 32))

interface Secrets {
  ephemeral: Uint8Array
  recipient: Uint8Array
}

export function seal({ ephemeral, recipient }: Secrets, nonce: Uint8Array, plaintext: Uint8Array): Buffer {
  const begin = publicKeyOf(ephemeral)
  const cipher = createCipheriv('aes-256-gcm', keyOf(begin, sharedPointOf(ephemeral, recipient)), nonce)
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([begin, nonce, cipher.getAuthTag(), body])
}

export function open({ ephemeral, recipient }: Secrets, sealed: Uint8Array): Buffer {
  const key = keyOf(sealed.subarray(0, 65), sharedPointOf(ephemeral, recipient))
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(65, 81)).setAuthTag(sealed.subarray(81, 97))
  return Buffer.concat([decipher.update(sealed.subarray(97)), decipher.final()])
}
