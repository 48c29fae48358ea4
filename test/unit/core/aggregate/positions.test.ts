import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { LineIndex } from '../../../../src/core/aggregate/text/positions.js'

describe('positions in a text', () => {
  it('count lines by any ending', () => {
    const index = new LineIndex('a\nbc\r\n\rd')
    deepEqual(index.positionOf(0), { line: 0, character: 0 })
    deepEqual(index.positionOf(4), { line: 1, character: 2 })
    deepEqual(index.positionOf(5), { line: 1, character: 2 })
    deepEqual(index.positionOf(6), { line: 2, character: 0 })
    deepEqual(index.positionOf(8), { line: 3, character: 1 })
    equal(index.offsetOf({ line: 3, character: 1 }), 8)
  })

  it('become the nearest inside the text', () => {
    const index = new LineIndex('ab\r\nc')
    equal(index.offsetOf({ line: 0, character: 9 }), 2)
    equal(index.offsetOf({ line: 9, character: 0 }), 5)
    equal(index.offsetOf({ line: -1, character: 3 }), 0)
    equal(index.offsetOf({ line: 1, character: -1 }), 4)
    deepEqual(index.positionOf(99), { line: 1, character: 1 })
    deepEqual(index.positionOf(-1), { line: 0, character: 0 })
    deepEqual(new LineIndex('').positionOf(0), { line: 0, character: 0 })
  })

  it('lead back to their offset, but for one within the end of a line', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '😀', '\r', '\n', '\r\n')), parts => {
        const text = parts.join('')
        const index = new LineIndex(text)
        const lines = text.split(/\r\n|\r|\n/)
        for (let offset = 0; offset <= text.length; offset++) {
          const isWithinEnd = text.slice(offset - 1, offset + 1) === '\r\n' && offset > 0
          const { line, character } = index.positionOf(offset)
          equal(index.offsetOf({ line, character }), isWithinEnd ? offset - 1 : offset)
          equal(line, text.slice(0, isWithinEnd ? offset - 1 : offset).split(/\r\n|\r|\n/).length - 1)
          equal(character <= (lines[line]?.length ?? -1), true)
        }
      }),
    )
  })
})
