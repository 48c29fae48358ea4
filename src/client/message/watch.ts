// Messages as they come: live by WebSocket where the node has one, else by asking again and again (protocol §5.7). What
// was missed while nobody listened is read as a list, so that a break is no gap.
import { assertOptions, type Context } from '../context.js'
import { invalidInput } from '../errors.js'
import { normalFilter, toQuery, type MessageRow } from './list.js'
import type { WatchFilter, WatchOptions } from './watcher.js'

/**
 * Messages that match, in the order in which they become known, each once and verified as in a list; it begins with the
 * call, or with `history` messages before it. A row that is not what was signed carries an `error` and ends nothing.
 *
 * After a break, and whenever it was silent, the list of the node is read from a quarter of an hour before the newest
 * message on: nothing is missed that the node lists by then, unless its envelope is older than that or is not dated by
 * the order of things. Whoever reads slowly loses nothing either: the connection is closed, and the rest is read as a
 * list. Of a message that comes twice within some 20 000 the second is left out.
 *
 * Ends with the signal, without an error, or when the loop is left. Throws `INVALID_INPUT` at once; while it begins
 * whatever a list throws; later only what waiting can not mend (`REJECTED`). `onState` tells how it goes, `onEvent` of the
 * client every wait.
 */
export function watchMessages(
  context: Context,
  filter: WatchFilter = {},
  options: WatchOptions = {},
): AsyncIterable<MessageRow> {
  assertOptions(options, ['signal', 'history', 'onState', 'pollMs'], 'messages.watch')
  toQuery(filter)
  if ('order' in filter) throw invalidInput('What is watched comes in the order in which it becomes known.')
  const { history = 0, pollMs = 10_000, signal } = options
  if (!Number.isInteger(history) || history < 0 || history > 199)
    throw invalidInput('The history has 0 to 199 messages.')
  if (!Number.isFinite(pollMs) || pollMs < 500) throw invalidInput('A node is asked every 500 milliseconds at most.')
  const startMs = context.http.clock.now()
  async function* watched(any: AbortSignal) {
    const { Watcher } = await import('../lazy/watch.js')
    yield* new Watcher(context, await normalFilter(filter), { ...options, history, pollMs }, any).rows(startMs)
  }
  return {
    [Symbol.asyncIterator]() {
      // Leaving must end a wait, too, which a generator alone does not.
      const left = new AbortController()
      const any = signal ? AbortSignal.any([signal, left.signal]) : left.signal
      const rows = watched(any)
      return {
        next: () => rows.next(),
        return: () => {
          left.abort()
          return rows.return()
        },
      }
    },
  }
}
