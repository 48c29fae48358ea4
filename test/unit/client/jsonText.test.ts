import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { readElementText } from '../../../src/client/aggregate/elementText.js'
import { scanJson, type JsonVisitor } from '../../../src/client/message/jsonScan.js'
import { JsonText } from '../../../src/client/message/jsonText.js'
import { jsonBytes, serializeContent } from '../../../src/client/message/serialize.js'

const text = (content: object) => serializeContent(content).text
const raw = (json: string) => new JsonText(json)
const silent: JsonVisitor = {
  name: () => undefined,
  scalar: () => undefined,
  open: () => undefined,
  close: () => undefined,
}
const isTaken = (json: string) => {
  try {
    scanJson(json, silent)
    return true
  } catch {
    return false
  }
}
const isParsed = (json: string) => {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}

describe('reading JSON without making values of it', () => {
  it('takes what JSON.parse takes, and nothing else', () => {
    const mutated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', '\\', ',', '{', ']', '1', '-', ' ', 'u', '\u0001', 'true'))
      .map(
        ([json, at, piece]) => json.slice(0, at % (json.length + 1)) + piece + json.slice((at % (json.length + 1)) + 1),
      )
    fc.assert(
      fc.property(fc.oneof(fc.json({ maxDepth: 5 }), mutated), json => assert.equal(isTaken(json), isParsed(json))),
      { numRuns: 2000 },
    )
    for (const json of [
      '',
      ' ',
      '01',
      '1.',
      '.5',
      '+1',
      '1e',
      '"\\x"',
      '"\\u12g4"',
      '[1,]',
      '{"a":1,}',
      '{,}',
      'nul',
      '1 2',
      '"',
      '"\\',
    ])
      assert.equal(isTaken(json), false, json)
    for (const json of ['-0', '1E+5', ' [ ] ', '{ }\r\n\t', '"\\u00e9\\/"', '[[],{}]']) assert.ok(isTaken(json), json)
  })

  it('takes any depth', () => assert.ok(isTaken('['.repeat(200_000) + ']'.repeat(200_000))))
})

describe('values given by their JSON text', () => {
  it('keep every digit and escape, and lose their white space', () => {
    assert.equal(
      text({
        a: raw(' { "n" : 12345678901234567890, "p" : [ 1.10 , -0.0, 1E5 ],\r\n\t"s" : " a \\u00e9\\/ " } '),
        b: 1,
      }),
      '{"a":{"n":12345678901234567890,"p":[1.10,-0.0,1E5],"s":" a \\u00e9\\/ "},"b":1}',
    )
    assert.equal(text({ list: [raw('1.0'), 1, { deep: raw('"x"') }] }), '{"list":[1.0,1,{"deep":"x"}]}')
  })

  it('are escaped as everything else: %, lone surrogates, a backslash before u0000', () => {
    assert.equal(text({ a: raw('{"%41":"100%"}') }), '{"a":{"\\u002541":"100\\u0025"}}')
    assert.equal(
      text({ a: raw('["\\ud83d\\ude00","\\ud83d","\\uDE00x","\ud800","\\\\ud800"]') }),
      '{"a":["\\ud83d\\ude00","\ufffd","\ufffdx","\ufffd","\\\\ud800"]}',
    )
    const written = text({ a: raw('"\\\\u0000"'), b: '\\u0000' })
    assert.ok(!written.includes('\\u0000'))
    assert.deepEqual(JSON.parse(written), { a: '\\u0000', b: '\\u0000' })
  })

  const refused: [name: string, json: string, message: RegExp][] = [
    ['text that is no JSON', '{"x":[1,]}', /^content\.a\.b\.x\[0\] is not valid JSON: see character 9/],
    ['an empty text', '', /^content\.a\.b is not valid JSON: see character 1/],
    ['comments', '{} // no', /not valid JSON/],
    ['U+0000', '{"x":["\\\\\\u0000"]}', /^content\.a\.b\.x\[0\] holds the character U\+0000/],
    ['a number beyond a double', '{"x":{"y":[0,-1e400]}}', /^content\.a\.b\.x\.y\[1\] is a number beyond/],
    ['a name twice', '{"x":{"y":1,"\\u0079":2}}', /^content\.a\.b\.x\.y is there twice/],
    ['names that become the same', '{"\\ud800":1,"\\ud801":2}', /is there twice/],
  ]
  for (const [name, json, message] of refused)
    it(`refuse ${name}, naming the place`, () =>
      assert.throws(() => text({ a: { b: raw(json) } }), { code: 'INVALID_INPUT', message }))

  it('refuse nesting beyond 500 levels, counted from the outside', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    assert.equal(text({ a: raw(nested(500)) }), `{"a":${nested(500)}}`)
    assert.throws(() => text({ a: raw(nested(501)) }), { code: 'INVALID_INPUT', message: /500 levels/ })
    assert.throws(() => text({ a: [[raw(nested(499))]] }), { code: 'INVALID_INPUT', message: /500 levels/ })
  })

  it('take the name __proto__ as data', () =>
    assert.equal(text({ a: raw('{"__proto__":1,"constructor":2}') }), '{"a":{"__proto__":1,"constructor":2}}'))

  it('give the same text as values of the same JSON', () =>
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
        const json = JSON.stringify(value)
        fc.pre(!json.includes('\\u0000'))
        assert.equal(text({ value: raw(json) }), text({ value: JSON.parse(json) as unknown }))
      }),
      { numRuns: 500 },
    ))

  it('have a size in bytes', () => assert.equal(jsonBytes({ a: raw(' "é%" ') }), '{"a":"é\\u0025"}'.length + 1))
})

