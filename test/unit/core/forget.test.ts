import { deepEqual, equal, rejects } from 'node:assert/strict'
import { AlephError } from '../../../src/client/index.js'
import { forgetBatches } from '../../../src/core/forgetBatches.js'
import { ForgettingMarks } from '../../../src/core/forgettingMarks.js'
import { hashOf } from './fakes.js'

const hashes = Array.from({ length: 2_500 }, (_, number) => hashOf(number))

/** Fails for the batch that begins at `failAt`. */
const failing =
  (failAt: number, error: AlephError, asked: number[]) => async (batch: readonly string[], at: number) => {
    asked.push(batch.length)
    if (at === failAt) throw error
    return 'processed' as const
  }

describe('forgetting many', () => {
  it('takes several messages, none above the limit', async () => {
    const batches: [number, number][] = []
    const outcome = await forgetBatches(hashes, async (batch, at) => {
      batches.push([at, batch.length])
      return at === 1_000 ? 'pending' : 'processed'
    })
    deepEqual(batches, [
      [0, 1_000],
      [1_000, 1_000],
      [2_000, 500],
    ])
    deepEqual(outcome, { unconfirmed: hashes.slice(1_000, 2_000), failed: [], error: undefined })
  })

  it('goes on after a refusal, which is about some of them', async () => {
    const asked: number[] = []
    const error = new AlephError('REJECTED', 'no')
    const outcome = await forgetBatches(hashes, failing(0, error, asked))
    deepEqual(asked, [1_000, 1_000, 500])
    deepEqual(outcome, { unconfirmed: [], failed: hashes.slice(0, 1_000), error })
  })

  it('ends when the node is gone: what was not asked for failed too', async () => {
    const asked: number[] = []
    const outcome = await forgetBatches(hashes, failing(1_000, new AlephError('NETWORK', 'gone'), asked))
    deepEqual(asked, [1_000, 1_000])
    deepEqual(outcome.failed, hashes.slice(1_000))
  })

  it('ends when it is cancelled', async () => {
    const asked: number[] = []
    await rejects(forgetBatches(hashes, failing(1_000, new AlephError('ABORTED', 'cancelled'), asked)), {
      code: 'ABORTED',
    })
    equal(asked.length, 2)
  })
})

describe('marks of what is being forgotten', () => {
  it('stay on what the node has not confirmed until somebody looks again', () => {
    const marks = new ForgettingMarks()
    let changes = 0
    marks.onDidChange(() => changes++)
    marks.begin(['a', 'b'])
    marks.end(['a', 'b'], ['b'])
    deepEqual([marks.has('a'), marks.has('b')], [false, true])
    marks.begin(['c'])
    marks.dropUnconfirmed()
    deepEqual([marks.has('b'), marks.has('c')], [false, true])
    marks.dropUnconfirmed()
    equal(changes, 4)
  })
})
