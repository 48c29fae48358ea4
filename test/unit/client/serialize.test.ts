import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { serializeContent } from '../../../src/client/message/serialize.js'
import { assertChannel, assertTags } from '../../../src/client/message/tags.js'

const text = (content: object) => serializeContent(content).text

describe('content → item_content', () => {
  it('is compact JSON in the order given, non-ASCII raw', () =>
    assert.equal(text({ b: 'Zoë', a: [1, null, true] }), '{"b":"Zoë","a":[1,null,true]}'))

  it('writes % as \\u0025, so that no node decodes it (traps 1 and 41)', () => {
    assert.equal(
      text({ link: 'a%20b%22c', '%7e': '100 %' }),
      '{"link":"a\\u002520b\\u002522c","\\u00257e":"100 \\u0025"}',
    )
    assert.deepEqual(JSON.parse(text({ link: 'a%20b' })), { link: 'a%20b' })
  })

  it('makes lone surrogates well-formed (trap 34)', () => {
    assert.equal(text({ a: 'x\ud800y', '\udc00': '😀' }), '{"a":"x\ufffdy","\ufffd":"😀"}')
    assert.equal(text({ a: 'a text \\ud800 and \\\\udc00' }), JSON.stringify({ a: 'a text \\ud800 and \\\\udc00' }))
  })

  it('refuses U+0000 in values and keys', () => {
    assert.throws(() => text({ a: { b: ['x\u0000'] } }), { code: 'INVALID_INPUT', message: /content\.a\.b\[0\]/ })
    assert.throws(() => text({ 'a\u0000': 1 }), { code: 'INVALID_INPUT' })
  })

  const cycle: Record<string, unknown> = {}
  cycle.self = { cycle }
  for (const [name, value] of [
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['NaN', NaN],
    ['an infinity', -Infinity],
    ['a map', new Map([[1, 2]])],
    ['a hole', [1, , 2]],
    ['a cycle', cycle],
  ] as const)
    it(`refuses ${name}, naming the place`, () =>
      assert.throws(() => text({ ok: 1, bad: value }), { code: 'INVALID_INPUT', message: /content\.bad/ }))

  it('takes the same object twice when it is no cycle, dates by toJSON, and objects without a prototype', () => {
    const shared = { x: 1 }
    assert.equal(text({ a: shared, b: shared }), '{"a":{"x":1},"b":{"x":1}}')
    assert.equal(text({ at: new Date(0) }), '{"at":"1970-01-01T00:00:00.000Z"}')
    assert.equal(text(Object.assign(Object.create(null) as object, { a: 1 })), '{"a":1}')
  })

  it('refuses nesting that would break readers', () => {
    let deep: unknown = 1
    for (let i = 0; i < 10_000; i++) deep = [deep]
    assert.throws(() => text({ deep }), { code: 'INVALID_INPUT' })
  })

  it('refuses what no upload takes', () =>
    assert.throws(() => text({ a: 'x'.repeat(26_214_400) }), { code: 'TOO_LARGE' }))

  it('gives back any JSON value, never a % and never a lone surrogate', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
        const json = JSON.stringify(value)
        fc.pre(!json.includes('\\u0000'))
        const { text: written, bytes } = serializeContent({ value })
        assert.ok(!written.includes('%'))
        assert.deepEqual(JSON.parse(written), { value: JSON.parse(json) as unknown })
        assert.equal(new TextDecoder('utf-8', { fatal: true }).decode(bytes), written)
      }),
      { numRuns: 500 },
    )
  })
})

describe('tags and channels (protocol §3.5, trap 40)', () => {
  it('takes 16 tags of 256 characters', () => assertTags(Array(16).fill('😀'.repeat(256))))
  for (const [name, tags] of [
    ['17 tags', Array(17).fill('a')],
    ['a tag of 257 characters', ['a'.repeat(257)]],
    ['an empty tag', ['']],
    ['a number', [1]],
    ['a text', 'a'],
    ['a comma', ['a,b']],
    ['a blank at the end', ['a ']],
  ] as const)
    it(`refuses ${name}`, () => assert.throws(() => assertTags(tags), { code: 'INVALID_INPUT' }))

  it('refuses channels that nodes change or clients can not read', () => {
    assertChannel('my app/1 100%')
    for (const bad of ['', 'a,b', 'a%2Db', 'x'.repeat(129), 7])
      assert.throws(() => assertChannel(bad), { code: 'INVALID_INPUT' })
  })
})
