// What file.ts promises. The file and its description are two age files with file keys of their own.
import { throwIfAborted } from '../errors.js'
import { fromBase64, toBase64 } from '../node/encoding.js'
import { collect, pieces } from '../pieces.js'
import { openSource } from '../node/source.js'
import { assertSpool, removeSpool, writeSpool } from '../node/spool.js'
import { openAge, sealAge } from './age.js'
import { decryptionError, unknownScheme } from './errors.js'
import type {
  openSealed as OpenSealed,
  openSealedInfo as OpenSealedInfo,
  reopenSealed as ReopenSealed,
  sealFile as SealFile,
} from './file.js'
import { openersOf } from './options.js'
import { isObject } from '../isObject.js'
import { readersOf } from './recipients.js'

const form = { scheme: 'age', version: 1 } as const
/** Names that are longer are no names; so an info that is longer is none. */
const maxInfoBytes = 128 * 1024
const maxNameLength = 1024

export const sealFile: typeof SealFile = async (context, file, encryptFor, { account, filename, mimetype, signal }) => {
  throwIfAborted(signal)
  const readers = await readersOf(context, encryptFor, { account, signal })
  const described = { ...(filename === undefined ? {} : { name: filename }), type: mimetype, size: file.sizeBytes }
  const text = new TextEncoder().encode(JSON.stringify(described))
  const info = toBase64(await collect(sealAge(pieces(text), readers, signal)))
  const { path } = await writeSpool(sealAge(file.read(), readers, signal))
  return { path, encryption: { ...form, info }, ...(await spooled(path)) }
}

export const reopenSealed: typeof ReopenSealed = async (path, sizeBytes) => {
  await assertSpool({ path, sizeBytes })
  return spooled(path)
}

async function spooled(path: string) {
  const source = await openSource(path)
  return {
    // What it is called is nobody's business.
    source: { ...source, name: undefined, type: 'application/octet-stream' },
    dispose: () => removeSpool(path),
  }
}

export const openSealed: typeof OpenSealed = async function* (context, chunks, decrypt, { signal } = {}) {
  yield* openAge(chunks, openersOf(context, decrypt), signal)
}

export const openSealedInfo: typeof OpenSealedInfo = async (context, sealed, decrypt, { signal } = {}) => {
  const openers = openersOf(context, decrypt)
  if (!isObject(sealed) || sealed.scheme !== form.scheme || sealed.version !== form.version) throw unknownScheme()
  const { info } = sealed
  const bytes = typeof info === 'string' && info.length <= maxInfoBytes * 1.5 ? fromBase64(info) : undefined
  if (!bytes) throw decryptionError()
  const text = await collect(openAge(pieces(bytes), openers, signal))
  const { name, type, size } = parsed(text)
  const isText = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && value.length <= maxNameLength
  return {
    name: isText(name) ? name : undefined,
    type: isText(type) ? type : undefined,
    sizeBytes: Number.isSafeInteger(size) && (size as number) >= 0 ? (size as number) : undefined,
  }
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isObject(value)) return value
  } catch {
    // as anything else that is no description
  }
  throw decryptionError()
}
