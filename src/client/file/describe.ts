// What is published of a file besides its bytes, checked before anything is signed or sent (protocol §3.3, §3.5).
import { AlephError, invalidInput } from '../errors.js'
import { assertMetadata, inlineLimitBytes } from '../message/serialize.js'
import { assertIndexedText } from '../message/tags.js'
import type { OpenSource } from '../node/source.js'
import { mediaTypeOf } from './mediaType.js'
import type { StoreFileOptions } from './storeFile.js'
import { assertChunkSize } from './uploadPlan.js'

/** A type so that it fits a content; in the words of a STORE. */
export type Description = {
  content_type: string
  metadata: Record<string, unknown>
  tags?: string[]
}

/** Throws `INVALID_INPUT` for options that can not work; what they have to do with the file comes later. */
export function assertFileOptions({ filename, mimetype, metadata, engine, ref, chunkSize }: StoreFileOptions): void {
  assertChunkSize(chunkSize)
  if (engine !== undefined && engine !== 'ipfs' && engine !== 'storage')
    throw invalidInput('The engine must be “ipfs” or “storage”.')
  for (const [name, value] of [
    ['filename', filename],
    ['mimetype', mimetype],
  ])
    if (value !== undefined && typeof value !== 'string') throw invalidInput(`The ${name} must be a text.`)
  assertMetadata(metadata)
  if (ref === undefined) return
  assertIndexedText(ref, 'ref')
  if (ref.includes('/')) throw invalidInput(`The ref “${ref}” holds a slash, so nodes could not look it up.`)
}

/** The name that a file gets, and its MIME type. */
export function nameAndType(file: OpenSource, { filename, mimetype }: StoreFileOptions) {
  const name = filename ?? file.name
  const type =
    mimetype ?? file.type ?? (name === undefined ? undefined : mediaTypeOf(name)) ?? 'application/octet-stream'
  return { name, type }
}

/** Throws `TOO_LARGE` for what does not fit beside a file. The tags are checked already. */
export function describe(
  { name, type, sizeBytes }: { name: string | undefined; type: string; sizeBytes: number },
  tags: readonly string[],
  metadata: Record<string, unknown> | undefined,
): Description {
  const description = {
    content_type: type,
    metadata: { ...metadata, ...(name === undefined ? {} : { filename: name }), mimetype: type, size: sizeBytes },
    ...(tags.length ? { tags: [...tags] } : {}),
  }
  // A STORE must travel inline beside its file.
  const bytes = new TextEncoder().encode(JSON.stringify(description)).length
  if (bytes > inlineLimitBytes - 1000)
    throw new AlephError(
      'TOO_LARGE',
      `The metadata has ${bytes} bytes; beside a file there is room for ${inlineLimitBytes - 1000}.`,
    )
  return description
}

/**
 * A node that takes a STORE beside its file hands the parsed content to its queue, where it is URL-decoded: an escape
 * that breaks JSON makes the message vanish, although `item_content` has its `%` written as `\u0025` (trap 41). A
 * STORE that is published alone travels as it was sent.
 */
export const breaksBesideFile = (description: object): boolean =>
  /%(?:22|5c|[01][0-9a-f])/i.test(JSON.stringify(description))
