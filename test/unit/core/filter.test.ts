import { deepEqual, equal, match } from 'node:assert/strict'
import {
  criteria,
  criterionProblem,
  filterText,
  isFiltered,
  matchesRow,
  messageFilter,
  type Criterion,
} from '../../../src/core/filter.js'
import { fileRow, postRow } from '../../../src/core/rows.js'
import { untranslated as t } from '../../../src/shared/translate.js'
import { badRow, hashOf, localNetwork, messageRow, owner } from './fakes.js'
import { AlephError } from '../../../src/client/index.js'

const problem = (criterion: Criterion, text: string, filter = {}) => criterionProblem(criterion, text, filter, t)
const local = (...parts: [number, number, number, number?, number?]) => new Date(...parts).getTime() / 1000

describe('a criterion of a filter', () => {
  for (const [criterion, text] of [
    ['text', 'a, b % # 🦊'],
    ['tag', 'tag with blanks'],
    ['channel', 'TEST'],
    ['postType', 'aleph-storage'],
    ['sender', owner],
    ['fileHash', hashOf(1)],
    ['fileHash', 'QmYULJoNGPDmoRq4WNWTDTUvJGJv1hosox8H6vVd1kCsY8'],
    ['since', '2026-05-31'],
    ['until', ' 2024-02-29 23:59 '],
    ['since', '2026-05-31T00:00'],
    ['tag', ''],
    ['since', '  '],
  ] as const)
    it(`${criterion} can be “${text}”`, () => equal(problem(criterion, text), undefined))

  for (const [criterion, text, reason] of [
    ['tag', 'a,b', /comma/],
    ['channel', 'a,b', /comma/],
    ['postType', ',', /comma/],
    ['sender', '0x12', /address/],
    ['sender', `${owner},${owner}`, /address/],
    ['fileHash', 'ABCDEF', /file hash/],
    ['fileHash', hashOf(1).toUpperCase().replace('1', 'A'), /lower case/],
    ['since', 'yesterday', /2026-05-31/],
    ['since', '2026-02-30', /2026-05-31/],
    ['since', '2026-13-01', /2026-05-31/],
    ['until', '2026-05-31 24:00', /2026-05-31/],
    ['until', '2026-05-31 12:60', /2026-05-31/],
    ['until', '0000-01-01', /2026-05-31/],
    ['text', 'x'.repeat(257), /256/],
  ] as const)
    it(`${criterion} can not be “${text.slice(0, 30)}”`, () => match(problem(criterion, text) ?? '', reason))

  it('of time is compared with the other one', () => {
    match(problem('until', '2026-05-30', { since: '2026-05-31' }) ?? '', /ends before/)
    match(problem('since', '2026-05-31', { until: '2026-05-30 12:00' }) ?? '', /ends before/)
    equal(problem('until', '2026-05-31', { since: '2026-05-31' }), undefined)
    equal(problem('until', '2026-05-31 10:00', { since: '2026-05-31 10:00' }), undefined)
    equal(problem('until', '2020-01-01', { since: '2019-01-01', until: '2018-01-01' }), undefined)
  })
})

describe('a filter', () => {
  it('is asked of the node as far as it can search', () => {
    deepEqual(
      messageFilter({
        ...{ text: 'x', engine: 'ipfs', tag: 'nft', channel: 'c', postType: 'p', sender: owner, fileHash: hashOf(1) },
        ...{ since: '2026-05-30 10:30', until: '2026-05-31' },
      }),
      {
        ...{ tags: ['nft'], channels: ['c'], contentTypes: ['p'], senders: [owner], contentHashes: [hashOf(1)] },
        ...{ since: local(2026, 4, 30, 10, 30), until: local(2026, 5, 1) },
      },
    )
    deepEqual(messageFilter({}), {})
  })

  it('includes the day or the minute that is named last', () => {
    equal(messageFilter({ until: '2026-12-31' }).until, local(2027, 0, 1))
    equal(messageFilter({ until: '2026-12-31 23:59' }).until, local(2027, 0, 1))
  })

  it('compares names with verified rows, whatever their case and encoding', () => {
    const file = fileRow(localNetwork, messageRow(1, { metadata: { filename: 'Caf\u00e9 Menu.PDF' } }))
    for (const text of ['cafe\u0301', 'menu.pdf', 'É m', '']) equal(matchesRow(file, { text }), true, text)
    equal(matchesRow(file, { text: 'menus' }), false)
    equal(matchesRow(file, { engine: 'ipfs' }), false)
    equal(matchesRow(file, { text: 'menu', engine: 'storage' }), true)
    const inside = { metadata: { filename: 'a.txt', path: 'css/a.txt', upload: { id: 'u', name: 'Site' } } }
    equal(matchesRow(fileRow(localNetwork, messageRow(1, inside)), { text: 'site/css' }), true)
    const post = postRow(localNetwork, messageRow(1, { content: 'Hello' }, { type: 'POST' }))
    equal(matchesRow(post, { text: 'hell' }), true)
    equal(matchesRow(post, { engine: 'ipfs' }), false)
  })

  it('finds nothing in what is not verified, and hides it only where rows are compared', () => {
    const bad = fileRow(localNetwork, badRow(1, new AlephError('INTEGRITY', 'forged')))
    equal(matchesRow(bad, { text: 'a' }), false)
    equal(matchesRow(bad, { tag: 'a' }), true)
  })

  it('reads as one line', () => {
    equal(
      filterText('files', { engine: 'ipfs', tag: 'nft', since: '2026-05-31' }, t),
      'tag nft · from 2026-05-31 · engine ipfs',
    )
    equal(filterText('aggregates', {}, t), '')
    equal(isFiltered({}), false)
    equal(isFiltered({ tag: 'a' }), true)
  })

  it('of each list has a name for everything that it offers', () => {
    for (const name of ['files', 'messages', 'aggregates'] as const)
      for (const criterion of criteria[name]) match(filterText(name, { [criterion]: 'VALUE' }, t), /VALUE/)
  })
})
