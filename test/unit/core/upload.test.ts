import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { AddressAccount, AlephError, AlephHttpClient, type StoredFile } from '../../../src/client/index.js'
import { Format } from '../../../src/core/format.js'
import { pathFilter } from '../../../src/core/glob.js'
import { nothingText, planName, planText } from '../../../src/core/planText.js'
import { ProgressMeter } from '../../../src/core/progressMeter.js'
import { selectionName } from '../../../src/core/selectionName.js'
import type { StorageClient } from '../../../src/core/storageClient.js'
import { Transfer } from '../../../src/core/transfer.js'
import { collectFiles, withoutChildren, type FileAccess, type UploadPlan } from '../../../src/core/uploadPlan.js'
import { untranslated as t } from '../../../src/shared/translate.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { fakeClient, makeSession, owner } from './fakes.js'

const local = [{ name: 'local', url: 'http://127.0.0.1:4024', development: true }]
const format = new Format('en')
const { signal } = new AbortController()

/** Paths to sizes; a folder ends with a slash, `->` marks a link to a folder, `!` what can not be read. */
function files(tree: Record<string, number | '!' | '->'>): FileAccess<string> {
  const entries = new Map(Object.entries(tree))
  const error = (code: string) => Object.assign(new Error(code), { code })
  return {
    async stat(path) {
      const size = entries.get(path)
      if (size === '!') throw error('NoPermissions')
      if (typeof size === 'number') return { kind: 'file', sizeBytes: size }
      if (entries.get(`${path}@`) !== undefined) return { kind: 'other', sizeBytes: 0 }
      if (size === '->' || [...entries.keys()].some(other => other.startsWith(`${path}/`)))
        return { kind: 'folder', sizeBytes: 0 }
      throw error('FileNotFound')
    },
    async list(folder) {
      const names = [...entries.keys()]
        .filter(path => path.startsWith(`${folder}/`))
        .map(
          path =>
            path
              .slice(folder.length + 1)
              .split('/')[0]
              ?.replace('@', '') ?? '',
        )
      return [...new Set(names)].filter(Boolean).map(name => {
        const file = `${folder}/${name}`
        return { name, file, isLink: entries.get(file) === '->' }
      })
    },
    name: path => path.split('/').at(-1) ?? '',
    key: path => path,
    source: path => path,
  }
}

const collect = (access: FileAccess<string>, selected: string[], exclude: string[] = []) =>
  collectFiles(selected, { access, isExcluded: pathFilter(exclude), signal, t })

describe('what an upload takes', () => {
  it('is each file once, and no child of a selected folder', async () => {
    const access = files({ 'w/a.txt': 1, 'w/site/b.txt': 2, 'w/site/css/c.css': 3, 'w/site-2/d': 4 })
    const { items, skipped } = await collect(access, ['w/site/b.txt', 'w/a.txt', 'w/site', 'w/a.txt', 'w/site-2/d'])
    deepEqual(skipped, [])
    deepEqual(
      items.map(({ name, folder }) => [name, folder?.name, folder?.path]),
      [
        ['a.txt', undefined, undefined],
        ['b.txt', 'site', 'b.txt'],
        ['c.css', 'site', 'css/c.css'],
        ['d', undefined, undefined],
      ],
    )
  })

  it('names what is left out, and why', async () => {
    const access = files({
      'w/site/.git/config': 1,
      'w/site/.env': 1,
      'w/site/loop': '->',
      'w/site/secret': '!',
      'w/site/socket@': 0,
      'w/site/ok': 1,
    })
    const { items, skipped } = await collect(access, ['w/site', 'w/gone'], ['**/.git', '**/.env'])
    deepEqual(
      items.map(({ name }) => name),
      ['ok'],
    )
    deepEqual(
      skipped.map(({ path, reason }) => `${path}: ${reason}`),
      [
        'site/.env: excluded by the setting aleph.upload.exclude',
        'site/.git: excluded by the setting aleph.upload.exclude',
        'site/loop: link to a folder',
        'site/secret: no permission to read it',
        'site/socket: not a file',
        'gone: no longer there',
      ],
    )
  })

  it('is what was selected, even if folders leave such files out', async () => {
    const { items } = await collect(files({ 'w/.env': 1 }), ['w/.env'], ['**/.env'])
    equal(items.length, 1)
  })

  it('keeps two folders of one name apart', async () => {
    const { items } = await collect(files({ 'a/src/x': 1, 'b/src/x': 1 }), ['a/src', 'b/src'])
    deepEqual(
      items.map(({ folder }) => folder?.name),
      ['src', 'src (2)'],
    )
  })

  it('ends at once when it is cancelled', async () => {
    const access = files({ 'w/a': 1 })
    await rejects(collectFiles(['w/a'], { access, isExcluded: () => false, signal: AbortSignal.abort(), t }), {
      code: 'ABORTED',
    })
  })

  it('drops children by whole path segments', () => {
    deepEqual(withoutChildren(['/a', '/ab', '/a/b', '/a/b/c'], { key: path => path }), ['/a', '/ab'])
  })
})

