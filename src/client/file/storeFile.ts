// A file → the network: funds and limits first, then the bytes as a stream hashed on the way, then its STORE
// (protocol §11.5).
import { lookup } from 'mrmime'
import type { Account } from '../account.js'
import { addressBalance } from '../address.js'
import { assertOptions, requireAccount, requireOwner, type Context, type WriteOptions } from '../context.js'
import { AlephError, invalidInput, throwIfAborted } from '../errors.js'
import type { HttpAnswer } from '../http/http.js'
import type { UploadPart } from '../http/transport.js'
import { signMessage } from '../message/envelope.js'
import { publishOnce, publishSigned, type PublishResult } from '../message/publish.js'
import { assertMetadata, inlineLimitBytes } from '../message/serialize.js'
import { assertChannel, assertTags } from '../message/tags.js'
import type { Envelope, MessageStatus, Payment, StoreType } from '../message/types.js'
import { fileChanged, openSource, type FileSource, type OpenSource } from '../node/source.js'
import { asFundsError } from './fundsError.js'
import { createFileHasher } from './hasher.js'
import { assertStored } from './uploadAnswer.js'
import { defaultPayment, planUpload } from './uploadPlan.js'

export interface StoreProgress {
  phase: 'sending' | 'publishing'
  /** Bytes of the file handed to the network; begins again at 0 when the file must be sent again. */
  sentBytes: number
  totalBytes: number
}

export interface StoreFileOptions extends WriteOptions {
  /** The name to be stored; that of the source if not given. */
  filename?: string
  /** The MIME type; from the source or the name's extension if not given. */
  mimetype?: string
  tags?: readonly string[]
  metadata?: Record<string, unknown>
  /** `ipfs` if not given, or `storage` where the node has IPFS off. */
  engine?: StoreType
  /** `hold` until the end of 2026, `credit` from then on, if not given. */
  payment?: Payment['type']
  onProgress?: (progress: StoreProgress) => void
}

export interface StoredFile {
  /** The hash of the STORE message. */
  item_hash: string
  /** sha256, or CIDv0 with the ipfs engine. */
  file_hash: string
  engine: StoreType
  size: number
  status: PublishResult['status']
}

const optionNames = 'signal account owner channel filename mimetype tags metadata engine payment onProgress'.split(' ')
/** Room for a signature: 132 characters of an EVM account, more in JSON of others. */
const signatureRoomBytes = 1024
/** Lengths of the two kinds of file hash, to know the length of a form before the file is hashed. */
const placeholderHash = { storage: '0'.repeat(64), ipfs: `Qm${'1'.repeat(44)}` }

/**
 * Uploads a file and publishes its STORE, once. Throws before the first byte: `INVALID_INPUT`, `READ_ONLY`,
 * `INSUFFICIENT_FUNDS`, `TOO_LARGE`, `IO`. Later: `INVALID_INPUT` when the file changed while it was read, `INTEGRITY`
 * when the node computed another hash, `REJECTED`, and the errors of the network.
 */
