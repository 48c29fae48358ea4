// `aggregate.query`: the documents of a collection that match, in the order asked for (protocol §11.7). Nodes can not
// search in aggregates, so whole ones are read and looked through here.
import * as v from 'valibot'
import { getAggregate } from '../aggregate/read.js'
import { ownerOf } from '../aggregate/merged.js'
import { isObject } from '../isObject.js'
import { normalAddress } from '../account.js'
import { assertOptions, type CallOptions, type Context } from '../context.js'
import { invalidInput, isAlephError, throwIfAborted } from '../errors.js'
import { isEndless, pagesOf } from '../http/paging.js'
import { addressShape, isTooDeep } from '../message/wire.js'
import { slices } from '../message/slices.js'
import { assertIndexedText } from '../message/tags.js'
import { prepareQuery, type Prepared } from './prepare.js'
import {
  assertCount,
  assertMaxScan,
  defaultMaxScan,
  defineHidden,
  scanPageSize,
  withFacts,
  type QueryResult,
} from './scan.js'

export interface AggregateQueryOptions extends CallOptions {
  /**
   * What a document must be, in the query language of MongoDB: `$eq $ne $gt $gte $lt $lte $in $nin $and $or $nor $not $exists
   * $regex $elemMatch $size $all`, paths with dots, and lists that match by an item. `$regex` takes the syntax of RE2, with
   * `$options` of `i`, `m` and `s`.
   */
  where?: Readonly<Record<string, unknown>>
  /** Fields, the weightiest first: 1 upwards, -1 downwards. What lacks the field, or has null there, comes last in both. */
  sort?: Readonly<Record<string, 1 | -1>>
  /** Documents at most; all if not given. */
  limit?: number
  /** Documents to leave out at the beginning. */
  skip?: number
  /** Whose documents: an address, several, or `'all'`. The client's account if not given, and without one everybody's. */
  owner?: string | readonly string[]
  /** Replay the signed elements of each owner, and refuse a node's merge that differs; not with `'all'`. */
  verify?: boolean
  /** Aggregates that are read at most where they are listed, for several owners or everybody; 10 000 if not given. */
  maxScan?: number
}

/** A document of a collection, with whose it is and under which name. */
export type QueriedDocument<T> = T & { readonly key: string; readonly owner: string }

/** Addresses in one request. */
const maxOwnersAtOnce = 100
const maxOwners = 1000
/** Of all pages together: what one process should hold. */
const maxScanCharacters = 256 * 1024 * 1024

interface Aggregate {
  owner: string
  entries: Record<string, unknown>
}

interface Scan {
  isComplete: boolean
  scanned: number
}

export async function queryAggregates<T extends object = Record<string, unknown>>(
  context: Context,
  collection: string,
  options: AggregateQueryOptions = {},
): Promise<QueryResult<QueriedDocument<T>>> {
  const names = ['where', 'sort', 'limit', 'skip', 'owner', 'verify', 'maxScan', 'signal']
  assertOptions(options, names, 'aggregate.query')
  assertIndexedText(collection, 'collection')
  const { limit, skip = 0, maxScan = defaultMaxScan, verify = false, signal } = options
  assertCount(limit, 'limit')
  assertCount(skip, 'skip')
  assertMaxScan(maxScan)
  const owners = await ownersOf(context, options.owner)
  if (verify && !owners)
    throw invalidInput(
      'The documents of all owners can not be verified at once: name the owners, or leave out `verify`.',
    )
  const { where, sort } = options
  const { matches, order, documentsAtOnce } = await prepared({ where, sort })
  throwIfAborted(signal)

  const scan: Scan = { isComplete: true, scanned: 0 }
  const enough = sort ? Infinity : skip + (limit ?? Infinity)
  // In lists of their own: there may be a hundred thousand of them.
  const found = { documents: [] as object[], keys: [] as string[], owners: [] as string[] }
  const work = slices()
  const read = { collection, owners, verify, maxScan, signal }
  if (limit !== 0)
    for await (const { owner, entries } of aggregatesOf(context, read, scan)) {
      let looked = 0
      for (const key of Object.keys(entries)) {
        if (looked++ % documentsAtOnce === 0) {
          await work.pause()
          throwIfAborted(signal)
        }
        const document = entries[key]
        // An entry set to null is a deleted one, and anything but an object has no fields to be looked at.
        if (!isObject(document)) continue
        const isMatch = matches(document)
        if (isMatch === undefined) scan.isComplete = false
        if (!isMatch) continue
        found.documents.push(document)
        found.keys.push(key)
        found.owners.push(owner)
        if (found.keys.length >= enough) break
      }
      if (found.keys.length >= enough) break
    }
  await work.pause()
  throwIfAborted(signal)
  const places = order(found.documents).slice(skip, limit === undefined ? undefined : skip + limit)
  const documents = places.map(place => {
    const document = found.documents[place] as QueriedDocument<T>
    // Its own fields win.
    if (!Object.hasOwn(document, 'key')) defineHidden(document, 'key', found.keys[place])
    if (!Object.hasOwn(document, 'owner')) defineHidden(document, 'owner', found.owners[place])
    return document
  })
  return withFacts(documents, scan)
}

