// Giving files out, and what is known about them (protocol §5.5).
import { engineOfHash, isItemHash } from '../../client/message/itemHash.js'
import { bodyTooLarge, HttpError, spaced, type Context, type Reply } from '../http.js'
import type { StoredFile } from '../state/files.js'
import { limits } from './uploads.js'

const downloadUrl = (fileHash: string) => `/api/v0/storage/raw/${fileHash}`

/** A directory's size is that of its blocks, while a tar of it is stored. */
const sizeOnDisk = ({ size, isDirectory }: StoredFile) => (isDirectory ? undefined : size)

/** The bytes: no range, no name, no type (trap 22). */
export async function getRaw({ node, params: [hash = ''] }: Context): Promise<Reply> {
  if (!engineOfHash(hash)) throw new HttpError(400, 'Invalid hash')
  const file = node.state.files.get(hash)
  if (!file) throw new HttpError(404, 'Not found')
  await node.files.check(hash, sizeOnDisk(file))
  return {
    status: 200,
    contentType: file.isDirectory ? 'application/x-tar' : 'application/octet-stream',
    headers: { 'Accept-Ranges': 'none' },
    body: { open: () => node.files.stream(hash), size: sizeOnDisk(file) },
  }
}

export async function getBase64({ node, params: [hash = ''] }: Context): Promise<Reply> {
  const engine = engineOfHash(hash)
  if (!engine) throw new HttpError(400, 'Invalid hash provided')
  const file = node.state.files.get(hash)
  if (!file) throw new HttpError(404, 'Not found')
  if (file.size > limits.storage.max_file_size) throw bodyTooLarge(limits.storage.max_file_size)
  const bytes = await node.files.read(hash, sizeOnDisk(file))
  // 57 bytes make a line of 76 characters (trap 21).
  const lines: string[] = []
  for (let start = 0; start < bytes.length; start += 57)
    lines.push(`${bytes.toString('base64', start, Math.min(start + 57, bytes.length))}\n`)
  return { ...spaced({ status: 'success', hash, engine, content: lines.join('') }), isCompressible: true }
}

export function getMetadata({ node, params: [hash = ''] }: Context): Reply {
  const file = node.state.files.get(hash)
  if (!file) throw new HttpError(404, `No file found for hash ${hash}`)
  const type = file.isDirectory ? 'dir' : 'file'
  return spaced({ file_hash: hash, type, size: file.size, download_url: downloadUrl(hash) })
}

export function getByMessageHash({ node, params: [hash = ''] }: Context): Reply {
  if (!isItemHash(hash)) throw new HttpError(400, 'Invalid hash provided')
  const pin = node.state.files.pin(hash)
  if (!pin) throw new HttpError(404, `No file found for message ${hash}`)
  return spaced(described({ node }, pin.ref ?? hash, pin.owner, pin.fileHash))
}

export function getByRef({ node, params }: Context): Reply {
  const [address, ref = ''] = params.length === 2 ? params : [undefined, params[0]]
  if (!isItemHash(ref) && address === undefined) throw new HttpError(400, 'address is required for user-defined ref')
  const name = isItemHash(ref) ? ref : `${address ?? ''}/${ref}`
  const tag = node.state.files.tag(name)
  if (!tag) throw new HttpError(404, `No file found for tag ${name}`)
  return spaced(described({ node }, ref, tag.owner, tag.fileHash))
}

const described = ({ node }: Pick<Context, 'node'>, ref: string, owner: string, fileHash: string) => ({
  ref,
  owner,
  file_hash: fileHash,
  download_url: downloadUrl(fileHash),
  size: node.state.files.get(fileHash)?.size ?? 0,
})

/** Pins of every kind, so every unsigned upload counts: no number of owners (trap 51). */
export const countPins = ({ node, params: [hash = ''] }: Context): Reply => spaced(node.state.files.countPins(hash))