describe('file patterns', () => {
  for (const [pattern, yes, no] of [
    ['**/.git', ['.git', 'a/.git', 'a/b/.git'], ['.gitignore', 'a/.git/x', 'x.git']],
    ['*.log', ['a.log'], ['b/a.log', 'alog']],
    ['**/*.{jpg,png}', ['a.jpg', 'b/c.png'], ['a.gif', 'a.jpgx']],
    ['build/**', ['build/a', 'build/a/b'], ['build', 'abuild/a']],
    ['a?c', ['abc'], ['ac', 'a/c', 'abbc']],
    ['(x+[y', ['(x+[y'], ['x']],
  ] as const)
    it(`${pattern} matches as people expect`, () => {
      const matches = pathFilter([pattern])
      for (const path of yes) ok(matches(path), path)
      for (const path of no) ok(!matches(path), path)
    })
})

function planOf(sizes: number[], more: Partial<UploadPlan> = {}): UploadPlan {
  const { session } = makeSession(local)
  return {
    items: sizes.map((sizeBytes, index) => ({ name: `${index}.bin`, sizeBytes, source: new Uint8Array(sizeBytes) })),
    skipped: [],
    unsaved: [],
    active: session.active,
    engine: 'ipfs',
    channel: undefined,
    uploadId: 'id',
    ...more,
  }
}

describe('the words of a plan', () => {
  it('name file, size, network, account, engine and that it becomes public', () => {
    const active = {
      account: { address: owner, name: 'alice', kind: 'key' },
      network: { id: 'mainnet', name: 'mainnet', endpoints: [], isDevelopment: false },
    } as const
    const { question, detail } = planText(planOf([1_230_000], { active }), format, t)
    equal(question, 'Upload 0.bin, 1.2 MB?')
    match(detail, /^To mainnet as alice \(0x34f3…5dF3\)\nEngine: ipfs/)
    match(detail, /becomes public: anyone can read it/)
    ok(!detail.includes('Largest'))
  })

  it('name the folder, the largest file and what is skipped', () => {
    const items = [10, 2000].map((sizeBytes, index) => ({
      name: `${index}\u202e.bin`,
      sizeBytes,
      source: '',
      folder: { name: 'site', path: `${index}` },
    }))
    const skipped = Array.from({ length: 7 }, (_, index) => ({ path: `site/${index}`, reason: 'unreadable' }))
    const plan = planOf([], { items, skipped, unsaved: ['1.bin'] })
    const { question, detail } = planText(plan, format, t)
    equal(question, 'Upload 2 files, 2 kB, from site?')
    match(detail, /Largest: 1 \.bin, 2 kB/)
    match(detail, /Without unsaved changes: 1\.bin/)
    match(detail, /7 skipped:\nsite\/0: unreadable/)
    match(detail, /and 2 more/)
    equal(planName(plan, format, t), 'site')
  })

  it('tell why nothing is left', () => {
    const { question, detail } = nothingText({ items: [], skipped: [{ path: 'a', reason: 'unreadable' }] }, format, t)
    equal(question, 'There is nothing to upload.')
    equal(detail, '1 skipped:\na: unreadable')
  })

  it('name a selection after its source and lines', () => {
    equal(selectionName('main.ts', { first: 10, last: 24 }), 'main.ts.L10-L24.ts')
    equal(selectionName('Makefile', { first: 3, last: 3 }), 'Makefile.L3')
    equal(selectionName('.env', { first: 3, last: 3 }), '.env.L3')
  })
})

