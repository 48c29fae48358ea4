// Who may talk to the node. Every page in a browser can send requests to this computer, and a page whose DNS name was
// rebound to 127.0.0.1 can even read the answers; programs can't be told from each other and are trusted.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

export interface NeighborOptions {
  /** The address or name that the node was started for. */
  host: string
  /** Further names under which it's reached, for instance through a proxy that forwards a port. */
  allowHosts?: readonly string[]
  /** Origins such as `https://example.org` whose pages may use it. */
  allowOrigins?: readonly string[]
  /** More names, read again at each request that no other rule allows. */
  moreHosts?: () => readonly string[]
}

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

const hostRefusal =
  "403: This node doesn't answer requests for this host. If the host is yours, start the node with --allow-host."
const originRefusal =
  "403: This node doesn't answer pages of this origin. If the page is yours, start the node with --allow-origin."
const crossSiteRefusal = "403: This node doesn't answer requests that pages of other sites make."

export class Neighbors {
  readonly #hosts: ReadonlySet<string>
  readonly #origins: ReadonlySet<string>
  readonly #isWildcard: boolean
  readonly #moreHosts: () => readonly string[]

  constructor({ host, allowHosts = [], allowOrigins = [], moreHosts = () => [] }: NeighborOptions) {
    const own = isIP(host) === 6 ? `[${host}]` : host
    this.#hosts = new Set([...loopbackNames, own, ...allowHosts].map(hostnameOf))
    this.#origins = new Set(allowOrigins.map(origin => origin.toLowerCase().replace(/\/$/, '')))
    this.#isWildcard = host === '0.0.0.0' || host === '::'
    this.#moreHosts = moreHosts
  }

  /** Why a request isn't answered, in one sentence; undefined if it is. */
  refusal({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
    const { host, origin } = headers
    if (host === undefined || !this.#isOwnHost(hostnameOf(host))) return hostRefusal
    if (origin !== undefined) return this.#isOwnOrigin(origin) ? undefined : originRefusal
    // Images, scripts and the like of other sites carry no origin. Somebody who follows a link means to come here.
    const isSubresource = headers['sec-fetch-mode'] !== 'navigate'
    return headers['sec-fetch-site'] === 'cross-site' && isSubresource ? crossSiteRefusal : undefined
  }

  #isOwnHost(hostname: string): boolean {
    if (this.#hosts.has(hostname) || /^127(\.\d{1,3}){3}$/.test(hostname)) return true
    // Nobody can rebind a name that is an address.
    if (this.#isWildcard && isIP(hostname.replace(/^\[|\]$/g, ''))) return true
    return this.#moreHosts().map(hostnameOf).includes(hostname)
  }

  #isOwnOrigin(origin: string): boolean {
    if (this.#origins.has(origin.toLowerCase())) return true
    const [, hostname = ''] = /^https?:\/\/([^/:@\s]+|\[[\da-f:]+\])(?::\d{1,5})?$/i.exec(origin) ?? []
    return loopbackNames.includes(hostname.toLowerCase())
  }
}

/** Without the port, in lower case. */
const hostnameOf = (authority: string): string => authority.trim().toLowerCase().replace(/:\d*$/, '')
