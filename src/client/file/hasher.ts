// The hash by which a node knows a file, computed while the bytes pass by (protocol §6.1, §6.3).
import { assertOptions, type CallOptions } from '../context.js'
import { invalidInput, throwIfAborted } from '../errors.js'
import type { StoreType } from '../message/types.js'
import { createSha256 } from '../node/hash.js'
import { openSource, type FileSource } from '../node/source.js'

/** Takes the bytes of one file in order; `digest` gives the file hash once. */
export interface FileHasher {
  update(chunk: Uint8Array): void | Promise<void>
  digest(): string | Promise<string>
}

/** sha256 for the storage engine, CIDv0 for ipfs. */
export async function createFileHasher(engine: StoreType): Promise<FileHasher> {
  if (engine === 'storage') return createSha256()
  const { createCidHasher } = await import('../lazy/cid.js')
  return createCidHasher()
}

export interface FileHashOptions extends CallOptions {
  engine: StoreType
}

/** The file hash that a node would give these bytes, without asking one: sha256, or CIDv0 for the ipfs engine. */
export async function fileHash(source: FileSource, options: FileHashOptions): Promise<string> {
  assertOptions(options, ['signal', 'engine'], 'fileHash')
  if (options?.engine !== 'ipfs' && options.engine !== 'storage')
    throw invalidInput('The engine must be “ipfs” or “storage”.')
  const [file, hasher] = await Promise.all([openSource(source), createFileHasher(options.engine)])
  for await (const chunk of file.read()) {
    throwIfAborted(options.signal)
    await hasher.update(chunk)
  }
  return hasher.digest()
}
