// Stands between the extension and the local node and changes what the node says.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeUrl } from './extension.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

/**
 * `change` gets path and body of every answer and returns the body to be passed on; `instead` may keep it waiting, or
 * answer in its place.
 */
export async function startLyingNode(
  change: (path: string, body: Buffer) => Buffer,
  instead: (path: string) => Promise<{ status: number; body: string } | undefined> = async () => undefined,
) {
  const server = createServer((request, response) => {
    void (async () => {
      const own = await instead(request.url ?? '')
      if (own) return void response.writeHead(own.status).end(own.body)
      const answer = await nodeFetch(nodeUrl + request.url)
      const body = change(request.url ?? '', Buffer.from(await answer.arrayBuffer()))
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body)
    })()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
