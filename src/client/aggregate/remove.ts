// Taking entries or whole aggregates away: the protocol knows null as a value, and the forgetting of elements (§3.2, §3.4).
import {
  assertOptions,
  requireAccount,
  requireOwner,
  writeOptions,
  type Context,
  type WriteOptions,
} from '../context.js'
import { AlephError, invalidInput, namesInText } from '../errors.js'
import { publishForget } from '../message/forget.js'
import type { PublishResult } from '../message/publish.js'
import type { AggregateElement } from './element.js'
import { elementPages } from './history.js'
import { mergedDocument, valueOf } from './merged.js'
import { byTime } from './replay.js'
import { assertCollection, assertEntryName, mergeAggregate, type MergeOptions } from './write.js'

export interface DeleteOptions extends MergeOptions {
  /** Forget the elements that set the entry, instead of setting it to null. */
  forget?: boolean
}

export interface DeleteResult {
  collection: string
  key: string
  /** Of the element that sets the entry to null, or of the last FORGET. */
  item_hash: string
  status: PublishResult['status']
  /** Item hashes of the elements that were forgotten. */
  forgotten: string[]
}

export interface DeleteAllResult {
  collection: string
  /** Item hashes of the elements. */
  forgotten: string[]
  /** Item hashes of the FORGETs, one for each 1000 elements. */
  item_hashes: string[]
  /** `pending` when at least one of them is. */
  status: PublishResult['status']
}

/** How many messages one FORGET takes. */
const forgetLimit = 1000

/**
 * Sets an entry to null, so that it is not found any more while its history stays; or has the network forget every element
 * that set it. Throws `NOT_FOUND`; `INVALID_INPUT` (details: `item_hashes`, `keys`) when forgetting would take other
 * entries along; and what publishing throws.
 */
export async function deleteAggregateEntry(
  context: Context,
  collection: string,
  key: string,
  given: DeleteOptions = {},
): Promise<DeleteResult> {
  assertOptions(given, [...writeOptions, 'forget', 'expect'], 'aggregate.delete')
  const { forget = false, ...options } = given
  assertOptions(options, [...writeOptions, ...(forget ? [] : ['expect'])], 'aggregate.delete')
  assertEntryName(key)
  const place = await placeOf(context, collection, options)
  if (!forget) {
    valueOf(await mergedDocument(context, place.owner, collection, place), collection, key)
    const { item_hash, status } = await mergeAggregate(context, collection, new Map([[key, null]]), options)
    return { collection, key, item_hash, status, forgotten: [] }
  }
  const setting = (await allElements(context, place)).filter(({ entries }) => entries.has(key))
  if (!setting.length) throw nothingThere(`There is no entry “${key}” in aggregate “${collection}”.`)
  const wider = setting.filter(({ entries }) => entries.size > 1)
  const others = [...new Set(wider.flatMap(({ entries }) => [...entries.keys()]))].filter(name => name !== key)
  if (others.length)
    throw invalidInput(
      `Forgetting what set the entry “${key}” would take other entries along (${namesInText(others)}): set it to null instead.`,
      { keys: others, item_hashes: wider.map(({ item_hash }) => item_hash) },
    )
  const { item_hashes, status, forgotten } = await forgetElements(context, setting, options)
  return { collection, key, item_hash: item_hashes[item_hashes.length - 1] as string, status, forgotten }
}

/**
 * Has the network forget all elements of an aggregate, 1000 at a time; after a failure on the way another call goes on with
 * the rest. Throws `NOT_FOUND`, and what publishing throws.
 */
export async function deleteAggregate(
  context: Context,
  collection: string,
  options: WriteOptions = {},
): Promise<DeleteAllResult> {
  assertOptions(options, writeOptions, 'aggregate.deleteAll')
  const elements = await allElements(context, await placeOf(context, collection, options))
  if (!elements.length) throw nothingThere(`There is no aggregate “${collection}”.`)
  return { collection, ...(await forgetElements(context, elements, options)) }
}

const nothingThere = (message: string) => new AlephError('NOT_FOUND', message)

/** Whose collection on which node; the node that is read is the one that is written to. */
async function placeOf(context: Context, collection: string, options: WriteOptions) {
  const account = requireAccount(context, options.account)
  assertCollection(collection)
  const owner = await requireOwner(options.owner, account)
  const { signal } = options
  return { owner, collection, signal, endpoint: await context.http.writeEndpoint(signal) }
}

type Place = Awaited<ReturnType<typeof placeOf>>

/** Rows that are no verified elements stay where they are: nobody knows what they belong to. */
async function allElements(context: Context, place: Place): Promise<AggregateElement[]> {
  const elements: AggregateElement[] = []
  for await (const { rows } of elementPages(context, place, place))
    elements.push(...rows.flatMap(({ element }) => element ?? []))
  return elements.sort(byTime)
}

async function forgetElements(context: Context, sorted: readonly AggregateElement[], options: WriteOptions) {
  // While its two newest elements have the same time, nothing else of an aggregate can be forgotten (trap 43).
  const isDouble = (element: AggregateElement, i: number) => sorted[i + 1]?.time === element.time
  const doubles = sorted.filter(isDouble).reverse()
  const forgotten = [...doubles, ...sorted.filter((element, i) => !isDouble(element, i))].map(each => each.item_hash)
  const item_hashes: string[] = []
  let status: PublishResult['status'] = 'processed'
  for (let start = 0; start < forgotten.length; start += forgetLimit) {
    const result = await publishForget(context, forgotten.slice(start, start + forgetLimit), options)
    item_hashes.push(result.item_hash)
    if (result.status === 'pending') status = 'pending'
  }
  return { forgotten, item_hashes, status }
}
