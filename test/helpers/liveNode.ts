// A node that only lists messages and tells them by WebSocket, and that breaks in every way a test wants.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Signed } from './signed.js'

export class LiveNode {
  readonly messages: Signed[] = []
  /** Answers under `storage/raw`. */
  readonly files = new Map<string, string>()
  /** Queries of lists and of sockets, in order. */
  readonly lists: URLSearchParams[] = []
  readonly opened: URLSearchParams[] = []
  readonly sockets = new Set<WebSocket>()
  refusesSockets = false
  /** A status and text for lists in place of rows. */
  failure: { status: number; text: string; headers?: Record<string, string> } | undefined
  /** Closes every connection at once with this code. */
  closesWith: number | undefined
  /** Runs before a list is answered. */
  onList: (() => void) | undefined
  #onOpen: (() => void)[] = []
  readonly #server: Server
  readonly #live = new WebSocketServer({ noServer: true })
  #port = 0

  private constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://node')
      const { status, body, headers } = this.#answer(url)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
    })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (this.refusesSockets) return socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
      this.#live.handleUpgrade(request, socket, head, each => {
        this.opened.push(new URL(request.url ?? '', 'http://node').searchParams)
        this.sockets.add(each)
        each.on('close', () => this.sockets.delete(each))
        if (this.closesWith !== undefined) each.close(this.closesWith)
        for (const wake of this.#onOpen.splice(0)) wake()
      })
    })
  }

  static async start(): Promise<LiveNode> {
    const node = new LiveNode()
    await node.listen()
    return node
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Nobody is there any more; `listen` brings it back. */
  async close(): Promise<void> {
    this.drop()
    this.#server.closeAllConnections()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Breaks all connections without a word. */
  drop(): void {
    for (const socket of this.sockets) socket.terminate()
    this.sockets.clear()
  }

  /** Resolves at the next connection. */
  open(): Promise<void> {
    return new Promise(resolve => this.#onOpen.push(resolve))
  }

  /** Lists a message, and unless told otherwise sends it to whoever listens. */
  add(message: Signed, { isLive = true } = {}): string {
    this.messages.push(message)
    if (isLive) this.send(JSON.stringify(message))
    return message.item_hash
  }

  send(frame: string | Buffer): void {
    for (const socket of this.sockets) socket.send(frame)
  }

  #answer(url: URL): { status: number; body: string; headers?: Record<string, string> } {
    const file = /\/storage\/raw\/(\w+)$/.exec(url.pathname)?.[1]
    if (file !== undefined) {
      const body = this.files.get(file)
      return body === undefined ? { status: 404, body: '404: Not Found' } : { status: 200, body }
    }
    if (!url.pathname.endsWith('/messages.json')) return { status: 404, body: '404: Not Found' }
    this.lists.push(url.searchParams)
    this.onList?.()
    if (this.failure) {
      const { status, text, headers = {} } = this.failure
      return { status, body: text, headers }
    }
    const number = (name: string, or: number) => Number(url.searchParams.get(name) || or)
    const order = number('sortOrder', -1)
    const from = number('startDate', -Infinity)
    const rows = this.messages
      .filter(({ time }) => time >= from)
      .sort((a, b) => (a.time - b.time || (a.item_hash < b.item_hash ? -1 : 1)) * (a.time === b.time ? 1 : order))
    const start = number('cursor', 0)
    const end = start + number('pagination', 20)
    const next_cursor = end < rows.length ? String(end) : null
    return { status: 200, body: JSON.stringify({ messages: rows.slice(start, end), next_cursor }) }
  }
}

/** Registers hooks; the returned function gives the node of the running test. */
export function useLiveNode(): () => LiveNode {
  let node: LiveNode | undefined
  beforeEach(async () => {
    node = await LiveNode.start()
  })
  afterEach(() => node?.close())
  return () => {
    if (!node) throw new Error('the node runs only inside of tests')
    return node
  }
}
