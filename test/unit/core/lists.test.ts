import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { AlephError, AlephHttpClient, type MessageRow } from '../../../src/client/index.js'
import type { ListFilter } from '../../../src/core/filter.js'
import { Lists } from '../../../src/core/lists.js'
import { documents, filesOf, folderChildren, messageNodes, type ListNode } from '../../../src/core/nodes.js'
import { fileRow, postRow } from '../../../src/core/rows.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { badRow, fakeClient, localNetwork, makeSession, messageRow, owner } from './fakes.js'

const local = [{ name: 'local', url: 'http://127.0.0.1:4024', development: true }]

const inFolder = (number: number, path: string, upload: object = { id: 'u', name: 'site' }) =>
  messageRow(number, { item_hash: 'Qm', metadata: { filename: path.split('/').at(-1), size: number, path, upload } })

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `message ${from + at}`)

const nodesOf = (rows: MessageRow[]) =>
  messageNodes(
    rows.map(row => fileRow(localNetwork, row)),
    'all',
  )

describe('rows', () => {
  it('of files say what their author said', () => {
    const row = fileRow(
      localNetwork,
      messageRow(1, {
        item_hash: 'Qm1',
        item_type: 'ipfs',
        tags: ['a', 7, 'b'],
        metadata: { filename: 'x\u202e.txt', mimetype: 'text/plain', size: 3 },
      }),
    )
    ok(row.kind === 'file')
    deepEqual(
      [row.name, row.mediaType, row.sizeBytes, row.engine, row.fileHash, row.tags, row.timeSeconds],
      ['x .txt', 'text/plain', 3, 'ipfs', 'Qm1', ['a', 'b'], 1],
    )
  })

  it('of files survive any metadata', () => {
    for (const metadata of [
      null,
      [],
      'x',
      { filename: 7, size: '3' },
      { filename: '', size: -1, path: '..', upload: 7 },
    ]) {
      const row = fileRow(localNetwork, messageRow(1, { item_hash: 'Qm1', metadata }))
      ok(row.kind === 'file')
      deepEqual([row.name, row.sizeBytes, row.folder], [undefined, undefined, undefined])
    }
  })

  it('never put a file outside of its folder', () => {
    for (const path of ['/etc/passwd', '../x', 'a//b', 'a/./b', 'a/..', 'x/'.repeat(100) + 'y']) {
      const row = fileRow(localNetwork, inFolder(1, path))
      ok(row.kind === 'file')
      equal(row.folder, undefined, path)
    }
  })

  it('of messages are called by title, name or text', () => {
    const title = (content: unknown) => {
      const row = postRow(localNetwork, messageRow(1, { type: 'aleph-storage', content }, { type: 'POST' }))
      ok(row.kind === 'post')
      return row.title
    }
    equal(title({ data: 'Hello\nworld' }), 'Hello world')
    equal(title({ data: 'Hello', metadata: { title: 'Greeting' } }), 'Greeting')
    equal(title({ data: { name: 'Creature', body: 'x' } }), 'Creature')
    equal(title({ data: { name: 'Creature' }, metadata: { name: 'Meta' } }), 'Meta')
    equal(title({ body: 'a post of elsewhere' }), 'a post of elsewhere')
    equal(title('bare'), 'bare')
    equal(title({ data: { a: 1 } }), undefined)
    equal(title(null), undefined)
  })

  it('that can not be verified do not hide the others', () => {
    const nodes = nodesOf([badRow(1, new AlephError('INTEGRITY', 'forged')), inFolder(2, 'a')])
    deepEqual(
      nodes.map(({ kind }) => kind),
      ['invalid', 'folder'],
    )
  })
})