describe('transfer', () => {
  const stored = (number: number): StoredFile => ({
    item_hash: `h${number}`,
    file_hash: 'f',
    engine: 'ipfs',
    size: 1,
    status: 'processed',
  })
  type StoreFile = StorageClient['storage']['storeFile']

  const start = async (count: number, storeFile: StoreFile) => {
    const transfer = new Transfer(
      planOf(Array.from({ length: count }, () => 10)),
      fakeClient({ storage: { storeFile } }),
    )
    return { transfer, account: await AddressAccount.fromAddress(owner) }
  }

  it('runs four at once at most', async () => {
    let running = 0
    let most = 0
    const { transfer, account } = await start(10, async () => {
      most = Math.max(most, ++running)
      await new Promise(resolve => setImmediate(resolve))
      running--
      return stored(1)
    })
    await transfer.run(account, signal)
    equal(most, 4)
    equal(transfer.of('done').length, 10)
  })

  it('finishes the others when some fail, and a second run takes only those', async () => {
    const sent: string[] = []
    let isDown = true
    const { transfer, account } = await start(5, async (_, options) => {
      sent.push(options?.filename ?? '')
      if (isDown && options?.filename === '2.bin') throw new AlephError('NETWORK', 'down')
      return stored(1)
    })
    await transfer.run(account, signal)
    deepEqual([transfer.of('done').length, transfer.of('failed').length], [4, 1])
    isDown = false
    sent.length = 0
    await transfer.run(account, signal)
    deepEqual(sent, ['2.bin'])
    equal(transfer.of('failed').length, 0)
    equal(transfer.items[2]?.error, undefined)
  })

  it('keeps what is done when it is cancelled, and starts nothing more', async () => {
    const controller = new AbortController()
    let started = 0
    const { transfer, account } = await start(10, async (_, options) => {
      if (++started <= 2) return stored(1)
      if (started === 6) controller.abort()
      await new Promise<void>(resolve => {
        if (options?.signal?.aborted) resolve()
        options?.signal?.addEventListener('abort', () => resolve())
      })
      throw new AlephError('ABORTED', 'The operation was cancelled.')
    })
    await transfer.run(account, controller.signal)
    deepEqual([transfer.of('done').length, transfer.of('cancelled').length, started], [2, 8, 6])
  })

  it('counts bytes and never more than there are', async () => {
    const seen: number[] = []
    const { transfer, account } = await start(2, async (_, options) => {
      options?.onProgress?.({ phase: 'sending', sentBytes: 5, totalBytes: 10 })
      options?.onProgress?.({ phase: 'sending', sentBytes: 99, totalBytes: 10 })
      return stored(1)
    })
    transfer.onDidProgress(() => seen.push(transfer.progress.sentBytes))
    await transfer.run(account, signal)
    ok(Math.max(...seen) <= 20)
    deepEqual(transfer.progress, { sentBytes: 20, totalBytes: 20, doneFiles: 2, totalFiles: 2 })
  })

  it('reports a few times a second, never more than 100 in all', () => {
    let now = 0
    const meter = new ProgressMeter(() => now)
    let sum = 0
    let reports = 0
    for (; now < 10_000; now += 10) {
      const report = meter.report(() => ({ sentBytes: now / 10, totalBytes: 1000, doneFiles: 0, totalFiles: 1 }))
      if (!report) continue
      reports++
      ok(report.increment >= 0)
      sum += report.increment
    }
    ok(reports <= 41 && sum <= 99, `${reports} ${sum}`)
  })

  it('does not go back when a file is sent again from its start', () => {
    let now = 0
    const meter = new ProgressMeter(() => (now += 1000))
    const at = (sentBytes: number) => () => ({ sentBytes, totalBytes: 100, doneFiles: 0, totalFiles: 1 })
    meter.report(at(50))
    equal(meter.report(at(0))?.increment, 0)
  })
})

describe('upload to a local node', () => {
  const node = useLocalNode()

  it('publishes the files of a folder with their places', async () => {
    const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
    const client = new AlephHttpClient(node().url)
    const plan: UploadPlan = {
      items: ['a/index.html', 'b/index.html'].map(path => ({
        name: 'index.html',
        sizeBytes: path.length,
        source: new TextEncoder().encode(path),
        folder: { name: 'site', path },
      })),
      skipped: [],
      unsaved: [],
      active: session.active,
      engine: 'storage',
      channel: 'TEST',
      uploadId: 'one',
    }
    const transfer = new Transfer(plan, client)
    await transfer.run(await session.signer(plan.active), signal)
    deepEqual(
      transfer.items.map(({ error }) => error),
      [undefined, undefined],
    )
    for (const [index, { result }] of transfer.items.entries()) {
      const { content, channel } = await client.messages.get(result?.item_hash ?? '')
      const { metadata } = content as { metadata?: Record<string, unknown> }
      deepEqual(
        [metadata?.['path'], metadata?.['upload'], channel],
        [plan.items[index]?.folder?.path, { id: 'one', name: 'site' }, 'TEST'],
      )
      const file = await client.storage.getFile(result?.item_hash ?? '')
      equal(await file.text(), plan.items[index]?.folder?.path)
    }
  })
})
