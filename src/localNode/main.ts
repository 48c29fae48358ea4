// The command line of the local node: reads the flags, starts it, prints its address, ends it on a signal.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { localNodeExit } from '../shared/localNodeState.js'
import { developmentAccounts, faultHelp, startLocalNode, type LocalNodeOptions } from './index.js'
import { endHolder, startOf } from './lock.js'
import { answers, loadState, readAllowedHosts, saveState } from './stateFile.js'

const usage = `Usage: node localNode.cjs [options]
  --port N                4024 by default; 0 takes a free one
  --next-port             if that port is in use, take the next free one
  --host NAME             127.0.0.1 by default
  --allow-host NAME       answer requests for this host too, besides localhost, 127.0.0.1, [::1] and --host;
                          repeatable
  --allow-host-file FILE  the same for the hosts in this file, one a line; read whenever one is missing
  --allow-origin ORIGIN   answer pages of this origin too, besides those of localhost, 127.0.0.1 and [::1];
                          repeatable
  --data-dir DIR          keep everything there; without it nothing is kept. What was answered survives the
                          death of the node; a power cut can cost the last second.
  --balance [ADDRESS=]N   ALEPH held, of one address or of everybody; repeatable
  --credit [ADDRESS=]N    credits, in the same way; repeatable
                          (with neither, the ten development accounts are funded;
                          a data directory keeps amounts until they are set anew)
  --now ISO-DATE          where the node's clock starts
  --sync-timeout SECONDS  how long a request with sync waits (30)
  --max-retries N         before a message that lacks something is rejected (10)
  --retry-scale N         how long it waits before it tries again, as a fraction of a real node's waits (1)
  --fault SPEC            a fault to inject; repeatable
  --idle-timeout SECONDS  end after so long without a request
  --no-account-list       do not print the development accounts and their keys
  --state-file FILE       write there, as JSON, where the node runs, and that it ended
  --program-version TEXT  for the state file
  --stop                  end the node that runs on --data-dir, and nothing else
  --help

${faultHelp}
`

/** Something wrong with the flags: one sentence and the usage. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  'allow-host': { type: 'string', multiple: true },
  'allow-host-file': { type: 'string' },
  'allow-origin': { type: 'string', multiple: true },
  'data-dir': { type: 'string' },
  balance: { type: 'string', multiple: true },
  credit: { type: 'string', multiple: true },
  now: { type: 'string' },
  'sync-timeout': { type: 'string' },
  'max-retries': { type: 'string' },
  'retry-scale': { type: 'string' },
  fault: { type: 'string', multiple: true },
  'next-port': { type: 'boolean' },
  'idle-timeout': { type: 'string' },
  'no-account-list': { type: 'boolean' },
  'state-file': { type: 'string' },
  'program-version': { type: 'string' },
  stop: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

function readFlags(args: string[]) {
  try {
    return parseArgs({ args, options: flags, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'unknown option')
  }
}

function number(flag: string, text: string, { isWhole = false, max = Infinity } = {}): number {
  const value = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || value > max || (isWhole && !Number.isInteger(value)))
    throw new UsageError(
      `--${flag} takes a ${isWhole ? 'whole ' : ''}number${max < Infinity ? ` up to ${max}` : ''}, not "${text}"`,
    )
  return value
}

function amounts(flag: string, texts: readonly string[] | undefined): Record<string, number> | undefined {
  if (!texts) return undefined
  return Object.fromEntries(
    texts.map(text => {
      const [, address = '*', amount = ''] = /^(?:([^=]+)=)?(.*)$/.exec(text) ?? []
      return [address, number(flag, amount)]
    }),
  )
}

function toOptions(values: ReturnType<typeof readFlags>): LocalNodeOptions {
  const options: LocalNodeOptions = {
    port: number('port', values.port ?? '4024', { isWhole: true, max: 65_535 }),
    warn: text => console.error(`Warning: ${text}`),
  }
  if (values.host !== undefined) options.host = values.host
  if (values['data-dir'] !== undefined) options.dataDir = values['data-dir']
  const balances = amounts('balance', values.balance)
  const credits = amounts('credit', values.credit)
  if (balances) options.balances = balances
  if (credits) options.credits = credits
  if (values.now !== undefined) {
    const start = Date.parse(values.now)
    if (Number.isNaN(start)) throw new UsageError(`--now takes a date such as 2026-11-23, not "${values.now}"`)
    const startedAt = Date.now()
    options.now = () => start + Date.now() - startedAt
  }
  if (values['sync-timeout'] !== undefined)
    options.syncTimeoutMs = number('sync-timeout', values['sync-timeout']) * 1000
  if (values['max-retries'] !== undefined)
    options.maxRetries = number('max-retries', values['max-retries'], { isWhole: true })
  if (values['retry-scale'] !== undefined) options.retryScale = number('retry-scale', values['retry-scale'])
  if (values['allow-host']) options.allowHosts = values['allow-host']
  if (values['allow-origin']) options.allowOrigins = values['allow-origin'].map(originOf)
  const hostFile = values['allow-host-file']
  if (hostFile !== undefined) options.moreHosts = () => readAllowedHosts(hostFile)
  if (values.fault) options.faults = values.fault
  if (values['next-port']) options.nextPort = true
  if (values['idle-timeout'] !== undefined)
    // A timer takes no longer time, and the node ticks a few times in it.
    options.idleTimeoutMs = number('idle-timeout', values['idle-timeout'], { max: 30 * 86_400 }) * 1000
  return options
}

function originOf(text: string): string {
  if (!URL.canParse(text) || new URL(text).origin !== text.toLowerCase())
    throw new UsageError(`--allow-origin takes an origin such as https://example.org, not "${text}"`)
  return text
}

/** Keeps the state file true; without a file it does nothing. Written while the node holds the lock of its data. */
class Announcement {
  readonly instance = randomBytes(16).toString('hex')

