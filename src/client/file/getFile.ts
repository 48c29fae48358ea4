// A file by the hash of its STORE message or of its manifest, its file hash or its CID (protocol §11.6, §11.9).
import { normalAddress } from '../account.js'
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { openSealed, openSealedInfo } from '../encryption/file.js'
import { openersOf } from '../encryption/options.js'
import type { DecryptWith } from '../encryption/types.js'
import { AlephError, invalidInput, isAlephError } from '../errors.js'
import { getMessage } from '../message/get.js'
import { engineOfHash } from '../message/itemHash.js'
import { listMessages } from '../message/list.js'
import type { Message } from '../message/message.js'
import type { PostContent, StoreContent } from '../message/types.js'
import { saveFile } from '../node/saveFile.js'
import { streamFile } from './fetchBytes.js'
import { collect } from '../pieces.js'
import { manifestOf, type Manifest } from './manifest.js'
import { storedFileHash } from './storedHash.js'

export interface FileInfo {
  /** Of a file in chunks the sha256 that its manifest names for the whole, or an empty text; no node knows it by that. */
  file_hash: string
  /** As its author called it; a name only, without folders, but not yet fit for every file system. */
  name: string | undefined
  type: string | undefined
  /** What the author said of the size; the bytes decide. */
  sizeBytes: number | undefined
  /** The verified STORE, or the POST of the manifest, that name and type come from. */
  message: Message | undefined
  /** Of a file that was stored in chunks. */
  manifest?: Manifest
  /** True for a file in the age format, whose name and type are encrypted too. */
  isEncrypted?: true
}

export interface FileInfoOptions extends CallOptions {
  /** Whose STORE may give name and type when asked by file hash; the client's account if not given. */
  owner?: string
  /** Gives name, type and size of an encrypted file; of no effect for others. */
  decrypt?: DecryptWith
}

export interface GetFileOptions extends FileInfoOptions {
  /** Larger files are `TOO_LARGE`; 512 MiB if not given. */
  maxBytes?: number
}

export interface DownloadOptions extends FileInfoOptions {
  /** Bytes that were written; `totalBytes` as the node or the author tells. */
  onProgress?: (progress: { receivedBytes: number; totalBytes: number | undefined }) => void
}

const defaultMaxBytes = 512 * 1024 * 1024

/**
 * What is known of a file by any of its hashes. The file hash comes from the signed STORE, never from what a node says
 * beside it. Throws `NOT_FOUND` for a malformed hash, `INVALID_INPUT` for a message that is no file.
 */
export async function fileInfo(context: Context, hash: string, options: FileInfoOptions = {}): Promise<FileInfo> {
  assertOptions(options, ['signal', 'owner', 'decrypt'], 'fileInfo')
  if (options.decrypt !== undefined) openersOf(context, options.decrypt)
  const info = await knownInfo(context, hash, options)
  return options.decrypt === undefined ? info : decryptedInfo(context, info, options.decrypt)
}

async function knownInfo(context: Context, hash: string, { signal, owner }: FileInfoOptions): Promise<FileInfo> {
  const trusted = owner === undefined ? context.account?.address : await normalAddress(owner, 'owner')
  const engine = typeof hash === 'string' ? engineOfHash(hash) : undefined
  if (!engine)
    throw new AlephError('NOT_FOUND', 'File not found', {
      response: { status: 404 },
      details: { hash: typeof hash === 'string' ? hash : typeof hash },
    })
  if (engine === 'storage') {
    try {
      return describe(await getMessage(context, hash, { signal }))
    } catch (error) {
      // No message has this hash, so it is that of a file.
      if (!isAlephError(error, 'NOT_FOUND')) throw error
    }
  }
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
  const manifest = manifestOf(message)
  if (manifest)
    return {
      file_hash: manifest.sha256 ?? '',
      name: baseName(manifest.filename),
      type: manifest.mimetype || undefined,
      sizeBytes: manifest.size,
      message,
      manifest,
      ...(encryptionOf(message) === undefined ? {} : { isEncrypted: true }),
    }
  const file_hash = storedFileHash(message)
  const content = message.content as StoreContent
  const { metadata } = content
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const size = content.size ?? metadata?.size
  return {
    file_hash,
    name: baseName(text(metadata?.filename) ?? text(metadata?.name)),
    type: text(content.content_type) ?? text(metadata?.mimetype) ?? text(content.mime_type),
    sizeBytes: Number.isSafeInteger(size) && (size as number) >= 0 ? (size as number) : undefined,
    message,
    ...(encryptionOf(message) === undefined ? {} : { isEncrypted: true }),
  }
}

