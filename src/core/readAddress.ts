// Addresses of read-only documents: identifiers and a name for the tab. The name is the author's, made harmless; what is
// read is decided by the identifiers alone.
import { safeFileName } from '../shared/safeText.js'

export type ReadAddress = { readonly networkId: string; readonly name: string } & (
  | { readonly kind: 'file' | 'message'; readonly itemHash: string }
  | { readonly kind: 'aggregate'; readonly owner: string; readonly key: string }
)

/** The path of the document's URI; the authority is the network's id. */
export function addressPath(address: ReadAddress): string {
  const name = safeFileName(address.name)
  return address.kind === 'aggregate'
    ? `/aggregate/${address.owner}/${encodeSegment(address.key)}/${name}`
    : `/${address.kind}/${address.itemHash}/${name}`
}

/** Undefined for a path that none of ours looks like. */
export function parseAddress(networkId: string, path: string): ReadAddress | undefined {
  const [, kind, ...rest] = path.split('/')
  if ((kind === 'file' || kind === 'message') && rest.length === 2) {
    const [itemHash = '', name = ''] = rest
    return /^[0-9A-Za-z]{40,128}$/.test(itemHash) ? { kind, networkId, itemHash, name } : undefined
  }
  if (kind === 'aggregate' && rest.length === 3) {
    const [owner = '', segment = '', name = ''] = rest
    const key = decodeSegment(segment)
    return owner && key !== undefined ? { kind, networkId, owner, key, name } : undefined
  }
  return undefined
}

const empty = '%'

/** Any string as one path segment: no slash, never `.` or `..`, never empty. Lone surrogates survive as `%uD800`. */
export function encodeSegment(text: string): string {
  if (!text) return empty
  return text
    .replace(/[^\p{Cs}]+/gu, plain => encodeURIComponent(plain))
    .replace(/\p{Cs}/gu, half => `%u${half.charCodeAt(0).toString(16)}`)
    .replace(/^\.+$/, dots => dots.replaceAll('.', '%2E'))
}

export function decodeSegment(segment: string): string | undefined {
  if (segment === empty) return ''
  try {
    return segment
      .split(/(%u[0-9a-f]{4})/)
      .map(part =>
        part.startsWith('%u') ? String.fromCharCode(parseInt(part.slice(2), 16)) : decodeURIComponent(part),
      )
      .join('')
  } catch {
    return undefined
  }
}
