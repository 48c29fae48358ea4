import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import fc from 'fast-check'
import { isAlephError } from '../../../../src/client/errors.js'
import { documentProperties, readDocumentText } from '../../../../src/core/aggregate/text/documentText.js'
import {
  addEntry,
  applyEdits,
  documentFromEntries,
  formatDocument,
  minimalEdit,
  removeEntry,
  renameEntry,
  setEntries,
  setEntry,
  sortKeys,
  type TextEdit,
} from '../../../../src/core/aggregate/text/edits.js'
import { compactText, sameValue } from '../../../../src/core/aggregate/text/values.js'
import { dice, spell } from './spelling.js'

const edited = (text: string, edits: TextEdit[]) => {
  let end = 0
  for (const { offset, length } of edits) {
    ok(offset >= end && length >= 0)
    end = offset + length
  }
  ok(end <= text.length)
  return applyEdits(text, edits)
}
const isInvalidInput = (error: unknown) => isAlephError(error, 'INVALID_INPUT')

const names: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', 'ä b', '__proto__', '')
const documents = fc
  .tuple(fc.dictionary(names, fc.jsonValue({ maxDepth: 2 })), fc.nat())
  .map(([value, seed]) => spell(value, dice(seed), seed % 2 ? '\r\n' : '\n'))
const targets = fc
  .array(fc.tuple(names, fc.jsonValue({ maxDepth: 2 }), fc.nat()))
  .map(entries => new Map(entries.map(([name, value, seed]) => [name, spell(value, dice(seed))])))

