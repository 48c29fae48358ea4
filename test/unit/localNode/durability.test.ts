import { strict as assert } from 'node:assert'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256Hex } from '../../../src/client/node/hash.js'
import { FileStore } from '../../../src/localNode/fileStore.js'
import { startLocalNode } from '../../../src/localNode/index.js'
import { openLog } from '../../../src/localNode/log.js'
import { localNodeExit } from '../../../src/shared/localNodeState.js'
import { buildCli, runCli, spawnNode } from '../../helpers/cli.js'
import { quick } from '../../helpers/localNode.js'
import { readRecordings, send } from '../../helpers/replay.js'
import { get, post, publish, signed, upload } from '../../helpers/signed.js'

const asideIn = (dataDir: string): string[] => {
  const folder = join(dataDir, 'files', 'lost+found')
  return readdirSync(folder).flatMap(day => (day.startsWith('.') ? [] : readdirSync(join(folder, day))))
}

describe('durability of the local node', () => {
  let dataDir = ''
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'aleph-data-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  const statusOf = async (url: string, hash: string) =>
    ((await get(url, `/api/v0/messages/${hash}/status`)).body as { status?: string }).status

  /** Asks until the message is no longer pending. */
  const finalStatus = async (url: string, hash: string) => {
    let status = await statusOf(url, hash)
    while (status === 'pending') status = await statusOf(url, hash)
    return status
  }

  describe('after kill -9', () => {
    before(function () {
      this.timeout(60_000)
      return buildCli()
    })

    it('everything answered 200 or 202 in a storm of publications is there', async function () {
      this.timeout(60_000)
      const args = ['--data-dir', dataDir, '--now', '2026-11-23']
      const node = await spawnNode(args)
      const acknowledged: string[] = []
      const files = new Map<string, string>()
      const messages = Array.from({ length: 400 }, (_, i) => post({ n: i }))
      let killed: Promise<unknown> | undefined
      const work = async (worker: number) => {
        for (let message = messages.pop(); message; message = messages.pop()) {
          const answer = await publish(node.url, message, worker % 2 === 0)
          if (answer.status === 200 || answer.status === 202) acknowledged.push(message.item_hash)
          const bytes = `file ${message.item_hash}`
          if (worker === 0) files.set(await upload(node.url, bytes), bytes)
          if (acknowledged.length >= 60) killed ??= node.end('SIGKILL')
        }
      }
      // The requests under way when it dies fail; that is the point.
      await Promise.all(Array.from({ length: 8 }, (_, i) => work(i).catch(() => undefined)))
      await killed
      assert.ok(acknowledged.length >= 60 && files.size > 0, 'the storm was real')

      const again = await spawnNode(args)
      for (const hash of acknowledged) assert.equal(await finalStatus(again.url, hash), 'processed')
      for (const [hash, bytes] of files)
        assert.equal(await (await fetch(`${again.url}/api/v0/storage/raw/${hash}`)).text(), bytes)
      assert.equal(await again.end(), 0)
    })

    it('a second node on the same data directory ends with one sentence; a damaged log too', async function () {
      this.timeout(60_000)
      const node = await spawnNode(['--data-dir', dataDir])
      const second = await runCli(['--port', '0', '--data-dir', dataDir])
      assert.deepEqual(second, {
        code: localNodeExit.dataLocked,
        output: `${dataDir} is in use by another local node (process ${node.process.pid}).\n`,
      })
      await publish(node.url, post('a'))
      await node.end()
      const log = join(dataDir, 'messages.log')
      writeFileSync(log, readFileSync(log, 'utf8').replace('received', 'receiver'))
      const damaged = await runCli(['--port', '0', '--data-dir', dataDir])
      assert.equal(damaged.code, localNodeExit.dataDamaged)
      assert.match(damaged.output, /messages\.log is damaged at line \d+ \(byte \d+\).*\n$/)
    })
  })

  it('a torn last record is cut off with a warning, and its message processed again', async () => {
    const first = await startLocalNode({ ...quick, dataDir })
    const messages = [post('one'), post('two')]
    for (const message of messages) assert.equal((await publish(first.url, message)).status, 200)
    await first.close()
    const log = join(dataDir, 'messages.log')
    truncateSync(log, readFileSync(log).length - 5)

    const warnings: string[] = []
    const again = await startLocalNode({ ...quick, dataDir, warn: text => warnings.push(text) })
    assert.equal(warnings.length, 1)
    assert.match(
      warnings[0] ?? '',
      /the last record was cut off half written \(line \d+\)\. It was moved to .*\.torn\.$/,
    )
    await again.idle()
    for (const { item_hash } of messages) assert.equal(await statusOf(again.url, item_hash), 'processed')
    await again.close()
  })

  it('zeros behind the last record, as a machine leaves them that lost its power, are cut off too', async () => {
    const first = await startLocalNode({ ...quick, dataDir })
    const message = post('one')
    await publish(first.url, message)
    await first.close()
    appendFileSync(join(dataDir, 'messages.log'), Buffer.alloc(300))
    const again = await startLocalNode({ ...quick, dataDir })
    assert.equal(await statusOf(again.url, message.item_hash), 'processed')
    await again.close()
  })

  it('a record of a later version is refused, not skipped', async () => {
    const first = await startLocalNode({ ...quick, dataDir })
    await first.close()
    const { log } = await openLog(
      join(dataDir, 'messages.log'),
      () => undefined,
      () => undefined,
    )
    await log.append({ k: 'invented later' }, () => undefined)
    await log.close()
    await assert.rejects(startLocalNode({ ...quick, dataDir }), /unknown kind "invented later"/)
  })

  it('the collector comes although the node never runs for a day', async () => {
    let now = quick.now()
    const options = { ...quick, dataDir, now: () => now }
    const first = await startLocalNode(options)
    const hash = await upload(first.url, 'short life')
    await first.close()
    for (let i = 0; i < 5; i++) {
      now += 13 * 3_600_000
      const again = await startLocalNode(options)
      await get(again.url, '/version')
      await again.close()
    }
    const last = await startLocalNode(options)
    assert.equal((await fetch(`${last.url}/api/v0/storage/raw/${hash}`)).status, 404)
    await last.close()
  })

  describe('the lock of a data directory', () => {
    it('keeps a second node out of the same process, and is given back', async () => {
      const first = await startLocalNode({ ...quick, dataDir })
      await assert.rejects(startLocalNode({ ...quick, dataDir }), { name: 'DataDirLocked' })
      await first.close()
      await (await startLocalNode({ ...quick, dataDir })).close()
      assert.equal(existsSync(join(dataDir, 'lock')), false)
    })

    it('of a process whose id was used again is taken over', async () => {
      writeFileSync(join(dataDir, 'lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }))
      await (await startLocalNode({ ...quick, dataDir })).close()
    })

    it('that is not readable is taken over', async () => {
      writeFileSync(join(dataDir, 'lock'), '')
      await (await startLocalNode({ ...quick, dataDir })).close()
    })

    it('is given back when the port is in use', async () => {
      const other = await startLocalNode(quick)
      await assert.rejects(startLocalNode({ ...quick, dataDir, port: other.port }), { code: 'EADDRINUSE' })
      await (await startLocalNode({ ...quick, dataDir })).close()
      await other.close()
    })
  })

  it('an upload that was killed before it was known leaves no file where files are, but one aside', async () => {
    const first = await startLocalNode({ ...quick, dataDir })
    const hash = await upload(first.url, 'kept')
    await first.close()
    const orphan = sha256Hex('orphan')
    const path = (name: string) => join(dataDir, 'files', name.slice(-2), name)
    rmSync(path(hash), { recursive: true })
    writeFileSync(path(hash), 'kept')
    writeFileSync(join(dataDir, 'files', 'tmp', 'half'), 'or')
    writeFileSync(join(dataDir, 'files', hash.slice(-2), orphan), 'orphan')
    const again = await startLocalNode({ ...quick, dataDir })
    assert.equal(existsSync(join(dataDir, 'files', 'tmp', 'half')), false)
    assert.equal(existsSync(join(dataDir, 'files', hash.slice(-2), orphan)), false)
    assert.equal(existsSync(path(hash)), true)
    assert.deepEqual(asideIn(dataDir), [orphan])
    await again.close()
  })

  it('a log that was cut costs no file, and they come back with it', async () => {
    const first = await startLocalNode({ ...quick, dataDir })
    const hash = await upload(first.url, 'precious')
    await first.close()
    const log = join(dataDir, 'messages.log')
    const whole = readFileSync(log)
    const file = join(dataDir, 'files', hash.slice(-2), hash)
    const raw = async (warnings: string[] = []) => {
      const node = await startLocalNode({ ...quick, dataDir, warn: text => warnings.push(text) })
      const { status } = await fetch(`${node.url}/api/v0/storage/raw/${hash}`)
      await node.close()
      return status
    }

    writeFileSync(log, whole.subarray(0, 20))
    const cut: string[] = []
    assert.equal(await raw(cut), 404)
    assert.equal(cut.length, 1)
    assert.equal(existsSync(file), true, 'the start that found the log damaged moves nothing')

    const next: string[] = []
    assert.equal(await raw(next), 404)
    assert.match(next.join(), /^1 files that no record names were moved to .*lost\+found.*30 days/)
    assert.deepEqual([existsSync(file), asideIn(dataDir)], [false, [hash]])

    writeFileSync(log, whole)
    assert.equal(await raw(), 200)
    assert.deepEqual(asideIn(dataDir), [])
  })

  it('files aside are deleted after 30 days', () => {
    const files = new FileStore(join(dataDir, 'files'))
    const hash = sha256Hex('x')
    mkdirSync(join(dataDir, 'files', hash.slice(-2)))
    writeFileSync(join(dataDir, 'files', hash.slice(-2), hash), 'x')
    const day = (n: number) => Date.parse('2026-11-01T12:00:00Z') + n * 86_400_000
    assert.equal(files.tidy(() => false, day(0)).count, 1)
    files.tidy(() => false, day(29))
    assert.deepEqual(asideIn(dataDir), [hash])
    files.tidy(() => false, day(31))
    assert.deepEqual(asideIn(dataDir), [])
  })

  it('what systems and people leave in its folders stops nothing', async () => {
    const first = await startLocalNode({ ...quick, dataDir })
    const hash = await upload(first.url, 'kept')
    await first.close()
    const folder = join(dataDir, 'files', hash.slice(-2))
    const strays = [dataDir, join(dataDir, 'files'), folder].map(place => join(place, '.DS_Store'))
    for (const stray of strays) writeFileSync(stray, '')
    mkdirSync(join(folder, sha256Hex('a folder')))
    mkdirSync(join(dataDir, 'files', 'lost+found'), { recursive: true })
    writeFileSync(join(dataDir, 'files', 'lost+found', '.DS_Store'), '')
    const again = await startLocalNode({ ...quick, dataDir })
    assert.equal((await fetch(`${again.url}/api/v0/storage/raw/${hash}`)).status, 200)
    for (const stray of strays) assert.equal(existsSync(stray), true)
    await again.close()
  })

  for (const [what, spoil, reason] of [
    ['shorter', (path: string) => truncateSync(path, 3), 'it has 3 bytes instead of 8.'],
    ['changed', (path: string) => writeFileSync(path, 'precioux'), 'its bytes have another hash.'],
    ['missing', (path: string) => rmSync(path), 'ENOENT'],
  ] as const)
    it(`a file that is ${what} is answered with an error at once`, async () => {
      const node = await startLocalNode({ ...quick, dataDir })
      const hash = await upload(node.url, 'precious')
      spoil(join(dataDir, 'files', hash.slice(-2), hash))
      for (const path of [`raw/${hash}`, hash]) {
        const { status, body } = await get(node.url, `/api/v0/storage/${path}`)
        assert.equal(status, 500)
        assert.ok(String(body).includes(reason), String(body))
      }
      assert.equal((await fetch(`${node.url}/api/v0/storage/raw/${hash}`, { method: 'HEAD' })).status, 500)
      await upload(node.url, 'precious')
      assert.equal((await get(node.url, `/api/v0/storage/raw/${hash}`)).body, 'precious')
      await node.close()
    })

  it('a pending message is tried again after a restart', async () => {
    const patient = { ...quick, dataDir, maxRetries: 1_000, retryDelayMs: () => 60_000 }
    const first = await startLocalNode(patient)
    const fileHash = sha256Hex('late file')
    const store = signed('STORE', { item_type: 'storage', item_hash: fileHash })
    assert.equal((await publish(first.url, store, false)).status, 202)
    await upload(first.url, 'late file')
    await first.close()
    const again = await startLocalNode(patient)
    assert.equal(await finalStatus(again.url, store.item_hash), 'processed')
    await again.close()
  })

  it('a message that waits for a worker is taken by the next start', async () => {
    const first = await startLocalNode({ ...quick, dataDir, faults: ['queued'] })
    const message = post('one')
    assert.equal((await publish(first.url, message, false)).status, 202)
    await first.close()
    const again = await startLocalNode({ ...quick, dataDir })
    await again.idle()
    assert.equal(await statusOf(again.url, message.item_hash), 'processed')
    await again.close()
  })

  it('a restart gives the same answers to everything that was recorded', async function () {
    this.timeout(30_000)
    const { setup, cases } = readRecordings('test/fixtures/recordings/node.jsonl')
    let now = quick.now()
    const options = {
      ...quick,
      allowOrigins: ['https://example.org'],
      syncTimeoutMs: 50, // some of them wait for it
      dataDir,
      now: () => ++now,
      balances: setup?.balances ?? {},
      credits: setup?.credits ?? {},
    }
    const first = await startLocalNode(options)
    const requests = cases
      .flatMap(recorded => recorded.steps.map(step => step.request))
      .filter(({ body }) => !/"count":\d{7}/.test(JSON.stringify(body ?? ''))) // files of 25 MiB would only cost time
    for (const request of requests) if (request.method === 'POST') await send(first.url, request)
    await first.idle()
    const paths = [...new Set(requests.filter(({ method }) => method === 'GET').map(({ path = '' }) => path))]
    const answers = async (url: string) => {
      const found: Record<string, string> = {}
      for (const path of paths) {
        const { status, body } = await send(url, { method: 'GET', path })
        found[path] = `${status} ${body.length > 10_000 ? sha256Hex(body) : body.toString('utf8')}`
      }
      return found
    }
    const before = await answers(first.url)
    await first.close()
    const again = await startLocalNode(options)
    await again.idle()
    assert.deepEqual(await answers(again.url), before)
    await again.close()
  })
})
