// The client's own way to read files, against a server that misbehaves in every way a network can.
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AlephHttpClient } from '../../../src/client/client.js'
import { impatientClock } from '../../helpers/fakes.js'

const content = Buffer.alloc(3_000_000, 'aleph')
const clock = impatientClock(0)
const fileHash = createHash('sha256').update(content).digest('hex')

describe('downloads without a fetch of one’s own', () => {
  let server: Server
  /** Answers the next requests for the file; the last one answers all that follow. */
  let answers: ((response: ServerResponse) => void)[]
  let asked: number
  let connections: number

  beforeEach(async () => {
    asked = connections = 0
    server = createServer((request, response) => {
      if (!request.url?.includes('/raw/')) return void response.writeHead(404).end()
      answers[Math.min(asked++, answers.length - 1)]?.(response)
    })
    server.on('connection', () => connections++)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const file = (options: { maxBytes?: number; signal?: AbortSignal } = {}, retries = 4) =>
    new AlephHttpClient({ endpoints: url(), retries, clock }).storage.getFile(fileHash, options)
  const whole = (response: ServerResponse) => void response.end(content)

  it('give the bytes, and keep the connection for the next', async () => {
    answers = [whole]
    for (let i = 0; i < 3; i++) assert.equal((await file()).size, content.length)
    const before = connections
    await file()
    assert.equal(connections, before)
  })

  it('begin again when the connection breaks before the answer, or in the middle', async () => {
    answers = [
      response => void response.destroy(),
      response => {
        response.writeHead(200, { 'content-length': content.length })
        response.write(content.subarray(0, 1_000_000), () => response.destroy())
      },
      whole,
    ]
    assert.deepEqual(Buffer.from(await (await file()).arrayBuffer()), content)
    assert.equal(asked, 3)
  })

  it('begin again after 503, and say what a node says at last', async () => {
    answers = [response => void response.writeHead(503).end('busy'), whole]
    await file()
    answers = [response => void response.writeHead(429).end('slow down')]
    await assert.rejects(file({}, 0), { code: 'RATE_LIMITED' })
  })

  it('let go of the connection when there is more than wanted', async () => {
    let closed: Promise<unknown> | undefined
    const endless = (response: ServerResponse) => {
      closed = once(response, 'close')
      const more = () => response.write(content, error => error ?? more())
      more()
    }
    answers = [
      response => {
        response.writeHead(200, { 'content-length': 1e12 })
        endless(response)
      },
      endless,
    ]
    await assert.rejects(file({ maxBytes: 1e9 }), { code: 'TOO_LARGE' }) // as announced
    await closed
    await assert.rejects(file({ maxBytes: 10_000_000 }), { code: 'TOO_LARGE' }) // as it came
    await closed
    assert.equal(asked, 2)
  })

  it('end when cancelled, before the answer and in the middle', async () => {
    for (const bytes of [0, 1_000_000]) {
      const controller = new AbortController()
      let closed: Promise<unknown> | undefined
      answers = [
        response => {
          closed = once(response, 'close')
          if (bytes) response.write(content.subarray(0, bytes), () => controller.abort())
          else controller.abort()
        },
      ]
      await assert.rejects(file({ signal: controller.signal }), { code: 'ABORTED' })
      await closed
    }
  })

  it('follow no redirect, and believe no bytes but those of the hash', async () => {
    answers = [response => void response.writeHead(302, { location: `${url()}/raw/elsewhere` }).end()]
    await assert.rejects(file(), { code: 'NETWORK', message: /^The node 127\.0\.0\.1:\d+ redirects elsewhere/ })
    answers = [response => void response.end(content.subarray(1))]
    await assert.rejects(file(), { code: 'INTEGRITY' })
    assert.equal(asked, 2)
  })

  it('say that nobody listens', async () => {
    const there = url()
    server.close()
    await once(server, 'close')
    const aleph = new AlephHttpClient({ endpoints: there, retries: 0 })
    await assert.rejects(aleph.storage.getFile(fileHash), {
      code: 'NETWORK',
      message: /can't be reached because nothing accepts connections/,
    })
  })
})
