import { deepEqual, equal, match, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import type { AlephHttpClient } from '../../src/client/index.js'
import type { ListName } from '../../src/core/nodes.js'
import type { PickItem } from '../../src/host/prompts.js'
import { commands, type CommandId } from '../../src/shared/ids.js'
import { startLyingNode } from './lyingNode.js'
import { labels, nodeClient, nodeUrl, roots, rowOf, useAccount, useNetwork, usePrompts } from './extension.js'

const account = 3

describe('filter and load all', () => {
  const prompts = usePrompts()
  let client: AlephHttpClient

  /** Picks the entries with these names one after the other, and types these texts. */
  function answer(picks: string[], inputs: string[] = []) {
    prompts.answers.pick = async <T>(items: PickItem<T>[]) => {
      const wanted = picks.shift()
      const item = items.find(({ label }) => label.endsWith(wanted ?? ''))
      ok(item, `${wanted} is among ${items.map(({ label }) => label).join(', ')}`)
      return item.value
    }
    prompts.answers.input = async ({ validate }) => {
      const text = inputs.shift() ?? ''
      equal(validate?.(text), undefined)
      return text
    }
  }
  const run = (id: CommandId, ...args: unknown[]) => vscode.commands.executeCommand(id, ...args)
  const description = async (name: ListName) => (await useAccount(account)).test.sidebar.description(name)

  before(async () => {
    client = await nodeClient(account)
    await client.storage.store('the oldest', { tags: ['first', 'a b%2F#😀'] })
    for (let number = 0; number < 320; number++)
      await client.storage.store(`row ${number}`, number % 100 ? {} : { tags: ['round'], channel: 'hundreds' })
    await client.storage.storeFile(new Uint8Array([1]), { filename: 'Paper.PDF', engine: 'storage' })
    await client.storage.storeFile(new Uint8Array([2]), { filename: 'other.txt', engine: 'ipfs', tags: ['x'] })
    await client.aggregate.create('users', {}, { key: 'a' })
    await client.aggregate.create('orders', {}, { key: 'a' })
    const { test } = await useAccount(account)
    for (const tree of Object.values(test.sidebar.trees)) await tree.list.refresh()
  })

  beforeEach(async () => {
    await useAccount(account)
  })

  afterEach(async () => {
    for (const id of [commands.filesClearFilter, commands.messagesClearFilter, commands.aggregatesClearFilter])
      await run(id)
  })

  after(async () => {
    await useAccount(0)
  })

  it('asks the node for rows that are not loaded, and shows what it asked', async () => {
    ok(!(await labels('messages')).includes('the oldest'))
    answer(['Tag', 'Apply'], ['first'])
    await run(commands.messagesFilter)
    deepEqual(await labels('messages'), ['the oldest'])
    equal(await description('messages'), 'tag first')
    await run(commands.messagesClearFilter)
    equal((await labels('messages')).length, 51)
    equal(await description('messages'), '')
  })

  it('combines criteria, changes one and takes one away', async () => {
    answer(['Tag', 'Channel', 'Apply'], ['round', 'hundreds'])
    await run(commands.messagesFilter)
    deepEqual(await labels('messages'), ['row 300', 'row 200', 'row 100', 'row 0'])
    answer(['Name', 'Apply'], ['00'])
    await run(commands.messagesFilter)
    deepEqual(await labels('messages'), ['row 300', 'row 200', 'row 100'])
    equal(await description('messages'), 'name “00” · tag round · channel hundreds')
    answer(['Tag', 'Channel', 'Name', 'Apply'], ['', '', 'OLDEST'])
    await run(commands.messagesFilter)
    deepEqual(await labels('messages'), ['the oldest'])
    answer(['Clear filter'])
    await run(commands.messagesFilter)
    equal(await description('messages'), '')
  })

  it('takes a tag with any characters, and refuses what can not be searched for', async () => {
    answer(['Tag', 'Apply'], ['a b%2F#😀'])
    await run(commands.messagesFilter)
    deepEqual(await labels('messages'), ['the oldest'])
    const problems: (string | undefined)[] = []
    answer(['Until'])
    prompts.answers.input = async ({ validate }) => {
      problems.push(validate?.('a,b'), validate?.('2026-02-31'), validate?.('2026-02-28'))
      prompts.answers.pick = async () => undefined
      return undefined
    }
    await run(commands.messagesFilter)
    equal(problems[2], undefined)
    match(problems[1] ?? '', /A date is written as/)
    deepEqual(await labels('messages'), ['the oldest'])
  })

  it('leaves everything as it is when it is cancelled', async () => {
    prompts.answers.pick = async () => undefined
    await run(commands.filesFilter)
    answer(['Tag'], ['x'])
    const { pick } = prompts.answers
    let asked = 0
    prompts.answers.pick = async (items, options) => (asked++ ? undefined : pick?.(items, options))
    await run(commands.filesFilter)
    equal(asked, 2)
    equal(await description('files'), '')
    deepEqual(await labels('files'), ['other.txt', 'Paper.PDF'])
  })

  it('finds files by name, engine, hash and who signed', async () => {
    answer(['Name', 'Apply'], ['pdf'])
    await run(commands.filesFilter)
    deepEqual(await labels('files'), ['Paper.PDF'])
    await run(commands.filesClearFilter)
    answer(['Engine', 'ipfs', 'Apply'])
    await run(commands.filesFilter)
    deepEqual(await labels('files'), ['other.txt'])
    const [other] = await roots('files')
    ok(other?.kind === 'file')
    await run(commands.filesClearFilter)
    answer(['File hash or CID', 'Signed by', 'Apply'], [other.row.fileHash, other.row.sender.toLowerCase()])
    await run(commands.filesFilter)
    deepEqual(await labels('files'), ['other.txt'])
    match(await description('files'), /signed by 0x[0-9a-fA-F]{40} · file Qm|file Qm.*signed by/)
  })

  it('that nothing matches has no rows and is cleared by one command', async () => {
    answer(['Tag', 'Apply'], ['no such tag'])
    await run(commands.filesFilter)
    const { test } = await useAccount(account)
    deepEqual(await roots('files'), [])
    equal(test.sidebar.trees.files.list.isEmpty(), true)
    await run(commands.filesClearFilter)
    equal((await roots('files')).length, 2)
  })

  it('of aggregates asks for a part of the key at once', async () => {
    answer([], ['ORD'])
    await run(commands.aggregatesFilter)
    deepEqual(await labels('aggregates'), ['orders'])
    equal(await description('aggregates'), 'name “ORD”')
  })

  it('goes with the account that it was made for', async () => {
    answer(['Tag', 'Apply'], ['first'])
    await run(commands.messagesFilter)
    await useAccount(account + 1)
    equal((await useNetwork()).test.sidebar.description('messages'), '')
    await useAccount(account)
    equal((await labels('messages')).length, 51)
  })

  it('loads all rows, once also when asked twice, and by the row that offers it', async () => {
    const more = (await roots('messages')).at(-1)
    ok(more?.kind === 'more')
    await Promise.all([run(commands.messagesLoadAll, more, undefined), run(commands.messagesLoadAll)])
    const all = await labels('messages')
    equal(all.length, 321)
    equal(all.at(-1), 'the oldest')
    equal(new Set((await roots('messages')).map(({ id }) => id)).size, 321)
    deepEqual(prompts.toasts, [])
    await run(commands.messagesRefresh)
    equal((await roots('messages')).length, 51)
  })

  it('stops loading all when told, and keeps what came', async () => {
    let release = () => {}
    const held = new Promise<void>(resolve => (release = resolve))
    let nextPages = 0
    let untilHeld = () => {}
    const isHeld = new Promise<void>(resolve => (untilHeld = resolve))
    const slow = await startLyingNode(
      (_, body) => body,
      async path => {
        const { searchParams } = new URL(path, nodeUrl)
        const isNext = searchParams.get('msgTypes') === 'POST' && searchParams.get('cursor')
        if (!isNext || ++nextPages < 2) return undefined
        untilHeld()
        await held
        return undefined
      },
    )
    try {
      const { test } = await useNetwork('liar', slow.url)
      await roots('messages')
      const loading = run(commands.messagesLoadAll)
      await Promise.race([isHeld, loading])
      equal(test.sidebar.description('messages'), 'loading, 100 so far')
      await run(commands.listStopLoading)
      await loading
      equal(test.sidebar.description('messages'), '')
      equal((await roots('messages')).filter(({ kind }) => kind === 'post').length, 100)
    } finally {
      release()
      slow.stop()
      await useAccount(account)
    }
  })

  it('refreshes one aggregate in its row', async () => {
    const users = await rowOf('aggregates', 'users')
    await client.aggregate.create('users', { name: 'Kid' }, { key: 'kid' })
    const { test } = await useAccount(account)
    const tree = test.sidebar.trees.aggregates
    const changed: unknown[] = []
    const subscription = tree.onDidChangeTreeData(node => changed.push(node))
    await run(commands.aggregatesRefreshOne, users)
    subscription.dispose()
    deepEqual(changed, [users])
    match(String(tree.getTreeItem(users).description), /^2 entries/)
    equal((await tree.getChildren(users)).length, 2)
  })
})
