// `npm run bench`: the figures of the product, each as a ratio against a peer of the same run on the same node.
// Everything measured is the production build in dist/; the node is the local node, on loopback.
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Job, Measured } from './work.js'

const run = promisify(execFile)
const mebibyte = 1024 * 1024
const workFile = join(dirname(fileURLToPath(import.meta.url)), 'work.mjs')
const folder = await mkdtemp(join(tmpdir(), 'aleph-bench-'))
const children = new Set<ChildProcess>()

/** Runs a server while `use` needs it; the address is in what it prints first. */
async function withServer<T>(script: string, args: string[], use: (url: string) => Promise<T>): Promise<T> {
  const server = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(server)
  try {
    let url: string | undefined
    for await (const line of createInterface(server.stdout)) {
      url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
      if (url) break
    }
    if (!url) throw new Error(`${script} did not start.`)
    server.stdout.resume()
    return await use(url)
  } finally {
    server.kill()
    await once(server, 'exit')
    children.delete(server)
  }
}

/** A fresh local node, so that no run finds what an earlier one stored. */
async function withNode<T>(use: (url: string) => Promise<T>): Promise<T> {
  const dataDir = await mkdtemp(join(folder, 'node-'))
  try {
    const args = ['--port', '0', '--data-dir', dataDir, '--balance', '1000000']
    return await withServer('dist/localNode.cjs', args, use)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measure(name: string, job: Partial<Job>): Promise<Measured> {
  const { stdout } = await run(process.execPath, ['--expose-gc', workFile, name, JSON.stringify(job)], {
    maxBuffer: mebibyte * 16,
  })
  return JSON.parse(stdout) as Measured
}

/** Files of noise that differ from each other. */
async function makeFiles(name: string, count: number, sizeBytes: number): Promise<string[]> {
  const noise = new Uint8Array(mebibyte)
  for (let i = 0; i < noise.length; i += 65_536) globalThis.crypto.getRandomValues(noise.subarray(i, i + 65_536))
  const paths: string[] = []
  for (let n = 0; n < count; n++) {
    const path = join(folder, `${name}-${n}`)
    const file = await open(path, 'w')
    for (let written = 0; written < sizeBytes; written += mebibyte) {
      new DataView(noise.buffer).setFloat64(0, n + written)
      await file.write(noise.subarray(0, Math.min(mebibyte, sizeBytes - written)))
    }
    await file.close()
    paths.push(path)
  }
  return paths
}

const rows: { what: string; ours: string; peer: string; ratio: string; memory: string }[] = []
const seconds = ({ seconds }: Measured) => `${seconds.toFixed(2)} s`
function row(what: string, ours: Measured, peer: Measured): void {
  const memory = `${Math.round(ours.memoryMiB)} / ${Math.round(peer.memoryMiB)} MiB`
  rows.push({
    what,
    ours: seconds(ours),
    peer: seconds(peer),
    ratio: `${(peer.seconds / ours.seconds).toFixed(2)} ×`,
    memory,
  })
}

/** A figure without a peer. */
function alone(what: string, ours: Measured): void {
  rows.push({ what, ours: seconds(ours), peer: '–', ratio: '–', memory: `${Math.round(ours.memoryMiB)} MiB` })
}

/** Two rounds, each with another one first; the better figure of each counts. The disk has settled before every turn. */
async function inTurns(ours: () => Promise<Measured>, peer: () => Promise<Measured>): Promise<[Measured, Measured]> {
  const measured = { ours: [] as Measured[], peer: [] as Measured[] }
  const turn = async (who: keyof typeof measured) => {
    if (process.platform !== 'win32') await run('sync')
    measured[who].push(await (who === 'ours' ? ours() : peer()))
  }
  for (const who of ['peer', 'ours', 'ours', 'peer'] as const) await turn(who)
  const best = (all: Measured[]) => all.reduce((a, b) => (b.seconds < a.seconds ? b : a))
  return [best(measured.ours), best(measured.peer)]
}

async function transfers(): Promise<void> {
  const many = await makeFiles('many', 41, 25 * mebibyte)
  const one = await makeFiles('one', 1, 1024 * mebibyte - 1)
  for (const engine of ['storage', 'ipfs'] as const) {
    const upload = (by: string) => () => withNode(url => measure(`upload by ${by}`, { url, files: many, engine }))
    row(`upload 1 GiB, 41 files, ${engine}`, ...(await inTurns(upload('client'), upload('fetch'))))
  }
  const single = await withNode(url => measure('upload by client', { url, files: one, engine: 'ipfs' }))
  alone('upload 1 GiB, one file, ipfs', single)
  await withNode(async url => {
    const messageHashes = (await measure('upload by client', { url, files: many, engine: 'storage' })).result
    const fileHashes = await Promise.all(messageHashes.map(hash => fileHash(url, hash)))
    const targets = many.map((_, i) => join(folder, `downloaded-${i}`))
    const download = (by: string, hashes: string[]) => async () => {
      const measured = await measure(`download by ${by}`, { url, hashes, files: targets })
      await Promise.all(targets.map(path => rm(path)))
      return measured
    }
    const turns = await inTurns(download('client', messageHashes), download('fetch', fileHashes))
    row('download 1 GiB, 41 files, verified', ...turns)
  })
  const cid = (by: string) => () => measure(`CIDv0 by ${by}`, { files: one })
  row('CIDv0 of 1 GiB, against ipfs-unixfs-importer', ...(await inTurns(cid('client'), cid('ipfs-unixfs-importer'))))
}

/** One file of 2 GiB in chunks, and joined again. */
async function large(): Promise<void> {
  const [file] = (await makeFiles('large', 1, 2048 * mebibyte)) as [string]
  await withNode(async url => {
    const uploaded = await measure('upload by client', { url, files: [file], engine: 'ipfs', chunkSize: 25 * mebibyte })
    alone('upload 2 GiB in chunks of 25 MiB, ipfs', uploaded)
    const target = join(folder, 'joined')
    alone(
      'download 2 GiB joined, verified',
      await measure('download by client', { url, hashes: uploaded.result, files: [target] }),
    )
    await rm(target)
  })
  await rm(file)
}

/** Folders for IPFS: of a few large files, and of many small ones. */
async function folders(): Promise<void> {
  for (const [files, sizeBytes] of [
    [41, 25 * mebibyte],
    [2000, 1024],
  ] as const) {
    const path = join(folder, `site-${files}`)
    await mkdir(path)
    await makeFiles(`site-${files}/file`, files, sizeBytes)
    await withNode(async url => {
      const what = `folder of ${files} files of ${Math.ceil(sizeBytes / 1024)} KiB as one CAR`
      alone(what, await measure('folder by client', { url, files: [path] }))
    })
    await rm(path, { recursive: true })
  }
}

/** One file of 1 GiB for oneself, to the disk and back. */
async function encryption(): Promise<void> {
  const [file] = (await makeFiles('plain', 1, 1024 * mebibyte)) as [string]
  const spools: string[] = []
  const ours = async () => {
    const measured = await measure('encrypt by client', { files: [file] })
    spools.push(...measured.result)
    return measured
  }
  const peer = async () => {
    const measured = await measure('encrypt by age-encryption', { files: [file] })
    await rm(measured.result[0] as string)
    return measured
  }
  row('encrypt 1 GiB to a file, against age-encryption', ...(await inTurns(ours, peer)))
  alone('decrypt 1 GiB', await measure('decrypt by client', { files: spools.slice(0, 1) }))
  for (const path of spools) await rm(dirname(path), { recursive: true })
  await rm(file)
}

async function fileHash(url: string, messageHash: string): Promise<string> {
  const response = await fetch(`${url}/api/v0/storage/by-message-hash/${messageHash}`)
  return ((await response.json()) as { file_hash: string }).file_hash
}

async function messages(): Promise<void> {
  const count = 1000
  await withNode(async url => {
    const peer = await measure('publish by ethers and fetch', { url, count })
    const ours = await measure('publish by client', { url, count })
    row(`sign and publish ${count} messages, against ethers and fetch`, ours, peer)
    const perSecond = ({ seconds }: Measured) => `${Math.round(count / seconds)} / s`
    rows.push({
      what: 'local node: publish, one connection',
      ours: perSecond(peer),
      peer: '–',
      ratio: '–',
      memory: '–',
    })
    const listed = await measure('list by fetch', { url, count })
    rows.push({
      what: 'local node: list of 20 rows, one connection',
      ours: perSecond(listed),
      peer: '–',
      ratio: '–',
      memory: '–',
    })
  })
}

/** Lists of 10 000 rows: how long all of it takes, and the longest stalls in ms, by the clock and (by the processor). */
async function lists(): Promise<void> {
  const count = 10_000
  await withServer(join(dirname(workFile), 'pages.mjs'), [String(count)], async url => {
    const list = async (what: string, name: string, job: Partial<Job>) => {
      // Whatever else the machine does makes stalls longer, never shorter.
      const runs: Measured[] = []
      for (let run = 0; run < 2; run++) runs.push(await measure(name, { url, ...job }))
      const [best] = runs.sort((a, b) => longestMs(a) - longestMs(b)) as [Measured]
      const memory = `${Math.round(best.memoryMiB)} MiB`
      rows.push({ what: `${what}: ${best.result.join(', ')}`, ours: seconds(best), peer: '–', ratio: '–', memory })
    }
    await list(`list of ${count} rows, verified; stall`, 'list by client', { count })
    await list('list of 600 rows of 50 kB; stall', 'list by client', { count: 600, channel: 'large' })
    for (const name of ['files', 'messages'] as const)
      await list(`view of ${count} ${name}; stalls`, 'list by view', { count, list: name })
  })
}

/** All revisions of one aggregate of a local node, verified; pages of 200, as somebody loads them. */
async function history(): Promise<void> {
  const count = 1000
  await withNode(async url => {
    await measure('publish elements', { url, count })
    const runs = [
      await measure('history by client', { url, count }),
      await measure('history by client', { url, count }),
    ]
    const [best] = runs.sort((a, b) => a.seconds - b.seconds) as [Measured]
    const memory = `${Math.round(best.memoryMiB)} MiB`
    const what = `history of an aggregate with ${count} revisions; stall: ${best.result.join(', ')}`
    rows.push({ what, ours: seconds(best), peer: '–', ratio: '–', memory })
  })
}

/** `where` and `sort` over the documents of one collection, from when they are downloaded, against mingo. */
async function query(): Promise<void> {
  const count = 100_000
  let what = ''
  const ours = async () => {
    const measured = await measure('query by client', { count })
    const [seconds, found, stall] = measured.result
    what = `query of ${count} documents, ${found} found and sorted, against mingo; stall ${stall}`
    return { ...measured, seconds: Number(seconds) }
  }
  const turns = await inTurns(ours, () => measure('query by mingo', { count }))
  row(what, ...turns)
}

const longestMs = ({ result }: Measured) => Math.max(...result.map(stall => Number(/(\d+) \(/.exec(stall)?.[1])))

/** The page of the aggregate editor in a browser: the longest that one key press, or showing the history, keeps it busy. */
async function editor(): Promise<void> {
  const { chromiumArgs, needChromium } = (await import(script('chromium.mjs'))) as {
    chromiumArgs(): string[]
    needChromium(): Promise<string>
  }
  const env = {
    ...process.env,
    ALEPH_UI_BROWSER: await needChromium(),
    ALEPH_UI_BROWSER_ARGS: chromiumArgs().join(' '),
  }
  const { stdout } = await run(process.execPath, [join(dirname(workFile), '../webview/bench.mjs')], { env })
  for (const [what, ours] of Object.entries(JSON.parse(stdout) as Record<string, string>))
    rows.push({ what, ours, peer: '–', ratio: '–', memory: '–' })
}

/** What the extension says of itself in a real VS Code, each version that the host suite runs in. */
async function activation(): Promise<void> {
  const { installVscode } = (await import(script('install.mjs'))) as {
    installVscode(release: unknown, options: { needNatives: boolean }): Promise<{ version: string }>
  }
  const { runHostSuite, runs } = (await import(script('hostSuite.mjs'))) as {
    runHostSuite(vscode: unknown, run: { name: string }): Promise<unknown>
    runs: { name: string; release: unknown; kind: string }[]
  }
  process.env.ALEPH_TEST_GREP = 'activation'
  for (const suiteRun of runs.filter(({ kind }) => kind === 'folder')) {
    const vscode = await installVscode(suiteRun.release, { needNatives: true })
    await runHostSuite(vscode, suiteRun)
    const logs = await readdir(join('.vscode-test/test', suiteRun.name, 'data'), { recursive: true })
    const log = logs.find(name => name.endsWith('Aleph Cloud Storage.log'))
    const text = log ? await readFile(join('.vscode-test/test', suiteRun.name, 'data', log), 'utf8') : ''
    const [, ms = '?'] = /activated in ([\d.]+) ms/.exec(text) ?? []
    rows.push({ what: `activate() in VS Code ${vscode.version}`, ours: `${ms} ms`, peer: '–', ratio: '–', memory: '–' })
  }
}

const script = (name: string) => pathToFileURL(join(process.cwd(), 'test/vscode', name)).href

async function sizes(): Promise<void> {
  const lazy = (await readdir('dist/lazy')).sort().map(name => `dist/lazy/${name}`)
  for (const file of [
    'dist/extension.js',
    'dist/client.mjs',
    'dist/client.cjs',
    'dist/localNode.cjs',
    'dist/webview/aggregateEditor.js',
    'dist/webview/aggregateEditor.css',
    ...lazy,
    'dist/aleph-cloud-storage.vsix',
  ]) {
    if (!existsSync(file)) continue
    const kibibytes = Math.ceil((await stat(file)).size / 1024)
    const packed = file.endsWith('.vsix') ? '–' : `${Math.ceil(gzipSync(await readFile(file)).length / 1024)} KiB gzip`
    rows.push({ what: file, ours: `${kibibytes} KiB`, peer: packed, ratio: '–', memory: '–' })
  }
}

process.on('exit', () => children.forEach(child => child.kill('SIGKILL')))
try {
  const wanted = process.argv.slice(2)
  for (const [name, part] of Object.entries({
    transfers,
    large,
    encryption,
    folders,
    messages,
    lists,
    history,
    query,
    editor,
    activation,
    sizes,
  }))
    if (!wanted.length || wanted.includes(name)) await part()
} finally {
  await rm(folder, { recursive: true, force: true })
}
const columns = { what: 'what', ours: 'ours', peer: 'peer', ratio: 'peer/ours', memory: 'memory over base' }
const width = (key: keyof typeof columns) => Math.max(...[columns, ...rows].map(each => each[key].length))
for (const each of [columns, ...rows])
  process.stdout.write(
    `${(Object.keys(columns) as (keyof typeof columns)[]).map(key => (key === 'what' ? each[key].padEnd(width(key)) : each[key].padStart(width(key)))).join('  ')}\n`,
  )
