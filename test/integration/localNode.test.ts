// The local node in a real window: a process of its own, started and ended by commands. Nothing of it may be left.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import * as vscode from 'vscode'
import { SecretMask } from '../../src/core/secretMask.js'
import { createLocalNode, nodeStateName } from '../../src/host/localNode.js'
import { Log } from '../../src/host/log.js'
import { commands } from '../../src/shared/ids.js'
import { readLocalNodeState, writeLocalNodeState } from '../../src/shared/localNodeState.js'
import { activated, click, closeEditors, labels, roots, uploadAll, usePrompts, workspaceFile } from './extension.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

const setting = () => vscode.workspace.getConfiguration('aleph')
const start = () => vscode.commands.executeCommand(commands.localNodeStart)

async function stateFile(): Promise<string> {
  return vscode.Uri.joinPath((await activated()).test.context.globalStorageUri, nodeStateName).fsPath
}

async function state() {
  const read = readLocalNodeState(readFileSync(await stateFile(), 'utf8'))
  ok(read)
  return read
}

const untilChange = async (event: (listener: () => void) => { dispose(): void }, isDone: () => boolean) => {
  while (!isDone())
    await new Promise<void>(resolve => {
      const subscription = event(() => {
        subscription.dispose()
        resolve()
      })
    })
}

/** No setting stands in the place of the local node, and the window is somewhere else. */
function useNoSetting(): void {
  let previous: unknown
  before(async () => {
    const { test } = await activated()
    previous = setting().inspect('networks')?.globalValue
    await setting().update('networks', undefined, vscode.ConfigurationTarget.Global)
    test.session.useNetwork('mainnet')
  })
  after(async () => {
    const { test } = await activated()
    await test.localNode.stop()
    equal(await test.localNode.check(), false)
    await setting().update('networks', previous, vscode.ConfigurationTarget.Global)
    test.session.useNetwork('local')
  })
}

