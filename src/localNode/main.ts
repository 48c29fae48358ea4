// The command line of the local node: reads the flags, starts it, prints its address, ends it on a signal.
import { parseArgs } from 'node:util'
import { developmentAccounts, faultHelp, startLocalNode, type LocalNodeOptions } from './index.js'

const usage = `Usage: node localNode.cjs [options]
  --port N                4024 by default; 0 takes a free one
  --host NAME             127.0.0.1 by default
  --data-dir DIR          keep everything there; without it nothing is kept
  --balance [ADDRESS=]N   ALEPH held, of one address or of everybody; repeatable
  --credit [ADDRESS=]N    credits, in the same way; repeatable
                          (with neither, the ten development accounts are funded)
  --now ISO-DATE          where the node's clock starts
  --sync-timeout SECONDS  how long a request with sync waits (30)
  --max-retries N         before a message that lacks something is rejected (10)
  --fault SPEC            a fault to inject; repeatable
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
  'data-dir': { type: 'string' },
  balance: { type: 'string', multiple: true },
  credit: { type: 'string', multiple: true },
  now: { type: 'string' },
  'sync-timeout': { type: 'string' },
  'max-retries': { type: 'string' },
  fault: { type: 'string', multiple: true },
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
  if (values.fault) options.faults = values.fault
  return options
}

async function main(): Promise<void> {
  const values = readFlags(process.argv.slice(2))
  if (values.help) return void console.log(usage)
  const options = toOptions(values)
  const node = await startLocalNode(options)
  // In one piece: who waits for the address may read the rest too.
  console.log(banner(node.url, options.dataDir))

  let isEnding = false
  const end = () => {
    if (isEnding) return
    isEnding = true
    void node.close().then(() => process.exit(0))
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
}

function banner(url: string, dataDir: string | undefined): string {
  return [
    url,
    'A local Aleph node for development: not connected to any network, its accounts are known to everybody.',
    dataDir === undefined ? 'Nothing is kept when it ends.' : `Everything is kept in ${dataDir}.`,
    'Development accounts (address, private key):',
    ...developmentAccounts().map(({ address, privateKey }) => `  ${address}  ${privateKey}`),
  ].join('\n')
}

function explain(error: unknown): { text: string; code: number } {
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'UsageError' || name === 'FaultSyntaxError')
    return { text: `${message.replace(/\.$/, '')}.\n\n${usage}`, code: 2 }
  if (code === 'EADDRINUSE')
    return { text: 'The port is in use; choose another one with --port, or --port 0.', code: 1 }
  return { text: message, code: 1 }
}

main().catch((error: unknown) => {
  const { text, code } = explain(error)
  console.error(text)
  process.exitCode = code
})
