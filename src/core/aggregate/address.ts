// Where the document of an aggregate lives: `aleph://<network>/aleph-aggregate/<owner>/<key>`. A slash in a key stays a
// separator, so that `myapp/users` has the tab `users` and says `myapp` beside it.

/** Identifies an aggregate document: one per network, owner and key. */
export interface AggregateAddress {
  readonly networkId: string
  readonly owner: string
  readonly key: string
}

const folder = '/aleph-aggregate/'

// Control characters, halves of characters, and what changes the direction of a text.
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

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

/**
 * Never empty, `.` or `..`, which mean something in a path, and never half of a character, which a URI can't hold. VS Code
 * puts the name into messages of its own: there it is one line, and no link.
 */
function escapeSegment(segment: string): string {
  if (!segment) return '%'
  if (segment === '.' || segment === '..') return segment.replaceAll('.', '%2E')
  return segment
    .replaceAll('%', '%25')
    .replace(unprintable, character => `%u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('](', ']%28')
}

function unescapeSegment(segment: string): string {
  if (segment === '%') return ''
  return segment.replace(/%(?:25|28|2E|u([0-9a-f]{4}))/g, (escape: string, half?: string) =>
    half ? String.fromCharCode(parseInt(half, 16)) : decodeURIComponent(escape),
  )
}
