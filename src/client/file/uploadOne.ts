// One file in one or two requests: its bytes as a stream, hashed on the way, and its STORE (protocol §5.4, §11.5).
import type { Account } from '../account.js'
import type { Context } from '../context.js'
import { AlephError, invalidInput } from '../errors.js'
import { isPage, noAnswer } from '../http/failures.js'
import type { HttpAnswer } from '../http/http.js'
import type { UploadPart } from '../http/transport.js'
import { keptEnvelope, openFateError } from '../message/fate.js'
import { isSync, assertSigned, publishOnce, publishSigned, type PublishResult } from '../message/publish.js'
import { messageStatus } from '../message/get.js'
import type { Envelope, MessageStatus, StoreContent, StoreType } from '../message/types.js'
import { fileChanged, openSource, type FileSource, type OpenSource } from '../node/source.js'
import { rawPath } from './fetchBytes.js'
import { createFileHasher, fileHash } from './hasher.js'
import type { StoredFile, StoreFileOptions } from './storeFile.js'
import { assertStored } from './uploadAnswer.js'

/** Room for a signature: 132 characters of an EVM account, more in JSON of others. */
const signatureRoomBytes = 1024
/** Lengths of the two kinds of file hash, to know the length of a form before the file is hashed. */
const placeholderHash = { storage: '0'.repeat(64), ipfs: `Qm${'1'.repeat(44)}` }

export interface UploadJob {
  context: Context
  file: OpenSource
  engine: StoreType
  account: Account
  endpoint: string
  sign: (fileHash: string, signer?: Account) => Promise<{ envelope: Envelope }>
  signal: AbortSignal | undefined
  waitMs: number | undefined
  onProgress: StoreFileOptions['onProgress']
  onSigned: StoreFileOptions['onSigned']
}

/** One request: the file is read once, hashed while it is sent, and signed when all of it is known; its STORE goes last. */
export async function uploadSigned(job: UploadJob): Promise<StoredFile> {
  const { context, file, engine, endpoint, signal, waitMs } = job
  // Only its length is wanted: the key signs nothing but what is published. JSON takes blanks at its end.
  const nobody: Account = { address: job.account.address, chain: job.account.chain, sign: async () => '' }
  const placeholder = metadataText((await job.sign(placeholderHash[engine], nobody)).envelope, waitMs)
  const metadataLength = new TextEncoder().encode(placeholder).length + signatureRoomBytes
  let sent: { envelope: Envelope; fileHash: string } | undefined

  const send = async (leaves: () => void): Promise<MessageStatus> => {
    const pass = await hashedPass(job)
    const metadata: UploadPart = {
      name: 'metadata',
      lengthBytes: metadataLength,
      async *body() {
        const fileHash = await pass.digest()
        if (sent && sent.fileHash !== fileHash) throw fileChanged(file.name)
        if (!sent) {
          const { envelope } = await job.sign(fileHash)
          await job.onSigned?.(envelope)
          sent = { envelope, fileHash }
        }
        const text = new TextEncoder().encode(metadataText(sent.envelope, waitMs))
        leaves()
        yield text
        yield new Uint8Array(metadataLength - text.length).fill(0x20)
      },
    }
    const answer = await context.http.uploadOnce(endpoint, uploadPath(engine), [pass.part, metadata], {
      signal,
      accept: [202, 422],
    })
    return statusOfUpload(answer, sent)
  }
  const result = await publishOnce(context, () => sent?.envelope, send, { endpoint, signal, waitMs })
  return stored(job, result, (sent as unknown as { fileHash: string }).fileHash)
}

/** Two requests: the file alone, which a node keeps for a day, then its STORE. */
export async function uploadUnsigned(job: UploadJob): Promise<StoredFile> {
  const { endpoint, signal, waitMs } = job
  const fileHash = await sendBytes(job)
  const { envelope } = await job.sign(fileHash)
  await job.onSigned?.(envelope)
  const result = await publishSigned(job.context, { envelope }, { endpoint, signal, waitMs })
  return stored(job, result, fileHash)
}

type BytesJob = Pick<UploadJob, 'context' | 'file' | 'engine' | 'endpoint' | 'signal' | 'onProgress'>

/** The bytes alone, which the node keeps for a day. */
const sendBytes = (job: BytesJob): Promise<string> => {
  const { context, engine, endpoint, signal } = job
  return context.http.retrying(
    async () => {
      const pass = await hashedPass(job)
      const answer = await context.http.uploadOnce(endpoint, uploadPath(engine), [pass.part], { signal })
      const hash = await pass.digest()
      assertStored(answer, hash)
      return hash
    },
    { endpoint, signal },
  )
}

/** What a STORE that was kept says of its file. Throws `INVALID_INPUT` for what is none. */
export function keptStore(kept: unknown): Pick<StoredFile, 'file_hash' | 'engine'> & { size: number | undefined } {
  const { type, item_content, item_hash } = keptEnvelope(kept)
  if (type !== 'STORE' || item_content === undefined) throw invalidInput(`Message ${item_hash} isn't a file.`)
  const { item_hash: file_hash, item_type: engine, metadata } = JSON.parse(item_content) as StoreContent
  return { file_hash, engine, size: typeof metadata?.size === 'number' ? metadata.size : undefined }
}

/**
 * Sends the STORE of an earlier call again, as it is: looked up first, and with the bytes only where the node doesn't have
 * them. Whatever goes wrong leaves its fate as open as it was.
 */
