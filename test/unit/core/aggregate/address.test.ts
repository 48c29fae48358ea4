import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { aggregatePath, parseAggregatePath } from '../../../../src/core/aggregate/address.js'

const owner = '0xB68B9D4f3771c246233823ed1D3Add451055F9Ef'
const networkId = 'mainnet'

describe('addresses of aggregate documents', () => {
  it('keep a slash of the key as a separator', () => {
    assert.equal(aggregatePath({ networkId, owner, key: 'myapp/users' }), `/aleph-aggregate/${owner}/myapp/users`)
  })

  for (const key of ['..', '.', '/', 'a//b', '/a/', 'a/../b', '%', '%2E', '100% #1?x=a:b', '😀', '\ud800', 'a\\b', ' '])
    it(`come back from their path: ${JSON.stringify(key)}`, () => {
      const path = aggregatePath({ networkId, owner, key })
      assert.deepEqual(parseAggregatePath(networkId, path), { networkId, owner, key })
      for (const segment of path.slice(1).split('/')) assert.doesNotMatch(segment, /^\.{0,2}$/)
    })

  it('come back for any key, and hold nothing that a URI can not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), key => {
        const path = aggregatePath({ networkId, owner, key })
        assert.deepEqual(parseAggregatePath(networkId, path), { networkId, owner, key })
        encodeURIComponent(path)
      }),
    )
  })

  it('are told from paths that are not theirs', () => {
    for (const path of ['/', '/aleph-aggregate', `/aleph-aggregate/${owner}`, `/aleph-aggregate/${owner}/`, '/x/y/z'])
      assert.equal(parseAggregatePath(networkId, path), undefined)
    assert.equal(parseAggregatePath(networkId, `/aleph-aggregate/${owner}/a/../b`), undefined)
    assert.equal(parseAggregatePath(networkId, '/aleph-aggregate/../users'), undefined)
    assert.equal(parseAggregatePath('', `/aleph-aggregate/${owner}/users`), undefined)
  })
})
