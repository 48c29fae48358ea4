// The command line of the local node as a process of its own: built once, spawned, killed.
import { build } from 'esbuild'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

const outfile = 'test/.out/localNode.cjs'
let built: Promise<unknown> | undefined

/** As esbuild.mjs builds dist/localNode.cjs, but not minified. */
export const buildCli = (): Promise<unknown> =>
  (built ??= build({
    entryPoints: ['src/localNode/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    conditions: ['import'],
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'importMetaUrl' },
    logLevel: 'warning',
  }))

export interface CliNode {
  url: string
  process: ChildProcess
  /** What it has printed so far. */
  output(): string
  /** Sends a signal and waits for the end; gives the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

function start(args: string[]) {
  const child = spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { child, output: () => text }
}

/** Starts a node on a free port and waits until it says where it is. */
export async function spawnNode(args: string[] = []): Promise<CliNode> {
  const { child, output } = start(['--port', '0', ...args])
  const ended = once(child, 'close')
  while (!/http:\/\/\S+\n/.test(output())) {
    const result = await Promise.race([once(child.stdout, 'data'), ended.then(() => 'ended')])
    if (result === 'ended') throw new Error(`the local node ended: ${output()}`)
  }
  return {
    url: /http:\/\/\S+/.exec(output())?.[0] ?? '',
    process: child,
    output,
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      await ended
      return child.exitCode
    },
  }
}

/** Runs it to its end, for what ends by itself. */
export async function runCli(args: string[]): Promise<{ code: number | null; output: string }> {
  const { child, output } = start(args)
  await once(child, 'close')
  return { code: child.exitCode, output: output() }
}
