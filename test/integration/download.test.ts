import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as vscode from 'vscode'
import type { AlephHttpClient } from '../../src/client/index.js'
import type { ListNode } from '../../src/core/nodes.js'
import { commands } from '../../src/shared/ids.js'
import { nodeClient, roots, rowOf, useAccount, useNetwork, usePrompts } from './extension.js'
import { startLyingNode } from './lyingNode.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

const account = 5
const bytes = (text: string) => new TextEncoder().encode(text)

describe('download and copy', () => {
  const prompts = usePrompts()
  let client: AlephHttpClient
  let folder: string

  const store = (text: string, options: Parameters<AlephHttpClient['storage']['storeFile']>[1]) =>
    client.storage.storeFile(bytes(text), { engine: 'storage', ...options })
  const inSite = (path: string) => ({
    filename: path.split('/').at(-1) ?? '',
    metadata: { path, upload: { id: 'site-1', name: 'site' } },
  })
  const download = (...nodes: ListNode[]) => vscode.commands.executeCommand(commands.filesDownload, nodes[0], nodes)
  const paths = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort()
  const read = (path: string) => readFile(join(folder, path), 'utf8')
  const named = async (name: string) =>
    (await roots('files')).filter(node => node.kind === 'file' && node.row.name === name)

  before(async () => {
    client = await nodeClient(account)
    await store('one', { filename: 'same.txt' })
    await store('two', { filename: 'same.txt' })
    await store('three', { filename: 'SAME.TXT' })
    await store('up', { filename: '../up.txt' })
    await store('odd', { filename: 'a:b%2F#😀' })
    await store('index', inSite('index.html'))
    await store('style', inSite('css/a.css'))
    await store('evil', inSite('css/..\\..\\evil.css'))
    await client.storage.storeFile(bytes('<svg/>'), {
      filename: 'lo[g]o.svg',
      mimetype: 'image/svg+xml',
      engine: 'ipfs',
    })
    const { test } = await useAccount(account)
    await test.sidebar.trees.files.list.refresh()
  })

  beforeEach(async () => {
    await useAccount(account)
    folder = await mkdtemp(join(tmpdir(), 'aleph-download-'))
    prompts.answers.openFolder = async () => vscode.Uri.file(folder)
  })

  afterEach(() => rm(folder, { recursive: true }))

  after(async () => {
    await useAccount(0)
  })

  it('brings a folder with its paths, and nothing outside of it', async () => {
    await download(await rowOf('files', 'site'))
    await prompts.untilToast('Downloaded 3 files, verified.')
    deepEqual(await paths(), ['site/css/.._.._evil.css', 'site/css/a.css', 'site/index.html'])
    equal(await read('site/index.html'), 'index')
  })

  it('brings several files whose names are alike or hostile', async () => {
    const files = (await roots('files')).filter(node => node.kind === 'file' && node.row.engine === 'storage')
    equal(files.length, 5)
    await download(...files)
    await prompts.untilToast('Downloaded 5 files, verified.')
    deepEqual(await paths(), ['.._up.txt', 'SAME.TXT', 'a_b%2F#😀', 'same (2).txt', 'same (3).txt'])
    deepEqual([await read('SAME.TXT'), await read('same (2).txt'), await read('same (3).txt')], ['three', 'two', 'one'])
  })

  it('asks once about what is there already', async () => {
    const site = await rowOf('files', 'site')
    await download(site)
    await prompts.untilToast('Downloaded 3 files')
    await writeFile(join(folder, 'site/index.html'), 'mine')
    await rm(join(folder, 'site/css/a.css'))
    const questions: unknown[] = []
    const answerWith = (action: string | undefined) => {
      prompts.toasts.length = 0
      prompts.answers.choose = async ({ message, actions }) => {
        questions.push([message, ...actions])
        return action
      }
    }
    answerWith(undefined)
    await download(site)
    deepEqual(questions, [['2 files are there already.', 'Replace All', 'Keep Both', 'Skip']])
    deepEqual([await paths(), prompts.toasts], [['site/css/.._.._evil.css', 'site/index.html'], []])

    answerWith('Skip')
    await download(site)
    await prompts.untilToast('Downloaded a.css, verified.')
    deepEqual([await read('site/index.html'), await read('site/css/a.css')], ['mine', 'style'])

    answerWith('Skip')
    await download(site)
    await prompts.untilToast('Nothing was downloaded: all 3 files are there already.')

    answerWith('Keep Both')
    await download(site)
    await prompts.untilToast('Downloaded 3 files')
    deepEqual([await read('site/index.html'), await read('site (2)/index.html')], ['mine', 'index'])

    answerWith('Replace All')
    await download(site)
    await prompts.untilToast('Downloaded 3 files')
    equal(await read('site/index.html'), 'index')
    equal(questions.length, 5)
  })

  it('writes nothing when no place is chosen', async () => {
    prompts.answers.openFolder = async () => undefined
    prompts.answers.saveFile = async () => undefined
    await download(await rowOf('files', 'site'))
    await download(await rowOf('files', 'SAME.TXT'))
    deepEqual([await paths(), prompts.toasts], [[], []])
  })

  it('says what failed, keeps the rest, and tries only that again', async () => {
    let isLying = true
    const liar = await startLyingNode((path, body) =>
      isLying && path.includes('/storage/raw/') && body.toString() === 'style' ? Buffer.from('forged') : body,
    )
    try {
      await useNetwork('liar', liar.url)
      let actions: string[] = []
      let press: (action: string) => void = () => {}
      prompts.answers.notify = (_, message, offered) => {
        actions = offered
        return message.startsWith('Could not') ? new Promise(resolve => (press = resolve)) : Promise.resolve(undefined)
      }
      await download(await rowOf('files', 'site'))
      match(await prompts.untilToast('Could not download 1 of 3 files. a.css: '), /.+\.$/)
      deepEqual(actions, ['Retry Failed (1)', 'Open Folder', 'Show Log'])
      deepEqual(await paths(), ['site/css/.._.._evil.css', 'site/index.html'])
      isLying = false
      press('Retry Failed (1)')
      await prompts.untilToast('Downloaded 3 files, verified.')
      equal(await read('site/css/a.css'), 'style')
    } finally {
      liar.stop()
      await useAccount(account)
    }
  })

  it('tells why a place can not be written to', async () => {
    await writeFile(join(folder, 'site'), 'a file')
    await download(await rowOf('files', 'site'))
    match(
      await prompts.untilToast('Could not download 3 of 3 files.'),
      /A file has the name of its folder|can not be written/,
    )
  })

  it('copies as links, Markdown and hashes, a line each', async () => {
    const [logo] = await named('lo[g]o.svg')
    const [up] = await named('../up.txt')
    ok(logo?.kind === 'file' && up?.kind === 'file')
    const copied = async (id: string, ...nodes: ListNode[]) => {
      await vscode.commands.executeCommand(id, nodes[0], nodes)
      return (await vscode.env.clipboard.readText()).split('\n')
    }
    const [link, other] = await copied(commands.filesCopyLink, logo, up)
    match(link ?? '', new RegExp(`/api/v0/storage/raw/${logo.row.fileHash}$`))
    match(other ?? '', new RegExp(`/api/v0/storage/raw/${up.row.fileHash}$`))
    deepEqual(await copied(commands.filesCopyMarkdown, logo, up), [
      `![lo\\[g\\]o.svg](${link})`,
      `[../up.txt](${other})`,
    ])
    deepEqual(await copied(commands.filesCopyItemHash, logo, up), [logo.row.itemHash, up.row.itemHash])
    deepEqual(await copied(commands.filesCopyFileHash, logo, up), [logo.row.fileHash, up.row.fileHash])
    deepEqual(await copied(commands.filesCopyIpfsAddress, logo), [`ipfs://${logo.row.fileHash}`])
    deepEqual(prompts.toasts, [])
    deepEqual(await copied(commands.filesCopyIpfsAddress, up, logo), [`ipfs://${logo.row.fileHash}`])
    await prompts.untilToast("Copied the addresses of 1 of 2 files. The others aren't on IPFS.")
    await vscode.commands.executeCommand(commands.filesCopyIpfsAddress, up)
    await prompts.untilToast('Only files of the engine ipfs')
  })

  it('copies the link of a message that works', async () => {
    const { item_hash } = await client.storage.store('linked')
    await vscode.commands.executeCommand(commands.messagesRefresh)
    const post = await rowOf('messages', 'linked')
    await vscode.commands.executeCommand(commands.messagesCopyLink, post)
    const answer = (await (await nodeFetch(await vscode.env.clipboard.readText())).json()) as { item_hash: string }
    equal(answer.item_hash, item_hash)
  })

  it('asks which file is meant when no row is', async () => {
    const offered: string[] = []
    prompts.answers.pick = async items => {
      offered.push(...items.map(({ label }) => label))
      return items.find(({ label }) => label === 'SAME.TXT')?.value
    }
    prompts.answers.saveFile = async () => vscode.Uri.file(join(folder, 'picked.txt'))
    await vscode.commands.executeCommand(commands.filesDownload)
    await prompts.untilToast('Downloaded SAME.TXT, verified.')
    equal(await read('picked.txt'), 'three')
    equal(offered.length, 9)
  })
})
