import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readDocumentText } from '../../../../src/core/aggregate/text/documentText.js'
import { formatDocument } from '../../../../src/core/aggregate/text/edits.js'
import { keyProblem } from '../../../../src/core/aggregate/keyCheck.js'
import { aggregateTemplates } from '../../../../src/core/aggregate/templates.js'
import { untranslated as t } from '../../../../src/shared/translate.js'

describe('keys of new aggregates', () => {
  for (const key of [
    'users',
    'myapp/users',
    'ключ',
    'a b',
    '%2F',
    '__proto__',
    'Security',
    '😀'.repeat(256),
    'a'.repeat(63),
  ])
    it(`may be ${key.slice(0, 20)}`, () => equal(keyProblem(key, t), undefined))

  for (const [key, why] of [
    ['', /^Type a key/],
    [' \t', /^Type a key/],
    ['a,b', /comma/],
    [' a', /blanks/],
    ['a\u00a0', /blanks/],
    ['a\u0000', /control/],
    ['a\nb', /control/],
    ['a\u2028b', /control/],
    ['a\ud800', /halves/],
    ['security', /reserved/],
    ['😀'.repeat(257), /256/],
    ['0123456789abcdef'.repeat(4), /item hash/],
  ] as const)
    it(`may not be ${JSON.stringify(key).slice(0, 20)}`, () => match(keyProblem(key, t) ?? '', why))
})

describe('templates of aggregates', () => {
  for (const { id, label, detail, text } of aggregateTemplates(t))
    it(`${id} can be published and is laid out`, () => {
      const { entries, problems } = readDocumentText(text)
      deepEqual(problems, [])
      equal(entries?.size === 0, id === 'empty')
      deepEqual(formatDocument(text), [])
      ok(label && detail)
    })
})
