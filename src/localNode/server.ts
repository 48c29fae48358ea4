// HTTP: routing, CORS, HEAD, compression, faults, and errors (protocol §5.0). Handlers know none of it.
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { deflate, gzip } from 'node:zlib'
import type { Faults, Suffering } from './faults.js'
import type { Neighbors } from './neighbors.js'
import { NotWritten } from './disk.js'
import { FileDamaged, FileTooLarge } from './fileStore.js'
import { bodyTooLarge, HttpError, notFound, pydanticError, serverError, text } from './http.js'
import type { Context, Handler, NodeParts, Reply } from './http.js'
import { QueryError } from './query.js'
import { delay } from './time.js'
import { Upgrades } from './upgrade.js'

export interface Route {
  method: 'GET' | 'POST'
  /** A path whose `{}` stand for one segment each (without the suffix that follows in the same segment). */
  path: string
  handler: Handler
}

/** What no request of a client needs more of. A request that is slower than this is given up with 408. */
const limits: ServerOptions = {
  maxHeaderSize: 16_384,
  headersTimeout: 30_000,
  requestTimeout: 900_000,
  connectionsCheckingInterval: 5_000,
}

/** As the real node, which closes an idle connection under a client's next request. */
const idleConnectionMs = 2_000

interface CompiledRoute extends Route {
  pattern: RegExp
}

export class NodeServer {
  readonly #node: NodeParts
  readonly #faults: Faults
  readonly #neighbors: Neighbors
  readonly #routes: CompiledRoute[]
  readonly #server: Server
  readonly #upgrades: Upgrades
  /** Called at every request, to notice idleness. */
  readonly #begin: () => () => void

