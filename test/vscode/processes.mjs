// Child processes that never outlive this one, and a way to recognise a process that an earlier run left behind.
// Every child leads a process group of its own, so that what it starts in turn (extension hosts) ends with it.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const graceMs = 3000
const children = new Set()
const cleanups = new Set()

/** Starts a child that ends with this process at the latest. */
export function startChild(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, detached: true })
  children.add(child)
  child.exited = new Promise(resolve => {
    child.once('error', error => resolve({ code: -1, error }))
    child.once('exit', (code, signal) => resolve({ code: code ?? -1, signal }))
  }).then(result => {
    // Whatever it started and did not wait for.
    signalGroup(child.pid, 'SIGKILL')
    children.delete(child)
    return result
  })
  return child
}

/** Asks a child to end, and insists after a few seconds. */
export async function endChild(child) {
  if (!children.has(child)) return
  signalGroup(child.pid, 'SIGTERM')
  const insist = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs)
  await child.exited
  clearTimeout(insist)
}

/** Runs a command to its end and returns its exit code and what it printed (unless `stdio` says otherwise). */
export async function run(command, args, { onOutput, ...options } = {}) {
  const child = startChild(command, args, options)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', text => {
      output += text
      onOutput?.(text)
    })
  const { code, error } = await child.exited
  return { code, output: error ? `${output}${error.message}` : output }
}

/** Called once when this process ends for any reason it can notice; must not wait. */
export function onEnd(cleanup) {
  cleanups.add(cleanup)
  return () => cleanups.delete(cleanup)
}

let ending = false
let interruptIsSuccess = false
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
])
  process.on(signal, async () => {
    if (ending) return
    ending = true
    await Promise.all([...children].map(endChild))
    process.exit(interruptIsSuccess ? 0 : 128 + number)
  })

process.on('exit', () => {
  for (const child of children) signalGroup(child.pid, 'SIGKILL')
  for (const cleanup of cleanups) cleanup()
})

function signalGroup(pid, signal) {
  try {
    if (pid) process.kill(-pid, signal)
  } catch (error) {
    // ESRCH: it ended by itself. EPERM: macOS says so for a group of zombies.
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error
  }
}

/** `{ pid, startedAt }`: a pid alone may belong to somebody else by the time it is read again. */
export function identity(pid) {
  return { pid, startedAt: startedAt(pid) }
}

export function isAlive({ pid, startedAt: expected }) {
  return Number.isInteger(pid) && expected !== undefined && startedAt(pid) === expected
}

/** Ends what a crashed run left behind. */
export function endLeftBehind(process) {
  if (isAlive(process)) signalGroup(process.pid, 'SIGKILL')
}

function startedAt(pid) {
  try {
    // The name in the second field may hold spaces and parentheses; the start time is the 20th field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    if (process.platform === 'linux') return undefined
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() || undefined
  }
}

/** Full path of the first of these commands that PATH knows. */
export function findCommand(...names) {
  for (const name of names)
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name)
      if (folder && isExecutable(path)) return path
    }
  return undefined
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Something a person has to do: printed as its one sentence, without a stack. */
export class Failure extends Error {}

/** Runs a script's main function. `endsByInterrupt` says that Ctrl+C is how it is meant to end. */
export async function main(body, { endsByInterrupt = false } = {}) {
  interruptIsSuccess = endsByInterrupt
  try {
    process.exitCode = (await body()) ?? 0
  } catch (error) {
    // A child that was ended on purpose is no news; the signal's handler exits.
    if (ending) return
    console.error(error instanceof Failure ? error.message : error)
    process.exitCode = 1
  }
  // A stray handle must not keep a finished run open; the exit handler above ends what is left.
  process.exit()
}
