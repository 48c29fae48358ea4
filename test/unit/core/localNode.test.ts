import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { AlephError } from '../../../src/client/errors.js'
import { isStoppedLocalNode, LocalNode, type LaunchedNode } from '../../../src/core/localNode.js'
import { mainnet } from '../../../src/core/network.js'
import { localNodeExit, writeLocalNodeState, type LocalNodeState } from '../../../src/shared/localNodeState.js'
import { untranslated } from '../../../src/shared/translate.js'
import { localNetwork, MemoryFile } from './fakes.js'

const instances = { first: 'a'.repeat(32), second: 'b'.repeat(32) }

/** One computer: its state file, its data lock, what answers at its ports. Windows share it. */
function computer() {
  const file = new MemoryFile()
  const answering = new Map<number, string>()
  const log: string[] = []
  /** What the processes do when they are launched, in turn; the last one goes on for ever. */
  const plans: ((process: Process) => void)[] = []
  let waitedMs = 0
  let pid = 100

  interface Process {
    exit: (code: number) => void
    run: (port?: number, version?: string) => void
  }

  const state = (more: Partial<LocalNodeState> = {}): LocalNodeState => ({
    isRunning: true,
    port: 4024,
    pid,
    processStart: '1',
    instance: instances.first,
    version: '1.0.0',
    dataDir: '/data',
    ...more,
  })
  /** A node runs and says so. */
  const run = (more: Partial<LocalNodeState> = {}) => {
    const next = state(more)
    answering.set(next.port, next.instance)
    file.text = writeLocalNodeState(next)
  }
  const crash = () => answering.clear()

  const window = (version = '1.0.0') => {
    const errors: unknown[] = []
    const node = new LocalNode({
      file,
      version,
      t: untranslated,
      onError: error => errors.push(error),
      instanceAt: async endpoint => answering.get(Number(new URL(endpoint).port)),
      launch(): LaunchedNode {
        log.push('launch')
        pid++
        const plan = plans.length > 1 ? plans.shift() : plans[0]
        let exit: (code: number) => void = () => undefined
        const exited = new Promise<number>(resolve => (exit = resolve))
        plan?.({ exit, run: (port = 4024, by = version) => run({ port, version: by, instance: instances.second }) })
        return { exit: exited, end: () => void log.push('end') }
      },
      allowHost: async authority => void log.push(`allow ${authority}`),
      async endHolder() {
        log.push('endHolder')
        answering.clear()
        file.text = writeLocalNodeState(state({ isRunning: false }))
        return 0
      },
      async sleep(milliseconds, signal) {
        waitedMs += milliseconds
        // The exit of a process is heard first.
        await new Promise(setImmediate)
        if (signal?.aborted) throw new AlephError('ABORTED', 'cancelled')
      },
    })
    return { node, errors }
  }
  return { file, answering, log, plans, state, run, crash, window, waited: () => waitedMs }
}

