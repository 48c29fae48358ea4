import { strict as assert } from 'node:assert'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Who may import whom. A folder of `src`, then the folders, and kinds of modules, that it may import. */
const table: Record<string, string[]> = {
  shared: ['shared'],
  client: ['client', 'shared', 'libraries'],
  localNode: ['localNode', 'client', 'shared', 'libraries', 'node'],
  core: ['core', 'client', 'shared', 'libraries'],
  host: ['host', 'core', 'client', 'shared', 'vscode'],
  views: ['views', 'host', 'core', 'client', 'shared', 'vscode'],
  commands: ['commands', 'host', 'core', 'client', 'shared', 'vscode'],
  editors: ['editors', 'host', 'core', 'client', 'shared', 'vscode'],
  webview: ['webview', 'shared', 'libraries'],
}

const root = process.cwd()
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.ts'),
)

/** The two places outside the local node that know the platform: files and sockets here, processes there. */
const platform = /^src\/(client|host)\/node\//

const isAllowed = (file: string, folder: string, target: string) =>
  (table[folder] ?? []).includes(target) || (target === 'node' && platform.test(file))

function targetOf(path: string): string {
  if (path === 'vscode') return 'vscode'
  if (isBuiltin(path)) return 'node'
  const inside = /^src\/(\w+)(\/|\.ts$)/.exec(path)
  return inside?.[1] ?? 'libraries'
}

/** esbuild forgets imports of types, which are arrows too. */
const typesAsValues: Plugin = {
  name: 'types-as-values',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const contents = await readFile(path, 'utf8')
      return { contents: contents.replace(/^(import|export) type (?=[*{]|\w+ from)/gm, '$1 '), loader: 'ts' }
    }),
}

async function importsOf(entries: string[], plugins: Plugin[] = []) {
  const { metafile } = await build({
    entryPoints: entries,
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'unused',
    plugins,
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    logLevel: 'silent',
  })
  return Object.entries(metafile.inputs).map(([file, { imports }]) => ({
    file,
    paths: imports.map(({ path }) => path),
  }))
}

describe('import table', () => {
  let arrows: { file: string; paths: string[] }[]
  // Slow on a busy machine.
  before(async function () {
    this.timeout(180_000)
    arrows = await importsOf(
      sources.map(name => join(root, 'src', name)),
      [typesAsValues],
    )
  })

  it('sees every file, and imports of types', () => {
    assert.deepEqual(arrows.map(({ file }) => file).sort(), sources.map(name => `src/${name}`).sort())
    const account = arrows.find(({ file }) => file === 'src/client/context.ts')
    assert.ok(account?.paths.includes('src/client/http/http.ts'))
  })

  it('holds', () => {
    const wrong = arrows.flatMap(({ file, paths }) => {
      const folder = /^src\/(\w+)\//.exec(file)?.[1]
      if (!folder) return [] // src/extension.ts and src/api.ts
      return paths.filter(path => !isAllowed(file, folder, targetOf(path))).map(path => `${file} → ${path}`)
    })
    assert.deepEqual(wrong, [])
  })

  it('has nobody import extension.ts', () =>
    assert.deepEqual(
      arrows.filter(({ paths }) => paths.includes('src/extension.ts')),
      [],
    ))
})
