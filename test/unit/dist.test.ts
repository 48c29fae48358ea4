// What is shipped: what it imports, how large it is, and that it works where nothing else is.
import { strict as assert } from 'node:assert'
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type * as ClientModule from '../../src/client/index.js'
import type { Envelope } from '../../src/client/message/types.js'
import { developmentKey } from '../helpers/accounts.js'
import { clientPage } from '../helpers/clientPage.js'

type Client = typeof ClientModule

const run = promisify(execFile)
const out = 'test/.out/dist'
const pageFile = 'src/client/README.md'

interface Metafile {
  outputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>
}

describe('dist', function () {
  this.timeout(180_000)
  const imports = new Map<string, string[]>()
  const kibibytes = (name: string) => statSync(join(out, name)).size / 1024

  before(async () => {
    await run(process.execPath, ['esbuild.mjs', '--production', '--metafile', `--out=${out}`])
    for (const name of readdirSync(out).filter(each => each.startsWith('meta-'))) {
      const { outputs } = JSON.parse(readFileSync(join(out, name), 'utf8')) as Metafile
      for (const [file, { imports: found }] of Object.entries(outputs))
        imports.set(
          file,
          found.map(({ path }) => path),
        )
    }
  })

  it('is complete', () => {
    const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter(
      name => /\.(js|cjs|mjs|d\.ts)$/.test(name) && !/^lazy\/shared-\w+\.mjs$/.test(name),
    )
    const lazy = ['src/client/lazy', 'src/core/lazy']
      .flatMap(folder => readdirSync(folder))
      .map(name => `lazy/${name.replace('.ts', '.mjs')}`)
    assert.deepEqual(
      files.sort(),
      [
        ...['client.cjs', 'client.d.ts', 'client.mjs', 'extension.js', 'localNode.cjs', 'webview/aggregateEditor.js'],
        ...lazy,
      ].sort(),
    )
  })

  it('imports nothing but Node, VS Code and its own lazy parts; the client knows no VS Code', () => {
    const isNode = (path: string) => path.startsWith('node:') || builtinModules.includes(path)
    for (const [file, paths] of imports)
      for (const path of paths) {
        const isOwn = /(^\.|^test\/\.out\/dist)\/lazy\/[\w-]+\.mjs$/.test(path)
        assert.ok(
          isNode(path) || isOwn || (path === 'vscode' && file.endsWith('extension.js')),
          `${file} imports ${path}`,
        )
      }
    assert.ok(imports.size >= 7)
  })

  it('speaks HTTP by the two names that VS Code equips with its proxies and certificates, never in lazy parts', () => {
    for (const [file, paths] of imports) {
      // VS Code equips what is required, and those are ES modules.
      if (file.includes('/lazy/'))
        assert.deepEqual(
          paths.filter(path => /^(node:)?(https?|http2|tls|net)$/.test(path)),
          [],
          file,
        )
      if (/extension\.js$|client\./.test(file)) {
        assert.ok(paths.includes('http') && paths.includes('https'), file)
        assert.deepEqual(
          paths.filter(path => /^node:(https?|tls|net)$/.test(path)),
          [],
          file,
        )
      }
    }
  })

  it('has one copy of the curve, so that what is set on it holds for signatures as well', () => {
    const curveOf = (manifest: string) => {
      const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as { dependencies: Record<string, string> }
      return dependencies['@noble/curves']
    }
    assert.equal(curveOf('package.json'), curveOf('node_modules/ethers/package.json'))
  })

  it('stays within its budgets', () => {
    assert.ok(kibibytes('extension.js') <= 400)
    const lazy = readdirSync(join(out, 'lazy')).reduce((sum, name) => sum + kibibytes(`lazy/${name}`), 0)
    assert.ok(lazy <= 900)
    const webview = readdirSync(join(out, 'webview')).reduce((sum, name) => sum + kibibytes(`webview/${name}`), 0)
    assert.ok(webview <= 450)
  })

  it('holds no path of the machine that built it', () => {
    for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' }))
      if (/js$/.test(name)) assert.ok(!readFileSync(join(out, name), 'utf8').includes(process.cwd()), name)
  })

  it('has one file of types that needs no other', () => {
    const types = readFileSync(join(out, 'client.d.ts'), 'utf8')
    assert.doesNotMatch(types, /^(import|export) .* from /m)
    assert.match(types, /export declare class AlephHttpClient/)
  })

  it('has its public surface described in one page', async () => {
    const page = await clientPage(readFileSync(join(out, 'client.d.ts'), 'utf8'))
    if (process.env.UPDATE_CLIENT_PAGE) writeFileSync(pageFile, page)
    assert.equal(readFileSync(pageFile, 'utf8'), page, 'write it anew: UPDATE_CLIENT_PAGE=1 npm run test:unit')
    // Every call says what it does.
    assert.doesNotMatch(page, /^### .*\n\n```/m)
  })

  it('takes a JsonText of its own in a lazy part, which has another copy of the class', async () => {
    const { AlephHttpClient, ETHAccount, JsonText } = (await import(join(process.cwd(), out, 'client.mjs'))) as Client
    const signed: Envelope[] = []
    const client = new AlephHttpClient({
      account: await ETHAccount.fromPrivateKey(developmentKey(0)),
      retries: 0,
      fetch: async () => new Response('', { status: 404 }),
    })
    const options = { onSigned: (envelope: Envelope) => void signed.push(envelope) }
    await client.batch([{ store: { price: new JsonText('1.10') }, options }])
    assert.deepEqual(
      signed.map(({ item_content }) => /"price":[^}]*/.exec(item_content ?? '')?.[0]),
      ['"price":1.10'],
    )
  })

  it('runs alone, as ESM and as CommonJS, and both know each other’s errors', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aleph-dist-'))
    try {
      cpSync(out, folder, { recursive: true })
      writeFileSync(
        join(folder, 'try.mjs'),
        `import { createRequire } from 'node:module'
        import * as esm from './client.mjs'
        const cjs = createRequire(import.meta.url)('./client.cjs')
        const addresses = []
        for (const client of [esm, cjs]) addresses.push((await client.ETHAccount.fromPrivateKey('${developmentKey(0)}')).address)
        const error = await cjs.ETHAccount.fromPrivateKey('nonsense').catch(each => each)
        console.log(JSON.stringify({ addresses, known: [esm.isAlephError(error, 'INVALID_INPUT'), esm.isAlephError(new Error('x'))], globals: Object.keys(globalThis).filter(name => /aleph/i.test(name)) }))`,
      )
      const { stdout } = await run(process.execPath, [join(folder, 'try.mjs')], { cwd: folder })
      assert.deepEqual(JSON.parse(stdout), {
        addresses: Array(2).fill('0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3'),
        known: [true, false],
        globals: [],
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
