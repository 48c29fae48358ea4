// A file → the network: funds and limits first, then its bytes, encrypted if so wanted, in one piece or in chunks
// (protocol §11.5, §11.9).
import type { Account } from '../account.js'
import { assertOptions, requireAccount, requireOwner, type Context, type WriteOptions } from '../context.js'
import { reopenSealed, sealFile } from '../encryption/file.js'
import { encryptForOf, withEncryptedTag } from '../encryption/options.js'
import type { EncryptFor } from '../encryption/types.js'
import { invalidInput, isAlephError, throwIfAborted } from '../errors.js'
import { signMessage } from '../message/envelope.js'
import type { PublishResult } from '../message/publish.js'
import { serializeContent } from '../message/serialize.js'
import { assertChannel, withDefaultTags } from '../message/tags.js'
import type { Payment, StoreType } from '../message/types.js'
import { openSource, type FileSource, type OpenSource } from '../node/source.js'
import { assertFileOptions, breaksBesideFile, describe, nameAndType, type Description } from './describe.js'
import { asFundsError, spareBalance, type FundsFacts } from './funds.js'
import { groupTag } from './manifest.js'
import { choosePayment } from './prices.js'
import type { UploadRecord } from './resume.js'
import { uploadSigned, uploadUnsigned } from './uploadOne.js'
import { planChunks, planFile, type UploadPlan } from './uploadPlan.js'
import { versionHead } from './version.js'

export interface StoreProgress {
  phase: 'sending' | 'publishing'
  /**
   * Bytes of the file handed to the network; begins again at 0 when a file in one piece must be sent again. For an encrypted
   * file those of its ciphertext.
   */
  sentBytes: number
  totalBytes: number
}

export interface StoreFileOptions extends WriteOptions {
  /** The name to be stored; that of the source if not given. */
  filename?: string
  /** The MIME type; from the source or the name's extension if not given. */
  mimetype?: string
  /** At most 16, those of the client included; 14 for a file that is cut. */
  tags?: readonly string[]
  metadata?: Record<string, unknown>
  /** `ipfs` if not given, or `storage` where the node has IPFS off. */
  engine?: StoreType
  /** `hold` until the end of 2026, `credit` from then on, if not given. */
  payment?: Payment['type']
  /**
   * Makes the file a new version: the item hash of the first version (a STORE, or a manifest for a file that is cut), or a
   * text of one's own without slash and comma (protocol §3.3). Of a file that is cut nodes keep no pointer to the newest
   * version: lists with `refs` find it.
   */
  ref?: string
  /** Encrypts the file, its name and its type before anything is sent. */
  encryptFor?: EncryptFor
  /**
   * Bytes of a chunk, 1 MiB to 100 MiB: a larger file is cut (protocol §11.9). If not given, only a file above what the
   * account may upload at once is cut, into 25 MiB; with `false` none is, and such a file is refused. Up to four chunks, and up
   * to 100 MiB of them, are held in memory.
   */
  chunkSize?: number | false
  /**
   * What `onRecord` gave last, to go on with an upload in chunks: with the same source and account, and of the options
   * with `signal`, `account`, `onProgress` and `onRecord` only, because the record has the others.
   */
  resume?: UploadRecord
  /** Gets the state of an upload in chunks after every step, and is waited for. Nothing is called for a file in one piece. */
  onRecord?: (record: UploadRecord) => void | Promise<void>
  onProgress?: (progress: StoreProgress) => void
}

export interface StoredFile {
  /** The hash of the STORE message; of the manifest's POST for a file that was cut. */
  item_hash: string
  /** sha256, or CIDv0 with the ipfs engine. For a file that was cut the sha256 of the whole, by which no node knows it. */
  file_hash: string
  engine: StoreType
  /** Bytes that were stored: those of the ciphertext for an encrypted file. */
  size: number
  status: PublishResult['status']
  /** True when the file was cut. */
  manifest?: true
  /** How many chunks it was cut into. */
  chunks?: number
}

const resumeNames = 'signal account onProgress onRecord resume'.split(' ')
const optionNames = [
  ...resumeNames,
  ...'owner channel filename mimetype tags metadata engine payment ref encryptFor chunkSize'.split(' '),
]

/**
 * Uploads a file and publishes its STORE, once; or its chunks and their manifest. Throws before the first byte:
 * `INVALID_INPUT`, `READ_ONLY`, `INSUFFICIENT_FUNDS`, `TOO_LARGE`, `IO`. Later: `INVALID_INPUT` when the file changed while it
 * was read, `INTEGRITY` when the node computed another hash, `REJECTED`, and the errors of the network.
 */
