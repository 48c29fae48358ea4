import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { Aggregates, type Element } from '../../../src/localNode/state/aggregates.js'

/** Elements with distinct times, in order of time. */
const elements = (content: fc.Arbitrary<Record<string, number>>) =>
  fc
    .array(content, { minLength: 1, maxLength: 12 })
    .map(contents =>
      contents.map((each, i): Element => ({ hash: `hash ${i}`, time: i + 1, content: new Map(Object.entries(each)) })),
    )
const anyContent = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.nat(9))

/** The shallow merge in order of time (protocol §3.2). */
function naive(list: readonly Element[]): Record<string, unknown> {
  const merged = new Map<string, unknown>()
  for (const { content } of [...list].sort((a, b) => a.time - b.time))
    for (const [key, value] of content) merged.set(key, value)
  return Object.fromEntries(merged)
}

const shown = (aggregates: Aggregates) => {
  const found = aggregates.get('owner', 'key')
  return found && Object.fromEntries(found.content)
}

describe('aggregates of the local node', () => {
  it('elements in order are merged key by key', () =>
    fc.assert(
      fc.property(elements(anyContent), list => {
        const aggregates = new Aggregates()
        for (const element of list) aggregates.add('owner', 'key', element)
        assert.deepEqual(shown(aggregates), naive(list))
      }),
    ))

  it('elements that all set the same keys may arrive in any order', () =>
    fc.assert(
      fc.property(
        elements(fc.record({ a: fc.nat(9), b: fc.nat(9) })).chain(list =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, arriving]) => {
          const aggregates = new Aggregates()
          for (const element of arriving) aggregates.add('owner', 'key', element)
          assert.deepEqual(shown(aggregates), naive(list))
        },
      ),
    ))

  it('forgetting any of them leaves the merge of the rest, and nothing when none is left', () =>
    fc.assert(
      fc.property(
        elements(anyContent).chain(list => fc.tuple(fc.constant(list), fc.shuffledSubarray(list))),
        ([list, forgotten]) => {
          const aggregates = new Aggregates()
          for (const element of list) aggregates.add('owner', 'key', element)
          for (const { hash } of forgotten) aggregates.remove('owner', 'key', hash)
          const rest = list.filter(element => !forgotten.includes(element))
          assert.deepEqual(shown(aggregates), rest.length ? naive(rest) : undefined)
        },
      ),
    ))

  it('equal times: only keys that are new count; a mix of both changes nothing and throws', () => {
    const aggregates = new Aggregates()
    const add = (hash: string, content: Record<string, unknown>) =>
      aggregates.add('owner', 'key', { hash, time: 1, content: new Map(Object.entries(content)) })
    add('one', { a: 1 })
    add('two', { a: 2 })
    assert.deepEqual(shown(aggregates), { a: 1 })
    for (let attempt = 0; attempt < 2; attempt++) assert.throws(() => add('three', { a: 3, b: 3 }), { code: -1 })
    assert.deepEqual(shown(aggregates), { a: 1 })
    add('four', { b: 4 })
    assert.deepEqual(shown(aggregates), { a: 1, b: 4 })
    assert.throws(() => aggregates.checkRemoval('owner', 'key', ['one']), { code: -1 })
  })
})