  constructor(
    private readonly path: string | undefined,
    private readonly version: string,
    private readonly dataDir: string | undefined,
  ) {}

  save(port: number, isRunning: boolean): void {
    if (this.path === undefined) return
    const { instance, version, dataDir = '' } = this
    const processStart = startOf(process.pid) ?? ''
    saveState(this.path, { isRunning, port, pid: process.pid, processStart, instance, version, dataDir })
  }
}

/** Also corrects the state file of a node that died without a word. */
async function stop({ 'data-dir': dataDir, 'state-file': path }: ReturnType<typeof readFlags>): Promise<void> {
  if (dataDir === undefined) throw new UsageError('--stop needs --data-dir')
  const state = path === undefined ? undefined : loadState(path)
  await endHolder(dataDir, async ({ pid }) => pid === state?.pid && (await answers(state)))
  const last = path === undefined ? undefined : loadState(path)
  if (path !== undefined && last?.isRunning && last.instance === state?.instance)
    saveState(path, { ...last, isRunning: false })
}

async function main(): Promise<void> {
  const values = readFlags(process.argv.slice(2))
  if (values.help) return void console.log(usage)
  if (values.stop) return stop(values)
  const options = toOptions(values)
  const state = new Announcement(values['state-file'], values['program-version'] ?? '', options.dataDir)
  let end = (): void => undefined
  const node = await startLocalNode({
    ...options,
    ...(values['state-file'] === undefined ? {} : { instance: state.instance }),
    onIdle: () => {
      console.log(`Nobody used it for ${values['idle-timeout']} seconds, so it ends.`)
      end()
    },
  })

  let isEnding = false
  end = () => {
    if (isEnding) return
    isEnding = true
    try {
      state.save(node.port, false)
    } catch (error) {
      console.error(`The state file could not be written: ${(error as Error).message}.`)
    }
    void node.close().then(() => process.exit(0))
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
  try {
    state.save(node.port, true)
  } catch (error) {
    await node.close()
    throw error
  }
  // In one piece: who waits for the address may read the rest too.
  console.log(banner(node.url, options.dataDir, values['no-account-list'] ?? false))
}

function banner(url: string, dataDir: string | undefined, hidesAccounts: boolean): string {
  const lines = [
    url,
    'A local Aleph node for development: not connected to any network, its accounts are known to everybody.',
    dataDir === undefined ? 'Nothing is kept when it ends.' : `Everything is kept in ${dataDir}.`,
  ]
  if (!hidesAccounts)
    lines.push(
      'Development accounts (address, private key):',
      ...developmentAccounts().map(({ address, privateKey }) => `  ${address}  ${privateKey}`),
    )
  return lines.join('\n')
}

function explain(error: unknown): { text: string; code: number } {
  const { name, message, code, syscall } = error as NodeJS.ErrnoException
  const exit = localNodeExit
  if (name === 'UsageError' || name === 'FaultSyntaxError')
    return { text: `${message.replace(/\.$/, '')}.\n\n${usage}`, code: exit.usage }
  if (name === 'DataDirLocked') return { text: message, code: exit.dataLocked }
  if (name === 'LogDamaged') return { text: message, code: exit.dataDamaged }
  if (code === 'EADDRINUSE')
    return { text: 'The port is in use; choose another one with --port, or --port 0.', code: exit.portInUse }
  if (syscall === 'listen' && code === 'EACCES')
    return { text: 'The port may not be used; choose another one with --port.', code: exit.portInUse }
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return { text: `This is not permitted: ${message}.`, code: exit.noPermission }
    case 'ENOSPC':
    case 'EDQUOT':
      return { text: 'There is no space left for its data.', code: exit.noSpace }
    default:
      return { text: message, code: exit.other }
  }
}

main().catch((error: unknown) => {
  const { text, code } = explain(error)
  console.error(text)
  process.exitCode = code
})
