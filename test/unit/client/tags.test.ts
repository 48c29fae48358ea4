import { strict as assert } from 'node:assert'
import { AlephHttpClient } from '../../../src/client/client.js'
import { withDefaultTags } from '../../../src/client/message/tags.js'
import { developmentAccount } from '../../helpers/accounts.js'
import { useLocalNode } from '../../helpers/localNode.js'

const many = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

describe('default tags of the client', () => {
  const node = useLocalNode()

  it('stand behind a value’s own, each once, and the value is found by both', async () => {
    const account = await developmentAccount(0)
    const aleph = new AlephHttpClient({ endpoints: node().url, account, tags: ['app', 'both'] })
    const { item_hash, envelope } = await aleph.storage.store(1, { tags: ['own', 'both'] })
    assert.deepEqual((JSON.parse(envelope.item_content ?? '') as { content: unknown }).content, {
      data: 1,
      tags: ['own', 'both', 'app'],
    })
    for (const tag of ['own', 'app']) {
      const hashes: string[] = []
      for await (const row of aleph.messages.list({ tags: [tag] })) hashes.push(row.item_hash)
      assert.deepEqual(hashes, [item_hash])
    }
    const bare = await aleph.storage.store(2)
    assert.deepEqual((await aleph.storage.get(bare.item_hash)).tags, ['app', 'both'])
  })

  it('count with its own: more than 16 together name both sources', () => {
    assert.equal(withDefaultTags(many(8, 'a'), many(8, 'b')).length, 16)
    assert.equal(withDefaultTags(many(16, 'a'), many(16, 'a')).length, 16)
    assert.throws(() => withDefaultTags(many(8, 'a'), many(9, 'b')), {
      code: 'INVALID_INPUT',
      message: /9 of this call and 8 default tags of the client make 17/,
    })
    assert.throws(() => withDefaultTags([], many(17, 'b')), { code: 'INVALID_INPUT', message: /There are 17 tags/ })
  })
})
