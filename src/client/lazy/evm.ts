// Loaded at first use: secp256k1 and keccak, to sign and to recover who signed (protocol §2.2).
import { secp256k1 } from '@noble/curves/secp256k1'
import { getAddress } from 'ethers/address'
import { keccak256, Signature, SigningKey } from 'ethers/crypto'
import { hashMessage } from 'ethers/hash'
import { isSignedByKey, PointTable } from '../message/pointTable.js'
import { fromHex, toHex } from '../node/encoding.js'

// The first use of the curve fills a table of multiples of its base point: at the library's window of 8 bits the thread
// stands still for some 45 ms, at 4 bits for 7, and whatever follows takes as long as before.
secp256k1.ProjectivePoint.BASE._setWindowSize(4)

const addressOfPublicKey = (uncompressed: string) =>
  getAddress(`0x${keccak256(`0x${uncompressed.slice(4)}`).slice(-40)}`)

/** The public key of an address, and from its fifth signature on a table of it, which has paid for itself by then. */
interface Signer {
  publicKey: string
  signatures: number
  table?: PointTable
}

/** Whose signatures came last, by address in lower case. Facts that anybody can work out, so they are kept for all. */
const signers = new Map<string, Signer>()
const maxSigners = 16
const tableAfter = 4

/** Whether the key of `address` made `signature` (65 bytes of hex, `0x` optional) over `text`; throws if it is malformed. */
export function isSignedBy(text: string, signature: string, address: string): boolean {
  const hash = hashMessage(text)
  const hex = signature.startsWith('0x') ? signature : `0x${signature}`
  const name = address.toLowerCase()
  const signer = signers.get(name)
  if (signer && ++signer.signatures > tableAfter) {
    signer.table ??= new PointTable(secp256k1.ProjectivePoint.fromHex(signer.publicKey.slice(2)))
    const { r, s, yParity } = Signature.from(hex)
    return isSignedByKey(signer.table, { hash: BigInt(hash), r: BigInt(r), s: BigInt(s), yParity })
  }
  const publicKey = SigningKey.recoverPublicKey(hash, hex)
  if (addressOfPublicKey(publicKey).toLowerCase() !== name) return false
  if (!signer) remember(name, publicKey)
  return true
}

function remember(name: string, publicKey: string): void {
  if (signers.size >= maxSigners)
    for (const oldest of signers.keys()) {
      signers.delete(oldest)
      break
    }
  signers.set(name, { publicKey, signatures: 1 })
}

/** Throws for what is no point of the curve, and for spellings other than 02, 03 and 04. */
function pointOf(key: Uint8Array) {
  const isCompressed = key.length === 33 && (key[0] === 2 || key[0] === 3)
  if (!isCompressed && !(key.length === 65 && key[0] === 4)) throw new Error('no public key')
  return secp256k1.ProjectivePoint.fromHex(toHex(key))
}

/** The 33 bytes of a public key; throws for what is none. */
export const compressedKey = (key: Uint8Array): Uint8Array => pointOf(key).toRawBytes(true)
/** The 65 bytes of a public key; throws for what is none. */
export const uncompressedKey = (key: Uint8Array): Uint8Array => pointOf(key).toRawBytes(false)

/**
 * Who made a signature (65 bytes of hex) over the text, and the signature as nodes want it, with a `v` of 27 or 28;
 * undefined if it is nobody's.
 */
export function readSignature(
  text: string,
  signature: string,
): { address: string; publicKey: string; signature: string } | undefined {
  try {
    const { serialized } = Signature.from(signature)
    const publicKey = SigningKey.recoverPublicKey(hashMessage(text), serialized)
    return {
      address: addressOfPublicKey(publicKey),
      publicKey: SigningKey.computePublicKey(publicKey, true),
      signature: serialized,
    }
  } catch {
    return undefined
  }
}

/** A key in memory that can sign, as closures: nothing to print, clone or serialise. */
export function keyPair(privateKey: string): {
  address: string
  publicKey: string
  sign(text: string): string
  /** The 65 bytes of the point that this key and a public one share; throws for what is no public key. */
  sharedPoint(publicKey: Uint8Array): Uint8Array
} {
  const key = new SigningKey(privateKey)
  return {
    address: addressOfPublicKey(key.publicKey),
    publicKey: key.compressedPublicKey,
    sign: text => key.sign(hashMessage(text)).serialized,
    sharedPoint: publicKey => fromHex(key.computeSharedSecret(uncompressedKey(publicKey))),
  }
}

/** The EIP-55 spelling of an address; throws on a wrong checksum or shape. */
export const checksumAddress = (address: string): string => getAddress(address)
