import { deepEqual, equal, ok } from 'node:assert/strict'
import pLimit from 'p-limit'
import { AlephError, AlephHttpClient } from '../../../../src/client/index.js'
import { ProgressMeter } from '../../../../src/core/upload/progressMeter.js'
import { Transfer } from '../../../../src/core/upload/transfer.js'
import { keptRoots, transferChildren, transferRoots, uploadRows } from '../../../../src/core/upload/transferNodes.js'
import { useLocalNode } from '../../../helpers/localNode.js'
import { makeSession } from '../fakes.js'
import { planOf, signedStore, signer, storedFile, transferOf } from './plans.js'

const down = new AlephError('NETWORK', 'The node can not be reached.', { retryable: true })

/** Ends when it is cancelled. */
const untilAborted = (signal: AbortSignal | undefined) =>
  new Promise<never>((_, reject) => {
    const abort = () => reject(new AlephError('ABORTED', 'The operation was cancelled.'))
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort)
  })

describe('transfer', () => {
  it('finishes the others when some fail, and a second run takes only those', async () => {
    const sent: string[] = []
    let isDown = true
    const transfer = transferOf(5, async (_, options) => {
      sent.push(options?.filename ?? '')
      if (isDown && options?.filename === '2.bin') throw down
      return storedFile(1)
    })
    await transfer.run()
    deepEqual([transfer.of('done').length, transfer.of('failed').length], [4, 1])
    isDown = false
    sent.length = 0
    await transfer.run()
    deepEqual(sent, ['2.bin'])
    equal(transfer.of('failed').length, 0)
    equal(transfer.items[2]?.error, undefined)
  })

  it('keeps what is done when it is cancelled, and starts nothing more', async () => {
    let started = 0
    const slots = pLimit(4)
    const transfer = transferOf(
      10,
      async (_, options) => {
        if (++started <= 2) return storedFile(1)
        if (started === 6) setImmediate(() => transfer.cancel())
        return untilAborted(options?.signal)
      },
      { slots: act => slots(act) },
    )
    await transfer.run()
    deepEqual([transfer.of('done').length, transfer.of('cancelled').length, started], [2, 8, 6])
  })

  it('waits for a file that is signed already instead of cancelling it', async () => {
    let finish: () => void = () => undefined
    const transfer = transferOf(2, async (_, options) => {
      if (options?.filename === '1.bin') return untilAborted(options.signal)
      options?.onProgress?.({ phase: 'publishing', sentBytes: 10, totalBytes: 10 })
      await new Promise<void>(resolve => (finish = resolve))
      return storedFile(1)
    })
    const running = transfer.run()
    await new Promise(resolve => setImmediate(resolve))
    const [signed] = transfer.items
    ok(signed && !transfer.canCancel(signed))
    transfer.cancel()
    equal(transfer.isStopping, true)
    finish()
    await running
    deepEqual(
      transfer.items.map(({ state }) => state),
      ['done', 'cancelled'],
    )
  })

  it('does not call a file cancelled whose message may have arrived', async () => {
    const transfer = transferOf(1, async () => {
      transfer.cancel()
      throw new AlephError('ABORTED', 'It may have arrived.', { details: { envelope: await signedStore() } })
    })
    await transfer.run()
    equal(transfer.items[0]?.state, 'failed')
  })

  it('hears no progress of a file that has ended', async () => {
    let late: () => void = () => undefined
    const transfer = transferOf(1, async (_, options) => {
      late = () => options?.onProgress?.({ phase: 'sending', sentBytes: 5, totalBytes: 10 })
      return untilAborted(options?.signal)
    })
    const running = transfer.run()
    await new Promise(resolve => setImmediate(resolve))
    transfer.cancel()
    await running
    late()
    equal(transfer.items[0]?.state, 'cancelled')
  })

  it('cancels one file alone', async () => {
    const transfer = transferOf(3, async (_, options) =>
      options?.filename === '1.bin' ? untilAborted(options.signal) : storedFile(1),
    )
    const running = transfer.run()
    transfer.cancel(transfer.items[1])
    await running
    deepEqual(
      transfer.items.map(({ state }) => state),
      ['done', 'cancelled', 'done'],
    )
  })

  it('gives up after eight files in a row that the network did not take', async () => {
    let asked = 0
    const slots = pLimit(1)
    const transfer = transferOf(
      1000,
      async () => {
        asked++
        throw down
      },
      { slots: act => slots(act) },
    )
    await transfer.run()
    equal(asked, 8)
    equal(transfer.of('failed').length, 1000)
    equal(transfer.items[999]?.error, down)
  })

  it('goes on after files that are at fault themselves', async () => {
    const slots = pLimit(1)
    const changed = new AlephError('INVALID_INPUT', 'a.txt changed while it was read.')
    const transfer = transferOf(20, () => Promise.reject(changed), { slots: act => slots(act) })
    let asked = 0
    transfer.onDidChange(() => asked++)
    await transfer.run()
    equal(new Set(transfer.items.map(({ error }) => error)).size, 1)
    ok(asked >= 40)
  })

  it('signs nothing more once its account is removed', async () => {
    let isRemoved = false
    let stored = 0
    const slots = pLimit(1)
    const transfer = transferOf(
      4,
      async () => {
        isRemoved = ++stored === 2
        return storedFile(stored)
      },
      {
        slots: act => slots(act),
        signer: async () => {
          if (isRemoved) throw new AlephError('READ_ONLY', 'The account alice was removed.')
          return signer()
        },
      },
    )
    await transfer.run()
    deepEqual([stored, transfer.of('done').length, transfer.of('failed').length], [2, 2, 2])
  })

  it('counts bytes and never more than there are', async () => {
    const seen: number[] = []
    const transfer = transferOf(2, async (_, options) => {
      options?.onProgress?.({ phase: 'sending', sentBytes: 5, totalBytes: 10 })
      options?.onProgress?.({ phase: 'sending', sentBytes: 99, totalBytes: 10 })
      return storedFile(1)
    })
    transfer.onDidProgress(() => seen.push(transfer.progress.sentBytes))
    await transfer.run()
    ok(Math.max(...seen) <= 20)
    deepEqual(transfer.progress, { sentBytes: 20, totalBytes: 20, doneFiles: 2, totalFiles: 2 })
  })

  it('tells how long the rest will take, once it can', async () => {
    let nowMs = 0
    const left: (number | undefined)[] = []
    const transfer = transferOf(
      1,
      async (_, options) => {
        for (nowMs of [1000, 4000]) {
          options?.onProgress?.({ phase: 'sending', sentBytes: 4, totalBytes: 10 })
          left.push(transfer.secondsLeft)
        }
        return storedFile(1)
      },
      { now: () => nowMs },
    )
    await transfer.run()
    deepEqual(left, [undefined, 6])
    equal(transfer.secondsLeft, undefined)
  })

  it('acts on behalf of the owner that its account names', async () => {
    const owners: unknown[] = []
    const { active } = planOf([])
    const behalf = { ...active, account: { ...active.account, owner: `0x${'51'.repeat(20)}` } }
    const transfer = new Transfer(planOf([1], { active: behalf }), {
      client: {
        storage: { storeFile: async (_: unknown, options: { owner?: string }) => owners.push(options.owner) },
      } as never,
      signer,
      slots: act => act(),
      now: () => 0,
      keep: async () => undefined,
    })
    await transfer.run()
    deepEqual(owners, [`0x${'51'.repeat(20)}`])
  })
})

