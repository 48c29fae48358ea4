// Which nodes may be asked at all.
import { invalidInput } from '../errors.js'

/** Public nodes, equivalent peers (protocol §5.0). */
export const defaultEndpoints = ['https://api3.aleph.im', 'https://api2.aleph.im', 'https://api.aleph.im']

/** Gateways of the network (protocol §6.4). */
export const defaultGateways = ['https://ipfs.aleph.cloud/ipfs/', 'https://ipfs.aleph.im/ipfs/']

/** True for hosts that never leave this machine. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname)

/** Origin (and path) of a node without trailing slash. Throws `INVALID_INPUT` unless it is https, or http on loopback. */
export function parseEndpoint(input: string): string {
  if (typeof input !== 'string') throw invalidInput('The URL of a node must be a string.')
  let url: URL
  try {
    url = new URL(input.trim())
  } catch {
    // What looks like nothing of the kind may be a secret in the wrong place.
    const what = /[.:/]/.test(input) ? `“${input.slice(0, 100)}”` : 'This'
    throw invalidInput(`${what} isn't the URL of a node: it takes a form like https://api3.aleph.im.`)
  }
  if (url.username || url.password) throw invalidInput('The URL of a node must not contain a user name or password.')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw invalidInput(`The node ${url.host} must be reached by https; http is allowed on this computer only.`)
  if (url.search || url.hash) throw invalidInput('The URL of a node must not contain a query or a fragment.')
  return url.origin + url.pathname.replace(/\/(api\/v0\/?)?$/, '')
}

/** The URL of an IPFS gateway with one slash at its end. Throws `INVALID_INPUT` as `parseEndpoint` does. */
export const parseGateway = (input: string): string => `${parseEndpoint(input).replace(/\/+$/, '')}/`
