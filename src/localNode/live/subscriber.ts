// One open WebSocket: first what was there when it came, then what comes (protocol §5.7). It is registered in the same
// turn in which its history is fixed, so nothing is missed between the two and nothing comes twice.
import type { WebSocket } from 'ws'
import { rangeOf, selectLive } from '../routes/messageQuery.js'
import { listedMessage, processedMessage } from '../routes/messageShapes.js'
import type { MessageRow, Messages } from '../state/messages.js'
import { matchesLive, type LiveQuery } from './filters.js'

/** A processed message on its way to all subscribers; its text is made once, if anybody wants it. */
export class LiveMessage {
  #full: string | undefined
  #bare: string | undefined
  constructor(readonly row: MessageRow) {}

  text(withContent: boolean): string {
    if (withContent) return (this.#full ??= JSON.stringify(processedMessage(this.row)))
    const { content: _, ...bare } = processedMessage(this.row)
    return (this.#bare ??= JSON.stringify(bare))
  }
}

export interface SubscriberOptions {
  /** Bytes that may wait for a client that does not read; beyond, its connection is cut. */
  maxQueuedBytes: number
  /** A fault: the connection breaks after so many frames. */
  dropAfterFrames: number | undefined
}

export class Subscriber {
  readonly #history: MessageRow[]
  #queue: string[] = []
  #queuedBytes = 0
  #frames = 0
  #isSending = false

  constructor(
    private readonly socket: WebSocket,
    private readonly query: LiveQuery,
    messages: Messages,
    private readonly options: SubscriberOptions,
  ) {
    this.#history = newest(messages, query)
    void this.#send()
  }

  offer(message: LiveMessage): void {
    if (!matchesLive(message.row, this.query)) return
    if (this.#queuedBytes > this.options.maxQueuedBytes) return this.socket.terminate()
    const text = message.text(this.#withContent)
    this.#queuedBytes += text.length
    this.#queue.push(text)
    void this.#send()
  }

  /** Reduced contents are for lists; here there is the whole content or none. */
  get #withContent(): boolean {
    return this.query.format === 'full'
  }

  #next(): string | undefined {
    const row = this.#history.pop()
    if (row) return listedMessage(row, this.#withContent ? 'full' : 'none')
    const text = this.#queue.shift()
    this.#queuedBytes -= text?.length ?? 0
    return text
  }

  /** One frame at a time: the next one is made when the operating system has the last one. */
  async #send(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    try {
      for (;;) {
        if (this.#frames === this.options.dropAfterFrames) return this.socket.terminate()
        const text = this.#next()
        if (text === undefined) break
        await new Promise<void>((resolve, reject) =>
          this.socket.send(text, error => (error ? reject(error) : resolve())),
        )
        this.#frames++
      }
    } catch {
      // The client went away.
      this.socket.terminate()
      this.#queue = []
    } finally {
      this.#isSending = false
    }
  }
}

/** The last so many, or the first with `sortOrder=1`, in the order in which they are taken from the end. */
function newest(messages: Messages, query: LiveQuery): MessageRow[] {
  const rows: MessageRow[] = []
  if (!query.history) return rows
  for (const row of selectLive(messages, query, rangeOf(query))) if (rows.push(row) === query.history) break
  return rows
}
