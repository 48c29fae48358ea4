import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import fc from 'fast-check'
import { isAlephError } from '../../../../src/client/errors.js'
import { documentProperties, problemText, readDocumentText } from '../../../../src/core/aggregate/text/documentText.js'
import { untranslated as t } from '../../../../src/shared/translate.js'
import { dice, spell } from './spelling.js'

const backslash = '\\'

/** What is wrong, with the text it is said of. */
const problemsOf = (text: string) =>
  readDocumentText(text).problems.map(({ code, offset, length }) => [code, text.slice(offset, offset + length)])

const isJson = (text: string) => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('text of an aggregate document', () => {
  it('is read as entries with their places and their values as spelled', () => {
    const text = '\r\n{ "a" : 1.0e5,\r\n"b\\u0062": {"x": [1, {}]} , "": "é" }\n'
    const { entries, problems } = readDocumentText(text)
    deepEqual(problems, [])
    deepEqual(
      [...(entries?.values() ?? [])].map(entry => [entry.name, entry.text]),
      [
        ['a', '1.0e5'],
        ['bb', '{"x": [1, {}]}'],
        ['', '"é"'],
      ],
    )
    for (const entry of entries?.values() ?? []) {
      equal(text.slice(entry.valueStart, entry.valueEnd), entry.text)
      equal(JSON.parse(text.slice(entry.nameStart, entry.nameEnd)), entry.name)
      equal(entry.start, entry.nameStart)
      equal(entry.end, entry.valueEnd)
    }
    equal(readDocumentText('{}').entries?.size, 0)
  })

  for (const [text, ...problems] of [
    ['', ['empty', '']],
    [' \n', ['empty', '']],
    ['\ufeff{}', ['byteOrderMark', '\ufeff']],
    ['[1]', ['notAnObject', '[']],
    ['"a"', ['notAnObject', '"a"']],
    ['null', ['notAnObject', 'null']],
    ['{"a":1 "b":2}', ['commaExpected', '"b"']],
    ['{"a":[1 2]}', ['commaExpected', '2']],
    ['{"a":1,}', ['trailingComma', ',']],
    ['{"a":[1, ]}', ['trailingComma', ',']],
    ['{"a" 1}', ['colonExpected', '1']],
    ['{"a"}', ['colonExpected', '}']],
    ['{"a":}', ['valueExpected', '}']],
    ['{"a":[,1]}', ['valueExpected', ',']],
    ['{,"a":1}', ['nameExpected', ',']],
    ['{:1}', ['nameExpected', ':']],
    ['{a:1}', ['nameWithoutQuotes', 'a']],
    ["{'a':1}", ['nameWithoutQuotes', "'a'"]],
    ['{1:1}', ['nameWithoutQuotes', '1']],
    ["{\"a\":'x\\'y'}", ['singleQuotes', "'x\\'y'"]],
    ['{"a":True}', ['unknownWord', 'True']],
    ['{"a":nullable}', ['unknownWord', 'nullable']],
    ['{"a":undefined}', ['unknownWord', 'undefined']],
    ['{"a":NaN}', ['unknownWord', 'NaN']],
    ['{"a":01}', ['malformedNumber', '01']],
    ['{"a":+1}', ['malformedNumber', '+1']],
    ['{"a":.5}', ['malformedNumber', '.5']],
    ['{"a":5.}', ['malformedNumber', '5.']],
    ['{"a":-}', ['malformedNumber', '-']],
    ['{"a":1e}', ['malformedNumber', '1e']],
    ['{"a":0x1F}', ['malformedNumber', '0x1F']],
    ['{"a":\u00a01}', ['unknownCharacter', '\u00a0']],
    ['{"a":“b”}', ['unknownCharacter', '“'], ['unknownWord', 'b'], ['unknownCharacter', '”']],
    ['{"a":€😀}', ['unknownWord', '€😀']],
    ['{"a":1}\u0000', ['unknownCharacter', '\u0000']],
    ['{"a":1};', ['unknownCharacter', ';']],
    ['{"a":1}}', ['textAfterEnd', '}']],
    ['{"a":1} {', ['textAfterEnd', '{']],
    ['{"a":[1}', ['closedOtherwise', '}'], ['unexpectedEnd', '']],
    ['{"a":1::2}', ['unexpected', ':'], ['unexpected', ':']],
    ['{', ['unexpectedEnd', '']],
    ['{"a":[1,', ['unexpectedEnd', '']],
    ['{"a":"x\n,"b":1}', ['unclosedText', '"x']],
    ['{"a":"x,\n"b":1}', ['unclosedText', '"x,']],
    ['{"a:1,\n"b":1}', ['unclosedText', '"a:1,']],
    ['{"a":"x', ['unclosedText', '"x'], ['unexpectedEnd', '']],
    ['{"a":"x\\', ['unclosedText', '"x\\'], ['unexpectedEnd', '']],
    ['{"a":1 // one\n}', ['comment', '// one']],
    ['{/* one */"a":1}', ['comment', '/* one */']],
    ['{"a":1}/* end', ['comment', '/* end']],
    ['{"a":"\t"}', ['controlCharacter', '\t']],
    ['{"a":"\\x"}', ['invalidEscape', '\\x']],
    ['{"a":"\\u12g4"}', ['invalidEscape', '\\u']],
    ['{"a":"b\u0000"}', ['nulCharacter', '\u0000']],
    ['{"a":"\\u0000"}', ['nulCharacter', '\\u0000']],
    ['{"a\\u0000":1}', ['nulCharacter', '\\u0000']],
    ['{"a":"\ud800"}', ['loneSurrogate', '\ud800']],
    ['{"a":"\\ud800x"}', ['loneSurrogate', '\\ud800']],
    ['{"a":"\\udc00"}', ['loneSurrogate', '\\udc00']],
    ['{"\\udc00":1}', ['loneSurrogate', '\\udc00']],
    ['{"a":"\ud83d\\ude00"}', ['loneSurrogate', '\ud83d'], ['loneSurrogate', '\\ude00']],
    ['{"a":1,"\\u0061":2}', ['duplicateName', '"\\u0061"']],
    ['{"a":[{"b":1,"c":{"b":1},"b":1}]}', ['duplicateName', '"b"']],
    ['{"a":1e400}', ['tooLargeNumber', '1e400']],
    [`{"a":-1${'0'.repeat(309)}}`, ['tooLargeNumber', `-1${'0'.repeat(309)}`]],
    ['{"tags":"a"}', ['invalidTags', '"a"']],
    ['{"tags":{}}', ['invalidTags', '{}']],
    ['{"tags":["a",1]}', ['invalidTags', '["a",1]']],
    ['{"tags":[""]}', ['invalidTags', '[""]']],
    [`{"tags":["${'😀'.repeat(257)}"]}`, ['invalidTags', `["${'😀'.repeat(257)}"]`]],
    [`{"tags":[${'"a",'.repeat(16)}"b"]}`, ['invalidTags', `[${'"a",'.repeat(16)}"b"]`]],
  ] as [string, ...[string, string][]][])
    it(`can not be published as ${JSON.stringify(text).slice(0, 40)}`, () => {
      deepEqual(problemsOf(text), problems)
      equal(readDocumentText(text).entries, undefined)
      ok(readDocumentText(text).problems.every(({ severity }) => severity === 'error'))
    })

  for (const text of [
    '{"a":"\ud83d\ude00\\ud83d\\ude00","b":"\\\\ud800","c":"\\"\\\\u0000"}',
    '{"a":{"x":1},"b":{"x":1},"x":[{"x":1},{"x":2}]}',
    '{"tags":null,"a":{"tags":7}}',
    `{"tags":["${'😀'.repeat(256)}"]}`,
    '{"tags":[]}',
    '{"n":[0,-0,1.10,0.1,1e23,5e-324,-1.7976931348623157e308,9007199254740992,-9007199254740992,0.30000000000000004]}',
    '{"constructor":1,"toString":2,"hasOwnProperty":3}',
    '{"a":"\u2028\u202e\u007f"}',
  ])
    it(`is fine as ${text.slice(0, 40)}`, () => {
      deepEqual(problemsOf(text), [])
      ok(readDocumentText(text).entries)
    })

  for (const [number, code] of [
    ['9007199254740993', 'unsafeInteger'],
    ['-9007199254740993', 'unsafeInteger'],
    ['18446744073709551615', 'unsafeInteger'],
    ['-9223372036854775808', 'unsafeInteger'],
    ['18446744073709551616', 'roundedInteger'],
    ['-9223372036854775809', 'roundedInteger'],
    ['123456789012345678901234567890', 'roundedInteger'],
    ['0.12345678901234567890', 'roundedDecimal'],
    ['1e-400', 'roundedDecimal'],
    ['12345678901234567890.5', 'roundedDecimal'],
  ] as const)
    it(`warns of ${number} and can be published`, () => {
      const { entries, problems } = readDocumentText(`{"n": ${number}}`)
      deepEqual(problems, [{ offset: 6, length: number.length, severity: 'warning', code, values: { number } }])
      equal(entries?.get('n')?.text, number)
    })

  it('has an entry named __proto__ as data, and says so', () => {
    const { entries, problems } = readDocumentText('{"__proto__": {"polluted": 1}, "a": {"__proto__": 1}}')
    deepEqual(
      problems.map(({ code, severity, offset }) => [code, severity, offset]),
      [['protoName', 'info', 1]],
    )
    equal(entries?.get('__proto__')?.text, '{"polluted": 1}')
    equal(({} as Record<string, unknown>)['polluted'], undefined)
  })

  it('may be nested 500 levels deep and no deeper', () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    deepEqual(problemsOf(nested(500)), [])
    deepEqual(problemsOf(nested(501)), [['tooDeep', '[']])
    equal(readDocumentText(nested(501)).problems[0]?.offset, 5 + 499)
    equal(readDocumentText('['.repeat(100_000)).problems.at(-1)?.code, 'tooDeep')
  })

  it('tells at most 100 problems, errors before warnings', () => {
    const numbers = `"n":[${'9007199254740993,'.repeat(300)}0]`
    const { problems } = readDocumentText(`{${numbers}}`)
    equal(problems.length, 100)
    const mixed = readDocumentText(`{${numbers},"a":[1,]}`)
    equal(mixed.entries, undefined)
    equal(mixed.problems.length, 100)
    equal(mixed.problems.at(-1)?.code, 'trailingComma')
    equal(readDocumentText(`{${'"a":1,'.repeat(300)}"a":2}`).problems.length, 100)
  })

  it('shows what is hostile cut and without control characters', () => {
    const name = `<img onerror=x>\\u202e${'x'.repeat(1000)}`
    const [problem] = readDocumentText(`{"${name}":1,"${name}":2}`).problems
    ok(problem)
    equal(problem.code, 'duplicateName')
    const text = problemText(problem, t)
    ok(text.length < 200 && !text.includes('\u202e'), text)
  })

  it('says every problem in sentences without placeholders', () => {
    const texts = [
      '',
      '\ufeff1',
      '{a 1,,"b" True,"c":\'x\',"d":+1,"e":\u0001,}',
      '{"a":"x\n "b":{"c":[1 2,],:"\\x\t\\u0000\\ud800"',
      '{"a":1 /**/]}',
      '{"a"::1e999,"a":[9007199254740993,99999999999999999999,1e-999],"__proto__":[}',
      '{"tags":1}',
      '{"a":}x',
      '{"a":True}',
      '['.repeat(501),
    ]
    const seen = new Set<string>()
    for (const text of texts)
      for (const problem of readDocumentText(text).problems) {
        seen.add(problem.code)
        const sentence = problemText(problem, t)
        match(sentence, /^(?:\p{Lu}|“).*\.$/u)
        ok(!/\{\w+\}/.test(sentence), sentence)
      }
    equal(seen.size, 31, [...seen].sort().join(' '))
  })

  it('is valid JSON exactly when it is for the engine', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      "'",
      backslash,
      '/',
      '0',
      '1',
      '.',
      'e',
      '-',
      't',
      'null',
      ' ',
      '\n',
      '\t',
      '\u00a0',
      '{"a":',
      '"b"',
    ]
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom('', ...pieces)), { maxLength: 3 }),
        fc.nat(),
        (value, changes, seed) => {
          let text = spell(value, dice(seed))
          for (const [place, removed, added] of changes) {
            const at = place % (text.length + 1)
            text = text.slice(0, at) + added + text.slice(at + removed)
          }
          const isObject = isJson(text) && /^\s*\{/.test(text)
          if (isObject) {
            const properties = documentProperties(text)
            deepEqual(new Set(properties.map(({ name }) => name)), new Set(Object.keys(JSON.parse(text) as object)))
            for (const property of properties) JSON.parse(property.text)
          } else {
            throws(
              () => documentProperties(text),
              error => isAlephError(error, 'INVALID_INPUT'),
            )
            ok(readDocumentText(text).problems.some(({ severity }) => severity === 'error'))
          }
          for (const { offset, length } of readDocumentText(text).problems)
            ok(offset >= 0 && length >= 0 && offset + length <= text.length)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is read in linear time', () => {
    // More than linear work would run into the time limit of a test.
    for (const text of [
      `{${Array.from({ length: 10_000 }, (_, i) => `"entry ${i}": ${i}`).join(',\n')}}`,
      `{"a":"${'x'.repeat(1_000_000)}"}`,
      `{"a":"${'\\ud800'.repeat(200_000)}"}`,
      `{'${'x'.repeat(1_000_000)}`,
      `{"a":${'0'.repeat(1_000_000)}}`,
      `{"a":1${'0'.repeat(300_000)}.${'0'.repeat(300_000)}1}`,
      `{${'"a":1,'.repeat(200_000)}"a":2}`,
      '/**/'.repeat(200_000),
      '"\n'.repeat(300_000),
    ])
      ok(readDocumentText(text))
  })
})
