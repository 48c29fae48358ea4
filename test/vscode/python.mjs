// Installs the official Python SDK into .vscode-test/python, for the tests that exchange encrypted values with it. Where
// there is no Python, or no package index, these tests are left out and the rest runs.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { home, root } from './paths.mjs'
import { findCommand, run } from './processes.mjs'

const folder = join(home, 'python')
const requirements = join(root, 'test/interop/requirements.txt')
const oldest = [3, 10]
const limitMs = 4 * 60_000

/** Makes the venv unless it is there. Says in one line why not, and returns whether it is. */
export async function installPython() {
  mkdirSync(home, { recursive: true })
  const problem = await withLock(`${folder}.lock`, 'installing the Python SDK', install)
  if (problem) console.log(`The tests with the Python SDK are skipped: ${problem}.`)
  return !problem
}

async function install() {
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  const stamp = join(folder, 'installed.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined
  // Windows has no bin folder in a venv, and its tests run elsewhere.
  const python = process.platform === 'win32' ? undefined : findCommand('python3')
  if (!python) return 'there is no python3'
  const version = await run(python, ['-c', 'import sys; print(*sys.version_info[:2])'])
  const [major, minor] = version.output.trim().split(' ').map(Number)
  if (version.code !== 0 || major !== oldest[0] || !(minor >= oldest[1]))
    return `they take Python ${oldest.join('.')} or newer`
  console.log('Installing the Python SDK (about half a minute) …')
  rmSync(folder, { recursive: true, force: true })
  const venv = await run(python, ['-m', 'venv', folder], { timeout: limitMs })
  if (venv.code !== 0) return failed('a venv could not be made', venv)
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--only-binary=coincurve',
  ]
  const pip = await run(join(folder, 'bin/python'), [...args, '-r', requirements], { timeout: limitMs })
  if (pip.code !== 0) return failed('pip could not install it', pip)
  // Last, so that an install that was broken off is done again.
  writeFileSync(stamp, wanted)
  return undefined
}

function failed(what, { output }) {
  const reason = output.trim().split('\n').at(-1)
  return reason ? `${what} (${reason})` : what
}
