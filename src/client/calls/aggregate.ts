// `aleph.aggregate`: JSON documents by owner and key (protocol §3.2, §11.7).
import { forgottenElements, type ForgottenElement } from '../aggregate/forgotten.js'
import { aggregateHistory, type AggregateHistory, type HistoryOptions } from '../aggregate/history.js'
import type { AggregateKey } from '../aggregate/merged.js'
import { aggregateKeys, getAggregate, type EntryReadOptions, type KeysOptions } from '../aggregate/read.js'
import {
  deleteAggregate,
  deleteAggregateEntry,
  type DeleteAllResult,
  type DeleteOptions,
  type DeleteResult,
} from '../aggregate/remove.js'
import {
  mergeAggregate,
  setAggregateEntry,
  type EntryOptions,
  type MergeOptions,
  type MergeResult,
  type WriteResult,
} from '../aggregate/write.js'
import type { CallOptions, Context, WriteOptions } from '../context.js'
import { invalidInput } from '../errors.js'
import { isObject } from '../isObject.js'
import type { AggregateQueryOptions, QueriedDocument } from '../query/aggregateQuery.js'
import type { QueryResult } from '../query/scan.js'

export interface AggregateApi {
  /**
   * All aggregates of an owner in one request, or only `collection`, as the node merges them: no signature covers that
   * (protocol §5.3). With `verify` the signed elements are replayed, and a difference is `INTEGRITY` (details: `keys`).
   */
  keys(options?: string | KeysOptions): Promise<AggregateKey[]>
  /**
   * A whole collection, or one entry of it, as the node merges it, or with `verify` as the signed elements make it; then a
   * difference is `INTEGRITY` (details: `keys`). Throws `NOT_FOUND`, also for entries set to null. With `decrypt` an encrypted
   * entry is opened (`DECRYPTION`), and one that is not encrypted comes as it is.
   */
  get(collection: string, key?: string, options?: EntryReadOptions): Promise<unknown>
  /**
   * Sets several entries of a collection in one element; what they held before is replaced whole, what is not named stays
   * (protocol §3.2). A value may be a `JsonText`, to keep its spelling. Throws `INVALID_INPUT`, `TOO_LARGE` with the `sizes`
   * of the entries, `CONFLICT` with a `reason` (`changed` and `base-missing` by what `expect` names, `future`), and whatever
   * `store` throws.
   */
  merge(
    collection: string,
    entries: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>,
    options?: MergeOptions,
  ): Promise<MergeResult>
  /**
   * Sets one entry of a collection (protocol §11.7), with `encryptFor` to `{ data, encryption }` in the form of protocol §11.8.
   * Throws as `merge` does, and `INVALID_INPUT` when it would replace an encrypted entry and does not say by `encryptFor`
   * for whom, or by `false` that it is in clear: as far as the node tells what is there.
   */
  create(collection: string, document: unknown, options: EntryOptions & { key: string }): Promise<WriteResult>
  /** The same as `create`, with the guide's order of arguments. */
  update(collection: string, key: string, document: unknown, options?: EntryOptions): Promise<WriteResult>
  /**
   * Sets an entry to null, so that it is not found any more while its history stays; with `forget` has the network forget
   * every element that set it, unless that takes other entries along (`INVALID_INPUT`). Throws `NOT_FOUND`, and as `merge`.
   */
  delete(collection: string, key: string, options?: DeleteOptions): Promise<DeleteResult>
  /** Has the network forget all elements of a collection (protocol §3.4). Throws `NOT_FOUND`, and as `messages.forget`. */
  deleteAll(collection: string, options?: WriteOptions): Promise<DeleteAllResult>
  /**
   * Every revision of a collection, newest first, verified row by row; one request for each 200 messages, and none before
   * it is iterated. A row that is not what was signed carries an `error` instead of an `element`.
   */
  history(collection: string, options?: HistoryOptions): AggregateHistory
  /** What is left of forgotten elements of an owner, of whatever aggregate, in pages. The node's word. */
  forgotten(owner?: string, options?: CallOptions): AsyncGenerator<ForgottenElement[], void, undefined>
  /**
   * The documents of a collection that match `where`, by `sort`, after `skip`, `limit` of them (protocol §11.7). Each is the
   * object that was published, with `key` and `owner` as properties that are not enumerable; its own fields of these names
   * win. Entries that are no objects are left out; `get` has them. One owner's are one request, those of others come in
   * pages, and `isComplete` is false where the search stopped at `maxScan`. What strangers publish can say anything.
   *
   * Throws `INVALID_INPUT` for what can not be asked, before anything is, `INTEGRITY` with `verify`, and the errors of the
   * network. A collection that is not there is an empty list.
   */
  query<T extends object = Record<string, unknown>>(
    collection: string,
    options?: AggregateQueryOptions,
  ): Promise<QueryResult<QueriedDocument<T>>>
}

export const aggregateCalls = (context: Context): AggregateApi => ({
  keys: options => aggregateKeys(context, options),
  get: (collection, key, options) => getAggregate(context, collection, key, options),
  merge: (collection, entries, options) => mergeAggregate(context, collection, entries, options),
  create: async (collection, document, options) => {
    if (!isObject(options)) throw invalidInput('The options of aggregate.create must be an object with a key.')
    const { key, ...others } = options
    return setAggregateEntry(context, collection, key, document, others)
  },
  update: (collection, key, document, options) => setAggregateEntry(context, collection, key, document, options),
  delete: (collection, key, options) => deleteAggregateEntry(context, collection, key, options),
  deleteAll: (collection, options) => deleteAggregate(context, collection, options),
  history: (collection, options) => aggregateHistory(context, collection, options),
  forgotten: (owner, options) => forgottenElements(context, owner, options),
  query: async (collection, options) =>
    (await import('../lazy/query.js')).queryAggregates(context, collection, options),
})
