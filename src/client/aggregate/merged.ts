// Aggregates as a node merges them: documents by owner and key, covered by no signature (protocol §3.2, §5.3, §11.7).
import * as v from 'valibot'
import { assertAddress, normalAddress } from '../account.js'
import type { Context } from '../context.js'
import { AlephError, invalidInput } from '../errors.js'
import { isObject } from '../isObject.js'
import { parseJsonInSlices } from '../http/json.js'
import { isItemHash } from '../message/itemHash.js'
import { parseWire, readRow } from '../message/message.js'
import { isTime, isTooDeep } from '../message/wire.js'

export interface AggregateKey {
  key: string
  /** The node's merge of all elements, or with `verify` that of the signed ones. */
  content: Record<string, unknown>
  /** Seconds, by the node's word. */
  created: number
  lastUpdated: number
  /** Why the content, which is empty then, can't be read: one bad aggregate doesn't hide the others. */
  error?: AlephError | undefined
}

/** Not `v.record`, which leaves out names such as `constructor`: here they are data. */
const record = v.custom<Record<string, unknown>>(isObject)
const aggregatesSchema = v.looseObject({ data: record, info: v.optional(record) })

const documentSchema = v.pipe(
  record,
  v.check(document => !isTooDeep(document)),
)

const date = v.pipe(
  v.string(),
  v.maxLength(64),
  v.transform(text => Date.parse(text) / 1000),
  v.check(time => isTime(time)),
)
const infoSchema = v.looseObject({ created: date, last_updated: date, last_update_item_hash: v.optional(v.unknown()) })

/** A property of its own, whatever its name. */
const own = <T>(values: Record<string, T> | undefined, name: string): T | undefined =>
  values && Object.hasOwn(values, name) ? values[name] : undefined

/** What a node says of an aggregate beside its content; undefined where it says nothing. */
const infoOf = (info: Record<string, unknown> | undefined, key: string) => {
  const known = own(info, key)
  return known === undefined ? undefined : parseWire(infoSchema, known, 'an aggregate')
}

const noOwner = () =>
  invalidInput('Reading an aggregate needs an owner: give one to this call, or an account to the client.')

/** The address to read of, as far as that needs no waiting. Throws `INVALID_INPUT` when neither the call nor the client has one. */
export function assertOwner(context: Context, owner: unknown): void {
  if (owner !== undefined) assertAddress(owner, 'owner')
  else if (!context.account) throw noOwner()
}

/** The address to read of, in the spelling of nodes. Throws `INVALID_INPUT`. */
export async function ownerOf(context: Context, owner: string | undefined): Promise<string> {
  assertOwner(context, owner)
  return normalAddress(owner ?? context.account?.address, 'owner')
}

interface ReadOptions {
  signal?: AbortSignal | undefined
  /** Ask only this node. */
  endpoint?: string | undefined
}

async function read(context: Context, owner: string, query: Record<string, string>, options: ReadOptions) {
  const path = `/api/v0/aggregates/${owner}.json`
  const answer = await context.http.request(path, { ...options, query, accept: [404] })
  return answer.status === 404
    ? undefined
    : parseWire(aggregatesSchema, await parseJsonInSlices(answer.text, path), path)
}

/** One of the documents. Throws `NETWORK` for what no node keeps. */
function documentOf(data: Record<string, unknown> | undefined, key: string): Record<string, unknown> | undefined {
  const document = own(data, key)
  return document === undefined ? undefined : parseWire(documentSchema, document, 'an aggregate')
}

/** The node's merge of one aggregate, or undefined if it has none. */
export async function mergedDocument(
  context: Context,
  owner: string,
  collection: string,
  options: ReadOptions,
): Promise<Record<string, unknown> | undefined> {
  return documentOf((await read(context, owner, { keys: collection }, options))?.data, collection)
}

/**
 * The same as `document`, with what the node says of its newest element: its time in seconds, and a hash that may be
 * another one's.
 */
export async function mergedHead(
  context: Context,
  owner: string,
  collection: string,
  options: ReadOptions,
): Promise<{ time: number; item_hash: string; document: Record<string, unknown> | undefined } | undefined> {
  const found = await read(context, owner, { keys: collection, with_info: 'true' }, options)
  const info = infoOf(found?.info, collection)
  if (!info) return undefined
  const { last_updated: time, last_update_item_hash: hash } = info
  const item_hash = typeof hash === 'string' && isItemHash(hash) ? hash : ''
  return { time, item_hash, document: documentOf(found?.data, collection) }
}

/** All aggregates of an owner by key, or only `collection`, if there is one; one request. */
export async function mergedAggregates(
  context: Context,
  owner: string,
  collection: string | undefined,
  options: ReadOptions,
): Promise<AggregateKey[]> {
  const query = { with_info: 'true', ...(collection === undefined ? {} : { keys: collection }) }
  const found = await read(context, owner, query, options)
  return (
    Object.keys(found?.data ?? {})
      // Beside `with_info` nodes forget that one key was asked for (trap 17).
      .filter(key => collection === undefined || key === collection)
      .map(key => {
        const aggregate = readRow(() => {
          const info = infoOf(found?.info, key)
          const content = documentOf(found?.data, key) ?? {}
          return { key, content, created: info?.created ?? 0, lastUpdated: info?.last_updated ?? 0 }
        })
        return aggregate.error ? { key, content: {}, created: 0, lastUpdated: 0, error: aggregate.error } : aggregate
      })
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  )
}

/** The document `collection`, or its entry `key`. Throws `NOT_FOUND` for what is not there, and for entries set to null. */
export function valueOf(document: Record<string, unknown> | undefined, collection: string, key?: string): unknown {
  const value = key === undefined ? document : own(document, key)
  if (value == null)
    throw new AlephError(
      'NOT_FOUND',
      `There is no ${key === undefined ? '' : `entry “${key}” in `}aggregate “${collection}”.`,
    )
  return value
}
