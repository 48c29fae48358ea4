// What the client needs of the platform to speak HTTP. Files have functions of their own: `fetch` keeps a body that it
// sends in memory as a whole, and is slow with one that it receives.
import type { ErrorCode } from '../errors.js'

export type FetchFunction = (url: string, init: RequestInit) => Promise<Response>

/** One part of a multipart form. `length` is exact: the request announces it. */
export interface UploadPart {
  name: string
  filename?: string
  contentType?: string
  lengthBytes: number
  body: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

export interface UploadRequest {
  url: string
  parts: UploadPart[]
  signal: AbortSignal
  /** Called whenever more has been passed to the network, with true once that is all. */
  onSent: (isAll: boolean) => void
  maxAnswerBytes: number
}

export interface UploadAnswer {
  status: number
  header(name: string): string | undefined
  body: string
}

/** Sends a form by streaming with back-pressure. A broken connection rejects; any HTTP status resolves. */
export type UploadFunction = (request: UploadRequest) => Promise<UploadAnswer>

/** An answer whose body is still to be read. */
export interface DownloadAnswer {
  status: number
  header(name: string): string | null | undefined
  body: AsyncIterable<Uint8Array>
  /** Lets go of what is not read, and of the connection with it. */
  close(): void
}

/**
 * Opens a body by GET. A broken connection rejects, here or while it is read; any HTTP status resolves. No redirect is
 * followed; who asks with `headers` gets it as an answer.
 */
export type DownloadFunction = (
  url: string,
  signal: AbortSignal,
  headers?: Readonly<Record<string, string>>,
) => Promise<DownloadAnswer>

/** Downloads by a `fetch` that somebody gave. */
export const downloadBy =
  (fetch: FetchFunction): DownloadFunction =>
  async (url, signal, asked) => {
    const { status, headers, body } = await fetch(url, {
      redirect: 'manual',
      signal,
      ...(asked ? { headers: asked } : {}),
    })
    return {
      status,
      header: name => headers.get(name),
      body: body ?? emptyBody(),
      close: () => void body?.cancel().catch(() => undefined), // told by who reads
    }
  }

async function* emptyBody(): AsyncGenerator<Uint8Array> {}

/** What happens below a call, for logs and for a UI that tells why it waits. Holds no secret and no body. */
export type HttpEvent =
  | { type: 'answer'; method: string; url: string; status: number; durationMs: number }
  | { type: 'failure'; method: string; url: string; reason: string; durationMs: number }
  /** The next attempt comes in `delayMs`; `code` and `reason` are those of the error that it waits for to pass. */
  | { type: 'wait'; delayMs: number; code: ErrorCode; reason: string; attempt: number }

/** What the client uses of a WebSocket; that of browsers, of Node 22 and of `ws` are such. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: { code: number; reason: string }) => void) | null
  close(code?: number, reason?: string): void
}
export type WebSocketConstructor = new (url: string) => WebSocketLike

/** Node has one from version 22 on. */
export const platformWebSocket = (): WebSocketConstructor | undefined =>
  (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
