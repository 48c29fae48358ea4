// Statistics, channels, authorizations, counters and the older publishing routes, where the recordings say nothing.
import { strict as assert } from 'node:assert'
import { testDate, useLocalNode } from '../../helpers/localNode.js'
import { account, get, post, publish, signed, type Signed } from '../../helpers/signed.js'

describe('lists of the local node', () => {
  let now = testDate
  const node = useLocalNode(
    () => {
      now = testDate
      return { now: () => now }
    },
    { each: true },
  )
  const url = () => node().url
  const processed = async (message: Signed) => assert.equal((await publish(url(), message)).status, 200)
  const read = async <Shape>(path: string) => (await get(url(), path)).body as Shape
  const { address } = account()

  it('types of posts and channels are those of the sender, of what is left, each once and in order', async () => {
    const gone = post({}, { type: 'z' }, { channel: 'gone' })
    for (const message of [
      gone,
      post({}, { type: 'b' }, { channel: 'two' }),
      post({}, { type: 'a' }, { channel: 'one' }),
      post({}, { type: 'a' }),
      signed('AGGREGATE', { key: 'k', content: {} }, { channel: 'three' }),
      post({}, { type: 'other' }, { by: 1, channel: 'other' }),
      signed('FORGET', { hashes: [gone.item_hash] }, { channel: 'two' }),
    ])
      await processed(message)
    assert.deepEqual(await read(`/api/v0/addresses/${address}/post_types`), { address, post_types: ['a', 'b'] })
    assert.deepEqual(await read(`/api/v0/addresses/${address}/channels`), {
      address,
      channels: ['one', 'three', 'two'],
    })
    for (const name of ['__proto__', 'constructor', '%ff', '%00', address.toLowerCase()])
      assert.deepEqual((await read<{ channels: unknown }>(`/api/v0/addresses/${name}/channels`)).channels, [], name)
  })

  it('the list of channels is two hours old at most', async () => {
    const list = () => read('/api/v0/channels/list.json')
    assert.deepEqual(await list(), { channels: [] })
    await processed(post({}, {}, { channel: 'b' }))
    await processed(post({}, {}, { channel: 'a' }))
    await processed(post({}))
    now += 7_199_999
    assert.deepEqual(await list(), { channels: [] })
    now += 1
    assert.deepEqual(await list(), { channels: ['a', 'b'] })
  })

  describe('statistics', () => {
    const one = { messages: 1, aggregate: 0, forget: 0, instance: 0, post: 1, program: 0, store: 0 }
    beforeEach(async () => {
      for (const by of [0, 1, 2, 3]) await processed(post({}, {}, { by }))
      await processed(signed('AGGREGATE', { key: 'k', content: {} }, { by: 2 }))
    })
    const names = async (query: string) =>
      Object.keys((await read<{ data: object }>(`/api/v1/addresses/stats.json?${query}`)).data)

    it('of the addresses that are named with brackets, or of all', async () => {
      const v0 = (query: string) => read<{ data: Record<string, unknown> }>(`/api/v0/addresses/stats.json?${query}`)
      const list = `addresses[]=${address}&addresses[]=${account(1).address}&addresses[]=__proto__`
      assert.deepEqual(await v0(list), { data: { [address]: one, [account(1).address]: one } })
      assert.equal(Object.keys((await v0('')).data).length, 4)
      assert.deepEqual((await v0('')).data[account(2).address], { ...one, messages: 2, aggregate: 1 })
    })

    it('sorted by number, then address, by a part of the address in any case, in pages and with cursors', async () => {
      const others = [0, 1, 3].map(by => account(by).address).sort()
      assert.deepEqual(await names(''), [account(2).address, ...others])
      assert.deepEqual(await names('sortOrder=1'), [...others, account(2).address])
      assert.deepEqual(await names('sortBy=aggregate&pagination=1'), [account(2).address])
      assert.deepEqual(await names(`addressContains=${address.slice(4, 20).toUpperCase()}`), [address])
      assert.deepEqual(await names('addressContains=%25'), [])
      assert.deepEqual(await names('pagination=3&page=2'), others.slice(2))
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { data: object; next_cursor: string | null } = await read(
          `/api/v1/addresses/stats.json?pagination=1&cursor=${cursor}`,
        )
        seen.push(...Object.keys(page.data))
        cursor = page.next_cursor
      }
      assert.deepEqual(seen, await names(''))
      for (const query of [`addressContains=${'x'.repeat(67)}`, 'sortBy=name', 'page=0', 'cursor=zz', 'cursor=e30'])
        assert.equal((await get(url(), `/api/v1/addresses/stats.json?${query}`)).status, 422, query)
    })

    it('change with what is forgotten', async () => {
      const message = post({}, {}, { by: 4 })
      await processed(message)
      await processed(signed('FORGET', { hashes: [message.item_hash] }, { by: 4 }))
      const by = account(4).address
      const { data } = await read<{ data: object }>(`/api/v0/addresses/stats.json?addresses[]=${by}`)
      assert.deepEqual(data, { [by]: { ...one, post: 0, forget: 1 } })
    })
  })

  describe('authorizations', () => {
    const grant = (authorizations: unknown, by = 0) =>
      processed(signed('AGGREGATE', { key: 'security', content: { authorizations } }, { by }))
    interface List {
      authorizations: Record<string, unknown[]>
      pagination_total: number
    }
    const granted = (query = '') => read<List>(`/api/v0/authorizations/granted/${address}.json?${query}`)
    const received = (of: string, query = '') => read<List>(`/api/v0/authorizations/received/${of}.json?${query}`)

    it('are grouped by address; a filter keeps what it matches and what has no such restriction', async () => {
      await grant([
        { address: 'a', channels: ['x'], types: ['POST'] },
        { address: 'b', post_types: ['p'], chain: 'ETH' },
        { address: 'a', aggregate_keys: ['k'] },
        { address: '' },
        { channels: ['nobody'] },
      ])
      assert.deepEqual((await granted()).authorizations, {
        a: [{ channels: ['x'], types: ['POST'] }, { aggregate_keys: ['k'] }],
        b: [{ post_types: ['p'], chain: 'ETH' }],
      })
      assert.deepEqual(Object.keys((await granted('grantee=b')).authorizations), ['b'])
      assert.deepEqual((await granted('channels=y')).authorizations, {
        a: [{ aggregate_keys: ['k'] }],
        b: [{ post_types: ['p'], chain: 'ETH' }],
      })
      assert.deepEqual(Object.keys((await granted('chains=SOL&postTypes=p')).authorizations), ['a'])
      assert.deepEqual((await granted('types=STORE&aggregateKeys=other&chains=SOL')).authorizations, {})
      const page = await granted('pagination=1&page=2')
      assert.deepEqual([Object.keys(page.authorizations), page.pagination_total], [['b'], 2])
      for (const query of ['pagination=0', 'pagination=501', 'page=0']) {
        const response = await fetch(`${url()}/api/v0/authorizations/granted/${address}.json?${query}`)
        assert.equal(response.status, 422)
        assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
      }
    })

    it('received: from every owner, exactly as it was written (trap 48), and gone when it was taken back', async () => {
      await grant([{ address: 'a' }, { address: 'A', types: ['POST'] }])
      await grant([{ address: 'a', chain: 'ETH' }], 1)
      const owners = [address, account(1).address].sort()
      assert.deepEqual(Object.keys((await received('a')).authorizations), owners)
      assert.deepEqual((await received('A')).authorizations, { [address]: [{ types: ['POST'] }] })
      assert.deepEqual(Object.keys((await received('a', `granter=${address}`)).authorizations), [address])
      await grant([])
      assert.deepEqual(Object.keys((await received('a')).authorizations), [account(1).address])
    })

    it('what somebody wrote instead of a list fails where the real node fails, and only there', async () => {
      await grant('everybody')
      assert.equal((await get(url(), `/api/v0/authorizations/granted/${address}.json`)).status, 500)
      await grant([{ address: 'a', channels: 'x', types: 7 }, { address: { of: 'a' } }], 1)
      assert.deepEqual((await received('a')).authorizations, {
        [account(1).address]: [{ channels: 'x', types: 7 }],
      })
      assert.deepEqual((await received('__proto__')).authorizations, {})
    })
  })

  it('counters: messages, pins and connections, as JSON and for Prometheus', async () => {
    await processed(post({}))
    const json = await read<Record<string, unknown>>('/metrics.json')
    assert.equal(json['pyaleph_status_sync_messages_total'], 1)
    assert.equal(json['pyaleph_ws_messages_broadcast_total'], 1)
    assert.equal(json['pyaleph_ws_messages_connections_max'], 10_000)
    const lines = (await read<string>('/metrics')).split('\n')
    assert.match(lines[0] ?? '', /^pyaleph_build_info\{python_version="[^"]*",version="[^"]*"\} 1$/)
    assert.ok(lines.includes('pyaleph_status_sync_messages_total 1'))
    assert.ok(!lines.some(line => line.includes('null')))
  })

  describe('the older publishing routes', () => {
    const send = async (body: unknown, network = 'p2p') => {
      const response = await fetch(`${url()}/api/v0/${network}/pubsub/pub`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return { status: response.status, text: await response.text() }
    }
    const topic = 'ALEPH-TEST'

    it('publish on both networks whatever the path says; 200 even when nothing was published', async () => {
      for (const network of ['p2p', 'ipfs']) {
        const message = post({ network })
        const { status, text } = await send({ topic, data: JSON.stringify(message) }, network)
        assert.deepEqual([status, text], [200, '{"status":"success","failed":[]}'])
        await node().idle()
        const { status: found } = await get(url(), `/api/v0/messages/${message.item_hash}`)
        assert.equal(found, 200)
      }
      node().faults.add('unpublished count=1')
      const lost = post({})
      assert.deepEqual(await send({ topic, data: JSON.stringify(lost) }), {
        status: 200,
        text: '{"status":"error","failed":["ipfs","p2p"]}',
      })
      assert.equal((await get(url(), `/api/v0/messages/${lost.item_hash}`)).status, 404)
    })

    it('refuse what is no message, as the real node does', async () => {
      const message = post({})
      const cases: [body: unknown, status: number][] = [
        [{ data: '{}' }, 403],
        [{ topic: '__proto__', data: '{}' }, 403],
        [{ topic: [topic], data: '{}' }, 403],
        [{ topic }, 422],
        [{ topic, data: message }, 422],
        [{ topic, data: '' }, 422],
        [{ topic, data: 'null' }, 422],
        [{ topic, data: '[]' }, 422],
        [{ topic, data: JSON.stringify({ ...message, item_hash: 'x' }) }, 422],
        [{ topic, data: JSON.stringify({ ...message, time: 'soon' }) }, 500],
        ['[]', 500],
        ['', 500],
        [`"${'x'.repeat(1_048_576)}"`, 413],
      ]
      for (const [body, status] of cases) assert.equal((await send(body)).status, status, String(body).slice(0, 80))
    })
  })
})
