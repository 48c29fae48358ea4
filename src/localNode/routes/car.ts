// Taking in a folder, or a file, as a CAR with its signed STORE (protocol §5.4).
import { importCar, InvalidCar, readCarRoot } from '../car.js'
import { HttpError, reasonError, spaced, type Context, type Reply } from '../http.js'
import { isMultipart, readUpload } from '../multipart.js'
import type { ReceivedFile } from '../fileStore.js'
import { publish } from './publish.js'
import { checkFunds, limits, signedMetadata, type Metadata } from './uploads.js'

export async function addCar(context: Context): Promise<Reply> {
  const { node, request } = context
  if (!isMultipart(request)) throw reasonError(400, 'Expected Content-Type: multipart/form-data')
  const { file: car, metadata: text } = await readUpload(
    request,
    node.files,
    'storage',
    limits.ipfs.max_upload_car_size,
  )
  if (!car) throw reasonError(422, "Missing 'file' in multipart form.")
  try {
    if (text === undefined) throw reasonError(422, 'metadata is required for CAR upload')
    const metadata = await checkMetadata(context, text, car)
    const { isDirectory, sizeBytes, dagBytes, content } = await imported(car.path)
    const hash = metadata.fileHash
    const file = await node.files.receive(content, 'storage', Infinity)
    // Nobody keeps it if the message is refused: it has no grace (protocol §5.4).
    await node.housekeeping.addFile(
      { ...file, hash },
      {
        k: 'file',
        h: hash,
        s: isDirectory ? dagBytes : sizeBytes,
        c: false,
        ...(isDirectory ? { d: true } : {}),
      },
    )
    const { status } = await publish(context, metadata.published, metadata.isSync)
    return spaced({ status: 'success', hash, size: dagBytes }, status)
  } finally {
    await node.files.discard(car)
  }
}

/** In the real node's order: decode, signature, engine, header, root, balance. */
async function checkMetadata(context: Context, text: string, car: ReceivedFile): Promise<Metadata> {
  const { content, ...metadata } = await signedMetadata(text)
  if (content['item_type'] !== 'ipfs')
    throw reasonError(
      422,
      `Expected item_type=ipfs or item_type=ipns in STORE message, got ItemType.${String(content['item_type'])}`,
    )
  const root = await readCarRoot(car.path).catch((error: unknown) => {
    throw error instanceof InvalidCar ? reasonError(422, `Invalid CAR file: ${error.message}`) : error
  })
  if (root !== metadata.fileHash) throw reasonError(422, `Root CID does not match (${root} != ${metadata.fileHash})`)
  checkFunds(context, content, car.size)
  return metadata
}

async function imported(path: string): ReturnType<typeof importCar> {
  try {
    return await importCar(path)
  } catch (error) {
    if (error instanceof HttpError || !(error instanceof InvalidCar)) throw error
    throw reasonError(502, `Failed to import CAR into IPFS: ${error.message}`)
  }
}
