// `aleph.storage`: values and files.
import type { CallOptions, Context } from '../context.js'
import {
  downloadTo,
  fileInfo,
  getFile,
  type DownloadOptions,
  type FileInfo,
  type GetFileOptions,
} from '../file/getFile.js'
import { fileHash, type FileHashOptions } from '../file/hasher.js'
import { storeFile, type StoredFile, type StoreFileOptions } from '../file/storeFile.js'
import { ipfsHash, type IpfsHashOptions } from '../ipfs/ipfsHash.js'
import type { PublishResult } from '../message/publish.js'
import type { FileSource } from '../node/source.js'
import { getValue, storeValue, type StoredValue, type StoreOptions } from '../storage.js'

export interface StorageApi {
  /**
   * Publishes any JSON value as a POST, free of charge (protocol §11.2). Resolves once the node has decided, or with status
   * `pending`. Throws `INVALID_INPUT`, `READ_ONLY` or `TOO_LARGE` before anything is sent, then `REJECTED` and the errors of
   * the network; the latter name the `item_hash` in their details when the message may have arrived.
   */
  store(value: unknown, options?: StoreOptions): Promise<PublishResult>
  /** The value that `store` published, verified. Throws as `messages.get` does. */
  get(itemHash: string, options?: CallOptions): Promise<StoredValue>
  /**
   * Uploads a path, bytes, `Blob`, `File` or stream factory as a stream and publishes its STORE (protocol §11.5). Throws
   * `INVALID_INPUT`, `READ_ONLY`, `INSUFFICIENT_FUNDS`, `TOO_LARGE` or `IO` before the first byte; later `INVALID_INPUT` when
   * the file changed meanwhile, `INTEGRITY` when the node stored other bytes, `REJECTED`, and the errors of the network.
   */
  storeFile(source: FileSource, options?: StoreFileOptions): Promise<StoredFile>
  /**
   * A file in memory by message hash, file hash or CID, verified; name and type are those of its signed STORE (protocol
   * §11.6). Throws `NOT_FOUND`, `FORGOTTEN`, `INTEGRITY`, `TOO_LARGE` above `maxBytes` (512 MiB if not given), `INVALID_INPUT`
   * for a message that is no file.
   */
  getFile(hash: string, options?: GetFileOptions): Promise<File>
  /**
   * The CID of a file by the hash of its STORE; a CID is its own (protocol §11.6). Throws `NOT_FOUND` for a file that is
   * not on IPFS (details: `cid`, which it would get there, with `compute`), `INVALID_INPUT` for a message that is no file.
   */
  getIPFSHash(hash: string, options?: IpfsHashOptions): Promise<string>
  /** Name, type and file hash without the bytes. */
  fileInfo(hash: string, options?: CallOptions & { owner?: string }): Promise<FileInfo>
  /**
   * The file hash that a source will have, without asking a node: sha256, or CIDv0 with `engine: 'ipfs'`. Reads it as a
   * stream. Throws `INVALID_INPUT` when it changes meanwhile, `IO` when it can not be read.
   */
  fileHash(source: FileSource, options: FileHashOptions): Promise<string>
  /**
   * Writes a file of any size to `path`, verified while it streams: it is there whole, or not at all. Throws as `getFile`
   * does, and `IO` when the disk refuses.
   */
  downloadTo(hash: string, path: string, options?: DownloadOptions): Promise<FileInfo & { sizeBytes: number }>
}

export const storageCalls = (context: Context): StorageApi => ({
  store: (value, options) => storeValue(context, value, options),
  get: (itemHash, options) => getValue(context, itemHash, options),
  storeFile: (source, options) => storeFile(context, source, options),
  getFile: (hash, options) => getFile(context, hash, options),
  getIPFSHash: (hash, options) => ipfsHash(context, hash, options),
  fileInfo: (hash, options) => fileInfo(context, hash, options),
  fileHash: (source, options) => fileHash(source, options),
  downloadTo: (hash, path, options) => downloadTo(context, hash, path, options),
})
