// A key as files hold it: the 32 bytes or hexadecimal digits that the aleph command lines write, or a keystore.
import { invalidInput } from '../client/errors.js'

/** Far above any key file; whatever is larger is not read. */
export const maxKeyFileBytes = 64 * 1024

export type KeyFile =
  { readonly kind: 'key'; readonly privateKey: string } | { readonly kind: 'keystore'; readonly json: string }

/** Throws `INVALID_INPUT` that repeats nothing of the file. A keystore is looked at when it is opened. */
export function readKeyFile(bytes: Uint8Array): KeyFile {
  if (bytes.length > maxKeyFileBytes) throw noKeyFile()
  // First, because 32 random bytes may happen to be text.
  if (bytes.length === 32) return { kind: 'key', privateKey: `0x${hex(bytes)}` }
  const text = decode(bytes)?.trim()
  const [, digits] = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(text ?? '') ?? []
  if (digits) return { kind: 'key', privateKey: `0x${digits.toLowerCase()}` }
  if (text?.startsWith('{')) return { kind: 'keystore', json: text }
  throw noKeyFile()
}

const noKeyFile = () =>
  invalidInput(
    'This file holds no key: it takes a keystore (JSON, version 3), or a key as 32 bytes or 64 hexadecimal digits.',
  )

const hex = (bytes: Uint8Array) => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

/** Undefined for what is no text; leaves out a byte order mark. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
