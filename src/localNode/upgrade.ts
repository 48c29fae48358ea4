// Requests to change the protocol: WebSockets for the live path, with the faults that other requests suffer, too.
import { ServerResponse, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Faults } from './faults.js'
import { delay } from './time.js'
import { livePath, type LiveServer } from './live/liveServer.js'

export class Upgrades {
  readonly #sockets = new Set<Socket>()

  constructor(
    private readonly live: LiveServer,
    private readonly faults: Faults,
    /** For everything that is no WebSocket: the wish to upgrade is not heard. */
    private readonly answer: (request: IncomingMessage, response: ServerResponse) => void,
  ) {}

  async take(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const [path = '/', ...search] = (request.url ?? '/').split('?')
    const isWebSocket = request.headers.upgrade?.toLowerCase() === 'websocket' && path === livePath
    socket.on('error', () => undefined)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (!isWebSocket) return this.#ignore(request, socket)

    const suffering = this.faults.draw(request.method ?? 'GET', path)
    if (suffering?.delayMs) await delay(suffering.delayMs, socket)
    if (socket.destroyed) return
    if (suffering?.breaksBefore || suffering?.breaksAfter) return void socket.resetAndDestroy()
    const refusal = suffering?.answer
    if (refusal) {
      const { status, retryAfter, body = `${status}: ${STATUS_CODES[status] ?? ''}` } = refusal
      const more = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`
      const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`
      const type = 'Content-Type: text/plain; charset=utf-8\r\n'
      const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
      return void socket.end(`${start}${type}${length}${more}Connection: close\r\n\r\n${body}`)
    }
    this.faults.watch(socket)
    this.live.accept(request, socket, head, new URLSearchParams(search.join('?')), suffering)
  }

  /** Ends the WebSockets in good order, and whatever else waits here. */
  async close(): Promise<void> {
    await this.live.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** A body behind such a request is not read by anybody: it can not be told from another protocol. */
  #ignore(request: IncomingMessage, socket: Socket): void {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => socket.end())
    this.answer(request, response)
  }
}
