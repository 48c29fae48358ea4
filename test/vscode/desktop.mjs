// `npm run test:desktop`: the host suite in a desktop VS Code, for machines that can download one. It is the same bundle
// that hostSuite.mjs runs in the browser. Written from the launcher's documentation and not tried where we build.
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suiteEnvironment } from './hostSuite.mjs'
import { latest, oldest } from './install.mjs'
import { startLocalNode } from './localNode.mjs'
import { installDependencies, needNode, npm } from './npm.mjs'
import { home, root, scripts, suite } from './paths.mjs'
import { Failure, main, run } from './processes.mjs'
import { add, count, describe, none, print, readEvents } from './results.mjs'

async function test() {
  needNode()
  await installDependencies()
  const built = await npm(['run', 'build'], { cwd: root, stdio: 'inherit' })
  const bundled = await run(process.execPath, ['esbuild.mjs', '--suite'], { cwd: root, stdio: 'inherit' })
  if (built.code !== 0 || bundled.code !== 0) throw new Failure('The extension or its host suite could not be built.')
  let sum = none
  for (const { version } of [oldest, latest]) sum = add(sum, await runIn(version))
  console.log(`\n${describe(sum)}`)
  return sum.failed ? 1 : 0
}

async function runIn(version) {
  const title = `Extension host, desktop VS Code ${version}`
  console.log(`\n${title}`)
  const folder = join(home, 'test/desktop')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(scripts, 'workspace'), join(folder, 'workspace'), { recursive: true })
  const results = join(folder, 'results.jsonl')
  const node = await startLocalNode()
  try {
    const { runTests } = await import('@vscode/test-electron')
    const problem = await runTests({
      version,
      cachePath: join(home, 'desktop'),
      extensionDevelopmentPath: root,
      extensionTestsPath: suite,
      extensionTestsEnv: suiteEnvironment({ results, kind: 'folder', node: node?.url }),
      launchArgs: [
        join(folder, 'workspace'),
        ...['--disable-workspace-trust', '--disable-extensions', `--user-data-dir=${join(folder, 'user-data')}`],
      ],
    }).then(
      () => undefined,
      error => error.message,
    )
    const events = readEvents(results)
    print(events)
    return count(events, title, events.at(-1)?.event === 'end' ? undefined : (problem ?? 'the run broke off'))
  } finally {
    await node?.stop()
  }
}

await main(test)
