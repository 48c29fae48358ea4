import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { ContentClock } from '../../../src/client/message/contentClock.js'

describe('content.time', () => {
  it('increases strictly, whatever the clock of the machine does', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 2 }), offsets => {
        let nowMs = 1_700_000_000_000
        const clock = new ContentClock({ now: () => nowMs })
        const times = offsets.map(offset => {
          nowMs += offset - 2 // it stands still and runs backwards, too
          return clock.next('alice')
        })
        for (let i = 1; i < times.length; i++) assert.ok((times[i] as number) > (times[i - 1] as number))
      }),
    )
  })

  it('is kept for each account apart', () => {
    const clock = new ContentClock({ now: () => 1000 })
    assert.deepEqual([clock.next('alice'), clock.next('alice'), clock.next('bob')], [1, 1.001, 1])
  })

  it('is above the head that it replaces, also one with more digits than milliseconds', () => {
    const clock = new ContentClock({ now: () => 1000 })
    const time = clock.next('alice', { time: 1.0005, item_hash: 'h', of: 'k' })
    assert.ok(time > 1.0005 && time <= 1.002, String(time))
  })

  it('is not moved by a head for anything else, and writes to one thing still follow each other', () => {
    const clock = new ContentClock({ now: () => 1000 })
    const head = { of: 'users', time: 60, item_hash: 'h' }
    assert.deepEqual(
      [clock.next('alice', head), clock.next('alice', head), clock.next('alice')],
      [60.001, 60.002, 1.002],
    )
    assert.equal(clock.next('alice', { ...head, of: 'other', time: 0.5 }), 1.003)
  })

  it('does not follow a head in the future (protocol §11.7)', () => {
    const clock = new ContentClock({ now: () => 1_700_000_000_000 })
    assert.equal(clock.next('alice', { time: 1_700_000_299, item_hash: 'h', of: 'k' }), 1_700_000_299.001)
    for (const time of [1_700_000_301, 9_223_372_036, Infinity])
      assert.throws(() => clock.next('bob', { time, item_hash: 'deadbeef', of: 'k' }), {
        code: 'CONFLICT',
        message: /deadbeef/,
      })
    assert.equal(clock.next('bob'), 1_700_000_000)
  })
})
