// Runs the bundled host suite inside a real extension host: a VS Code server, with a Chromium page as its window.
// The suite knows none of this; it gets its wishes through environment variables and leaves its results in a file.
import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromiumArgs, needChromium } from './chromium.mjs'
import { latest, oldest } from './install.mjs'
import { encodePath, startServer } from './launch.mjs'
import { endLeftLocalNode, startLocalNode } from './localNode.mjs'
import { home, reporter, root, scripts, suite } from './paths.mjs'
import { count, print, readEvents } from './results.mjs'
import { madeSecrets } from './secretScan.mjs'

const runLimitMs = 15 * 60_000

/**
 * Every run of the suite, each in a window of another kind. A title chooses by tags where its test runs: `@untrusted`,
 * `@empty`, `@multiRoot`, `@virtual`; `@all` means everywhere, no tag the ordinary workspace.
 */
export const runs = [
  { name: 'oldest', release: oldest, kind: 'folder' },
  { name: 'latest', release: latest, kind: 'folder' },
  { name: 'untrusted', release: latest, kind: 'untrusted' },
  { name: 'empty', release: latest, kind: 'empty' },
  { name: 'multi-root', release: latest, kind: 'multiRoot' },
  { name: 'virtual', release: latest, kind: 'virtual' },
]

const kinds = {
  folder: '',
  untrusted: ', untrusted workspace',
  empty: ', empty window',
  multiRoot: ', multi-root workspace',
  virtual: ', virtual workspace',
}

/** Runs the suite once in the given installed VS Code and returns the counts. */
export async function runHostSuite(vscode, { name, kind }) {
  const title = `Extension host, VS Code ${vscode.version}${kinds[kind]}`
  console.log(`\n${title}`)
  const folder = join(home, 'test', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const results = join(folder, 'results.jsonl')

  const dataDir = join(folder, 'data')
  // Only one extension can be under development, so the one that holds the virtual workspace is an installed one.
  if (kind === 'virtual')
    cpSync(join(scripts, 'virtualFolder'), join(dataDir, 'extensions/virtual-folder'), { recursive: true })
  const node = await startLocalNode({ dataDir: join(folder, 'node') })
  const server = await startServer(vscode, {
    dataDir,
    trust: kind === 'untrusted',
    testDriver: true,
    env: suiteEnvironment({ results, kind, node: node?.url, made: join(folder, madeSecrets) }),
  })
  try {
    const problem = await inBrowser(payloadUrl(server, windowUrl(server, kind, folder)), folder)
    const events = readEvents(results)
    print(events)
    const ended = events.at(-1)?.event === 'end'
    return count(events, title, ended ? undefined : (problem ?? 'the run broke off'))
  } finally {
    await server.stop()
    await node?.stop()
    // Its own tests end it; this is for a run that broke off.
    await endLeftLocalNode(join(folder, 'data'))
  }
}

/** What any launcher may tell the suite. */
export function suiteEnvironment({ results, kind, node, made }) {
  return {
    ALEPH_TEST_REPORTER: reporter,
    ALEPH_TEST_RESULTS: results,
    ALEPH_TEST_GREP: process.env.ALEPH_TEST_GREP ?? '',
    ALEPH_TEST_KIND: kind,
    ALEPH_TEST_NODE: node ?? '',
    ALEPH_TEST_MADE_SECRETS: made ?? '',
  }
}

/**
 * Opens the page and waits for the suite's end; returns what went wrong with the run itself, if anything. The profile is
 * kept: VS Code in the browser has its state there, and no secret may be in it.
 */
async function inBrowser(url, folder) {
  const logFile = join(folder, 'browser.log')
  const { chromium } = await import('playwright-core')
  const browser = await chromium.launchPersistentContext(join(folder, 'browser'), {
    executablePath: await needChromium(),
    args: chromiumArgs(),
    viewport: { width: 1280, height: 800 },
  })
  const log = line => appendFileSync(logFile, `${line}\n`)
  let late
  try {
    const page = await browser.newPage()
    page.on('console', message => log(`[${message.type()}] ${message.text()}`))
    const ended = new Promise(resolve => {
      void page.exposeFunction('codeAutomationExit', code => resolve(code ? `it ended with code ${code}` : undefined))
      void page.exposeFunction('codeAutomationLog', (type, args) => log(`[${type}] ${args.join(' ')}`))
      page.on('crash', () => resolve('the browser page crashed'))
      late = setTimeout(() => resolve(`it did not end within ${runLimitMs / 60_000} minutes`), runLimitMs)
    })
    await page.goto(url)
    const problem = await ended
    return problem && `${problem}; what the window logged is in ${logFile}`
  } finally {
    clearTimeout(late)
    await browser.close()
  }
}

/** Where the window of this kind opens; makes what it opens. */
function windowUrl(server, kind, folder) {
  const workspace = join(folder, 'workspace')
  if (kind === 'empty') return `${server.url}?ew=true`
  if (kind === 'virtual') return `${server.url}?folder=${encodeURIComponent('aleph-test-virtual:/pages')}`
  cpSync(join(scripts, 'workspace'), workspace, { recursive: true })
  if (kind !== 'multiRoot') return server.folderUrl(workspace)
  const second = 'second #2 folder'
  mkdirSync(join(folder, second))
  writeFileSync(join(folder, second, 'notes.md'), '# Notes of the second folder\n')
  const file = join(folder, 'two.code-workspace')
  writeFileSync(file, JSON.stringify({ folders: [{ path: 'workspace' }, { path: second }] }))
  return `${server.url}?workspace=${encodePath(file)}`
}

function payloadUrl(server, url) {
  const remote = path => `vscode-remote://127.0.0.1:${server.port}${encodePath(path)}`
  const payload = [
    ['extensionDevelopmentPath', remote(root)],
    ['extensionTestsPath', remote(suite)],
    ['skipWelcome', 'true'],
  ]
  return `${url}&payload=${encodeURIComponent(JSON.stringify(payload))}`
}
