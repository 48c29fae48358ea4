// Sends a multipart form by http(s) with back-pressure. `fetch` would keep the whole body in memory.
// Without `node:` before the names, because VS Code adds its proxy and certificate settings to modules of these names only.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'http'
import { Agent as HttpsAgent, request as httpsRequest } from 'https'
import { randomUUID } from 'node:crypto'
import { abortError } from '../errors.js'
import { readText } from '../http/limits.js'
import type { UploadAnswer, UploadFunction, UploadPart } from '../http/transport.js'

/** Nodes close a connection after two seconds without a request; this side does it before them. */
const idleMs = 1500

/** An `UploadFunction` with connections of its own that are kept for an upload that follows at once. */
export function createUpload(): UploadFunction {
  const options = { keepAlive: true, timeout: idleMs }
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) }

  return ({ url, parts, signal, onSent, maxAnswerBytes }) =>
    new Promise<UploadAnswer>((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      const boundary = `----aleph-${randomUUID()}`
      const heads = parts.map((part, i) =>
        Buffer.from(`${i ? '\r\n' : ''}--${boundary}\r\n${partHeaders(part)}\r\n\r\n`),
      )
      const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
      const length = tail.length + heads.reduce((sum, head, i) => sum + head.length + (parts[i]?.lengthBytes ?? 0), 0)
      const target = new URL(url)
      const isHttps = target.protocol === 'https:'
      const request = (isHttps ? httpsRequest : httpRequest)(target, {
        method: 'POST',
        agent: agents[isHttps ? 'https:' : 'http:'],
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': length },
      })

      let response: IncomingMessage | undefined
      const finish = (settle: () => void) => {
        signal.removeEventListener('abort', onAbort)
        settle()
      }
      const fail = (error: unknown) => {
        request.destroy()
        finish(() => reject(error as Error))
      }
      const onAbort = () => fail(abortError(signal))
      signal.addEventListener('abort', onAbort, { once: true })

      request.on('response', incoming => {
        response = incoming
        readText(incoming, maxAnswerBytes).then(body => {
          // A node may refuse before it took everything; what is still unsent is not sent.
          if (!request.writableFinished) request.destroy()
          finish(() =>
            resolve({ status: incoming.statusCode ?? 0, header: name => first(incoming.headers[name]), body }),
          )
        }, fail)
      })
      // Once an answer is on its way, a broken pipe only says that the rest of the body was not wanted.
      request.on('error', error => response ?? fail(Object.assign(error, { isReused: request.reusedSocket })))
      request.on('close', () => response ?? fail(closedUnanswered()))

      const send = async () => {
        let sent = 0
        const write = async (chunk: Uint8Array) => {
          sent += chunk.length
          if (!request.write(chunk)) await drained(request)
          onSent(sent === length)
        }
        for (const [i, part] of parts.entries()) {
          await write(heads[i] as Buffer)
          for await (const chunk of oneAhead(part.body())) {
            if (request.destroyed || response) return
            await write(chunk)
          }
        }
        await write(tail)
        if (sent !== length) throw new Error(`The form has ${sent} bytes, but ${length} were announced.`)
        request.end()
      }
      send().catch((error: unknown) => response ?? fail(error))
    })
}

const closedUnanswered = () =>
  Object.assign(new Error('The connection was closed without an answer.'), { code: 'ECONNRESET' })

/** Asks for the next chunk before the last one is sent, so that it is read and hashed meanwhile. */
async function* oneAhead(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  const ask = async () => iterator.next()
  let next = ask()
  try {
    for (;;) {
      const { done, value } = await next
      if (done) return
      next = ask()
      next.catch(() => undefined) // thrown when it is awaited, if it ever is
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

const drained = (request: NodeJS.WritableStream & { destroyed?: boolean }) =>
  new Promise<void>(resolve => {
    const done = () => {
      request.off('drain', done)
      request.off('close', done)
      resolve()
    }
    if (request.destroyed) return resolve()
    request.on('drain', done)
    request.on('close', done)
  })

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

/** Names as browsers escape them in forms. */
const quoted = (text: string) => text.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')

function partHeaders({ name, filename, contentType }: UploadPart): string {
  const file = filename === undefined ? '' : `; filename="${quoted(filename)}"`
  const type = contentType === undefined ? '' : `\r\nContent-Type: ${contentType}`
  return `Content-Disposition: form-data; name="${quoted(name)}"${file}${type}`
}
