// The networks a window can talk to: mainnet, the local node, and those of the setting `aleph.networks`.
import { isLoopback, parseEndpoint } from '../client/http/endpoint.js'
import { safeLabel } from '../shared/safeText.js'
import type { Translate } from '../shared/translate.js'

export interface Network {
  /** The authority of document URIs: lower case letters, digits and dashes; unique among the networks. */
  readonly id: string
  readonly name: string
  /** Base URLs of its nodes, best first, without a slash at the end. Empty: those that the client knows for mainnet. */
  readonly endpoints: readonly string[]
  /** A node of one's own machine whose ten development accounts may be used. */
  readonly isDevelopment: boolean
  /** The node that this extension starts and ends, not one that a setting names. */
  readonly isLocalNode?: true
}

export const mainnet: Network = { id: 'mainnet', name: 'mainnet', endpoints: [], isDevelopment: false }

const localNetworkId = 'local'
/** Where a local node runs unless it is told otherwise. */
export const defaultLocalPort = 4024
export const localEndpoint = (port: number): string => `http://127.0.0.1:${port}`

const localNode = (endpoint: string): Network => ({
  id: localNetworkId,
  name: 'local',
  endpoints: [endpoint],
  isDevelopment: true,
  isLocalNode: true,
})

export interface NetworkList {
  networks: readonly Network[]
  /** The network of a window in which none was ever chosen. */
  initial: Network
  /** One sentence for each entry of the setting that can not be used. */
  problems: readonly string[]
}

/**
 * Reads the setting. Entries that make no sense are left out and named: a typing error must not hide all networks.
 * An entry that names the local node, or is called like it, takes its place.
 */
export function readNetworks(
  setting: unknown,
  t: Translate,
  nodeEndpoint = localEndpoint(defaultLocalPort),
): NetworkList {
  const own: Network[] = []
  const problems: string[] = []
  const entries = Array.isArray(setting) ? (setting as unknown[]) : []
  if (setting !== undefined && !Array.isArray(setting)) problems.push(t('Setting aleph.networks must be a list.'))
  entries.forEach((entry, index) => {
    const network = readNetwork(entry, t)
    if (typeof network === 'string')
      problems.push(t('Entry {number} of aleph.networks is left out: {reason}', { number: index + 1, reason: network }))
    else if (network.id === mainnet.id || own.some(other => other.id === network.id))
      problems.push(t('Entry {number} of aleph.networks is left out: its name is taken.', { number: index + 1 }))
    else own.push(network)
  })
  const builtIn = [mainnet, localNode(nodeEndpoint)].filter(
    network => !own.some(other => other.id === network.id || other.endpoints[0] === network.endpoints[0]),
  )
  const networks = [...builtIn.slice(0, 1), ...own, ...builtIn.slice(1)]
  return { networks, initial: own[0] ?? mainnet, problems }
}

/** What a setting calls “local”: it stands in the place of the node that this extension starts. */
export const namedLocal = (networks: readonly Network[]): Network | undefined =>
  networks.find(({ id, isLocalNode }) => id === localNetworkId && !isLocalNode)

function readNetwork(entry: unknown, t: Translate): Network | string {
  if (typeof entry !== 'object' || entry === null) return t('it is not an object.')
  const { name, url, development } = entry as Record<string, unknown>
  if (typeof name !== 'string' || !safeLabel(name, 40)) return t('it has no name.')
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  if (!id) return t('its name needs a letter or a digit.')
  const urls = (Array.isArray(url) ? (url as unknown[]) : [url]).map(endpointOf)
  const endpoints = urls.filter(endpoint => endpoint !== undefined)
  if (!endpoints.length || endpoints.length < urls.length)
    return t('its url must be an https address, or http on this computer.')
  if (development === true && !endpoints.every(isOnThisComputer))
    return t('only a node on this computer can be a development network.')
  return { id, name: safeLabel(name, 40), endpoints, isDevelopment: development === true }
}

function endpointOf(value: unknown): string | undefined {
  try {
    return typeof value === 'string' ? parseEndpoint(value) : undefined
  } catch {
    return undefined
  }
}

/** Development accounts are for this computer only. */
const isOnThisComputer = (url: string) => isLoopback(new URL(url).hostname)

/** An entry for the setting `aleph.networks` made from a URL that somebody typed, or what is wrong with it. */
export function networkEntry(
  url: string,
  { networks }: Pick<NetworkList, 'networks'>,
  t: Translate,
): NetworkEntry | string {
  const endpoint = endpointOf(url)
  if (!endpoint) return t('The URL must be an https address, or http on this computer.')
  const { host } = new URL(endpoint)
  const network = readNetwork({ name: host, url: endpoint }, t)
  if (typeof network === 'string') return network
  if (networks.some(({ id, endpoints }) => id === network.id || endpoints.includes(endpoint)))
    return t('This node is in the list of networks already.')
  return { name: host, url: endpoint, id: network.id }
}

export interface NetworkEntry {
  readonly name: string
  readonly url: string
  /** What the network will be known by; not part of the setting. */
  readonly id: string
}
