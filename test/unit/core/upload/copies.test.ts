import { deepEqual, equal, rejects } from 'node:assert/strict'
import { AlephError, AlephHttpClient } from '../../../../src/client/index.js'
import { findCopies, hashFiles } from '../../../../src/core/upload/copies.js'
import { planCost } from '../../../../src/core/upload/cost.js'
import { useLocalNode } from '../../../helpers/localNode.js'
import { fakeClient, makeSession } from '../fakes.js'
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
  it('names each file that can not be stored, for the storage that it goes to', async () => {
    const plan = planOf([1, 2, 3])
    const asked: unknown[] = []
    const refusal = new AlephError('TOO_LARGE', 'too large')
    const client = fakeClient({
      storage: {
        canStore: async (sizes, options) => {
          asked.push(sizes, options?.owner, options?.engine)
          return {
            ...{ payment: 'hold', unit: 'ALEPH', required: 2, available: 1, prices: 'built-in' },
            refusals: [undefined, refusal, undefined],
          }
        },
      },
    })
    const { refused, ...cost } = await planCost(client, plan, signal)
    deepEqual(asked, [[1, 2, 3], plan.active.account.address, 'ipfs'])
    deepEqual(cost, { unit: 'ALEPH', required: 2, available: 1, isEstimate: true })
    deepEqual([...refused], [[plan.items[1], refusal]])
  })
})
