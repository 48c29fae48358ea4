// One signed message of an aggregate: which entries it set, and who vouches for that (protocol §3.2, §3.6).
import type { Context } from '../context.js'
import type { Authority } from '../message/authority.js'
import { noContent, readEnvelope, signedContent, sizeOf } from '../message/message.js'
import { verifyMessage } from '../message/verify.js'
import { isAddress } from '../shapes.js'
import { isTime } from '../message/wire.js'
import { readElementText, type ElementText } from './elementText.js'

/** A verified AGGREGATE message. */
export interface AggregateElement {
  item_hash: string
  /** `content.time` in seconds: what decides which element counts. */
  time: number
  sender: string
  owner: string
  /** `unproven` elements are in the history, but count for nothing. */
  authority: Authority
  /** The node's word; not signed. */
  channel?: string
  /** True if the node says that it is written on a chain; not verified. */
  confirmed: boolean
  /** UTF-8 bytes of the content. */
  sizeBytes: number
  /** By name, the JSON text of each value as it was signed, with `\uXXXX` of printable characters read. */
  entries: ReadonlyMap<string, string>
}

/** Whose elements are wanted; of all aggregates without `collection`. */
export interface Wanted {
  owner: string
  collection?: string | undefined
}

const isWanted = ({ address, key }: ElementText, { owner, collection }: Wanted) =>
  address === owner && key !== undefined && (collection === undefined || key === collection)

/** What an inline row of a list says of itself, before anything of it is verified. */
export function claimedText(wire: unknown): ElementText | undefined {
  const text = (wire as { item_content?: unknown } | null | undefined)?.item_content
  return typeof text === 'string' ? readElementText(text) : undefined
}

/**
 * The element in a row of a list with the key of its aggregate, or undefined for something else: what plainly belongs
 * elsewhere is not even verified. Content that travels apart is fetched. Throws `INTEGRITY`, or what fetching throws.
 */
export async function readElement(
  context: Context,
  wire: unknown,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<{ key: string; element: AggregateElement } | undefined> {
  const claimed = claimedText(wire)
  if (claimed && !isWanted(claimed, wanted)) return undefined
  const { envelope, isConfirmed } = readEnvelope(wire)
  const signed = await signedContent(context, envelope, signal)
  await verifyMessage(envelope, signed, context.verified)
  // What stands beside content that travels apart is nobody's word.
  const content = typeof signed === 'string' ? claimed : readElementText(new TextDecoder().decode(signed))
  if (!content) throw noContent(envelope.item_hash)
  if (typeof signed !== 'string') {
    // Nodes fill these two in from the envelope (protocol §1.2).
    content.address ??= envelope.sender
    content.time ??= envelope.time
  }
  if (envelope.type !== 'AGGREGATE' || !isWanted(content, wanted)) return undefined
  const { address: owner, key, time, entries } = content
  if (!isAddress(owner) || key === undefined || !isTime(time) || !entries) throw noContent(envelope.item_hash)
  const { item_hash, sender, chain, channel, type } = envelope
  const about = { sender, chain, type, owner, ...(channel == null ? {} : { channel }) }
  const { authority } = await context.authority.resolve(
    context,
    { ...about, content: { address: owner, time, key, content: {} } },
    signal,
  )
  return {
    key,
    element: {
      ...{ item_hash, time, sender, owner, authority },
      ...(channel == null ? {} : { channel }),
      ...{ confirmed: isConfirmed, sizeBytes: sizeOf(signed), entries },
    },
  }
}
