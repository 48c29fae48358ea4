// Loaded at first use: secp256k1 and keccak, to sign and to recover who signed (protocol §2.2).
import { secp256k1 } from '@noble/curves/secp256k1'
import { getAddress } from 'ethers/address'
import { keccak256, Signature, SigningKey } from 'ethers/crypto'
import { hashMessage } from 'ethers/hash'

// The first use of the curve fills a table of multiples of its base point: at the library's window of 8 bits the thread
// stands still for some 45 ms, at 4 bits for 7, and whatever follows takes as long as before.
secp256k1.ProjectivePoint.BASE._setWindowSize(4)

const addressOfPublicKey = (uncompressed: string) =>
  getAddress(`0x${keccak256(`0x${uncompressed.slice(4)}`).slice(-40)}`)

interface Signer {
  point: InstanceType<typeof secp256k1.ProjectivePoint>
  signatures: number
}

/** Whose signatures came last, by address in lower case. Facts that anybody can work out, so they are kept for all. */
const signers = new Map<string, Signer>()
const maxSigners = 16
/** From so many signatures of one key on, a table of its multiples has paid for itself. */
const tableAfter = 4
const tableWindow = 4
const { n: order } = secp256k1.CURVE

/**
 * Whether the key of `address` made `signature` over `text`; throws if it is malformed. The same as recovering the signer,
 * in less than half of the time where one key signed much.
 */
export function isSignedBy(text: string, signature: string, address: string): boolean {
  const name = address.toLowerCase()
  const signer = signers.get(name)
  if (signer && ++signer.signatures > tableAfter) return isSignedByPoint(text, signature, signer.point)
  const hex = signature.startsWith('0x') ? signature : `0x${signature}`
  const publicKey = SigningKey.recoverPublicKey(hashMessage(text), hex)
  if (addressOfPublicKey(publicKey).toLowerCase() !== name) return false
  if (!signer) remember(name, publicKey)
  return true
}

function remember(name: string, publicKey: string): void {
  for (const [oldest, { point }] of signers) {
    if (signers.size < maxSigners) break
    signers.delete(oldest)
    point._setWindowSize(1) // the library lets go of its table
  }
  const point = secp256k1.ProjectivePoint.fromHex(publicKey.slice(2))
  point._setWindowSize(tableWindow)
  signers.set(name, { point, signatures: 1 })
}

/** The point that the signature was made from has to come out, down to the half of the curve that it lies in. */
function isSignedByPoint(text: string, signature: string, publicPoint: Signer['point']): boolean {
  const hex = signature.startsWith('0x') ? signature : `0x${signature}`
  const { r: rHex, s: sHex, yParity } = Signature.from(hex)
  const [r, s] = [BigInt(rHex), BigInt(sHex)]
  if (r <= 0n || r >= order || s <= 0n || s >= order) return false
  const inverse = inverseOf(s)
  const ofBase = (BigInt(hashMessage(text)) * inverse) % order
  const ofKey = (r * inverse) % order
  // Zero has no place in the tables, and no signature that anybody can make leads there.
  if (ofBase === 0n) return false
  const point = secp256k1.ProjectivePoint.BASE.multiply(ofBase).add(publicPoint.multiply(ofKey))
  if (point.equals(secp256k1.ProjectivePoint.ZERO)) return false
  const { x, y } = point.toAffine()
  return x === r && (y & 1n) === BigInt(yParity)
}

/** Modulo the order of the curve. */
function inverseOf(value: bigint): bigint {
  let [a, b, x, y] = [value, order, 1n, 0n]
  while (a > 1n) {
    const quotient = b / a
    ;[a, b] = [b % a, a]
    ;[x, y] = [y - quotient * x, x]
  }
  return ((x % order) + order) % order
}

/** A key in memory that can sign, as closures: nothing to print, clone or serialise. */
export function keyPair(privateKey: string): { address: string; publicKey: string; sign(text: string): string } {
  const key = new SigningKey(privateKey)
  return {
    address: addressOfPublicKey(key.publicKey),
    publicKey: key.compressedPublicKey,
    sign: text => key.sign(hashMessage(text)).serialized,
  }
}

/** The EIP-55 spelling of an address; throws on a wrong checksum or shape. */
export const checksumAddress = (address: string): string => getAddress(address)
