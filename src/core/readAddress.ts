// Addresses of read-only documents: identifiers and a name for the tab. The name is the author's, made harmless; what is
// read is decided by the identifiers alone.
//
// VS Code, its settings and other extensions choose editors, languages and services by the end of the name. So it never
// ends as its author wanted: `report.ipynb` is `report.ipynb.aleph`, which is text whichever way it's opened (a click, a
// drop, a link, Quick Open, a restored tab). Only Open With… uses a file's own name, after a question.
import { safeFileName } from '../shared/safeText.js'

export type ReadAddress = { readonly networkId: string; readonly name: string } & (
  | FileAddress
  | { readonly kind: 'message'; readonly itemHash: string }
  /** The document of an aggregate after a revision. */
  | { readonly kind: 'revision'; readonly owner: string; readonly key: string; readonly itemHash: string }
  /** A text that only this window has. */
  | { readonly kind: 'snapshot'; readonly id: string }
)

interface FileAddress {
  readonly kind: 'file'
  readonly itemHash: string
  /** Whether the document has its author's name, by which any editor can claim it. */
  readonly hasOwnName?: boolean
}

/** The end of every name but those of `hasOwnName`. The languages and editor associations in package.json go by it. */
export const safeExtension = '.aleph'

/** In place of an item hash: before the first revision there is an empty document. */
export const noRevision = 'none'

/** The path of the document's URI; the authority is the network's id. */
export function addressPath(address: ReadAddress): string {
  const name = `${safeFileName(address.name)}${address.kind === 'file' && address.hasOwnName ? '' : safeExtension}`
  switch (address.kind) {
    case 'revision':
      return `/revision/${address.owner}/${encodeSegment(address.key)}/${address.itemHash}/${name}`
    case 'snapshot':
      return `/snapshot/${address.id}/${name}`
    default:
      return `/${address.kind}/${address.itemHash}/${name}`
  }
}

/** Undefined for a path that none of ours looks like. */
export function parseAddress(networkId: string, path: string): ReadAddress | undefined {
  const [, kind, ...rest] = path.split('/')
  const fullName = rest.at(-1) ?? ''
  const isSafe = fullName.endsWith(safeExtension)
  const name = isSafe ? fullName.slice(0, -safeExtension.length) : fullName
  if (!name || (!isSafe && kind !== 'file')) return undefined
  if ((kind === 'file' || kind === 'message') && rest.length === 2) {
    const [itemHash = ''] = rest
    if (!isHash(itemHash)) return undefined
    return kind === 'file' && !isSafe
      ? { kind, networkId, itemHash, name, hasOwnName: true }
      : { kind, networkId, itemHash, name }
  }
  if (kind === 'revision' && rest.length === 4) {
    const [owner = '', segment = '', itemHash = ''] = rest
    const key = decodeSegment(segment)
    const isKnown = owner && key !== undefined && (itemHash === noRevision || isHash(itemHash))
    return isKnown ? { kind, networkId, owner, key, itemHash, name } : undefined
  }
  if (kind === 'snapshot' && rest.length === 2) {
    const [id = ''] = rest
    return id ? { kind, networkId, id, name } : undefined
  }
  return undefined
}

const isHash = (text: string) => /^[0-9A-Za-z]{40,128}$/.test(text)

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
