// Acting on behalf of an owner: the entry of their `security` aggregate that they sign elsewhere, and whether it is
// there. Whoever reads the entry here signs it with a main key, so nothing unverified gets into it.
import { isAlephError } from '../client/errors.js'
import { permits } from '../client/message/authority.js'
import type { AggregateContent, MessageType } from '../client/message/types.js'
import { storagePostType } from '../client/storage.js'
import { safeLabel } from '../shared/safeText.js'
import type { Translate } from '../shared/translate.js'
import { shortAddress } from './accountList.js'
import type { StorageClient } from './storageClient.js'

const securityKey = 'security'
/** What this extension publishes. */
const delegateTypes: readonly MessageType[] = ['POST', 'AGGREGATE', 'STORE', 'FORGET']
/** As far back as proofs of permissions are looked for. */
const maxPages = 5
const pageSize = 200

export interface SecurityContent {
  /** The content of the owner's `security` aggregate with the new entry, to be signed by the owner. */
  readonly content: Record<string, unknown>
  /** Entries for others that it keeps. */
  readonly keptEntries: number
  /** False if what is there now could not be read, so that the content holds the new entry alone. */
  readonly isComplete: boolean
}

/** Never fails for lack of a node, or because nobody wants to wait for it: then the entry stands alone. */
export async function securityContent(
  client: StorageClient,
  owner: string,
  delegate: string,
  signal?: AbortSignal,
): Promise<SecurityContent> {
  let current: Record<string, unknown> | undefined
  try {
    current = await readSecurity(client, owner, signal)
  } catch (error) {
    if (!isAlephError(error)) throw error
  }
  const entry = { address: delegate, chain: 'ETH', types: [...delegateTypes] }
  const kept = authorizations(current).filter(
    other => String((other as { address?: unknown } | null)?.address).toLowerCase() !== delegate.toLowerCase(),
  )
  return {
    content: { ...current, authorizations: [...kept, entry] },
    keptEntries: kept.length,
    isComplete: current !== undefined,
  }
}

/**
 * The merge of the signed elements, oldest first; the node's own merge is covered by no signature. Undefined when
 * some may be missing: there are very many, or one is not what was signed.
 */
async function readSecurity(
  client: StorageClient,
  owner: string,
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown> | undefined> {
  const elements: { time: number; content: Record<string, unknown> }[] = []
  let pages = 0
  const list = client.messages.list(
    { types: ['AGGREGATE'], owners: [owner] },
    { pageSize, ...(signal ? { signal } : {}) },
  )
  for await (const page of list.pages()) {
    if (pages++ === maxPages) return undefined
    for (const { message } of page) {
      // It may be the one that matters.
      if (!message) return undefined
      if (message.authority === 'unproven') continue
      const { key, content } = message.content as AggregateContent
      if (key === securityKey && isObject(content)) elements.push({ time: message.time, content })
    }
  }
  elements.sort((a, b) => a.time - b.time)
  return Object.assign({}, ...elements.map(({ content }) => content)) as Record<string, unknown>
}

export interface Permission {
  readonly isGranted: boolean
  /** One sentence. */
  readonly text: string
}

/** Asks the node, whose word is what counts for what it accepts. Throws when it can not be asked. */
export async function checkPermission(
  client: StorageClient,
  { address, name, owner, channel }: { address: string; name: string; owner: string; channel: string | undefined },
  t: Translate,
  signal?: AbortSignal,
): Promise<Permission> {
  let content: unknown
  try {
    content = await client.aggregate.get(securityKey, undefined, { owner, ...(signal ? { signal } : {}) })
  } catch (error) {
    if (!isAlephError(error, 'NOT_FOUND')) throw error
  }
  // Restrictions that hold for some publications only are looked at one after the other, to name the one that fails.
  const entries = authorizations(content).filter(isObject)
  const lacking = (ignored: readonly string[], facts: { channel?: string | undefined; postType?: string } = {}) =>
    delegateTypes.filter(
      type =>
        !entries.some(entry => {
          const held = Object.fromEntries(Object.entries(entry).filter(([field]) => !ignored.includes(field)))
          return permits(held, { sender: address, chain: 'ETH', type, ...facts })
        }),
    )
  const values = { owner: shortAddress(owner), name, address: shortAddress(address) }
  const denied = (text: string) => ({ isGranted: false, text })

  const missing = lacking(['channels', 'post_types', 'aggregate_keys'])
  if (missing.length === delegateTypes.length)
    return denied(t('{owner} has not allowed the key {address} ({name}) to act for them yet.', values))
  if (missing.length)
    return denied(
      t('{owner} allows {name} to act for them, but not to publish {types}.', { ...values, types: missing.join(', ') }),
    )
  if (lacking(['post_types', 'aggregate_keys'], { channel }).length)
    return denied(
      channel === undefined
        ? t(
            '{owner} allows {name} to publish on certain channels only, and the setting aleph.channel names none.',
            values,
          )
        : t(
            '{owner} does not allow {name} to publish everything on the channel {channel} of the setting aleph.channel.',
            {
              ...values,
              channel: safeLabel(channel, 60),
            },
          ),
    )
  if (lacking([], { channel, postType: storagePostType }).length)
    return denied(t('{owner} allows {name} to publish certain posts or aggregates only.', values))
  return { isGranted: true, text: t('{owner} allows {name} to publish and forget for them.', values) }
}

function authorizations(content: unknown): unknown[] {
  const list = isObject(content) ? content['authorizations'] : undefined
  return Array.isArray(list) ? (list as unknown[]) : []
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
