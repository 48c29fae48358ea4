// Aggregates as a node merges them: documents by owner and key, covered by no signature (protocol §3.2, §5.3, §11.7).
import * as v from 'valibot'
import type { Context } from '../context.js'
import { AlephError, invalidInput } from '../errors.js'
import { isObject } from '../isObject.js'
import { parseJsonInSlices } from '../http/json.js'
import { parseWire } from '../message/message.js'

export interface AggregateKey {
  key: string
  /** The node's merge of all elements, or with `verify` that of the signed ones. */
  content: Record<string, unknown>
  /** Seconds, by the node's word. */
  created: number
  lastUpdated: number
}

/** Not `v.record`, which leaves out names such as `constructor`: here they are data. */
const record = <T>(isValue: (value: unknown) => value is T) =>
  v.custom<Record<string, T>>(value => isObject(value) && Object.values(value).every(isValue))
interface Info {
  created: string
  last_updated: string
  last_update_item_hash?: string
}
const isTime = (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value))
const isInfo = (value: unknown): value is Info => isObject(value) && isTime(value.created) && isTime(value.last_updated)

const aggregatesSchema = v.looseObject({ data: record(isObject), info: v.optional(record(isInfo)) })

/** A property of its own, whatever its name. */
const own = <T>(values: Record<string, T> | undefined, name: string): T | undefined =>
  values && Object.hasOwn(values, name) ? values[name] : undefined

const seconds = (iso: string | undefined) => (iso === undefined ? 0 : Date.parse(iso) / 1000)

/** The address to read of. Throws `INVALID_INPUT` when neither the call nor the client has one. */
export function ownerOf(context: Context, owner: string | undefined): string {
  const address = owner ?? context.account?.address
  if (!address)
    throw invalidInput('Reading an aggregate needs an owner: give one to this call, or an account to the client.')
  if (typeof address !== 'string' || !/^[0-9A-Za-z-]{20,128}$/.test(address))
    throw invalidInput('This is not an address.')
  return address
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

/** The node's merge of one aggregate, or undefined if it has none. */
export async function mergedDocument(
  context: Context,
  owner: string,
  collection: string,
  options: ReadOptions,
): Promise<Record<string, unknown> | undefined> {
  return own((await read(context, owner, { keys: collection }, options))?.data, collection)
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
  const info = own(found?.info, collection)
  if (!info) return undefined
  const item_hash = String(info.last_update_item_hash ?? '')
  return { time: seconds(info.last_updated), item_hash, document: own(found?.data, collection) }
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
    Object.entries(found?.data ?? {})
      // Beside `with_info` nodes forget that one key was asked for (trap 17).
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