describe('edits of a document', () => {
  const lines = '{\n    "a": 1,\n    "b": [1.0],\n    "c": {}\n}\n'

  for (const [what, edits, expected] of [
    [
      'set',
      setEntry(lines, 'b', '{"x":[2e0]}'),
      lines.replace('[1.0]', '{\n        "x": [\n            2e0\n        ]\n    }'),
    ],
    ['set to what it is', setEntry(lines, 'b', ' [1]'), lines],
    ['append', setEntry(lines, 'd', '"é"'), lines.replace('{}\n', '{},\n    "d": "é"\n')],
    ['remove the first', removeEntry(lines, 'a'), '{\n    "b": [1.0],\n    "c": {}\n}\n'],
    ['remove the last', removeEntry(lines, 'c'), '{\n    "a": 1,\n    "b": [1.0]\n}\n'],
    ['rename', renameEntry(lines, 'b', 'B "'), lines.replace('"b"', '"B \\""')],
    ['rename to itself', renameEntry(lines, 'b', 'b'), lines],
    ['all others', setEntries(lines, new Map([['x', '1']])), '{\n    "x": 1\n}\n'],
    ['none', setEntries(lines, new Map()), '{}\n'],
    [
      'replace the last two',
      setEntries(
        lines,
        new Map([
          ['x', '1'],
          ['a', '1'],
        ]),
      ),
      '{\n    "a": 1,\n    "x": 1\n}\n',
    ],
    ['format', formatDocument(lines), lines.replace('[1.0]', '[\n        1.0\n    ]')],
  ] as [string, TextEdit[], string][])
    it(`${what} in its own layout`, () => equal(edited(lines, edits), expected))

  for (const [text, expected] of [
    ['{}', '{\n  "n": [\n    1\n  ]\n}'],
    [' { } \r\n', ' {\r\n  "n": [\r\n    1\r\n  ]\r\n} \r\n'],
    ['{"a":1}', '{"a":1,"n":[1]}'],
    ['{ "a": 1 }', '{ "a": 1, "n": [1] }'],
    ['{\n\t"a" : 1\n}', '{\n\t"a" : 1,\n\t"n": [\n\t\t1\n\t]\n}'],
    ['{\r\n "a": 1\r\n}', '{\r\n "a": 1,\r\n "n": [\r\n  1\r\n ]\r\n}'],
    ['{\n"a": 1}', '{\n"a": 1,\n"n": [\n1\n]}'],
  ] as const)
    it(`append to ${JSON.stringify(text)}`, () => equal(edited(text, addEntry(text, 'n', ' [ 1 ]')), expected))

  it('refuse what is not there, what is there, and text that is no JSON object', () => {
    throws(() => removeEntry(lines, 'x'), isInvalidInput)
    throws(() => renameEntry(lines, 'x', 'y'), isInvalidInput)
    throws(() => renameEntry(lines, 'a', 'b'), isInvalidInput)
    throws(() => addEntry(lines, 'a', '1'), isInvalidInput)
    for (const text of ['', '[]', '{"a":1,}', '{"a":\u0000}', '\ufeff{}', `{"a":${'['.repeat(600)}`])
      for (const edit of [formatDocument, sortKeys, (text: string) => setEntries(text, new Map())])
        throws(() => edit(text), isInvalidInput)
  })

  it('repair what can not be published: a name twice, half of a character', () => {
    const text = '{"a":1,"\\ud800":2,"a":3}'
    equal(edited(text, removeEntry(text, 'a')), '{"\\ud800":2}')
    equal(edited(text, removeEntry(text, '\ud800')), '{"a":1,"a":3}')
    equal(edited(text, renameEntry(text, 'a', 'b')), '{"a":1,"\\ud800":2,"b":3}')
  })

  it('make the document one with exactly the wanted values, and touch nothing else', () => {
    fc.assert(
      fc.property(documents, targets, (text, target) => {
        const result = edited(text, setEntries(text, target))
        const after = new Map(documentProperties(result).map(entry => [entry.name, entry]))
        deepEqual(new Set(after.keys()), new Set(target.keys()))
        for (const [name, value] of target) ok(sameValue(after.get(name)?.text ?? '', value))
        for (const { name, start, end, text: value } of documentProperties(text)) {
          const wanted = target.get(name)
          if (wanted === undefined || !sameValue(value, wanted)) continue
          const { start: newStart = 0, end: newEnd = 0 } = after.get(name) ?? {}
          equal(result.slice(newStart, newEnd), text.slice(start, end))
        }
        const outside = (json: string) => [json.slice(0, json.indexOf('{')), json.slice(json.lastIndexOf('}'))]
        deepEqual(outside(result), outside(text))
        deepEqual(setEntries(result, target), [])
      }),
      { numRuns: 1000 },
    )
  })

  it('leave every other byte when one entry is set, renamed or removed', () => {
    fc.assert(
      fc.property(documents, names, fc.jsonValue({ maxDepth: 1 }), (text, name, value) => {
        const before = documentProperties(text)
        const entry = before.find(other => other.name === name)
        const set = edited(text, setEntry(text, name, JSON.stringify(value)))
        if (!entry) return
        const set1 = documentProperties(set).find(other => other.name === name)
        equal(set.slice(0, entry.valueStart), text.slice(0, entry.valueStart))
        equal(set.slice(set1?.valueEnd), text.slice(entry.valueEnd))
        const renamed = edited(text, renameEntry(text, name, 'new'))
        equal(renamed, `${text.slice(0, entry.nameStart)}"new"${text.slice(entry.nameEnd)}`)
        const removed = edited(text, removeEntry(text, name))
        deepEqual(
          documentProperties(removed).map(({ start, end }) => removed.slice(start, end)),
          before.filter(other => other !== entry).map(({ start, end }) => text.slice(start, end)),
        )
      }),
    )
  })

  it('format and sort without touching a token', () => {
    fc.assert(
      fc.property(documents, text => {
        const formatted = edited(text, formatDocument(text))
        equal(compactText(formatted), compactText(text))
        ok(/[^\s]\r?\n$/.test(formatted))
        deepEqual(formatDocument(formatted), [])
        const sorted = edited(text, sortKeys(text))
        ok(sameValue(sorted, text))
        equal([...sorted].sort().join(''), [...text].sort().join(''))
        deepEqual(sortKeys(sorted), [])
        const inOrder = (value: unknown): void => {
          if (typeof value !== 'object' || value === null) return
          if (!Array.isArray(value)) {
            const keys = documentProperties(JSON.stringify(value)).map(({ name }) => name)
            // Names like 0 come first in JavaScript whatever the text says.
            const others = keys.filter(key => !/^\d+$/.test(key))
            deepEqual(others, [...others].sort())
          }
          Object.values(value).forEach(inOrder)
        }
        inOrder(JSON.parse(sorted))
      }),
    )
  })

  it('sort by code units at every depth and keep the layout', () => {
    const text = '{\n  "b": { "z": 1, "a": [{"y": 1.0, "x": 2}] },\n  "ä": 1,\n  "B": 2\n}\n'
    equal(edited(text, sortKeys(text)), '{\n  "B": 2,\n  "b": { "a": [{"x": 2, "y": 1.0}], "z": 1 },\n  "ä": 1\n}\n')
    deepEqual(sortKeys('{"a":1,"a":2}'), [])
  })

  it('write new documents in one canonical way', () => {
    equal(documentFromEntries(new Map()), '{}\n')
    const entries = new Map([
      ['b "', '{"x":[1.0,{}]}'],
      ['__proto__', '12345678901234567890'],
    ])
    const text = documentFromEntries(entries)
    equal(
      text,
      '{\n  "b \\"": {\n    "x": [\n      1.0,\n      {}\n    ]\n  },\n  "__proto__": 12345678901234567890\n}\n',
    )
    deepEqual(formatDocument(text), [])
    deepEqual(
      [...(readDocumentText(text).entries?.values() ?? [])].map(entry => [entry.name, compactText(entry.text)]),
      [...entries],
    )
  })

  it('stay few and quick for large documents', () => {
    const many = Array.from({ length: 10_000 }, (_, i): [string, string] => [`n${i}`, `{"b":${i},"a":[${i}]}`])
    const text = JSON.stringify(Object.fromEntries(many.map(([name]) => [name, 0])))
    for (const edits of [setEntries(text, new Map(many)), formatDocument(text), sortKeys(text)]) {
      ok(edits.length <= 1000)
      edited(text, edits)
    }
    const lists = `{"a":${'['.repeat(400)}${'1,'.repeat(50_000)}1${']'.repeat(400)}}`
    ok(edited(lists, formatDocument(lists)).length < 60 * lists.length)
  })
})

