// One client per network, made when it is first needed; its requests appear in the log. A network of the settings can
// change as often as somebody edits it, so only so many are kept.
import { AlephHttpClient } from '../client/index.js'
import type { ClientFor } from '../core/storageClient.js'
import type { Log } from './log.js'

const maxClients = 16

export function createClients(log: Pick<Log, 'http'>): ClientFor & { readonly count: number } {
  /** Oldest first. Whoever works with one that is dropped keeps it. */
  const clients = new Map<string, AlephHttpClient>()
  const clientFor: ClientFor = ({ endpoints, isLocalNode }) => {
    const key = JSON.stringify([endpoints, isLocalNode])
    const known = clients.get(key)
    if (known) return known
    const client = new AlephHttpClient({
      ...(endpoints.length ? { endpoints } : {}),
      // It runs on this computer or it does not: waiting would only keep the user from the button that starts it.
      ...(isLocalNode ? { retries: 1 } : {}),
      // What is opened here is nobody else's business: the gateway of the settings is for links.
      gateways: [],
      onEvent: event => log.http(event),
    })
    clients.set(key, client)
    const [oldest] = clients.keys()
    if (oldest !== undefined && clients.size > maxClients) clients.delete(oldest)
    return client
  }
  return Object.defineProperty(clientFor as ClientFor & { readonly count: number }, 'count', {
    get: () => clients.size,
  })
}
