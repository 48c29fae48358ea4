import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { prepareQuery } from '../../../src/client/query/prepare.js'
import { compareTexts } from '../../../src/client/query/values.js'

const sorted = <T extends object>(sort: unknown, documents: readonly T[]) =>
  prepareQuery({ sort })
    .order(documents)
    .map(place => documents[place] ?? assert.fail())

describe('sort', () => {
  it('goes by the first field, then by the next', () => {
    const rows = [
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
      { a: 2, b: 'x' },
      { a: 1, b: 'y' },
    ]
    assert.deepEqual(
      sorted({ a: -1, b: 1 }, rows).map(({ a, b }) => `${a}${b}`),
      ['2x', '2y', '1x', '1y'],
    )
  })

  it('leaves what is equal in its order, and the list as it was', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ i, a: i % 3 }))
    const result = sorted({ a: 1 }, rows)
    assert.deepEqual(
      result.map(({ i }) => i),
      [0, 1, 2].flatMap(a => rows.filter(row => row.a === a).map(({ i }) => i)),
    )
    assert.equal(rows[1]?.i, 1)
  })

  for (const direction of [1, -1])
    it(`has what is missing or null last, ${direction === 1 ? 'upwards' : 'downwards'}`, () => {
      const rows = [
        { n: 'none' },
        { n: 'two', a: 2 },
        { n: 'null', a: null },
        { n: 'one', a: 1 },
        { n: 'empty', a: [] },
      ]
      const names = sorted({ a: direction }, rows).map(({ n }) => n)
      assert.deepEqual(names.slice(2), ['none', 'null', 'empty'])
      assert.deepEqual(names.slice(0, 2), direction === 1 ? ['one', 'two'] : ['two', 'one'])
    })

  it('has different types in the order of MongoDB', () => {
    const inOrder = [
      -1,
      2,
      '',
      'a',
      { x: 1 },
      { x: 2 },
      { y: 0 },
      { z: 5 },
      { z: [[1]] },
      { z: [[1], [2]] },
      false,
      true,
    ]
    const rows = inOrder.map(a => ({ a }))
    const mixed = rows.filter((_, i) => i % 2).concat(rows.filter((_, i) => i % 2 === 0))
    assert.deepEqual(sorted({ a: 1 }, mixed), rows)
    assert.deepEqual(sorted({ a: -1 }, mixed), rows.reverse())
  })

  it('has a list where its least item is upwards, and its greatest downwards', () => {
    const rows = [
      { n: 'b', a: [5, 2] },
      { n: 'a', a: 1 },
      { n: 'c', a: 3 },
      { n: 'd', a: [4, null] },
    ]
    assert.equal(
      sorted({ a: 1 }, rows)
        .map(({ n }) => n)
        .join(''),
      'abcd',
    )
    assert.equal(
      sorted({ a: -1 }, rows)
        .map(({ n }) => n)
        .join(''),
      'bdca',
    )
  })

  it('follows paths with dots, also through lists', () => {
    const rows = [
      { n: 'b', a: [{ b: 5 }, { b: 2 }] },
      { n: 'a', a: { b: 1 } },
      { n: 'c', a: 3 },
    ]
    assert.equal(
      sorted({ 'a.b': 1 }, rows)
        .map(({ n }) => n)
        .join(''),
      'abc',
    )
  })

  it('compares texts by code point', () => {
    const texts = fc.array(fc.constantFrom('a', 'B', 'é', '\ufffd', '\ue000', '😀', '𐀀'), { maxLength: 4 })
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const points = (list: string[]) => Array.from(list.join(''), each => each.codePointAt(0) ?? 0)
        const [left, right] = [points(a), points(b)]
        const at = left.findIndex((point, i) => point !== right[i])
        const wanted = at < 0 ? Math.sign(left.length - right.length) : Math.sign((left[at] ?? 0) - (right[at] ?? -1))
        assert.equal(Math.sign(compareTexts(a.join(''), b.join(''))), wanted)
      }),
      { numRuns: 2000 },
    )
  })

  it('is the same whatever the order was before', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, 1, 2, 'a', [1], {}))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), fc.constantFrom(1, -1), (values, direction) => {
        const rows = values.map(a => ({ a }))
        const forwards = sorted({ a: direction }, rows)
        const backwards = sorted({ a: direction }, [...rows].reverse())
        // Equal ones may change places, never unequal ones.
        for (const [i, row] of forwards.entries()) {
          const pair = [row, backwards[i] ?? assert.fail()]
          assert.deepEqual(sorted({ a: direction }, pair), pair)
          assert.deepEqual(sorted({ a: direction }, [...pair].reverse()), [...pair].reverse())
        }
      }),
    )
  })

  it('survives documents deeper than the stack', () => {
    const deep = () => JSON.parse(`{"a": {"b": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}`) as object
    assert.equal(sorted({ a: 1 }, [deep(), deep()]).length, 2)
  })

  for (const [what, sort, message] of [
    ['a text', 'name', /`sort` must be an object/],
    ['a list', ['name'], /`sort` must be an object/],
    ['null', null, /`sort` must be an object/],
    ['a word for the direction', { name: 'desc' }, /1 \(upwards\) or -1 \(downwards\) for “name”/],
    ['0', { name: 0 }, /for “name”/],
    ['an empty name', { 'a..b': 1 }, /`sort` has the field “a\.\.b”/],
    ['33 fields', Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`f${i}`, 1])), /more than 32 fields/],
  ] as const)
    it(`refuses ${what}`, () => assert.throws(() => sorted(sort, []), { code: 'INVALID_INPUT', message }))
})