  constructor(
    node: NodeParts,
    faults: Faults,
    neighbors: Neighbors,
    routes: readonly Route[],
    begin: () => () => void,
  ) {
    this.#node = node
    this.#faults = faults
    this.#neighbors = neighbors
    this.#begin = begin
    this.#routes = routes.map(route => ({
      ...route,
      pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll('{}', '([^/]+?)')}$`),
    }))
    this.#server = createServer(limits, (request, response) => void this.#answer(request, response))
    this.#upgrades = new Upgrades(
      node.live,
      faults,
      neighbors,
      (request, response) => void this.#answer(request, response),
    )
    this.#server.on('upgrade', (request, socket: Socket, head) => {
      if (!neighbors.refusal(request)) socket.once('close', this.#begin())
      this.#upgrades.take(request, socket, head).catch(() => socket.destroy())
    })
  }

  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        const address = this.#server.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await this.#upgrades.close()
    return closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', ...search] = (request.url ?? '/').split('?')
    const query = new URLSearchParams(search.join('?'))
    const method = request.method ?? 'GET'
    response.on('error', () => undefined) // the client went away
    request.on('error', () => undefined)
    // By its own clock, which tests set.
    response.sendDate = false
    if (this.#node.sendsDate) response.setHeader('Date', new Date(this.#node.now() * 1000).toUTCString())
    try {
      // Node would add a header with the time for which it keeps the connection; the real node doesn't say it.
      if (response.shouldKeepAlive) response.setHeader('Connection', 'keep-alive')
      // Nor does it wait another second, as Node does. Without a timeout the connection isn't idle.
      const { socket } = request
      response.once('finish', () => socket.timeout && socket.setTimeout(idleConnectionMs))
      const refusal = this.#neighbors.refusal(request)
      if (refusal) return await send(request, response, { ...text(refusal, 403), headers: { Connection: 'close' } })
      response.once('close', this.#begin())
      await this.#tick()
      const suffering = method === 'OPTIONS' ? undefined : this.#faults.draw(method, path)
      if (suffering?.delayMs) await delay(suffering.delayMs, response)
      if (suffering?.breaksBefore) return void request.socket.resetAndDestroy()
      const reply = suffering?.answer
        ? withCors(request, faultReply(suffering.answer))
        : await this.#handle(request, path, query, suffering)
      if (suffering?.breaksAfter) return void request.socket.resetAndDestroy()
      await send(request, response, reply)
    } catch {
      response.destroy() // a stream broke in the middle of an answer
    } finally {
      request.resume() // what nobody read must not keep the client from seeing the answer
    }
  }

  /** Housekeeping depends on a clock that tests can move. What fails here fails again where it matters. */
  async #tick(): Promise<void> {
    await this.#node.housekeeping.tick().catch(() => undefined)
  }

  async #handle(
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    suffering: Suffering | undefined,
  ): Promise<Reply> {
    const matches = this.#routes.flatMap(route => {
      const match = route.pattern.exec(path)
      return match ? [{ route, params: match.slice(1).map(decodeSegment) }] : []
    })
    if (!matches.length) return notFound().reply
    const { method = 'GET' } = request
    if (method === 'OPTIONS') return preflight(request)
    const found = matches.find(({ route }) => route.method === (method === 'HEAD' ? 'GET' : method))
    if (!found) return methodNotAllowed(new Set(matches.map(({ route }) => route.method)))
    const context: Context = {
      node: this.#node,
      request,
      params: found.params,
      query,
      suffering,
    }
    return withCors(request, await run(found.route.handler, context))
  }
}

async function run(handler: Handler, context: Context): Promise<Reply> {
  try {
    return await handler(context)
  } catch (error) {
    if (error instanceof HttpError) return error.reply
    if (error instanceof QueryError) return pydanticError(error.errors, error.asJson).reply
    if (error instanceof FileTooLarge) return bodyTooLarge(error.limitBytes).reply
    if (error instanceof FileDamaged) return text(`500: ${error.message}`, 500)
    if (error instanceof NotWritten) return notWritten(error)
    return serverError()
  }
}

/** Nothing happened: it can be sent again once there is room. */
const notWritten = ({ isFull, message }: NotWritten): Reply =>
  isFull
    ? text("507: There's no space left on the disk for this node's data.", 507)
    : text(`500: This node can't write its data: ${message}.`, 500)

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const faultReply = ({ status, retryAfter, body }: NonNullable<Suffering['answer']>): Reply => ({
  ...(body === undefined ? new HttpError(status).reply : text(body, status)),
  ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': retryAfter } }),
})

/** Unknown methods, like unknown paths, are answered without CORS headers (trap 47). */
function methodNotAllowed(methods: ReadonlySet<string>): Reply {
  const allowed = [...methods, 'OPTIONS', ...(methods.has('GET') ? ['HEAD'] : [])].sort()
  return { ...new HttpError(405).reply, headers: { Allow: allowed.join(',') } }
}

/** For every path that exists and both methods, whichever the path has. */
function preflight(request: IncomingMessage): Reply {
  const refuse = (reason: string) => text(`CORS preflight request failed: ${reason}`, 403)
  const { origin } = request.headers
  if (!origin) return refuse('origin header is not specified in the request')
  const wanted = request.headers['access-control-request-method']
  if (!wanted) return refuse("'Access-Control-Request-Method' header is not specified")
  if (wanted !== 'GET' && wanted !== 'POST')
    return refuse(`request method '${wanted}' is not allowed for '${origin}' origin`)
  const names = request.headers['access-control-request-headers']
  const headers: Record<string, string> = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': wanted,
  }
  if (names)
    headers['Access-Control-Allow-Headers'] = names
      .split(',')
      .map(name => name.trim().toUpperCase())
      .join(',')
  return { status: 200, contentType: '', body: '', headers }
}

function withCors(request: IncomingMessage, reply: Reply): Reply {
  const { origin } = request.headers
  if (!origin) return reply
  const exposed = ['Content-Length', 'Server', 'Date', ...Object.keys(reply.headers ?? {})]
  const cors = { 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': exposed.join(',') }
  return { ...reply, headers: { ...reply.headers, ...cors } }
}

const compressors = { deflate: promisify(deflate), gzip: promisify(gzip) }

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  response.statusCode = reply.status
  response.setHeader('Server', 'aleph-local-node')
  if (reply.contentType) response.setHeader('Content-Type', reply.contentType)
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  // "Processing": a head without an end, as the real node says it (protocol §5.6).
  if (reply.status < 200) return void response.end()
  const isHead = request.method === 'HEAD'
  if (typeof reply.body !== 'string' && !Buffer.isBuffer(reply.body)) {
    if (reply.body.size !== undefined) response.setHeader('Content-Length', reply.body.size)
    if (isHead) response.end()
    else await pipeline(reply.body.open(), response)
    return
  }
  let body = Buffer.from(reply.body)
  const accepted = request.headers['accept-encoding'] ?? ''
  const encoding = (['deflate', 'gzip'] as const).find(name => accepted.toString().includes(name))
  if (reply.isCompressible && encoding) {
    body = await compressors[encoding](body)
    response.setHeader('Content-Encoding', encoding)
  }
  response.setHeader('Content-Length', body.length)
  response.end(isHead ? undefined : body)
}
