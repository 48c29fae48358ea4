import { strict as assert } from 'node:assert'
import { WebSocket } from 'ws'
import { AlephHttpClient } from '../../../src/client/client.js'
import type { WebSocketConstructor } from '../../../src/client/http/transport.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { useLocalNode } from '../../helpers/localNode.js'

describe('messages.watch on the local node', () => {
  const node = useLocalNode()

  it('gives values, files, aggregates and amends as they are published, live', async () => {
    const account = await developmentAccount(0)
    const aleph = new AlephHttpClient({
      endpoints: node().url,
      account,
      webSocket: WebSocket as unknown as WebSocketConstructor,
    })
    const old = await aleph.storage.store('before')
    let isLive: () => void = () => undefined
    const live = new Promise<void>(resolve => (isLive = resolve))
    const seen: string[] = []
    const onState = (state: string) => {
      assert.equal(state, 'live')
      isLive()
    }
    const watching = (async () => {
      for await (const row of aleph.messages.watch({ owners: [account.address] }, { history: 1, onState })) {
        assert.equal(row.error, undefined)
        seen.push(row.item_hash)
        if (seen.length === 5) break
      }
    })()
    await Promise.race([live, watching])
    const value = await aleph.storage.store('live')
    const file = await aleph.storage.storeFile(new Uint8Array([1]), { filename: 'x.bin', engine: 'storage' })
    const element = await aleph.aggregate.create('watched', { a: 1 }, { key: 'k' })
    const amend = await aleph.messages.amend(value.item_hash, 'later')
    await watching
    assert.deepEqual(
      seen,
      [old, value, file, element, amend].map(({ item_hash }) => item_hash),
    )
  })
})
