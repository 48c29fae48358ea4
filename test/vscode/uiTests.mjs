// Runs the UI tests: a VS Code with the packed extension installed, driven in Chromium by tests that know only a URL.
// Every test file gets a server, a local node and a workspace of its own, so that none finds what another left.
import { createServer } from 'node:http'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { chromiumArgs, needChromium } from './chromium.mjs'
import { installExtension, startServer } from './launch.mjs'
import { endLeftLocalNode, startLocalNode } from './localNode.mjs'
import { home, root, scripts, vsix } from './paths.mjs'
import { machineSettings } from './presets.mjs'
import { add, none } from './results.mjs'

/** `runMocha(title, file, { env, args })` runs one file and returns its counts. */
export async function runUiTests(vscode, runMocha) {
  const folder = join(home, 'test/ui')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const extensionsDir = join(folder, 'extensions')
  await installExtension(vscode, { file: vsix, dataDir: join(folder, 'install'), extensionsDir })

  const bundles = join(root, 'test/.out/ui')
  const files = existsSync(bundles)
    ? readdirSync(bundles, { recursive: true }).filter(name => /\.test\.mjs$/.test(name))
    : []
  let sum = none
  for (const file of files.sort()) sum = add(sum, await runOne(join(bundles, file)))
  return sum

  async function runOne(file) {
    const name = basename(file, '.test.mjs')
    const workspace = join(folder, name, 'workspace')
    cpSync(join(scripts, 'workspace'), workspace, { recursive: true })
    const node = await startLocalNode()
    const refusing = await startRefusingNode()
    const server = await startServer(vscode, {
      dataDir: join(folder, name, 'data'),
      extensionsDir,
      settings: { ...withNetworks(machineSettings(node?.url), refusing.url), ...keepSelection },
    })
    try {
      return await runMocha(`UI ${name}`, file, {
        args: ['--timeout', '180000'],
        env: {
          ALEPH_UI_URL: server.folderUrl(workspace),
          ALEPH_UI_WORKSPACE: workspace,
          // Where VS Code puts away what is not saved.
          ALEPH_UI_BACKUPS: join(folder, name, 'data/data/User/Backups'),
          ALEPH_UI_SERVER: String(server.child.pid),
          ALEPH_UI_NODE: node?.url ?? '',
          ALEPH_UI_BROWSER: await needChromium(),
          ALEPH_UI_BROWSER_ARGS: chromiumArgs().join(' '),
        },
      })
    } finally {
      await server.stop()
      await node?.stop()
      refusing.stop()
      await endLeftLocalNode(join(folder, name, 'data'))
    }
  }
}

/** An editor that opens late would have the explorer select its file instead of what the test selected. */
const keepSelection = { 'explorer.autoReveal': false }

/** Says no to everything, with a link that no person should get to click. */
async function startRefusingNode() {
  const body = '<h1>Forbidden</h1> [Fix it](command:workbench.action.toggleZenMode) [Why](https://evil.example)'
  const server = createServer((_, response) => response.writeHead(403).end(body))
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${server.address().port}`, stop }
}

/** One that refuses, and one that answers to nobody: its port is that of a service which no machine runs any more. */
function withNetworks(settings, refusingUrl) {
  const more = [
    { name: 'nowhere', url: 'http://127.0.0.1:9', development: true },
    { name: 'refusing', url: refusingUrl, development: true },
  ]
  return { ...settings, 'aleph.networks': [...(settings['aleph.networks'] ?? []), ...more] }
}
