// One file in one or two requests: its bytes as a stream, hashed on the way, and its STORE (protocol §5.4, §11.5).
import type { Account } from '../account.js'
import type { Context } from '../context.js'
import { AlephError } from '../errors.js'
import type { HttpAnswer } from '../http/http.js'
import type { UploadPart } from '../http/transport.js'
import { publishOnce, publishSigned, type PublishResult } from '../message/publish.js'
import type { Envelope, MessageStatus, StoreType } from '../message/types.js'
import { fileChanged, type OpenSource } from '../node/source.js'
import { createFileHasher } from './hasher.js'
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
  onProgress: StoreFileOptions['onProgress']
}

/** One request: the file is read once, hashed while it is sent, and signed when all of it is known; its STORE goes last. */
export async function uploadSigned(job: UploadJob): Promise<StoredFile> {
  const { context, file, engine, endpoint, signal } = job
  // Only its length is wanted: the key signs nothing but what is published. JSON takes blanks at its end.
  const nobody: Account = { address: job.account.address, chain: job.account.chain, sign: async () => '' }
  const placeholder = metadataText((await job.sign(placeholderHash[engine], nobody)).envelope)
  const metadataLength = new TextEncoder().encode(placeholder).length + signatureRoomBytes
  let sent: { envelope: Envelope; fileHash: string } | undefined

  const send = async (): Promise<MessageStatus> => {
    const pass = await hashedPass(job)
    const metadata: UploadPart = {
      name: 'metadata',
      lengthBytes: metadataLength,
      async *body() {
        const fileHash = await pass.digest()
        if (sent && sent.fileHash !== fileHash) throw fileChanged(file.name)
        sent ??= { envelope: (await job.sign(fileHash)).envelope, fileHash }
        const text = new TextEncoder().encode(metadataText(sent.envelope))
        yield text
        yield new Uint8Array(metadataLength - text.length).fill(0x20)
      },
    }
    const answer = await context.http.uploadOnce(endpoint, uploadPath(engine), [pass.part, metadata], {
      signal,
      accept: [422],
    })
    return statusOfUpload(answer, sent)
  }
  const result = await publishOnce(context, () => sent?.envelope, send, { endpoint, signal })
  return stored(job, result, (sent as unknown as { fileHash: string }).fileHash)
}

/** Two requests: the file alone, which a node keeps for a day, then its STORE. */
export async function uploadUnsigned(job: UploadJob): Promise<StoredFile> {
  const { context, engine, endpoint, signal } = job
  const fileHash = await context.http.retrying(
    async () => {
      const pass = await hashedPass(job)
      const answer = await context.http.uploadOnce(endpoint, uploadPath(engine), [pass.part], { signal })
      const hash = await pass.digest()
      assertStored(answer, hash)
      return hash
    },
    { endpoint, signal },
  )
  const { envelope } = await job.sign(fileHash)
  const result = await publishSigned(context, { envelope }, { endpoint, signal })
  return stored(job, result, fileHash)
}

export const uploadPath = (engine: StoreType) => `/api/v0/${engine}/add_file`

export const metadataText = (message: Envelope) => JSON.stringify({ message, sync: true })

/** The file as a part of a form; its bytes are hashed and counted as they pass. */
async function hashedPass({
  file,
  engine,
  onProgress,
}: UploadJob): Promise<{ part: UploadPart; digest: () => Promise<string> }> {
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
