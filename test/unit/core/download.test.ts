import { deepEqual, equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { AlephError, type MessageRow } from '../../../src/client/index.js'
import { Download, downloadItems, keepBoth, type DownloadItem, type SaveItem } from '../../../src/core/download.js'
import { folderChildren, messageNodes, type ListNode } from '../../../src/core/nodes.js'
import { fileRow, type FileRow } from '../../../src/core/rows.js'
import { localNetwork, messageRow } from './fakes.js'

const inFolder = (number: number, path: string, name = 'site') =>
  messageRow(number, { item_hash: 'Qm', metadata: { filename: 'x', size: 10, path, upload: { id: 'u', name } } })
const alone = (number: number, filename: string) => messageRow(number, { metadata: { filename, size: 10 } })
const nodesOf = (...rows: MessageRow[]) =>
  messageNodes(
    rows.map(row => fileRow(localNetwork, row)),
    'all',
  )
const nameOf = (row: FileRow) => row.name ?? 'nameless'
const paths = (items: readonly DownloadItem[]) => items.map(({ path }) => path.join('/'))
const plan = (nodes: readonly ListNode[]) => paths(downloadItems(nodes, nameOf)).sort()

describe('files to download', () => {
  it('of a folder keep their places in it', () => {
    deepEqual(plan(nodesOf(inFolder(1, 'index.html'), inFolder(2, 'css/a.css'), alone(3, 'b'))), [
      'b',
      'site/css/a.css',
      'site/index.html',
    ])
  })

  it('of a folder within a folder begin there, and a file by itself has no folder', () => {
    const [site] = nodesOf(inFolder(1, 'css/deep/a.css'), inFolder(2, 'css/b.css'))
    ok(site?.kind === 'folder')
    const [css] = folderChildren(site)
    ok(css?.kind === 'folder')
    deepEqual(plan([css]), ['css/b.css', 'css/deep/a.css'])
    const file = folderChildren(css).find(({ kind }) => kind === 'file')
    ok(file)
    deepEqual(plan([file]), ['b.css'])
  })

  it('count once, whatever is selected with them', () => {
    const [site] = nodesOf(inFolder(1, 'css/a.css'), inFolder(2, 'b.css'))
    ok(site?.kind === 'folder')
    const children = folderChildren(site)
    deepEqual(plan([...children, site]), ['site/b.css', 'site/css/a.css'])
  })

  it('never share a place, on no file system', () => {
    deepEqual(plan(nodesOf(alone(1, 'a.txt'), alone(2, 'A.TXT'), alone(3, 'a.txt'), alone(4, 'a (2).txt'))), [
      'A (2).TXT',
      'a (2) (2).txt',
      'a (3).txt',
      'a.txt',
    ])
    deepEqual(plan(nodesOf(alone(1, 'caf\u00e9'), alone(2, 'cafe\u0301'))).length, 2)
    // A file may not stand where a folder has to be.
    deepEqual(plan(nodesOf(inFolder(1, 'a'), alone(2, 'Site'))), ['Site (2)', 'site/a'])
    deepEqual(plan(nodesOf(inFolder(1, 'a/b'), inFolder(2, 'a'))), ['site/a (2)', 'site/a/b'])
    deepEqual(plan(nodesOf(inFolder(1, 'x:y/b'), inFolder(2, 'x_y/b'))), ['site/x_y/b', 'site/x_y/b (2)'])
    deepEqual(plan(nodesOf(alone(1, 'Straße'), alone(2, 'STRASSE'))), ['STRASSE (2)', 'Straße'])
    deepEqual(plan(nodesOf(alone(1, 'a\u200bb'), alone(2, 'ab'))), ['ab', 'ab (2)'])
  })

  it('have harmless names', () => {
    deepEqual(
      plan(
        nodesOf(
          alone(1, '../../etc/passwd'),
          alone(2, 'a:b%2F#😀'),
          alone(3, '..'),
          alone(4, 'CON.txt'),
          alone(5, '/'),
        ),
      ),
      ['.._.._etc_passwd', '_', '_CON.txt', 'a_b%2F#😀', 'file'],
    )
    deepEqual(plan(nodesOf(inFolder(1, 'C:\\x/..\\..\\y', '../up'))), ['.._up/C__x/.._.._y'])
  })

  it('stay inside of the folder and apart, whatever the network says', () => {
    const anyName = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '/', '\\', 'a', 'A', ''),
    )
    const anyRow = fc.record({
      filename: anyName,
      path: fc.option(
        fc.array(anyName, { maxLength: 4 }).map(parts => parts.join('/')),
        { nil: undefined },
      ),
      upload: fc.record({ id: fc.constantFrom('u', 'v'), name: anyName }),
    })
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 8 }), all => {
        const items = downloadItems(nodesOf(...all.map((metadata, number) => messageRow(number, { metadata }))), nameOf)
        equal(items.length, all.length)
        for (const { path } of items)
          for (const part of path)
            ok(part && part !== '.' && part !== '..' && !/[/\\:\0]/.test(part), JSON.stringify(path))
        const places = paths(items).map(path => path.normalize('NFC').toLowerCase())
        equal(new Set(places).size, places.length)
        for (const a of places) for (const b of places) ok(!b.startsWith(`${a}/`), `${a} is in the way of ${b}`)
      }),
    )
  })

  it('of one name are many without taking for ever', () => {
    const items = downloadItems(nodesOf(...Array.from({ length: 20_000 }, (_, at) => alone(at, 'index.html'))), nameOf)
    equal(items.at(-1)?.path[0], 'index (20000).html')
  }).timeout(5_000)

  it('keep both where something is in the way: the file or the whole folder gets another name', () => {
    const items = downloadItems(
      nodesOf(inFolder(1, 'a'), inFolder(2, 'b'), alone(3, 'c.txt'), alone(4, 'd.txt')),
      nameOf,
    )
    const inTheWay = new Set(['site/a', 'c.txt'])
    const kept = keepBoth(items, ({ path }) => inTheWay.has(path.join('/')), ['SITE', 'site (2)', 'c.txt', 'other'])
    deepEqual(paths(kept).sort(), ['c (2).txt', 'd.txt', 'site (3)/a', 'site (3)/b'])
    deepEqual(
      kept.map(({ row }) => row),
      items.map(({ row }) => row),
    )
  })
})

