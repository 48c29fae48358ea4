// From a message to the CID of its file (protocol §11.6).
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { AlephError } from '../errors.js'
import { streamFile } from '../file/fetchBytes.js'
import { createFileHasher } from '../file/hasher.js'
import { storedFileHash } from '../file/storedHash.js'
import { getMessage } from '../message/get.js'
import { engineOfHash } from '../message/itemHash.js'

export interface IpfsHashOptions extends CallOptions {
  /** For a file that is not on IPFS: reads it and tells, in the details of the error, the CID that it would get. */
  compute?: boolean
}

export async function ipfsHash(context: Context, hash: string, options: IpfsHashOptions = {}): Promise<string> {
  assertOptions(options, ['signal', 'compute'], 'getIPFSHash')
  const { signal, compute } = options
  if (typeof hash === 'string' && engineOfHash(hash) === 'ipfs') return hash
  const message = await getMessage(context, hash, { signal })
  const item_hash = storedFileHash(message)
  if (engineOfHash(item_hash) === 'ipfs') return item_hash
  const cid = compute ? await computeCid(context, item_hash, signal) : undefined
  throw new AlephError(
    'NOT_FOUND',
    'The file is not on IPFS: it was stored with the storage engine. Store it again with the ipfs engine to have it there.',
    { details: { item_hash: hash, file_hash: item_hash, ...(cid === undefined ? {} : { cid }) } },
  )
}

const computeCid = (context: Context, fileHash: string, signal: AbortSignal | undefined): Promise<string> =>
  streamFile(context, fileHash, { maxBytes: Infinity, signal }, async chunks => {
    const hasher = await createFileHasher('ipfs')
    for await (const chunk of chunks) await hasher.update(chunk)
    return hasher.digest()
  })
