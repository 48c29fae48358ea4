// Links to a file that work in a browser.
import { isLoopback } from '../client/http/endpoint.js'
import { defaultEndpoints } from '../client/index.js'
import { safeLabel } from '../shared/safeText.js'
import type { FileRow } from './rows.js'
import type { Network } from './network.js'

/** The gateway for files on IPFS; else the node's own address, as also for local nodes that no gateway knows. */
export function fileLink(
  { engine, fileHash }: Pick<FileRow, 'engine' | 'fileHash'>,
  network: Network,
  gateway: string,
): string {
  // The hash is what some author wrote.
  const hash = encodeURIComponent(fileHash)
  if (engine === 'ipfs' && !network.isDevelopment) return gateway + hash
  return `${nodeUrl(network)}/api/v0/storage/raw/${hash}`
}

/** The signed message with its status, as JSON. */
export const messageLink = (itemHash: string, network: Network): string =>
  `${nodeUrl(network)}/api/v0/messages/${encodeURIComponent(itemHash)}`

const nodeUrl = ({ endpoints }: Network) => endpoints[0] ?? defaultEndpoints[0] ?? ''

/** For programs that speak IPFS. Files of the other engine have no such address. */
export const ipfsAddress = ({ engine, fileHash }: Pick<FileRow, 'engine' | 'fileHash'>): string | undefined =>
  engine === 'ipfs' ? `ipfs://${encodeURIComponent(fileHash)}` : undefined

/** A link for a text in Markdown, or the image itself. The name reads as it is, whatever it holds. */
export function markdownLink(name: string, url: string, isImage: boolean): string {
  const text = safeLabel(name, 200).replace(/[\\`*_[\]<>&~|$!]/g, '\\$&')
  const target = url.replace(/[\s()<>\\]/g, character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return `${isImage ? '!' : ''}[${text}](${target})`
}

/** Only the machine that this code runs on can open it as it is. */
export const isLocalLink = (link: string): boolean => isLoopback(new URL(link).hostname)
