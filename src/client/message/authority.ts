// May the sender speak for the owner? Proven by the owner's own `security` elements, past and present (protocol §3.6).
import type { Context } from '../context.js'
import type { Message } from './message.js'
import type { AggregateContent, PostContent } from './types.js'

/**
 * `owner`: signed by the owner's own key. `delegated`: allowed now. `formerly-delegated`: allowed once, withdrawn later;
 * what was written stays valid. `unproven`: no permission was found.
 */
export type Authority = 'owner' | 'delegated' | 'formerly-delegated' | 'unproven'

interface Permission {
  address: string
  chain?: unknown
  channels?: unknown
  types?: unknown
  post_types?: unknown
  aggregate_keys?: unknown
}

/** What of a message its authority depends on. */
export type Judged = Pick<Message, 'sender' | 'owner' | 'chain' | 'channel' | 'type' | 'content'>

interface SecurityHistory {
  /** One list of permissions per element, oldest first; the last one is in force. */
  states: Permission[][]
  /** False if the search was ended early. */
  isComplete: boolean
  readAtMs: number
}

const maxPages = 5
const maxOwners = 200
const freshMs = 60_000

/** How to read what proofs need; given by the client because reading messages needs authority in turn. */
export interface AuthorityReaders {
  /** Pages of verified AGGREGATEs of an owner. */
  aggregates(context: Context, owner: string, signal?: AbortSignal): AsyncIterable<Omit<Message, 'authority'>[]>
  /** One verified message, or undefined if there is none. */
  message(context: Context, itemHash: string, signal?: AbortSignal): Promise<Omit<Message, 'authority'> | undefined>
}

export class AuthorityResolver {
  readonly #histories = new Map<string, Promise<SecurityHistory>>()
  constructor(readonly readers: AuthorityReaders) {}

  /** `isComplete` is false when an `unproven` is only that no permission was found in the part that was searched. */
  async resolve(
    context: Context,
    message: Judged,
    signal?: AbortSignal,
  ): Promise<{ authority: Authority; isComplete: boolean }> {
    if (message.sender.toLowerCase() === message.owner.toLowerCase()) return { authority: 'owner', isComplete: true }
    const { states, isComplete } = await this.#history(context, message.owner, signal)
    const postType = await this.#judgedType(context, message, signal)
    const { sender, chain, channel, type, content } = message
    const act = { sender, chain, channel, type, postType, aggregateKey: (content as AggregateContent).key }
    const allows = (state: Permission[]) => state.some(permission => permits(permission, act))
    if (states.length && allows(states[states.length - 1] ?? [])) return { authority: 'delegated', isComplete }
    return { authority: states.some(allows) ? 'formerly-delegated' : 'unproven', isComplete }
  }

  /** Of a POST its own type, of an amend that of its original (protocol §3.6); undefined if that can not be read. */
  async #judgedType(context: Context, { type, content }: Judged, signal?: AbortSignal): Promise<string | undefined> {
    if (type !== 'POST') return undefined
    const { type: postType, ref } = content as PostContent
    if (postType !== 'amend' || typeof ref !== 'string') return postType
    const original = await this.readers.message(context, ref, signal)
    return original?.type === 'POST' && original.owner === content.address
      ? (original.content as PostContent).type
      : undefined
  }

  async #history(context: Context, owner: string, signal?: AbortSignal): Promise<SecurityHistory> {
    const known = this.#histories.get(owner)
    if (known) {
      const history = await known.catch(() => undefined)
      if (history && context.http.clock.now() - history.readAtMs < freshMs) return history
    }
    const reading = this.#read(context, owner, signal)
    this.#histories.delete(owner)
    this.#histories.set(owner, reading)
    if (this.#histories.size > maxOwners)
      for (const oldest of this.#histories.keys()) {
        this.#histories.delete(oldest)
        break
      }
    reading.catch(() => this.#histories.get(owner) === reading && this.#histories.delete(owner))
    return reading
  }

  async #read(context: Context, owner: string, signal?: AbortSignal): Promise<SecurityHistory> {
    const elements: Omit<Message, 'authority'>[] = []
    let pages = 0
    let isComplete = true
    for await (const page of this.readers.aggregates(context, owner, signal)) {
      elements.push(
        ...page.filter(
          ({ content, sender }) =>
            (content as AggregateContent).key === 'security' &&
            content.address === owner &&
            sender.toLowerCase() === owner.toLowerCase(),
        ),
      )
      if (++pages === maxPages) {
        isComplete = false
        break
      }
    }
    elements.sort((a, b) => a.time - b.time)
    const states = elements
      .map(({ content }) => (content as AggregateContent).content?.authorizations)
      .filter(authorizations => authorizations !== undefined)
      .map(authorizations => (Array.isArray(authorizations) ? authorizations.filter(isPermission) : []))
    return { states, isComplete, readAtMs: context.http.clock.now() }
  }
}

const isPermission = (value: unknown): value is Permission =>
  typeof value === 'object' && value !== null && typeof (value as Permission).address === 'string'

/** An absent or empty restriction allows everything. */
const includes = (restriction: unknown, value: string | undefined) =>
  !Array.isArray(restriction) || restriction.length === 0 || (value !== undefined && restriction.includes(value))

/** What a permission is held against. */
export interface Act {
  sender: string
  chain: string
  channel?: string | undefined
  type: string
  /** Of a POST; of an amend that of its original. */
  postType?: string | undefined
  /** Of an AGGREGATE. */
  aggregateKey?: string | undefined
}

/** Whether an entry of a `security` aggregate allows the act. */
export function permits(permission: unknown, act: Act): boolean {
  if (!isPermission(permission)) return false
  if (permission.address.toLowerCase() !== act.sender.toLowerCase()) return false
  if (typeof permission.chain === 'string' && permission.chain && permission.chain !== act.chain) return false
  if (!includes(permission.channels, act.channel) || !includes(permission.types, act.type)) return false
  if (act.type === 'POST') return includes(permission.post_types, act.postType)
  if (act.type === 'AGGREGATE') return includes(permission.aggregate_keys, act.aggregateKey)
  return true
}
