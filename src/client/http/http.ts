// The one place for every request: time limits, retries, fail-over, bounded answers.
import { AlephError, abortError, isAlephError, throwIfAborted } from '../errors.js'
import type { Clock } from './clock.js'
import { Deadline, raceAbort, readText } from './limits.js'
import { isFailOver, jitterMs, parseRetryAfter, retryDelayMs, type RetryPolicy } from './retry.js'
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
  timeoutMs?: number
  /** False, beside an endpoint, where the caller decides itself whether to ask again. */
  retry?: boolean
}

export interface HttpAnswer {
  status: number
  text: string
  endpoint: string
}

export interface StreamOptions {
  signal?: AbortSignal | undefined
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
const defaultTimeoutMs = 30_000
const maxBackOffMs = 30_000
/** A node's workers end a request after 300 s (protocol §11.10); silence for longer means nobody is there. */
const transferTimeoutMs = 300_000

export class Http {
  readonly endpoints: readonly string[]
  readonly clock: Clock
  readonly #options: HttpOptions
  #preferred: { endpoint: string; untilMs: number } | undefined

  constructor(options: HttpOptions) {
    this.#options = options
    this.endpoints = options.endpoints
    this.clock = options.clock
  }

  /** The endpoint that a write should use for all of its life: one that answered of late, or that answers now. */
  async writeEndpoint(signal?: AbortSignal): Promise<string> {
    const preferred = this.#preferred
    if (preferred && this.clock.now() <= preferred.untilMs) return preferred.endpoint
    if (this.endpoints.length === 1) return this.endpoints[0] as string
    return (await this.request('/api/v0/version', { signal, accept: [404] })).endpoint
  }

  /** GET, or POST when there is a body. Retried, and for reads without a fixed endpoint failed over. */
  async request(path: string, options: RequestOptions = {}): Promise<HttpAnswer> {
    const attempt = (endpoint: string) => this.#requestOnce(endpoint, path, options)
    if (options.retry === false && options.endpoint !== undefined) return attempt(options.endpoint)
    return this.retrying(attempt, options)
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
    const deadline = new Deadline(this.clock, defaultTimeoutMs, options.signal)
    try {
      return await this.#observed('GET', url, deadline.signal, async () => {
        const { status, header, body, close } = await raceAbort(
          this.#options.download(url, deadline.signal, options.headers),
          deadline.signal,
        )
        try {
          // A page of HTML around an error must not hide it.
          const reason = () => readText(body, 10_000).catch(() => '')
          await this.#assertAccepted(status, header, options.accept, reason)
          const length = header('content-length')
          // A content coding changes the length on the wire.
          const isPlain = !header('content-encoding')
          const answer = { status, header, lengthBytes: length && isPlain ? Number(length) : undefined }
          return { status, result: await raceAbort(read(touched(body, deadline), answer), deadline.signal) }
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
    const deadline = new Deadline(this.clock, transferTimeoutMs, options.signal)
    const url = endpoint + path
    try {
      return await this.#observed('POST', url, deadline.signal, async () => {
        const sending = this.#options.upload({
          url,
          parts,
          signal: deadline.signal,
          maxAnswerBytes: 1_000_000,
          onSent: () => deadline.touch(),
        })
        const answer = await raceAbort(sending, deadline.signal)
        await this.#assertAccepted(
          answer.status,
          name => answer.header(name),
          options.accept,
          async () => answer.body,
        )
        return { status: answer.status, result: { status: answer.status, text: answer.body, endpoint } }
      })
    } finally {
      deadline.end()
    }
  }

  /**
   * Runs `attempt` until it succeeds, patience ends or the error is final. Without a fixed endpoint every endpoint gets
   * its chance before each wait.
   */
  async retrying<T>(attempt: (endpoint: string) => Promise<T>, options: CallOptions): Promise<T> {
    let waitedMs = 0
    for (let round = 0; ; round++) {
      let failure: unknown
      for (const endpoint of options.endpoint === undefined ? this.#order() : [options.endpoint]) {
        throwIfAborted(options.signal)
        try {
          const result = await attempt(endpoint)
          if (options.endpoint === undefined) this.#prefer(endpoint)
          return result
        } catch (error) {
          if (!isFailOver(error)) throw error
          failure = error
        }
      }
      const delayMs = retryDelayMs(failure, round, waitedMs, this.#options.retry)
      if (delayMs === undefined) throw failure
      waitedMs += delayMs
      await this.#wait(failure as AlephError, delayMs, round, options.signal)
    }
  }

  /** Waits before another attempt of something that does not give up by itself: half a minute at most, and says so. */
  async backOff(failure: AlephError, attempt: number, signal?: AbortSignal): Promise<void> {
    const delayMs = failure.response?.retryAfterMs ?? jitterMs(attempt, this.#options.retry.random, maxBackOffMs)
    await this.#wait(failure, Math.min(delayMs, maxBackOffMs), attempt, signal)
  }

  async #wait(failure: AlephError, delayMs: number, attempt: number, signal: AbortSignal | undefined): Promise<void> {
    const { code, message: reason } = failure
    this.#options.onEvent({ type: 'wait', delayMs, code, reason, attempt: attempt + 1 })
    await this.clock.sleep(delayMs, signal)
  }

  async #requestOnce(endpoint: string, path: string, options: RequestOptions): Promise<HttpAnswer> {
    const url = endpoint + path + queryString(options.query)
    const method = options.method ?? (options.body === undefined ? 'GET' : 'POST')
    const deadline = new Deadline(this.clock, options.timeoutMs ?? defaultTimeoutMs, options.signal)
    try {
      return await this.#observed(method, url, deadline.signal, async () => {
        const init: RequestInit = {
          method,
          redirect: 'error',
          signal: deadline.signal,
          ...(options.body === undefined
            ? {}
            : { body: options.body, headers: { 'content-type': 'application/json' } }),
        }
        const exchange = async () => {
          const response = await this.#options.fetch(url, init)
          const text = await readText(response.body, options.maxBytes ?? defaultMaxBytes)
          return { response, text }
        }
        const { response, text } = await raceAbort(exchange(), deadline.signal)
        await this.#assertAccepted(
          response.status,
          name => response.headers.get(name),
          options.accept,
          async () => text,
        )
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
    signal: AbortSignal,
    run: () => Promise<{ status: number; result: T }>,
  ): Promise<T> {
    throwIfAborted(signal)
    const startMs = this.clock.now()
    try {
      const { status, result } = await run()
      this.#options.onEvent({ type: 'answer', method, url, status, durationMs: this.clock.now() - startMs })
      return result
    } catch (cause) {
      const error = signal.aborted ? abortError(signal) : isAlephError(cause) ? cause : brokenConnection(url, cause)
      this.#options.onEvent({
        type: 'failure',
        method,
        url,
        reason: error.message,
        durationMs: this.clock.now() - startMs,
      })
      throw error
    }
  }

  async #assertAccepted(
    status: number,
    header: (name: string) => string | null | undefined,
    accept: readonly number[] | undefined,
    text: () => Promise<string>,
  ): Promise<void> {
    if ((status >= 200 && status < 300) || accept?.includes(status)) return
    const retryAfterMs = parseRetryAfter(header('retry-after'), this.clock.now())
    throw statusError(status, shown(await text()), retryAfterMs)
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

async function* touched(body: AsyncIterable<Uint8Array>, deadline: Deadline): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    deadline.touch()
    yield chunk
  }
}