describe('rows of what is uploaded', () => {
  it('show what failed first, and not more than a hundred files', async () => {
    const transfer = transferOf(300, async (_, options) => {
      if (options?.filename === '250.bin') throw down
      return storedFile(1, 'pending')
    })
    await transfer.run()
    const rows = transferChildren({ kind: 'transfer', id: 'id', transfer })
    equal(rows.length, 101)
    deepEqual(rows[0]?.id, 'id/250')
    deepEqual(rows[100], { kind: 'transferRest', id: 'id/rest', count: 200 })
    equal(new Set(rows.map(({ id }) => id)).size, 101)
  })

  it('are those that are known as long as they stand for the same', () => {
    const [one, two] = [1, 2].map(() => transferOf(1, async () => storedFile(1)))
    ok(one && two)
    const rows = (...all: Transfer[]) => transferRoots({ all, interrupted: [] })
    const known = rows(one, two)
    equal(keptRoots(known, rows(one, two)), known)
    for (const other of [rows(two, one), rows(one), rows(one, two, two), rows()]) equal(keptRoots(known, other), other)
  })

  it('stand in Files by file or folder, for the same storage only', async () => {
    const folder = (path: string) => ({ name: 'site', path })
    const items = ['a', 'b'].map(name => ({ name, sizeBytes: 1, source: '', folder: folder(name) }))
    const plan = planOf([], { items: [...items, { name: 'c', sizeBytes: 1, source: '' }] })
    const transfer = new Transfer(plan, {
      client: {
        storage: {
          storeFile: async (_: unknown, { filename }: { filename: string }) => {
            if (filename === 'a') throw down
            return storedFile(1, filename === 'c' ? 'pending' : 'processed')
          },
        },
      } as never,
      signer,
      slots: act => act(),
      now: () => 0,
      keep: async () => undefined,
    })
    const states = () => uploadRows([transfer], plan.active).map(({ name, isFolder, state }) => [name, isFolder, state])
    deepEqual(states(), [
      ['site', true, 'running'],
      ['c', false, 'running'],
    ])
    await transfer.run()
    deepEqual(states(), [
      ['site', true, 'failed'],
      ['c', false, 'pending'],
    ])
    const { network } = plan.active
    deepEqual(uploadRows([transfer], { ...plan.active, network: { ...network, id: 'mainnet' } }), [])
  })
})

