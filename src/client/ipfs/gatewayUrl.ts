// The address at which everybody can read a CID (protocol §6.4).
import { assertOptions, type Context } from '../context.js'
import { invalidInput } from '../errors.js'
import { parseGateway } from '../http/endpoint.js'
import { pathSegments, readableCid } from './cidShape.js'

export interface GatewayUrlOptions {
  /** A file in the folder that the CID names. */
  path?: string
  /** `https://…/ipfs/`; the client's first one if not given. */
  gateway?: string
}

export function gatewayUrl(context: Context, cid: string, options: GatewayUrlOptions = {}): string {
  assertOptions(options, ['path', 'gateway'], 'ipfs.gatewayUrl')
  const gateway = options.gateway === undefined ? context.gateways[0] : parseGateway(options.gateway)
  if (gateway === undefined) throw invalidInput('This client has no IPFS gateway; name one with “gateway”.')
  return urlBelow(gateway, readableCid(cid), pathSegments(options.path))
}

export const urlBelow = (gateway: string, cid: string, path: readonly string[]): string =>
  gateway + [cid, ...path.map(encodeURIComponent)].join('/')
