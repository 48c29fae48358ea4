// The process of the local node: detached, so that it outlives the window which started it, and run by the program that
// runs this one. What it prints goes to a file, because a pipe would break with the window.
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { access, appendFile, mkdir, open, readFile, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { AlephError } from '../../client/errors.js'
import type { LaunchedNode, LocalNodePorts } from '../../core/localNode.js'
import { instanceHeader, localNodeExit } from '../../shared/localNodeState.js'

export interface LocalNodePlace {
  /** `localNode.cjs` of this extension. */
  readonly program: string
  /** For its data and its log; made when it is needed. */
  readonly folder: string
  readonly stateFile: string
  readonly version: string
  /** The first port to try. */
  readonly port: number
}

const idleSeconds = 600
const maxLogBytes = 1_000_000
const answerLimitMs = 2_000

export const logFileOf = (folder: string): string => join(folder, 'log.txt')

type ProcessPorts = Pick<LocalNodePorts, 'launch' | 'endHolder' | 'allowHost' | 'instanceAt' | 'sleep'>

export function localNodeProcess(place: LocalNodePlace, onError: (error: unknown) => void): ProcessPorts {
  const files = ['--data-dir', join(place.folder, 'data'), '--state-file', place.stateFile]
  const hostFile = join(place.folder, 'hosts.txt')
  const start = [
    ...files,
    ...['--allow-host-file', hostFile],
    ...['--port', String(place.port), '--next-port', '--idle-timeout', String(idleSeconds)],
    ...['--program-version', place.version, '--no-account-list'],
  ]
  return {
    launch(): LaunchedNode {
      let child: ChildProcess | undefined
      let isUnwanted = false
      const run = async () => {
        child = await spawned(place, start, { detached: true })
        child.unref()
        if (isUnwanted) child.kill()
        return exitCode(child)
      }
      return {
        exit: run().catch((error: unknown) => {
          onError(error)
          return codeOf(error)
        }),
        end() {
          isUnwanted = true
          child?.kill()
        },
      }
    },

    async endHolder() {
      try {
        return await exitCode(await spawned(place, [...files, '--stop'], {}))
      } catch (error) {
        onError(error)
        return codeOf(error)
      }
    },

    async allowHost(authority) {
      const known = await readFile(hostFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return ''
        throw error
      })
      if (known.split('\n').includes(authority)) return
      await mkdir(place.folder, { recursive: true, mode: 0o700 })
      await appendFile(hostFile, `${authority}\n`, { mode: 0o600 })
    },

    async instanceAt(endpoint, signal) {
      const limit = AbortSignal.timeout(answerLimitMs)
      try {
        const response = await fetch(`${endpoint}/version`, {
          redirect: 'error',
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        })
        await response.body?.cancel()
        return response.ok ? (response.headers.get(instanceHeader) ?? '') : undefined
      } catch {
        return undefined // nothing there, or nothing that answers in time
      }
    },

    async sleep(milliseconds, signal) {
      try {
        await wait(milliseconds, undefined, signal && { signal })
      } catch (cause) {
        throw new AlephError('ABORTED', 'The operation was cancelled.', { cause })
      }
    },
  }
}

async function spawned(place: LocalNodePlace, args: string[], options: { detached?: true }): Promise<ChildProcess> {
  const { program, folder } = place
  await access(program).catch(cause => {
    throw Object.assign(new Error(`There is no ${program}.`, { cause }), { code: 'NO_PROGRAM' })
  })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const log = await openLog(logFileOf(folder))
  try {
    const stdio: StdioOptions = ['ignore', log.fd, log.fd]
    const child = spawn(process.execPath, [program, ...args], {
      ...options,
      cwd: folder,
      env: environment(),
      stdio,
      windowsHide: true,
    })
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    return child
  } finally {
    await log.close()
  }
}

/** A long log begins anew. */
async function openLog(path: string): Promise<FileHandle> {
  const size = await stat(path).then(
    found => found.size,
    () => 0,
  )
  return open(path, size > maxLogBytes ? 'w' : 'a', 0o600)
}

/** What Node needs to start and to find its folders. An editor's environment holds tokens, and the node outlives it. */
const passedOn = [
  ...['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'TZ', 'LANG', 'LC_ALL', 'LD_LIBRARY_PATH'],
  ...['SYSTEMROOT', 'WINDIR', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA'],
]

/** Names differ in case on Windows. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => passedOn.includes(name.toUpperCase()))
  return { ...Object.fromEntries(own), ELECTRON_RUN_AS_NODE: '1' }
}

const exitCode = (child: ChildProcess): Promise<number> =>
  child.exitCode === null
    ? new Promise(resolve => child.once('exit', code => resolve(code ?? localNodeExit.other)))
    : Promise.resolve(child.exitCode)

function codeOf(error: unknown): number {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'NO_PROGRAM':
      return localNodeExit.programMissing
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return localNodeExit.noPermission
    case 'ENOSPC':
    case 'EDQUOT':
      return localNodeExit.noSpace
    default:
      return localNodeExit.other
  }
}
