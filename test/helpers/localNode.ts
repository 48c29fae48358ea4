// A local node for mocha: started before the tests of a `describe` (or before each), closed after them.
import {
  developmentAccounts,
  startLocalNode,
  type LocalNode,
  type LocalNodeOptions,
} from '../../src/localNode/index.js'

/** Hold payments end on 2027-01-01; tests live before that, whatever the date is. */
export const testDate = Date.parse('2026-11-23T08:00:00Z')

export { developmentAccounts }

/**
 * Short waits: nothing in a test is worth 30 seconds. Long enough, though, that a busy machine does not turn a 200 into
 * a 202. The clock stands at `testDate` unless given, and isn't told, because that of most clients doesn't.
 */
export const quick = {
  now: () => testDate,
  sendsDate: false,
  syncTimeoutMs: 2_000,
  maxRetries: 3,
  retryDelayMs: () => 5,
} satisfies LocalNodeOptions

/** Registers hooks; the returned function gives the node of the running test. */
export function useLocalNode(
  options: LocalNodeOptions | (() => LocalNodeOptions) = {},
  { each = false } = {},
): () => LocalNode {
  let node: LocalNode | undefined
  const start = async () => {
    node = await startLocalNode({ ...quick, ...(typeof options === 'function' ? options() : options) })
  }
  const stop = async () => {
    await node?.close()
    node = undefined
  }
  if (each) {
    beforeEach(start)
    afterEach(stop)
  } else {
    before(start)
    after(stop)
  }
  return () => {
    if (!node) throw new Error('the local node runs only inside of tests')
    return node
  }
}
