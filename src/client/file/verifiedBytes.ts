// Bytes from a node, believed only when all of them hash to what was asked for.
import { AlephError, integrityError } from '../errors.js'
import { createSha256 } from '../node/hash.js'

/** Takes the bytes of one file in order. */
export interface Check {
  update(chunk: Uint8Array): void | Promise<void>
  /** True if the bytes were those of the file hash. */
  matches(): Promise<boolean>
}

export async function createCheck(fileHash: string): Promise<Check> {
  if (/^[0-9a-f]{64}$/.test(fileHash)) {
    const sha256 = createSha256()
    return { update: chunk => sha256.update(chunk), matches: async () => sha256.digest() === fileHash }
  }
  const { createCidHasher, toCidV1 } = await import('../lazy/cid.js')
  const v0 = createCidHasher()
  if (fileHash.startsWith('Qm'))
    return { update: chunk => v0.update(chunk), matches: async () => (await v0.digest()) === fileHash }
  // A CIDv1 may be the CIDv0 in other letters, or that of a tree with raw leaves.
  const v1 = createCidHasher(1)
  return {
    update: async chunk => void (await Promise.all([v0.update(chunk), v1.update(chunk)])),
    matches: async () => {
      const cids = await Promise.all([v0.digest(), v1.digest()])
      return toCidV1(cids[0]) === fileHash || cids[1] === fileHash
    },
  }
}

/**
 * Passes `body` on, chunk by chunk, and throws `INTEGRITY` at its end unless the bytes are those of `fileHash`, or as
 * soon as there are more than announced. So nothing that came through may be used before the iteration has ended.
 */
export async function* verifiedBytes(
  body: AsyncIterable<Uint8Array>,
  fileHash: string,
  { lengthBytes, maxBytes }: { lengthBytes: number | undefined; maxBytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  if (lengthBytes !== undefined && lengthBytes > maxBytes) throw tooLarge(fileHash, maxBytes)
  const check = await createCheck(fileHash)
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge(fileHash, maxBytes)
    await check.update(chunk)
    yield chunk
  }
  if (lengthBytes !== undefined && size < lengthBytes)
    throw new AlephError('NETWORK', `The connection ended after ${size} of ${lengthBytes} bytes.`, { retryable: true })
  if (!(await check.matches()))
    throw integrityError(`The bytes that came for file ${fileHash} are not those of that file: their hash differs.`, {
      file_hash: fileHash,
    })
}

const tooLarge = (fileHash: string, maxBytes: number) =>
  new AlephError('TOO_LARGE', `File ${fileHash} is larger than ${maxBytes} bytes.`, {
    details: { file_hash: fileHash, maxBytes },
  })