export async function resendFile(
  context: Context,
  source: FileSource,
  kept: Envelope,
  { signal, waitMs, onProgress }: Pick<StoreFileOptions, 'signal' | 'waitMs' | 'onProgress'>,
): Promise<StoredFile> {
  const envelope = keptEnvelope(kept)
  const { file_hash, engine, size } = keptStore(envelope)
  await assertSigned(context, envelope)
  try {
    const endpoint = await context.http.writeEndpoint(signal)
    const how = { endpoint, signal, waitMs, isResend: true }
    const status = await messageStatus(context, envelope.item_hash, { endpoint, signal })
    let sizeBytes = size ?? 0
    let result: PublishResult | undefined
    if ((status === undefined || status === 'pending') && !(await nodeHas(context, file_hash, { endpoint, signal }))) {
      const file = await openSource(source)
      sizeBytes = file.sizeBytes
      // Before the first byte: whatever the source holds now was never meant to be published.
      const nowHash = await fileHash(source, { engine, ...(signal ? { signal } : {}) })
      if (nowHash !== file_hash) throw fileChanged(file.name)
      const job = { context, file, engine, endpoint, signal, onProgress }
      const limits = await context.nodes.limits(endpoint, signal)
      if (sizeBytes <= limits.unsigned[engine]) await sendBytes(job)
      else result = await sendWithStore(job, envelope, how)
    }
    onProgress?.({ phase: 'publishing', sentBytes: sizeBytes, totalBytes: sizeBytes })
    result ??= await publishSigned(context, { envelope }, how)
    return { item_hash: envelope.item_hash, file_hash, engine, size: sizeBytes, status: result.status }
  } catch (error) {
    throw openFateError(error, envelope)
  }
}

/** Bytes and a STORE that is signed already in one request, for what is too large to go alone. */
function sendWithStore(
  job: BytesJob,
  envelope: Envelope,
  how: Parameters<typeof publishOnce>[3],
): Promise<PublishResult> {
  const { context, engine, endpoint, signal } = job
  const text = new TextEncoder().encode(metadataText(envelope, how.waitMs))
  const send = async (leaves: () => void) => {
    const { part, digest } = await hashedPass(job)
    const { file_hash } = keptStore(envelope)
    const metadata: UploadPart = {
      name: 'metadata',
      lengthBytes: text.length,
      async *body() {
        if ((await digest()) !== file_hash) throw fileChanged(job.file.name)
        leaves()
        yield text
      },
    }
    const parts = [part, metadata]
    const answer = await context.http.uploadOnce(endpoint, uploadPath(engine), parts, { signal, accept: [202, 422] })
    return statusOfUpload(answer, { fileHash: file_hash })
  }
  return publishOnce(context, envelope, send, how)
}

/** Bytes that came alone are kept for a day, so they may be there from an earlier try, or not any more. */
export async function nodeHas(
  context: Context,
  fileHash: string,
  { endpoint, signal }: { endpoint: string; signal: AbortSignal | undefined },
): Promise<boolean> {
  const asked = { method: 'HEAD' as const, endpoint, signal, accept: [400, 404, 405] }
  return (await context.http.request(rawPath(fileHash), asked)).status === 200
}

export const uploadPath = (engine: StoreType) => `/api/v0/${engine}/add_file`

export const metadataText = (message: Envelope, waitMs?: number) => JSON.stringify({ message, sync: isSync(waitMs) })

/** The file as a part of a form; its bytes are hashed and counted as they pass. */
async function hashedPass({
  file,
  engine,
  onProgress,
}: BytesJob): Promise<{ part: UploadPart; digest: () => Promise<string> }> {
  const hasher = await createFileHasher(engine)
  const totalBytes = file.sizeBytes
  async function* body() {
    let sentBytes = 0
    onProgress?.({ phase: 'sending', sentBytes, totalBytes })
    for await (const chunk of file.read()) {
      const hashing = hasher.update(chunk)
      yield chunk
      await hashing
      sentBytes += chunk.length
      onProgress?.({ phase: 'sending', sentBytes, totalBytes })
    }
    onProgress?.({ phase: 'publishing', sentBytes, totalBytes })
  }
  let digest: Promise<string> | undefined
  return {
    // The name goes into the STORE; a node forgets that of the form.
    part: { name: 'file', filename: 'file', contentType: 'application/octet-stream', lengthBytes: totalBytes, body },
    digest: () => (digest ??= Promise.resolve(hasher.digest())),
  }
}

/** The body says success even when the message was rejected: the status code tells (trap 3). */
export function statusOfUpload(answer: HttpAnswer, sent: { fileHash: string } | undefined): MessageStatus {
  if (isPage(answer.text)) throw noAnswer(answer.status)
  if (answer.status === 422) {
    if (answer.text.trimStart().startsWith('{')) return 'rejected'
    throw new AlephError('REJECTED', 'The node refused the upload because it does not fit its STORE message.', {
      response: { status: 422 },
      details: { reason: answer.text.slice(0, 200) },
    })
  }
  if (sent) assertStored(answer, sent.fileHash)
  return answer.status === 202 ? 'pending' : 'processed'
}

const stored = (job: UploadJob, { item_hash, status }: PublishResult, file_hash: string): StoredFile => ({
  item_hash,
  file_hash,
  engine: job.engine,
  size: job.file.sizeBytes,
  status,
})
