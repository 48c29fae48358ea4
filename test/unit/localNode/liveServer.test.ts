// Live messages and the log: nobody hears of what a crash could lose.
import { strict as assert } from 'node:assert'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LiveServer } from '../../../src/localNode/live/liveServer.js'
import { makeRow, Messages, type MessageRow } from '../../../src/localNode/state/messages.js'
import { parseMessage } from '../../../src/localNode/validate.js'
import { LiveClient } from '../../helpers/liveClient.js'
import { post } from '../../helpers/signed.js'

function row(n: number): MessageRow {
  const signed = post({ n })
  const parsed = parseMessage({ ...signed })
  assert.ok('message' in parsed && parsed.message.content)
  return makeRow(parsed.message, signed.item_content, parsed.message.content, n)
}

describe('live messages and the log of the local node', () => {
  let http: Server
  let live: LiveServer
  let url = ''
  /** What the log does with the next question whether everything is written. */
  let flushed: () => Promise<void>
  let messages: Messages
  beforeEach(async () => {
    messages = new Messages()
    flushed = () => Promise.resolve()
    live = new LiveServer({ messages, flushed: () => flushed() })
    http = createServer()
    http.on('upgrade', (request, socket, head) =>
      live.accept(request, socket, head, new URL(request.url ?? '', 'http://node').searchParams, undefined),
    )
    await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    await live.close()
    await new Promise(resolve => http.close(resolve))
  })

  it('a message is sent when it is written, and those behind it wait', async () => {
    const client = await LiveClient.open(url, '')
    assert.deepEqual(await client.take(0), [])
    let write = (): void => undefined
    const written = new Promise<void>(resolve => (write = resolve))
    flushed = () => written
    const [one, two] = [row(1), row(2)]
    live.publish(one)
    live.publish(two)
    assert.deepEqual(await client.take(0), [])
    write()
    assert.deepEqual(await client.hashes(2), [one.hash, two.hash])
  })

  it('a message that comes while the log is asked is not sent by the answer for those before it', async () => {
    const writes: (() => void)[] = []
    flushed = () => new Promise(resolve => writes.push(resolve))
    const [old, fresh] = [row(1), row(2)]
    messages.setProcessed(old)
    const client = await LiveClient.open(url, '')
    live.publish(fresh)
    writes[0]?.()
    assert.deepEqual(await client.hashes(1), [old.hash])
    assert.deepEqual(await client.take(0), [])
    writes[1]?.()
    assert.deepEqual(await client.hashes(1), [fresh.hash])
  })

  it('nor is one that comes before anything else', async () => {
    const writes: (() => void)[] = []
    flushed = () => new Promise(resolve => writes.push(resolve))
    const client = await LiveClient.open(url, 'history=0')
    const asked = writes.splice(0)
    const fresh = row(1)
    live.publish(fresh)
    for (const answer of asked) answer()
    assert.deepEqual(await client.take(0), [])
    for (const answer of writes) answer()
    assert.deepEqual(await client.hashes(1), [fresh.hash])
  })

  it('history waits likewise', async () => {
    let write = (): void => undefined
    const written = new Promise<void>(resolve => (write = resolve))
    flushed = () => written
    const [one, two] = [row(1), row(2)]
    messages.setProcessed(one)
    const client = await LiveClient.open(url, '')
    live.publish(two)
    assert.deepEqual(await client.take(0), [])
    write()
    assert.deepEqual(await client.hashes(2), [one.hash, two.hash])
  })

  it('a log that can not be written ends the connection: silence would look like nothing new', async () => {
    const client = await LiveClient.open(url, '')
    assert.deepEqual(await client.take(0), [])
    flushed = () => Promise.reject(new Error('no space left'))
    live.publish(row(1))
    assert.equal((await client.closed).code, 1006)
    assert.deepEqual(client.frames, [])
    assert.equal(live.connections, 0)
  })
})
