// Nodes compare addresses letter by letter: whatever spelling a caller uses, they're asked for the one that they know.
import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../../src/client/index.js'
import { checksumAddress, normalAddress } from '../../../src/client/account.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { FakeClock, fakeFetch } from '../../helpers/fakes.js'
import { useLocalNode, testDate } from '../../helpers/localNode.js'
import { impatientClock } from '../../helpers/fakes.js'

const address = '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3'
const spellings = [
  address,
  address.toLowerCase(),
  `0x${address.slice(2).toUpperCase()}`,
  `0X${address.slice(2).toUpperCase()}`,
]
const wrong = address.replace('eeb', 'eEb')
const solana = 'AzfsDdCQp8uqzR4ProJ7yyLGKNp9iXHt92rEoiAHG4Pw'

async function all(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = []
  for await (const row of rows) list.push(row)
  return list
}

describe('addresses', () => {
  it('are read in any case, and refused with a wrong checksum', async () => {
    for (const spelling of spellings) {
      assert.equal(await checksumAddress(` ${spelling}\n`), address)
      assert.equal(await normalAddress(spelling), address)
    }
    for (const _ of [1, 2]) await assert.rejects(checksumAddress(wrong), { code: 'INVALID_INPUT', message: /checksum/ })
    assert.equal(await normalAddress(solana), solana)
    for (const bad of ['0x34', 'alice.eth', '', `${address}0`, 5])
      await assert.rejects(normalAddress(bad), { code: 'INVALID_INPUT' })
  })

  /** Every call that takes an address. */
  const calls: Record<string, (aleph: AlephHttpClient, given: string) => Promise<unknown>> = {
    'address.balance': (aleph, given) => aleph.address.balance(given),
    'address.files': (aleph, given) => all(aleph.address.files(given)),
    'address.credits': (aleph, given) => aleph.address.credits(given),
    'address.creditHistory': (aleph, given) => all(aleph.address.creditHistory(given)),
    'address.costs': (aleph, given) => aleph.address.costs(given),
    'messages.list, owners': (aleph, given) => all(aleph.messages.list({ owners: [given] })),
    'messages.list, senders': (aleph, given) => all(aleph.messages.list({ senders: [given] })),
    'messages.watch': async (aleph, given) => {
      const signal = AbortSignal.timeout(20)
      for await (const _ of aleph.messages.watch({ owners: [given] }, { signal }));
    },
    'storage.query': async (aleph, given) => [...(await aleph.storage.query({ owners: [given] }))],
    'storage.fileInfo': (aleph, given) => aleph.storage.fileInfo('ab'.repeat(32), { owner: given }),
    'aggregate.keys': (aleph, given) => aleph.aggregate.keys(given),
    'aggregate.get': (aleph, given) => aleph.aggregate.get('users', undefined, { owner: given }),
    'aggregate.history': (aleph, given) => all(aleph.aggregate.history('users', { owner: given })),
    'aggregate.forgotten': (aleph, given) => all(aleph.aggregate.forgotten(given)),
    'aggregate.query': (aleph, given) => aleph.aggregate.query('users', { owner: given }),
    'aggregate.query of several': (aleph, given) => aleph.aggregate.query('users', { owner: [given, solana] }),
    cost: (aleph, given) => aleph.cost({ sizeBytes: 1 }, { owner: given }),
    'storage.store for a reader': (aleph, given) => aleph.storage.store(1, { encryptFor: given }),
    'storage.store for an owner': (aleph, given) => aleph.storage.store(1, { owner: given }),
  }

  for (const [name, call] of Object.entries(calls)) {
    const askedWith = async (given: string) => {
      const texts: string[] = []
      const fetch = fakeFetch(({ url, body }) => {
        texts.push(decodeURIComponent(url.href), (body ?? '').replaceAll('\\"', '"'))
        return { status: 404, body: '404: Not Found' }
      })
      const aleph = new AlephHttpClient({
        endpoints: 'https://node.example',
        account: await developmentAccount(5),
        clock: new FakeClock(),
        retries: 0,
        webSocket: null,
        fetch,
      })
      await call(aleph, given).catch(() => undefined)
      return texts.join('\n')
    }

    it(`are asked for in the spelling of nodes by ${name}, and refused with a wrong checksum`, async () => {
      for (const given of spellings) {
        const text = await askedWith(given)
        assert.ok(text.includes(address), text)
        assert.ok(!text.replaceAll(address, '').toLowerCase().includes(address.toLowerCase()), text)
      }
      const aleph = new AlephHttpClient({
        endpoints: 'https://node.example',
        account: await developmentAccount(5),
        webSocket: null,
        fetch: fakeFetch(() => assert.fail('asked')),
      })
      await assert.rejects(call(aleph, wrong), { code: 'INVALID_INPUT', message: /checksum/ })
    })
  }

  it('of an account must be spelled as nodes know it, because it signs it', async () => {
    const { address: own, sign } = await developmentAccount(5)
    const aleph = new AlephHttpClient({ fetch: fakeFetch(() => assert.fail('asked')) })
    const account = { address: own.toLowerCase(), chain: 'ETH', sign }
    await assert.rejects(aleph.storage.store(1, { account }), {
      code: 'INVALID_INPUT',
      message: `The address of the account must be spelled ${own}.`,
    })
  })

  describe('on a node', () => {
    const node = useLocalNode()
    it('in lower case have the balance, the files and the aggregates of their account', async () => {
      const account = await developmentAccount(0)
      const aleph = new AlephHttpClient({ endpoints: node().url, account, clock: impatientClock(testDate) })
      await aleph.storage.storeFile(new TextEncoder().encode('x'), {
        engine: 'storage',
        owner: account.address.toLowerCase(),
      })
      await aleph.aggregate.create('users', { a: 1 }, { key: 'ann' })
      const given = account.address.toLowerCase()
      assert.ok((await aleph.address.balance(given)).balance > 0)
      assert.equal((await all(aleph.address.files(given))).length, 1)
      assert.equal((await all(aleph.messages.list({ owners: [given] }))).length, 2)
      assert.deepEqual(await aleph.aggregate.get('users', 'ann', { owner: given }), { a: 1 })
    })
  })
})
