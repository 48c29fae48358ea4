// What the client needs of the platform to speak HTTP. Uploads have a function of their own because `fetch` keeps a
// streamed body in memory as a whole.

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
  /** Called whenever more has been handed to the network. */
  onSent: () => void
  maxAnswerBytes: number
}

export interface UploadAnswer {
  status: number
  header(name: string): string | undefined
  body: string
}

/** Sends a form by streaming with back-pressure. A broken connection rejects; any HTTP status resolves. */
export type UploadFunction = (request: UploadRequest) => Promise<UploadAnswer>

/** What happens below a call, for logs and for a UI that tells why it waits. Holds no secret and no body. */
export type HttpEvent =
  | { type: 'answer'; method: string; url: string; status: number; durationMs: number }
  | { type: 'failure'; method: string; url: string; reason: string; durationMs: number }
  | { type: 'wait'; delayMs: number; reason: string; attempt: number }
