// The live messages of one node as a bounded queue over its WebSocket (protocol §5.7).
import type { Context } from '../context.js'
import { queryString, type Query } from '../http/http.js'
import { raceAbort } from '../http/limits.js'
import type { WebSocketLike } from '../http/transport.js'

const openTimeoutMs = 10_000
/** What a reader who is slow may have waiting for him; then the connection is closed, and the rest is read as a list. */
const maxFrames = 1000
const maxChars = 8 * 1024 * 1024

export class Feed {
  readonly #frames: unknown[] = []
  #chars = 0
  #isOpen = false
  #isEnded = false
  #wake: () => void = () => undefined
  readonly #onAbort = () => this.close()
  /** Whether it was ended because the reader did not keep up. */
  isOverfull = false
  /** Frames that came so far. */
  received = 0

  private constructor(
    readonly endpoint: string,
    readonly socket: WebSocketLike,
    readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', this.#onAbort)
    socket.onopen = () => {
      this.#isOpen = true
      this.#wake()
    }
    socket.onmessage = ({ data }) => this.#take(data)
    // An error is always followed by a close, and says nothing that the close does not.
    socket.onerror = () => undefined
    socket.onclose = () => this.#end()
  }

  /** A connection that is open, or undefined where the node does not take one. */
  static async open(context: Context, endpoint: string, query: Query, signal: AbortSignal): Promise<Feed | undefined> {
    if (!context.webSocket) return undefined
    const url = `${endpoint.replace(/^http/, 'ws')}/api/ws0/messages${queryString(query)}`
    let feed: Feed
    try {
      feed = new Feed(endpoint, new context.webSocket(url), signal)
    } catch {
      return undefined // the platform does not allow it
    }
    try {
      await feed.#waitFor(context, openTimeoutMs)
    } catch (error) {
      feed.close()
      throw error
    }
    if (feed.#isOpen && !feed.#isEnded) return feed
    feed.close()
    return undefined
  }

  get hasFrames(): boolean {
    return this.#frames.length > 0
  }

  /** The next frame; `idle` after so long without one, `ended` when the connection is gone and all frames are taken. */
  async next(context: Context, idleMs: number): Promise<{ data: unknown } | 'idle' | 'ended'> {
    if (!this.hasFrames && !this.#isEnded) await this.#waitFor(context, idleMs)
    if (!this.hasFrames) return this.#isEnded ? 'ended' : 'idle'
    const data = this.#frames.shift()
    this.#chars -= lengthOf(data)
    return { data }
  }

  close(): void {
    if (this.#isEnded) return
    this.#end()
    try {
      this.socket.close()
    } catch {
      // it is gone already
    }
  }

  #take(data: unknown): void {
    if (this.#isEnded) return
    this.received++
    this.#frames.push(data)
    this.#chars += lengthOf(data)
    this.#wake()
    if (this.#frames.length < maxFrames && this.#chars < maxChars) return
    this.isOverfull = true
    this.close()
  }

  #end(): void {
    this.#isEnded = true
    this.signal.removeEventListener('abort', this.#onAbort)
    this.#wake()
  }

  /** Until something happens, or nothing did for so long. */
  async #waitFor(context: Context, limitMs: number): Promise<void> {
    const timer = new AbortController()
    const woken = new Promise<void>(resolve => (this.#wake = resolve))
    const over = context.http.clock.sleep(limitMs, timer.signal).catch(() => undefined) // something happened
    try {
      await raceAbort(Promise.race([woken, over]), this.signal)
    } finally {
      timer.abort()
      this.#wake = () => undefined
    }
  }
}

const lengthOf = (data: unknown): number => {
  if (typeof data === 'string') return data.length
  const { byteLength, size } = (data ?? {}) as { byteLength?: number; size?: number }
  return byteLength ?? size ?? 0
}