/** A node's text, fit to be shown: one line, no control characters, at most 200 characters. */
const shown = (text: string) =>
  text
    .slice(0, 1000)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 200)

export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new AlephError('NETWORK', `The node's answer to ${what} is not JSON; is this the URL of an Aleph Cloud node?`)
  }
}

function statusError(status: number, reason: string, retryAfterMs: number | undefined): AlephError {
  const retryable = status === 408 || status === 429 || status >= 500
  const response = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  const error = (code: ConstructorParameters<typeof AlephError>[0], message: string) =>
    new AlephError(code, message, { response, retryable, details: { reason } })
  if (status === 402)
    return error('INSUFFICIENT_FUNDS', 'The node refused the upload because the account holds too little.')
  if (status === 404) return error('NOT_FOUND', 'The node does not know this.')
  if (status === 408) return error('TIMEOUT', 'The node gave up waiting for the request.')
  if (status === 413) return error('TOO_LARGE', 'The node refused the request because it is too large.')
  if (status === 429)
    return error('RATE_LIMITED', 'The node is refusing requests because there were too many; try again later.')
  if (status >= 500) return error('NETWORK', `The node failed to answer (HTTP ${status}).`)
  return error('REJECTED', `The node refused the request (HTTP ${status}).`)
}

/** Nothing was sent: nobody listens there, or the name leads nowhere. */
const neverSentCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

function brokenConnection(url: string, cause: unknown): AlephError {
  const codes = [cause, (cause as { cause?: unknown } | undefined)?.cause].map(
    each => (each as { code?: unknown } | undefined)?.code,
  )
  const neverSent = codes.some(code => typeof code === 'string' && neverSentCodes.has(code))
  return new AlephError('NETWORK', `The node ${new URL(url).host} can not be reached.`, {
    cause,
    retryable: true,
    details: { neverSent },
  })
}

export function queryString(query: Query | undefined): string {
  const parts = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  )
  return parts.length ? `?${parts.join('&')}` : ''
}
