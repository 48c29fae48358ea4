// The real program, started as the extension starts it: two windows of one computer, without VS Code.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { resolve } from 'node:path'
import { AlephHttpClient } from '../../../src/client/index.js'
import { developmentAddresses, developmentSigner } from '../../../src/core/developmentAccounts.js'
import { LocalNode } from '../../../src/core/localNode.js'
import { localNodeProcess } from '../../../src/host/node/localNodeProcess.js'
import { developmentAccounts, startLocalNode } from '../../../src/localNode/index.js'
import { readLocalNodeState } from '../../../src/shared/localNodeState.js'
import { untranslated } from '../../../src/shared/translate.js'
import { buildCli } from '../../helpers/cli.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

describe('the process of the local node', function () {
  this.timeout(60_000)
  const windows: LocalNode[] = []
  let errors: unknown[]
  // Before the hook that takes the folder away, in which the lock tells which process to end.
  afterEach(async () => {
    const [any] = windows.splice(0)
    await any?.stop().catch(() => undefined) // the folder of some tests is none
    if (existsSync(path('localNode.json'))) equal(state()?.isRunning, false, 'no process is left')
  })
  const path = useTemporaryFolder()

  /** `haste` shortens its waits. */
  const window = ({ version = '1.0.0', program = 'test/.out/localNode.cjs', port = 46_024, haste = 1 } = {}) => {
    const stateFile = path('localNode.json')
    const place = { program: resolve(program), folder: path('local-node'), stateFile, version, port }
    const ports = localNodeProcess(place, error => errors.push(error))
    const node = new LocalNode({
      ...ports,
      sleep: (milliseconds, signal) => ports.sleep(milliseconds / haste, signal),
      file: {
        read: async () => (existsSync(stateFile) ? readFileSync(stateFile, 'utf8') : undefined),
        onDidChange: () => ({ dispose: () => undefined }),
      },
      version,
      onError: error => errors.push(error),
      t: untranslated,
    })
    windows.push(node)
    return node
  }
  const state = () => readLocalNodeState(readFileSync(path('localNode.json'), 'utf8'))
  const log = () => readFileSync(path('local-node/log.txt'), 'utf8')
  const client = async (node: LocalNode) =>
    new AlephHttpClient({ endpoints: node.endpoint, account: await developmentSigner(developmentAddresses[0] ?? '') })

  before(() => buildCli())
  beforeEach(() => (errors = []))

  it('keeps what was stored over a stop, and prints no key', async () => {
    const node = window()
    await node.start()
    const { item_hash } = await (await client(node)).storage.store('kept')
    await node.stop()
    equal(node.isRunning, false)
    const { endpoint } = node
    await rejects(fetch(`${endpoint}/version`))

    await node.start()
    equal((await (await client(node)).storage.get(item_hash)).content, 'kept')
    match(log(), /Everything is kept in/)
    for (const { privateKey } of developmentAccounts()) ok(!log().includes(privateKey.slice(2)))
    if (process.platform !== 'win32') {
      equal(statSync(path('local-node')).mode & 0o777, 0o700)
      equal(statSync(path('local-node/log.txt')).mode & 0o777, 0o600)
    }
    deepEqual(errors, [])
  })

  it('is one, whoever starts it and however many at once', async () => {
    const nodes = [window(), window(), window()]
    await Promise.all(nodes.map(node => node.start()))
    const pid = state()?.pid
    equal(new Set(nodes.map(({ endpoint }) => endpoint)).size, 1)
    const late = window()
    await late.start()
    equal(state()?.pid, pid)
    equal(late.endpoint, nodes[0]?.endpoint)
  })

  it('takes the next port when the usual one is taken', async () => {
    const stranger = await startLocalNode({})
    try {
      const node = window({ port: stranger.port })
      await node.start()
      ok(Number(new URL(node.endpoint).port) > stranger.port)
    } finally {
      await stranger.close()
    }
  })

  it('is replaced when it was killed, and when the file names somebody else', async () => {
    const node = window()
    await node.start()
    const dead = state()
    ok(dead)
    process.kill(dead.pid, 'SIGKILL')
    while (await node.check()) continue
    await window().start()
    const alive = state()
    ok(alive?.isRunning && alive.pid !== dead.pid)

    // What the file says is not what answers: this process, at a port of the node.
    writeFileSync(path('localNode.json'), JSON.stringify({ format: 1, ...alive, instance: 'c'.repeat(32) }))
    const other = window({ haste: 10 })
    equal(await other.check(), false)
    await other.start()
    ok(other.isRunning)
    ok(state()?.pid !== alive.pid, 'the one that nobody could recognise was ended')
  })

  it('is restarted by a later version of the extension, with its data', async () => {
    await window().start()
    const old = state()
    const later = window({ version: '1.0.1' })
    await later.start()
    ok(state()?.pid !== old?.pid)
    equal(state()?.version, '1.0.1')
  })

  it('that is missing, or whose folder is no folder, says why', async () => {
    await rejects(window({ program: 'no/such/program.cjs' }).start(), { message: /its program is missing/ })
    equal(errors.length, 1)
    writeFileSync(path('local-node'), 'a file')
    await rejects(window().start(), { code: 'IO' })
  })

  // The administrator may write everywhere.
  if (process.getuid?.() !== 0)
    it('whose folder can not be written says why', async () => {
      chmodSync(path(), 0o500)
      await rejects(window().start(), { message: /its folder can not be written/ })
      chmodSync(path(), 0o700)
    })

  it('with damaged data says so', async () => {
    const node = window()
    await node.start()
    await (await client(node)).storage.store('one')
    await node.stop()
    const messages = path('local-node/data/messages.log')
    writeFileSync(messages, readFileSync(messages, 'utf8').replace('received', 'receiver'))
    await rejects(node.start(), { message: /its data is damaged/ })
    match(log(), /messages\.log is damaged at line/)
  })

  it('gets nothing of the environment but what Node needs', async function () {
    if (process.platform !== 'linux') return this.skip()
    process.env['SOME_TOKEN'] = 'secret'
    const node = window()
    await node.start()
    delete process.env['SOME_TOKEN']
    const environment = readFileSync(`/proc/${state()?.pid}/environ`, 'utf8')
    const names = environment.split('\0').map(each => each.split('=')[0])
    ok(names.includes('PATH') && names.includes('ELECTRON_RUN_AS_NODE'))
    ok(!environment.includes('secret'))
    ok(names.length <= 12, names.join(' '))
  })

  it('answers a host that a window allowed while it ran, and still does after a restart', async () => {
    const node = window()
    await node.start()
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) =>
        request(`${node.endpoint}/version`, { headers: { host } }, answer => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end(),
      )
    equal(await ask('4024-name.example.dev'), 403)
    await window().allowHost('4024-name.example.dev')
    await node.allowHost('4024-name.example.dev')
    equal(await ask('4024-name.example.dev'), 200)
    equal(await ask('evil.example'), 403)
    await node.stop()
    await node.start()
    equal(await ask('4024-name.example.dev'), 200)
    equal(readFileSync(path('local-node/hosts.txt'), 'utf8'), '4024-name.example.dev\n')
  })

  it('is ended when its start is cancelled', async () => {
    const controller = new AbortController()
    const watcher = watch(path(), () => controller.abort())
    try {
      await rejects(window().start(controller.signal), { code: 'ABORTED' })
    } finally {
      watcher.close()
    }
    const again = window()
    await again.start()
    ok(again.isRunning)
  })
})
