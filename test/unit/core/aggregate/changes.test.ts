import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { changedEntries, entrySizes, publishedBytes, publishedEntries } from '../../../../src/core/aggregate/changes.js'
import { mergeEntries } from '../../../../src/core/aggregate/merge.js'

const map = (entries: Record<string, string>) => new Map(Object.entries(entries))

describe('changed entries', () => {
  it('are those with another value, in the order of the document', () => {
    const base = map({ same: '{"a":1,"b":2}', gone: '1', other: '1' })
    const mine = map({ z: '1', other: '2', same: '{ "b": 2.0, "a": 1 }', a: '1' })
    const changes = changedEntries(base, mine)
    deepEqual(changes, { added: ['z', 'a'], changed: ['other'], removed: ['gone'] })
    deepEqual([...publishedEntries(changes, mine).keys()], ['z', 'other', 'a'])
  })

  for (const [what, before, now, expected] of [
    ['null that is not shown', { a: 'null' }, {}, {}],
    ['null that is shown', { a: 'null' }, { a: ' null' }, {}],
    ['null that gets a value', { a: 'null' }, { a: '1' }, { added: ['a'] }],
    ['a value that becomes null', { a: '1' }, { a: 'null' }, { changed: ['a'] }],
    ['a new null', {}, { a: 'null' }, { added: ['a'] }],
    ['a text that reads null', { a: '"null"' }, {}, { removed: ['a'] }],
  ] as const)
    it(`know ${what}`, () =>
      deepEqual(changedEntries(map(before), map(now)), { added: [], changed: [], removed: [], ...expected }))

  it('take names of Object.prototype as names', () => {
    const mine = new Map([
      ['__proto__', '1'],
      ['constructor', '2'],
    ])
    deepEqual(changedEntries(new Map(), mine).added, ['__proto__', 'constructor'])
    deepEqual([...publishedEntries({ added: ['__proto__'], changed: [], removed: [] }, mine)], [['__proto__', '1']])
  })

  it('have the size of what is signed', () => {
    equal(publishedBytes(new Map()), 2)
    const entries = map({ é: '[ 1.0, "100%" ]', b: '"%%😀"' })
    const signed = '{"é":[1.0,"100%"],"b":"%%😀"}'.replaceAll('%', '\\u0025')
    equal(publishedBytes(entries), new TextEncoder().encode(signed).length)
    deepEqual([...entrySizes(entries).keys()], ['é', 'b'])
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' })), value => {
        const text = JSON.stringify(value).replaceAll('%', '\\u0025')
        const indented = Object.entries(value).map(([name, item]): [string, string] => [
          name,
          JSON.stringify(item, undefined, 3),
        ])
        equal(publishedBytes(new Map(indented)), new TextEncoder().encode(text).length)
      }),
    )
  })
})

describe('three-way merge', () => {
  for (const [what, base, mine, theirs, expected] of [
    ['nothing changed', { a: '1' }, { a: '1.0' }, { a: '1' }, {}],
    ['mine', { a: '1' }, { a: '2' }, { a: '1' }, { mine: ['a'] }],
    ['theirs', { a: '1' }, { a: '1' }, { a: '2' }, { theirs: ['a'] }],
    ['new of theirs', {}, {}, { a: '2' }, { theirs: ['a'] }],
    ['vanished of theirs', { a: '1' }, { a: '1' }, {}, { theirs: ['a'] }],
    ['the same change', { a: '1' }, { a: '{"x":1,"y":2}' }, { a: '{"y":2,"x":1}' }, { same: ['a'] }],
    ['the same new entry', {}, { a: '1' }, { a: '1' }, { same: ['a'] }],
    ['other changes', { a: '1' }, { a: '2' }, { a: '3' }, { conflicts: ['a'] }],
    ['other new entries', {}, { a: '2' }, { a: '3' }, { conflicts: ['a'] }],
    ['removed and changed', { a: '1' }, {}, { a: '3' }, { conflicts: ['a'] }],
    ['removed by both', { a: '1' }, {}, { a: 'null' }, { same: ['a'] }],
    ['removed and untouched', { a: '1' }, {}, { a: '1' }, { mine: ['a'] }],
    ['null not shown', { a: 'null' }, {}, { a: 'null' }, {}],
    ['null not shown that they set', { a: 'null' }, {}, { a: '1' }, { theirs: ['a'] }],
    ['a new null against a value', {}, { a: 'null' }, { a: '1' }, { conflicts: ['a'] }],
  ] as [string, Record<string, string>, Record<string, string>, Record<string, string>, Record<string, string[]>][])
    it(`of ${what}`, () =>
      deepEqual(mergeEntries({ base: map(base), mine: map(mine), theirs: map(theirs) }), {
        conflicts: [],
        theirs: [],
        mine: [],
        same: [],
        ...expected,
      }))

  const entries = fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.constantFrom('1', '1.0', '2', 'null')))
    .map(pairs => new Map(pairs))

  it('is the same from either side', () => {
    fc.assert(
      fc.property(entries, entries, entries, (base, mine, theirs) => {
        const one = mergeEntries({ base, mine, theirs })
        const other = mergeEntries({ base, mine: theirs, theirs: mine })
        const sets = ({ conflicts, same, mine, theirs }: typeof one) =>
          [conflicts, same, mine, theirs].map(l => l.sort())
        deepEqual(sets(one), sets({ ...other, mine: other.theirs, theirs: other.mine }))
      }),
    )
  })

  it('agrees with what each side changed, and only what both changed can be a conflict', () => {
    fc.assert(
      fc.property(entries, entries, entries, (base, mine, theirs) => {
        const { conflicts, same, ...only } = mergeEntries({ base, mine, theirs })
        const changedBy = (side: Map<string, string>) => Object.values(changedEntries(base, side)).flat().sort()
        deepEqual([...conflicts, ...same, ...only.mine].sort(), changedBy(mine))
        deepEqual([...conflicts, ...same, ...only.theirs].sort(), changedBy(theirs))
      }),
    )
  })
})