describe('the text of an element', () => {
  const entries = (json: string) => [...(readElementText(`{"content":${json}}`)?.entries ?? [])]

  it('gives entries as their author spelled them', () =>
    assert.deepEqual(entries('{"10":1.10, "b" : { "x" : [1 , 2] },"a":12345678901234567890,"__proto__":null,"":[]}'), [
      ['10', '1.10'],
      ['b', '{ "x" : [1 , 2] }'],
      ['a', '12345678901234567890'],
      ['__proto__', 'null'],
      ['', '[]'],
    ]))

  it('reads escapes of printable characters, and keeps those of all others', () => {
    const json =
      '{"\\u00e9":"\\u0025 \\u00E9\\u4e2d\\ud83d\\ude00 \\u0041\\u0022 \\u200b\\u202e\\u2028\\u00a0\\ud800 \\\\u00e9 \\n\\/"}'
    assert.deepEqual(entries(json), [
      ['é', '"% é中😀 \\u0041\\u0022 \\u200b\\u202e\\u2028\\u00a0\\ud800 \\\\u00e9 \\n\\/"'],
    ])
  })

  it('takes the last of equal names, as nodes do, also of the content itself', () => {
    assert.deepEqual(entries('{"a":1,"\\u0061":2}'), [['a', '2']])
    const twice = readElementText('{"content":{"a":1},"key":"x","content":{"b":{"content":{"c":1}}},"key":"y"}')
    assert.deepEqual([...(twice?.entries ?? [])], [['b', '{"content":{"c":1}}']])
    assert.equal(twice?.key, 'y')
    assert.equal(readElementText('{"content":{"a":1},"content":[{"a":1}]}')?.entries, undefined)
    assert.equal(readElementText('{"key":"x","key":{"name":"x"}}')?.key, undefined)
  })

  it('reads address, time and key, each undefined where it is something else', () => {
    assert.deepEqual(readElementText('{"address":"0x1","time":1.5,"key":"k\\n","content":{}}'), {
      address: '0x1',
      time: 1.5,
      key: 'k\n',
      entries: new Map(),
    })
    assert.deepEqual(readElementText('{"address":1,"time":"1","content":5}'), {
      address: undefined,
      time: undefined,
      key: undefined,
      entries: undefined,
    })
    assert.equal(readElementText('[{"key":"k"}]')?.key, undefined)
    assert.equal(readElementText('{"key":"k"'), undefined)
  })

  it('says the same values as JSON.parse', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })), content => {
        const ascii = JSON.stringify({ content }).replace(
          /[^\0-~]/g,
          character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
        )
        const parsed = JSON.parse(ascii) as { content: Record<string, unknown> }
        const read = [...(readElementText(ascii)?.entries ?? [])].map(([name, json]) => [name, JSON.parse(json)])
        assert.deepEqual(Object.fromEntries(read), parsed.content)
      }),
    ))
})
