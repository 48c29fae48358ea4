import { equal, ok } from 'node:assert/strict'
import { AlephError } from '../../../src/client/index.js'
import { Format } from '../../../src/core/format.js'
import { reasonText } from '../../../src/core/reason.js'
import { SecretMask } from '../../../src/core/secretMask.js'
import { untranslated as t } from '../../../src/shared/translate.js'

describe('sizes and ages', () => {
  const format = new Format('en')

  for (const [sizeBytes, text] of [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1340, '1.3 kB'],
    [48_200, '48 kB'],
    [999_600, '1 MB'],
    [1_234_567, '1.2 MB'],
    [999_960_000, '1 GB'],
    [5e15, '5,000 TB'],
  ] as const)
    it(`${sizeBytes} bytes are ${text}`, () => equal(format.size(sizeBytes), text))

  const now = Date.parse('2026-11-23T12:00:00Z') / 1000
  for (const [ago, text] of [
    [0, 'now'],
    [-60, 'now'],
    [59, '59 sec. ago'],
    [180, '3 min. ago'],
    [7199, '1 hr. ago'],
    [90_000, 'yesterday'],
    [6 * 86_400, '6 days ago'],
    [30 * 86_400, 'Oct 24'],
    [400 * 86_400, 'Oct 19, 2025'],
    [-86_400 * 400, 'Dec 28, 2027'],
    [NaN, ''],
    [-1e20, ''],
  ] as const)
    it(`${ago} s ago is “${text}”`, () => equal(format.age(now - ago, now), text))

  it('come in the user’s language, or in English when it is unknown', () => {
    equal(new Format('de').size(1_234_567), '1,2 MB')
    equal(new Format('qps-ploc-x').size(1), '1 byte')
    equal(new Format('').size(1), '1 byte')
  })
})

describe('reasons', () => {
  it('are sentences that can follow a colon', () => {
    equal(
      reasonText(new AlephError('NETWORK', 'The node a.example can not be reached.'), t),
      'The node a.example can not be reached.',
    )
    equal(reasonText(new AlephError('NOT_FOUND', 'x'), t), 'The node does not know it.')
  })

  it('never show what an unexpected error says', () => {
    ok(!reasonText(new TypeError("can't read x of undefined at /home/me"), t).includes('undefined'))
    equal(reasonText(undefined, t), reasonText('text', t))
  })
})

describe('secrets', () => {
  it('are masked in every spelling', () => {
    const mask = new SecretMask()
    const key = `0x${'aB'.repeat(32)}`
    mask.add(key)
    equal(mask.apply(`key ${key}, ${key.slice(2).toUpperCase()} and 0x${'ab'.repeat(32)}.`), 'key •••, ••• and •••.')
    equal(mask.apply('nothing here'), 'nothing here')
  })

  it('are masked behind letters that get longer in lower case', () => {
    const mask = new SecretMask()
    const key = 'ab12'.repeat(16)
    mask.add(key)
    equal(mask.apply(`${'İ'.repeat(70)}${key}!`), `${'İ'.repeat(70)}•••!`)
  })

  it('are masked whole where one is part of another, and with any space between their words', () => {
    const mask = new SecretMask()
    mask.add('correct horse')
    mask.add('correct horse battery staple')
    equal(mask.apply('CORRECT  horse\nbattery staple, correct horse'), '•••, •••')
  })

  it('that are too short to be one do not eat the log', () => {
    const mask = new SecretMask()
    mask.add('a')
    mask.add('')
    equal(mask.apply('a b'), 'a b')
  })
})
