// The WebSocket of the node: opens connections, hands every processed message to all of them, notices dead ones, and
// ends them with the node (protocol §5.7).
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Suffering } from '../faults.js'
import { QueryError } from '../query.js'
import type { MessageRow, Messages } from '../state/messages.js'
import { readLiveQuery, type LiveQuery } from './filters.js'
import { LiveMessage, Subscriber } from './subscriber.js'

export const livePath = '/api/ws0/messages'

export interface LiveOptions {
  /** Between two pings; who did not answer the last one is gone. */
  pingMs: number
  /** Before invalid parameters are answered; the real node takes two seconds and more. */
  errorDelayMs: number
  maxConnections: number
  maxQueuedBytes: number
}

export const defaultLiveOptions: LiveOptions = {
  pingMs: 30_000,
  errorDelayMs: 500,
  maxConnections: 10_000,
  maxQueuedBytes: 8 * 1_048_576,
}

/** How long a client may take to answer the end of the node. */
const goodbyeMs = 300

export class LiveServer {
  readonly options: LiveOptions
  /** For `/metrics`. */
  readonly counts = { broadcast: 0, rejected: 0 }
  // A client has nothing to say.
  readonly #server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 65_536 })
  readonly #sockets = new Set<WebSocket>()
  readonly #subscribers = new Map<WebSocket, Subscriber>()
  readonly #alive = new WeakSet<WebSocket>()
  readonly #pings: NodeJS.Timeout

  constructor(
    private readonly messages: Messages,
    options: Partial<LiveOptions> = {},
  ) {
    this.options = { ...defaultLiveOptions, ...options }
    this.#pings = setInterval(() => this.#ping(), this.options.pingMs).unref()
  }

  get connections(): number {
    return this.#sockets.size
  }

  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    params: URLSearchParams,
    suffering: Suffering | undefined,
  ): void {
    this.#server.handleUpgrade(request, socket, head, client => {
      client.on('error', () => undefined) // it closes itself
      if (this.#sockets.size >= this.options.maxConnections) {
        this.counts.rejected++
        return client.close(1013, 'Too many connections')
      }
      this.#sockets.add(client)
      this.#alive.add(client)
      client.on('pong', () => this.#alive.add(client))
      client.once('close', () => {
        this.#sockets.delete(client)
        this.#subscribers.delete(client)
      })
      const query = this.#read(params)
      if (typeof query === 'string') this.#refuse(client, socket, query)
      else {
        const { maxQueuedBytes } = this.options
        const options = { maxQueuedBytes, dropAfterFrames: suffering?.dropAfterFrames }
        this.#subscribers.set(client, new Subscriber(client, query, this.messages, options))
      }
    })
  }

  publish(row: MessageRow): void {
    this.counts.broadcast++
    if (!this.#subscribers.size) return
    const message = new LiveMessage(row)
    for (const subscriber of this.#subscribers.values()) subscriber.offer(message)
  }

  async close(): Promise<void> {
    clearInterval(this.#pings)
    await Promise.all(
      [...this.#sockets].map(
        client =>
          new Promise<void>(resolve => {
            const timer = setTimeout(() => client.terminate(), goodbyeMs)
            client.once('close', () => {
              clearTimeout(timer)
              resolve()
            })
            client.close(1001)
          }),
      ),
    )
  }

  #read(params: URLSearchParams): LiveQuery | string {
    try {
      return readLiveQuery(params)
    } catch (error) {
      if (error instanceof QueryError) return JSON.stringify(error.errors)
      throw error
    }
  }

  /** The real node notices only after the upgrade, and answers in HTTP all the same (trap 49). */
  #refuse(client: WebSocket, socket: Duplex, errors: string): void {
    const head = 'HTTP/1.1 422 Unprocessable Content\r\nContent-Type: text/plain; charset=utf-8\r\n'
    const text = `${head}Content-Length: ${Buffer.byteLength(errors)}\r\n\r\n${errors}`
    const timer = setTimeout(() => socket.end(text), this.options.errorDelayMs)
    client.once('close', () => clearTimeout(timer))
  }

  #ping(): void {
    for (const client of this.#sockets) {
      if (!this.#alive.has(client)) client.terminate()
      else {
        this.#alive.delete(client)
        client.ping()
      }
    }
  }
}