describe('files of one folder upload', () => {
  it('are a folder with folders in it', () => {
    const rows = [
      inFolder(4, 'index.html'),
      messageRow(3, { metadata: { filename: 'other.txt' } }),
      inFolder(2, 'css/b.css'),
      inFolder(1, 'css/a.css'),
    ]
    const [folder, file, ...rest] = nodesOf(rows)
    equal(rest.length, 0)
    equal(file?.kind, 'file')
    ok(folder?.kind === 'folder')
    equal(folder.name, 'site')
    const [css, index] = folderChildren(folder)
    ok(css?.kind === 'folder' && index?.kind === 'file')
    equal(index.row.name, 'index.html')
    deepEqual(
      folderChildren(css).map(node => node.kind === 'file' && node.row.name),
      ['a.css', 'b.css'],
    )
    equal(filesOf([folder, index]).length, 3)
  })

  it('stay apart when uploads, names or owners differ', () => {
    const rows = [
      inFolder(1, 'index.html', { id: 'u', name: 'a' }),
      inFolder(2, 'index.html', { id: 'u', name: 'b' }),
      inFolder(3, 'index.html', { id: 'v', name: 'a' }),
      messageRow(4, { metadata: { path: 'index.html', upload: { id: 'u', name: 'a' } } }, { owner: '0xother' }),
    ]
    equal(nodesOf(rows).length, 4)
  })

  it('have ids of identity, unique in the whole tree', () => {
    const rows = [inFolder(1, 'a/x'), inFolder(2, 'a/b/x'), inFolder(3, 'x'), inFolder(4, 'x'), messageRow(5, {})]
    const ids: string[] = []
    const walk = (node: ListNode) => {
      ids.push(node.id)
      if (node.kind === 'folder') folderChildren(node).forEach(walk)
    }
    nodesOf(rows).forEach(walk)
    equal(new Set(ids).size, ids.length)
    const reversed = nodesOf([...rows].reverse())
    ok(reversed.every(({ id }) => ids.includes(id)))
  })
})

describe('lists', () => {
  const setUp = (page: () => MessageRow[]) => {
    const made = makeSession(local)
    let requests = 0
    const client = fakeClient({
      messages: {
        list: () => ({
          async *pages() {
            requests++
            yield page()
          },
          async *[Symbol.asyncIterator]() {},
        }),
      },
      aggregate: { keys: async () => [] },
    })
    const lists = new Lists(made.session, () => client)
    return { ...made, lists, requests: () => requests }
  }

  it('ask the node when somebody looks, and again only after a retry', async () => {
    let isDown = true
    const { lists, requests } = setUp(() => {
      if (isDown) throw new AlephError('NETWORK', 'The node 127.0.0.1:4024 can not be reached.')
      return [inFolder(1, 'a')]
    })
    equal(requests(), 0)
    const [error, ...rest] = await lists.files.roots()
    equal(rest.length, 0)
    ok(error?.kind === 'error')
    await lists.files.roots()
    equal(requests(), 1)
    isDown = false
    await lists.files.retry()
    deepEqual(
      (await lists.files.roots()).map(({ kind }) => kind),
      ['folder'],
    )
  })

  it('begin anew for another account, and not for another name of it', async () => {
    const { lists, session, requests, book } = setUp(() => [inFolder(1, 'a')])
    await lists.files.roots()
    await book.addAddress('0x51a58800b26aa1451aaa803d1746687cb88e0501', 'someone')
    await lists.files.roots()
    equal(requests(), 1)
    session.useAccount('0x51A58800b26AA1451aaA803d1746687cB88E0501')
    await lists.files.roots()
    equal(requests(), 2)
  })

  it('say of a folder whether all of its files are known, without asking for more', async () => {
    const pages = [range(0, 50).map((_, at) => inFolder(100 - at, `a/${at}.txt`)), [inFolder(1, 'last.txt')]]
    let requests = 0
    const client = fakeClient({
      messages: {
        list: () => ({
          async *pages() {
            for (const page of pages) {
              requests++
              yield page
            }
          },
          async *[Symbol.asyncIterator]() {},
        }),
      },
    })
    const { files } = new Lists(makeSession(local).session, () => client)
    const extents = async () => {
      const [folder] = await files.roots()
      ok(folder?.kind === 'folder')
      const [inner] = folderChildren(folder)
      ok(inner?.kind === 'folder')
      return [folder.rows.length, folder.extent, inner.rows.length, inner.extent]
    }
    deepEqual(await extents(), [50, 'loaded', 50, 'loaded'])
    equal(requests, 1)
    await files.more()
    deepEqual(await extents(), [51, 'all', 50, 'all'])
    files.setFilter({ tag: 'x' })
    deepEqual((await extents())[1], 'matching')
  })

  it('are refreshed after a publication by the pair on screen only', async () => {
    const { lists, session, requests } = setUp(() => [])
    const { active } = session
    await lists.files.roots()
    await lists.refreshFor(active)
    equal(requests(), 2)
    await lists.refreshFor({ ...active, network: { ...active.network, id: 'other' } })
    equal(requests(), 2)
    equal(lists.files.isEmpty(), true)
  })

  it('lose their filter with the account or network that it was made for', async () => {
    const { lists, session, book } = setUp(() => [inFolder(1, 'a')])
    await book.addAddress('0x51a58800b26aa1451aaa803d1746687cb88e0501', 'someone')
    lists.files.setFilter({ tag: 'x' })
    session.useAccount(session.accounts[0]?.address ?? '')
    deepEqual(lists.files.filter, { tag: 'x' })
    session.useAccount('0x51A58800b26AA1451aaA803d1746687cB88E0501')
    deepEqual(lists.files.filter, {})
  })

  it('are empty without an account', async () => {
    const { session } = makeSession()
    const lists = new Lists(session, () => fakeClient({}))
    deepEqual(await lists.files.roots(), [])
    deepEqual(await lists.aggregates.roots(), [])
  })
})

