// Requests to change the protocol: WebSockets for the live path, with the faults that other requests suffer, too.
import { ServerResponse, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Faults, Suffering } from './faults.js'
import type { Neighbors } from './neighbors.js'
import { delay } from './time.js'
import { livePath, type LiveServer } from './live/liveServer.js'

export class Upgrades {
  readonly #sockets = new Set<Socket>()

  constructor(
    private readonly live: LiveServer,
    private readonly faults: Faults,
    private readonly neighbors: Neighbors,
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
    const reason = this.neighbors.refusal(request)
    if (reason) return refuse(socket, { status: 403, body: reason })

    const suffering = this.faults.draw(request.method ?? 'GET', path)
    if (suffering?.delayMs) await delay(suffering.delayMs, socket)
    if (socket.destroyed) return
    if (suffering?.breaksBefore || suffering?.breaksAfter) return void socket.resetAndDestroy()
    const refusal = suffering?.answer
    if (refusal) return refuse(socket, refusal)
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

function refuse(socket: Socket, { status, retryAfter, body }: NonNullable<Suffering['answer']>): void {
  const reason = STATUS_CODES[status] ?? ''
  const text = body ?? `${status}: ${reason}`
  const more = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`
  const length = `Content-Length: ${Buffer.byteLength(text)}\r\n`
  const type = 'Content-Type: text/plain; charset=utf-8\r\n'
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${type}${length}${more}Connection: close\r\n\r\n${text}`)
}
