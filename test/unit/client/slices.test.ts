import { deepEqual } from 'node:assert/strict'
import { slices } from '../../../src/client/message/slices.js'

describe('slices', () => {
  /** What happens first: a turn of the event loop that was asked for before, or what follows the pause. */
  async function order(work: { pause(): Promise<void> }): Promise<string[]> {
    const events: string[] = []
    const turn = new Promise<void>(resolve =>
      setTimeout(() => {
        events.push('turn')
        resolve()
      }, 0),
    )
    await work.pause()
    events.push('piece')
    await turn
    return events
  }

  it('let the event loop run before the first piece, because what led to it may have taken long', async () => {
    deepEqual(await order(slices(Infinity)), ['turn', 'piece'])
  })

  it('go on at once while there is time, and not when it is over', async () => {
    const long = slices(60_000)
    await long.pause()
    deepEqual(await order(long), ['piece', 'turn'])
    const over = slices(0)
    await over.pause()
    deepEqual(await order(over), ['turn', 'piece'])
  })
})
