import { equal, ok } from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { compactText, sameValue } from '../../../../src/core/aggregate/text/values.js'
import { dice, spell } from './spelling.js'

describe('values of JSON texts', () => {
  for (const [a, b] of [
    ['1', '1.0'],
    ['1', '10e-1'],
    ['100', '1e2'],
    ['1E+2', '0.01e4'],
    ['-0', '0'],
    ['0e5', '-0.000'],
    ['1e00000000000000000005', '100000'],
    ['"\\u0061/"', '"a\\/"'],
    ['"\\ud83d\\ude00"', '"😀"'],
    ['{"a":1,"b":[true,null]}', ' { "b" : [ true , null ] ,\r\n"a": 1.0 } '],
    ['{"a":{"x":1,"y":{"p":1,"q":2}},"b":2}', '{"b":2,"a":{"y":{"q":2,"p":1},"x":1}}'],
    ['{"a":0,"b":1,"c":2,"d":[{"x":1,"y":2}]}', '{"a":0,"c":2,"b":1,"d":[{"y":2,"x":1}]}'],
    ['{"__proto__":1,"a":2}', '{"a":2,"__proto__":1}'],
    ['{}', '{ }'],
  ] as const)
    it(`are the same for ${a} and ${b}`, () => {
      ok(sameValue(a, b))
      ok(sameValue(b, a))
    })

  for (const [a, b] of [
    ['12345678901234567890', '12345678901234567891'],
    ['0.1', '0.10000000000000000001'],
    ['1e400', '1e401'],
    ['1', '-1'],
    ['1', '"1"'],
    ['null', 'false'],
    ['null', '"null"'],
    ['[]', '{}'],
    ['[1,2]', '[2,1]'],
    ['[1]', '[1,1]'],
    ['[[1],2]', '[[1,2]]'],
    ['{"a":1}', '{"a":1,"b":1}'],
    ['{"a":1,"b":1}', '{"a":1,"c":1}'],
    ['{"a":1,"b":2}', '{"b":1,"a":2}'],
    ['{"a":0,"b":{"x":1,"y":2}}', '{"b":{"y":2,"x":2},"a":0}'],
    ['"a b"', '"ab"'],
    ['"é"', '"e\u0301"'],
    ['{"a":"1,\\"b\\":2"}', '{"a":"1","b":2}'],
    ['1e9999999999999999', '1e9999999999999998'],
  ] as const)
    it(`are others for ${a} and ${b}`, () => {
      ok(!sameValue(a, b))
      ok(!sameValue(b, a))
    })

  it('are the same in any spelling', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.nat(), (value, seed, other) => {
        const [a, b] = [spell(value, dice(seed)), spell(value, dice(other))]
        ok(sameValue(a, b))
        ok(sameValue(a, compactText(a)))
      }),
      { numRuns: 500 },
    )
  })

  it('are the same only when the engine reads the same', () => {
    // Few different parts, so that many pairs are nearly the same.
    const { value } = fc.letrec(tie => ({
      value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(0, 1, 'a', null), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 2 }),
      object: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { noNullPrototype: true, maxKeys: 3 }),
    }))
    fc.assert(
      fc.property(value, value, fc.nat(), (a, b, seed) => {
        const isSame = isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
        equal(sameValue(spell(a, dice(seed)), spell(b, dice(seed + 1))), isSame)
      }),
      { numRuns: 3000 },
    )
  })

  it('are compared in linear time, however deep', () => {
    // More than linear work would run into the time limit of a test.
    const nested = (levels: number, first: string, last: string) => {
      let text = '1'
      for (let level = 0; level < levels; level++) text = first.replace('_', () => text) + last
      return text
    }
    // Names in another order at every level: walking inner values again at each level would never end.
    ok(sameValue(nested(2000, '{"a":0,"c":_,"x":1', ',"y":2}'), nested(2000, '{"a":0,"c":_,"y":2', ',"x":1}')))
    ok(!sameValue(nested(2000, '{"a":0,"c":_,"x":1', ',"y":2}'), nested(2000, '{"a":0,"c":_,"y":2', ',"x":2}')))
    ok(!sameValue(`${'['.repeat(200_000)}1${']'.repeat(200_000)}`, `${'['.repeat(200_000)}2${']'.repeat(200_000)}`))
    const many = Array.from({ length: 20_000 }, (_, i) => `"n${i}":${i}`)
    ok(sameValue(`{${many.join()}}`, `{${many.reverse().join()}}`))
    ok(!sameValue(`1${'0'.repeat(1_000_000)}`, `1${'0'.repeat(1_000_001)}`))
  })

  it('are written without white space between tokens', () => {
    equal(compactText(' { "a b" : [ 1.0 , "\\" : " ] }\r\n'), '{"a b":[1.0,"\\" : "]}')
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, seed) => {
        const compact = compactText(spell(value, dice(seed)))
        equal(compactText(compact), compact)
        equal(JSON.stringify(JSON.parse(compact)).length <= compact.length, true)
      }),
    )
  })
})
