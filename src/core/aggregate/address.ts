// Where the document of an aggregate lives: `aleph://<network>/aleph-aggregate/<owner>/<key>`. A slash in a key stays a
// separator, so that `myapp/users` has the tab `users` and says `myapp` beside it.

/** Identifies an aggregate document: one per network, owner and key. */
export interface AggregateAddress {
  readonly networkId: string
  readonly owner: string
  readonly key: string
}

const folder = '/aleph-aggregate/'

/** The path of the document's URI, as VS Code holds it (its own encoding comes on top). */
export const aggregatePath = ({ owner, key }: AggregateAddress): string =>
  `${folder}${owner}/${key.split('/').map(escapeSegment).join('/')}`

/** Undefined for a path that `aggregatePath` never makes. */
export function parseAggregatePath(networkId: string, path: string): AggregateAddress | undefined {
  if (!networkId || !path.startsWith(folder)) return undefined
  const [owner = '', ...segments] = path.slice(folder.length).split('/')
  if (!/^[0-9A-Za-z-]{20,128}$/.test(owner) || !segments.length) return undefined
  const key = segments.map(unescapeSegment).join('/')
  const address = { networkId, owner, key }
  return key && aggregatePath(address) === path ? address : undefined
}

/** Never empty, `.` or `..`, which mean something in a path, and no half of a character, which a URI can not hold. */
function escapeSegment(segment: string): string {
  if (!segment) return '%'
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E')
  return segment.replaceAll('%', '%25').replace(/\p{Cs}/gu, half => `%u${half.charCodeAt(0).toString(16)}`)
}

function unescapeSegment(segment: string): string {
  if (segment === '%') return ''
  return segment.replace(/%(?:25|2E|u([0-9a-f]{4}))/g, (escape: string, half?: string) =>
    half ? String.fromCharCode(parseInt(half, 16)) : escape === '%25' ? '%' : '.',
  )
}
