// Key files protected by a password: Web3 Secret Storage, version 3, as wallets and the aleph command lines write them.
// Whoever hands over such a file may mean harm: what it asks for is bounded, and nothing of it appears in an error.
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { keccak256 } from 'ethers/crypto'
import * as v from 'valibot'
import { AlephError, integrityError, invalidInput, throwIfAborted } from './errors.js'
import { raceAbort } from './http/limits.js'
import { isObject } from './isObject.js'
import { openingForms, writtenForm } from './passphrase.js'
import { keyPair } from './lazy/evm.js'

/** 512 MiB; the most that wallets ask for in earnest is 256. */
const maxScryptBytes = 512 * 1024 * 1024
/** Twice the work of the strongest that wallets write: some seconds. */
const maxScryptWork = 2 ** 22
/** Eight times what wallets write, for the same time. */
const maxPbkdf2Rounds = 2 ** 21
const maxTextLength = 64 * 1024
const ours = { n: 131_072, r: 8, p: 1 } as const

type Bytes = Uint8Array<ArrayBuffer>

const hex = (lengthBytes?: number) =>
  v.pipe(
    v.string(),
    v.regex(/^(0x)?([0-9a-f]{2})*$/i),
    v.transform(bytesOf),
    v.check(bytes => lengthBytes === undefined || bytes.length === lengthBytes),
  )
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const lowerCase = v.pipe(v.string(), v.toLowerCase())

const scryptSchema = v.object({
  kdf: v.pipe(lowerCase, v.literal('scrypt')),
  kdfparams: v.object({ dklen: v.literal(32), n: count, r: count, p: count, salt: hex() }),
})
const pbkdf2Schema = v.object({
  kdf: v.pipe(lowerCase, v.literal('pbkdf2')),
  kdfparams: v.object({ dklen: v.literal(32), c: count, prf: v.literal('hmac-sha256'), salt: hex() }),
})
const sealedSchema = v.object({
  cipher: v.literal('aes-128-ctr'),
  cipherparams: v.object({ iv: hex(16) }),
  ciphertext: hex(32),
  mac: hex(32),
})
const cryptoSchema = v.intersect([sealedSchema, v.union([scryptSchema, pbkdf2Schema])])
type Sealed = v.InferOutput<typeof cryptoSchema>

/**
 * The private key in a keystore, as hex with `0x`. Throws `INVALID_INPUT` for anything else than such a file,
 * `DECRYPTION` for a wrong password, `INTEGRITY` when the key is not that of the address that the file names.
 */
export async function openKeystore(json: string, password: string, signal?: AbortSignal): Promise<string> {
  throwIfAborted(signal)
  const { sealed, address } = parse(json)
  // Wallets differ in whether they normalize the password.
  for (const spelling of openingForms(password)) {
    const key = await derive(sealed, spelling, signal)
    if (!isEqual(macOf(key, sealed.ciphertext), sealed.mac)) continue
    const privateKey = hexOf(await aesCtr(key, sealed.cipherparams.iv, sealed.ciphertext))
    if (address !== undefined && address !== addressOf(privateKey).slice(2).toLowerCase())
      throw integrityError('The key in this keystore file is not that of the address that the file names.')
    return privateKey
  }
  throw new AlephError('DECRYPTION', 'The password is wrong, or the keystore file is damaged.')
}

/** A keystore of the private key (hex), for openKeystore and every wallet. */
export async function sealKeystore(privateKey: string, password: string, signal?: AbortSignal): Promise<string> {
  throwIfAborted(signal)
  const salt = random(32)
  const iv = random(16)
  const kdfparams = { dklen: 32, ...ours, salt } as const
  const key = await derive({ kdf: 'scrypt', kdfparams }, writtenForm(password), signal)
  const ciphertext = await aesCtr(key, iv, bytesOf(privateKey))
  const bare = (bytes: Bytes) => hexOf(bytes).slice(2)
  return JSON.stringify({
    version: 3,
    id: globalThis.crypto.randomUUID(),
    address: addressOf(privateKey).slice(2).toLowerCase(),
    crypto: {
      cipher: 'aes-128-ctr',
      cipherparams: { iv: bare(iv) },
      ciphertext: bare(ciphertext),
      kdf: 'scrypt',
      kdfparams: { ...kdfparams, salt: bare(salt) },
      mac: bare(macOf(key, ciphertext)),
    },
  })
}

