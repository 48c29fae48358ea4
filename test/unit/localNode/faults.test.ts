import { strict as assert } from 'node:assert'
import { Faults } from '../../../src/localNode/faults.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { get, post, publish } from '../../helpers/signed.js'

describe('faults of the local node', () => {
  const node = useLocalNode({}, { each: true })
  const messagesPath = '/api/v0/messages'
  const status = async (hash: string) => (await get(node().url, `${messagesPath}/${hash}/status`)).status

  it('429 with Retry-After, so many times and only on its path', async () => {
    const fault = node().faults.add(`429 retry-after=1 count=2 path=${messagesPath}`)
    const message = post('hi')
    for (let i = 0; i < 2; i++) {
      const response = await fetch(node().url + messagesPath, { method: 'POST', body: '{}' })
      assert.equal(response.status, 429)
      assert.equal(response.headers.get('retry-after'), '1')
      assert.equal(await response.text(), '429: Too Many Requests')
      assert.equal((await get(node().url, '/api/v0/version')).status, 200)
    }
    assert.equal(fault.hits, 2)
    assert.equal((await publish(node().url, message)).status, 200)
  })

  it('a date in Retry-After, a text, a method, and requests that pass first', async () => {
    node().faults.add('503 retry-after=Mon, 23 Nov 2026 08:00:05 GMT body=busy, come back later after=1 method=get')
    assert.equal((await publish(node().url, post('a'))).status, 200)
    assert.equal((await get(node().url, '/version')).status, 200)
    const response = await fetch(`${node().url}/version`)
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('retry-after'), 'Mon, 23 Nov 2026 08:00:05 GMT')
    assert.equal(await response.text(), 'busy, come back later')
  })

  it('reset: nothing happened', async () => {
    node().faults.add('reset count=1 method=POST')
    const message = post('hi')
    await assert.rejects(publish(node().url, message))
    assert.equal(await status(message.item_hash), 404)
  })

  it('lost: it happened, and the answer never came', async () => {
    node().faults.add('lost count=1 method=POST')
    const message = post('hi')
    await assert.rejects(publish(node().url, message))
    assert.equal(await status(message.item_hash), 200)
  })

  it('slow: the answer waits', async () => {
    node().faults.add('slow seconds=0.05 path=/version')
    const start = performance.now()
    assert.equal((await get(node().url, '/version')).status, 200)
    assert.ok(performance.now() - start >= 49)
  })

  it('queued: accepted, unknown while it waits for a worker, then processed', async () => {
    const fault = node().faults.add('queued method=POST')
    const message = post('hi')
    for (let i = 0; i < 2; i++) {
      const { status: code, body } = await publish(node().url, message, false)
      assert.deepEqual(
        [code, body],
        [202, { publication_status: { status: 'success', failed: [] }, message_status: 'pending' }],
      )
      assert.equal(await status(message.item_hash), 404)
      assert.equal((await get(node().url, `${messagesPath}/${message.item_hash}`)).status, 404)
    }
    fault.remove()
    await node().idle()
    const { body } = await get(node().url, `${messagesPath}/${message.item_hash}/status`)
    assert.equal((body as { status: string }).status, 'processed')
  })

  it('queued seconds=N: for so long, and a sync publication sees what becomes of it', async () => {
    node().faults.add('queued seconds=0.01')
    assert.equal((await publish(node().url, post('hi'))).status, 200)
  })

  it('late: accepted with 202 and processed later', async () => {
    node().faults.add('late seconds=0.3 count=1')
    const message = post('hi')
    assert.equal((await publish(node().url, message, false)).status, 202)
    const { body } = await get(node().url, `${messagesPath}/${message.item_hash}`)
    assert.equal((body as { status: string }).status, 'pending')
    await node().idle()
    assert.equal(await status(message.item_hash), 200)
  })

  it('warning and unpublished: one or both networks failed', async () => {
    const warning = node().faults.add('warning failed=p2p')
    const message = post('hi')
    assert.deepEqual(await publish(node().url, message), {
      status: 200,
      body: { publication_status: { status: 'warning', failed: ['p2p'] }, message_status: 'processed' },
    })
    warning.remove()
    node().faults.add('unpublished')
    const other = post('ho')
    assert.deepEqual(await publish(node().url, other), {
      status: 500,
      body: { publication_status: { status: 'error', failed: ['ipfs', 'p2p'] }, message_status: null },
    })
    assert.equal(await status(other.item_hash), 404)
    node().faults.clear()
    assert.equal((await publish(node().url, other)).status, 200)
  })

  it('* in a path stands for anything', () => {
    const faults = new Faults()
    faults.add('500 path=/api/v0/*/add_file')
    assert.ok(faults.draw('POST', '/api/v0/ipfs/add_file')?.answer)
    assert.equal(faults.draw('POST', '/api/v0/ipfs/add_json'), undefined)
    assert.equal(faults.draw('POST', '/v1/api/v0/ipfs/add_file'), undefined)
  })

  for (const [spec, reason] of [
    ['', 'has an unknown kind ""'],
    ['explode', 'has an unknown kind "explode"'],
    ['200', 'has an unknown kind "200"'],
    ['429 times=3', 'has an unknown key "times=3"'],
    ['429 count=many', 'needs a number after count='],
    ['slow', 'needs seconds=N'],
  ])
    it(`"${spec}" is refused: ${reason}`, () => {
      assert.throws(() => new Faults().add(spec ?? ''), { message: `The fault "${spec}" ${reason}.` })
    })
})
