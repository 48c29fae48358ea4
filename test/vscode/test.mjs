// `npm test`: installs what it needs, then checks, unit, webview, extension-host and UI tests, and at last looks for
// secrets in what they left. A part that fails does not keep later ones from being run and counted. `check`, `unit`,
// `webview`, `host`, `ui` and `secrets` select parts, the variable ALEPH_TEST_RUN one run of the host suite by its name.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { chromiumArgs, needChromium } from './chromium.mjs'
import { runHostSuite, runs } from './hostSuite.mjs'
import { installVscode, latest } from './install.mjs'
import { installDependencies, needNode, npm } from './npm.mjs'
import { home, reporter, root, vsix } from './paths.mjs'
import { Failure, main, run } from './processes.mjs'
import { installPython } from './python.mjs'
import { add, count, describe, none, readEvents } from './results.mjs'
import { scanLeftovers } from './secretScan.mjs'
import { runUiTests } from './uiTests.mjs'

const mochaLimitMs = 10 * 60_000
const failedStep = { ...none, failed: 1 }

const parts = { check, unit, webview, host, ui, secrets }

async function test() {
  needNode()
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter(name => !(name in parts))
  if (unknown.length)
    throw new Failure(`There is no part "${unknown[0]}" of the tests: choose from ${Object.keys(parts).join(', ')}.`)
  const chosen = Object.keys(parts).filter(name => !wanted.length || wanted.includes(name))

  let sum = none
  try {
    await installDependencies()
    // What is missing on this machine is said before minutes are spent.
    if (['webview', 'host', 'ui'].some(name => chosen.includes(name))) await needChromium()
    if (chosen.includes('host') || chosen.includes('ui')) await installVscode(latest, { needNatives: true })
    if (!(await step('Build', ['run', chosen.includes('ui') || chosen.includes('secrets') ? 'package' : 'build'])))
      sum = add(sum, failedStep)
  } catch (error) {
    return finish(failed(error))
  }
  for (const name of chosen) {
    const started = Date.now()
    sum = add(sum, await parts[name]().catch(failed))
    console.log(`(${name}: ${Math.round((Date.now() - started) / 1000)} s)`)
  }
  return finish(sum)
}

function finish(sum) {
  console.log(`\n${describe(sum)}`)
  return sum.failed ? 1 : 0
}

function failed(error) {
  console.error(error instanceof Failure ? error.message : error)
  return failedStep
}

async function check() {
  return (await step('Check', ['run', 'check'])) ? none : failedStep
}

async function unit() {
  await installPython()
  await bundle('--tests')
  return runMocha('Unit tests', join(root, 'test/.out/unit'))
}

/** The built page in a browser, without a VS Code around it. */
async function webview() {
  await bundle('--webview-tests')
  const env = { ALEPH_UI_BROWSER: await needChromium(), ALEPH_UI_BROWSER_ARGS: chromiumArgs().join(' ') }
  return runMocha('Webview tests', join(root, 'test/.out/webview'), { env, args: ['--timeout', '30000'] })
}

async function host() {
  await bundle('--suite')
  let sum = none
  const only = process.env.ALEPH_TEST_RUN
  const wanted = runs.filter(({ name }) => !only || name === only)
  if (!wanted.length) throw new Failure(`There is no run "${only}" of the host suite.`)
  for (const each of wanted) {
    const once = async () => runHostSuite(await installVscode(each.release, { needNatives: true }), each)
    sum = add(sum, await once().catch(failed))
  }
  return sum
}

async function ui() {
  if (!existsSync(vsix))
    throw new Failure(`UI tests: there is no ${basename(vsix)} to install, because packing failed.`)
  await bundle('--ui')
  return runUiTests(await installVscode(latest, { needNatives: true }), runMocha)
}

/** Last, because it looks at what the others left. */
async function secrets() {
  console.log('\nSecrets left behind')
  return (await scanLeftovers([...runs.map(({ name }) => name), 'ui'])) ? failedStep : { ...none, passed: 1 }
}

async function bundle(flag) {
  const folder = { '--suite': 'integration', '--webview-tests': 'webview' }[flag] ?? flag.slice(2)
  rmSync(join(root, 'test/.out', folder), { recursive: true, force: true })
  const { code } = await run(process.execPath, ['esbuild.mjs', flag], { cwd: root, stdio: 'inherit' })
  if (code !== 0) throw new Failure(`The tests could not be bundled (esbuild.mjs ${flag}).`)
}

async function step(title, args) {
  console.log(`\n${title}`)
  const { code } = await npm(args, { cwd: root, stdio: 'inherit' })
  if (code !== 0) console.error(`${title} failed (npm ${args.join(' ')}).`)
  return code === 0
}

/** Runs mocha over a folder of bundled tests, or one file of it, in a process of its own. */
async function runMocha(title, path, { env = {}, args = [] } = {}) {
  console.log(`\n${title}`)
  const folder = join(home, 'test')
  mkdirSync(folder, { recursive: true })
  const results = join(folder, `${title.toLowerCase().replace(/\W+/g, '-')}.jsonl`)
  rmSync(results, { force: true })
  const spec = path.endsWith('.mjs') ? path : join(path, '**/*.test.mjs')
  const grep = process.env.ALEPH_TEST_GREP ? ['--fgrep', process.env.ALEPH_TEST_GREP] : []
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
  const { code } = await run(process.execPath, [mocha, '--reporter', reporter, ...grep, ...args, spec], {
    cwd: root,
    env: { ...process.env, ALEPH_TEST_RESULTS: results, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: mochaLimitMs,
  })
  const events = readEvents(results)
  const ended = events.at(-1)?.event === 'end'
  return count(events, title, ended ? undefined : `the run broke off with code ${code}`)
}

await main(test)
