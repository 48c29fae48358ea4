import { deepEqual, equal } from 'node:assert/strict'
import { LocalNode } from '../../../src/core/localNode.js'
import { KeepAlive } from '../../../src/host/keepAlive.js'
import { writeLocalNodeState } from '../../../src/shared/localNodeState.js'
import { untranslated } from '../../../src/shared/translate.js'
import { makeSession, MemoryFile } from '../core/fakes.js'

const instance = 'a'.repeat(32)
const state = { isRunning: true, port: 4024, pid: 1, processStart: '', instance, version: '1.0.0', dataDir: '' }

function nodeThatAnswers() {
  const asked: string[] = []
  let heard: () => void = () => undefined
  const file = new MemoryFile(writeLocalNodeState(state))
  const unused = () => Promise.reject(new Error('not used here'))
  const world = {
    answer: instance as string | undefined,
    untilAsked: () => new Promise<void>(resolve => (heard = resolve)),
  }
  const node = new LocalNode({
    file,
    version: '1.0.0',
    t: untranslated,
    onError: () => undefined,
    launch: () => ({ exit: unused(), end: () => undefined }),
    endHolder: unused,
    allowHost: unused,
    sleep: unused,
    async instanceAt(endpoint) {
      asked.push(endpoint)
      heard()
      return world.answer
    },
  })
  return { node, asked, world }
}

describe('a window that uses the local node', () => {
  it('asks it now and then, and only while it runs and is used', async () => {
    const { node, asked, world } = nodeThatAnswers()
    const { session } = makeSession()
    const keepAlive = new KeepAlive(session, node, 1)
    await node.load()
    equal(keepAlive.isAttached, false, 'the window is on mainnet')
    session.useNetwork('local')
    equal(keepAlive.isAttached, true)
    await world.untilAsked()
    await world.untilAsked()
    deepEqual([...new Set(asked)], ['http://127.0.0.1:4024'])

    session.useNetwork('mainnet')
    equal(keepAlive.isAttached, false)
    session.useNetwork('local')
    equal(keepAlive.isAttached, true)
    // It died without a word.
    world.answer = undefined
    await new Promise<void>(resolve => node.onDidChange(resolve))
    equal(keepAlive.isAttached, false)
    keepAlive.dispose()
  })

  it('asks no more when it is closed', async () => {
    const { node } = nodeThatAnswers()
    const { session } = makeSession()
    session.useNetwork('local')
    const keepAlive = new KeepAlive(session, node, 60_000)
    await node.load()
    equal(keepAlive.isAttached, true)
    keepAlive.dispose()
    equal(keepAlive.isAttached, false)
  })
})
