import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { Table, type Filters, type Range } from '../../../src/localNode/state/table.js'

interface Row {
  time: number
  hash: string
  color: string
  tags: string[]
}

const facets = { color: (row: Row) => row.color, tag: (row: Row) => row.tags }
type Name = keyof typeof facets

/** Few times and values, so that ties and overlaps are common; hashes are unique. */
const rows = fc.uniqueArray(
  fc.record({
    time: fc.integer({ min: 0, max: 5 }).map(n => 1_700_000_000 + n / 1e6),
    hash: fc.string({ minLength: 1, maxLength: 6 }),
    color: fc.constantFrom('red', 'green', 'blue'),
    tags: fc.subarray(['a', 'b', 'c']),
  }),
  { selector: row => row.hash, maxLength: 40 },
)
const some = (...values: string[]) => fc.option(fc.subarray(values, { minLength: 1 }), { nil: undefined })
const filters: fc.Arbitrary<Filters<Name>> = fc.record({ color: some('red', 'blue', 'none'), tag: some('a', 'b', 'x') })
const date = fc.option(
  fc.integer({ min: 0, max: 6 }).map(n => 1_700_000_000 + n / 1e6),
  { nil: undefined },
)
const range: fc.Arbitrary<Range> = fc.record({ isDescending: fc.boolean(), from: date, to: date })

/** What the table should give, the simple way. */
function naive(all: readonly Row[], wanted: Filters<Name>, { isDescending, from, to }: Range): Row[] {
  return all
    .filter(
      row =>
        (!wanted.color || wanted.color.includes(row.color)) &&
        (!wanted.tag || wanted.tag.some(tag => row.tags.includes(tag))) &&
        (from === undefined || row.time >= from) &&
        (to === undefined || row.time < to),
    )
    .sort((a, b) => (isDescending ? b.time - a.time : a.time - b.time) || (a.hash < b.hash ? -1 : 1))
}

const tableOf = (all: readonly Row[]) => {
  const table = new Table<Row, Name>(
    row => row.time,
    row => row.hash,
    facets,
  )
  for (const row of all) table.insert(row)
  return table
}

describe('the sorted table behind every list', () => {
  it('selects, orders and counts like a filter and a sort', () =>
    fc.assert(
      fc.property(rows, filters, range, (all, wanted, within) => {
        const expected = naive(all, wanted, within)
        const table = tableOf(all)
        assert.deepEqual([...table.select(wanted, within)], expected)
        assert.equal(table.count(wanted, within), expected.length)
        assert.deepEqual([...table.among(all, wanted, within)], expected)
      }),
    ))

  it('continues behind any row, also behind one that is gone', () =>
    fc.assert(
      fc.property(rows, filters, range, fc.nat(), fc.boolean(), (all, wanted, within, n, isGone) => {
        const expected = naive(all, wanted, within)
        const after = expected[n % Math.max(1, expected.length)]
        if (!after) return
        const table = tableOf(all)
        if (isGone) table.remove(after)
        const rest = [...table.select(wanted, { ...within, after: { time: after.time, hash: after.hash } })]
        assert.deepEqual(rest, expected.slice(expected.indexOf(after) + 1))
      }),
    ))

  it('forgets what is removed, whatever the order', () =>
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.boolean()), filters, range, (all, goes, wanted, within) => {
        const table = tableOf(all)
        const gone = all.filter(() => goes.next().value)
        for (const row of gone) table.remove(row)
        const left = all.filter(row => !gone.includes(row))
        assert.deepEqual([...table.select(wanted, within)], naive(left, wanted, within))
        assert.equal(table.size, left.length)
      }),
    ))
})
