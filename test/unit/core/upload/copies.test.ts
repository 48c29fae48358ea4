import { deepEqual, equal, rejects } from 'node:assert/strict'
import { AlephHttpClient } from '../../../../src/client/index.js'
import { findCopies, hashFiles } from '../../../../src/core/upload/copies.js'
import { planCost } from '../../../../src/core/upload/cost.js'
import { useLocalNode } from '../../../helpers/localNode.js'
import { makeSession } from '../fakes.js'
import { planOf } from './plans.js'

const { signal } = new AbortController()

describe('files that are stored already', () => {
  const node = useLocalNode()

  for (const engine of ['ipfs', 'storage'] as const)
    it(`are found by their bytes, with the ${engine} engine`, async () => {
      const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
      const client = new AlephHttpClient({ endpoints: node().url, account: await session.signer(session.active) })
      const bytes = (text: string) => new TextEncoder().encode(text)
      const { item_hash } = await client.storage.storeFile(bytes(`old ${engine}`), { filename: 'x', engine })
      const items = [`old ${engine}`, 'new', `old ${engine}`].map((text, index) => ({
        name: `${index}`,
        sizeBytes: text.length,
        source: bytes(text),
      }))
      const gone = { name: 'gone', sizeBytes: 5, source: '/no/such/file' }
      const hashed = await hashFiles([...items, gone], { client, engine, signal })
      equal(hashed.isComplete, true)
      const copies = await findCopies(hashed, { client, active: session.active, signal })
      deepEqual(
        [...copies].map(([{ name }, copy]) => [name, copy.itemHash]),
        [
          ['0', item_hash],
          ['2', item_hash],
        ],
      )
      const [, stranger] = session.accounts
      const others = await findCopies(hashed, {
        client,
        active: { ...session.active, account: stranger ?? session.active.account },
        signal,
      })
      equal(others.size, 0)
    })

  it('are not looked for in more than a gigabyte', async () => {
    const client = { storage: { fileHash: async (source: unknown) => String(source) } } as never
    const items = [2_000_000_000, 10].map(sizeBytes => ({ name: 'x', sizeBytes, source: `${sizeBytes}` }))
    const { byHash, isComplete } = await hashFiles(items, { client, engine: 'ipfs', signal })
    deepEqual([[...byHash.keys()], isComplete], [['10'], false])
  })

  it('are not looked for among more than 5 000 files', async () => {
    const client = { storage: { fileHash: async (source: unknown) => String(source) } } as never
    const items = Array.from({ length: 5_001 }, (_, index) => ({ name: 'x', sizeBytes: 1, source: `${index}` }))
    const { byHash, isComplete } = await hashFiles(items, { client, engine: 'ipfs', signal })
    deepEqual([byHash.size, isComplete], [5_000, false])
  })

  it('are no longer looked for when it is cancelled', () =>
    rejects(
      hashFiles(planOf([10]).items, {
        client: new AlephHttpClient(node().url),
        engine: 'storage',
        signal: AbortSignal.abort(),
      }),
      { code: 'ABORTED' },
    ))
})

describe('the cost of a plan', () => {
  const mebibyte = 1024 * 1024
  const balance = { balance: 100, lockedAmount: 40, creditBalance: 5000 }
  const items = (...sizes: number[]) =>
    planOf([]).items.concat(sizes.map(sizeBytes => ({ name: '', sizeBytes, source: '' })))
  const hold = Date.UTC(2026, 10, 1)

  it('is nothing for files of up to 25 MiB until the end of 2026', () =>
    deepEqual(planCost(items(25 * mebibyte, 1), balance, hold), { unit: 'ALEPH', required: 0, available: 60 }))

  it('is ALEPH to be held for what is larger', () =>
    equal(planCost(items(30 * mebibyte, 1), balance, hold).required.toFixed(2), '10.00'))

  it('is credits from 2027 on, for every file', () => {
    const { unit, required, available } = planCost(items(1, 1), balance, Date.UTC(2027, 0, 1))
    deepEqual([unit, required.toFixed(1), available], ['credits', '215.6', 5000])
  })
})
