// The two ways to page through a list (protocol §5.0): numbered pages with a total, or cursors.
import { HttpError, type Context } from '../http.js'
import type { Position } from '../state/table.js'
import { isoOffset, parseIso } from '../time.js'

const cursorLimit = 200

export interface Paging {
  page: number
  pagination: number
  cursor?: string | undefined
}

/** One page of `rows`, read no further than needed. An empty cursor still obeys `page` (trap 44). */
export function pageOf<Row>(rows: Iterable<Row>, { page, pagination, cursor }: Paging) {
  const isCursor = cursor !== undefined
  if (isCursor && pagination === 0) throw new HttpError(422, 'pagination=0 is not allowed with cursor-based pagination')
  const perPage = isCursor ? Math.min(pagination, cursorLimit) : pagination
  let skip = cursor ? 0 : (page - 1) * pagination
  const items: Row[] = []
  let hasMore = false
  for (const row of rows) {
    if (skip > 0) skip--
    else if (perPage && items.length === perPage) {
      hasMore = true
      break
    } else items.push(row)
  }
  return { items, hasMore, perPage }
}

/** Of messages: exact on a page that isn't full; counted on a full one; too high on a page behind the end (trap 15). */
export function totalOf(shown: number, { page, pagination }: Paging, count: () => number): number {
  if (pagination === 0) return shown
  return shown < pagination ? (page - 1) * pagination + shown : count()
}

/** `/page/{page}.json` beats the parameter. */
export function pagePath({ params: [text] }: Context): number | undefined {
  if (text === undefined) return undefined
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new HttpError(400, `Invalid page value in path: ${text}`)
  const page = Number(text)
  if (page < 1) throw new HttpError(422, 'Page number must be greater than 1.')
  return page
}

/** base64url without padding of compact JSON with sorted keys. */
export const encodeFields = (fields: Record<string, string | number>): string =>
  Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))))).toString(
    'base64url',
  )

export const encodeCursor = (time: number, hash: string): string => encodeFields({ h: hash, t: isoOffset(time) })

export function decodeFields(cursor: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw new HttpError(422, 'Expecting value: line 1 column 1 (char 0)')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpError(422, 'Invalid cursor: payload is not a dict')
  return value as Record<string, unknown>
}

export function decodeTime(value: unknown): number {
  const time = parseIso(String(value))
  if (time === undefined) throw new HttpError(422, `Invalid isoformat string: '${String(value)}'`)
  return time
}

export function decodeCursor(cursor: string): Position {
  const { t, h } = decodeFields(cursor)
  if (t === undefined || h === undefined) throw new HttpError(422, 'Invalid cursor: missing required fields')
  return { time: decodeTime(t), hash: String(h) }
}
