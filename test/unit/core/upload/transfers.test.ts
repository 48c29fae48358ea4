import { deepEqual, equal, ok } from 'node:assert/strict'
import { AlephError, type Envelope, type MessageStatus } from '../../../../src/client/index.js'
import type { StorageClient } from '../../../../src/core/storageClient.js'
import { Journal, type JournalStore } from '../../../../src/core/upload/journal.js'
import { Transfers } from '../../../../src/core/upload/transfers.js'
import { fakeClient } from '../fakes.js'
import { planOf, signedStore, signer, storedFile, type StoreFile } from './plans.js'

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
  /** What the node says of every message; undefined when it doesn't know it, an error when it can't be reached. */
  const node: { status: MessageStatus | Error | undefined } = { status: undefined }
  const transfers = new Transfers({
    clientFor: () =>
      fakeClient({
        storage: parts,
        messages: {
          statuses: async hashes => {
            const { status } = node
            if (status instanceof Error) throw status
            return new Map(status ? hashes.map(hash => [hash, status]) : [])
          },
          get: async () => {
            throw new AlephError('REJECTED', 'It has no signature.', { details: { error_code: 1 } })
          },
        },
      }),
    signer,
    journal: new Journal(store, id, nowMs),
    activeOf: async () => planOf([]).active,
    sourceOf: ({ key }) => `again ${key}`,
    now: nowMs,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => reject(new AlephError('ABORTED', 'closed'))
        sleeping.add(() => {
          signal.removeEventListener('abort', abort)
          resolve()
        })
        signal.addEventListener('abort', abort)
      }),
    onError: error => errors.push(error),
  })
  const wake = async () => {
    for (const resolve of sleeping) resolve()
    sleeping.clear()
    for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  /** Lets time pass until it is so. */
  const wakeUntil = async (isSo: () => boolean) => {
    while (!isSo()) await wake()
  }
  return { transfers, errors, node, wake, wakeUntil }
}

const plan = (id = 'u1') => {
  const items = ['a', 'b', 'c'].map(name => ({ name, sizeBytes: 1, source: name, key: `file:///w/${name}` }))
  return planOf([], { items, uploadId: id })
}

const never: StoreFile = (_, options) =>
  new Promise((_, reject) =>
    options?.signal?.addEventListener('abort', () => reject(new AlephError('ABORTED', 'cancelled'))),
  )

const hourMs = 3_600_000

/** Signs, and ends as told. */
const signing =
  (status: 'pending' | 'processed'): StoreFile =>
  async (_, options) => {
    await options?.onSigned?.(await signedStore())
    return storedFile(1, status)
  }

const openFate = (envelope: Envelope) =>
  new AlephError('NETWORK', 'The connection broke.', { retryable: true, details: { envelope } })

