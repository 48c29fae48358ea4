// What is left of elements that were forgotten: skeletons, which no longer say of which aggregate they were (protocol
// §3.4, §5.1).
import * as v from 'valibot'
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { isItemHash } from '../message/itemHash.js'
import { parseAnswer } from '../message/message.js'
import { isTime, itemHashShape } from '../message/wire.js'
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
/** 10 000 skeletons: whoever forgot more does not look at them one by one. */
const maxPages = 50

const skeletonSchema = v.looseObject({
  item_hash: itemHashShape,
  time: v.pipe(
    v.number(),
    v.check(time => isTime(time)),
  ),
  forgotten_by: v.nullish(v.array(v.unknown())),
})
const pageSchema = v.looseObject({ messages: v.array(v.unknown()) })

/** Pages of 200, forgotten last first, one request each; none before it is iterated. */
export async function* forgottenElements(
  context: Context,
  owner?: string,
  options: CallOptions = {},
): AsyncGenerator<ForgottenElement[], void, undefined> {
  assertOptions(options, ['signal'], 'aggregate.forgotten')
  const owners = await ownerOf(context, owner)
  const path = '/api/v0/messages.json'
  const seen = new Set<string>()
  // Not by cursor: nodes refuse one for this list.
  for (let page = 1; page <= maxPages; page++) {
    const query = { msgStatuses: 'forgotten', msgTypes: 'AGGREGATE', owners, pagination: pageRows, page }
    const { messages } = parseAnswer(
      pageSchema,
      await context.http.request(path, { query, signal: options.signal }),
      path,
    )
    const elements: ForgottenElement[] = []
    for (const message of messages.slice(0, pageRows)) {
      const { success, output } = v.safeParse(skeletonSchema, message)
      if (!success || seen.has(output.item_hash)) continue
      seen.add(output.item_hash)
      const hashes = (output.forgotten_by ?? []).filter(hash => typeof hash === 'string' && isItemHash(hash))
      elements.push({
        item_hash: output.item_hash,
        time: output.time,
        forgottenBy: hashes.slice(0, 10) as string[],
      })
    }
    if (!elements.length) return
    yield elements
    if (messages.length < pageRows) return
  }
}
