// A file as chunks and a manifest (protocol §11.9). The source is read once from the start; chunks are held in memory
// while they are sent, a few at a time, so memory does not grow with the file. Every step that is done is told, and a
// step that may have been done is looked up before it is done again.
import type { Account } from '../account.js'
import type { Context } from '../context.js'
import { AlephError, integrityError, invalidInput, isAlephError, throwIfAborted } from '../errors.js'
import { raceAbort } from '../http/limits.js'
import { signMessage, type SignedMessage } from '../message/envelope.js'
import { openEnvelope } from '../message/fate.js'
import { messageStatus } from '../message/get.js'
import { publishOnce, publishSigned, type PublishResult } from '../message/publish.js'
import { serializeContent } from '../message/serialize.js'
import type { BaseContent } from '../message/types.js'
import { createSha256, sha256Hex } from '../node/hash.js'
import { fileChanged, type OpenSource } from '../node/source.js'
import { pieces } from '../pieces.js'
import { storagePostType } from '../storage.js'
import { breaksBesideFile } from './describe.js'
import { createFileHasher } from './hasher.js'
import type { ChunkRecord, UploadRecord } from './resume.js'
import type { StoredFile, StoreProgress } from './storeFile.js'
import { assertStored } from './uploadAnswer.js'
import { metadataText, nodeHas, statusOfUpload, uploadPath } from './uploadOne.js'
import { maxChunkBytes, type UploadWay } from './uploadPlan.js'
import { versionHead } from './version.js'

const maxAtOnce = 4
/** A node may look for a file for so long before it has processed a STORE. */
const settleMs = 10 * 60_000

export interface ChunkedUpload {
  context: Context
  account: Account
  /** What is cut: the file, or its ciphertext. */
  file: OpenSource
  way: UploadWay
  record: UploadRecord
  signal: AbortSignal | undefined
  /** For the manifest: chunks are waited for until they are processed. */
  waitMs: number | undefined
  onProgress: ((progress: StoreProgress) => void) | undefined
  onRecord: ((record: UploadRecord) => void | Promise<void>) | undefined
}

interface Chunk {
  index: number
  bytes: Uint8Array
}

/** Uploads whatever the record does not have yet, then the manifest. */
export async function storeChunked(upload: ChunkedUpload): Promise<StoredFile> {
  const { record, file } = upload
  const steps = new Steps(upload)
  await steps.keep()
  try {
    const sha256 = await sendChunks(upload, steps)
    steps.progress('publishing')
    const { item_hash, status } = await publishManifest(upload, steps, sha256)
    return {
      item_hash,
      file_hash: sha256,
      engine: record.engine,
      size: file.sizeBytes,
      status,
      manifest: true,
      chunks: record.chunks.length,
    }
  } catch (error) {
    throw withRecord(error, record)
  }
}

/** What goes on with the upload is its record, not the one message that may have arrived. */
function withRecord(error: unknown, record: UploadRecord): unknown {
  if (!openEnvelope(error) || !isAlephError(error)) return error
  const { envelope: _, ...details } = error.details
  const what = isAlephError(error.cause) ? error.cause.message : error.message
  return new AlephError(error.code, `${what} The upload may go on where it stopped: give details.record as resume.`, {
    cause: error,
    retryable: error.retryable,
    ...(error.response ? { response: error.response } : {}),
    details: { ...details, record },
  })
}

/** Tells the caller what was done and how far it came. */
class Steps {
  readonly #upload: ChunkedUpload
  readonly #sentBytes: number[] = []
  #shownBytes = 0
  #keeping: Promise<void> = Promise.resolve()

  constructor(upload: ChunkedUpload) {
    this.#upload = upload
  }

  /** Hands out the record as it is now, one after the other, and waits until it was taken. */
  keep(): Promise<void> {
    const { record, onRecord } = this.#upload
    if (!onRecord) return Promise.resolve()
    this.#keeping = this.#keeping.then(() => onRecord({ ...record, chunks: [...record.chunks] }))
    return this.#keeping
  }

  sent(index: number, bytes: number): void {
    this.#sentBytes[index] = bytes
    this.progress('sending')
  }

  /** Never less than before, also while a chunk is sent again. */
  progress(phase: StoreProgress['phase']): void {
    const sum = this.#sentBytes.reduce((total, bytes) => total + bytes, 0)
    this.#shownBytes = Math.max(this.#shownBytes, sum)
    this.#upload.onProgress?.({ phase, sentBytes: this.#shownBytes, totalBytes: this.#upload.file.sizeBytes })
  }
}

