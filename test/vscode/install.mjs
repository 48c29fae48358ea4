// Installs a VS Code server and the Node it runs on from npm packages into .vscode-test/ (npm's `code-server` holds the
// same VS Code as the desktop builds). A folder is moved into place when it is complete, so an interrupted install is
// redone and two at once do not disturb each other.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { npm, tail } from './npm.mjs'
import { home } from './paths.mjs'
import { Failure, findCommand } from './processes.mjs'

/** Raised when the way of installing changes, so that older installs are redone. */
const layout = 1

export const oldest = {
  version: '1.100.3',
  package: 'code-server@4.100.3',
  nodeMajor: 20,
  natives: ['@vscode/spdlog', 'node-pty', '@parcel/watcher', 'native-watchdog'],
  // Its frozen list names packages that can not be installed outside of its own build.
  dropShrinkwrap: true,
}

export const latest = {
  version: '1.139.1',
  package: 'code-server@4.139.1',
  nodeMajor: 24,
  natives: ['@vscode/spdlog', 'node-pty', '@parcel/watcher', '@vscode/native-watchdog'],
}

/**
 * Installs a VS Code unless it is there, and returns `{ version, node, main }`.
 * Without a compiler its log files, and in 1.100 its terminal, do not work: a failure if `needNatives`, else a warning.
 */
export async function installVscode(release, { needNatives }) {
  if (process.platform === 'win32')
    throw new Failure('VS Code in the browser runs on Linux and macOS only: try npm start -- --desktop on Windows.')
  const missing = missingBuildTool()
  const folder = join(home, `vscode-${release.version}`)
  mkdirSync(home, { recursive: true })
  if (missing && needNatives && !readStamp(folder)?.natives)
    throw new Failure(
      `${missing.tool} is missing, which the native modules of VS Code ${release.version} are built with: ${missing.how}.`,
    )
  await withLock(`${folder}.lock`, `installing VS Code ${release.version}`, async () => {
    const stamp = readStamp(folder)
    if (!stamp) await installInto(folder, release, missing)
    else if (!stamp.natives && !missing) {
      await buildNatives(folder, release)
      writeStamp(folder, { natives: true })
    }
  })
  if (!readStamp(folder).natives)
    console.warn(`${missing.tool} is missing: VS Code writes no log files and may have no terminal (${missing.how}).`)
  return { version: release.version, node: nodeIn(folder), main: join(serverFolder(folder), 'out/server-main.js') }
}

async function installInto(folder, release, missing) {
  console.log(`Installing VS Code ${release.version} (about a minute) …`)
  removeBrokenOff(release)
  const fresh = `${folder}.new-${process.pid}`
  mkdirSync(fresh)
  writeFileSync(join(fresh, 'package.json'), '{ "private": true }\n')
  await installNode(fresh, release)
  await npmOrFail(['install', '--ignore-scripts', ...quiet, release.package], fresh, fresh, release)
  const server = serverFolder(fresh)
  if (release.dropShrinkwrap) rmSync(join(server, 'npm-shrinkwrap.json'), { force: true })
  await npmOrFail(['install', '--omit=dev', '--ignore-scripts', ...quiet], server, fresh, release)
  if (!missing) await buildNatives(fresh, release)
  writeStamp(fresh, { natives: !missing })
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
}

/** What an interrupted install left; not worth failing for while its npm is still writing there. */
function removeBrokenOff(release) {
  for (const name of readdirSync(home).filter(name => name.startsWith(`vscode-${release.version}.new-`)))
    try {
      rmSync(join(home, name), { recursive: true, force: true })
    } catch (error) {
      console.warn(`${join(home, name)} can not be removed yet: ${error.code}.`)
    }
}

const quiet = ['--no-audit', '--no-fund', '--engine-strict=false']

/** The Node that this VS Code was built for, whatever the user has. */
async function installNode(folder, release) {
  const name = `node-${process.platform}-${process.arch}`
  const { code, output } = await npm(['install', '--ignore-scripts', ...quiet, `${name}@${release.nodeMajor}`], {
    cwd: folder,
  })
  if (code === 0) return
  if (process.versions.node.startsWith(`${release.nodeMajor}.`)) return
  const reason = /E404|ETARGET|EBADPLATFORM/.test(output)
    ? `npm has none for ${process.platform} ${process.arch}: run this with Node ${release.nodeMajor} instead`
    : `npm could not install it:\n${tail(output)}`
  throw new Failure(`VS Code ${release.version} runs on Node ${release.nodeMajor}, and ${reason}.`)
}

async function buildNatives(folder, release) {
  // The headers lie beside the program; without this node-gyp would download them.
  const headers = nodeHome(folder)
  const env = headers ? { npm_config_nodedir: headers } : {}
  const args = ['rebuild', '--ignore-scripts=false', ...quiet, ...release.natives]
  await npmOrFail(args, serverFolder(folder), folder, release, env)
}

async function npmOrFail(args, cwd, folder, release, env = {}) {
  const { code, output } = await npm(args, { cwd, node: nodeIn(folder), env })
  if (code !== 0)
    throw new Failure(`VS Code ${release.version} could not be installed (npm ${args[0]}):\n${tail(output)}`)
}

const serverFolder = folder => join(folder, 'node_modules/code-server/lib/vscode')

function nodeHome(folder) {
  const path = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`)
  return existsSync(path) ? path : undefined
}

function nodeIn(folder) {
  const path = nodeHome(folder)
  return path ? join(path, 'bin/node') : process.execPath
}

function missingBuildTool() {
  const how = process.platform === 'darwin' ? 'xcode-select --install' : 'apt-get install g++ make python3, or the like'
  if (!process.env.CXX && !findCommand('c++', 'g++', 'clang++')) return { tool: 'A C++ compiler', how }
  if (!findCommand('make')) return { tool: 'make', how }
  if (!findCommand('python3', 'python')) return { tool: 'Python 3', how }
  return undefined
}

const stampOf = folder => join(folder, 'installed.json')

function readStamp(folder) {
  try {
    const stamp = JSON.parse(readFileSync(stampOf(folder), 'utf8'))
    return stamp.layout === layout ? stamp : undefined
  } catch {
    return undefined
  }
}

function writeStamp(folder, facts) {
  const path = stampOf(folder)
  writeFileSync(`${path}.new`, JSON.stringify({ layout, ...facts }))
  renameSync(`${path}.new`, path)
}
