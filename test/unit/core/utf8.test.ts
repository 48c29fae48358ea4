import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { markedUtf8, readUtf8 } from '../../../src/shared/utf8.js'

describe('text as bytes', () => {
  it('starts with a byte order mark, and comes back without it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const bytes = markedUtf8(text)
        deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf])
        equal(readUtf8(bytes), text)
        equal(readUtf8(bytes.subarray(3)), text.replace(/^\uFEFF/, ''))
        deepEqual(markedUtf8(new TextEncoder().encode(text)), bytes)
      }),
    )
  })

  it('is only text when it is UTF-8', () => {
    for (const bytes of [[0xe9], [0xff, 0xfe, 0x7b, 0x00], [0xc3], [0xed, 0xa0, 0x80]])
      equal(readUtf8(new Uint8Array(bytes)), undefined)
  })
})
