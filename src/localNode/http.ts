// What handlers get and give: requests, replies and errors in the shapes of the real node (protocol §5.0).
import type { IncomingMessage } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Readable } from 'node:stream'
import type { Suffering } from './faults.js'
import type { FileStore } from './fileStore.js'
import type { Housekeeping } from './housekeeping.js'
import type { LiveServer } from './live/liveServer.js'
import type { Processing } from './processing.js'
import { pythonJson } from './pythonJson.js'
import type { State } from './state/state.js'
import type { FieldError } from './validate.js'

/** The parts of one node. */
export interface NodeParts {
  state: State
  files: FileStore
  processing: Processing
  housekeeping: Housekeeping
  live: LiveServer
  /** What `/version` says about which node this is, beyond what a real node says. */
  instance: string | undefined
  /** Seconds since 1970. */
  now: () => number
  /** Whether answers say what time it is. */
  sendsDate: boolean
}

export interface Context {
  node: NodeParts
  request: IncomingMessage
  /** The parts of the path that the route names, decoded. */
  params: readonly string[]
  query: URLSearchParams
  suffering: Suffering | undefined
}

export interface Reply {
  status: number
  contentType: string
  /** A stream without a size is sent in chunks. */
  body: string | Buffer | { open: () => Readable; size: number | undefined }
  headers?: Record<string, string>
  /** Compressed if the client accepts it: posts, base64 files. */
  isCompressible?: boolean
}

export type Handler = (context: Context) => Reply | Promise<Reply>

const jsonType = 'application/json; charset=utf-8'
const textType = 'text/plain; charset=utf-8'

/** JSON text as it is; half of the endpoints write it compact. */
export const jsonText = (body: string, status = 200): Reply => ({ status, contentType: jsonType, body })
export const compact = (value: unknown, status = 200): Reply => jsonText(JSON.stringify(value), status)
/** JSON with blanks and \uXXXX, the other half. */
export const spaced = (value: unknown, status = 200): Reply => jsonText(pythonJson(value), status)
export const text = (body: string, status: number): Reply => ({ status, contentType: textType, body })

/** An error with a text of its own, or `STATUS: reason`. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly reply: Reply
  constructor(status: number, body?: string, { asJson = false } = {}) {
    super(body)
    // The reason phrases of Python 3.13, which differ from Node's in one place.
    const reason = status === 422 ? 'Unprocessable Content' : (STATUS_CODES[status] ?? '')
    this.reply = { ...text(body ?? `${status}: ${reason}`, status), ...(asJson ? { contentType: jsonType } : {}) }
  }
}

/** `STATUS: text`, for errors that the real node raises with a reason. */
export const reasonError = (status: number, reason: string) => new HttpError(status, `${status}: ${reason}`)

export const notFound = () => new HttpError(404)

/** Whatever the real node did not expect itself. */
export const serverError = (): Reply => text('500 Internal Server Error\n\nServer got itself in trouble', 500)

export const pydanticError = (errors: readonly FieldError[], asJson = false) =>
  new HttpError(422, JSON.stringify(errors), { asJson })

export const bodyTooLarge = (limitBytes: number) =>
  new HttpError(413, `Maximum request body size ${limitBytes} exceeded.`)

/** The whole body, or 413 as soon as it is too much. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limitBytes) throw bodyTooLarge(limitBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
