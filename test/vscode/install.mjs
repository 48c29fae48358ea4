// Installs a VS Code server and the Node it runs on from npm packages into .vscode-test/ (npm's `code-server` holds the
// same VS Code as the desktop builds). A folder is moved into place when it is complete, so an interrupted install is
// redone and two at once do not disturb each other.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { buildNatives, missingBuildTool } from './natives.mjs'
import { npm, tail } from './npm.mjs'
import { home } from './paths.mjs'
import { Failure } from './processes.mjs'

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
  const folder = join(home, `vscode-${release.version}`)
  mkdirSync(home, { recursive: true })
  const missing = missingBuildTool()
  // Said before the minute that the rest takes.
  if (needNatives && missing && !readStamp(folder)?.natives) throw new Failure(missing)
  const problem = await withLock(`${folder}.lock`, `installing VS Code ${release.version}`, async () => {
    if (!readStamp(folder)) await installInto(folder, release)
    if (readStamp(folder).natives) return undefined
    const packages = release.natives
    const place = { server: serverFolder(folder), node: nodeIn(folder), headers: nodeHome(folder) }
    const failed = await buildNatives({ ...place, packages })
    if (!failed) writeStamp(folder, { natives: true })
    return failed
  })
  if (problem && needNatives) throw new Failure(problem)
  if (problem) console.warn(`VS Code will write no log files and may have no terminal. ${problem}`)
  return { version: release.version, node: nodeIn(folder), main: join(serverFolder(folder), 'out/server-main.js') }
}

async function installInto(folder, release) {
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
  writeStamp(fresh, { natives: false })
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

async function npmOrFail(args, cwd, folder, release) {
  const { code, output } = await npm(args, { cwd, node: nodeIn(folder) })
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