/** What the author says of the encryption, in the metadata of the STORE or the manifest. */
function encryptionOf(message: Message | undefined): unknown {
  const inner = message?.type === 'POST' ? (message.content as PostContent).content : message?.content
  return (inner as { metadata?: { encryption?: unknown } | null } | undefined)?.metadata?.encryption ?? undefined
}

async function decryptedInfo(context: Context, info: FileInfo, decrypt: DecryptWith): Promise<FileInfo> {
  if (!info.isEncrypted) return info
  const real = await openSealedInfo(context, encryptionOf(info.message), decrypt)
  return { ...info, name: baseName(real.name), type: real.type, sizeBytes: real.sizeBytes }
}

/**
 * Gives the bytes to `read`, joined and decrypted where that is wanted. It may be called again from the first byte on,
 * and must take all of them before it believes any.
 */
async function streamInfo<T>(
  context: Context,
  info: FileInfo,
  {
    maxBytes,
    signal,
    decrypt,
  }: { maxBytes: number; signal: AbortSignal | undefined; decrypt: DecryptWith | undefined },
  read: (chunks: AsyncIterable<Uint8Array>, lengthBytes: number | undefined) => Promise<T>,
): Promise<T> {
  const isOpened = decrypt !== undefined && info.isEncrypted
  const given = (chunks: AsyncIterable<Uint8Array>, lengthBytes: number | undefined) =>
    isOpened ? read(opened(context, chunks, decrypt), info.sizeBytes) : read(chunks, lengthBytes)
  const { manifest } = info
  if (!manifest) return streamFile(context, info.file_hash, { maxBytes, signal }, given)
  if (manifest.size > maxBytes)
    throw new AlephError('TOO_LARGE', `The file is larger than ${maxBytes} bytes.`, {
      details: { item_hash: info.message?.item_hash, maxBytes },
    })
  const { joinedBytes } = await import('../lazy/largeFile.js')
  return given(joinedBytes(context, manifest, info.message?.owner ?? '', signal), manifest.size)
}

/** The plaintext. The ciphertext is read to its end, because only there it proves to be the one that was signed. */
async function* opened(
  context: Context,
  chunks: AsyncIterable<Uint8Array>,
  decrypt: DecryptWith,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    yield* openSealed(context, { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }, decrypt)
    while (!(await iterator.next()).done);
  } finally {
    await iterator.return?.()
  }
}

/** What follows the last separator of either system; names such as `..` are none. */
function baseName(name: string | undefined): string | undefined {
  const last = name?.split(/[\\/]/).pop()?.trim()
  return last && !/^\.+$/.test(last) ? last : undefined
}

/** The whole file in memory, verified, with the name and type of its STORE or manifest. */
export async function getFile(context: Context, hash: string, options: GetFileOptions = {}): Promise<File> {
  assertOptions(options, ['signal', 'maxBytes', 'owner', 'decrypt'], 'getFile')
  const { maxBytes = defaultMaxBytes, ...asked } = options
  if (!(typeof maxBytes === 'number' && maxBytes >= 0)) throw invalidInput('maxBytes must be a number of bytes.')
  const info = await fileInfo(context, hash, asked)
  const { signal, decrypt } = asked
  try {
    const bytes = await streamInfo(context, info, { maxBytes, signal, decrypt }, collect)
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
  assertOptions(options, ['signal', 'onProgress', 'owner', 'decrypt'], 'downloadTo')
  if (typeof path !== 'string' || path === '') throw invalidInput('The file to write must be named by its path.')
  const { onProgress, ...asked } = options
  const info = await fileInfo(context, hash, asked)
  const { signal, decrypt } = asked
  const sizeBytes = await streamInfo(context, info, { maxBytes: Infinity, signal, decrypt }, (chunks, lengthBytes) =>
    saveFile(path, chunks, receivedBytes => onProgress?.({ receivedBytes, totalBytes: lengthBytes ?? info.sizeBytes })),
  )
  return { ...info, sizeBytes }
}
