// What value.ts promises: ECIES for one key, age for all else (protocol §7.1, §11.8).
import { raceAbort } from '../http/limits.js'
import { jsonText } from '../message/serialize.js'
import { fromBase64, toBase64, toHex } from '../node/encoding.js'
import { collect, pieces } from '../pieces.js'
import { openAge, sealAge } from './age.js'
import { openEcies, sealEcies } from './ecies.js'
import { decryptionError, unknownScheme, unlessAborted } from './errors.js'
import { openersOf, type Openers } from './options.js'
import { isObject } from '../isObject.js'
import { readersOf } from './recipients.js'
import type { openValue as OpenValue, sealValue as SealValue } from './value.js'

const form = { version: 1, encoding: 'base64', plaintext: 'json' } as const
const ecies = 'ecies-secp256k1-aes256gcm'

export const sealValue: typeof SealValue = async (context, value, encryptFor, { account, signal }) => {
  const plaintext = new TextEncoder().encode(jsonText(value, 'value'))
  const readers = await readersOf(context, encryptFor, { account, signal })
  if ('keys' in readers && readers.keys.length === 1 && !readers.ageRecipients.length) {
    const [key] = readers.keys as [Uint8Array]
    const data = toBase64(await sealEcies(key, plaintext))
    return { data, encryption: { scheme: ecies, ...form, recipient: toHex(key) } }
  }
  const data = toBase64(await collect(sealAge(pieces(plaintext), readers, signal)))
  return { data, encryption: { scheme: 'age', ...form } }
}

export const openValue: typeof OpenValue = async (context, { data, encryption }, decrypt, { signal } = {}) => {
  const openers = openersOf(context, decrypt)
  const { scheme, version, encoding, plaintext } = isObject(encryption) ? encryption : {}
  const isKnown = version === form.version && encoding === form.encoding && plaintext === form.plaintext
  if (!isKnown || (scheme !== ecies && scheme !== 'age')) throw unknownScheme()
  const bytes = fromBase64(data)
  if (!bytes) throw decryptionError()
  const opened = scheme === 'age' ? collect(openAge(pieces(bytes), openers, signal)) : openByAccount(bytes, openers)
  return parsed(await (signal ? raceAbort(opened, signal) : opened))
}

async function openByAccount(bytes: Uint8Array, { account }: Openers): Promise<Uint8Array> {
  if (!account)
    throw decryptionError('This is encrypted for the key of an account, so only that account can decrypt it.')
  try {
    if (account.decrypt) return await account.decrypt(bytes)
    return await openEcies(bytes, key => (account.sharedPoint as NonNullable<typeof account.sharedPoint>)(key))
  } catch (error) {
    throw unlessAborted(error)
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw decryptionError()
  }
}
