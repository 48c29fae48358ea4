import { deepEqual, equal, ok } from 'node:assert/strict'
import { AlephError, AlephHttpClient, type MessageRow } from '../../../src/client/index.js'
import { Lists } from '../../../src/core/lists.js'
import { documents, filesOf, folderChildren, messageNodes, type ListNode } from '../../../src/core/nodes.js'
import { fileRow, postRow } from '../../../src/core/rows.js'
import { useLocalNode } from '../../helpers/localNode.js'
import { badRow, fakeClient, localNetwork, makeSession, messageRow } from './fakes.js'

const local = [{ name: 'local', url: 'http://127.0.0.1:4024', development: true }]

const inFolder = (number: number, path: string, upload: object = { id: 'u', name: 'site' }) =>
  messageRow(number, { item_hash: 'Qm', metadata: { filename: path.split('/').at(-1), size: number, path, upload } })

const nodesOf = (rows: MessageRow[]) => messageNodes(rows.map(row => fileRow(localNetwork, row)))

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

  it('are empty without an account', async () => {
    const { session } = makeSession()
    const lists = new Lists(session, () => fakeClient({}))
    deepEqual(await lists.files.roots(), [])
    deepEqual(await lists.aggregates.roots(), [])
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
})
