import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import type { AggregateElement } from '../../../src/client/aggregate/element.js'
import { compareMerge, documentOf, replay } from '../../../src/client/aggregate/replay.js'
import { Aggregates } from '../../../src/localNode/state/aggregates.js'

const element = (
  item_hash: string,
  time: number,
  entries: Record<string, string>,
  more: Partial<AggregateElement> = {},
): AggregateElement => ({
  ...{ item_hash, time, sender: 's', owner: 's', authority: 'owner', confirmed: false, sizeBytes: 1 },
  entries: new Map(Object.entries(entries)),
  ...more,
})
const shown = (elements: AggregateElement[]) =>
  Object.fromEntries([...replay(elements)].map(([name, { text }]) => [name, text]))

const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')
const values = fc.oneof(fc.nat(9), fc.constant(null), fc.dictionary(names, fc.nat(9)))
/** Elements with distinct times, in an order of arrival of their own. */
const history = fc
  .array(fc.dictionary(names, values), { minLength: 1, maxLength: 12 })
  .map(contents =>
    contents.map((content, i) =>
      element(
        `hash ${i}`,
        i + 1,
        Object.fromEntries(Object.entries(content).map(([name, value]) => [name, JSON.stringify(value)])),
      ),
    ),
  )
  .chain(elements => fc.shuffledSubarray(elements, { minLength: elements.length }))

describe('replay (protocol §3.2)', () => {
  it('gives what a node gives that has put everything in order, whatever order it came in', () =>
    fc.assert(
      fc.property(history, elements => {
        const node = new Aggregates()
        const add = ({ item_hash: hash, time, entries }: AggregateElement) => {
          const content = [...entries].map(([name, text]): [string, unknown] => [name, JSON.parse(text)])
          node.add('owner', 'key', { hash, time, content: new Map(content) })
        }
        elements.forEach(add)
        // Forgetting one makes a node merge all others anew.
        add(element('forgotten', 1000, { x: '1' }))
        node.remove('owner', 'key', 'forgotten')
        assert.deepEqual(
          documentOf(replay(elements)),
          Object.fromEntries(node.get('owner', 'key')?.content ?? assert.fail()),
        )
      }),
    ))

  it('replaces nested objects whole, and takes null as a value', () =>
    assert.deepEqual(
      shown([element('2', 2, { a: '{"y":1}', b: 'null' }), element('1', 1, { a: '{"x":1}', b: '2', c: '3' })]),
      { a: '{"y":1}', b: 'null', c: '3' },
    ))

  it('tells which element gave an entry, in the spelling that was signed', () => {
    const state = replay([element('1', 1, { a: '1.10' }), element('2', 2, { b: '2' })])
    assert.deepEqual(state.get('a'), { text: '1.10', item_hash: '1', time: 1, tied: [] })
  })

  it('leaves out elements of somebody who had no permission', () => {
    const elements = [
      element('1', 1, { a: '1' }),
      element('2', 2, { a: '2' }, { authority: 'unproven' }),
      element('3', 1.5, { b: '1' }, { authority: 'formerly-delegated' }),
    ]
    assert.deepEqual(shown(elements), { a: '1', b: '1' })
  })

  it('of equal times the element with more entries was there first and counts; else the smaller hash, and it is told', () => {
    const wide = element('1', 5, { a: '"wide"', b: '1' })
    const narrow = element('0', 5, { a: '"narrow"' })
    for (const elements of [
      [wide, narrow],
      [narrow, wide],
    ]) {
      assert.deepEqual(shown(elements), { a: '"wide"', b: '1' })
      assert.deepEqual(replay(elements).get('a')?.tied, ['"narrow"'])
      assert.deepEqual(replay(elements).get('b')?.tied, [])
    }
    const other = element('2', 5.0000001, { a: '"other"' })
    for (const elements of [
      [narrow, other],
      [other, narrow],
    ])
      assert.deepEqual(shown(elements), { a: '"narrow"' })
    assert.deepEqual(replay([narrow, element('2', 5, { a: '"narrow"' })]).get('a')?.tied, [])
    // A later element settles it.
    assert.deepEqual(replay([narrow, other, element('3', 6, { a: '1' })]).get('a')?.tied, [])
  })

  it('the result of a tie is what the local node shows, when the first to arrive decides', () => {
    const node = new Aggregates()
    node.add('o', 'k', {
      hash: '1',
      time: 5,
      content: new Map<string, unknown>([
        ['a', 'wide'],
        ['b', 1],
      ]),
    })
    node.add('o', 'k', { hash: '0', time: 5, content: new Map([['a', 'narrow']]) })
    const elements = [element('1', 5, { a: '"wide"', b: '1' }), element('0', 5, { a: '"narrow"' })]
    assert.deepEqual(documentOf(replay(elements)), Object.fromEntries(node.get('o', 'k')?.content ?? []))
  })
})

describe('comparing a node’s merge', () => {
  const replayed = (entries: Record<string, string>) => replay([element('1', 1, entries)])
  const compared = (json: string, entries: Record<string, string>) =>
    compareMerge(JSON.parse(json) as Record<string, unknown>, replayed(entries))

  it('names every entry that differs, is missing or is there too much', () => {
    assert.deepEqual(compared('{"a":1,"b":{"x":[1,2]},"d":null}', { a: '2', b: '{"x":[1,2]}', c: 'null' }), [
      'a',
      'd',
      'c',
    ])
    assert.deepEqual(compared('{"b":{"x":[1]}}', { b: '{"x":[1,2]}' }), ['b'])
    assert.deepEqual(compared('{"b":[]}', { b: '{}' }), ['b'])
    assert.deepEqual(compared('{"b":{"x":1}}', { b: '{"x":1,"y":1}' }), ['b'])
  })

  it('looks at values: order, spelling and what a node rounds are no difference (traps 35, 36)', () => {
    assert.deepEqual(compared('{"b":1.1,"a":{"y":2,"x":"é"}}', { a: '{"x":"\\u00e9","y":2.0}', b: '1.10' }), [])
    assert.deepEqual(compared('{"a":1.2345678901234567e+19,"b":0}', { a: '12345678901234567890', b: '-0.0' }), [])
  })

  it('takes names such as __proto__ as data', () => {
    const proto = '{"__proto__":{"polluted":1}}'
    assert.deepEqual(compareMerge(JSON.parse(proto) as never, replay([])), ['__proto__'])
    const entries = new Map([['__proto__', '{"polluted":1}']])
    assert.deepEqual(compareMerge(JSON.parse(proto) as never, replay([element('1', 1, {}, { entries })])), [])
    assert.deepEqual(compareMerge({}, replay([element('1', 1, { constructor: '1' })])), ['constructor'])
  })

  it('is no lie where equal times leave it open', () => {
    const state = replay([element('1', 1, { a: '1' }), element('2', 1, { a: '2' })])
    assert.deepEqual(compareMerge({ a: 1 }, state), [])
    assert.deepEqual(compareMerge({ a: 2 }, state), [])
    assert.deepEqual(compareMerge({ a: 3 }, state), ['a'])
  })

  it('ends at the depth that nodes refuse', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    assert.deepEqual(compared(`{"a":${deep}}`, { a: deep }), ['a'])
  })
})
