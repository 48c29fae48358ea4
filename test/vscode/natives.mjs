// Builds the native modules of a VS Code server, if this machine can.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm, tail } from './npm.mjs'
import { findCommand } from './processes.mjs'

/** One sentence on what this machine lacks for building, if anything. */
export function missingBuildTool() {
  const how = process.platform === 'darwin' ? 'xcode-select --install' : 'apt-get install g++ make python3, or the like'
  const without = tool => `${tool} is missing, which native modules of VS Code are built with: ${how}.`
  if (!process.env.CXX && !findCommand('c++', 'g++', 'clang++')) return without('A C++ compiler')
  if (!findCommand('make')) return without('make')
  if (!findCommand('python3', 'python')) return without('Python 3')
  return undefined
}

/** Returns what went wrong, if anything. `headers` is the folder of a Node with its include/node. */
export async function buildNatives({ server, node, headers, packages }) {
  const missing = missingBuildTool()
  if (missing) return missing
  console.log('Building its native modules …')
  const short = mkdtempSync(join(tmpdir(), 'aleph-headers-'))
  try {
    const env = {}
    if (headers) {
      // Without headers node-gyp would download them, and in make's rules their path may hold no space or `&`.
      symlinkSync(headers, join(short, 'node'))
      env.npm_config_nodedir = join(short, 'node')
    }
    const args = ['rebuild', '--ignore-scripts=false', ...packages]
    const { code, output } = await npm(args, { cwd: server, node, env })
    return code === 0 ? undefined : `The native modules of VS Code could not be built:\n${tail(output)}`
  } finally {
    rmSync(short, { recursive: true, force: true })
  }
}