describe('progress of a transfer', () => {
  it('is reported a few times a second, never more than 100 in all', () => {
    let now = 0
    const meter = new ProgressMeter(() => now)
    let sum = 0
    let reports = 0
    for (; now < 10_000; now += 10) {
      const report = meter.report(() => ({ sentBytes: now / 10, totalBytes: 1000, doneFiles: 0, totalFiles: 1 }))
      if (!report) continue
      reports++
      ok(report.increment >= 0)
      sum += report.increment
    }
    ok(reports <= 41 && sum <= 99, `${reports} ${sum}`)
  })

  it('does not go back when a file is sent again from its start', () => {
    let now = 0
    const meter = new ProgressMeter(() => (now += 1000))
    const at = (sentBytes: number) => () => ({ sentBytes, totalBytes: 100, doneFiles: 0, totalFiles: 1 })
    meter.report(at(50))
    equal(meter.report(at(0))?.increment, 0)
  })
})

describe('upload to a local node', () => {
  const node = useLocalNode()

  it('publishes the files of a folder with their places, those with the same bytes too', async () => {
    const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
    const client = new AlephHttpClient(node().url)
    const plan = planOf([], {
      items: ['a/index.html', 'b/index.html'].map(path => ({
        name: 'index.html',
        sizeBytes: 4,
        source: new TextEncoder().encode('same'),
        folder: { name: 'site', path },
      })),
      active: session.active,
      engine: 'storage',
      channel: 'TEST',
      tags: ['docs'],
      uploadId: 'one',
    })
    const transfer = new Transfer(plan, {
      client,
      signer: () => session.signer(plan.active),
      slots: act => act(),
      now: Date.now,
      keep: async () => undefined,
    })
    await transfer.run()
    deepEqual(
      transfer.items.map(({ error }) => error),
      [undefined, undefined],
    )
    await node().idle()
    for (const [index, { result }] of transfer.items.entries()) {
      const { content, channel } = await client.messages.get(result?.item_hash ?? '')
      const { metadata, tags } = content as { metadata?: Record<string, unknown>; tags?: string[] }
      deepEqual(
        [metadata?.['path'], metadata?.['upload'], channel, tags],
        [plan.items[index]?.folder?.path, { id: 'one', name: 'site' }, 'TEST', ['docs']],
      )
      equal(await (await client.storage.getFile(result?.item_hash ?? '')).text(), 'same')
    }
  })

  it('sends twenty files while the node has decided on none of them', async () => {
    const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
    await session.start()
    node().faults.add('late seconds=3600 path=/api/v0/ipfs/add_file')
    const slots = pLimit(4)
    const items = Array.from({ length: 20 }, (_, n) => ({
      name: `${n}.txt`,
      sizeBytes: 3,
      source: new TextEncoder().encode(`n${n}`.padEnd(3)),
    }))
    const kept: string[] = []
    const transfer = new Transfer(planOf([], { items, active: session.active, uploadId: 'many' }), {
      client: new AlephHttpClient(node().url),
      signer: () => session.signer(session.active),
      slots: act => slots(act),
      now: Date.now,
      keep: async (_, envelope) => void kept.push(envelope.item_hash),
    })
    await transfer.run()
    equal(transfer.of('pending').length, 20)
    equal(new Set(kept).size, 20)
    node().faults.clear()
  })
})
