// Multipart uploads: the file goes to disk while it arrives, the metadata field is kept in memory. The order of the
// fields is free, a file may come as a plain field, and of several files the last one counts (protocol §5.4).
import busboy from 'busboy'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { FileStore, ReceivedFile } from './fileStore.js'
import { bodyTooLarge } from './http.js'

export interface Upload {
  file: ReceivedFile | undefined
  fileName: string
  metadata: string | undefined
}

/** More than this in a plain field is too much for any unsigned upload. */
const fieldLimitBytes = 26_214_400

export const isMultipart = (request: IncomingMessage): boolean =>
  /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')

/** Throws `FileTooLarge` and 413, and a plain error for what can not be parsed (500 on the real node). */
export async function readUpload(
  request: IncomingMessage,
  store: FileStore,
  engine: 'storage' | 'ipfs',
  limitBytes: number,
): Promise<Upload> {
  // Fields are read as bytes (latin1) and decoded here: busboy would spoil a file that comes as a field.
  const parser = busboy({
    headers: request.headers,
    defCharset: 'latin1',
    defParamCharset: 'utf8',
    limits: { fieldSize: fieldLimitBytes + 1 },
  })
  const upload: Upload = { file: undefined, fileName: 'file', metadata: undefined }
  const tasks: Promise<void>[] = []

  let fileCount = 0
  let kept = 0
  const takeFile = async (source: AsyncIterable<Uint8Array>, fileName: string | undefined) => {
    const number = ++fileCount
    const file = await store.receive(source, engine, limitBytes)
    const isLater = number > kept // files may end in another order than they began
    const other = isLater ? upload.file : file
    if (isLater) {
      kept = number
      upload.file = file
      upload.fileName = fileName || 'file'
    }
    if (other) await store.discard(other)
  }

  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown) => {
        request.unpipe(parser)
        parser.destroy(error as Error) // ends the file that is being received
        reject(error as Error)
      }
      const start = (task: Promise<void>) => {
        task.catch(fail)
        tasks.push(task)
      }
      parser.on('file', (name: string, stream: Readable, { filename }: { filename?: string }) => {
        if (name === 'file') start(takeFile(stream as AsyncIterable<Uint8Array>, filename))
        else if (name === 'metadata')
          start(
            readField(stream as AsyncIterable<Buffer>).then(bytes => void (upload.metadata = bytes.toString('utf8'))),
          )
        else stream.resume()
      })
      parser.on('field', (name, value, { valueTruncated }) => {
        if (valueTruncated) fail(bodyTooLarge(fieldLimitBytes))
        else if (name === 'file') start(takeFile(once(Buffer.from(value, 'latin1')), undefined))
        else if (name === 'metadata') upload.metadata = decodeField(value)
      })
      parser.once('close', resolve)
      parser.once('error', fail)
      request.once('error', fail)
      request.once('close', () => {
        if (!request.complete) fail(new Error('the client went away'))
      })
      request.pipe(parser)
    })
    await Promise.all(tasks)
    return upload
  } catch (error) {
    await Promise.allSettled(tasks)
    if (upload.file) await store.discard(upload.file)
    throw error
  }
}

/** A part may name its own charset, and then its text was decoded already. */
function decodeField(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}

async function readField(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > fieldLimitBytes) throw bodyTooLarge(fieldLimitBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