describe('a download', () => {
  const items = downloadItems(nodesOf(...Array.from({ length: 9 }, (_, at) => alone(at, `${at}`))), nameOf)
  const never = new AbortController().signal
  const name = ({ path }: DownloadItem) => path.join('/')

  it('brings four files at a time, and its progress ends with all of them', async () => {
    let running = 0
    let most = 0
    const waiting: (() => void)[] = []
    const download = new Download(items, async (_, { onProgress }) => {
      most = Math.max(most, ++running)
      await new Promise<void>(resolve => waiting.push(resolve))
      onProgress(12, 12)
      running--
    })
    equal(download.progress.totalBytes, 90)
    const ended = download.run(never)
    for (let done = 0; done < items.length; done++) {
      waiting.shift()?.()
      await new Promise(setImmediate)
    }
    await ended
    equal(most, 4)
    deepEqual(download.progress, { sentBytes: 108, totalBytes: 108, doneFiles: 9, totalFiles: 9 })
  })

  it('goes on after a failure, and a retry brings only what failed', async () => {
    const brought: string[] = []
    let isDown = true
    const save: SaveItem = async item => {
      if (isDown && ['2', '5'].includes(name(item))) throw new AlephError('NETWORK', 'The node is gone.')
      brought.push(name(item))
    }
    const download = new Download(items, save)
    await download.run(never)
    deepEqual(
      download.of('failed').map(({ item }) => name(item)),
      ['2', '5'],
    )
    isDown = false
    brought.length = 0
    await download.run(never)
    deepEqual(brought, ['2', '5'])
    deepEqual([download.of('failed').length, download.of('done').length], [0, 9])
  })

  it('that is cancelled keeps what is there', async () => {
    const stop = new AbortController()
    const download = new Download(items, async (item, { signal }) => {
      if (name(item) === '4') stop.abort()
      if (signal.aborted) throw new AlephError('ABORTED', 'The operation was cancelled.')
    })
    await download.run(stop.signal)
    equal(download.of('failed').length, 0)
    equal(download.of('done').length, 4)
    equal(download.of('cancelled').length, 5)
  })
})