describe('a list that loads all', () => {
  /** Pages of 50 out of `total`, each held back until it is let go. */
  function pagesOf(total: number) {
    const { session } = makeSession(local)
    const state = { requests: 0, failAt: 0, hold: undefined as Promise<void> | undefined, asked: [] as object[] }
    const client = fakeClient({
      messages: {
        list: (filter = {}) => {
          state.asked.push(filter)
          return {
            async *pages() {
              for (let at = 0; at < total; at += 50) {
                if (++state.requests === state.failAt) throw new AlephError('NETWORK', 'down')
                await state.hold
                yield Array.from({ length: Math.min(50, total - at) }, (_, index) =>
                  messageRow(at + index, { metadata: { filename: `${at + index}` } }),
                )
              }
            },
            async *[Symbol.asyncIterator]() {},
          }
        },
      },
    })
    const { files } = new Lists(session, () => client)
    return { files, session, state }
  }
  const never = new AbortController().signal

  it('gets every row, tells of few changes, and of every page', async () => {
    const { files, state } = pagesOf(2_030)
    await files.roots()
    let changes = 0
    files.onDidChange(() => changes++)
    const counts: number[] = []
    equal(await files.loadAll(never, count => counts.push(count)), 'all')
    equal((await files.roots()).length, 2_030)
    equal(state.requests, 41)
    equal(counts.length, 40)
    deepEqual(counts.slice(0, 2), [100, 150])
    ok(changes > 5 && changes < 25, `${changes} changes`)
  })

  it('stops at its limit', async () => {
    const { files } = pagesOf(10_200)
    equal(await files.loadAll(never, () => undefined), 'capped')
    const nodes = await files.roots()
    equal(nodes.length, 10_001)
    equal(nodes.at(-1)?.kind, 'more')
  })

  it('stops at its limit of rows looked at when few match', async () => {
    const { files } = pagesOf(12_000)
    files.setFilter({ text: '11500' })
    equal(await files.loadAll(never, () => undefined), 'capped')
    const [more, ...rest] = await files.roots()
    equal(rest.length, 0)
    ok(more?.kind === 'more')
    deepEqual([more.loaded, more.lookedAt], [0, 10_000])
    equal(files.isEmpty(), false)
  })

  it('keeps what it has when it is stopped, at once even when the node hangs', async () => {
    const { files, state } = pagesOf(1_000)
    const stop = new AbortController()
    await files.roots()
    let release = () => {}
    state.hold = new Promise(resolve => (release = resolve))
    const loading = files.loadAll(stop.signal, () => undefined)
    stop.abort()
    equal(await loading, 'stopped')
    equal((await files.roots()).length, 51)
    release()
    // The page under way comes all the same, and nothing after it.
    await files.more()
    equal((await files.roots()).length, 101)
    equal(state.requests, 2)
  })

  it('keeps what it has when a page fails, and goes on by Retry', async () => {
    const { files, state } = pagesOf(200)
    state.failAt = 3
    equal(await files.loadAll(never, () => undefined), 'stopped')
    const nodes = await files.roots()
    deepEqual([nodes[0]?.kind, nodes.length], ['error', 102])
    await files.retry()
    equal(await files.loadAll(never, () => undefined), 'all')
    equal((await files.roots()).length, 200)
  })

  it('ends when the account changes, and shows none of the rows of before', async () => {
    const { files, session, state } = pagesOf(1_000)
    await files.roots()
    let release = () => {}
    state.hold = new Promise(resolve => (release = resolve))
    const loading = files.loadAll(never, () => undefined)
    session.useAccount(session.accounts[1]?.address ?? '')
    release()
    equal(await loading, 'stopped')
    equal((await files.roots()).length, 51)
  })
})

