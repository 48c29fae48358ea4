// The bytes of a file that was stored in chunks, as one stream (protocol §11.9). The signed manifest says which STOREs
// follow each other, each signed STORE which file it is: a node decides nothing. Memory does not grow with the file.
import type { Context } from '../context.js'
import { AlephError, integrityError, isAlephError } from '../errors.js'
import { getMessage } from '../message/get.js'
import { createSha256 } from '../node/hash.js'
import { asMissingFile, rawPath } from './fetchBytes.js'
import type { Manifest } from './manifest.js'
import { storedFileHash } from './storedHash.js'
import { createCheck } from './verifiedBytes.js'

/** So many STOREs are looked up before their chunks are read. */
const storesAhead = 4

/**
 * The whole file. Throws at its end, or before, when the chunks are not those of the manifest, so nothing that came may be
 * used before the iteration has ended: `INTEGRITY`, `NOT_FOUND`, `FORGOTTEN` and the errors of the network, with the number
 * of the `chunk` (from 1) in text and details. STOREs of another owner than the manifest's are `INTEGRITY`.
 */
export async function* joinedBytes(
  context: Context,
  manifest: Manifest,
  owner: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const left = new AbortController()
  const ended = signal ? AbortSignal.any([signal, left.signal]) : left.signal
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  writer.closed.catch(() => undefined) // told by who reads
  const pumping = pump(context, manifest, owner, ended, chunk => writer.write(chunk)).then(
    () => writer.close(),
    (error: unknown) => writer.abort(error),
  )
  try {
    yield* readable as AsyncIterable<Uint8Array>
  } finally {
    left.abort()
    await pumping.catch(() => undefined)
  }
}

type Write = (bytes: Uint8Array) => Promise<void>

async function pump(
  context: Context,
  manifest: Manifest,
  owner: string,
  signal: AbortSignal,
  write: Write,
): Promise<void> {
  const { chunks, size, chunkSize, sha256 } = manifest
  const whole = createSha256()
  const ahead: Promise<string>[] = []
  let leftBytes = size
  for (const i of chunks.keys()) {
    for (let next = i + ahead.length; next < Math.min(chunks.length, i + storesAhead); next++) {
      const asked = chunkFile(context, manifest, owner, next, signal)
      asked.catch(() => undefined) // told when it is its turn
      ahead.push(asked)
    }
    try {
      const fileHash = await (ahead.shift() as Promise<string>)
      const taken = await pumpFile(context, fileHash, leftBytes, signal, async bytes => {
        whole.update(bytes)
        await write(bytes)
      })
      if (chunkSize !== undefined && taken !== Math.min(chunkSize, leftBytes))
        throw integrityError(`it has ${taken} bytes instead of ${Math.min(chunkSize, leftBytes)}.`)
      leftBytes -= taken
    } catch (error) {
      throw atChunk(error, i, chunks.length)
    }
  }
  if (leftBytes > 0)
    throw integrityError(`The chunks of the file have ${size - leftBytes} bytes together; its manifest says ${size}.`)
  if (sha256 !== undefined && whole.digest() !== sha256)
    throw integrityError('The chunks of the file are not what its manifest says: the hash of the whole differs.')
}

/** The file hash of a chunk by its signed STORE. */
async function chunkFile(
  context: Context,
  { chunks, fileHashes }: Manifest,
  owner: string,
  index: number,
  signal: AbortSignal,
): Promise<string> {
  const message = await getMessage(context, chunks[index] as string, { signal })
  if (message.type !== 'STORE') throw integrityError(`its message is no file but of type ${message.type}.`)
  if (message.owner !== owner) throw integrityError(`it belongs to ${message.owner}, the manifest to ${owner}.`)
  const item_hash = storedFileHash(message)
  if (fileHashes && fileHashes[index] !== item_hash)
    throw integrityError('its STORE is of another file than the manifest says.')
  return item_hash
}

/**
 * Passes the bytes of one file on and gives their number. After a broken connection it goes on where it was; the check
 * is of exactly the bytes that were passed on.
 */
async function pumpFile(
  context: Context,
  fileHash: string,
  maxBytes: number,
  signal: AbortSignal,
  write: Write,
): Promise<number> {
  const check = await createCheck(fileHash)
  const tooLong = () => integrityError('with it the file is longer than its manifest says.')
  let taken = 0
  const attempt = async (body: AsyncIterable<Uint8Array>, lengthBytes: number | undefined) => {
    if (lengthBytes !== undefined && lengthBytes > maxBytes) throw tooLong()
    let seen = 0
    for await (const piece of body) {
      seen += piece.length
      if (seen <= taken) continue
      if (seen > maxBytes) throw tooLong()
      const fresh = piece.subarray(piece.length - (seen - taken))
      taken = seen
      await check.update(fresh)
      await write(fresh)
    }
    if (lengthBytes !== undefined && seen < lengthBytes)
      throw new AlephError('NETWORK', `The connection ended after ${seen} of ${lengthBytes} bytes.`, {
        retryable: true,
      })
  }
  try {
    await context.http.retrying(
      endpoint =>
        context.http.stream(endpoint, rawPath(fileHash), { signal, accept: [] }, (body, { lengthBytes }) =>
          attempt(body, lengthBytes),
        ),
      { signal },
    )
  } catch (error) {
    throw asMissingFile(error, fileHash)
  }
  if (!(await check.matches()))
    throw integrityError('the bytes that came are not those of its file: their hash differs.')
  return taken
}

/** Says which chunk it was. */
function atChunk(error: unknown, index: number, count: number): unknown {
  if (!isAlephError(error) || error.code === 'ABORTED') return error
  return new AlephError(error.code, `Chunk ${index + 1} of ${count}: ${error.message}`, {
    cause: error,
    retryable: error.retryable,
    ...(error.response ? { response: error.response } : {}),
    details: { ...error.details, chunk: index + 1 },
  })
}
