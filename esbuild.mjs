// Builds everything. `node esbuild.mjs [--production] [--watch]` fills dist/;
// `--tests [NAME…]`, `--webview-tests`, `--suite`, `--ui`, `--bench` and `--conformance` fill test/.out/. Types are
// checked by `npm run check`.
import { build, context } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const args = process.argv.slice(2)
const flag = name => args.includes(`--${name}`)
const production = flag('production')
const names = args.filter(arg => !arg.startsWith('--'))
/** Where the products go: `--out=FOLDER` for tests of the build itself. */
const out = args.find(arg => arg.startsWith('--out='))?.slice('--out='.length) ?? 'dist'

const files = (folder, pattern) =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true })
        .filter(name => pattern.test(name))
        .map(name => join(root, folder, name))
    : []

/** Keeps `import('…/lazy/NAME.js')` out of the bundle: it is an entry point of its own beside it, loaded at first use. */
const lazyParts = {
  name: 'lazy-parts',
  setup(plugin) {
    plugin.onResolve({ filter: /\/lazy\/\w+\.js$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./lazy/${basename(path, '.js')}.mjs`, external: true } : undefined,
    )
  },
}

/** `allTests.ts` stands for every host test, so that adding one needs no list. */
const everyHostTest = {
  name: 'every-host-test',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]integration[\\/]allTests\.ts$/ }, () => ({
      contents: files('test/integration', /\.test\.ts$/)
        .map(file => `import ${JSON.stringify(file)}`)
        .join('\n'),
      resolveDir: root,
    }))
  },
}

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // The ESM builds of the libraries are what tree shaking understands.
  mainFields: ['module', 'main'],
  conditions: ['import'],
  sourcemap: production ? false : 'linked',
  minify: production,
  legalComments: 'none',
  logLevel: 'warning',
}

/** `ws` would look for native helpers that nobody installs. */
const plainWebSocket = { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' }

/** CommonJS targets read `import.meta.url` from a constant; esbuild would leave it empty. */
const importMetaUrl = {
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'importMetaUrl' },
}

const lazyEntries = ['src/client/lazy', 'src/core/lazy']
  .flatMap(folder => files(folder, /\.ts$/))
  .map(file => ({ in: file, out: basename(file, '.ts') }))
const products = [
  {
    entryPoints: ['src/extension.ts'],
    outfile: `${out}/extension.js`,
    format: 'cjs',
    external: ['vscode'],
    plugins: [lazyParts],
  },
  { entryPoints: ['src/client/index.ts'], outfile: `${out}/client.cjs`, format: 'cjs', plugins: [lazyParts] },
  { entryPoints: ['src/client/index.ts'], outfile: `${out}/client.mjs`, format: 'esm', plugins: [lazyParts] },
  {
    entryPoints: ['src/localNode/main.ts'],
    outfile: `${out}/localNode.cjs`,
    format: 'cjs',
    ...importMetaUrl,
    define: { ...importMetaUrl.define, ...plainWebSocket },
  },
  {
    entryPoints: [
      { in: 'src/webview/main.ts', out: 'aggregateEditor' },
      { in: 'src/webview/page.css', out: 'aggregateEditor' },
    ],
    outdir: `${out}/webview`,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
  },
  // What several of them need is in chunks that they share.
  {
    entryPoints: lazyEntries,
    outdir: `${out}/lazy`,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'shared-[hash]',
    format: 'esm',
    splitting: true,
  },
]

/** Tests keep libraries as they are in node_modules and share chunks, so that they build in a second. */
const testBundle = (entryPoints, outdir) => ({
  entryPoints,
  outdir,
  outbase: join('test', basename(outdir)),
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  splitting: true,
  packages: 'external',
  sourcemap: 'linked',
  minify: false,
})

/** Code that shows something runs without an editor around it. */
const noEditor = { vscode: './test/helpers/vscode.ts' }

function targets() {
  if (flag('tests')) {
    const wanted = file => !names.length || names.includes(basename(file).replace(/\.test\.ts$/, ''))
    return [{ ...testBundle(files('test/unit', /\.test\.ts$/).filter(wanted), 'test/.out/unit'), alias: noEditor }]
  }
  if (flag('webview-tests')) return [testBundle(files('test/webview', /\.test\.ts$/), 'test/.out/webview')]
  if (flag('ui')) return [testBundle(files('test/ui', /\.test\.ts$/), 'test/.out/ui')]
  if (flag('bench'))
    return [
      { ...testBundle(files('test/bench', /\.ts$/), 'test/.out/bench'), alias: noEditor },
      testBundle(['test/webview/bench.ts'], 'test/.out/webview'),
    ]
  if (flag('conformance')) return [testBundle(['test/conformance/main.ts'], 'test/.out/conformance')]
  if (flag('suite'))
    return [
      {
        entryPoints: ['test/integration/suite.ts'],
        outfile: 'test/.out/integration/suite.cjs',
        format: 'cjs',
        external: ['vscode', 'mocha'],
        plugins: [everyHostTest],
        sourcemap: 'linked',
        minify: false,
      },
    ]
  rmSync(join(root, out), { recursive: true, force: true })
  return products
}

/** One self-contained `dist/client.d.ts`. */
function writeClientTypes() {
  const bin = join(root, 'node_modules/dts-bundle-generator/dist/bin/dts-bundle-generator.js')
  const options = ['--no-banner', '--project', 'tsconfig.json', '-o', `${out}/client.d.ts`, 'src/client/index.ts']
  execFileSync(process.execPath, [bin, '--silent', ...options], { cwd: root, stdio: 'inherit' })
}

/** A test that was renamed must not go on running under its old name. */
function removeStaleTests({ outputs }) {
  const built = new Set(Object.keys(outputs).map(name => join(root, name)))
  for (const file of files('test/.out/unit', /\.test\.mjs$/)) if (!built.has(file)) rmSync(file)
}

const configs = targets().map(target => ({ ...common, ...target }))
if (flag('watch')) {
  const contexts = await Promise.all(configs.map(config => context(config)))
  await Promise.all(contexts.map(each => each.watch()))
} else {
  const results = await Promise.all(configs.map(config => build({ ...config, metafile: true })))
  if (flag('tests') && !names.length) removeStaleTests(results[0].metafile)
  if (flag('metafile'))
    results.forEach((result, i) => writeFileSync(`${out}/meta-${i}.json`, JSON.stringify(result.metafile)))
  if (production) writeClientTypes()
}
