// Links in folders, and what can be included although it was left out.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { secretOf } from '../../../../src/core/upload/collect.js'
import { DefaultExclusions } from '../../../../src/core/upload/defaultExclusions.js'
import type { SkippedEntry, UploadFiles } from '../../../../src/core/upload/plan.js'
import { collect, files, shownPaths, shownSkipped } from './tree.js'

const { signal } = new AbortController()

function entryOf({ skipped }: UploadFiles, path: string): SkippedEntry {
  const entry = skipped.find(each => each.path === path)
  ok(entry, path)
  return entry
}

describe('links in an uploaded folder', () => {
  it('are followed inside it, once', async () => {
    const access = files({
      'w/site/a.txt': 1,
      'w/site/b.txt': '->w/site/a.txt',
      'w/site/docs/c.txt': 1,
      'w/site/first': '->w/site/docs',
      'w/site/second': '->w/site/docs',
    })
    const found = await collect(access, ['w/site'])
    deepEqual(shownPaths(found), ['site/a.txt', 'site/b.txt', 'site/docs/c.txt', 'site/first/c.txt'])
    deepEqual(shownSkipped(found), ['site/second: a link to a folder that another link leads to'])
  })

  it('are left out where they lead outside, or nowhere', async () => {
    const access = files({
      'w/.env': 'KEY=1',
      'w/other/x': 1,
      'w/site/config.txt': '->w/.env',
      'w/site/gone': '->w/nothing',
      'w/site/other': '->w/other',
      'w/site/prefix': '->w/site-2',
      'w/site-2/y': 1,
      'w/site/z': 1,
    })
    const found = await collect(access, ['w/site'])
    deepEqual(shownPaths(found), ['site/z'])
    deepEqual(shownSkipped(found), [
      'site/config.txt: a link to something outside the folder',
      'site/gone: no longer there',
      'site/other: a link to something outside the folder',
      'site/prefix: a link to something outside the folder',
    ])
  })

  it('are left out where the file system does not say where they lead', async () => {
    const access = files({ 'w/site/a': 1, 'w/site/b': '->w/site/a' })
    access.real = async () => undefined
    const found = await collect(access, ['w/site'])
    deepEqual(shownPaths(found), ['site/a'])
    deepEqual(shownSkipped(found), ["site/b: a link, and where it leads to isn't known"])
  })

  it('end where they lead back', async () => {
    const access = files({
      'w/site/a/loop': '->w/site',
      'w/site/a/self': '->w/site/a',
      'w/site/a/x': 1,
      'w/site/b/to-c': '->w/site/c',
      'w/site/c/to-b': '->w/site/b',
    })
    const found = await collect(access, ['w/site'])
    deepEqual(shownPaths(found), ['site/a/x'])
    deepEqual(shownSkipped(found), [
      'site/a/loop: a link to a folder that it is in',
      'site/a/self: a link to a folder that it is in',
      'site/b/to-c/to-b: a link to a folder that it is in',
      'site/c/to-b/to-c: a link to a folder that it is in',
    ])
  })

  it('many of them, each to a folder with more, do not multiply', async () => {
    const tree: Record<string, number | string> = {}
    for (let level = 0; level < 14; level++)
      for (const name of ['l', 'r']) tree[`w/site/${level}/${name}`] = `->w/site/${level + 1}`
    tree['w/site/14/x'] = 1
    const { items } = await collect(files(tree), ['w/site'])
    ok(items.length < 20, `${items.length}`)
  })

  it('do not publish what a rule names where it really stands', async () => {
    const tree = {
      'w/site/.alephignore': '/private/\n/notes/secret.txt\nvia/b.txt',
      'w/site/private/a.txt': 1,
      'w/site/notes/secret.txt': 1,
      'w/site/notes/b.txt': 1,
      'w/site/notes/.env': 1,
      'w/site/notes/c.map': 1,
      'w/site/one.txt': '->w/site/private/a.txt',
      'w/site/two': '->w/site/private',
      'w/site/three.txt': '->w/site/notes/secret.txt',
      'w/site/four.txt': '->w/site/notes/.env',
      'w/site/via': '->w/site/notes',
    }
    const found = await collect(files(tree), ['w/site'], { exclude: ['notes/*.map'] })
    deepEqual(shownPaths(found), ['site/notes/b.txt'])
    const reasons = new Map(found.skipped.map(({ path, reason }) => [path, reason]))
    for (const path of ['three.txt', 'via/secret.txt', 'via/b.txt'])
      equal(reasons.get(`site/${path}`), 'excluded by .alephignore', path)
    for (const path of ['one.txt', 'two']) ok(reasons.get(`site/${path}`)?.includes('excluded by .alephignore'), path)
    equal(reasons.get('site/via/c.map'), 'excluded by the setting aleph.upload.exclude')
    for (const path of ['four.txt', 'via/.env', 'notes/.env'])
      ok(reasons.get(`site/${path}`)?.startsWith('excluded by default because it may hold secrets'), path)
    const two = await entryOf(found, 'site/two').include?.(signal)
    deepEqual(two && shownPaths(two), ['site/two/a.txt'])
  })
})

