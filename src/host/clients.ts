// One client per network, made when it is first needed; its requests appear in the log.
import { AlephHttpClient } from '../client/index.js'
import type { ClientFor } from '../core/storageClient.js'
import type { Log } from './log.js'

export function createClients(log: Log): ClientFor {
  const clients = new Map<string, AlephHttpClient>()
  return ({ endpoints, isLocalNode }) => {
    const key = JSON.stringify([endpoints, isLocalNode])
    const known = clients.get(key)
    if (known) return known
    const client = new AlephHttpClient({
      ...(endpoints.length ? { endpoints } : {}),
      // It runs on this computer or it does not: waiting would only keep the user from the button that starts it.
      ...(isLocalNode ? { retries: 1 } : {}),
      onEvent: event => log.http(event),
    })
    clients.set(key, client)
    return client
  }
}