describe('folders that go on in pages not loaded yet', () => {
  it('are made whole, and only as far as needed', async () => {
    const { session } = makeSession(local)
    let requests = 0
    const client = fakeClient({
      messages: {
        list: () => ({
          async *pages() {
            for (let page = 0; page < 8; page++) {
              requests++
              // 120 files of the folder, then other files.
              yield Array.from({ length: 50 }, (_, at) => page * 50 + at).map(number =>
                number < 120 ? inFolder(number, `css/${number}`) : messageRow(number, { metadata: {} }),
              )
            }
          },
          async *[Symbol.asyncIterator]() {},
        }),
      },
    })
    const lists = new Lists(session, () => client)
    const [folder] = await lists.files.roots()
    ok(folder?.kind === 'folder')
    equal(folder.rows.length, 50)
    const [css] = folderChildren(folder)
    ok(css)
    equal(filesOf(await lists.whole([css], new AbortController().signal)).length, 120)
    equal(requests, 4)
    await rejects(lists.whole([folder], AbortSignal.abort()), { code: 'ABORTED' })
  })
})

describe('lists of a local node', () => {
  const node = useLocalNode()

  it('show what an account stores, page by page', async () => {
    const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
    const client = new AlephHttpClient({ endpoints: node().url, account: await session.signer(session.active) })
    for (let number = 0; number < 60; number++) await client.storage.store(`message ${number}`)
    await client.aggregate.create('users', { name: 'John' }, { key: 'john' })
    await client.aggregate.create('users', null, { key: 'gone' })
    await client.storage.storeFile(new Uint8Array(3), { filename: 'a.bin' })
    const lists = new Lists(session, () => client)

    const messages = await lists.messages.roots()
    equal(messages.length, 51)
    equal(messages.at(-1)?.kind, 'more')
    const first = await lists.messages.more()
    ok(first?.kind === 'post')
    equal(first.row.title, 'message 9')
    equal((await lists.messages.roots()).length, 60)

    const [file] = await lists.files.roots()
    ok(file?.kind === 'file')
    equal(file.row.name, 'a.bin')

    const [users] = await lists.aggregates.roots()
    ok(users?.kind === 'aggregate')
    deepEqual(documents(users.info), [['john', { name: 'John' }]])
    deepEqual(
      lists.aggregates.children(users).map(({ id }) => id),
      ['aggregate:users/john'],
    )
  })

  it('are filtered by the node, and by name where it can not search', async () => {
    const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
    const account = await session.signer(session.active)
    const asked: URL[] = []
    const client = new AlephHttpClient({
      ...{ endpoints: node().url, account },
      fetch: (url, init) => {
        asked.push(new URL(url))
        return fetch(url, init)
      },
    })
    await client.storage.store('blue', { tags: ['colour', 'sky'], channel: 'paint' })
    await client.storage.store('red', { tags: ['colour'] })
    const lists = new Lists(session, () => client)
    const found = async (filter: ListFilter) => {
      asked.length = 0
      lists.messages.setFilter(filter)
      return (await lists.messages.roots()).map(node => (node.kind === 'post' ? node.row.title : node.kind))
    }
    deepEqual(await found({ tag: 'colour' }), ['red', 'blue'])
    equal(asked[0]?.searchParams.get('tags'), 'colour')
    deepEqual(await found({ tag: 'colour', channel: 'paint' }), ['blue'])
    deepEqual(await found({ tag: 'colour', text: 'RE' }), ['red'])
    deepEqual(await found({ text: 'message 5' }), ['message 59', ...range(50, 59).reverse(), 'message 5'])
    equal(asked[0]?.searchParams.get('pagination'), '200')
    deepEqual(await found({ tag: 'no such tag' }), [])
    equal(lists.messages.isEmpty(), true)
    deepEqual(await found({ postType: 'no-such-type' }), [])
    deepEqual(await found({ sender: owner, until: '2020-01-01' }), [])
    await client.aggregate.create('orders', { n: 1 }, { key: 'one' })
    lists.aggregates.setFilter({ text: 'ORD' })
    deepEqual(
      (await lists.aggregates.roots()).map(({ id }) => id),
      ['aggregate:orders'],
    )
  })

  it('load one aggregate again, in its row', async () => {
    const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
    const client = new AlephHttpClient({ endpoints: node().url, account: await session.signer(session.active) })
    const lists = new Lists(session, () => client)
    const users = (await lists.aggregates.roots()).find(({ id }) => id === 'aggregate:users')
    ok(users?.kind === 'aggregate')
    await client.aggregate.create('users', { name: 'Kid' }, { key: 'kid' })
    await client.aggregate.create('later', {}, { key: 'x' })
    const changed: unknown[] = []
    lists.aggregates.onDidChange(node => changed.push(node))
    await lists.refreshAggregate(users)
    deepEqual(changed, [users])
    deepEqual(
      documents(users.info).map(([name]) => name),
      ['john', 'kid'],
    )
    ok(!(await lists.aggregates.roots()).some(({ id }) => id === 'aggregate:later'))
    await rejects(client.aggregate.keys({ collection: 'a,b' }), { code: 'INVALID_INPUT' })
    // Gone meanwhile: so is its row.
    await client.aggregate.create('short', {}, { key: 'x' })
    await lists.aggregates.refresh()
    const short = (await lists.aggregates.roots()).find(({ id }) => id === 'aggregate:short')
    ok(short?.kind === 'aggregate')
    for await (const { item_hash, message } of client.messages.list({ types: ['AGGREGATE'] }))
      if ((message?.content as { key?: string }).key === 'short') await client.messages.forget(item_hash)
    await lists.refreshAggregate(short)
    ok(!(await lists.aggregates.roots()).some(({ id }) => id === 'aggregate:short'))
  })

  it('of aggregates are there at once, however many', async () => {
    const { session } = makeSession([{ name: 'local', url: node().url, development: true }])
    const client = new AlephHttpClient({ endpoints: node().url, account: await session.signer(session.active) })
    for (let number = 0; number < 55; number++) await client.aggregate.create(`many-${number}`, {}, { key: 'x' })
    const nodes = await new Lists(session, () => client).aggregates.roots()
    ok(nodes.length >= 55)
    ok(nodes.every(({ kind }) => kind === 'aggregate'))
  })
})
