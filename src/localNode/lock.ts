// One node per data directory. The lock file names a process by its id and start time, because ids are used again; a
// lock whose process is gone is taken over.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export class DataDirLocked extends Error {
  override readonly name = 'DataDirLocked'
}

export interface Holder {
  pid: number
  /** Empty where the system does not say. */
  started: string
}

/** What tells a process from a later one with the same id; empty where the system does not say; undefined if dead. */
export function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  try {
    if (process.platform === 'linux') {
      // Field 22 of stat, counted behind the command's name, which may hold anything; field 3 is the state.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : (fields[19] ?? '')
    }
    if (process.platform === 'darwin')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return '' // alive, and nothing more to learn
  }
  return ''
}

function isAlive(holder: Holder): boolean {
  const started = startOf(holder.pid)
  return started !== undefined && (started === '' || holder.started === '' || started === holder.started)
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8')) as Holder
    // Signals to 0 or to a negative number reach whole groups of processes.
    return Number.isInteger(pid) && pid > 0 && typeof started === 'string' ? { pid, started } : undefined
  } catch {
    return undefined
  }
}

/** False if the lock exists. A link appears with its content; a file system without links gets a file of its own. */
function tryCreate(own: string, path: string): boolean {
  const { code } = attempt(() => linkSync(own, path))
  if (code === undefined || code === 'EEXIST') return code === undefined
  const second = attempt(() => copyFileSync(own, path, constants.COPYFILE_EXCL))
  if (second.code === undefined || second.code === 'EEXIST') return second.code === undefined
  throw second.error as Error
}

function attempt(act: () => void): { code?: string | undefined; error?: unknown } {
  try {
    act()
    return {}
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? 'unknown', error }
  }
}

/** Takes the lock of `dataDir` or throws `DataDirLocked`; the returned function gives it back. */
export function lockDataDir(dataDir: string): () => void {
  const path = join(dataDir, 'lock')
  const own = join(dataDir, `lock.${process.pid}.${randomBytes(4).toString('hex')}`)
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? '' })
  writeFileSync(own, mine)
  try {
    for (;;) {
      if (tryCreate(own, path))
        return () => {
          if (readFileSync(path, 'utf8') === mine) rmSync(path, { force: true })
        }
      const holder = readHolder(path)
      if (holder && isAlive(holder))
        throw new DataDirLocked(`${dataDir} is in use by another local node (process ${holder.pid}).`)
      takeAway(path, holder, own)
    }
  } finally {
    rmSync(own, { force: true })
  }
}

/** Moves a dead lock aside; if another starter was faster and this is already its lock, puts it back. */
function takeAway(path: string, dead: Holder | undefined, own: string): void {
  const aside = `${own}.dead`
  try {
    renameSync(path, aside)
  } catch {
    return // gone already
  }
  const moved = readHolder(aside)
  if (moved && (moved.pid !== dead?.pid || moved.started !== dead.started))
    try {
      linkSync(aside, path)
    } catch {
      // a third one took it meanwhile
    }
  rmSync(aside, { force: true })
}

const pollMs = 50
const graceMs = 3_000

/**
 * Ends the process that holds the lock of `dataDir`: asks, and insists after a few seconds. Resolves when it is gone,
 * or at once when there is none. Where the system does not tell processes apart, `isCertain` has to.
 */
export async function endHolder(dataDir: string, isCertain: (holder: Holder) => Promise<boolean>): Promise<void> {
  const holder = readHolder(join(dataDir, 'lock'))
  if (!holder || !isAlive(holder)) return
  if (!holder.started && !(await isCertain(holder))) return
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (attempt(() => process.kill(holder.pid, signal)).code === 'EPERM')
      throw new DataDirLocked(`The local node (process ${holder.pid}) belongs to another user and can not be ended.`)
    for (let waitedMs = 0; waitedMs < graceMs; waitedMs += pollMs) {
      if (!isAlive(holder)) return
      await wait(pollMs)
    }
  }
  throw new DataDirLocked(`The local node (process ${holder.pid}) does not end.`)
}