describe('the local node', () => {
  const prompts = usePrompts()
  useNoSetting()
  afterEach(closeEditors)

  async function upload(name: string): Promise<void> {
    prompts.answers.choose = uploadAll
    await vscode.commands.executeCommand(commands.filesUpload, workspaceFile(name))
    await prompts.untilToast(`Uploaded ${name} to local.`)
  }

  /** What most of these tests begin with: the node runs, this window uses it, and it has one file. */
  async function runsWithNotes(): Promise<void> {
    await start()
    if (!(await labels('files')).includes('notes.md')) await upload('notes.md')
  }

  it('is found dead, said so in a row that starts it, and this window uses it then', async () => {
    const { test } = await activated()
    const dead = {
      port: 9,
      pid: 999_999_999,
      processStart: '1',
      version: '0.0.1',
      dataDir: '',
      instance: '0123456789abcdef'.repeat(2),
    }
    await vscode.workspace.fs.createDirectory(test.context.globalStorageUri)
    writeFileSync(await stateFile(), writeLocalNodeState({ ...dead, isRunning: true }))
    await test.localNode.load()
    // The window also hears of the file by itself, and asks at that port.
    const { localNode } = test
    await untilChange(localNode.onDidChange, () => localNode.endpoint === 'http://127.0.0.1:9')
    test.session.useNetwork('local')
    equal(test.session.network.endpoints[0], 'http://127.0.0.1:9')

    const [row] = await roots('files')
    ok(row?.kind === 'error')
    deepEqual(await labels('files'), ['The local node is not running'])
    await click('files', row)
    match(await prompts.untilToast('The local node is running'), /at http:\/\/127\.0\.0\.1:\d+\./)

    const { network, account } = test.session.active
    deepEqual([network.id, network.isLocalNode, account.name], ['local', true, 'development 1'])
    equal(network.endpoints[0], `http://127.0.0.1:${(await state()).port}`)
    equal(test.session.accounts.filter(({ kind }) => kind === 'development').length, 10)
    deepEqual(await labels('files'), [])
  })

  it('takes an upload', async () => {
    await start()
    await upload('notes.md')
    deepEqual(await labels('files'), ['notes.md'])
  })

  it('is joined by another window, and by a second press', async () => {
    await start()
    const { test } = await activated()
    const { pid } = await state()
    const channel = vscode.window.createOutputChannel('another window', { log: true })
    const other = createLocalNode(test.context, new Log(channel, new SecretMask()))
    try {
      await other.node.start()
      equal(other.node.endpoint, test.localNode.endpoint)
      test.session.useNetwork('mainnet')
      await start()
      equal(test.session.network.id, 'local')
      equal((await state()).pid, pid)
    } finally {
      other.dispose()
      channel.dispose()
    }
  })

  it('is offered to be stopped while it runs, and not to be started', async () => {
    await start()
    const seen: string[] = []
    prompts.answers.pick = async items => {
      seen.push(...items.map(({ label }) => label))
      return undefined
    }
    await vscode.commands.executeCommand(commands.sessionShow)
    await vscode.commands.executeCommand(commands.networkSwitch)
    ok(seen.some(label => label.includes('Stop local node')))
    ok(!seen.some(label => label.includes('Start local node')))
  })

  it('prints no key, and its log can be shown', async () => {
    await start()
    const { test } = await activated()
    const log = vscode.Uri.joinPath(test.context.globalStorageUri, 'local-node/log.txt')
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(log))
    match(text, /http:\/\/127\.0\.0\.1:\d+/)
    ok(!/[0-9a-f]{64}/.test(text))
    await vscode.commands.executeCommand(commands.localNodeShowLog)
  })

  it('goes on when it is not meant to stop', async () => {
    await start()
    const { test } = await activated()
    prompts.answers.confirm = async () => false
    await vscode.commands.executeCommand(commands.localNodeStop)
    equal(await test.localNode.check(), true)
  })

  it('leaves its rows on screen when it is stopped, and a failed upload offers to start it', async () => {
    const { test } = await activated()
    await runsWithNotes()
    deepEqual(await labels('files'), ['notes.md'])
    const questions: string[] = []
    prompts.answers.confirm = async ({ message, detail }) => questions.push(message, detail) > 0
    prompts.answers.choose = uploadAll
    await vscode.commands.executeCommand(commands.localNodeStop)
    deepEqual(questions, [
      'Stop the local node?',
      'All windows that use it lose it until it is started again. What is stored on it stays.',
    ])
    equal(test.localNode.isRunning, false)
    deepEqual(await labels('files'), ['notes.md'])
    await vscode.commands.executeCommand(commands.filesRefresh)
    deepEqual(await labels('files'), ['The local node is not running', 'notes.md'])

    const offers: string[][] = []
    prompts.answers.notify = async (_, message, actions) => {
      if (message.startsWith('Could not upload')) offers.push(actions)
      return undefined
    }
    await vscode.commands.executeCommand(commands.filesUpload, workspaceFile('README.md'))
    await prompts.untilToast('Could not upload README.md')
    deepEqual(offers, [['Retry', 'Start Local Node', 'Show Log']])
    await vscode.commands.executeCommand(commands.transfersClear)
  })

  it('that is stopped again says that it is not running', async () => {
    await start()
    await (await activated()).test.localNode.stop()
    await vscode.commands.executeCommand(commands.localNodeStop)
    await prompts.untilToast('The local node is not running.')
  })

  it('comes back with what was stored, at another port when its own was taken meanwhile', async () => {
    const { test } = await activated()
    await runsWithNotes()
    const { port } = await state()
    await test.localNode.stop()
    const squatter = createServer((_, response) => response.end('not a node'))
    await new Promise<void>(resolve => squatter.listen(port, '127.0.0.1', resolve))
    try {
      prompts.answers.pick = async items => items.find(({ label }) => label.includes('Start local node'))?.value
      await vscode.commands.executeCommand(commands.networkSwitch)
      ok((await state()).port !== port)
      equal(test.session.network.endpoints[0], test.localNode.endpoint)
      deepEqual(await labels('files'), ['notes.md'])
    } finally {
      squatter.close()
    }
  })

  it('that another window stops and starts is followed by this one', async () => {
    const { test } = await activated()
    await runsWithNotes()
    const channel = vscode.window.createOutputChannel('another window', { log: true })
    const other = createLocalNode(test.context, new Log(channel, new SecretMask()))
    const { onDidChange } = test.localNode
    try {
      await other.node.stop()
      await untilChange(onDidChange, () => !test.localNode.isRunning)
      await other.node.start()
      await untilChange(onDidChange, () => test.localNode.isRunning)
      equal(test.session.network.endpoints[0], other.node.endpoint)
      deepEqual(await labels('files'), ['notes.md'])
    } finally {
      other.dispose()
      channel.dispose()
    }
  })

  it('has links that the browser of the user can open', async () => {
    await runsWithNotes()
    const [row] = await roots('files')
    await vscode.commands.executeCommand(commands.filesCopyLink, row)
    const link = await vscode.env.clipboard.readText()
    const { test } = await activated()
    const root = await vscode.env.asExternalUri(vscode.Uri.parse(test.localNode.endpoint))
    ok(row?.kind === 'file')
    equal(link, `${root.toString(true).replace(/\/$/, '')}/api/v0/storage/raw/${row.row.fileHash}`)
    const file = new Uint8Array(await (await nodeFetch(link)).arrayBuffer())
    deepEqual(file, new Uint8Array(await vscode.workspace.fs.readFile(workspaceFile('notes.md'))))
  })

  it('is not started beside one that a setting calls local', async () => {
    const { test } = await activated()
    await test.localNode.stop()
    await setting().update(
      'networks',
      [{ name: 'local', url: 'http://127.0.0.1:9', development: true }],
      vscode.ConfigurationTarget.Global,
    )
    await start()
    await prompts.untilToast('Nothing answers at http://127.0.0.1:9, which aleph.networks calls local.')
    equal((await state()).isRunning, false)
    await setting().update('networks', undefined, vscode.ConfigurationTarget.Global)
  })
})

describe('the local node @untrusted', () => {
  const prompts = usePrompts()
  useNoSetting()

  it('works in a workspace that is not trusted', async () => {
    const { test } = await activated()
    await start()
    await prompts.untilToast('The local node is running')
    equal(test.session.active.account.kind, 'development')
    deepEqual(await labels('files'), [])
  })
})
