// Multipart uploads: the file goes to disk while it arrives, the metadata field is held in memory. The order of the fields
// is free, a file may come as a plain field, and of several files the last one counts (protocol §5.4).
import type { IncomingMessage } from 'node:http'
import type { FileStore, ReceivedFile } from './fileStore.js'
import { boundaryOf, FormTooLarge, readForm } from './form.js'
import { bodyTooLarge, HttpError } from './http.js'

export interface Upload {
  file: ReceivedFile | undefined
  fileName: string
  metadata: string | undefined
}

/** No signed message is nearly as long. */
const metadataLimitBytes = 26_214_400

export const isMultipart = (request: IncomingMessage): boolean =>
  /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')

/** Throws `FileTooLarge`, 400 and 413, and a plain error for what can't be parsed (500 on the real node). */
export async function readUpload(
  request: IncomingMessage,
  store: FileStore,
  engine: 'storage' | 'ipfs',
  limitBytes: number,
): Promise<Upload> {
  const upload: Upload = { file: undefined, fileName: 'file', metadata: undefined }
  const source = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  try {
    for await (const part of readForm(source, boundaryOf(request.headers['content-type'] ?? ''))) {
      if (/^multipart\//i.test(part.contentType)) throw new HttpError(400, 'Invalid multipart structure')
      if (part.name === 'file') {
        const file = await store.receive(part.body, engine, limitBytes)
        if (upload.file) await store.discard(upload.file)
        upload.file = file
        upload.fileName = part.fileName || 'file'
      } else if (part.name === 'metadata') upload.metadata = await readField(part.body)
    }
    return upload
  } catch (error) {
    if (upload.file) await store.discard(upload.file)
    if (error instanceof FormTooLarge) throw new HttpError(400, `400: ${error.message}`)
    throw error
  }
}

async function readField(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > metadataLimitBytes) throw bodyTooLarge(metadataLimitBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
