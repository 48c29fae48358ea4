import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { Format } from '../../../../src/core/format.js'
import { AlephError } from '../../../../src/client/errors.js'
import { withoutChildren } from '../../../../src/core/upload/collect.js'
import {
  storableItems,
  type PlanCost,
  type PlanNotes,
  type UploadItem,
  type UploadPlan,
} from '../../../../src/core/upload/plan.js'
import { nothingText, planName, planText } from '../../../../src/core/upload/planText.js'
import { selectionName } from '../../../../src/core/upload/selectionName.js'
import { untranslated as t } from '../../../../src/shared/translate.js'
import { owner } from '../fakes.js'
import { planOf } from './plans.js'
import { collect, files } from './tree.js'

const format = new Format('en')
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
      'w/site/a.map': 1,
      'w/site/secret': '!',
      'w/site/socket@': 0,
      'w/site/ok': 1,
    })
    const { items, skipped } = await collect(access, ['w/site', 'w/gone'], { exclude: ['**/*.map'] })
    deepEqual(
      items.map(({ name }) => name),
      ['ok'],
    )
    deepEqual(
      skipped.map(({ path, reason }) => `${path}: ${reason}`),
      [
        'site/.env: excluded by default because it may hold secrets (environment variables)',
        'site/.git: excluded by default because it may hold secrets (a repository, with all of its history)',
        'site/a.map: excluded by the setting aleph.upload.exclude',
        'site/secret: no permission to read it',
        'site/socket: not a file',
        'gone: no longer there',
      ],
    )
  })

  it('is what was selected, even if folders leave such files out', async () => {
    const { items } = await collect(files({ 'w/.env': 1 }), ['w/.env'], { exclude: ['**/.env'] })
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
    await rejects(collect(access, ['w/a'], { signal: AbortSignal.abort() }), { code: 'ABORTED' })
  })

  it('leaves out what an .alephignore names, as git would', async () => {
    const access = files({
      'w/site/.alephignore': '*.log\n/build/\n!keep.log\n# a comment\n',
      'w/site/a.log': 1,
      'w/site/keep.log': 1,
      'w/site/build/x': 1,
      'w/site/sub/build': 1,
      'w/site/sub/.alephignore': 'secret*\n!*.log\n',
      'w/site/sub/b.log': 1,
      'w/site/sub/secret.txt': 1,
      'w/site/sub/deep/secret-2': 1,
      'w/site/Secret.txt': 1,
    })
    const { items, skipped } = await collect(access, ['w/site'])
    deepEqual(
      items.map(({ folder }) => folder?.path),
      ['Secret.txt', 'keep.log', 'sub/b.log', 'sub/build'],
    )
    deepEqual(skipped.map(({ path, reason }) => `${path}: ${reason}`).sort(), [
      'site/.alephignore: only says what is left out',
      'site/a.log: excluded by .alephignore',
      'site/build: excluded by .alephignore',
      'site/sub/.alephignore: only says what is left out',
      'site/sub/deep/secret-2: excluded by .alephignore',
      'site/sub/secret.txt: excluded by .alephignore',
    ])
  })

  it('obeys the .alephignore files above it in the workspace', async () => {
    const tree = { 'w/.alephignore': 'packages/*/tmp\n', 'w/packages/.alephignore': '*.bak', 'w/packages/a/tmp/x': 1 }
    const access = files({ ...tree, 'w/packages/a/b.bak': 1, 'w/packages/a/c': 1 }, 'w')
    const { items } = await collect(access, ['w/packages/a'])
    deepEqual(
      items.map(({ folder }) => folder?.path),
      ['c'],
    )
  })

  it('is a folder that was selected itself, even if an .alephignore above it names it', async () => {
    const { items } = await collect(files({ 'w/.alephignore': 'dist/', 'w/dist/a': 1 }, 'w'), ['w/dist'])
    equal(items.length, 1)
  })

  it('is nothing at all when what is named .alephignore is no file', async () => {
    const message = 'site/.alephignore can not be read, so nothing is uploaded.'
    for (const ignore of [
      { 'w/site/.alephignore': '->w/none' },
      { 'w/site/.alephignore@': 1 },
      { 'w/site/.alephignore/x': 1 },
    ]) {
      const tree = { ...ignore, 'w/site/a/b': 1 }
      await rejects(collect(files(tree), ['w/site']), { code: 'IO', message })
    }
    // The same above what was selected.
    for (const ignore of [{ 'w/site/.alephignore@': 1 }, { 'w/site/.alephignore/x': 1 }])
      await rejects(collect(files({ ...ignore, 'w/site/a/b': 1 }, 'w'), ['w/site/a']), { code: 'IO', message })
  })

  it('is nothing at all when an .alephignore can not be read, for it may name secrets', async () => {
    await rejects(collect(files({ 'w/site/.alephignore': '!', 'w/site/a': 1 }), ['w/site']), {
      code: 'IO',
      message: 'site/.alephignore can not be read, so nothing is uploaded.',
    })
  })

  it('names folders that are empty and paths that are too long', async () => {
    const deep = Array.from({ length: 70 }, (_, index) => index).join('/')
    const access = files({ [`w/site/${deep}`]: 1, [`w/site/${'x'.repeat(1001)}`]: 1 })
    const list = access.list
    access.list = async folder => (folder === 'w/empty' ? [] : list(folder))
    const stat = access.stat
    access.stat = async path => (path === 'w/empty' ? { kind: 'folder', sizeBytes: 0 } : stat(path))
    const { items, skipped } = await collect(access, ['w/empty', 'w/site'])
    equal(items.length, 0)
    equal(skipped[0]?.reason, 'empty folder')
    deepEqual(new Set(skipped.slice(1).map(({ reason }) => reason)), new Set(['its path is too long']))
  })

  it('takes 20 000 files, and looks at no more than 16 at a time', async () => {
    const access = files({})
    let looking = 0
    let most = 0
    access.stat = async path => {
      most = Math.max(most, ++looking)
      await Promise.resolve()
      looking--
      return path === 'w/site' ? { kind: 'folder', sizeBytes: 0 } : { kind: 'file', sizeBytes: 1 }
    }
    access.list = async folder =>
      Array.from({ length: 20_000 }, (_, index) => ({ name: `${index}`, file: `${folder}/${index}`, isLink: false }))
    const { items } = await collect(access, ['w/site'])
    equal(items.length, 20_000)
    equal(most, 16)
  })

  it('drops children by whole path segments', () => {
    deepEqual(withoutChildren(['/a', '/ab', '/a/b', '/a/b/c'], { key: path => path }), ['/a', '/ab'])
  })
})