describe('the edit between two texts', () => {
  for (const [before, after, edit] of [
    ['same', 'same', undefined],
    ['abc', 'axc', [1, 1, 'x']],
    ['aa', 'aaa', [2, 0, 'a']],
    ['', 'x', [0, 0, 'x']],
    ['\ud83d\ude00', '\ud83d\ude01', [0, 2, '\ud83d\ude01']],
    ['\ud83d\ude00', '\ud83c\ude00', [0, 2, '\ud83c\ude00']],
    ['a\r\nb', 'a\rb', [1, 2, '\r']],
    ['a\nb', 'a\r\nb', [1, 1, '\r\n']],
    ['a\r\nb', 'a\nb', [1, 2, '\n']],
  ] as [string, string, [number, number, string] | undefined][])
    it(`${JSON.stringify(before)} → ${JSON.stringify(after)}`, () =>
      deepEqual(
        minimalEdit(before, after).map(({ offset, length, text }) => [offset, length, text]),
        edit ? [edit] : [],
      ))

  it('gives the other text and tears nothing apart', () => {
    const texts = fc.array(fc.constantFrom('a', '\r', '\n', '\ud83d', '\ude00', '\ude01')).map(units => units.join(''))
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const edits = minimalEdit(before, after)
        equal(edited(before, edits), after)
        for (const { offset, length } of edits)
          for (const place of [offset, offset + length])
            ok(!/^(\r\n|\ud83d[\ude00\ude01])$/.test(before.slice(Math.max(0, place - 1), place + 1)))
      }),
      { numRuns: 2000 },
    )
  })
})
