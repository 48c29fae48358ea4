// What an open document was loaded from. It is kept on disk while the document has unsaved changes, because VS Code
// keeps only the text, and without its base nobody could tell what the user changed and what others did.
import * as v from 'valibot'
import type { Envelope } from '../../client/index.js'
import { keptEnvelope } from '../../client/message/fate.js'
import type { AggregateAddress } from './address.js'
import { readDocumentText } from './text/documentText.js'
import { textsOf, type Entries } from './entries.js'

export interface AggregateBase {
  /** Item hash of the newest element; undefined when there was none. */
  readonly head: string | undefined
  /** Its `content.time` in seconds; 0 when there was none. */
  readonly time: number
  readonly entries: Entries
  /** The text as the editor got it. */
  readonly text: string
}

/** A publication that was signed and that isn't among the revisions yet. */
export interface PendingPublication {
  readonly itemHash: string
  readonly time: number
  /** What it sets. */
  readonly entries: Entries
  /** The signed message, to be sent again as it is; earlier versions kept none. */
  readonly envelope?: Envelope | undefined
  /** Since when a node that answers doesn't know it; milliseconds. */
  readonly missingSinceMs?: number | undefined
}

export interface KeptBase {
  readonly base: AggregateBase
  /** Address of the account that publishes. */
  readonly account: string | undefined
  /** Oldest first. */
  readonly pending: readonly PendingPublication[]
}

/** Texts by name; a name is that of a file. */
export interface BaseStore {
  read(name: string): Promise<string | undefined>
  write(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}

const pendingSchema = v.object({
  itemHash: v.string(),
  time: v.number(),
  entries: v.array(v.tuple([v.string(), v.string()])),
  envelope: v.optional(v.looseObject({})),
  missingSinceMs: v.optional(v.number()),
})

const schema = v.object({
  version: v.literal(1),
  networkId: v.string(),
  owner: v.string(),
  key: v.string(),
  head: v.optional(v.string()),
  time: v.number(),
  text: v.string(),
  account: v.optional(v.string()),
  /** One in what earlier versions wrote. */
  pending: v.optional(v.union([pendingSchema, v.array(pendingSchema)]), []),
})

export function writeBase(address: AggregateAddress, { base, account, pending }: KeptBase): string {
  const { networkId, owner, key } = address
  const { head, time, text } = base
  return JSON.stringify({
    version: 1,
    ...{ networkId, owner, key, head, time, text, account },
    pending: pending.map(each => ({ ...each, entries: [...each.entries] })),
  })
}

/** Undefined for what is not the base of this document. */
export function readBase(address: AggregateAddress, json: string): KeptBase | undefined {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  const { success, output } = v.safeParse(schema, value)
  if (!success) return undefined
  const { networkId, owner, key, head, time, text, account, pending } = output
  if (networkId !== address.networkId || owner !== address.owner || key !== address.key) return undefined
  const { entries } = readDocumentText(text)
  if (!entries) return undefined
  return {
    base: { head, time, text, entries: textsOf(entries) },
    account,
    pending: [pending]
      .flat()
      .map(each => ({ ...each, entries: new Map(each.entries), envelope: signed(each.envelope) })),
  }
}

/** Undefined for what somebody changed on disk. */
function signed(envelope: unknown): Envelope | undefined {
  try {
    return envelope === undefined ? undefined : keptEnvelope(envelope)
  } catch {
    return undefined
  }
}
