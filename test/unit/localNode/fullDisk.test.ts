import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { startLocalNode, type LocalNode } from '../../../src/localNode/index.js'
import { FailingDisk } from '../../helpers/failingDisk.js'
import { LiveClient } from '../../helpers/liveClient.js'
import { quick } from '../../helpers/localNode.js'
import { get, post, publish, signed, upload } from '../../helpers/signed.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

describe('a local node whose disk fails', () => {
  let disk: FailingDisk
  let node: LocalNode
  let warnings: string[]
  const start = () =>
    startLocalNode({ ...quick, dataDir: path(), disk, syncTimeoutMs: 20_000, warn: text => warnings.push(text) })
  // Before the hook that removes the folder.
  afterEach(() => node.close())
  const path = useTemporaryFolder()
  beforeEach(async () => {
    disk = new FailingDisk()
    warnings = []
    node = await start()
  })
  const status = async (hash: string) => {
    const { status: code, body } = await get(node.url, `/api/v0/messages/${hash}/status`)
    return code === 404 ? 404 : (body as { status: string }).status
  }
  const restart = async () => {
    await node.close()
    node = await start()
    await node.idle()
  }

  it('reports nothing as processed that is gone after a restart', async () => {
    const messages = Array.from({ length: 40 }, (_, n) => post({ n }))
    const answered = new Map<string, number>()
    for (const [n, message] of messages.entries()) {
      disk.isFull = n >= 10 && n < 30
      answered.set(message.item_hash, (await publish(node.url, message, n % 2 === 0)).status)
    }
    const seen = new Map<string, unknown>()
    for (const { item_hash } of messages) seen.set(item_hash, await status(item_hash))
    assert.deepEqual(
      messages.map(({ item_hash }) => seen.get(item_hash)),
      messages.map((_, n) => (n >= 10 && n < 30 ? 404 : 'processed')),
    )
    assert.deepEqual([...new Set(answered.values())].sort(), [200, 202, 507])
    await restart()
    for (const { item_hash } of messages) assert.equal(await status(item_hash), seen.get(item_hash))
  })

  it('answers 507 with a sentence, goes on answering reads, and works again when there is room', async () => {
    const before = post('before')
    await publish(node.url, before)
    const hash = await upload(node.url, 'kept')
    disk.isFull = true
    const message = post('x')
    for (let i = 0; i < 3; i++)
      assert.deepEqual(await publish(node.url, message), {
        status: 507,
        body: "507: There's no space left on the disk for this node's data.",
      })
    const body = new FormData()
    body.append('file', new Blob(['no room']), 'a.txt')
    for (const engine of ['storage', 'ipfs'])
      assert.equal((await fetch(`${node.url}/api/v0/${engine}/add_file`, { method: 'POST', body })).status, 507)
    assert.deepEqual(readdirSync(path('files/tmp')), [])
    assert.equal(await status(before.item_hash), 'processed')
    assert.equal(await (await fetch(`${node.url}/api/v0/storage/raw/${hash}`)).text(), 'kept')
    assert.equal(warnings.length, 1, 'the first failure is reported, the others are the same')

    disk.isFull = false
    assert.equal((await publish(node.url, message)).status, 200)
    await upload(node.url, 'room')
    await restart()
    assert.equal(await status(message.item_hash), 'processed')
    assert.equal(warnings.length, 1, 'no torn record is left in the log')
  })

  it('a decision that could not be written is made again', async () => {
    const message = post('x')
    disk.plan = [false, true, true]
    assert.equal((await publish(node.url, message)).status, 200)
    assert.deepEqual(disk.plan, [])
    const refused = { ...post('y'), signature: '0x00' }
    disk.plan = [false, true]
    await publish(node.url, refused, false)
    await node.idle()
    await restart()
    assert.equal(await status(message.item_hash), 'processed')
    assert.equal(await status(refused.item_hash), 'rejected')
  })

  it('nothing is visible before it is written: not by its hash, in lists, as a file, nor live', async () => {
    const client = await LiveClient.open(node.url, 'history=0')
    const hash = await upload(node.url, 'file')
    const release = disk.hold()
    const message = signed('STORE', { item_type: 'storage', item_hash: hash })
    let isAnswered = false
    const answer = publish(node.url, message).then(({ status: code }) => {
      isAnswered = true
      return code
    })
    const late = upload(node.url, 'late')
    for (let i = 0; i < 3; i++) {
      assert.equal(await status(message.item_hash), 404)
      const { body } = await get(node.url, '/api/v0/messages.json')
      assert.deepEqual((body as { messages: unknown[] }).messages, [])
    }
    assert.deepEqual(await client.take(0), [])
    assert.equal(isAnswered, false)
    release()
    assert.equal(await answer, 200)
    assert.deepEqual(await client.hashes(1), [message.item_hash])
    assert.equal((await get(node.url, `/api/v0/storage/count/${await late}`)).body, 1)
    await client.close()
  })

  it('records of one moment share a write', async () => {
    const release = disk.hold()
    const answers = Array.from({ length: 30 }, (_, n) => publish(node.url, post({ n }), false))
    await get(node.url, '/version')
    release()
    for (const answer of answers) assert.equal((await answer).status, 202)
    await node.idle()
    const received = disk.appended.filter(bytes => bytes.includes('"received"'))
    assert.ok(received.length < 30, `${received.length} writes for 30 messages`)
    assert.equal(readFileSync(path('messages.log'), 'utf8').match(/"processed"/g)?.length, 30)
  })
})