export async function storeFile(
  context: Context,
  source: FileSource,
  options: StoreFileOptions = {},
): Promise<StoredFile> {
  assertOptions(options, optionNames, 'storeFile')
  const { signal } = options
  throwIfAborted(signal)
  const account = requireAccount(context, options.account)
  const file = await openSource(source)
  const description = describe(file, options)
  const channel = options.channel ?? context.channel
  if (channel !== undefined) assertChannel(channel)

  const owner = await requireOwner(options.owner, account)
  const endpoint = await context.http.writeEndpoint(signal)
  const engine = options.engine ?? ((await context.nodes.takesIpfs(endpoint, signal)) ? 'ipfs' : 'storage')
  const payment = options.payment ?? defaultPayment(context.http.clock.now())
  const [limits, balance] = await Promise.all([
    context.nodes.limits(endpoint, signal),
    addressBalance(context, owner, { endpoint, ...(signal ? { signal } : {}) }),
  ])
  const planned = planUpload({ sizeBytes: file.sizeBytes, engine, payment, limits, balance })
  const way = planned === 'signed' && breaksBesideFile(description) ? 'unsigned' : planned
  if (way === 'unsigned' && file.sizeBytes > limits.unsigned[engine])
    throw invalidInput(
      `The name, type, tags or metadata of ${file.name ?? 'the file'} hold a % escape of a quote, backslash or control character, with which nodes lose files of this size. Rename it.`,
    )

  const time = context.contentClock.next(account.address)
  const sign = async (file_hash: string, signer: Account = account) => {
    const content = {
      address: owner,
      time,
      item_type: engine,
      item_hash: file_hash,
      ...description,
      payment: { chain: 'ETH', type: payment },
    }
    const unsigned = { type: 'STORE' as const, content, ...(channel === undefined ? {} : { channel }) }
    return signMessage(signer, unsigned)
  }
  const job: UploadJob = { context, file, engine, account, endpoint, sign, signal, onProgress: options.onProgress }
  try {
    return way === 'signed' ? await uploadSigned(job) : await uploadUnsigned(job)
  } catch (error) {
    throw asFundsError(error)
  }
}

/**
 * A node that takes a STORE beside its file hands the parsed content to its queue, where it is URL-decoded: an escape
 * that breaks JSON makes the message vanish, although `item_content` has its `%` written as `\u0025` (trap 41). A
 * STORE that is published alone travels as it was sent.
 */
export const breaksBesideFile = (description: object) => /%(?:22|5c|[01][0-9a-f])/i.test(JSON.stringify(description))

interface UploadJob {
  context: Context
  file: OpenSource
  engine: StoreType
  account: Account
  endpoint: string
  sign: (fileHash: string, signer?: Account) => Promise<{ envelope: Envelope }>
  signal: AbortSignal | undefined
  onProgress: StoreFileOptions['onProgress']
}

/** What the STORE says of the file besides its hash. */
function describe(file: OpenSource, { filename, mimetype, tags, metadata, engine, payment }: StoreFileOptions) {
  if (engine !== undefined && engine !== 'ipfs' && engine !== 'storage')
    throw invalidInput('The engine must be “ipfs” or “storage”.')
  if (payment !== undefined && payment !== 'hold' && payment !== 'credit')
    throw invalidInput('The payment must be “hold” or “credit”.')
  for (const [name, value] of [
    ['filename', filename],
    ['mimetype', mimetype],
  ])
    if (value !== undefined && typeof value !== 'string') throw invalidInput(`The ${name} must be a text.`)
  if (tags !== undefined) assertTags(tags)
  assertMetadata(metadata)
  const name = filename ?? file.name
  const type = mimetype ?? file.type ?? (name === undefined ? undefined : lookup(name)) ?? 'application/octet-stream'
  const description = {
    content_type: type,
    metadata: { ...metadata, ...(name === undefined ? {} : { filename: name }), mimetype: type, size: file.sizeBytes },
    ...(tags?.length ? { tags: [...tags] } : {}),
  }
  // A STORE must travel inline beside its file.
  const sizeBytes = new TextEncoder().encode(JSON.stringify(description)).length
  if (sizeBytes > inlineLimitBytes - 1000)
    throw new AlephError(
      'TOO_LARGE',
      `The metadata has ${sizeBytes} bytes; beside a file there is room for ${inlineLimitBytes - 1000}.`,
    )
  return description
}

/** One request: the file is read once, hashed while it is sent, and signed when all of it is known; its STORE goes last. */
async function uploadSigned(job: UploadJob): Promise<StoredFile> {
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
async function uploadUnsigned(job: UploadJob): Promise<StoredFile> {
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

const uploadPath = (engine: StoreType) => `/api/v0/${engine}/add_file`

const metadataText = (message: Envelope) => JSON.stringify({ message, sync: true })

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
