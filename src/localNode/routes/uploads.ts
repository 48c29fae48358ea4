// Taking files in: multipart or raw, unsigned for 24 hours or with a signed STORE, and JSON (protocol §5.4).
import { checkSignature } from '../checks.js'
import type { ReceivedFile } from '../fileStore.js'
import { bodyTooLarge, HttpError, readBody, reasonError, spaced, type Context, type Reply } from '../http.js'
import { isMultipart, readUpload, type Upload } from '../multipart.js'
import { pythonJsonOf } from '../pythonNumbers.js'
import { toBoolean } from '../query.js'
import { MessageError } from '../rejection.js'
import { costOf, type Payment } from '../state/balances.js'
import { graceSeconds } from '../state/state.js'
import {
  fieldError,
  isObject,
  missing,
  parseMessage,
  storeFields,
  type FieldError,
  type Json,
  type WireMessage,
} from '../validate.js'
import { publish } from './publish.js'

const mebibyte = 1_048_576

export const limits = {
  storage: { max_file_size: 100 * mebibyte, max_unauthenticated_upload_file_size: 25 * mebibyte },
  ipfs: {
    max_upload_file_size: 1024 * mebibyte,
    max_upload_car_size: 4096 * mebibyte,
    max_unauthenticated_upload_file_size: 25 * mebibyte,
  },
}

export const getLimits = (): Reply => spaced(limits)

type Engine = 'storage' | 'ipfs'

const signedLimit = { storage: limits.storage.max_file_size, ipfs: limits.ipfs.max_upload_file_size }
const unsignedLimit = {
  storage: limits.storage.max_unauthenticated_upload_file_size,
  ipfs: limits.ipfs.max_unauthenticated_upload_file_size,
}

export async function addStorageFile(context: Context): Promise<Reply> {
  const { request, node } = context
  const upload = isMultipart(request)
    ? await readUpload(request, node.files, 'storage', signedLimit.storage)
    : await readRaw(context)
  if (!upload.file) throw reasonError(400, 'File should be sent as FormData or Raw Upload')
  return addFile(context, 'storage', upload, upload.file)
}

export async function addIpfsFile(context: Context): Promise<Reply> {
  if (!isMultipart(context.request)) throw reasonError(400, 'Expected Content-Type: multipart/form-data')
  const upload = await readUpload(context.request, context.node.files, 'ipfs', signedLimit.ipfs)
  if (!upload.file) throw reasonError(422, "Missing 'file' in multipart form.")
  return addFile(context, 'ipfs', upload, upload.file)
}

async function readRaw({ request, node }: Context): Promise<Upload> {
  const source = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  const file = await node.files.receive(source, 'storage', unsignedLimit.storage)
  return { file, fileName: 'file', metadata: undefined }
}

async function addFile(context: Context, engine: Engine, upload: Upload, file: ReceivedFile): Promise<Reply> {
  const { files } = context.node
  let metadata: Metadata | undefined
  try {
    const limit = upload.metadata ? signedLimit[engine] : unsignedLimit[engine]
    if (file.size > limit) throw bodyTooLarge(limit)
    if (upload.metadata) metadata = await checkMetadata(context, engine, upload.metadata, file)
  } catch (error) {
    await files.discard(file)
    throw error
  }
  // kubo has the file by now, so a wrong CID leaves it here for its 24 hours.
  const isMismatch = engine === 'ipfs' && metadata !== undefined && metadata.fileHash !== file.hash
  await storeFile(context, file, engine, !metadata || isMismatch)
  if (isMismatch) throw reasonError(422, `File hash does not match (${file.hash} != ${metadata?.fileHash ?? ''})`)
  const more = engine === 'ipfs' ? { name: upload.fileName, size: file.size } : {}
  const body = { status: 'success', hash: file.hash, ...more }
  if (!metadata) return spaced(body)
  // The body says success whatever becomes of the message; only the status tells (trap 3).
  const { status } = await publish(context, metadata.published, metadata.isSync)
  return spaced(body, status)
}

/** Makes a file known, with 24 hours to live if nobody signed for it. */
async function storeFile({ node }: Context, file: ReceivedFile, engine: Engine, hasGrace: boolean): Promise<void> {
  const record = { k: 'file' as const, h: file.hash, s: file.size, c: engine === 'storage' }
  await node.housekeeping.addFile(file, hasGrace ? { ...record, g: node.now() + graceSeconds } : record)
}

export interface Metadata {
  published: Json
  isSync: boolean
  fileHash: string
}