/** Gives the sha256 of the whole once every chunk is stored. The first error ends the others. */
async function sendChunks(upload: ChunkedUpload, steps: Steps): Promise<string> {
  const { file, record } = upload
  const sha256 = createSha256()
  const failed = new AbortController()
  const signal = upload.signal ? AbortSignal.any([upload.signal, failed.signal]) : failed.signal
  const atOnce = Math.max(1, Math.min(maxAtOnce, Math.floor(maxChunkBytes / record.chunkSize)))
  const running = new Set<Promise<void>>()
  let failure: unknown
  steps.progress('sending')
  try {
    let index = 0
    for await (const bytes of cut(file, record.chunkSize, signal)) {
      await file.assertUnchanged?.()
      sha256.update(bytes)
      const task = storeChunk({ ...upload, signal }, steps, { index: index++, bytes }).catch((error: unknown) => {
        failure ??= error
        failed.abort()
      })
      running.add(task)
      void task.then(() => running.delete(task))
      if (running.size >= atOnce) await Promise.race(running)
    }
  } catch (error) {
    failure ??= error
    failed.abort()
  }
  await Promise.all(running)
  if (failure !== undefined) throw failure as Error
  throwIfAborted(upload.signal)
  await file.assertUnchanged?.()
  return sha256.digest()
}

/** The file in chunks of so many bytes, each in memory of its own. */
async function* cut(
  file: OpenSource,
  chunkSize: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let leftBytes = file.sizeBytes
  let chunk = new Uint8Array(Math.min(chunkSize, leftBytes))
  let filled = 0
  for await (const piece of abortable(file.read(), signal))
    for (let taken = 0; taken < piece.length;) {
      if (!leftBytes) throw fileChanged(file.name)
      const part = piece.subarray(taken, taken + chunk.length - filled)
      chunk.set(part, filled)
      filled += part.length
      taken += part.length
      if (filled < chunk.length) continue
      leftBytes -= chunk.length
      yield chunk
      filled = 0
      chunk = new Uint8Array(Math.min(chunkSize, leftBytes))
    }
  if (leftBytes) throw fileChanged(file.name)
}

/** Ends as soon as `signal` fires, also while the source hangs. */
async function* abortable(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await raceAbort(iterator.next(), signal)
      if (done) return
      yield value
    }
  } finally {
    void iterator.return?.().catch(() => undefined) // a source that hangs does not end either
  }
}

async function storeChunk(upload: ChunkedUpload, steps: Steps, { index, bytes }: Chunk): Promise<void> {
  const { context, account, record, file, signal } = upload
  const file_hash = await hashOf(bytes, record.engine)
  const known = record.chunks[index]
  if (known && known.file_hash !== file_hash) throw fileChanged(file.name)
  if (known && sha256Hex(serializeContent(chunkContent(record, index, known, bytes.length)).bytes) !== known.item_hash)
    throw invalidInput(`The record of this upload was changed at chunk ${index + 1}. Upload the file again.`)

  const status = known && (await messageStatus(context, known.item_hash, { endpoint: record.endpoint, signal }))
  if (!known || status !== 'processed') {
    const hasBytes = await nodeHas(context, file_hash, { endpoint: record.endpoint, signal })
    if (!hasBytes && upload.way === 'unsigned') await sendBytes(upload, steps, { index, bytes }, file_hash)
    // What was forgotten stays so: only another time makes another message of it.
    const isGone = status === 'forgotten' || status === 'removed' || status === 'rejected'
    const { contentClock } = context
    const time = !known
      ? contentClock.next(account.address)
      : isGone
        ? contentClock.next(account.address, { ...known, of: known.item_hash })
        : known.time
    const content = chunkContent(record, index, { file_hash, time }, bytes.length)
    const signed = await sign(upload, 'STORE', content)
    const entry: ChunkRecord = { file_hash, item_hash: signed.envelope.item_hash, time, isDone: false }
    record.chunks[index] = entry
    await steps.keep()
    const result =
      hasBytes || upload.way === 'unsigned'
        ? await publishSigned(context, signed, { endpoint: record.endpoint, signal, waitMs: settleMs })
        : await sendWithStore(upload, steps, { index, bytes }, signed, file_hash)
    assertProcessed(result, index)
    entry.isDone = true
    await steps.keep()
  } else if (!known.isDone) {
    known.isDone = true
    await steps.keep()
  }
  steps.sent(index, bytes.length)
}

const assertProcessed = ({ status, item_hash }: PublishResult, index: number): void => {
  if (status === 'processed') return
  throw new AlephError('PENDING', `The node has not processed chunk ${index + 1} yet; go on with the upload later.`, {
    retryable: true,
    details: { item_hash, chunk: index + 1 },
  })
}