describe('the local node', () => {
  it('is at the usual place and not running when nobody ever started it', async () => {
    const { node } = computer().window()
    await node.load()
    deepEqual([node.endpoint, node.isRunning], ['http://127.0.0.1:4024', false])
    equal(await node.check(), false)
  })

  it('starts, and is used where it says that it runs', async () => {
    const { plans, log, window } = computer()
    plans.push(({ run }) => run(4026))
    const { node } = window()
    let changes = 0
    node.onDidChange(() => changes++)
    await node.start()
    deepEqual([node.endpoint, node.isRunning, changes], ['http://127.0.0.1:4026', true, 1])
    deepEqual(log, ['launch'])
  })

  it('that runs is joined by a second window', async () => {
    const { run, log, window } = computer()
    run({ port: 4030 })
    const { node } = window()
    await node.start()
    deepEqual([node.endpoint, node.isRunning, log], ['http://127.0.0.1:4030', true, []])
  })

  it('is started once by two presses in one window', async () => {
    const { plans, log, window } = computer()
    plans.push(({ run }) => run())
    const { node } = window()
    await Promise.all([node.start(), node.start()])
    deepEqual(log, ['launch'])
  })

  it('is one for two windows that start at once', async () => {
    const { plans, log, window, run, waited } = computer()
    plans.push(({ exit }) => exit(localNodeExit.dataLocked))
    const { node } = window()
    const starting = node.start()
    // The other window was quicker; its node answers while this one pauses.
    await new Promise(setImmediate)
    run({ port: 4025 })
    await starting
    deepEqual([node.endpoint, node.isRunning], ['http://127.0.0.1:4025', true])
    ok(log.filter(each => each === 'launch').length <= 2)
    ok(!log.includes('endHolder'))
    ok(waited() < 2_000)
  })

  it('that is just ending is waited for', async () => {
    const { plans, log, window } = computer()
    plans.push(
      ({ exit }) => exit(localNodeExit.dataLocked),
      ({ run }) => run(),
    )
    const { node } = window()
    await node.start()
    ok(node.isRunning)
    deepEqual(log, ['launch', 'launch'])
  })

  it('that holds the data and does not answer is ended after a while', async () => {
    const { plans, log, window } = computer()
    plans.push(({ exit, run }) => (log.includes('endHolder') ? run() : exit(localNodeExit.dataLocked)))
    const { node } = window()
    await node.start()
    ok(node.isRunning)
    equal(log.filter(each => each === 'endHolder').length, 1)
    equal(log.at(-2), 'endHolder')
  })

  it('that can not be ended is a failure that says so', async () => {
    const { plans, window, waited } = computer()
    plans.push(({ exit }) => exit(localNodeExit.dataLocked))
    await rejects(window().node.start(), { code: 'IO', message: /another local node, which does not answer/ })
    ok(waited() < 60_000)
  })

  it('whose process died is replaced without asking', async () => {
    const { plans, run, crash, log, window } = computer()
    run()
    crash()
    plans.push(process => process.run(4025))
    const { node } = window()
    await node.load()
    equal(node.isRunning, true, 'nobody said otherwise')
    equal(await node.check(), false)
    await node.start()
    deepEqual([node.isRunning, node.endpoint, log], [true, 'http://127.0.0.1:4025', ['launch']])
  })

  it('is not what another program answers at its port', async () => {
    const { run, answering, plans, log, window } = computer()
    run()
    plans.push(process => process.run(4025))
    for (const stranger of ['', instances.second]) {
      answering.set(4024, stranger)
      equal(await window().node.check(), false)
    }
    const { node } = window()
    await node.start()
    deepEqual([node.endpoint, log], ['http://127.0.0.1:4025', ['launch']])
  })

  for (const [running, mine, isRestarted] of [
    ['1.0.0', '1.0.0', false],
    ['1.0.0', '1.1.0', true],
    ['1.9.9', '1.10.0', true],
    ['1.10.0', '1.9.9', false],
    ['2.0.0', '1.9.9', false],
    ['', '0.1.0', true],
  ] as const)
    it(`of version "${running}" is ${isRestarted ? 'restarted' : 'joined'} by version ${mine}`, async () => {
      const { run, plans, log, window } = computer()
      run({ version: running })
      plans.push(process => process.run())
      const { node } = window(mine)
      await node.start()
      ok(node.isRunning)
      deepEqual(log, isRestarted ? ['endHolder', 'launch'] : [])
    })

  for (const [name, sentence] of [
    ['dataDamaged', /its data is damaged/],
    ['noPermission', /its folder can not be written/],
    ['portInUse', /none of the ports/],
    ['noSpace', /no space left/],
    ['programMissing', /its program is missing/],
    ['other', /it ended at once/],
    ['usage', /it ended at once/],
  ] as const)
    it(`that ends with ${name} says why it could not be started`, async () => {
      const { plans, window, log } = computer()
      plans.push(({ exit }) => exit(localNodeExit[name]))
      const { node } = window()
      await rejects(node.start(), { code: 'IO', message: sentence })
      equal(node.isRunning, false)
      deepEqual(log, ['launch', 'end'])
    })

  it('that never answers is given up and ended', async () => {
    const { plans, window, log, waited } = computer()
    plans.push(() => undefined)
    await rejects(window().node.start(), { code: 'IO', message: /does not answer in time/ })
    deepEqual(log, ['launch', 'end'])
    ok(waited() >= 10_000)
  })

  it('whose start is cancelled is ended, and can be started again', async () => {
    const { plans, window, log } = computer()
    plans.push(
      () => undefined,
      ({ run }) => run(),
    )
    const { node } = window()
    const controller = new AbortController()
    const starting = node.start(controller.signal)
    await new Promise(setImmediate)
    controller.abort()
    await rejects(starting, { code: 'ABORTED' })
    deepEqual(log, ['launch', 'end'])
    await node.start()
    ok(node.isRunning)
  })

  it('that is stopped keeps its place, in all windows', async () => {
    const { run, file, window } = computer()
    run({ port: 4025 })
    const here = window().node
    const there = window().node
    await here.check()
    await there.check()
    const heard = new Promise<void>(resolve => there.onDidChange(resolve))
    file.writeElsewhere(writeLocalNodeState(computer().state({ port: 4025, isRunning: false })))
    await heard
    deepEqual([there.isRunning, there.endpoint], [false, 'http://127.0.0.1:4025'])
  })

  it('that another window started elsewhere is heard of, once it answers', async () => {
    const { file, answering, state, window } = computer()
    const { node } = window()
    await node.load()
    const changes: string[] = []
    node.onDidChange(() => changes.push(`${node.endpoint} ${node.isRunning}`))
    answering.set(4031, instances.second)
    file.writeElsewhere(writeLocalNodeState(state({ port: 4031, instance: instances.second })))
    while (!changes.length) await new Promise(setImmediate)
    deepEqual(changes, ['http://127.0.0.1:4031 true'])
  })

  it('is not believed in from a damaged state file', async () => {
    const { file, plans, window } = computer()
    file.text = '{"format":1,"isRunning":true,"port":"evil.example"}'
    plans.push(({ run }) => run())
    const { node } = window()
    await node.load()
    deepEqual([node.endpoint, node.isRunning], ['http://127.0.0.1:4024', false])
    await node.start()
    ok(node.isRunning)
  })

  it('is not running when the state file can not be read, and the log hears why', async () => {
    const { file, window } = computer()
    file.read = () => Promise.reject(new Error('no permission'))
    const { node, errors } = window()
    await node.load()
    equal(node.isRunning, false)
    match(String(errors[0]), /no permission/)
  })

  it('can be looked for at any place, which can be cancelled', async () => {
    const { answering, window } = computer()
    const { node } = window()
    answering.set(4040, '')
    equal(await node.isNodeAt('http://127.0.0.1:4040'), true)
    equal(await node.isNodeAt('http://127.0.0.1:4041'), false)
    await rejects(node.isNodeAt('http://127.0.0.1:4041', AbortSignal.abort()), { code: 'ABORTED' })
  })

  it('is what helps when it is what can not be reached, and nothing else', () => {
    const unreachable = new AlephError('NETWORK', 'x')
    const own = { ...localNetwork, isLocalNode: true } as const
    equal(isStoppedLocalNode(own, unreachable), true)
    equal(isStoppedLocalNode(localNetwork, unreachable), false)
    equal(isStoppedLocalNode(mainnet, unreachable), false)
    equal(isStoppedLocalNode(own, new AlephError('NETWORK', 'x', { response: { status: 500 } })), false)
    equal(isStoppedLocalNode(own, new AlephError('NOT_FOUND', 'x')), false)
    equal(isStoppedLocalNode(own, undefined), false)
  })
})
