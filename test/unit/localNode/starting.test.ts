// What a program that starts a local node relies on: the state file, the next free port, an end by itself or by --stop.
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { idleTicks, IdleWatch } from '../../../src/localNode/idle.js'
import { developmentAccounts } from '../../../src/localNode/index.js'
import {
  instanceHeader,
  localNodeExit,
  readLocalNodeState,
  writeLocalNodeState,
} from '../../../src/shared/localNodeState.js'
import { buildCli, runCli, spawnNode } from '../../helpers/cli.js'
import { useTemporaryFolder } from '../../helpers/temporary.js'

describe('idleness of the local node', () => {
  let ends = 0
  let watch: IdleWatch
  const tick = (times: number) => {
    for (let i = 0; i < times; i++) watch.tick()
  }
  beforeEach(() => {
    ends = 0
    watch = new IdleWatch(() => ends++)
  })

  it('is noticed once, after the whole time without a request', () => {
    tick(idleTicks - 1)
    assert.equal(ends, 0)
    tick(1)
    assert.equal(ends, 1)
    tick(3 * idleTicks)
    assert.equal(ends, 1)
  })

  it('begins anew with every request', () => {
    tick(idleTicks - 1)
    watch.begin()()
    tick(idleTicks - 1)
    assert.equal(ends, 0)
    tick(1)
    assert.equal(ends, 1)
  })

  it('does not begin while a request is open, and counts from its end', () => {
    const end = watch.begin()
    tick(5 * idleTicks)
    assert.equal(ends, 0)
    end()
    tick(idleTicks - 1)
    assert.equal(ends, 0)
    tick(1)
    assert.equal(ends, 1)
  })
})

describe('the state of a local node', () => {
  const good = {
    isRunning: true,
    port: 4024,
    pid: 7,
    processStart: '99',
    instance: 'ab'.repeat(16),
    version: '0.1.0',
    dataDir: '/x',
  }

  it('is read as it was written', () => assert.deepEqual(readLocalNodeState(writeLocalNodeState(good)), good))

  for (const [what, text] of Object.entries({
    nothing: '',
    'half a file': writeLocalNodeState(good).slice(0, 40),
    null: 'null',
    'a list': '[1]',
    'another format': JSON.stringify({ ...good, format: 2 }),
    'a port too high': JSON.stringify({ ...good, format: 1, port: 65_536 }),
    'a port as text': JSON.stringify({ ...good, format: 1, port: '4024@evil.example' }),
    'port 0': JSON.stringify({ ...good, format: 1, port: 0 }),
    'a group of processes': JSON.stringify({ ...good, format: 1, pid: -1 }),
    'no instance': JSON.stringify({ ...good, format: 1, instance: '' }),
  }))
    it(`is not known from ${what}`, () => assert.equal(readLocalNodeState(text), undefined))
})

describe('starting a local node from a program', function () {
  this.timeout(30_000)
  const path = useTemporaryFolder()
  const state = () => {
    const read = readLocalNodeState(readFileSync(path('state.json'), 'utf8'))
    assert.ok(read)
    return read
  }
  const args = (...more: string[]) => ['--data-dir', path('data'), '--state-file', path('state.json'), ...more]
  before(() => buildCli())

  it('a state file tells where it runs, to this user only, and that it ended', async () => {
    const node = await spawnNode(args('--program-version', '1.2.3', '--no-account-list'))
    try {
      const said = state()
      assert.deepEqual(
        [said.isRunning, `http://127.0.0.1:${said.port}`, said.pid, said.version, said.dataDir],
        [true, node.url, node.process.pid, '1.2.3', path('data')],
      )
      assert.equal(statSync(path('state.json')).mode & 0o777, 0o600)
      assert.equal(statSync(path('data')).mode & 0o777, 0o700)
      assert.equal((await fetch(`${node.url}/version`)).headers.get(instanceHeader), said.instance)
      for (const { privateKey } of developmentAccounts()) assert.ok(!node.output().includes(privateKey))
    } finally {
      assert.equal(await node.end(), 0)
    }
    assert.equal(state().isRunning, false)
  })

  it('says nothing in /version that a real node does not say, unless somebody reads the state file', async () => {
    const node = await spawnNode()
    try {
      assert.equal((await fetch(`${node.url}/version`)).headers.get(instanceHeader), null)
    } finally {
      await node.end()
    }
  })

  it('--next-port passes by what is in use', async () => {
    const first = await spawnNode()
    const { port } = new URL(first.url)
    const second = await spawnNode(['--port', port, '--next-port'])
    try {
      assert.ok(Number(new URL(second.url).port) > Number(port))
      assert.ok((await fetch(`${second.url}/version`)).ok)
    } finally {
      await second.end()
      await first.end()
    }
  })

  it('--idle-timeout ends it, and says so', async () => {
    const node = await spawnNode(args('--idle-timeout', '0.4'))
    await once(node.process, 'close')
    assert.equal(node.process.exitCode, 0)
    assert.match(node.output(), /Nobody used it for 0\.4 seconds, so it ends\.\n$/)
    assert.equal(state().isRunning, false)
    assert.ok(!existsSync(path('data/lock')))
  })

  it('--stop ends the node of a data directory, and is content when there is none', async () => {
    const node = await spawnNode(args())
    const ended = once(node.process, 'close')
    assert.deepEqual(await runCli(args('--stop')), { code: 0, output: '' })
    await ended
    assert.equal(node.process.exitCode, 0)
    assert.equal(state().isRunning, false)
    assert.deepEqual(await runCli(args('--stop')), { code: 0, output: '' })
  })

  it('--stop insists when a node does not listen', async () => {
    const node = await spawnNode(args())
    process.kill(node.process.pid ?? 0, 'SIGSTOP')
    const ended = once(node.process, 'close')
    assert.equal((await runCli(args('--stop'))).code, 0)
    await ended
    assert.equal(node.process.signalCode, 'SIGKILL')
    assert.equal(state().isRunning, false)
  })

  it('--stop leaves a stranger alone who has the id of a dead node', async () => {
    const node = await spawnNode(args())
    await node.end('SIGKILL')
    assert.equal(state().isRunning, true)
    const stranger = await spawnNode()
    try {
      writeFileSync(path('data/lock'), JSON.stringify({ pid: stranger.process.pid, started: '1' }))
      assert.equal((await runCli(args('--stop'))).code, 0)
      // Where the system does not tell processes apart, only an answer proves who it is.
      writeFileSync(path('data/lock'), JSON.stringify({ pid: stranger.process.pid, started: '' }))
      assert.equal((await runCli(args('--stop'))).code, 0)
      for (const pid of [0, -1, '1', null]) {
        writeFileSync(path('data/lock'), JSON.stringify({ pid, started: '' }))
        assert.equal((await runCli(args('--stop'))).code, 0)
      }
      assert.ok((await fetch(`${stranger.url}/version`)).ok)
      assert.equal(state().isRunning, false)
    } finally {
      await stranger.end()
    }
  })

  // The administrator may write everywhere.
  if (process.getuid?.() !== 0)
    it('a folder that can not be written ends it with one sentence and a code of its own', async () => {
      chmodSync(path(), 0o500)
      const { code, output } = await runCli(args())
      chmodSync(path(), 0o700)
      assert.equal(code, localNodeExit.noPermission)
      assert.match(output, /^This is not permitted: .*\n$/)
    })
})
