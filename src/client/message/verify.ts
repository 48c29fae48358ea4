// Is a message what its author signed? Hash of the content, and a table of signature schemes by chain (protocol §2).
import { base58btc } from 'multiformats/bases/base58'
import { BoundedSet } from '../boundedSet.js'
import { integrityError } from '../errors.js'
import { verifyEd25519 } from '../node/ed25519.js'
import { sha256Hex } from '../node/hash.js'
import type { Envelope } from './types.js'

/** The text that is signed (protocol §2.1); `time`, `channel` and `item_type` are outside of it. */
export const signedText = (message: Pick<Envelope, 'chain' | 'sender' | 'type' | 'item_hash'>): string =>
  [message.chain, message.sender, message.type, message.item_hash].join('\n')

const evm = () => import('../lazy/evm.js')

/** Loads what most signatures need while a node is still being asked: with its first use it would be one long stop. */
export const prepareVerifying = (): void => void evm().catch(() => undefined) // told by who needs it

type Verifier = (text: string, sender: string, signature: unknown) => Promise<boolean>

const verifyEvm: Verifier = async (text, sender, signature) => {
  if (typeof signature !== 'string') return false
  const { isSignedBy } = await evm()
  try {
    return isSignedBy(text, signature, sender)
  } catch {
    return false // malformed bytes recover nobody
  }
}

/** Takes the JSON text of the real node, and the object and bare base58 of the light node (protocol §2.4). */
const verifySolana: Verifier = async (text, sender, signature) => {
  try {
    let parts: unknown = signature
    if (typeof parts === 'string' && parts.trimStart().startsWith('{')) parts = JSON.parse(parts)
    if (typeof parts === 'string') parts = { signature: parts, publicKey: sender }
    const {
      signature: signed,
      publicKey,
      version,
    } = parts as { signature: string; publicKey: string; version?: unknown }
    if (publicKey !== sender || (version !== undefined && version !== 1)) return false
    return verifyEd25519(text, base58btc.baseDecode(publicKey), base58btc.baseDecode(signed))
  } catch {
    return false
  }
}

const evmChains =
  'ETH ARB BASE BLAST BOB BSC CYBER ETHERLINK FRAX HYPE INK LENS LINEA LISK METIS MODE NEO OP POL SONIC UNICHAIN WLD ZORA'

const verifiers = new Map<string, Verifier>([
  ...evmChains.split(' ').map((chain): [string, Verifier] => [chain, verifyEvm]),
  ['SOL', verifySolana],
  ['ES', verifySolana],
])

/** Chains whose signatures can be checked. */
export const canVerifyChain = (chain: string): boolean => verifiers.has(chain)

/** True if `signature` is `sender`'s over the message. Throws `INTEGRITY` for a chain without a verifier. */
export async function verifySignature(
  message: Pick<Envelope, 'chain' | 'sender' | 'type' | 'item_hash' | 'signature'>,
): Promise<boolean> {
  const verifier = verifiers.get(message.chain)
  if (!verifier)
    throw integrityError(`Message ${message.item_hash} isn't verified: signatures of its chain can't be checked yet.`, {
      item_hash: message.item_hash,
      chain: message.chain,
    })
  return verifier(signedText(message), message.sender, message.signature)
}

/** Remembers which pairs of item hash and signature were verified: a message never changes. */
export class VerifiedMemory extends BoundedSet {}

/**
 * Throws `INTEGRITY` unless `contentText` hashes to the message's `item_hash` and its signature is the sender's.
 * For `item_type` ipfs the caller compares the CID of the fetched bytes.
 */
export async function verifyMessage(
  message: Envelope,
  contentText: string | Uint8Array,
  memory?: VerifiedMemory,
): Promise<void> {
  if (message.item_type !== 'ipfs' && sha256Hex(contentText) !== message.item_hash)
    throw integrityError(`The content of message ${message.item_hash} is not what was signed: its hash differs.`, {
      item_hash: message.item_hash,
    })
  const key = JSON.stringify([signedText(message), message.signature])
  if (memory?.has(key)) return
  if (!(await verifySignature(message)))
    throw integrityError(`The signature of message ${message.item_hash} is not that of ${message.sender}.`, {
      item_hash: message.item_hash,
    })
  memory?.add(key)
}