const sentFiles = ({ files }: MemoryStore) => [...files.keys()].filter(name => name.endsWith('.sent.json')).length

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
  ] as const)
    it(`ask what became of what the node hadn't confirmed: ${status}`, async () => {
      const store = new MemoryStore()
      const { transfers, node, wake, wakeUntil } = window('1', store, () => 0, { storeFile: signing('pending') })
      const transfer = await transfers.create(plan())
      node.status = 'pending'
      const running = transfers.run(transfer)
      await wakeUntil(() => transfer.of('pending').length === 3)
      await wake()
      await running
      equal(sentFiles(store), 3)
      let confirmed = 0
      transfers.onDidConfirm(() => confirmed++)
      node.status = status
      await wakeUntil(() => transfer.of(state).length === 3)
      await wake()
      equal(confirmed, 1)
      equal(sentFiles(store), 0)
      equal(transfers.all.length, state === 'done' ? 0 : 1)
    })

  it('sign anew only what the network rejected', async () => {
    const asked: (string | undefined)[] = []
    const storeFile: StoreFile = (source, options) => {
      asked.push(options?.resend?.item_hash)
      return signing('pending')(source, options)
    }
    const { transfers, node, wakeUntil } = window('1', new MemoryStore(), () => 0, { storeFile })
    const transfer = await transfers.create(plan())
    node.status = 'rejected'
    const running = transfers.run(transfer)
    await wakeUntil(() => transfer.of('failed').length === 3)
    await running
    node.status = 'processed'
    const again = transfers.run(transfer)
    await wakeUntil(() => transfers.all.length === 0)
    await again
    deepEqual(asked, Array(6).fill(undefined))
  })

  it('send the same message on Retry as long as its fate is open', async () => {
    const store = new MemoryStore()
    const signed: string[] = []
    const resent: string[] = []
    const storeFile: StoreFile = async (_, options) => {
      if (options?.resend) {
        resent.push(options.resend.item_hash)
        return storedFile(1)
      }
      const envelope = await signedStore()
      await options?.onSigned?.(envelope)
      ok(store.files.has(`u1.${envelope.item_hash}.sent.json`), 'it is on disk before it is sent')
      signed.push(envelope.item_hash)
      throw openFate(envelope)
    }
    const { transfers, node, wake, wakeUntil } = window('1', store, () => 0, { storeFile })
    const transfer = await transfers.create(plan())
    node.status = new AlephError('NETWORK', 'down')
    const running = transfers.run(transfer)
    await wakeUntil(() => transfer.of('failed').length === 3)
    await wake()
    await running
    await transfers.run(transfer)
    deepEqual(resent.sort(), signed.sort())
    equal(sentFiles(store), 0)
  })

  it('keep what was signed when a window is killed, for one other window, which looks for it and sends it again', async () => {
    const store = new MemoryStore()
    // Killed between the journal and the node: the call never ends.
    const hanging: StoreFile = async (_, options) => {
      await options?.onSigned?.(await signedStore())
      return new Promise(() => undefined)
    }
    const first = window('1', store, () => 0, { storeFile: hanging })
    void first.transfers.run(await first.transfers.create(plan()))
    await first.wakeUntil(() => sentFiles(store) === 3)

    let nowMs = 10_000
    const resent: unknown[] = []
    const again: StoreFile = async (source, options) => {
      resent.push([source, options?.resend?.type])
      return storedFile(1, 'pending')
    }
    const second = window('2', store, () => nowMs, { storeFile: again })
    const third = window('3', store, () => nowMs, { storeFile: again })
    await second.transfers.look()
    equal(second.transfers.all.length, 0, 'the first window may live')
    deepEqual([...(await second.transfers.busyKeys(planOf([]).active))].length, 3)
    nowMs = 80_000
    await second.wakeUntil(() => second.transfers.all.length > 0)
    await third.transfers.look()
    const [taken] = second.transfers.all
    equal(taken?.of('pending').length, 3)
    deepEqual(second.transfers.interrupted, [], 'nothing is left to be signed')
    equal(third.transfers.all.length, 0, 'one window is enough')
    await second.wakeUntil(() => resent.length > 2)
    ok(resent.some(each => JSON.stringify(each) === '["again file:///w/a","STORE"]'))
    second.node.status = 'processed'
    await second.wakeUntil(() => second.transfers.all.length === 0)
    equal(sentFiles(store), 0)
  })

  it('are not found after a day of 404, until they are sent again or given up', async () => {
    const store = new MemoryStore()
    let nowMs = 0
    const resent: unknown[] = []
    const storeFile: StoreFile = async (source, options) => {
      if (!options?.resend) return signing('pending')(source, options)
      resent.push(options.resend)
      return storedFile(1, 'pending')
    }
    const { transfers, node, wake, wakeUntil } = window('1', store, () => nowMs, { storeFile })
    const transfer = await transfers.create(plan())
    const running = transfers.run(transfer)
    await wakeUntil(() => transfer.items.every(({ missingSinceMs }) => missingSinceMs === 0))
    await wake()
    await running
    nowMs = 23 * hourMs
    await wake()
    equal(transfer.of('pending').length, 3)
    node.status = new AlephError('NETWORK', 'down')
    nowMs = 30 * hourMs
    await wake()
    equal(transfer.of('pending').length, 3, 'a node that is away says nothing')
    node.status = undefined
    await wakeUntil(() => transfer.of('notFound').length === 3)
    await wake()
    equal(sentFiles(store), 3)

    const other = window('2', store, () => nowMs + 100_000, {})
    await Promise.all([other.transfers.look(), other.transfers.look()])
    equal(other.transfers.all.length, 1)
    equal(other.transfers.all[0]?.of('notFound').length, 3, 'a reload keeps them')

    resent.length = 0
    const [one, two, three] = transfer.items
    ok(one && two && three)
    const again = transfers.run(transfer, [one])
    await wakeUntil(() => one.state === 'pending')
    equal(resent.length, 1)
    node.status = 'processed'
    await wakeUntil(() => one.state === 'done')
    await again
    await transfers.discard(transfer, [two, three])
    equal(sentFiles(store), 0)
    equal(transfers.all.length, 0)
  })

  it('read what version 1 of the journal left', async () => {
    const store = new MemoryStore()
    const { id, address } = { id: 'old', address: '0xA' }
    const items = [
      { name: 'a', sizeBytes: 1, key: 'file:///a' },
      { name: 'b', sizeBytes: 1, key: 'file:///b' },
    ]
    const text = { version: 1, networkId: 'local', address, owner: address, engine: 'ipfs', tags: [], items }
    store.files.set(`${id}.plan.json`, JSON.stringify(text))
    store.files.set(`${id}.pulse.json`, JSON.stringify({ windowId: 'x', beatMs: 0, isOpen: false, done: [0] }))
    const { transfers } = window('1', store, () => 0, {})
    await transfers.look()
    deepEqual([...(transfers.interrupted[0]?.done ?? [])], [0])
  })

  it('believe no signed message that was changed on disk', async () => {
    const store = new MemoryStore()
    const envelope = await signedStore()
    const entry = { version: 2, uploadId: 'u1', networkId: 'local', address: 'a', owner: 'a', engine: 'ipfs', tags: [] }
    const changed = { ...envelope, item_content: envelope.item_content?.replace('storage', 'ipfs') }
    store.files.set(
      `u1.${envelope.item_hash}.sent.json`,
      JSON.stringify({ ...entry, item: { name: 'a', sizeBytes: 1 }, envelope: changed }),
    )
    const { transfers } = window('1', store, () => 0, {})
    await transfers.look()
    equal(transfers.all.length, 0)
  })

  it('hold no slot while the network decides', async () => {
    const { transfers, node, wakeUntil } = window('1', new MemoryStore(), () => 0, { storeFile: signing('pending') })
    const items = Array.from({ length: 20 }, (_, n) => ({ name: `${n}`, sizeBytes: 1, source: `${n}` }))
    const transfer = await transfers.create(planOf([], { items, uploadId: 'u1' }))
    node.status = 'pending'
    const running = transfers.run(transfer)
    await wakeUntil(() => transfer.of('pending').length === 20)
    node.status = 'processed'
    await wakeUntil(() => transfers.all.length === 0)
    await running
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
      ['b', '{"version":3}'],
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
