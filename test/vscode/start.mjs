// `npm start`: a local node with sample data and a VS Code in the browser that has the packed extension installed.
// Prints one URL. Ports and data stay in .vscode-test/run/, so that the next start finds what this one left.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { needDesktop, startInDesktop } from './desktopStart.mjs'
import { installVscode, latest } from './install.mjs'
import { installExtension, startServer } from './launch.mjs'
import { startLocalNode } from './localNode.mjs'
import { holderOf, tryLock } from './lock.mjs'
import { installDependencies, needNode, npm } from './npm.mjs'
import { root, runFolder, scripts, vsix } from './paths.mjs'
import { freePort } from './ports.mjs'
import { machineSettings } from './presets.mjs'
import { Failure, endLeftBehind, identity, main, onEnd } from './processes.mjs'

const defaultPorts = { vscode: 8024, node: 4024 }
const stateFile = join(runFolder, 'state.json')
const portsFile = join(runFolder, 'ports.json')
const workspace = join(runFolder, 'workspace')
const dataDir = join(runFolder, 'vscode')
const nodeDir = join(runFolder, 'node')
const sampleDataDone = join(runFolder, 'sample-data-published')

async function start() {
  needNode()
  const unknown = process.argv.slice(2).filter(arg => arg !== '--desktop')
  if (unknown.length) throw new Failure(`"${unknown[0]}" is not an option of npm start; there is only --desktop.`)
  const desktop = process.argv.includes('--desktop')
  if (desktop) needDesktop()
  mkdirSync(runFolder, { recursive: true })

  if (!tryLock(join(runFolder, 'lock'))) return alreadyRunning()
  cleanUpAfterCrash()

  await installDependencies()
  const vscode = desktop ? undefined : await installVscode(latest, { needNatives: false })
  await pack()
  if (!existsSync(workspace)) copyWhole(join(scripts, 'workspace'), workspace)

  const ports = readJson(portsFile) ?? {}
  if (!existsSync(nodeDir)) rmSync(sampleDataDone, { force: true })
  const node = await startLocalNode({
    port: await choosePort('the local node', ports.node ?? defaultPorts.node),
    dataDir: nodeDir,
  })
  keepState({ children: node ? [node.child] : [] })
  if (node) await publishSampleData(node.url)
  const settings = machineSettings(node?.url)

  if (desktop) {
    keepPorts({ ...ports, node: portOf(node) })
    await startInDesktop({ settings, workspace, folder: join(runFolder, 'desktop') })
    console.log('VS Code was opened. The local node runs until you press Ctrl+C here.')
    return untilEnded([node?.child])
  }

  await installExtension(vscode, { file: vsix, dataDir })
  const port = await choosePort('VS Code', ports.vscode ?? defaultPorts.vscode)
  const server = await startServer(vscode, { dataDir, settings, port })
  const url = server.folderUrl(workspace)
  keepPorts({ vscode: server.port, node: portOf(node) })
  keepState({ url, children: [node?.child, server.child], socketFolder: server.socketFolder })
  console.log(`\nOpen this in a browser (Ctrl+C here ends everything):\n\n  ${url}\n`)
  return untilEnded([node?.child, server.child])
}

function alreadyRunning() {
  const url = readJson(stateFile)?.url
  const { pid } = holderOf(join(runFolder, 'lock')) ?? {}
  if (!url) throw new Failure(`Another npm start (pid ${pid}) is getting ready: its own terminal will print the URL.`)
  console.log(`It is running already (pid ${pid}); open this in a browser:\n\n  ${url}\n`)
}

/** Ends the children of a run that was killed, and forgets it. */
function cleanUpAfterCrash() {
  const state = readJson(stateFile)
  for (const child of state?.children ?? []) endLeftBehind(child)
  if (state?.socketFolder) rmSync(state.socketFolder, { recursive: true, force: true })
  rmSync(stateFile, { force: true })
  onEnd(() => rmSync(stateFile, { force: true }))
}

async function pack() {
  console.log('Building and packing the extension …')
  let output = ''
  const { code } = await npm(['run', 'package'], { cwd: root, onOutput: text => (output += text) })
  if (code !== 0) throw new Failure(`The extension could not be built (npm run package):\n${output.trim()}`)
}

/** Only into a node that has none yet: what was forgotten or changed there stays so. */
async function publishSampleData(url) {
  const client = join(root, 'dist/client.mjs')
  if (!existsSync(client) || existsSync(sampleDataDone)) return
  const { publish } = await import('./sampleData.mjs')
  try {
    await publish(await import(pathToFileURL(client).href), url, workspace)
    writeFileSync(sampleDataDone, '')
  } catch (error) {
    console.warn(`The sample data could not be published, so the local node begins empty: ${error.message}`)
  }
}

async function choosePort(what, wanted) {
  const port = await freePort(wanted)
  if (port !== wanted) console.log(`Port ${wanted} is in use, so ${what} takes ${port}.`)
  return port
}

/** The browser keeps secrets and layout per origin, so a port once taken is the first choice of the next start. */
const keepPorts = ports => writeJson(portsFile, ports)

function keepState({ children, ...facts }) {
  const known = children.filter(Boolean).map(child => identity(child.pid))
  writeJson(stateFile, { ...facts, children: known })
}

/** Waits for ever; a child that ends by itself is an error, since the rest is of no use without it. */
async function untilEnded(children) {
  const first = await Promise.race(
    children.filter(Boolean).map(child => child.exited.then(({ code, signal }) => signal ?? `code ${code}`)),
  )
  throw new Failure(
    `${children.length > 1 ? 'VS Code or the local node' : 'The local node'} ended with ${first}: start again.`,
  )
}

const portOf = node => (node ? Number(new URL(node.url).port) : undefined)

/** A copy that is there is a complete one. */
function copyWhole(from, to) {
  rmSync(`${to}.new`, { recursive: true, force: true })
  cpSync(from, `${to}.new`, { recursive: true })
  renameSync(`${to}.new`, to)
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function writeJson(path, value) {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, undefined, 2)}\n`)
  renameSync(`${path}.new`, path)
}

await main(start, { endsByInterrupt: true })
