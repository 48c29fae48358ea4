// A file by its CID, verified: from the node, else from gateways (protocol §5.5, §6.4).
import { assertOptions, type CallOptions, type Context } from '../context.js'
import type { AlephError } from '../errors.js'
import { invalidInput, isAlephError } from '../errors.js'
import { streamFromNode } from '../file/fetchBytes.js'
import { mediaTypeOf } from '../file/mediaType.js'
import { collect } from '../pieces.js'
import { engineOfHash } from '../message/itemHash.js'
import { saveFile } from '../node/saveFile.js'
import { pathSegments, readableCid } from './cidShape.js'
import { fileFromGateways, type GatewayFile, type ReadFile } from './gateways.js'

export interface IpfsGetOptions extends CallOptions {
  /** A file in the folder that the CID names; only gateways know those. */
  path?: string
  /** Larger files are `TOO_LARGE`; 512 MiB if not given, and for `downloadTo` any size. */
  maxBytes?: number
}

export interface IpfsDownloadOptions extends IpfsGetOptions {
  onProgress?: (progress: { receivedBytes: number; totalBytes: number | undefined }) => void
}

const defaultMaxBytes = 512 * 1024 * 1024

export async function ipfsGet(context: Context, cid: string, options: IpfsGetOptions = {}): Promise<File> {
  assertOptions(options, ['signal', 'path', 'maxBytes'], 'ipfs.get')
  const wanted = checked(cid, options, defaultMaxBytes)
  const bytes = await ipfsFile(context, wanted, collect)
  const name = wanted.path?.at(-1) ?? wanted.cid
  return new File([bytes as Uint8Array<ArrayBuffer>], name, {
    type: mediaTypeOf(name) ?? 'application/octet-stream',
    lastModified: 0, // nobody says when
  })
}

export async function ipfsDownloadTo(
  context: Context,
  cid: string,
  target: string,
  options: IpfsDownloadOptions = {},
): Promise<{ sizeBytes: number }> {
  assertOptions(options, ['signal', 'path', 'maxBytes', 'onProgress'], 'ipfs.downloadTo')
  const { onProgress } = options
  if (typeof target !== 'string' || target === '') throw invalidInput('The file to write must be named by its path.')
  const sizeBytes = await ipfsFile(context, checked(cid, options, Infinity), (chunks, totalBytes) =>
    saveFile(target, chunks, receivedBytes => onProgress?.({ receivedBytes, totalBytes })),
  )
  return { sizeBytes }
}

function checked(cid: string, { path, maxBytes, signal }: IpfsGetOptions, most: number): GatewayFile {
  if (maxBytes !== undefined && !(typeof maxBytes === 'number' && maxBytes >= 0))
    throw invalidInput('maxBytes must be a number of bytes.')
  return { cid: readableCid(cid), path: pathSegments(path), maxBytes: maxBytes ?? most, signal }
}

async function ipfsFile<T>(context: Context, wanted: GatewayFile, read: ReadFile<T>): Promise<T> {
  const { cid, path, maxBytes, signal } = wanted
  // Nodes take no other CIDs, and know nothing of what is in a folder.
  if (path?.length || engineOfHash(cid) !== 'ipfs') return fileFromGateways(context, wanted, read)
  try {
    return await streamFromNode(context, cid, { maxBytes, signal }, read)
  } catch (error) {
    // Where the node has other bytes, its tree may only be of another shape: blocks will tell.
    const isOpen = isAlephError(error) && (error.code === 'NOT_FOUND' || error.code === 'INTEGRITY' || error.retryable)
    if (!isOpen) throw error
    if (!context.gateways.length) throw error
    return fileFromGateways(context, wanted, read, error as AlephError)
  }
}
