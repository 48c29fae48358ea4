// Reading a file by its hash, streamed and verified (protocol §5.5).
import type { Context } from '../context.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { fileFromGateways, type ReadFile } from '../ipfs/gateways.js'
import { engineOfHash } from '../message/itemHash.js'
import { collect } from '../pieces.js'
import { verifiedBytes } from './verifiedBytes.js'

export interface FetchOptions {
  maxBytes: number
  signal?: AbortSignal | undefined
  /** How long one try may take; as long as bytes come if not given. */
  totalMs?: number
}

export const rawPath = (fileHash: string): string => `/api/v0/storage/raw/${fileHash}`

/**
 * Gives the bytes of a file to `read`, which must take all of them before it believes any. After a broken connection it
 * is called again from the first byte on. What is on IPFS and not on the node comes from gateways. Throws `NOT_FOUND`,
 * `INTEGRITY`, `TOO_LARGE`, `INVALID_INPUT` for a folder.
 */
export async function streamFile<T>(
  context: Context,
  fileHash: string,
  options: FetchOptions,
  read: ReadFile<T>,
): Promise<T> {
  try {
    return await streamFromNode(context, fileHash, options, read)
  } catch (error) {
    const isElsewhere =
      isAlephError(error) &&
      (error.code === 'NOT_FOUND' || error.details.isIpfsDown === true) &&
      engineOfHash(fileHash) === 'ipfs' &&
      context.gateways.length > 0
    if (!isElsewhere) throw error
    try {
      return await fileFromGateways(context, { cid: fileHash, ...options }, read, error)
    } catch (later) {
      // The node was asked for the file; that a gateway can not be reached is no news.
      throw isAlephError(later) && later.retryable ? error : later
    }
  }
}

/** `streamFile` without gateways. */
export async function streamFromNode<T>(
  context: Context,
  fileHash: string,
  { maxBytes, signal, totalMs }: FetchOptions,
  read: ReadFile<T>,
): Promise<T> {
  try {
    return await context.http.retrying(
      endpoint =>
        context.http.stream(
          endpoint,
          rawPath(fileHash),
          { signal, totalMs, accept: [] },
          (body, { lengthBytes, header }) => {
            // A tar made on the fly, which has no hash of its own.
            if (header('content-type') === 'application/x-tar') throw isFolder(fileHash)
            return read(verifiedBytes(body, fileHash, { lengthBytes, maxBytes }), lengthBytes)
          },
        ),
      { signal },
    )
  } catch (error) {
    throw asDownIpfs(asMissingFile(error, fileHash), fileHash)
  }
}

/** Says which file a node does not have. */
export const asMissingFile = (error: unknown, fileHash: string): unknown =>
  isAlephError(error, 'NOT_FOUND')
    ? new AlephError('NOT_FOUND', `The node does not have file ${fileHash}.`, {
        response: { status: 404 },
        details: { file_hash: fileHash },
      })
    : error

/** Without its IPFS service a node announces a file of IPFS, and sends nothing of it. */
const asDownIpfs = (error: unknown, fileHash: string): unknown =>
  isAlephError(error, 'NETWORK') && error.details.isEmpty === true && engineOfHash(fileHash) === 'ipfs'
    ? new AlephError(
        'NETWORK',
        `The node sent nothing of file ${fileHash}; its IPFS service may be down. Try again later, or choose another node.`,
        { cause: error, retryable: true, details: { ...error.details, file_hash: fileHash, isIpfsDown: true } },
      )
    : error

const isFolder = (fileHash: string) =>
  invalidInput(`${fileHash} is a folder on IPFS; ipfs.get(cid, { path }) reads a file in it.`, { file_hash: fileHash })

/** For what is kept in memory, and read while somebody waits for something else. */
const maxBytesMs = 15 * 60_000

/** All bytes of a file, verified. */
export const fetchBytes = (context: Context, fileHash: string, options: FetchOptions): Promise<Uint8Array> =>
  streamFile(context, fileHash, { totalMs: maxBytesMs, ...options }, collect)
