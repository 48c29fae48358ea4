// Where things are, and nothing else.
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const scripts = dirname(fileURLToPath(import.meta.url))
export const root = resolve(scripts, '../..')
export const home = join(root, '.vscode-test')
export const runFolder = join(home, 'run')
export const vsix = join(root, 'dist/aleph-cloud-storage.vsix')
export const localNodeProgram = join(root, 'dist/localNode.cjs')
export const suite = join(root, 'test/.out/integration/suite.cjs')
export const reporter = join(scripts, 'reporter.cjs')
