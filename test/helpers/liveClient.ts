// A client of the node's WebSocket that keeps every frame and waits for no clock.
import { WebSocket, type ClientOptions } from 'ws'

export class LiveClient {
  /** Frames that were not taken yet. */
  readonly frames: string[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly opened: Promise<void>
  /** What the library said when the connection broke. */
  error: Error | undefined
  readonly socket: WebSocket

  constructor(url: string, query: string, options: ClientOptions = {}) {
    const target = query.startsWith('/') ? query : `/api/ws0/messages?${query}`
    this.socket = new WebSocket(url.replace('http', 'ws') + target, options)
    this.socket.on('message', (data: Buffer) => this.frames.push(data.toString('utf8')))
    this.socket.on('error', error => (this.error = error))
    this.closed = new Promise(resolve =>
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') })),
    )
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve)
      this.socket.once('close', () => reject(this.error ?? new Error('closed before it was open')))
    })
    this.opened.catch(() => undefined)
  }

  static async open(url: string, query: string, options?: ClientOptions): Promise<LiveClient> {
    const client = new LiveClient(url, query, options)
    await client.opened
    return client
  }

  /** Waits for so many frames (fewer if the connection ends), and a ping's time longer for one that should not come. */
  async take(count: number): Promise<string[]> {
    const { socket } = this
    const event = (...names: string[]) =>
      new Promise<void>(resolve => names.forEach(name => socket.once(name, () => resolve())))
    while (this.frames.length < count && socket.readyState === WebSocket.OPEN) await event('message', 'close')
    if (socket.readyState === WebSocket.OPEN) {
      const pong = event('pong', 'close')
      socket.ping()
      await pong
    }
    return this.frames.splice(0)
  }

  async hashes(count: number): Promise<string[]> {
    return (await this.take(count)).map(frame => (JSON.parse(frame) as { item_hash: string }).item_hash)
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}
