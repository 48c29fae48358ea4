// Links to a file that work in a browser.
import { isLoopback } from '../client/http/endpoint.js'
import { defaultEndpoints } from '../client/index.js'
import type { FileRow } from './rows.js'
import type { Network } from './network.js'

/** The gateway for files on IPFS; else the node's own address, as also for local nodes that no gateway knows. */
export function fileLink(
  { engine, fileHash }: Pick<FileRow, 'engine' | 'fileHash'>,
  network: Network,
  gateway: string,
): string {
  if (engine === 'ipfs' && !network.isDevelopment) return gateway + fileHash
  return `${network.endpoints[0] ?? defaultEndpoints[0] ?? ''}/api/v0/storage/raw/${fileHash}`
}

/** Only the machine that this code runs on can open it as it is. */
export const isLocalLink = (link: string): boolean => isLoopback(new URL(link).hostname)
