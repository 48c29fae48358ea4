// Whatever stands in a query or a path, the node answers with a status that the real one has for it, and goes on.
import { strict as assert } from 'node:assert'
import { useLocalNode } from '../../helpers/localNode.js'
import { account, get, post, publish, signed, upload } from '../../helpers/signed.js'

const values = [
  '',
  '0',
  '-1',
  '1e308',
  'NaN',
  '99999999999999999999999999',
  '1.5',
  '+1',
  ' 1',
  'true',
  '__proto__',
  'constructor',
  '[]',
  '{"$gt":0}',
  "';DROP TABLE messages;--",
  '..%2f..%2f..%2fetc%2fpasswd',
  '%00',
  '%ff%fe',
  '%F0%9F%92%A9',
  '\u202e',
  ',,,,',
  'x'.repeat(5_000),
  // Cursors: no object, no fields, fields of other kinds, times out of range.
  ...['null', '[]', '{}', '{"h":{},"t":[]}', '{"h":"__proto__","t":"9999-99-99T99:99:99"}', '{"a":null,"v":{}}'].map(
    text => Buffer.from(text).toString('base64url'),
  ),
  ...['{"i":-1,"r":"x"}', '{"i":1e99}', '{"k":1,"o":2,"t":"2026-01-01T00:00:00+00:00"}'].map(text =>
    Buffer.from(text).toString('base64url'),
  ),
]

const lists: Readonly<Record<string, readonly string[]>> = {
  '/api/v0/messages.json': [
    'page',
    'pagination',
    'cursor',
    'startDate',
    'endDate',
    'startBlock',
    'hashes',
    'sortOrder',
  ],
  '/api/v0/messages/hashes': ['page', 'pagination', 'startDate', 'status'],
  '/api/v1/posts.json': ['page', 'pagination', 'cursor', 'hashes', 'startDate'],
  '/api/v0/aggregates.json': ['page', 'pagination', 'cursor', 'sortBy'],
  '/api/v0/addresses/OWNER/files': ['page', 'pagination', 'cursor', 'sort_order', 'file_hash'],
  '/api/v0/addresses/OWNER/balance': ['chain', 'include_credit_details'],
  '/api/v0/addresses/OWNER/credit_history': [
    'page',
    'pagination',
    'cursor',
    'startDate',
    'endDate',
    'sort_by',
    'direction',
  ],
  '/api/v0/addresses/OWNER/credit_history/summary': ['startDate', 'has_expiration', 'resourceTypes'],
  '/api/v0/addresses/stats.json': ['addresses[]'],
  '/api/v1/addresses/stats.json': ['page', 'pagination', 'cursor', 'addressContains', 'sortBy', 'sortOrder'],
  '/api/v0/balances': ['page', 'pagination', 'cursor', 'chains', 'min_balance'],
  '/api/v0/credit_balances': ['page', 'pagination', 'cursor', 'min_balance'],
  '/api/v0/authorizations/granted/OWNER.json': ['page', 'pagination', 'channels', 'grantee', 'chains'],
  '/api/v0/authorizations/received/OWNER.json': ['page', 'pagination', 'types', 'granter'],
  '/api/v0/costs': ['page', 'pagination', 'address', 'item_hash', 'payment_type', 'include_details', 'include_size'],
}

const paths = [
  '/api/v0/price/VALUE',
  '/api/v0/messages/VALUE',
  '/api/v0/messages/VALUE/consumed_credits',
  '/api/v0/addresses/VALUE/post_types',
  '/api/v0/addresses/VALUE/channels',
  '/api/v0/addresses/VALUE/credit_history',
  '/api/v0/addresses/VALUE/balance',
  '/api/v0/authorizations/granted/VALUE.json',
  '/api/v0/authorizations/received/VALUE.json',
]

describe('hostile queries of the local node', () => {
  const node = useLocalNode()
  before(async () => {
    const url = node().url
    const item_hash = await upload(url, 'a file')
    for (const message of [
      post({ n: 1 }, {}, { channel: 'c' }),
      signed('AGGREGATE', { key: 'security', content: { authorizations: [{ address: 'a' }] } }),
      signed('STORE', { item_type: 'storage', item_hash }),
    ])
      assert.equal((await publish(url, message)).status, 200)
  })

  for (const [list, names] of Object.entries(lists))
    it(`${list}: ${names.join(', ')}`, async () => {
      const path = list.replace('OWNER', account().address)
      for (const name of names)
        for (const value of values) {
          const query = `${path}?${encodeURIComponent(name)}=${value.includes('%') ? value : encodeURIComponent(value)}`
          const { status } = await get(node().url, query)
          assert.ok([200, 400, 404, 422].includes(status), `${status} ${query.slice(0, 200)}`)
        }
    })

  for (const path of paths)
    it(path, async () => {
      for (const value of values) {
        if (value === '') continue // another path
        const { status } = await get(
          node().url,
          path.replace('VALUE', value.includes('%') ? value : encodeURIComponent(value)),
        )
        assert.ok([200, 400, 404].includes(status), `${status} ${value.slice(0, 200)}`)
      }
    })
})
