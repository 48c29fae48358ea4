// Stands before a node and, by a seed, does to its answers whatever proxies, portals and broken lines do.
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** What becomes of a request: whether the node gets it, and what is answered. */
const faults = {
  lost: { isSent: true },
  unsent: { isSent: false },
  portal: { isSent: false, status: 200, body: '<!DOCTYPE html><title>Sign in</title>' },
  portalAfter: { isSent: true, status: 200, body: '<!DOCTYPE html><title>Sign in</title>' },
  accepted: { isSent: true, status: 202, body: 'Accepted' },
  transformed: { isSent: true, status: 203, body: '{"status":"success","message_status":"pending"}' },
  partial: { isSent: true, status: 206, body: '{"status":' },
  empty: { isSent: true, status: 204, body: '' },
  redirect: { isSent: false, status: 302, body: '' },
  badGateway: { isSent: true, status: 502, body: '<html>Bad Gateway</html>' },
  unavailable: { isSent: false, status: 503, body: '' },
  gatewayTimeout: { isSent: true, status: 504, body: '' },
  tooMany: { isSent: true, status: 429, body: '' },
  tooManyBefore: { isSent: false, status: 429, body: '' },
  pageNotFound: { isSent: true, status: 404, body: '<html>404 Not Found</html>' },
  pageInvalid: { isSent: true, status: 422, body: '<html>Unprocessable</html>' },
  signIn: { isSent: true, status: 511, body: '<html>Sign in</html>' },
  truncated: { isSent: true, status: 200, body: '{"status"', announcedBytes: 1000 },
  oversized: { isSent: true, status: 200, body: `{"x":"${'x'.repeat(1_100_000)}"}` },
} satisfies Record<string, Fault>
interface Fault {
  isSent: boolean
  /** Undefined breaks the connection. */
  status?: number
  body?: string
  announcedBytes?: number
}
export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as FaultName[]

export class FaultProxy {
  /** The fault of a request, or undefined for none. */
  choose: (request: { method: string; path: string }) => FaultName | undefined = () => undefined
  readonly hits = new Map<string, number>()
  readonly #server: Server

  private constructor(readonly target: string) {
    this.#server = createServer(
      (request, response) => void this.#handle(request, response).catch(() => response.destroy()),
    )
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Of its own it knows no time: that of the node goes on.
    response.sendDate = false
    const body: Buffer[] = []
    for await (const chunk of request) body.push(chunk as Buffer)
    const { method = 'GET', url: path = '' } = request
    const name = this.choose({ method, path })
    const fault: Fault | undefined = name && faults[name]
    if (name) this.hits.set(name, (this.hits.get(name) ?? 0) + 1)
    const answer = fault?.isSent === false ? undefined : await this.#forward(request, Buffer.concat(body))
    if (!fault) return void response.writeHead(answer?.status ?? 500, answer?.headers).end(answer?.body)
    if (fault.status === undefined) return void request.socket.destroy()
    const { status, body: text = '', announcedBytes } = fault
    if (announcedBytes === undefined) return void response.writeHead(status).end(text)
    response.writeHead(status, { 'content-length': announcedBytes }).write(text, () => request.socket.destroy())
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer) {
    const { host: _, ...rest } = headers
    const forwarded = httpRequest(this.target + (url ?? ''), { method, headers: rest, agent: false })
    forwarded.end(body)
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    const { connection: __, ...kept } = answer.headers
    return { status: answer.statusCode ?? 500, headers: kept, body: Buffer.concat(chunks) }
  }
}

/** Numbers in [0, 1) that are the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
