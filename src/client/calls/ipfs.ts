// `aleph.ipfs`: what is, or shall be, on IPFS.
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { fileHash } from '../file/hasher.js'
import type { AddedFolder, AddFolderOptions } from '../ipfs/addFolder.js'
import type { FolderSource } from '../ipfs/folderEntries.js'
import { gatewayUrl, type GatewayUrlOptions } from '../ipfs/gatewayUrl.js'
import type { IpfsDownloadOptions, IpfsGetOptions } from '../ipfs/get.js'
import type { PinOptions, PinResult } from '../ipfs/pin.js'
import type { FileSource } from '../node/source.js'

export interface IpfsApi {
  /**
   * The CIDv0 that a node gives to these bytes, read as a stream, without asking one (protocol §6.3). Throws
   * `INVALID_INPUT` when the source changes meanwhile, `IO` when it can not be read.
   */
  cid(source: FileSource, options?: CallOptions): Promise<string>
  /**
   * Has the network keep what is on IPFS already, `Qm…` or `bafy…` with or without `ipfs://` (protocol §6.2, §11.6). Waits
   * until the network has found it or `waitMs` (60 000) are over: then `success` is false and `status` `pending`. Throws
   * `INVALID_INPUT` for a CID that no node takes, `READ_ONLY`, `REJECTED` when nobody could be found who has it,
   * `INSUFFICIENT_FUNDS` (details: `required`, `available`, `unit`), and the errors of the network with the `item_hash`.
   */
  pin(cid: string, options?: PinOptions): Promise<PinResult>
  /** The address of a CID, or of a file in the folder it names, at a gateway (protocol §6.4). Throws `INVALID_INPUT`. */
  gatewayUrl(cid: string, options?: GatewayUrlOptions): string
  /**
   * A file in memory by CID, also `bafkrei…`, verified block by block: from the node, else from the client's gateways in
   * order, which are believed in nothing; they may redirect within their own host name only. Throws `INVALID_INPUT` for
   * a folder without `path`, `NOT_FOUND`, `INTEGRITY` when somebody sent other bytes and nobody the right ones, `TOO_LARGE`
   * above `maxBytes` (512 MiB if not given), and the errors of the network.
   */
  get(cid: string, options?: IpfsGetOptions): Promise<File>
  /** Writes what `get` gives to the file `target`, of any size: it is there whole, or not at all. Throws also `IO`. */
  downloadTo(cid: string, target: string, options?: IpfsDownloadOptions): Promise<{ sizeBytes: number }>
  /**
   * Stores a folder as a directory on IPFS: a path of the local file system, whose links are left out (`skipped`), or an
   * iterable of `{ path, source }` (protocol §5.4). Reads every file twice. Only accounts with funds may. Throws before the
   * first byte: `INVALID_INPUT` also for paths that are absolute, twice there or hold `.`, `..` or a backslash,
   * `READ_ONLY`, `INSUFFICIENT_FUNDS` (details: `required`, `available`, `unit`), `TOO_LARGE` above 4 GiB, `IO`; later
   * `INVALID_INPUT` when a file changed meanwhile, `INTEGRITY`, `REJECTED`, and the errors of the network.
   */
  addFolder(source: FolderSource, options?: AddFolderOptions): Promise<AddedFolder>
}

const ipfs = () => import('../lazy/ipfs.js')

export const ipfsCalls = (context: Context): IpfsApi => ({
  cid: async (source, options) => {
    assertOptions(options, ['signal'], 'ipfs.cid')
    return fileHash(source, { ...options, engine: 'ipfs' })
  },
  pin: async (cid, options) => (await ipfs()).pin(context, cid, options),
  gatewayUrl: (cid, options) => gatewayUrl(context, cid, options),
  get: async (cid, options) => (await ipfs()).ipfsGet(context, cid, options),
  downloadTo: async (cid, target, options) => (await ipfs()).ipfsDownloadTo(context, cid, target, options),
  addFolder: async (source, options) => (await ipfs()).addFolder(context, source, options),
})
