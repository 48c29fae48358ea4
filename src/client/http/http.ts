// The one place for every request: time limits, retries, fail-over, bounded answers.
import { abortError, isAlephError, throwIfAborted, type AlephError } from '../errors.js'
import type { Clock } from './clock.js'
import { connectionError, isClosedUnanswered, redirectError, statusError, webPageError } from './failures.js'
import { parseJson } from './json.js'
import { Deadline, raceAbort, readText, touching } from './limits.js'
import { NodeTime } from './nodeTime.js'
import { backOffMs, isFailOver, parseRetryAfter, retryDelayMs, type RetryPolicy } from './retry.js'
import type { DownloadFunction, FetchFunction, HttpEvent, UploadFunction, UploadPart } from './transport.js'

export interface HttpOptions {
  endpoints: readonly string[]
  fetch: FetchFunction
  upload: UploadFunction
  download: DownloadFunction
  clock: Clock
  retry: RetryPolicy
  onEvent: (event: HttpEvent) => void
}

export type Query = Record<string, string | number | undefined>

interface CallOptions {
  signal?: AbortSignal | undefined
  /** Only this endpoint: for writes, and for reading back what was written. */
  endpoint?: string | undefined
  /** False where the caller decides whether to ask again: each endpoint is tried once, and nothing is waited for. */
  retry?: boolean | undefined
}

export interface RequestOptions extends CallOptions {
  query?: Query
  /** Only the status is wanted. */
  method?: 'HEAD'
  /** A JSON text; its presence makes the request a POST. */
  body?: string
  /** Statuses besides 2xx that are answers for the caller and no errors. */
  accept?: readonly number[]
  maxBytes?: number
  /** How long the node may be silent, 30 s if not given. */
  timeoutMs?: number
  /** How long the whole answer may take, as long as the silence if not given. */
  totalMs?: number
}

export interface HttpAnswer {
  status: number
  text: string
  endpoint: string
}

export interface StreamOptions {
  signal?: AbortSignal | undefined
  /** How long all of it may take; as long as bytes come if not given. */
  totalMs?: number | undefined
  accept?: readonly number[]
  headers?: Readonly<Record<string, string>>
}

export interface StreamAnswer {
  status: number
  header(name: string): string | null | undefined
  lengthBytes: number | undefined
}

export interface UploadOptions {
  signal?: AbortSignal | undefined
  accept?: readonly number[]
}

/** How long a healthy endpoint is asked first after another one failed. */
const preferenceMs = 60_000
/** A list of 200 messages with contents of 200 000 bytes, and room. */
const defaultMaxBytes = 64 * 1024 * 1024
/** Above any answer that is about one thing, and holds no content. */
export const smallAnswerBytes = 1_000_000
const defaultTimeoutMs = 30_000
/** A form that doesn't move for so long isn't taken any more. */
const sendingSilenceMs = 60_000
/**
 * After the last byte a node holds a publication for up to 30 s, and before that it checks and pins the bytes, of which the
 * last ones may still be on their way. Its workers end a request after 300 s (protocol §11.10).
 */
const answerSilenceMs = (sentBytes: number) => Math.min(300_000, 60_000 + sentBytes / 100)
/** The platform chooses which connection a request takes; so many may be closed after a few requests at a time. */
const maxIdleConnections = 3
/** Once nodes were silent for so long within one call, it isn't tried again. */
const maxSilenceMs = 90_000

export class Http {
  readonly endpoints: readonly string[]
  readonly clock: Clock
  readonly #options: HttpOptions
  readonly #nodeTime: NodeTime
  readonly #askingTime = new Map<string, Promise<void>>()
  #preferred: { endpoint: string; untilMs: number } | undefined

  constructor(options: HttpOptions) {
    this.#options = options
    this.endpoints = options.endpoints
    this.clock = options.clock
    this.#nodeTime = new NodeTime(options.clock)
  }