/** In the real node's order: decode, signature, hash (storage) or engine (ipfs), balance. */
async function checkMetadata(context: Context, engine: Engine, text: string, file: ReceivedFile): Promise<Metadata> {
  const { content, ...metadata } = await signedMetadata(text)
  const { fileHash } = metadata
  if (engine === 'storage' && fileHash !== file.hash)
    throw reasonError(422, `File hash does not match (${file.hash} != ${fileHash})`)
  if (engine === 'ipfs' && content['item_type'] !== 'ipfs')
    throw reasonError(422, `Expected item_type=ipfs in STORE message, got ItemType.${String(content['item_type'])}`)
  checkFunds(context, content, file.size)
  return metadata
}

/** Metadata whose message is signed by its sender. */
export async function signedMetadata(text: string): Promise<Metadata & { content: Json }> {
  const { message, isSync } = parseMetadata(text)
  try {
    await checkSignature(message)
  } catch (error) {
    if (error instanceof MessageError && error.code === 1) throw new HttpError(403)
    throw error
  }
  const content = message.content ?? {}
  return { content, published: publishedForm(message, content), isSync, fileHash: String(content['item_hash']) }
}

/** Whole mebibytes, no free size and no date: stricter than the processing of the message (trap 2). */
export function checkFunds(context: Context, content: Json, sizeBytes: number): void {
  const billedBytes = Math.ceil(sizeBytes / mebibyte) * mebibyte
  const payment = (isObject(content['payment']) ? content['payment']['type'] : 'hold') as Payment
  try {
    context.node.state.balances.check(String(content['address']), costOf(billedBytes, payment), payment)
  } catch (error) {
    if (error instanceof MessageError) throw new HttpError(402)
    throw error
  }
}

/** What the node hands to its queue: nulls and unknown keys of the content are gone (protocol §4.4). */
function publishedForm(message: WireMessage, content: Json): Json {
  const known = [...storeFields, 'payment']
  const filled = (value: Json) => Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null))
  const kept = Object.fromEntries(known.filter(key => key in content).map(key => [key, content[key]]))
  return filled({ ...message, content: filled(kept) })
}

function parseMetadata(text: string): { message: WireMessage; isSync: boolean } {
  const fail = (errors: FieldError[]) => reasonError(422, `Could not decode metadata: ${JSON.stringify(errors)}`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw fail([invalidJson(text)])
  }
  if (!isObject(value))
    throw fail([fieldError('model_type', [], 'Input should be an object', value, { class_name: 'StorageMetadata' })])
  const errors: FieldError[] = []
  const { message, sync } = value
  let parsed: WireMessage | undefined
  if (message === undefined) errors.push(missing(['message'], value))
  else if (!isObject(message)) {
    const text = 'Input should be a valid dictionary or instance of PendingInlineStoreMessage'
    errors.push(fieldError('model_type', ['message'], text, message, { class_name: 'PendingInlineStoreMessage' }))
  } else {
    const result = parseMessage(message, { storeOnly: true, at: ['message'] })
    if ('errors' in result) errors.push(...result.errors)
    else parsed = result.message
  }
  const isSync = toBoolean(sync)
  if (sync === undefined) errors.push(missing(['sync'], value))
  else if (isSync === undefined)
    errors.push(
      fieldError('bool_parsing', ['sync'], 'Input should be a valid boolean, unable to interpret input', sync),
    )
  if (errors.length || !parsed) throw fail(errors)
  return { message: parsed, isSync: isSync ?? false }
}

/** The parser's words for the two commonest cases; it names the place where it gave up. */
function invalidJson(text: string): FieldError {
  const reason = /^[ntf]/.test(text)
    ? 'expected ident at line 1 column 2'
    : text.trim() === ''
      ? 'EOF while parsing a value at line 1 column 0'
      : 'expected value at line 1 column 1'
  return fieldError('json_invalid', [], `Invalid JSON: ${reason}`, text, { error: reason })
}

export const addStorageJson = (context: Context): Promise<Reply> => addJson(context, 'storage')
export const addIpfsJson = (context: Context): Promise<Reply> => addJson(context, 'ipfs')

/** The node stores its own spelling of the JSON, not the bytes sent (trap 24). Bad JSON is a 500 (trap 46). */
async function addJson(context: Context, engine: Engine): Promise<Reply> {
  const body = await readBody(context.request, unsignedLimit[engine])
  const bytes = Buffer.from(pythonJsonOf(body.toString('utf8')), 'utf8')
  const file = await context.node.files.receive(single(bytes), engine, Infinity)
  await storeFile(context, file, engine, true)
  return spaced({ status: 'success', hash: file.hash })
}

async function* single(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