const free: PlanCost = { unit: 'ALEPH', required: 0, available: 0, isEstimate: false, refused: new Map() }
const refusedOf = ({ items }: UploadPlan, index: number, reason: AlephError) =>
  new Map(items.slice(index, index + 1).map(item => [item, reason]))
const noNotes: PlanNotes = {
  unsaved: [],
  copies: new Map(),
  isCompared: true,
  cost: free,
  isTrusted: true,
}

describe('the words of a plan', () => {
  it('name file, size, network, account, engine and that it becomes public', () => {
    const active = {
      account: { address: owner, name: 'alice', kind: 'key' },
      network: { id: 'mainnet', name: 'mainnet', endpoints: [], isDevelopment: false },
    } as const
    const { question, detail } = planText(planOf([1_230_000], { active }), noNotes, format, t)
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
    const plan = planOf([], { items, skipped })
    const { question, detail } = planText(plan, { ...noNotes, unsaved: ['1.bin'] }, format, t)
    equal(question, 'Upload 2 files, 2 kB, from site?')
    match(detail, /Largest: 1 \.bin, 2 kB/)
    match(detail, /Without unsaved changes: 1\.bin/)
    match(detail, /7 skipped:\nsite\/0: unreadable/)
    match(detail, /and 2 more/)
    equal(planName(plan, format, t), 'site')
  })

  it('name what is stored already, what it costs, and a workspace that is not trusted', () => {
    const plan = planOf([10, 20])
    const copies = new Map([[plan.items[0] as UploadItem, { itemHash: 'h', fileHash: 'f' }]])
    const cost: PlanCost = { ...free, required: 33.3, available: 2 }
    const { detail } = planText(plan, { ...noNotes, copies, cost, isTrusted: false }, format, t)
    match(detail, /^1 of them is stored already, byte for byte\.$/m)
    match(detail, /^Cost: 33\.3 ALEPH to hold, but the account has only 2 to spare$/m)
    match(detail, /^This workspace is not trusted/m)
  })

  it('admit that nothing is known of what is stored already', () => {
    const { detail } = planText(planOf([1]), { ...noNotes, isCompared: false }, format, t)
    match(detail, /^Not all files could be compared with what's already stored\.$/m)
  })

  it('say that the node could not be asked, and nothing else about what it would have told', () => {
    const { detail } = planText(planOf([1]), { ...noNotes, isCompared: false, cost: undefined }, format, t)
    match(detail, /^Couldn't ask the node, so the cost and what's already stored aren't known\.$/m)
    ok(!/compared|Cost:/.test(detail))
  })

  it('name what can not be stored, why, and what helps', () => {
    const details = { required: 10, available: 0, unit: 'ALEPH' }
    const poor = new AlephError('INSUFFICIENT_FUNDS', 'x', { details })
    const empty = new AlephError('INSUFFICIENT_FUNDS', 'x', { details: { ...details, uncovered: 'empty' } })
    const one = planOf([30])
    const all = planText(one, { ...noNotes, cost: { ...free, refused: refusedOf(one, 0, poor) } }, format, t)
    match(all.detail, /^0\.bin can’t be stored: It needs 10 ALEPH held, and the account has 0 to spare\. Add ALEPH/m)
    ok(!/engine ipfs\./.test(all.detail))
    const two = planOf([1, 0])
    const some = planText(two, { ...noNotes, cost: { ...free, refused: refusedOf(two, 1, empty) } }, format, t)
    match(some.detail, /^1 of 2 files can’t be stored\. 1\.bin: .*takes no empty files/m)
    deepEqual(storableItems(two, { cost: { ...free, refused: refusedOf(two, 1, empty) } }), [two.items[0]])
  })

  it('call a cost an estimate where the prices are not known', () => {
    const estimate = (unit: PlanCost['unit']) =>
      planText(planOf([1]), { ...noNotes, cost: { ...free, unit, required: 5, isEstimate: true } }, format, t).detail
    match(estimate('ALEPH'), /^Cost: about 5 ALEPH to hold/m)
    match(estimate('credits'), /^Cost: about 5 credits for the first day/m)
  })

  it('name the owner when it is somebody else', () => {
    const { active } = planOf([1])
    const { detail } = planText(
      planOf([1], { active: { ...active, account: { ...active.account, owner: `0x${'51'.repeat(20)}` } } }),
      noNotes,
      format,
      t,
    )
    match(detail, /^To local as development 1 \(0x34f3…5dF3\), for 0x5151…5151$/m)
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
