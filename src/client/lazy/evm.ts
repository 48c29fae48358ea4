// Loaded at first use: secp256k1 and keccak, to sign and to recover who signed (protocol §2.2).
import { secp256k1 } from '@noble/curves/secp256k1'
import { getAddress } from 'ethers/address'
import { keccak256, SigningKey } from 'ethers/crypto'
import { hashMessage } from 'ethers/hash'

// The first use of the curve fills a table of multiples of its base point: at the library's window of 8 bits the thread
// stands still for some 45 ms, at 4 bits for 7, and whatever follows takes as long as before.
secp256k1.ProjectivePoint.BASE._setWindowSize(4)

const addressOfPublicKey = (uncompressed: string) =>
  getAddress(`0x${keccak256(`0x${uncompressed.slice(4)}`).slice(-40)}`)

/** The EIP-55 address whose key made `signature` (65 bytes of hex, `0x` optional) over `text`; throws if it is malformed. */
export function recoverAddress(text: string, signature: string): string {
  const hex = signature.startsWith('0x') ? signature : `0x${signature}`
  return addressOfPublicKey(SigningKey.recoverPublicKey(hashMessage(text), hex))
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
