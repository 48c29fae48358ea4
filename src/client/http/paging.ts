// Lists in pages (protocol §5.0), by cursor or by number, with an end also where a node leads on and on: every page brings
// something new, holds no more than it was asked for, and is parsed in slices.
import { AlephError, isAlephError } from '../errors.js'
import { isObject } from '../isObject.js'
import type { Http, HttpAnswer, Query, RequestOptions } from './http.js'
import { parseJsonInSlices } from './json.js'

/** Nodes fill every page but the last one (protocol §5.0). So many in a row that aren't, or bring nothing, are enough. */
const maxBarrenPages = 10
/** A page of 200 messages with contents of 200 000 bytes, twice as long because of their escapes. */
const maxPageBytes = 80 * 1024 * 1024
/** Such a page over a slow line. */
const maxPageMs = 120_000
const maxCursorChars = 1024

export interface Listing extends Pick<RequestOptions, 'signal' | 'endpoint' | 'retry' | 'accept'> {
  path: string
  query?: Query
  /** The name of the rows in an answer. */
  rows: string
  /** Rows of a page; asked anew for each. */
  pageRows: number | (() => number)
  /** What a row is told by; undefined for one that can't be a row of this list. */
  identity: (row: unknown) => string | undefined
  /** By cursor if not given. Some lists take none, and then a page that isn't full is the last. */
  isNumbered?: boolean
  /** There are no more than so many. */
  maxRows?: number
}

export interface Page {
  /** Those that no earlier page had, and all that have no identity. */
  rows: unknown[]
  /** How many came, and how many were asked for. */
  received: number
  asked: number
  /** False on the last page; undefined where the node takes no cursors and this page is full. */
  hasMore: boolean | undefined
  answer: HttpAnswer
  /** Set by the reader of a page whose rows turn out to be worth nothing: too many of them end the list. */
  isBarren: boolean
}

/**
 * Pages from the first to the last, one request each. An answer whose status is in `accept` is the end of the list. Throws
 * `NETWORK` for a list without an end. A page that is too large is asked for again in halves.
 */
export async function* pagesOf(http: Http, listing: Listing): AsyncGenerator<Page, void, undefined> {
  const { isNumbered, maxRows = Infinity } = listing
  const seen = new Set<string>()
  const cursors = new Set<string>()
  let rowLimit = Infinity
  let barren = 0
  let total = 0
  for (let number = 1, cursor = ''; ; number++) {
    const asked = Math.min(rowLimit, typeof listing.pageRows === 'number' ? listing.pageRows : listing.pageRows())
    let answer: HttpAnswer | undefined
    try {
      answer = await ask(
        http,
        listing,
        isNumbered ? { pagination: asked, page: number } : { pagination: asked, cursor },
      )
    } catch (error) {
      // Refused by us, not by the node; a numbered page would begin elsewhere if it were smaller.
      if (!isAlephError(error, 'TOO_LARGE') || error.response || isNumbered || asked <= 1) throw error
      rowLimit = Math.floor(asked / 2)
      number--
      continue
    }
    if (!answer) return
    const { rows, next } = await readPage(answer, listing)
    // The light node takes 0 for none.
    if (rows.length > asked) throw new AlephError('NETWORK', 'The node sent more rows than it was asked for.')
    total += rows.length
    const isFull = rows.length >= asked
    const page: Page = {
      rows: rows.filter(row => isNewRow(seen, listing.identity(row))),
      received: rows.length,
      asked,
      hasMore:
        total >= maxRows ? false : isNumbered ? isFull : next === undefined && isFull ? undefined : Boolean(next),
      answer,
      isBarren: false,
    }
    const isPoor = !isFull || !page.rows.some(row => listing.identity(row) !== undefined)
    yield page
    if (!page.hasMore) return
    barren = isPoor || page.isBarren ? barren + 1 : 0
    if (barren >= maxBarrenPages) throw endless()
    if (isNumbered ? !page.rows.length : !isNew(cursors, next as string))
      throw new AlephError('NETWORK', 'The node sends the same page again and again.')
    if (!isNumbered) cursor = next as string
  }
}

/** For one page that is all that is wanted. */
export const isPageOf =
  (maxRows: number) =>
  (rows: unknown): boolean =>
    Array.isArray(rows) && rows.length <= maxRows

const endless = () =>
  new AlephError(
    'NETWORK',
    'The node lists page after page without anything new. Try again later, or choose another node.',
    { details: { reason: 'endless' } },
  )

/** For a search, which may end early with what it found. */
export const isEndless = (error: unknown): boolean =>
  isAlephError(error, 'NETWORK') && error.details.reason === 'endless'

const isNew = (seen: Set<string>, value: string): boolean => !seen.has(value) && Boolean(seen.add(value))

const isNewRow = (seen: Set<string>, identity: string | undefined): boolean =>
  identity === undefined || isNew(seen, identity)

async function ask(http: Http, listing: Listing, place: Query): Promise<HttpAnswer | undefined> {
  const { path, signal, endpoint, retry, accept = [] } = listing
  const query = { ...listing.query, ...place }
  const limits = { maxBytes: maxPageBytes, totalMs: maxPageMs }
  const answer = await http.request(path, { query, signal, endpoint, retry, accept, ...limits })
  return accept.includes(answer.status) ? undefined : answer
}

async function readPage({ text }: HttpAnswer, { path, rows: name }: Listing) {
  const wire = await parseJsonInSlices(text, path)
  const { [name]: rows, next_cursor: next } = isObject(wire) ? wire : {}
  const unreadable = (place: string) =>
    new AlephError('NETWORK', `The node's answer to ${path} can not be read: ${place} is not as expected.`)
  if (!Array.isArray(rows)) throw unreadable(name)
  if (next !== undefined && next !== null && !isCursor(next)) throw unreadable('next_cursor')
  return { rows: rows as unknown[], next }
}

/** Nodes make them of Base64. */
const isCursor = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= maxCursorChars && /^[\x21-\x7e]*$/.test(value)
