import { deepEqual, equal, ok } from 'node:assert/strict'
import { AlephError } from '../../../../src/client/index.js'
import type { StorageClient } from '../../../../src/core/storageClient.js'
import { Journal, type JournalStore } from '../../../../src/core/upload/journal.js'
import { Transfers } from '../../../../src/core/upload/transfers.js'
import { fakeClient } from '../fakes.js'
import { planOf, signer, storedFile, type StoreFile } from './plans.js'

/** A folder that several windows share. */
class MemoryStore implements JournalStore {
  readonly files = new Map<string, string>()
  async names() {
    return [...this.files.keys()]
  }
  async read(name: string) {
    return this.files.get(name)
  }
  async write(name: string, text: string) {
    this.files.set(name, text)
  }
  async remove(name: string) {
    this.files.delete(name)
  }
}

/** A window: its waits end when the test says so. */
function window(id: string, store: JournalStore, nowMs: () => number, parts: Partial<StorageClient['storage']>) {
  const sleeping = new Set<() => void>()
  const errors: unknown[] = []
  const statuses: string[] = []
  const transfers = new Transfers({
    clientFor: () =>
      fakeClient({
        storage: parts,
        messages: {
          status: async () => {
            const next = statuses.shift()
            if (next === undefined) throw new AlephError('NOT_FOUND', 'Message not found')
            return next as never
          },
        },
      }),
    signer,
    journal: new Journal(store, id, nowMs),
    now: nowMs,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        sleeping.add(resolve)
        signal.addEventListener('abort', () => reject(new AlephError('ABORTED', 'closed')))
      }),
    onError: error => errors.push(error),
  })
  const wake = async () => {
    for (const resolve of sleeping) resolve()
    sleeping.clear()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { transfers, errors, statuses, wake }
}

const plan = (id = 'u1') => {
  const items = ['a', 'b', 'c'].map(name => ({ name, sizeBytes: 1, source: name, key: `file:///w/${name}` }))
  return planOf([], { items, uploadId: id })
}

const never: StoreFile = (_, options) =>
  new Promise((_, reject) =>
    options?.signal?.addEventListener('abort', () => reject(new AlephError('ABORTED', 'cancelled'))),
  )

