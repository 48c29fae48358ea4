// Starts a VS Code server and puts a small proxy before it, which is what the browser talks to.
// The server itself listens on a socket file that no web page can reach.
import { mkdirSync, mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure, endChild, onEnd, run, startChild } from './processes.mjs'
import { startProxy } from './proxy.mjs'

const startLimitMs = 60_000

/**
 * Starts a VS Code that `installVscode` returned. `dataDir` keeps its state between runs.
 * Returns `{ url, port, folderUrl(folder), child, socketFolder, stop() }`.
 */
export async function startServer(vscode, options) {
  const { dataDir, extensionsDir, settings, env = {}, trust = false, testDriver = false, port = 0 } = options
  mkdirSync(dataDir, { recursive: true })
  writeMachineSettings(dataDir, settings)
  // Socket paths are limited to about 100 characters, which a folder deep in a home may exceed.
  const socketFolder = mkdtempSync(join(tmpdir(), 'aleph-vscode-'))
  const forgetSocket = onEnd(() => rmSync(socketFolder, { recursive: true, force: true }))
  const socketPath = join(socketFolder, 'server')
  const logPath = join(dataDir, 'server.log')
  const log = openSync(logPath, 'w')
  const args = [
    vscode.main,
    ...['--socket-path', socketPath],
    ...serverArgs(dataDir, extensionsDir),
    ...(trust ? [] : ['--disable-workspace-trust']),
    ...(testDriver ? ['--enable-smoke-test-driver'] : []),
  ]
  const child = startChild(vscode.node, args, { env: serverEnvironment(env), stdio: ['ignore', log, log] })
  closeSync(log)
  try {
    await untilUp(child, socketPath, vscode.version, logPath)
  } catch (error) {
    await endChild(child)
    throw error
  }
  const proxy = await startProxy({ port, socketPath, keyFile: join(dataDir, 'mint-key') })
  const url = `http://127.0.0.1:${proxy.port}/`
  return {
    url,
    port: proxy.port,
    child,
    socketFolder,
    folderUrl: folder => `${url}?folder=${encodePath(folder)}`,
    async stop() {
      await endChild(child)
      proxy.stop()
      rmSync(socketFolder, { recursive: true, force: true })
      forgetSocket()
    },
  }
}

/** For URLs: a path may hold `&`, `#` and `?`. */
export const encodePath = path => path.split('/').map(encodeURIComponent).join('/')

/** Installs a packed extension so that servers with this `extensionsDir` have it. */
export async function installExtension(vscode, { file, dataDir, extensionsDir }) {
  const args = [vscode.main, '--install-extension', file, '--force', ...serverArgs(dataDir, extensionsDir)]
  const { code, output } = await run(vscode.node, args, { env: serverEnvironment({}) })
  if (code !== 0) throw new Failure(`VS Code ${vscode.version} refused to install ${file}:\n${output.trim()}`)
}

function serverArgs(dataDir, extensionsDir = join(dataDir, 'extensions')) {
  return [
    ...['--server-data-dir', dataDir, '--extensions-dir', extensionsDir, '--telemetry-level', 'off'],
    ...['--without-connection-token', '--accept-server-license-terms'],
  ]
}

/** Started from a terminal of a VS Code, the server must not take that one's variables for its own. */
function serverEnvironment(more) {
  const foreign = /^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$|INIT_CWD$)/
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))), ...more }
}

function writeMachineSettings(dataDir, settings) {
  const folder = join(dataDir, 'data/Machine')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'settings.json'), `${JSON.stringify(settings ?? {}, undefined, 2)}\n`)
}

async function untilUp(child, socketPath, version, logPath) {
  const limit = Date.now() + startLimitMs
  let ended = false
  void child.exited.then(() => (ended = true))
  while (!(await answers(socketPath))) {
    if (ended) throw new Failure(`VS Code ${version} ended while starting; its output is in ${logPath}.`)
    if (Date.now() > limit) throw new Failure(`VS Code ${version} did not answer in a minute; see ${logPath}.`)
    await wait(50)
  }
}

function answers(socketPath) {
  return new Promise(resolve => {
    const asked = request({ socketPath, path: '/version' }, response => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    asked.on('error', () => resolve(false)).end()
  })
}
