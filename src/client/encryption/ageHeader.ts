// The header of a file in the age format, read before anything is computed with what it says: whoever wrote it may want
// this program to work for hours, or to tell something about its key.
import { concatBytes, fromBase64 } from '../node/encoding.js'
import { decryptionError, unknownScheme } from './errors.js'

/** The stanza for a secp256k1 key: its ephemeral key, and as body the file key under what the two keys share. */
export const secp256k1Stanza = 'aleph.cloud/secp256k1'

export const maxHeaderBytes = 64 * 1024
export const maxStanzas = 64
/** Each costs a multiplication on the curve. */
export const maxOwnStanzas = 20
/** scrypt with 2^20 rounds takes 1 GiB and some seconds. */
const maxWorkFactor = 20

export interface Stanza {
  args: string[]
  body: Uint8Array
}

/** base64 without padding, as age writes it. */
export const fromUnpadded = (text: string): Uint8Array | undefined =>
  text.includes('=') ? undefined : fromBase64(text.padEnd(Math.ceil(text.length / 4) * 4, '='))

/** The stanzas of a header from its first byte to the line feed at its end. Throws `DECRYPTION` for more than the limits. */
export function parseHeader(header: Uint8Array): Stanza[] {
  if (header.some(byte => byte !== 10 && (byte < 32 || byte > 126))) throw decryptionError()
  const lines = new TextDecoder().decode(header).split('\n')
  if (lines[0] !== 'age-encryption.org/v1') throw unknownScheme()
  const stanzas: Stanza[] = []
  let at = 1
  while (lines[at]?.startsWith('-> ')) {
    if (stanzas.length === maxStanzas) throw decryptionError()
    const args = (lines[at++] as string).slice(3).split(' ')
    if (args.includes('')) throw decryptionError()
    const pieces: Uint8Array[] = []
    do {
      const line = lines[at++]
      const piece = line === undefined || line.length > 64 ? undefined : fromUnpadded(line)
      if (!piece) throw decryptionError()
      pieces.push(piece)
    } while (pieces.at(-1)?.length === 48)
    stanzas.push({ args, body: concatBytes(...pieces) })
  }
  const mac = lines[at]?.startsWith('--- ') ? fromUnpadded((lines[at] as string).slice(4)) : undefined
  if (mac?.length !== 32 || lines.length !== at + 2 || lines[at + 1] !== '') throw decryptionError()
  assertStanzas(stanzas)
  return stanzas
}

function assertStanzas(stanzas: readonly Stanza[]): void {
  let own = 0
  for (const { args, body } of stanzas) {
    const [type, first = '', second = ''] = args
    const bytes = fromUnpadded(first)
    if (type === secp256k1Stanza) {
      const isPoint = bytes?.length === 33 && (bytes[0] === 2 || bytes[0] === 3)
      if (++own > maxOwnStanzas || args.length !== 2 || !isPoint || body.length !== 32) throw decryptionError()
    } else if (type === 'X25519') {
      if (args.length !== 2 || bytes?.length !== 32 || body.length !== 32) throw decryptionError()
    } else if (type === 'scrypt') {
      // Beside another stanza it would be no proof that who wrote the file knew the passphrase.
      if (stanzas.length !== 1 || args.length !== 3 || bytes?.length !== 16 || body.length !== 32)
        throw decryptionError()
      if (!/^[1-9]\d?$/.test(second)) throw decryptionError()
      if (Number(second) > maxWorkFactor)
        throw decryptionError(
          'This file asks for more computing time than any program that writes such files does, so it is not opened.',
        )
    }
  }
}

/**
 * Reads as far as the header goes. `rest` is what came with its end; whoever calls goes on reading. Throws `DECRYPTION`,
 * also as soon as 64 KiB went by without an end.
 */
export async function readHeader(
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ header: Uint8Array; stanzas: Stanza[]; rest: Uint8Array }> {
  let bytes = new Uint8Array(0)
  // A line that begins with --- ends the header; nothing else in it can.
  let lineStart = 0
  for (;;) {
    for (let end; (end = bytes.indexOf(10, lineStart)) !== -1 && end < maxHeaderBytes; lineStart = end + 1) {
      if (bytes[lineStart] !== 0x2d || bytes[lineStart + 1] !== 0x2d) continue
      const header = bytes.slice(0, end + 1)
      return { header, stanzas: parseHeader(header), rest: bytes.subarray(end + 1) }
    }
    if (bytes.length >= maxHeaderBytes) throw decryptionError()
    const { done, value } = await chunks.next()
    if (done) throw decryptionError()
    bytes = concatBytes(bytes, value)
  }
}
