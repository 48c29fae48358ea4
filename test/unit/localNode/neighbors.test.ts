// Who is answered: a table of what browsers and programs send.
import { strict as assert } from 'node:assert'
import { request, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { Neighbors } from '../../../src/localNode/neighbors.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { get, post } from '../../helpers/signed.js'

describe('the neighbors of a local node', () => {
  const started = { host: 'node.lan', allowHosts: ['forward.example:8443'], allowOrigins: ['https://app.example'] }
  const subresource = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
  const table: readonly [about: string, headers: Record<string, string>, isAnswered: boolean][] = [
    ['a program', {}, true],
    ['localhost', { host: 'LocalHost:1' }, true],
    ['IPv6', { host: '[::1]:4024' }, true],
    ['another loopback address', { host: '127.9.0.1' }, true],
    ['the name it was started for', { host: 'node.lan:4024' }, true],
    ['an allowed host', { host: 'forward.example' }, true],
    ['a rebound name', { host: 'evil.example:4024' }, false],
    ['a name that begins like an allowed one', { host: 'localhost.evil.example' }, false],
    ['a name that begins like an address', { host: '127.0.0.1.evil.example' }, false],
    ['a name that ends like an allowed one', { host: 'evil-localhost' }, false],
    ['an address that is not its own', { host: '10.0.0.1' }, false],
    ['a host with a user', { host: 'localhost@evil.example' }, false],
    ['a page on localhost', { origin: 'http://localhost:8024', ...subresource }, true],
    ['a page on 127.0.0.1', { origin: 'http://127.0.0.1' }, true],
    ['a page on IPv6', { origin: 'https://[::1]:3000' }, true],
    ['an allowed page', { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' }, true],
    ['a page elsewhere', { origin: 'https://evil.example' }, false],
    ['a page of an allowed host', { origin: 'https://forward.example:8443' }, false],
    ['the allowed page on another port', { origin: 'https://app.example:444' }, false],
    ['a page on a subdomain', { origin: 'http://a.localhost' }, false],
    ['a page whose host begins like localhost', { origin: 'http://localhost.evil.example' }, false],
    ['a page with a user in its origin', { origin: 'http://localhost@evil.example' }, false],
    ['a page without an origin', { origin: 'null' }, false],
    ['an extension of a browser', { origin: 'chrome-extension://abc' }, false],
    ['several origins', { origin: 'http://localhost, https://evil.example' }, false],
    ['an empty origin', { origin: '' }, false],
    ['an image of another site', subresource, false],
    ['a link on another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, true],
    ['an image of another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, true],
    ['an address typed by hand', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, true],
    ['fetch of Node', { 'sec-fetch-mode': 'cors' }, true],
  ]
  const refusal = (neighbors: Neighbors, headers: Record<string, string>) =>
    neighbors.refusal({ headers: { host: '127.0.0.1:4024', ...headers } })

  for (const [about, headers, isAnswered] of table)
    it(`${about} is ${isAnswered ? 'answered' : 'refused'}`, () =>
      assert.equal(refusal(new Neighbors(started), headers) === undefined, isAnswered))

  it('a request without a host is refused', () =>
    assert.match(new Neighbors(started).refusal({ headers: {} }) ?? '', /--allow-host/))

  it('started for every address, it answers under addresses and no names', () => {
    for (const host of ['0.0.0.0', '::']) {
      const everywhere = new Neighbors({ host })
      for (const own of ['192.168.1.5:4024', '[fe80::1]:4024', 'localhost'])
        assert.equal(refusal(everywhere, { host: own }), undefined)
      assert.ok(refusal(everywhere, { host: 'evil.example' }))
    }
  })

  it('hosts can be added while it runs', () => {
    const hosts: string[] = []
    const neighbors = new Neighbors({ host: '127.0.0.1', moreHosts: () => hosts })
    assert.ok(refusal(neighbors, { host: 'a.example' }))
    hosts.push('A.example:1')
    assert.equal(refusal(neighbors, { host: 'a.example' }), undefined)
  })

  describe('on the wire', () => {
    const node = useLocalNode()
    const send = (path: string, headers: OutgoingHttpHeaders, body?: string) =>
      new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
        const sent = request(node().url + path, { method: body === undefined ? 'GET' : 'POST', headers }, answer => {
          let text = ''
          answer.setEncoding('utf8').on('data', (part: string) => (text += part))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
        })
        sent.on('error', reject)
        sent.end(body)
      })

    it('refuses with one sentence and nothing that a page could read', async () => {
      const answer = await send('/api/v0/messages.json', { origin: 'https://evil.example' })
      assert.equal(answer.status, 403)
      assert.match(answer.text, /^403: .*\.$/)
      assert.equal(answer.headers['access-control-allow-origin'], undefined)
      const host = await send('/api/v0/messages.json', { host: 'evil.example' })
      assert.equal(host.status, 403)
    })

    it('a simple POST of a page elsewhere changes nothing', async () => {
      const message = post('hi')
      const body = JSON.stringify({ sync: true, message })
      const answer = await send('/api/v0/messages', { origin: 'null', 'content-type': 'text/plain' }, body)
      assert.equal(answer.status, 403)
      assert.equal((await get(node().url, `/api/v0/messages/${message.item_hash}`)).status, 404)
    })

    it('refuses before a body is there', async () => {
      const text = await raw(
        'POST /api/v0/storage/add_file HTTP/1.1\r\nHost: localhost\r\nOrigin: http://e.example\r\nContent-Length: 1000000000\r\n\r\n',
      )
      assert.match(text, /^HTTP\/1\.1 403 /)
    })

    it('refuses WebSockets and preflights of a page elsewhere', async () => {
      const wish =
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
      const open = (origin: string) =>
        raw(`GET /api/ws0/messages HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\n${wish}\r\n\r\n`)
      assert.match(await open('https://evil.example'), /^HTTP\/1\.1 403 /)
      assert.match(await open('http://localhost:3000'), /^HTTP\/1\.1 101 /)
      const answer = await raw(
        'OPTIONS /api/v0/messages HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n',
      )
      assert.match(answer, /^HTTP\/1\.1 403 /)
    })

    /** What comes back first. */
    const raw = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(node().port, '127.0.0.1', () => socket.write(text))
        socket.once('data', (data: Buffer) => {
          resolve(data.toString('utf8'))
          socket.destroy()
        })
        socket.once('error', reject)
      })
  })
})