/** What the STORE of a chunk says: nothing of the file but its name, and not that where it is encrypted. */
function chunkContent(
  { name, owner, engine, payment, group }: UploadRecord,
  index: number,
  { file_hash, time }: Pick<ChunkRecord, 'file_hash' | 'time'>,
  sizeBytes: number,
): BaseContent {
  const partName = `${name ?? ''}.part${index}`
  const isNamed = name !== undefined && !breaksBesideFile({ partName })
  const type = 'application/octet-stream'
  const content = {
    address: owner,
    time,
    item_type: engine,
    item_hash: file_hash,
    content_type: type,
    metadata: { ...(isNamed ? { filename: partName } : {}), mimetype: type, size: sizeBytes },
    tags: ['chunk', group],
    payment: { chain: 'ETH', type: payment },
  }
  return content
}

const sign = (
  { account, record }: ChunkedUpload,
  type: 'STORE' | 'POST',
  content: BaseContent,
): Promise<SignedMessage> =>
  signMessage(account, { type, content, ...(record.channel === undefined ? {} : { channel: record.channel }) })

async function hashOf(bytes: Uint8Array, engine: UploadRecord['engine']): Promise<string> {
  const hasher = await createFileHasher(engine)
  for await (const piece of pieces(bytes)) await hasher.update(piece)
  return hasher.digest()
}

/** The chunk as a part of a form, its bytes counted as they pass. */
const chunkPart = (steps: Steps, { index, bytes }: Chunk) => ({
  name: 'file',
  filename: 'file',
  contentType: 'application/octet-stream',
  lengthBytes: bytes.length,
  async *body() {
    let sentBytes = 0
    for await (const piece of pieces(bytes)) {
      yield piece
      steps.sent(index, (sentBytes += piece.length))
    }
  },
})

/** The bytes alone, which the node then keeps for a day. */
async function sendBytes(upload: ChunkedUpload, steps: Steps, chunk: Chunk, fileHash: string): Promise<void> {
  const { context, record, signal } = upload
  const { endpoint, engine } = record
  const send = () => context.http.uploadOnce(endpoint, uploadPath(engine), [chunkPart(steps, chunk)], { signal })
  assertStored(await context.http.retrying(send, { endpoint, signal }), fileHash)
}

/** Bytes and STORE in one request, for chunks that are too large to go alone. */
function sendWithStore(
  upload: ChunkedUpload,
  steps: Steps,
  chunk: Chunk,
  { envelope }: SignedMessage,
  fileHash: string,
): Promise<PublishResult> {
  const { context, record, signal } = upload
  const { endpoint, engine } = record
  const metadata = new TextEncoder().encode(metadataText(envelope))
  const parts = [chunkPart(steps, chunk), { name: 'metadata', lengthBytes: metadata.length, body: () => [metadata] }]
  const send = async (leaves: () => void) => {
    leaves()
    const answer = await context.http.uploadOnce(endpoint, uploadPath(engine), parts, { signal, accept: [202, 422] })
    return statusOfUpload(answer, { fileHash })
  }
  return publishOnce(context, envelope, send, { endpoint, signal, waitMs: settleMs })
}

async function publishManifest(upload: ChunkedUpload, steps: Steps, sha256: string) {
  const { context, account, record, signal, waitMs } = upload
  const { endpoint } = record
  const content = (time: number) => manifestContent(upload, sha256, time)
  const known = record.manifest
  // It is the same message only if no chunk had to be stored anew since.
  if (known && sha256Hex(serializeContent(content(known.time)).bytes) === known.item_hash) {
    const status = await messageStatus(context, known.item_hash, { endpoint, signal })
    if (status === 'processed') return { item_hash: known.item_hash, status }
    if (status === undefined || status === 'pending')
      return publishSigned(context, await sign(upload, 'POST', content(known.time)), { endpoint, signal, waitMs })
  }
  const { owner, ref } = record
  const head = ref === undefined ? undefined : await versionHead(context, { owner, ref, type: 'POST', signal })
  const time = context.contentClock.next(account.address, head)
  const signed = await sign(upload, 'POST', content(time))
  record.manifest = { item_hash: signed.envelope.item_hash, time }
  await steps.keep()
  return publishSigned(context, signed, { endpoint, signal, waitMs })
}

function manifestContent({ record, file }: ChunkedUpload, sha256: string, time: number): BaseContent {
  const { owner, ref, name, chunkSize, group, description } = record
  const chunks = record.chunks.map(chunk => {
    if (!chunk) throw integrityError('A chunk of this upload is missing.')
    return chunk
  })
  const data = {
    ...(name === undefined ? {} : { filename: name }),
    mimetype: description.content_type,
    size: file.sizeBytes,
    chunks: chunks.map(({ item_hash }) => item_hash),
    totalChunks: chunks.length,
    chunkSize,
    fileHashes: chunks.map(({ file_hash }) => file_hash),
    sha256,
    version: 1,
  }
  const tags = [...new Set(['manifest', group, ...(description.tags ?? [])])]
  const content = {
    address: owner,
    time,
    type: storagePostType,
    ...(ref === undefined ? {} : { ref }),
    content: { data, tags, metadata: description.metadata },
  }
  return content
}