  /** The endpoint that a write should use for all of its life: one that answered of late, or that answers now. */
  async writeEndpoint(signal?: AbortSignal): Promise<string> {
    const preferred = this.#preferred
    if (preferred && this.clock.now() <= preferred.untilMs) return preferred.endpoint
    if (this.endpoints.length === 1) return this.endpoints[0] as string
    return (await this.request('/api/v0/version', { signal, accept: [404], maxBytes: smallAnswerBytes })).endpoint
  }

  /**
   * Before anything is signed for this endpoint: throws `INVALID_INPUT` when the clock of this computer and that of the node
   * differ by more than five minutes. A node that wasn't heard of lately is asked once.
   */
  async assertClock(endpoint: string, signal?: AbortSignal): Promise<void> {
    if (this.#nodeTime.isOpen(endpoint)) {
      const asking = this.#askingTime.get(endpoint) ?? this.#askTime(endpoint)
      this.#askingTime.set(endpoint, asking)
      await (signal ? raceAbort(asking, signal) : asking)
    }
    this.#nodeTime.assert(endpoint)
  }

  async #askTime(endpoint: string): Promise<void> {
    try {
      await this.request('/api/v0/version', { endpoint, method: 'HEAD', accept: [404, 405], retry: false })
    } catch (error) {
      // Whoever writes next learns why the node doesn't answer; without an answer there is no time to compare with.
      if (!isAlephError(error)) throw error
    } finally {
      this.#askingTime.delete(endpoint)
    }
  }

  /** GET, or POST when there is a body. Retried, and for reads without a fixed endpoint failed over. */
  async request(path: string, options: RequestOptions = {}): Promise<HttpAnswer> {
    const attempt = (endpoint: string) => this.#requestOnce(endpoint, path, options)
    // Whether a form or message that got no answer may be sent again is for its sender to say.
    const isOnce = options.retry === false && options.endpoint !== undefined && options.body !== undefined
    return isOnce ? attempt(options.endpoint as string) : this.retrying(attempt, options)
  }

  /** The answer parsed. Throws `NETWORK` when the node sends something that is not JSON. */
  async json(path: string, options: RequestOptions = {}): Promise<unknown> {
    const answer = await this.request(path, options)
    return parseJson(answer.text, path)
  }

  /**
   * Opens a body to be read as a stream, one attempt: `read` gets it and may take as long as bytes keep coming. Wrap it
   * in `retrying` to begin again after a break.
   */
  async stream<T>(
    endpoint: string,
    path: string,
    options: StreamOptions,
    read: (body: AsyncIterable<Uint8Array>, answer: StreamAnswer) => Promise<T>,
  ): Promise<T> {
    const url = endpoint + path
    const deadline = new Deadline(this.clock, { silence: defaultTimeoutMs, total: options.totalMs }, options.signal)
    try {
      return await this.#observed('GET', url, deadline, async onAnswer => {
        const { status, header, body, close } = await raceAbort(
          this.#options.download(url, deadline.signal, options.headers),
          deadline.signal,
        )
        onAnswer(header)
        try {
          // A page of HTML around an error must not hide it.
          const reason = () => raceAbort(readText(body, 10_000), deadline.signal).catch(() => '')
          await this.#assertAccepted(url, status, header, options.accept, reason)
          const length = header('content-length')
          // A content coding changes the length on the wire.
          const isPlain = !header('content-encoding')
          const answer = { status, header, lengthBytes: length && isPlain ? Number(length) : undefined }
          return { status, result: await raceAbort(read(touching(body, deadline), answer), deadline.signal) }
        } finally {
          close()
        }
      })
    } finally {
      deadline.end()
    }
  }

  /** Sends a form, one attempt: wrap it in `retrying`. Parts are read anew each time. */
  async uploadOnce(endpoint: string, path: string, parts: UploadPart[], options: UploadOptions): Promise<HttpAnswer> {
    const deadline = new Deadline(this.clock, { silence: sendingSilenceMs }, options.signal)
    const url = endpoint + path
    const sizeBytes = parts.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
    try {
      return await this.#observed('POST', url, deadline, async onAnswer => {
        deadline.touch() // whatever breaks from here on broke while it was sent
        const sending = this.#options.upload({
          url,
          parts,
          signal: deadline.signal,
          maxAnswerBytes: 1_000_000,
          onSent: isAll => deadline.touch(isAll ? answerSilenceMs(sizeBytes) : sendingSilenceMs),
        })
        const answer = await raceAbort(sending, deadline.signal)
        const header = (name: string) => answer.header(name)
        onAnswer(header)
        await this.#assertAccepted(url, answer.status, header, options.accept, async () => answer.body)
        assertNoWebPage(url, answer.status, answer.body)
        return { status: answer.status, result: { status: answer.status, text: answer.body, endpoint } }
      })
    } finally {
      deadline.end()
    }
  }

  /**
   * Runs `attempt` until it succeeds, patience ends or the error is final. Without a fixed endpoint every endpoint gets
   * its chance before each wait. What got no answer because the connection was closed is tried again at once.
   */
  async retrying<T>(attempt: (endpoint: string) => Promise<T>, options: CallOptions): Promise<T> {
    let waitedMs = 0
    let silentMs = 0
    const idle = { left: maxIdleConnections }
    for (let round = 0; ; round++) {
      let failure: AlephError | undefined
      for (const endpoint of options.endpoint === undefined ? this.#order() : [options.endpoint]) {
        throwIfAborted(options.signal)
        try {
          const result = await this.#onNewConnection(() => attempt(endpoint), idle, options.signal)
          if (options.endpoint === undefined) this.#prefer(endpoint)
          return result
        } catch (error) {
          if (!isFailOver(error)) throw error
          if (error.code === 'TIMEOUT') silentMs += Number(error.details.silentMs ?? 0)
          // Worth another round if one of them may do better then.
          if (!failure?.retryable || error.retryable) failure = error
        }
      }
      const last = failure as unknown as AlephError // there is an endpoint at least
      const isOver = options.retry === false || silentMs >= maxSilenceMs
      const delayMs = isOver ? undefined : retryDelayMs(last, round, waitedMs, this.#options.retry)
      if (delayMs === undefined) throw last
      waitedMs += delayMs
      await this.#wait(last, delayMs, round, options.signal)
    }
  }

  /** Connections are kept after an answer, and nodes close them after two seconds, perhaps under the next request. */
  async #onNewConnection<T>(
    attempt: () => Promise<T>,
    idle: { left: number },
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (;;)
      try {
        return await attempt()
      } catch (error) {
        if (!isAlephError(error) || !isClosedUnanswered(error) || idle.left-- <= 0) throw error
        throwIfAborted(signal)
      }
  }

  /** Waits before another attempt of something that doesn't give up by itself: a minute at most, and says so. */
  async backOff(failure: AlephError, attempt: number, signal?: AbortSignal): Promise<void> {
    await this.#wait(failure, backOffMs(failure, attempt, this.#options.retry.random), attempt, signal)
  }

  async #wait(failure: AlephError, delayMs: number, attempt: number, signal: AbortSignal | undefined): Promise<void> {
    const { code, message: reason } = failure
    this.#options.onEvent({ type: 'wait', delayMs, code, reason, attempt: attempt + 1 })
    await this.clock.sleep(delayMs, signal)
  }

  async #requestOnce(endpoint: string, path: string, options: RequestOptions): Promise<HttpAnswer> {
    const url = endpoint + path + queryString(options.query)
    const method = options.method ?? (options.body === undefined ? 'GET' : 'POST')
    const { timeoutMs: silence = defaultTimeoutMs, totalMs: total = silence } = options
    const deadline = new Deadline(this.clock, { silence, total }, options.signal)
    try {
      return await this.#observed(method, url, deadline, async onAnswer => {
        const init: RequestInit = {
          method,
          redirect: 'manual',
          signal: deadline.signal,
          ...(options.body === undefined
            ? {}
            : { body: options.body, headers: { 'content-type': 'application/json' } }),
        }
        const exchange = async () => {
          const response = await this.#options.fetch(url, init)
          onAnswer(name => response.headers.get(name))
          const text = response.body
            ? await readText(touching(response.body, deadline), options.maxBytes ?? defaultMaxBytes)
            : ''
          return { response, text }
        }
        const { response, text } = await raceAbort(exchange(), deadline.signal)
        const header = (name: string) => response.headers.get(name)
        await this.#assertAccepted(url, response.status, header, options.accept, async () => text)
        assertNoWebPage(url, response.status, text)
        return { status: response.status, result: { status: response.status, text, endpoint } }
      })
    } finally {
      deadline.end()
    }
  }

  /** Reports the attempt and turns whatever the platform throws into an error of ours. */
  async #observed<T>(
    method: string,
    url: string,
    deadline: Deadline,
    /** Calls its argument once the head of an answer is there. */
    run: (onAnswer: (header: Header) => void) => Promise<{ status: number; result: T }>,
  ): Promise<T> {
    const { signal } = deadline
    throwIfAborted(signal)
    const startMs = this.clock.now()
    let isAnswered = false
    try {
      const { status, result } = await run(header => {
        isAnswered = true
        this.#nodeTime.note(url, header('date'))
      })
      this.#options.onEvent({ type: 'answer', method, url, status, durationMs: this.clock.now() - startMs })
      return result
    } catch (cause) {
      const progress = isAnswered
        ? deadline.isTouched
          ? 'body'
          : 'head'
        : isSending(cause, deadline)
          ? 'sending'
          : undefined
      const error = signal.aborted
        ? abortError(signal)
        : isAlephError(cause)
          ? cause
          : connectionError(url, cause, progress)
      this.#options.onEvent({
        type: 'failure',
        method,
        url,
        reason: reasonOf(error),
        durationMs: this.clock.now() - startMs,
      })
      throw error
    }
  }

  async #assertAccepted(
    url: string,
    status: number,
    header: Header,
    accept: readonly number[] | undefined,
    text: () => Promise<string>,
  ): Promise<void> {
    if ((status >= 200 && status < 300) || accept?.includes(status)) return
    // Browsers show nothing of a redirect, not even its status.
    if (status === 0 || (status >= 300 && status < 400)) throw redirectError(url, status, header('location'))
    const retryAfterMs = parseRetryAfter(header('retry-after'), this.clock.now())
    throw statusError(url, { status, text: await text(), retryAfterMs })
  }

  #order(): readonly string[] {
    const preferred = this.#preferred
    if (!preferred || this.clock.now() > preferred.untilMs) return this.endpoints
    return [preferred.endpoint, ...this.endpoints.filter(endpoint => endpoint !== preferred.endpoint)]
  }

  #prefer(endpoint: string): void {
    if (this.endpoints[0] === endpoint) this.#preferred = undefined
    else if (this.#preferred?.endpoint !== endpoint)
      this.#preferred = { endpoint, untilMs: this.clock.now() + preferenceMs }
  }
}

/** A form goes out on a connection of its own, or on one that was kept and may have been closed before. */
const isSending = (cause: unknown, { isTouched }: Deadline): boolean =>
  isTouched && (cause as { isReused?: unknown } | undefined)?.isReused !== true

type Header = (name: string) => string | null | undefined

/** Nodes answer these calls with JSON, or with nothing. */
function assertNoWebPage(url: string, status: number, text: string): void {
  if (status >= 200 && status < 300 && /^\s*</.test(text)) throw webPageError(url, status)
}

/** For the log: also what the node wrote, or which error of the system it was. */
function reasonOf({ message, details, response, cause }: AlephError): string {
  const inner = (cause as { cause?: unknown } | undefined)?.cause ?? cause
  const more = response ? details.reason : inner instanceof Error ? inner.message : undefined
  return typeof more === 'string' && more ? `${message} (${more.slice(0, 200)})` : message
}

export function queryString(query: Query | undefined): string {
  const parts = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  return parts.length ? `?${parts.join('&')}` : ''
}

export { parseJson }