function parse(json: string): { sealed: Sealed; address: string | undefined } {
  const file = json.length > maxTextLength ? undefined : object(json)
  const inner = file?.['crypto'] ?? file?.['Crypto']
  if (!file || !isObject(inner))
    throw invalidInput('This is not a keystore file: it takes JSON with a version and “crypto”.')
  if (file['version'] !== 3 && file['version'] !== '3')
    throw invalidInput('This keystore file is not of version 3, the only one that is read.')
  const parsed = v.safeParse(cryptoSchema, inner)
  // Not what the library says: that would repeat values of the file.
  if (!parsed.success)
    throw invalidInput(
      'This keystore file is damaged, or uses a cipher or key derivation other than those of version 3.',
    )
  assertBounded(parsed.output)
  const { address } = file
  const given = typeof address === 'string' ? address.toLowerCase().replace(/^0x/, '') : undefined
  return { sealed: parsed.output, address: given || undefined }
}

function assertBounded(sealed: Pick<Sealed, 'kdf' | 'kdfparams'>): void {
  const tooMuch = () =>
    invalidInput('This keystore file asks for more memory or computing time than any wallet does, so it is not opened.')
  if (sealed.kdf === 'pbkdf2') {
    if ((sealed as v.InferOutput<typeof pbkdf2Schema>).kdfparams.c > maxPbkdf2Rounds) throw tooMuch()
    return
  }
  const { n, r, p } = (sealed as v.InferOutput<typeof scryptSchema>).kdfparams
  if (n < 2 || !Number.isInteger(Math.log2(n)))
    throw invalidInput('This keystore file is damaged: its n is not a power of two.')
  if (128 * r * (n + p) > maxScryptBytes || n * r * p > maxScryptWork) throw tooMuch()
}

/** 32 bytes. Lets other work go on meanwhile. */
async function derive(
  { kdf, kdfparams }: v.InferOutput<typeof scryptSchema> | v.InferOutput<typeof pbkdf2Schema>,
  password: string,
  signal: AbortSignal | undefined,
): Promise<Bytes> {
  const bytes = new TextEncoder().encode(password)
  if (kdf === 'scrypt') {
    const { n, r, p, salt } = kdfparams as v.InferOutput<typeof scryptSchema>['kdfparams']
    // Not the platform's: it refuses n = 262144 with r = 1, which the standard's own example and Python's wallets use.
    const key = await scryptAsync(bytes, salt, { N: n, r, p, dkLen: 32, onProgress: () => throwIfAborted(signal) })
    return new Uint8Array(key)
  }
  const { c, salt } = kdfparams as v.InferOutput<typeof pbkdf2Schema>['kdfparams']
  const { subtle } = globalThis.crypto
  const material = await subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveBits'])
  const deriving = subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: c }, material, 256)
  return new Uint8Array(await (signal ? raceAbort(deriving, signal) : deriving))
}

/** Encrypting and decrypting are the same. */
async function aesCtr(key: Bytes, iv: Bytes, bytes: Bytes): Promise<Bytes> {
  const { subtle } = globalThis.crypto
  const aes = await subtle.importKey('raw', key.slice(0, 16), 'AES-CTR', false, ['encrypt'])
  return new Uint8Array(await subtle.encrypt({ name: 'AES-CTR', counter: iv, length: 128 }, aes, bytes))
}

function macOf(key: Bytes, ciphertext: Bytes): Bytes {
  const bytes = new Uint8Array(16 + ciphertext.length)
  bytes.set(key.slice(16, 32))
  bytes.set(ciphertext, 16)
  return bytesOf(keccak256(bytes))
}

function addressOf(privateKey: string): string {
  try {
    return keyPair(privateKey).address
  } catch {
    // The library's own error would carry the key.
    throw invalidInput('The key in this keystore file is outside the range that the curve allows.')
  }
}

function bytesOf(text: string): Bytes {
  const digits = text.replace(/^0x/i, '')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

const hexOf = (bytes: Bytes): string => `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`

const isEqual = (a: Bytes, b: Bytes) => hexOf(a) === hexOf(b)

const random = (lengthBytes: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(lengthBytes))

function object(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
