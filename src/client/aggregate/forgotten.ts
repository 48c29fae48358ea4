// What is left of elements that were forgotten: skeletons, which no longer say of which aggregate they were (protocol
// §3.4, §5.1).
import * as v from 'valibot'
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { pagesOf } from '../http/paging.js'
import { claimedHash, isItemHash } from '../message/itemHash.js'
import { ownerOf } from './merged.js'

/** The node's word: nothing of it can be verified. */
export interface ForgottenElement {
  item_hash: string
  /** When it was written, in seconds. */
  time: number
  /** Item hashes of the FORGETs, ten at most. */
  forgottenBy: string[]
}

const pageRows = 200
/** Whoever forgot more doesn't look at them one by one. */
const maxRows = 10_000

const skeletonSchema = v.looseObject({
  item_hash: v.string(),
  type: v.optional(v.string()),
  time: v.number(),
  forgotten_by: v.nullish(v.array(v.unknown())),
})

/** Pages of 200, forgotten last first, one request each; none before it is iterated. */
export async function* forgottenElements(
  context: Context,
  owner?: string,
  options: CallOptions = {},
): AsyncGenerator<ForgottenElement[], void, undefined> {
  assertOptions(options, ['signal'], 'aggregate.forgotten')
  const owners = ownerOf(context, owner)
  const query = { msgStatuses: 'forgotten', msgTypes: 'AGGREGATE', owners }
  const listing = { path: '/api/v0/messages.json', query, rows: 'messages', pageRows, identity: claimedHash }
  // Not by cursor: nodes refuse one for this list.
  const pages = pagesOf(context.http, { ...listing, isNumbered: true, maxRows, signal: options.signal })
  for await (const { rows } of pages) {
    const elements: ForgottenElement[] = []
    for (const row of rows) {
      const { success, output } = v.safeParse(skeletonSchema, row)
      if (!success || !isItemHash(output.item_hash)) continue
      const hashes = (output.forgotten_by ?? []).filter(hash => typeof hash === 'string' && isItemHash(hash))
      elements.push({
        item_hash: output.item_hash,
        time: output.time,
        forgottenBy: hashes.slice(0, 10) as string[],
      })
    }
    if (!elements.length) return
    yield elements
  }
}
