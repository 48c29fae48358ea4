// `npm start -- --desktop`: the extension in the `code` of this machine, with settings, extensions and data of its own
// so that the user's own VS Code is left alone. Not tried on every platform.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { vsix } from './paths.mjs'
import { Failure, findCommand, run } from './processes.mjs'

export function needDesktop() {
  const code = findCommand('code', 'code.cmd', 'code-insiders')
  if (code) return code
  throw new Failure('There is no "code" command on PATH: install VS Code, or run npm start without --desktop.')
}

export async function startInDesktop({ settings, workspace, folder }) {
  const code = needDesktop()
  const userData = join(folder, 'user-data')
  mkdirSync(join(userData, 'User'), { recursive: true })
  writeFileSync(join(userData, 'User/settings.json'), `${JSON.stringify(settings, undefined, 2)}\n`)
  const own = ['--user-data-dir', userData, '--extensions-dir', join(folder, 'extensions')]
  for (const args of [
    ['--install-extension', vsix, '--force'],
    ['--new-window', '--disable-workspace-trust', workspace],
  ]) {
    const { code: exitCode, output } = await run(code, [...own, ...args])
    if (exitCode !== 0) throw new Failure(`VS Code refused (code ${args[0]}):\n${output.trim()}`)
  }
}
