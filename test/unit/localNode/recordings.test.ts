// What a real node answered to 784 requests, asked of ours. Cases that need routes of a later day are in one table.
import { strict as assert } from 'node:assert'
import { startLocalNode, type LocalNode } from '../../../src/localNode/index.js'
import { quick } from '../../helpers/localNode.js'
import { differences, readRecordings, send, type Case, type Step } from '../../helpers/replay.js'

const { setup, cases } = readRecordings('test/fixtures/recordings/node.jsonl')

/** Steps that this node does not answer yet; the other steps of the same case are compared all the same. */
const later: readonly { reason: string; cases: readonly string[]; isStep: (step: Step) => boolean }[] = []

const reasonFor = (recorded: Case, step: Step) =>
  later.find(entry => entry.cases.includes(recorded.case) && entry.isStep(step))?.reason

describe('recordings of a real node', () => {
  let node: LocalNode
  before(async () => {
    node = await startLocalNode({ ...quick, balances: setup?.balances ?? {}, credits: setup?.credits ?? {} })
  })
  after(() => node.close())

  for (const recorded of cases)
    it(recorded.case, async () => {
      const failures: string[] = []
      for (const [i, step] of recorded.steps.entries()) {
        const { request } = step
        if (request.method.startsWith('WS-')) continue
        const isPending = step.response.status === 200 && String(step.response.body).includes('"status":"pending"')
        if ((step.poll_before || request.method === 'SLEEP') && !isPending) await node.idle()
        if (request.method === 'SLEEP') continue
        const found = differences(step, await send(node.url, request))
        if (found.length && !reasonFor(recorded, step))
          failures.push(`step ${i} ${request.method} ${request.path}:\n    ${found.join('\n    ')}`)
      }
      assert.equal(failures.join('\n  '), '')
    })
})
