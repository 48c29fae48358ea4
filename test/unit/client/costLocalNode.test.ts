import { strict as assert } from 'node:assert'
import type { ETHAccount } from '../../../src/client/account.js'
import { AlephHttpClient } from '../../../src/client/client.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { testDate, useLocalNode } from '../../helpers/localNode.js'

describe('cost, against the local node', () => {
  let account: ETHAccount
  before(async () => (account = await developmentAccount(0)))
  const node = useLocalNode(() => ({
    balances: { [account.address]: 100 },
    credits: { [account.address]: 1000 },
  }))
  const client = () =>
    new AlephHttpClient({ endpoints: node().url, account, clock: { ...systemClock, now: () => testDate } })

  it('an estimate is the node’s, and what was stored costs exactly that', async () => {
    const aleph = client()
    const bytes = new TextEncoder().encode('Hello Aleph.im\n')
    for (const payment of ['hold', 'credit'] as const) {
      const estimate = await aleph.cost(bytes, { payment })
      assert.deepEqual([estimate.source, estimate.node], ['node', estimate.computed])
      assert.equal(estimate.account?.isEnough, true)
      const { item_hash } = await aleph.storage.storeFile(bytes, { payment })
      const cost = await aleph.cost(item_hash)
      assert.deepEqual([cost.source, cost.payment, cost.sizeBytes], ['node', payment, bytes.length])
      assert.equal(cost.exact.price, estimate.exact.price)
    }
    assert.equal((await aleph.address.balance(account.address)).lockedAmount, 4.768371577262e-6)
  })

  it('what an address runs is the sum of its files', async () => {
    const { resources, perDay } = await client().address.costs(account.address, { payment: 'credit' })
    assert.equal(resources, 1)
    assert.equal(perDay, 107.8049341837565856)
    assert.deepEqual(await client().address.credits(account.address), { balance: 1000, parts: [{ amount: 1000 }] })
  })
})
