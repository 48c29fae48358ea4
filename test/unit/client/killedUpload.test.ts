// Uploads of processes that are killed in the middle, and the memory that large files take.
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, createReadStream, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import type { UploadRecord } from '../../../src/client/index.js'
import { developmentKey } from '../../helpers/accounts.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

const mebibyte = 1024 * 1024
const outfile = 'test/.out/uploadChild.mjs'

describe('uploads of a process of its own', function () {
  this.timeout(120_000)
  const node = useLocalNode({}, { each: true })
  const folder = useTemporaryFolder()
  let proxy: Server
  /** Bytes of uploads that arrived, whole or not. */
  let receivedBytes: number
  /** Uploads that the node took whole. */
  let takenUploads: number

  before(() =>
    build({
      entryPoints: ['test/helpers/uploadChild.ts'],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    }),
  )

  beforeEach(async () => {
    receivedBytes = takenUploads = 0
    proxy = createServer((request, response) => {
      response.sendDate = false // the node's own is passed on, if it says one
      const isUpload = request.url?.endsWith('/add_file') && request.headers['content-type']?.startsWith('multipart/')
      const { method, headers } = request
      const forwarded = httpRequest(node().url + (request.url ?? ''), { method, headers }, answer => {
        if (isUpload && answer.statusCode === 200) takenUploads++
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      })
      forwarded.on('error', () => response.destroy())
      request.on('data', (chunk: Buffer) => (receivedBytes += isUpload ? chunk.length : 0))
      request.on('close', () => request.complete || forwarded.destroy())
      request.pipe(forwarded)
    })
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
  })
  afterEach(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const proxyUrl = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`

  /** Every mebibyte is another one. */
  function writeNoise(path: string, mebibytes: number): void {
    const block = Buffer.alloc(
      mebibyte,
      Uint8Array.from({ length: 65_536 }, (_, i) => (i * 31 + (i >> 8)) % 256),
    )
    const file = openSync(path, 'w')
    for (let i = 0; i < mebibytes; i++) {
      block.writeUInt32BE(i)
      writeSync(file, block)
    }
    closeSync(file)
  }

  let starts = 0
  async function run(what: 'upload' | 'download', file: string, target: string, killAfter = '', shell = 'exec "$@"') {
    const startMs = String(testDate + ++starts * 600_000)
    const args = [process.execPath, outfile, what, proxyUrl(), developmentKey(9), startMs, file, target, killAfter]
    return new Promise<{ signal: string | undefined; stdout: string; stderr: string }>(resolve =>
      execFile('sh', ['-c', shell, 'sh', ...args], (error, stdout, stderr) =>
        resolve({ signal: error?.signal ?? undefined, stdout, stderr }),
      ),
    )
  }

  async function finished(what: 'upload' | 'download', file: string, target: string) {
    const { stdout, stderr } = await run(what, file, target)
    assert.notEqual(stdout, '', stderr)
    return JSON.parse(stdout) as { item_hash: string; peakBytes: number }
  }

  async function sha256Of(path: string): Promise<string> {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    return hash.digest('hex')
  }

  it('go on after SIGKILL: no chunk arrives whole twice, and only what was on its way is sent again', async () => {
    writeNoise(folder('big.bin'), 12)
    for (const killAfter of ['2', '6', '9']) {
      const { signal } = await run('upload', folder('big.bin'), folder('record.json'), killAfter)
      assert.equal(signal, 'SIGKILL')
      const record = JSON.parse(readFileSync(folder('record.json'), 'utf8')) as UploadRecord
      assert.ok(record.chunks.filter(chunk => chunk?.isDone).length >= Number(killAfter))
    }
    const { item_hash } = await finished('upload', folder('big.bin'), folder('record.json'))
    // A kill may meet the proxy between the last byte and the answer, so what counts is what the node took.
    assert.ok(takenUploads <= 12, `${takenUploads} uploads of 12 chunks were taken`)
    assert.ok(receivedBytes <= (12 + 3 * 4) * 1.01 * mebibyte, `${receivedBytes} bytes arrived`)
    await finished('download', folder('out.bin'), item_hash)
    assert.equal(await sha256Of(folder('out.bin')), await sha256Of(folder('big.bin')))
    const found = (await (await fetch(`${node().url}/api/v0/messages.json?msgTypes=STORE`)).json()) as {
      messages: unknown[]
    }
    assert.equal(found.messages.length, 12)
  })

  it('leave nothing of a download behind when the disk takes no more', async () => {
    writeNoise(folder('big.bin'), 4)
    const { item_hash } = await finished('upload', folder('big.bin'), folder('record.json'))
    // Files of this process may have 2 MiB (blocks of 512 bytes).
    const limited = await run('download', folder('out.bin'), item_hash, '', 'ulimit -f 4096; exec "$@"')
    assert.match(limited.stderr, /code: 'IO'/)
    assert.match(limited.stderr, /out\.bin can not be written/)
    assert.deepEqual(readdirSync(folder()).sort(), ['big.bin', 'record.json'])
  })

  it('take no more memory for a file six times as large, up and down', async () => {
    const peaks: Record<'upload' | 'download', number[]> = { upload: [], download: [] }
    for (const mebibytes of [16, 96]) {
      writeNoise(folder(`${mebibytes}.bin`), mebibytes)
      const up = await finished('upload', folder(`${mebibytes}.bin`), folder(`${mebibytes}.json`))
      const down = await finished('download', folder(`${mebibytes}.out`), up.item_hash)
      peaks.upload.push(up.peakBytes / mebibyte)
      peaks.download.push(down.peakBytes / mebibyte)
    }
    for (const [what, [small = 0, large = 0]] of Object.entries(peaks))
      assert.ok(large - small < 40, `${what}: ${small} MiB for 16 MiB, ${large} MiB for 96 MiB`)
  })
})
