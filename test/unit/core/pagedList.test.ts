import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { PagedList } from '../../../src/core/pagedList.js'

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** A listing of `total` numbers that counts its requests; `fail` says before which request of all it breaks. */
function listing(total: number, pageSize = 3) {
  const state = { total, requests: 0, failAt: 0, signals: [] as AbortSignal[] }
  async function* pages() {
    for (let at = 0; ; at += pageSize) {
      state.requests++
      if (state.requests === state.failAt) throw new Error('down')
      yield range(at, Math.min(at + pageSize, state.total))
      if (at + pageSize >= state.total) return
    }
  }
  const list = new PagedList<number>(
    signal => {
      state.signals.push(signal)
      return pages()
    },
    String,
    pageSize,
  )
  return { list, state }
}

describe('paged list', () => {
  it('asks nothing until somebody looks, then one request', async () => {
    const { list, state } = listing(7)
    equal(state.requests, 0)
    await Promise.all([list.first(), list.first(), list.more()])
    equal(state.requests, 1)
    deepEqual(list.items, [0, 1, 2])
    equal(list.hasMore, true)
    await list.first()
    equal(state.requests, 1)
  })

  it('knows that a short first page is all', async () => {
    const { list, state } = listing(2)
    await list.first()
    equal(list.hasMore, false)
    equal(state.requests, 1)
  })

  it('loads all pages one by one, whatever their size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 5 }), async (total, pageSize) => {
        const { list } = listing(total, pageSize)
        await list.first()
        for (let guard = 0; list.hasMore && guard < 40; guard++) await list.more()
        deepEqual(list.items, range(0, total))
      }),
    )
  })

  it('keeps the old rows while a refresh is under way', async () => {
    const { list, state } = listing(3)
    await list.first()
    state.total = 5
    const refreshing = list.refresh()
    deepEqual(list.items, [0, 1, 2])
    equal(list.isLoading, true)
    await refreshing
    deepEqual(list.items, [0, 1, 2])
    equal(list.hasMore, true)
  })

  it('keeps the old rows and tells the error when a refresh fails', async () => {
    const { list, state } = listing(3)
    await list.first()
    state.failAt = 2
    await list.refresh()
    deepEqual(list.items, [0, 1, 2])
    equal((list.error as Error).message, 'down')
  })

  it('does not hammer a node that is down, and recovers by a retry', async () => {
    const { list, state } = listing(2)
    state.failAt = 1
    await list.first()
    equal((list.error as Error).message, 'down')
    await list.first()
    equal(state.requests, 1)
    await list.retry()
    deepEqual(list.items, [0, 1])
    equal(list.error, undefined)
  })

  it('tries a refresh that failed again, also when all rows of before are there', async () => {
    const { list, state } = listing(2)
    await list.first()
    state.failAt = state.requests + 1
    await list.refresh()
    equal((list.error as Error).message, 'down')
    deepEqual(list.items, [0, 1])
    await list.retry()
    equal(list.error, undefined)
  })

  it('goes on after a page that failed, without rows twice', async () => {
    const { list, state } = listing(8)
    await list.first()
    state.failAt = 2
    await list.more()
    deepEqual(list.items, [0, 1, 2])
    await list.retry()
    deepEqual(list.items, range(0, 6))
    await list.more()
    deepEqual(list.items, range(0, 8))
  })

  it('drops the late answer of an earlier account', async () => {
    let answer: (page: number[]) => void = () => undefined
    const first = new Promise<number[]>(resolve => (answer = resolve))
    let opened = 0
    const signals: AbortSignal[] = []
    const list = new PagedList<number>(
      async function* (signal) {
        signals.push(signal)
        yield opened++ ? [9] : await first
      },
      String,
      1,
    )
    const loading = list.first()
    list.reset()
    equal(signals[0]?.aborted, true)
    await list.first()
    deepEqual(list.items, [9])
    answer([1])
    await loading
    deepEqual(list.items, [9])
  })

  it('shows a row once when new ones shift the pages', async () => {
    const pages = [
      ['a', 'b'],
      ['b', 'c'],
    ]
    const list = new PagedList<string>(
      async function* () {
        yield* pages
      },
      String,
      2,
    )
    await list.first()
    await list.more()
    deepEqual(list.items, ['a', 'b', 'c'])
  })

  it('shows the rows that are there while more are awaited', async () => {
    let release = () => {}
    const held = new Promise<void>(resolve => (release = resolve))
    const list = new PagedList<number>(
      async function* () {
        yield [0]
        await held
        yield [1]
      },
      String,
      1,
    )
    await list.first()
    const more = list.more()
    await list.first()
    deepEqual(list.items, [0])
    release()
    await more
    deepEqual(list.items, [0, 1])
  })

  it('leaves rows out that are not wanted, and looks at so many at once only', async () => {
    const wanted = new Set([1, 100, 130])
    let requests = 0
    const list = new PagedList<number>(
      async function* () {
        for (let at = 0; at < 150; at += 3) {
          requests++
          yield range(at, at + 3)
        }
      },
      String,
      3,
      item => wanted.has(item),
    )
    await list.first()
    deepEqual([list.items, list.lookedAt, list.hasMore, requests], [[1], 60, true, 20])
    await list.more()
    deepEqual([list.items, list.lookedAt, list.hasMore], [[1, 100], 120, true])
    await list.more()
    deepEqual([list.items, list.lookedAt, list.hasMore], [[1, 100, 130], 150, false])
  })

  it('is over after one page when everything comes in one', async () => {
    const list = new PagedList<number>(
      async function* () {
        yield range(0, 70)
      },
      String,
      Infinity,
    )
    await list.first()
    deepEqual([list.items.length, list.hasMore], [70, false])
  })
})
