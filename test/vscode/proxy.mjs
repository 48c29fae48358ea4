// The HTTP and WebSocket proxy between the browser and a VS Code server. It adds what the server lacks: a key that
// lets SecretStorage survive a reload, a refusal of pages from elsewhere, which could run commands otherwise, and the way
// to other ports of this machine that its pages link to.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { dirname } from 'node:path'

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

export async function startProxy({ port, socketPath, keyFile }) {
  const sockets = new Set()
  const forward = ({ method, url: path, headers }) => request({ socketPath, method, path, headers })

  const server = createServer((incoming, answer) => {
    if (!isOwnPage(incoming.headers)) return answer.writeHead(403).end('This address answers its own pages only.')
    if (incoming.method === 'POST' && incoming.url === '/mint-key')
      return answer.writeHead(200, { 'content-type': 'application/octet-stream' }).end(mintKey(keyFile))
    const elsewhere = otherPort(incoming.url)
    if (elsewhere) return answer.writeHead(307, { location: elsewhere }).end()
    const asked = forward(incoming)
    asked.on('response', response => {
      answer.writeHead(response.statusCode, response.statusMessage, response.rawHeaders)
      response.pipe(answer)
    })
    asked.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()))
    answer.on('close', () => asked.destroy())
    incoming.pipe(asked)
  })

  server.on('upgrade', (incoming, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (!isOwnPage(incoming.headers)) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const asked = forward(incoming)
    asked.on('error', () => socket.destroy())
    asked.on('response', () => socket.destroy())
    asked.on('upgrade', (response, upstream, upstreamHead) => {
      const headers = []
      for (let i = 0; i < response.rawHeaders.length; i += 2)
        headers.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}\r\n`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('')}\r\n`)
      socket.write(upstreamHead)
      upstream.write(head)
      upstream.on('error', () => socket.destroy())
      upstream.on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      socket.setNoDelay(true)
      socket.pipe(upstream).pipe(socket)
    })
    asked.end()
  })

  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: server.address().port,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A page from elsewhere names another origin; one behind a rebound DNS name, another host. A tunnel may change the port. */
function isOwnPage({ host = '', origin }) {
  if (!loopback.has(host.replace(/:\d+$/, ''))) return false
  return origin === undefined || origin === `http://${host}`
}

/**
 * Where VS Code sends its user for a port of this machine is `/proxy/PORT/…` here. The browser runs on the same machine,
 * so it is sent there itself: what lies there is not to share an origin with VS Code.
 */
function otherPort(url) {
  const [, port, rest] = /^\/proxy\/(\d{1,5})(\/.*)?$/.exec(url) ?? []
  return port && Number(port) < 65_536 ? `http://127.0.0.1:${Number(port)}${rest ?? '/'}` : undefined
}

/** One key for the life of the data folder: what is encrypted with it lies in the browser. */
function mintKey(file) {
  mkdirSync(dirname(file), { recursive: true })
  try {
    writeFileSync(file, randomBytes(32), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  return readFileSync(file)
}
