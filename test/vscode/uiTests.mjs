// Runs the UI tests: a VS Code with the packed extension installed, driven in Chromium by tests that know only a URL.
// Every test file gets a server, a local node and a workspace of its own, so that none finds what another left.
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
    const server = await startServer(vscode, {
      dataDir: join(folder, name, 'data'),
      extensionsDir,
      settings: { ...withDeadNetwork(machineSettings(node?.url)), ...keepSelection },
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
      await endLeftLocalNode(join(folder, name, 'data'))
    }
  }
}

/** An editor that opens late would have the explorer select its file instead of what the test selected. */
const keepSelection = { 'explorer.autoReveal': false }

/** A second network that answers to nobody: the port is that of a service which no machine runs any more. */
function withDeadNetwork(settings) {
  const networks = settings['aleph.networks'] ?? []
  return {
    ...settings,
    'aleph.networks': [...networks, { name: 'nowhere', url: 'http://127.0.0.1:9', development: true }],
  }
}