export async function storeFile(
  context: Context,
  source: FileSource,
  options: StoreFileOptions = {},
): Promise<StoredFile> {
  assertOptions(options, optionNames, 'storeFile')
  throwIfAborted(options.signal)
  const account = requireAccount(context, options.account)
  const file = await openSource(source)
  return options.resume === undefined
    ? newUpload(context, file, account, options)
    : resumeUpload(context, file, account, options, options.resume)
}

/** Says of a refusal for lack of funds what was missing. */
async function funded<T>(context: Context, facts: FundsFacts, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw await asFundsError(context, error, facts)
  }
}

async function newUpload(
  context: Context,
  file: OpenSource,
  account: Account,
  options: StoreFileOptions,
): Promise<StoredFile> {
  assertFileOptions(options)
  const { signal, metadata, ref } = options
  const channel = options.channel ?? context.channel
  if (channel !== undefined) assertChannel(channel)
  const { name, type } = nameAndType(file, options)
  const encryptFor = encryptForOf(options)
  const ownTags = withDefaultTags(context.tags, options.tags)
  const tags = encryptFor === undefined ? ownTags : withEncryptedTag(ownTags)
  // Told before anything is asked or encrypted.
  const plain = describe({ name, type, sizeBytes: file.sizeBytes }, tags, metadata)
  const payment = choosePayment(options.payment, context.http.clock.now())
  const owner = await requireOwner(options.owner, account)

  const sealed =
    encryptFor === undefined
      ? undefined
      : await sealFile(context, file, encryptFor, { account, signal, filename: name, mimetype: type })
  let isRecorded = false
  try {
    const stored = sealed?.source ?? file
    const sizeBytes = stored.sizeBytes
    const description = sealed
      ? describe({ name: undefined, type: opaqueType, sizeBytes }, tags, { ...metadata, encryption: sealed.encryption })
      : plain
    const endpoint = await context.http.writeEndpoint(signal)
    await context.http.assertClock(endpoint, signal)
    const engine = options.engine ?? ((await context.nodes.takesIpfs(endpoint, signal)) ? 'ipfs' : 'storage')
    const [limits, balance, prices] = await Promise.all([
      context.nodes.limits(endpoint, signal),
      spareBalance(context, owner, payment, { endpoint, signal }),
      context.prices.get(signal),
    ])
    const facts = { owner, payment, sizeBytes, balance, endpoint, signal }
    const { chunkSize } = options
    const plan = planFile({ sizeBytes, engine, payment, limits, balance, prices, chunkSize })
    const publishing = { context, account, owner, channel, ref, endpoint, engine, payment, description, options }
    if (plan.chunkSize === undefined)
      return await funded(context, facts, () =>
        storeWhole(publishing, stored, { name, way: plan.way, unsignedBytes: limits.unsigned[engine] }),
      )

    const publicName = sealed ? undefined : name
    const group = groupTag(publicName ?? crypto.randomUUID())
    if (new Set(['manifest', group, ...tags]).size > 16)
      throw invalidInput(`The file is cut, so there is room for 14 tags; there are ${tags.length}.`)
    // Told before the first byte when there can be no new version.
    if (ref !== undefined)
      context.contentClock.next(account.address, await versionHead(context, { owner, ref, type: 'POST', signal }))
    const record: UploadRecord = {
      version: 1,
      address: account.address,
      owner,
      endpoint,
      ...(channel === undefined ? {} : { channel }),
      ...(ref === undefined ? {} : { ref }),
      engine,
      payment,
      chunkSize: plan.chunkSize,
      source: {
        sizeBytes: file.sizeBytes,
        ...(file.name === undefined ? {} : { name: file.name }),
        ...(file.modifiedMs === undefined ? {} : { modifiedMs: file.modifiedMs }),
      },
      ...(sealed ? { sealed: { path: sealed.path, sizeBytes } } : {}),
      ...(publicName === undefined ? {} : { name: publicName }),
      group,
      description: JSON.parse(serializeContent(description).text) as Description,
      chunks: Array<null>(Math.ceil(sizeBytes / plan.chunkSize)).fill(null),
    }
    const { storeChunked } = await import('../lazy/largeFile.js')
    isRecorded = options.onRecord !== undefined
    const result = await funded(context, facts, () =>
      storeChunked({ ...chunked(context, account, options), file: stored, way: plan.way, record }),
    )
    isRecorded = false
    return result
  } finally {
    // Who has a record may go on later, and needs the ciphertext for it.
    if (!isRecorded) await sealed?.dispose()
  }
}

const opaqueType = 'application/octet-stream'

