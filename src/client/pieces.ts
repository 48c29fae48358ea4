// Between bytes at once and bytes in pieces.
import { joinBytes } from './node/encoding.js'

/** Small enough that progress and back-pressure mean something. */
const pieceBytes = 512 * 1024

export async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) yield bytes.subarray(offset, offset + pieceBytes)
}

/** What comes in pieces as one. */
export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return joinBytes(all)
}
