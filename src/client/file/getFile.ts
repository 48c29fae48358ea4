// A file by the hash of its STORE message, its file hash or its CID (protocol §11.6).
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { getMessage } from '../message/get.js'
import { engineOfHash } from '../message/itemHash.js'
import { listMessages } from '../message/list.js'
import type { Message } from '../message/message.js'
import type { StoreContent } from '../message/types.js'
import { saveFile } from '../node/saveFile.js'
import { fetchBytes, streamFile } from './fetchBytes.js'

export interface FileInfo {
  file_hash: string
  /** As its author called it; a name only, without folders, but not yet fit for every file system. */
  name: string | undefined
  type: string | undefined
  /** What the author said of the size; the bytes decide. */
  sizeBytes: number | undefined
  /** The verified STORE that name and type come from. */
  message: Message | undefined
}

export interface GetFileOptions extends CallOptions {
  /** Larger files are `TOO_LARGE`; 512 MiB if not given. */
  maxBytes?: number
  /** Whose STORE may give name and type when asked by file hash; the client's account if not given. */
  owner?: string
}

export interface DownloadOptions extends CallOptions {
  owner?: string
  onProgress?: (progress: { receivedBytes: number; totalBytes: number | undefined }) => void
}

const defaultMaxBytes = 512 * 1024 * 1024

/**
 * What is known of a file by any of its hashes. The file hash comes from the signed STORE, never from what a node says
 * beside it. Throws `NOT_FOUND` for a malformed hash, `INVALID_INPUT` for a message that is no file.
 */
export async function fileInfo(
  context: Context,
  hash: string,
  { signal, owner }: { signal?: AbortSignal | undefined; owner?: string | undefined } = {},
): Promise<FileInfo> {
  const engine = engineOfHash(String(hash))
  if (!engine)
    throw new AlephError('NOT_FOUND', 'File not found', { response: { status: 404 }, details: { hash: String(hash) } })
  if (engine === 'storage') {
    try {
      return describe(await getMessage(context, hash, { signal }))
    } catch (error) {
      // No message has this hash, so it is that of a file.
      if (!isAlephError(error, 'NOT_FOUND')) throw error
    }
  }
  const trusted = owner ?? context.account?.address
  if (trusted !== undefined)
    for await (const { message } of listMessages(
      context,
      { types: ['STORE'], owners: [trusted], contentHashes: [hash] },
      { pageSize: 20, ...(signal ? { signal } : {}) },
    ))
      if (message && message.authority !== 'unproven') return describe(message)
  return { file_hash: hash, name: undefined, type: undefined, sizeBytes: undefined, message: undefined }
}

function describe(message: Message): FileInfo {
  if (message.type !== 'STORE')
    throw invalidInput(`Message ${message.item_hash} is no file but of type ${message.type}.`)
  const content = message.content as StoreContent
  const { metadata } = content
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const size = content.size ?? metadata?.size
  return {
    file_hash: content.item_hash,
    name: baseName(text(metadata?.filename) ?? text(metadata?.name)),
    type: text(content.content_type) ?? text(metadata?.mimetype) ?? text(content.mime_type),
    sizeBytes: typeof size === 'number' ? size : undefined,
    message,
  }
}

/** What follows the last separator of either system; names such as `..` are none. */
function baseName(name: string | undefined): string | undefined {
  const last = name?.split(/[\\/]/).pop()?.trim()
  return last && !/^\.+$/.test(last) ? last : undefined
}

/** The whole file in memory, verified, with the name and type of its STORE. */
export async function getFile(context: Context, hash: string, options: GetFileOptions = {}): Promise<File> {
  assertOptions(options, ['signal', 'maxBytes', 'owner'], 'getFile')
  const { signal, maxBytes = defaultMaxBytes, owner } = options
  const info = await fileInfo(context, hash, { signal, owner })
  try {
    const bytes = await fetchBytes(context, info.file_hash, { maxBytes, signal })
    return new File([bytes as Uint8Array<ArrayBuffer>], info.name ?? '', {
      type: info.type ?? 'application/octet-stream',
      lastModified: (info.message?.time ?? 0) * 1000,
    })
  } catch (error) {
    if (!isAlephError(error, 'TOO_LARGE')) throw error
    throw new AlephError('TOO_LARGE', `${error.message} downloadTo(hash, path) writes a file of any size to disk.`, {
      details: error.details,
    })
  }
}

/**
 * Writes the file to `path`, verified while it streams: it appears there whole and true, or not at all. Throws `IO` when
 * the disk refuses.
 */
export async function downloadTo(
  context: Context,
  hash: string,
  path: string,
  options: DownloadOptions = {},
): Promise<FileInfo & { sizeBytes: number }> {
  assertOptions(options, ['signal', 'onProgress', 'owner'], 'downloadTo')
  const { signal, owner, onProgress } = options
  const info = await fileInfo(context, hash, { signal, owner })
  const sizeBytes = await streamFile(context, info.file_hash, { maxBytes: Infinity, signal }, (chunks, lengthBytes) =>
    saveFile(path, chunks, receivedBytes => onProgress?.({ receivedBytes, totalBytes: lengthBytes ?? info.sizeBytes })),
  )
  return { ...info, sizeBytes }
}
