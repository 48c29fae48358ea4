// What a real node answered to 784 requests, asked of ours.
import { strict as assert } from 'node:assert'
import { startLocalNode, type LocalNode } from '../../../src/localNode/index.js'
import { quick, testDate } from '../../helpers/localNode.js'
import { differences, readRecordings, RecordedSockets, send, type Case, type Step } from '../../helpers/replay.js'

const { setup, cases } = readRecordings('test/fixtures/recordings/node.jsonl')
const removing = readRecordings('test/fixtures/recordings/removing.jsonl').cases

/** What can not be the same: nobody else reaches this node, so it has no address to name. */
const different: Readonly<Record<string, readonly string[]>> = { 'info-public': ['$body.node_multi_addresses'] }

/** Traps of protocol §10 that a case shows. */
const traps: Readonly<Record<string, string>> = {
  'percent-trap': '1',
  'percent-trap-sync': '1, 4',
  'upload-metadata-unfunded': '2',
  'upload-metadata-errors': '3, 5, 50',
  'post-duplicate-sync': '4',
  'missing-signature-sync': '4',
  'bad-post-no-type': '6',
  'bad-time-milliseconds': '7',
  'bad-time-string': '7',
  'bad-forget-aggregate-key': '8',
  'messages-list-filters': '8, 9, 16, 45',
  'store-other-keys': '10',
  'posts-filters': '12, 19',
  'owner-lowercase': '13, 53',
  'messages-list-paging': '14, 15',
  'aggregate-multi-keys': '17',
  'posts-amend': '18, 37',
  'pending-ipfs-unknown-cid': '20',
  'base64-newlines': '21',
  'upload-plain': '22, 51',
  'bad-store-raw-leaf-cid': '23',
  'add-json': '24, 46',
  'store-ref-user': '25, 37',
  'rejected-forget-double': '26',
  'unknown-routes': '30',
  'messages-start-block': '33',
  'bad-content-lone-surrogate': '34',
  'aggregate-equal-times': '37, 43',
  'store-free-tier': '39',
  'bad-tags-17': '40',
  'bad-tag-empty': '40',
  'bad-content-time-string': '42',
  'aggregate-equal-times-forget': '43',
  'messages-list-cursor': '44',
  'cors-errors': '47',
  'aggregate-legacy-key': '52',
  'security-allowed': '48',
  'ws-errors': '49',
  removing: '54',
}
const title = ({ case: name }: Case) => (traps[name] ? `${name} (trap ${traps[name]})` : name)

const isWebSocket = (step: Step) => step.request.method.startsWith('WS-')

describe('recordings of a real node', () => {
  let node: LocalNode
  let now = testDate
  let retryDelayMs = 5
  before(async () => {
    node = await startLocalNode({
      ...quick,
      allowOrigins: ['https://example.org'], // the pages of the recordings
      live: { errorDelayMs: 5 },
      syncTimeoutMs: 400, // some cases wait for it
      now: () => ++now, // no two messages arrive in the same millisecond
      retryDelayMs: () => retryDelayMs,
      balances: setup?.balances ?? {},
      credits: setup?.credits ?? {},
    })
  })
  after(() => node.close())

  const replay = async (recorded: Case, volatile: readonly string[] = []) => {
    const failures: string[] = []
    const sockets = new RecordedSockets(node.url)
    for (const [i, step] of recorded.steps.entries()) {
      const { request } = step
      // Where the real node was given time, ours has finished as soon as nothing is pending.
      if (step.poll_before || (request.method === 'SLEEP' && retryDelayMs === 5)) await node.idle()
      if (request.method === 'SLEEP') continue
      const answer = isWebSocket(step) ? await sockets.play(step) : await send(node.url, request)
      if (request.method === 'WS-CLOSE') continue
      const found = differences(step, answer, [...volatile, ...(different[recorded.case] ?? [])])
      if (found.length) failures.push(`step ${i} ${request.method} ${request.path}:\n    ${found.join('\n    ')}`)
    }
    assert.equal(failures.join('\n  '), '')
  }

  for (const recorded of cases)
    it(title(recorded), async () => {
      // This one looks at a message while it waits for its first retry.
      retryDelayMs = recorded.case === 'pending-ipfs-unknown-cid' ? 1_000 : 5
      await replay(recorded)
    })

  describe('a STORE whose owner no longer holds enough (protocol §4.2, §6.5)', () => {
    const owner = '0x3D39a220214b7f907845BC2e9670602b21A9dFf9'
    const store = '3c69f6278bb19ad040f991bf95a72529d3f812d0f61e4bfe57c91ed231915a27'
    // Recorded in another run than the rest.
    const otherRun = [
      '$body.reception_time',
      '$body.locked_amount',
      '$body.removed_at',
      '$body.message.removed_at',
      '$body.messages[0].removed_at',
    ]
    const prepare: Record<string, () => void> = {
      confirmed: () => node.confirm(store, { chain: 'ETH', height: 23_747_000, hash: '0xabc1' }),
      removing: () => node.setBalance(owner, 0),
      recovered: () => node.setBalance(owner, 100_000),
      removed: () => {
        node.setBalance(owner, 0)
        now += 26 * 3_600_000
      },
    }
    for (const recorded of removing)
      it(title(recorded), async () => {
        prepare[recorded.case]?.()
        await replay(recorded, otherRun)
      })
  })

  it('names only cases that exist in its tables', () => {
    const names = new Set([...cases, ...removing].map(recorded => recorded.case))
    const unknown = [...Object.keys(traps), ...Object.keys(different)].filter(name => !names.has(name))
    assert.deepEqual(unknown, [])
  })
})