const chunked = (context: Context, account: Account, { signal, onProgress, onRecord }: StoreFileOptions) => ({
  context,
  account,
  signal,
  onProgress,
  onRecord,
})

interface Publishing {
  context: Context
  account: Account
  owner: string
  channel: string | undefined
  ref: string | undefined
  endpoint: string
  engine: StoreType
  payment: Payment['type']
  description: Description
  options: StoreFileOptions
}

async function storeWhole(
  { context, account, owner, channel, ref, endpoint, engine, payment, description, options }: Publishing,
  file: OpenSource,
  { name, way: planned, unsignedBytes }: { name: string | undefined; way: UploadPlan['way']; unsignedBytes: number },
): Promise<StoredFile> {
  const { signal, onProgress } = options
  const way = planned === 'signed' && breaksBesideFile({ description, ref }) ? 'unsigned' : planned
  if (way === 'unsigned' && file.sizeBytes > unsignedBytes)
    throw invalidInput(
      `The name, type, tags or metadata of ${name ?? 'the file'} hold a % escape of a quote, backslash or control character, with which nodes lose files of this size. Rename it.`,
    )
  const head = ref === undefined ? undefined : await versionHead(context, { owner, ref, type: 'STORE', signal })
  const time = context.contentClock.next(account.address, head)
  const sign = async (file_hash: string, signer: Account = account) => {
    const content = {
      address: owner,
      time,
      item_type: engine,
      item_hash: file_hash,
      ...(ref === undefined ? {} : { ref }),
      ...description,
      payment: { chain: 'ETH', type: payment },
    }
    const unsigned = { type: 'STORE' as const, content, ...(channel === undefined ? {} : { channel }) }
    return signMessage(signer, unsigned, signal)
  }
  const job = { context, file, engine, account, endpoint, sign, signal, onProgress }
  return way === 'signed' ? uploadSigned(job) : uploadUnsigned(job)
}

async function resumeUpload(
  context: Context,
  file: OpenSource,
  account: Account,
  options: StoreFileOptions,
  given: UploadRecord,
): Promise<StoredFile> {
  assertOptions(options, resumeNames, 'storeFile with resume')
  const { signal } = options
  const { readRecord, storeChunked } = await import('../lazy/largeFile.js')
  const record = readRecord(given, account.address, file)
  const { owner, engine, payment, chunkSize } = record
  choosePayment(payment, context.http.clock.now())
  await requireOwner(owner, account)
  const sealed = record.sealed && (await reopenSealed(record.sealed.path, record.sealed.sizeBytes))
  if (sealed) await assertCiphertext(sealed.source)
  const stored = sealed?.source ?? file
  const endpoint = await sameEndpoint(context, record.endpoint, signal)
  record.endpoint = endpoint
  await context.http.assertClock(endpoint, signal)
  const [limits, balance, prices] = await Promise.all([
    context.nodes.limits(endpoint, signal),
    spareBalance(context, owner, payment, { endpoint, signal }),
    context.prices.get(signal),
  ])
  // What is stored already is paid for already.
  const doneBytes = record.chunks.filter(chunk => chunk?.isDone).length * chunkSize
  const sizeBytes = Math.max(0, stored.sizeBytes - doneBytes)
  const { way } = planChunks({ sizeBytes, engine, payment, limits, balance, prices, chunkSize })
  const result = await funded(context, { owner, payment, sizeBytes, balance, endpoint, signal }, () =>
    storeChunked({ ...chunked(context, account, options), file: stored, way, record }),
  )
  await sealed?.dispose()
  return result
}

/** Where the upload began, if that is one of the client's nodes and answers: there is what was not finished. */
async function sameEndpoint(context: Context, endpoint: string, signal: AbortSignal | undefined): Promise<string> {
  const { http } = context
  if (!http.endpoints.includes(endpoint)) return http.writeEndpoint(signal)
  try {
    if (http.endpoints.length > 1)
      await http.request('/api/v0/version', { endpoint, signal, retry: false, accept: [404] })
    return endpoint
  } catch (error) {
    if (!isAlephError(error) || !error.retryable) throw error
    return http.writeEndpoint(signal)
  }
}

/** A record that somebody changed must not make a file of another kind public. */
async function assertCiphertext(file: OpenSource): Promise<void> {
  let head = ''
  for await (const chunk of file.read()) {
    head += new TextDecoder().decode(chunk.subarray(0, ageHead.length))
    if (head.length >= ageHead.length) break
  }
  if (!head.startsWith(ageHead))
    throw invalidInput('The record of this upload does not name its encrypted file. Upload the file again.')
}

const ageHead = 'age-encryption.org/v1'
