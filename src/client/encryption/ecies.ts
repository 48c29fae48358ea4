// Bytes for one key, as eciespy and eciesjs seal them (protocol §7.1).
import { invalidInput } from '../errors.js'
import { keyPair, uncompressedKey } from '../lazy/evm.js'
import { concatBytes, fromHex, toHex } from '../node/encoding.js'
import { decryptionError, unlessAborted } from './errors.js'

type Bytes = Uint8Array<ArrayBuffer>

const keyBytes = 65
const nonceBytes = 16
const tagBytes = 16

const { subtle } = globalThis.crypto
const randomBytes = (length: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(length))

/** From the whole point, not only its x: that is what the others hash. */
async function aesKey(ephemeral: Uint8Array, shared: Uint8Array, usage: 'encrypt' | 'decrypt') {
  const material = await subtle.importKey('raw', concatBytes(ephemeral, shared), 'HKDF', false, ['deriveKey'])
  const none = new Uint8Array(0)
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: none, info: none }
  return subtle.deriveKey(hkdf, material, { name: 'AES-GCM', length: 256 }, false, [usage])
}

/** For a public key of 33 or 65 bytes. `random` is asked for 32 bytes of an ephemeral key, then for the nonce. */
export async function sealEcies(recipient: Uint8Array, plaintext: Uint8Array, random = randomBytes): Promise<Bytes> {
  const { publicKey, sharedPoint } = keyPair(`0x${toHex(random(32))}`)
  const ephemeral = uncompressedKey(fromHex(publicKey))
  const key = await aesKey(ephemeral, sharedPoint(recipient), 'encrypt')
  const iv = random(nonceBytes)
  const sealed = new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext as Bytes))
  const end = sealed.length - tagBytes
  return concatBytes(ephemeral, iv, sealed.subarray(end), sealed.subarray(0, end))
}

/** Throws `DECRYPTION`, which does not tell a wrong key from changed bytes. */
export async function openEcies(
  ciphertext: Uint8Array,
  sharedPoint: (publicKey: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<Bytes> {
  if (!(ciphertext instanceof Uint8Array)) throw invalidInput('What is to be decrypted must be bytes.')
  const head = keyBytes + nonceBytes + tagBytes
  if (ciphertext.length < head || ciphertext[0] !== 4) throw decryptionError()
  const ephemeral = ciphertext.subarray(0, keyBytes)
  const iv = ciphertext.slice(keyBytes, keyBytes + nonceBytes)
  const sealed = concatBytes(ciphertext.subarray(head), ciphertext.subarray(keyBytes + nonceBytes, head))
  try {
    const key = await aesKey(ephemeral, await sharedPoint(ephemeral), 'decrypt')
    return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed))
  } catch (error) {
    throw unlessAborted(error)
  }
}