describe('transfers', () => {
  it('run four files at once at most, whatever their plans', async () => {
    let running = 0
    let most = 0
    const { transfers } = window('1', new MemoryStore(), () => 0, {
      storeFile: async () => {
        most = Math.max(most, ++running)
        await new Promise(resolve => setImmediate(resolve))
        running--
        return storedFile(1)
      },
    })
    const all = await Promise.all(['u1', 'u2', 'u3'].map(id => transfers.create(plan(id))))
    await Promise.all(all.map(transfer => transfers.run(transfer)))
    equal(most, 4)
    deepEqual(transfers.all, [])
  })

  it('leave nothing behind when all went well', async () => {
    const store = new MemoryStore()
    const { transfers } = window('1', store, () => 0, { storeFile: async () => storedFile(1) })
    await transfers.run(await transfers.create(plan()))
    deepEqual([...store.files.keys()], [])
  })

  it('keep what failed until it is tried again or dismissed', async () => {
    const store = new MemoryStore()
    let isDown = true
    const { transfers } = window('1', store, () => 0, {
      storeFile: async () => {
        if (isDown) throw new AlephError('NETWORK', 'down')
        return storedFile(1)
      },
    })
    const transfer = await transfers.create(plan())
    await transfers.run(transfer)
    deepEqual(transfers.all, [transfer])
    isDown = false
    await transfers.run(transfer)
    deepEqual(transfers.all, [])
    equal(store.files.size, 0)
  })

  it('are known to other windows, which leave their files alone', async () => {
    const store = new MemoryStore()
    const first = window('1', store, () => 0, { storeFile: never })
    const second = window('2', store, () => 30_000, {})
    const transfer = await first.transfers.create(plan())
    const { active } = transfer.plan
    const running = first.transfers.run(transfer)
    deepEqual([...(await second.transfers.busyKeys(active))], ['file:///w/a', 'file:///w/b', 'file:///w/c'])
    deepEqual([...(await first.transfers.busyKeys(active))].length, 3)
    const elsewhere = { ...active, network: { ...active.network, id: 'mainnet' } }
    equal((await second.transfers.busyKeys(elsewhere)).size, 0)
    equal(second.transfers.interrupted.length, 0)
    transfer.cancel()
    await running
    equal((await second.transfers.busyKeys(active)).size, 0)
  })

  it('that a closed window left are offered to the next one, without what was published', async () => {
    const store = new MemoryStore()
    const first = window('1', store, () => 0, {
      storeFile: async (source, options) => (source === 'a' ? storedFile(1) : never(source, options)),
    })
    const transfer = await first.transfers.create(plan())
    const running = first.transfers.run(transfer)
    await new Promise(resolve => setImmediate(resolve))
    await first.transfers.close()
    await running
    deepEqual([transfer.of('done').length, transfer.of('cancelled').length], [1, 2])

    const second = window('2', store, () => 1, {})
    await second.transfers.look()
    const [entry] = second.transfers.interrupted
    deepEqual([entry?.id, [...(entry?.done ?? [])], entry?.items.length], ['u1', [0], 3])
    deepEqual(entry?.items[1], { name: 'b', sizeBytes: 1, key: 'file:///w/b' })
    ok(entry)
    await second.transfers.dismiss(entry)
    deepEqual([store.files.size, second.transfers.interrupted.length], [0, 0])
  })

  it('of a window that crashed are offered once it was silent for a minute', async () => {
    const store = new MemoryStore()
    const first = window('1', store, () => 0, { storeFile: never })
    void first.transfers.run(await first.transfers.create(plan()))
    let nowMs = 10_000
    const second = window('2', store, () => nowMs, {})
    await second.transfers.look()
    equal(second.transfers.interrupted.length, 0)
    nowMs = 80_000
    await second.wake()
    equal(second.transfers.interrupted.length, 1)
  })

  it('say that their window lives while they run', async () => {
    const store = new MemoryStore()
    let nowMs = 0
    const first = window('1', store, () => nowMs, { storeFile: never })
    void first.transfers.run(await first.transfers.create(plan()))
    nowMs = 100_000
    await first.wake()
    const second = window('2', store, () => nowMs + 10_000, {})
    await second.transfers.look()
    equal(second.transfers.interrupted.length, 0)
  })

  for (const [status, state] of [
    ['processed', 'done'],
    ['rejected', 'failed'],
    [undefined, 'failed'],
  ] as const)
    it(`ask what became of what the node had not confirmed: ${status ?? 'lost'}`, async () => {
      const { transfers, statuses, wake } = window('1', new MemoryStore(), () => 0, {
        storeFile: async () => storedFile(1, 'pending'),
      })
      const transfer = await transfers.create(plan())
      await transfers.run(transfer)
      equal(transfer.of('pending').length, 3)
      statuses.push('pending', 'pending', 'pending')
      await wake()
      equal(transfer.of('pending').length, 3)
      let confirmed = 0
      transfers.onDidConfirm(() => confirmed++)
      if (status) statuses.push(status, status, status)
      await wake()
      equal(transfer.of(state).length, 3)
      equal(confirmed, 1)
      equal(transfers.all.length, state === 'done' ? 0 : 1)
    })

  it('go on when the journal can not be kept', async () => {
    const broken = { ...new MemoryStore(), names: fail, read: fail, write: fail, remove: fail }
    const { transfers, errors } = window('1', broken as never, () => 0, { storeFile: async () => storedFile(1) })
    const transfer = await transfers.create(plan())
    await transfers.run(transfer)
    equal(transfer.of('done').length, 3)
    ok(errors.length)
  })

  it('read nothing from a journal that is damaged or of another version', async () => {
    const store = new MemoryStore()
    for (const [id, text] of [
      ['a', '{'],
      ['b', '{"version":2}'],
      ['c', '[]'],
      ['d', JSON.stringify({ version: 1, networkId: 'x', address: 'y', owner: 'z', engine: 'ipfs', items: 5 })],
      ['../e', '{}'],
    ] as const)
      store.files.set(`${id}.plan.json`, text)
    const { transfers, errors } = window('1', store, () => 0, {})
    await transfers.look()
    deepEqual([transfers.interrupted, errors], [[], []])
  })
})

async function fail(): Promise<never> {
  throw new Error('disk full')
}
