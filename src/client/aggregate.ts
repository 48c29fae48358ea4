// Aggregates: JSON documents by owner and key (protocol §3.2, §5.3, §11.7).
import * as v from 'valibot'
import { assertOptions, requireAccount, type CallOptions, type Context, type WriteOptions } from './context.js'
import { AlephError, invalidInput } from './errors.js'
import { parseAnswer } from './message/message.js'
import { publishContent, type PublishResult } from './message/publish.js'
import { assertJsonValue } from './message/serialize.js'
import { assertIndexedText } from './message/tags.js'

export interface AggregateOptions extends CallOptions {
  /** Whose aggregates; the client's account if not given. */
  owner?: string
}

export interface AggregateKey {
  key: string
  /** The node's merge of all elements: no signature covers it. */
  content: Record<string, unknown>
  /** Seconds. */
  created: number
  lastUpdated: number
}

/** Not `v.record`, which leaves out names such as `constructor`: here they are data. */
const record = <T>(isValue: (value: unknown) => value is T) =>
  v.custom<Record<string, T>>(value => isObject(value) && Object.values(value).every(isValue))
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

interface Info {
  created: string
  last_updated: string
  last_update_item_hash?: string
}
const isInfo = (value: unknown): value is Info =>
  isObject(value) && typeof value.created === 'string' && typeof value.last_updated === 'string'

const aggregatesSchema = v.looseObject({ data: record(isObject), info: v.optional(record(isInfo)) })

/** A property of its own, whatever its name. */
const own = <T>(values: Record<string, T> | undefined, name: string): T | undefined =>
  values && Object.hasOwn(values, name) ? values[name] : undefined

const seconds = (iso: string | undefined) => (iso === undefined ? 0 : Date.parse(iso) / 1000)

function ownerOf(context: Context, owner: string | undefined): string {
  const address = owner ?? context.account?.address
  if (!address)
    throw invalidInput('Reading an aggregate needs an owner: give one to this call, or an account to the client.')
  if (!/^[0-9A-Za-z-]{20,128}$/.test(address)) throw invalidInput('This is not an address.')
  return address
}

async function read(
  context: Context,
  owner: string,
  query: Record<string, string>,
  options: { signal?: AbortSignal | undefined; endpoint?: string },
) {
  const path = `/api/v0/aggregates/${owner}.json`
  const answer = await context.http.request(path, { ...options, query, accept: [404] })
  return answer.status === 404 ? undefined : parseAnswer(aggregatesSchema, answer, path)
}

/** All aggregates of an owner, in one request, by key; or only `collection`, if there is one. */
export async function aggregateKeys(
  context: Context,
  options: AggregateOptions & { collection?: string } = {},
): Promise<AggregateKey[]> {
  assertOptions(options, ['signal', 'owner', 'collection'], 'aggregate.keys')
  const { collection } = options
  if (collection !== undefined) assertIndexedText(collection, 'collection')
  const query = { with_info: 'true', ...(collection === undefined ? {} : { keys: collection }) }
  const found = await read(context, ownerOf(context, options.owner), query, { signal: options.signal })
  return (
    Object.entries(found?.data ?? {})
      // Beside `with_info` nodes forget that one key was asked for.
      .filter(([key]) => collection === undefined || key === collection)
      .map(([key, content]) => ({
        key,
        content,
        created: seconds(own(found?.info, key)?.created),
        lastUpdated: seconds(own(found?.info, key)?.last_updated),
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  )
}

/** The whole document `collection`, or its entry `key`, as the node merges it. Throws `NOT_FOUND`; `null` entries are deleted ones. */
export async function getAggregate(
  context: Context,
  collection: string,
  key?: string,
  options: AggregateOptions = {},
): Promise<unknown> {
  assertOptions(options, ['signal', 'owner'], 'aggregate.get')
  assertIndexedText(collection, 'collection')
  const found = await read(context, ownerOf(context, options.owner), { keys: collection }, { signal: options.signal })
  const document = own(found?.data, collection)
  const value = key === undefined ? document : own(document, key)
  if (value == null)
    throw new AlephError(
      'NOT_FOUND',
      `There is no ${key === undefined ? '' : `entry “${key}” in `}aggregate “${collection}”.`,
    )
  return value
}

export interface WriteResult {
  collection: string
  key: string
  item_hash: string
  status: PublishResult['status']
}

/**
 * Sets one entry of a collection; what it held before is replaced whole. It is dated above the newest element, so that a
 * slow clock loses no write; an element far in the future is a `CONFLICT`.
 */
export async function setAggregateEntry(
  context: Context,
  collection: string,
  key: string,
  document: unknown,
  options: WriteOptions = {},
): Promise<WriteResult> {
  assertOptions(options, ['signal', 'account', 'owner', 'channel'], 'aggregate.update')
  const account = requireAccount(context, options.account)
  assertIndexedText(collection, 'collection')
  if (collection === 'security')
    throw invalidInput('The collection “security” holds permissions of the network and is no place for documents.')
  if (typeof key !== 'string' || key === '') throw invalidInput('The key must be a text that is not empty.')
  if (key === 'tags') throw invalidInput('Nodes refuse a document named “tags”; choose another key.')
  assertJsonValue(document, 'document')
  const endpoint = await context.http.writeEndpoint(options.signal)
  const owner = options.owner ?? account.address
  const found = await read(
    context,
    ownerOf(context, owner),
    { keys: collection, with_info: 'true' },
    { signal: options.signal, endpoint },
  )
  const head = own(found?.info, collection)
  const content = { key: collection, content: Object.fromEntries([[key, document]]) }
  const { item_hash, status } = await publishContent(context, 'AGGREGATE', content, {
    ...options,
    endpoint,
    head: head && {
      of: JSON.stringify([owner, collection]),
      time: seconds(head.last_updated),
      item_hash: head.last_update_item_hash ?? '',
    },
  })
  return { collection, key, item_hash, status }
}