describe('what is left out of an upload', () => {
  const tree = {
    'w/site/.alephignore': '*.log\n!.env\nbuild/',
    'w/site/.env': 'KEY=1',
    'w/site/a.log': 5,
    'w/site/build/b.log': 1,
    'w/site/build/c.txt': 1,
    'w/site/build/.npmrc': 1,
    'w/site/z.txt': 1,
  }

  it('by default is not brought back by an ignore file, nor by a setting', async () => {
    const found = await collect(files(tree), ['w/site'], { exclude: ['!**/.env'] })
    deepEqual(shownPaths(found), ['site/z.txt'])
    ok(entryOf(found, 'site/.env').secret)
  })

  it('can be included one by one, at the place where it stands', async () => {
    const found = await collect(files(tree), ['w/site'])
    const log = await entryOf(found, 'site/a.log').include?.(signal)
    deepEqual(
      [log?.items, log?.skipped],
      [
        [
          {
            name: 'a.log',
            sizeBytes: 5,
            source: 'w/site/a.log',
            key: 'w/site/a.log',
            folder: { name: 'site', path: 'a.log' },
          },
        ],
        [],
      ],
    )
    const env = await entryOf(found, 'site/.env').include?.(signal)
    deepEqual(env && shownPaths(env), ['site/.env'])
    // Other rules hold in a folder that is included.
    const build = await entryOf(found, 'site/build').include?.(signal)
    ok(build)
    deepEqual(shownPaths(build), ['site/build/c.txt'])
    deepEqual(
      build.skipped.map(({ path }) => path),
      ['site/build/.npmrc', 'site/build/b.log'],
    )
  })

  it('as a link to the outside is included as what it leads to, and asked about as that', async () => {
    const found = await collect(files({ 'w/.env': 'K', 'w/x': 'abc', 'w/site/e': '->w/.env', 'w/site/x': '->w/x' }), [
      'w/site',
    ])
    deepEqual(found.items, [])
    const plain = await entryOf(found, 'site/x').include?.(signal)
    deepEqual(plain && shownPaths(plain), ['site/x'])
    const link = await entryOf(found, 'site/e').include?.(signal)
    ok(link)
    deepEqual(link.items, [])
    const secret = entryOf(link, 'site/e')
    ok(secret.secret)
    const included = await secret.include?.(signal)
    deepEqual(included && shownPaths(included), ['site/e'])
  })

  it('as a link to the outside does not bring along what links in there lead to', async () => {
    const tree = {
      'w/site/other': '->w/other',
      'w/other/x': 1,
      'w/other/same': '->w/other/x',
      'w/other/passwd': '->etc/passwd',
      'w/other/home': '->home/me',
      'etc/passwd': 1,
      'home/me/notes.txt': 1,
      'home/me/back': '->w/other',
    }
    const found = await collect(files(tree), ['w/site'])
    for (const again of [1, 2]) {
      const other = await entryOf(found, 'site/other').include?.(signal)
      ok(other, `${again}`)
      deepEqual(shownPaths(other), ['site/other/same', 'site/other/x'])
      deepEqual(shownSkipped(other), [
        'site/other/home: a link to something outside the folder',
        'site/other/passwd: a link to something outside the folder',
      ])
      const home = await entryOf(other, 'site/other/home').include?.(signal)
      ok(home)
      deepEqual(shownPaths(home), ['site/other/home/notes.txt'])
      deepEqual(shownSkipped(home), ['site/other/home/back: a link to something outside the folder'])
      const passwd = await entryOf(other, 'site/other/passwd').include?.(signal)
      deepEqual(passwd && shownPaths(passwd), ['site/other/passwd'])
    }
  })

  it('as a link to the outside is asked about again if a rule names it where it really stands', async () => {
    const tree = {
      'w/site/file.txt': '->w/other/secret.txt',
      'w/site/folder': '->w/other/sub',
      'w/site/hidden': '->w/other/private/deep',
      'w/site/plain.txt': '->w/other/y',
      'w/other/.alephignore': 'secret.txt\n/private/',
      'w/other/secret.txt': 1,
      'w/other/y': 1,
      'w/other/sub/.alephignore': '*.log',
      'w/other/sub/secret.txt': 1,
      'w/other/sub/a.log': 1,
      'w/other/sub/b': 1,
      'w/other/private/deep/x': 1,
    }
    const found = await collect(files(tree), ['w/site'])
    const include = async (path: string) => {
      const included = await entryOf(found, path).include?.(signal)
      ok(included, path)
      return included
    }
    deepEqual(shownPaths(await include('site/plain.txt')), ['site/plain.txt'])
    const file = await include('site/file.txt')
    deepEqual([file.items, shownSkipped(file)], [[], ['site/file.txt: excluded by .alephignore']])
    const meant = await entryOf(file, 'site/file.txt').include?.(signal)
    deepEqual(meant && shownPaths(meant), ['site/file.txt'])
    const folder = await include('site/folder')
    deepEqual(shownPaths(folder), ['site/folder/b'])
    deepEqual(shownSkipped(folder), [
      'site/folder/.alephignore: only says what is left out',
      'site/folder/a.log: excluded by .alephignore',
      'site/folder/secret.txt: excluded by .alephignore',
    ])
    const hidden = await include('site/hidden')
    deepEqual(shownSkipped(hidden), ['site/hidden: a link to something that is left out: excluded by .alephignore'])
    const shown = await entryOf(hidden, 'site/hidden').include?.(signal)
    deepEqual(shown && shownPaths(shown), ['site/hidden/x'])
  })

  it('because it is unreadable, or only says what is left out, can not be included', async () => {
    const found = await collect(files({ 'w/site/.alephignore': '', 'w/site/a': '!' }), ['w/site'])
    deepEqual(
      found.skipped.map(({ include }) => include),
      [undefined, undefined],
    )
  })

  it('stops the upload where an ignore file can not be understood', async () => {
    await rejects(collect(files({ 'w/site/.alephignore': 's\0e\0', 'w/site/a': 1 }), ['w/site']), {
      code: 'IO',
      message:
        "Nothing is uploaded, because site/.alephignore can't be understood: it isn't text in the encoding that VS Code reads it in.",
    })
  })
})

describe('what is selected by hand', () => {
  const defaults = new DefaultExclusions()

  it('is a secret by its own name, that of a folder above, or that of what it links to', async () => {
    const access = files({
      'w/.env': 1,
      'w/.env.example': 1,
      'w/.ssh/config': 1,
      'w/link': '->w/.env',
      'w/plain': 1,
      'w/ca.pem': '-----BEGIN CERTIFICATE-----',
      'w/key.pem': '-----BEGIN PRIVATE KEY-----',
      'w/deck.key/Index.zip': 1,
      'w/none.pem': '!',
    })
    const found = async (file: string) => (await secretOf(file, { access, defaults }))?.pattern
    equal(await found('w/.env'), '.env')
    equal(await found('w/.ssh/config'), '.ssh')
    equal(await found('w/link'), '.env')
    equal(await found('w/key.pem'), '*.pem')
    equal(await found('w/none.pem'), '*.pem')
    for (const file of ['w/plain', 'w/.env.example', 'w/ca.pem', 'w/deck.key', 'w/deck.key/Index.zip'])
      equal(await found(file), undefined, file)
  })
})
