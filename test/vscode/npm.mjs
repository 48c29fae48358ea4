// Runs npm: for the project itself (`npm ci` when its packages are not what the lock file says) and in other folders.
import { mkdirSync, readFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { withLock } from './lock.mjs'
import { home, root } from './paths.mjs'
import { Failure, findCommand, run } from './processes.mjs'

/** A registry that accepts a connection and then says nothing would be waited for much longer. */
const limitMs = 15 * 60_000

/** Runs npm with the given Node and returns `{ code, output }`. */
export async function npm(args, { cwd, node = process.execPath, env = {}, ...options }) {
  const script = process.env.npm_execpath
  const viaScript = script && basename(script) === 'npm-cli.js'
  const command = viaScript ? node : findCommand('npm')
  if (!command) throw new Failure('npm was not found on PATH; it comes with Node from https://nodejs.org.')
  const settings = node === process.execPath ? {} : { npm_config_globalconfig: await machineSettings() }
  return run(command, viaScript ? [script, ...args] : args, {
    cwd,
    env: { ...outerEnvironment(), ...settings, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`, ...env },
    timeout: limitMs,
    ...options,
  })
}

let asked

/** npm looks for the machine's settings (proxy, certificates) beside the Node that runs it: another Node would lose them. */
function machineSettings() {
  asked ??= process.env.npm_config_globalconfig ?? npm(['config', 'get', 'globalconfig'], {}).then(lastLine)
  return asked
}

const lastLine = ({ output }) => output.trim().split('\n').at(-1)

/** What `npm run` tells its scripts about this project must not reach an npm that works in another folder. */
function outerEnvironment() {
  const inner = /^npm_(package|lifecycle|config_local_prefix|config_global_prefix|command|node_execpath)|^INIT_CWD$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !inner.test(name)))
}

/** One clear sentence when Node is too old for everything that follows. */
export function needNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20) throw new Failure(`Node 20 or newer is needed, this is ${process.version}: install it and try again.`)
}

/** Installs the project's packages unless they are already what package-lock.json says. */
export async function installDependencies() {
  if (isInstalled()) return
  mkdirSync(home, { recursive: true })
  await withLock(join(home, 'npm-ci.lock'), 'installing the packages', async () => {
    if (isInstalled()) return
    console.log('Installing the packages of package-lock.json …')
    const { code, output } = await npm(['ci', '--include=dev', '--no-audit', '--no-fund'], { cwd: root })
    if (code !== 0)
      throw new Failure(`npm ci failed; the network or the registry may be out of reach:\n${tail(output)}`)
  })
}

/** npm leaves a second lock file in node_modules, written last, that tells what is there. */
function isInstalled() {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
    const there = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages
    // Optional packages of other platforms are in the one and not in the other.
    return Object.entries(wanted).every(
      ([path, entry]) => !path || (path in there ? there[path].version === entry.version : Boolean(entry.optional)),
    )
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** The end of a command's output, which is where the reason stands. */
export function tail(output, lines = 25) {
  return output.trimEnd().split('\n').slice(-lines).join('\n')
}
