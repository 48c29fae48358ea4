// What is newest of an aggregate, on the node that is written to, just before something is written to it.
import type { Context } from '../context.js'
import type { Head } from '../message/contentClock.js'
import { elementPages, type HistoryRow } from './history.js'
import { mergedHead } from './merged.js'

export interface HeadQuestion {
  owner: string
  collection: string
  /** The item hash of the revision that is known; null for none yet; undefined if nobody asks what is newer. */
  base: string | null | undefined
  endpoint: string
  signal: AbortSignal | undefined
}

export interface HeadAnswer {
  head: Head | undefined
  /** The node's merge. */
  document: Record<string, unknown> | undefined
  /** What came after the base. */
  newer: HistoryRow[]
  /** False when there is no such revision, or not any more. */
  isBaseKnown: boolean
}

/**
 * The newest element by the node's word and by its list. The list is read only where somebody asks for what is newer, or
 * where the head can not be followed and so has to be named rightly: the hash that the node tells may be another one's
 * (protocol §5.3), and the order of its list is a hint.
 */
export async function readHead(
  context: Context,
  { owner, collection, base, endpoint, signal }: HeadQuestion,
): Promise<HeadAnswer> {
  const merged = await mergedHead(context, owner, collection, { endpoint, signal })
  if (!merged) return { head: undefined, document: undefined, newer: [], isBaseKnown: base == null }
  const { document, ...told } = merged
  const of = JSON.stringify([owner, collection])
  let head: Head = { of, ...told }
  if (base === undefined && !context.contentClock.isFuture(head))
    return { head, document, newer: [], isBaseKnown: true }

  const newer: HistoryRow[] = []
  let baseTime: number | undefined
  let newestTime = -Infinity
  for await (const { rows } of elementPages(context, { owner, collection }, { endpoint, signal })) {
    for (const row of rows) {
      const time = row.element?.time ?? -Infinity
      newestTime = Math.max(newestTime, time)
      if (time >= head.time) head = { of, time, item_hash: row.item_hash }
      if (row.item_hash === base) baseTime = row.element ? time : (row.time ?? Infinity)
      else if (baseTime === undefined || time > baseTime) newer.push(row)
    }
    if ((baseTime !== undefined || base === undefined) && newestTime >= told.time) break
  }
  return { head, document, newer: base === undefined ? [] : newer, isBaseKnown: base == null || baseTime !== undefined }
}
