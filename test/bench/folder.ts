// How much memory `ipfs.addFolder` takes above what it needs for a small folder: `node esbuild.mjs --bench &&
// node --expose-gc test/.out/bench/folder.mjs [MiB]`. The node runs in a process of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AlephHttpClient } from '../../src/client/client.js'
import { buildCli, spawnNode } from '../helpers/cli.js'
import { developmentAccount } from '../helpers/accounts.js'
import { testDate } from '../helpers/localNode.js'

const mebibytes = Number(process.argv[2] ?? 200)
const base = mkdtempSync(join(tmpdir(), 'aleph-bench-'))
const piece = Buffer.alloc(1 << 20)
const write = (name: string, files: number, mebibytesEach: number) => {
  mkdirSync(join(base, name))
  for (let file = 0; file < files; file++) {
    const parts = Array.from({ length: mebibytesEach }, (_, i) => Buffer.from(piece.fill((file * 31 + i) % 251)))
    writeFileSync(join(base, name, `${file}.bin`), Buffer.concat(parts))
  }
}
write('small', 2, 1)
write('large', 4, mebibytes / 4)

await buildCli()
const account = await developmentAccount(0)
const node = await spawnNode(['--now', '2026-11-23', '--balance', '100000'])
const aleph = new AlephHttpClient({
  endpoints: node.url,
  account,
  clock: { now: () => testDate, sleep: ms => new Promise(resolve => setTimeout(resolve, ms).unref()) },
})
const used = () => {
  globalThis.gc?.()
  globalThis.gc?.() // what the first one found is freed beside it
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
for (const name of ['small', 'large']) {
  await new Promise(setImmediate) // what is left of writing the files goes first
  const before = used()
  const residentBefore = process.memoryUsage().rss
  let peak = 0
  let resident = 0
  let next = 0
  const startMs = performance.now()
  const { cid } = await aleph.ipfs.addFolder(join(base, name), {
    onProgress: ({ doneBytes }) => {
      resident = Math.max(resident, process.memoryUsage().rss)
      if (doneBytes < next && doneBytes > 0) return
      next = doneBytes + 4 * (1 << 20)
      peak = Math.max(peak, used())
    },
  })
  const inMiB = (bytes: number) => (bytes / (1 << 20)).toFixed(1)
  console.log(
    `${name}: ${cid} ${Math.round(performance.now() - startMs)} ms, live memory ${inMiB(peak - before)} MiB over ` +
      `${inMiB(before)}, resident ${inMiB(resident - residentBefore)} MiB over ${inMiB(residentBefore)}`,
  )
}
await node.end()
rmSync(base, { recursive: true, force: true })
