// Which CIDs can be pinned, and which can only be read (protocol §1.3, §6.1): told by their letters alone.
import { invalidInput } from '../errors.js'
import { engineOfHash } from '../message/itemHash.js'

/** CIDv1 in base32, of any codec; identity CIDs are short. */
const cidV1 = /^b[a-z2-7]{8,200}$/

/** The CID without `ipfs://`; what follows a slash is no part of it and left in place. */
const bare = (text: unknown): string =>
  typeof text === 'string' ? text.trim().replace(/^ipfs:\/\/(ipfs\/)?/i, '') : ''

/** A CID that nodes take as a file hash. Throws `INVALID_INPUT` that says why they do not take this one. */
export function pinnableCid(text: unknown): string {
  const cid = bare(text)
  const engine = engineOfHash(cid)
  if (engine === 'ipfs') return cid
  throw invalidInput(`${shown(cid)} can not be pinned: ${whyNot(cid, engine)}.`)
}

function whyNot(cid: string, engine: 'storage' | undefined): string {
  if (engine === 'storage') return 'it is the hash of a file of the storage engine or of a message, not a CID'
  if (cid.includes('/')) return 'it is a path; pin the CID of the folder, or that of the file itself'
  if (/^bafkr/.test(cid))
    return 'the network takes no CIDs of raw blocks (bafkrei…); add the file again as CID version 0, or without raw leaves'
  if (cidV1.test(cid))
    return 'of CIDs of version 1 the network takes those with 59 characters that begin with bafy only'
  return 'it is not a CID of the form Qm… or bafy…'
}

/** A CID that gateways can be asked for. Throws `INVALID_INPUT`. */
export function readableCid(text: unknown): string {
  const cid = bare(text)
  if (engineOfHash(cid) === 'ipfs' || cidV1.test(cid)) return cid
  throw invalidInput(
    cid.includes('/')
      ? 'The CID must stand alone; the path below it is the option “path”.'
      : `${shown(cid)} is not a CID of the form Qm…, bafy… or bafk….`,
  )
}

/** The names of a path below a CID. Throws `INVALID_INPUT`. */
export function pathSegments(path: unknown): string[] {
  if (path === undefined) return []
  if (typeof path !== 'string') throw invalidInput('The path must be a text.')
  const segments = path.replace(/^\//, '').split('/')
  if (segments.some(name => name === '' || name === '.' || name === '..') || /[\p{Cc}\p{Cs}]/u.test(path))
    throw invalidInput('The path must be names with single slashes between them, without “.” and “..”.')
  return segments
}

const shown = (cid: string): string => (cid ? `“${cid.slice(0, 80)}${cid.length > 80 ? '…' : ''}”` : 'This')
