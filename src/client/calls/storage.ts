// `aleph.storage`: values and files.
import type { Context } from '../context.js'
import type { CanStore, CanStoreOptions } from '../file/canStore.js'
import type { ForgottenFile } from '../file/forgetFile.js'
import type { DownloadOptions, FileInfo, FileInfoOptions, GetFileOptions } from '../file/getFile.js'
import { fileHash, type FileHashOptions } from '../file/hasher.js'
import type { StoredFile, StoreFileOptions } from '../file/storeFile.js'
import type { IpfsHashOptions } from '../ipfs/ipfsHash.js'
import type { ForgetOptions } from '../message/forget.js'
import type { PublishResult } from '../message/publish.js'
import type { FileSource } from '../node/source.js'
import { queryStorage, type StorageQuery, type StorageQueryOptions } from '../query/storageQuery.js'
import { getValue, storeValue, type GetOptions, type StoredValue, type StoreOptions } from '../storage.js'

export interface StorageApi {
  /**
   * Publishes any JSON value as a POST, free of charge (protocol §11.2): wrapped beside its tags and metadata, or with `raw`
   * an object that itself becomes the content, its tags within. Default tags of the client go along. Resolves
   * once the node has decided, or with status `pending`. Throws `INVALID_INPUT`, `READ_ONLY` or `TOO_LARGE` before anything
   * is sent, then `REJECTED` and the errors of the network; the latter name the `item_hash` in their details when the message
   * may have arrived.
   *
   * With `encryptFor` the value is sealed (protocol §11.8): for one account by ECIES, which Python's `account.decrypt` opens,
   * for several, for `age1…` recipients and under a passphrase by age. It is `INVALID_INPUT` when it names nobody.
   */
  store(value: unknown, options?: StoreOptions): Promise<PublishResult>
  /**
   * The value that `store` published, verified; of other messages their content, of a STORE that of the message (protocol
   * §11.3). With `follow` an original shows its newest amend (protocol §3.1, §5.2): found by the node's word, so one that is
   * hidden can not be noticed, but checked, so a false one is `INTEGRITY`. An encrypted value is opened with `decrypt`, else it
   * comes as base64; either way the result has `encryption`. What is not encrypted comes as it is. Throws as `messages.get`
   * does; `DECRYPTION` for a wrong key or passphrase and for whatever was changed; `INVALID_INPUT` or `READ_ONLY` for an
   * account that can not decrypt.
   */
  get(itemHash: string, options?: GetOptions): Promise<StoredValue>
  /**
   * Uploads a path, bytes, `Blob`, `File` or stream factory as a stream and publishes its STORE (protocol §11.5). A file above
   * what the account may upload at once goes in chunks of 25 MiB with a manifest (§11.9), which `resume` takes up again after
   * a break. With `encryptFor` the file, its name and its type are encrypted (§11.8). Throws `INVALID_INPUT`, `READ_ONLY`,
   * `INSUFFICIENT_FUNDS`, `TOO_LARGE` or `IO` before the first byte; later `INVALID_INPUT` when the file changed meanwhile,
   * `INTEGRITY` when the node stored other bytes, `REJECTED`, and the errors of the network.
   */
  storeFile(source: FileSource, options?: StoreFileOptions): Promise<StoredFile>
  /**
   * A file in memory by message hash, file hash or CID, verified; name and type are those of its signed STORE (protocol
   * §11.6). The hash of a manifest, ours or made by hand as the public guide does, gives the joined file (§11.9); its chunks
   * must belong to the owner of the manifest. With `decrypt` the plaintext of an encrypted file, without it the ciphertext.
   * Throws `NOT_FOUND`, `FORGOTTEN`, `INTEGRITY`, `TOO_LARGE` above `maxBytes` (512 MiB if not given), `INVALID_INPUT`
   * for a message that is no file.
   */
  getFile(hash: string, options?: GetFileOptions): Promise<File>
  /**
   * The CID of a file by the hash of its STORE; a CID is its own (protocol §11.6). Throws `NOT_FOUND` for a file that is
   * not on IPFS (details: `cid`, which it would get there, with `compute`), `INVALID_INPUT` for a message that is no file.
   */
  getIPFSHash(hash: string, options?: IpfsHashOptions): Promise<string>
  /** Name, type and file hash without the bytes. Throws `INTEGRITY` for a manifest that can not be right, `DECRYPTION`. */
  fileInfo(hash: string, options?: FileInfoOptions): Promise<FileInfo>
  /**
   * The file hash that a source will have, without asking a node: sha256, or CIDv0 with `engine: 'ipfs'`. Reads it as a
   * stream. Throws `INVALID_INPUT` when it changes meanwhile, `IO` when it can not be read.
   */
  fileHash(source: FileSource, options: FileHashOptions): Promise<string>
  /**
   * Whether files of these sizes can be stored one after the other, each in one piece, and what they need together: by the
   * prices of the network, the limits of the node and what the owner has (protocol §6.6). Nothing is read or sent. Throws
   * `INVALID_INPUT` and the errors of the network.
   */
  canStore(sizesBytes: readonly number[], options?: CanStoreOptions): Promise<CanStore>
  /**
   * Writes a file of any size to `path`, verified while it streams: it is there whole, or not at all. Throws as `getFile`
   * does, and `IO` when the disk refuses.
   */
  downloadTo(hash: string, path: string, options?: DownloadOptions): Promise<FileInfo & { sizeBytes: number }>
  /**
   * Values that match, newest first, each verified: await it for a list, or go through it with `for await` or `.iterate()`,
   * page by page (protocol §11.4). Nothing is asked before that. Amends are not followed, and without `owners` what comes
   * may be anybody's. The list and the iterator tell in `isComplete` whether the search stopped at `maxScan`, and in
   * `errors` which messages could not be read or are not what was signed.
   *
   * Rejects with `INVALID_INPUT` for what can not be asked, and the errors of the network.
   */
  query(options?: StorageQueryOptions): StorageQuery
  /**
   * Has the network forget a file by the hash of its STORE; by the hash of a manifest its chunks too, up to 1000 messages a
   * FORGET, the manifest last (protocol §3.4, §11.9). After an error it can be called again. Throws `INVALID_INPUT` for a
   * message that is no file or belongs to somebody else, `NOT_FOUND`, `FORGOTTEN`, `REJECTED`.
   */
  forgetFile(hash: string, options?: ForgetOptions): Promise<ForgottenFile>
}

const uploads = () => import('../lazy/uploads.js')
const downloads = () => import('../lazy/downloads.js')

export const storageCalls = (context: Context): StorageApi => ({
  store: (value, options) => storeValue(context, value, options),
  get: (itemHash, options) => getValue(context, itemHash, options),
  storeFile: async (source, options) => (await uploads()).storeFile(context, source, options),
  getFile: async (hash, options) => (await downloads()).getFile(context, hash, options),
  getIPFSHash: async (hash, options) => (await import('../lazy/ipfs.js')).ipfsHash(context, hash, options),
  fileInfo: async (hash, options) => (await downloads()).fileInfo(context, hash, options),
  fileHash: (source, options) => fileHash(source, options),
  canStore: async (sizesBytes, options) => (await uploads()).canStore(context, sizesBytes, options),
  downloadTo: async (hash, path, options) => (await downloads()).downloadTo(context, hash, path, options),
  query: options => queryStorage(context, options),
  forgetFile: async (hash, options) => (await import('../lazy/largeFile.js')).forgetFile(context, hash, options),
})
