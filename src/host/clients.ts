// One client per network, made when it is first needed; its requests appear in the log.
import { AlephHttpClient } from '../client/index.js'
import type { ClientFor } from '../core/storageClient.js'
import type { Log } from './log.js'

export function createClients(log: Log): ClientFor {
  const clients = new Map<string, AlephHttpClient>()
  return ({ endpoints }) => {
    const key = JSON.stringify(endpoints)
    const known = clients.get(key)
    if (known) return known
    const client = new AlephHttpClient({
      ...(endpoints.length ? { endpoints } : {}),
      onEvent: event => log.http(event),
    })
    clients.set(key, client)
    return client
  }
}