interface Ready extends Pick<Prepared, 'order'> {
  /** Undefined for a document with more text than can be searched. */
  matches(document: Record<string, unknown>): boolean | undefined
  /** How many are looked at between two looks at the clock. */
  documentsAtOnce: number
}

/** Checks and makes ready; the engine of regular expressions is loaded only for one. */
async function prepared(query: { where: unknown; sort: unknown }): Promise<Ready> {
  const { matches, patterns, order } = prepareQuery(query)
  if (!patterns.length) return { matches, order, documentsAtOnce: 64 }
  const { compilePattern, PatternWork, TooMuchText } = await import('../lazy/regex.js')
  const work = new PatternWork()
  const pauses = slices()
  for (const pattern of patterns) {
    await pauses.pause()
    pattern.test = compilePattern(pattern, work)
  }
  const matchesText = (document: Record<string, unknown>) => {
    work.begin()
    try {
      return matches(document)
    } catch (error) {
      if (!(error instanceof TooMuchText)) throw error
      return undefined
    }
  }
  return { matches: matchesText, order, documentsAtOnce: 1 }
}

/** Undefined for everybody's. */
async function ownersOf(context: Context, owner: unknown): Promise<string[] | undefined> {
  if (owner === 'all' || (owner === undefined && !context.account)) return undefined
  if (!Array.isArray(owner)) return [await ownerOf(context, owner as string | undefined)]
  if (!owner.length)
    throw invalidInput('`owner` is an empty list, which no document could belong to; leave it out, or say “all”.')
  if (owner.length > maxOwners) throw invalidInput(`\`owner\` names more than ${maxOwners} addresses.`)
  return [...new Set(await Promise.all(owner.map(each => normalAddress(each, 'owner'))))]
}

interface Wanted {
  collection: string
  owners: string[] | undefined
  verify: boolean
  maxScan: number
  signal: AbortSignal | undefined
}

/** The aggregates to look through, each owner's once; one owner's in one request, and others' in pages. */
async function* aggregatesOf(context: Context, wanted: Wanted, scan: Scan): AsyncGenerator<Aggregate> {
  const { owners } = wanted
  if (owners && (owners.length === 1 || wanted.verify)) {
    for (const owner of owners) yield* singleAggregate(context, owner, wanted, scan)
    return
  }
  if (!owners) return yield* listedAggregates(context, undefined, wanted, scan)
  for (let i = 0; i < owners.length && scan.isComplete; i += maxOwnersAtOnce)
    yield* listedAggregates(context, owners.slice(i, i + maxOwnersAtOnce), wanted, scan)
}

async function* singleAggregate(
  context: Context,
  owner: string,
  { collection, verify, signal }: Wanted,
  scan: Scan,
): AsyncGenerator<Aggregate> {
  try {
    const read = { owner, verify, ...(signal ? { signal } : {}) }
    const entries = (await getAggregate(context, collection, undefined, read)) as Record<string, unknown>
    scan.scanned++
    yield { owner, entries }
  } catch (error) {
    if (!isAlephError(error, 'NOT_FOUND')) throw error
  }
}

const rowSchema = v.looseObject({
  address: addressShape,
  key: v.string(),
  content: v.pipe(
    v.custom<Record<string, unknown>>(isObject),
    v.check(content => !isTooDeep(content)),
  ),
})

/** Of the whole list, where a node may not know the filters. */
function rowIdentity(row: unknown): string | undefined {
  const { address, key } = (row ?? {}) as { address?: unknown; key?: unknown }
  return typeof address === 'string' && typeof key === 'string' ? JSON.stringify([address, key]) : undefined
}

async function* listedAggregates(
  context: Context,
  owners: readonly string[] | undefined,
  { collection, maxScan, signal }: Wanted,
  scan: Scan,
): AsyncGenerator<Aggregate> {
  const path = '/api/v0/aggregates.json'
  const query = { keys: collection, addresses: owners?.join(',') }
  const pageRows = () => Math.min(scanPageSize, maxScan - scan.scanned)
  let characters = 0
  const listing = { path, query, rows: 'aggregates', pageRows, identity: rowIdentity, signal }
  try {
    for await (const { rows, received, hasMore, answer } of pagesOf(context.http, listing)) {
      scan.scanned += Math.max(1, received)
      characters += answer.text.length
      for (const row of rows) {
        const { success, output } = v.safeParse(rowSchema, row)
        if (!success) {
          // One that can't be read doesn't hide the others.
          scan.isComplete = false
          continue
        }
        const { address, key, content } = output
        // A node's choice is a hint: it may not know these filters.
        if (key !== collection || (owners && !owners.includes(address))) continue
        yield { owner: address, entries: content }
      }
      const isAtBound = scan.scanned >= maxScan || characters >= maxScanCharacters
      // A node without cursors (protocol §9) gives one page, and if it is full nobody knows what is behind it.
      if (hasMore === undefined || (hasMore && isAtBound)) scan.isComplete = false
      if (isAtBound) return
    }
  } catch (error) {
    if (!isEndless(error)) throw error
    scan.isComplete = false
  }
}
