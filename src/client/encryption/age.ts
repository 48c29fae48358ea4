// Bytes of any length in the age format, for standard recipients, for keys of accounts, or under a passphrase.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { Decrypter, Encrypter, Stanza, type Identity, type Recipient } from 'age-encryption'
import type { Account } from '../account.js'
import { abortError, invalidInput, throwIfAborted } from '../errors.js'
import { raceAbort } from '../http/limits.js'
import { compressedKey, keyPair } from '../lazy/evm.js'
import { slices } from '../message/slices.js'
import { concatBytes, fromHex, toBase64, toHex } from '../node/encoding.js'
import { scryptKey } from '../node/scrypt.js'
import { openingForms, writtenForm } from '../passphrase.js'
import { fromUnpadded, readHeader, secp256k1Stanza } from './ageHeader.js'
import { unlessAborted } from './errors.js'
import type { Openers } from './options.js'

/** Who is to read it. */
export type Readers = { passphrase: string } | { keys: readonly Uint8Array[]; ageRecipients: readonly string[] }

type SharedPoint = (publicKey: Uint8Array) => Uint8Array | Promise<Uint8Array>
type Signal = AbortSignal | undefined

const utf8 = (text: string) => new TextEncoder().encode(text)
const toUnpadded = (bytes: Uint8Array) => toBase64(bytes).replace(/=+$/, '')
const noNonce = new Uint8Array(12)
const keyInfo = utf8('aleph.cloud/age-secp256k1/v1')
const scryptLabel = utf8('age-encryption.org/v1/scrypt')
/** That of age itself: about a second. */
const workFactor = 18

const wrap = (key: Uint8Array, fileKey: Uint8Array) => chacha20poly1305(key, noNonce).encrypt(fileKey)

function unwrap(key: Uint8Array, body: Uint8Array): Uint8Array | null {
  try {
    return chacha20poly1305(key, noNonce).decrypt(body)
  } catch {
    return null // another's
  }
}

/** Not that of protocol §7.1: what opens values must be of no use for the keys of files. */
const keyOf = (shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array) =>
  hkdf(sha256, shared.subarray(1, 33), concatBytes(ephemeral, recipient), keyInfo, 32)

/** For a public key of 33 bytes. */
const secp256k1Recipient = (recipient: Uint8Array): Recipient => ({
  wrapFileKey(fileKey) {
    const secret = globalThis.crypto.getRandomValues(new Uint8Array(32))
    const { publicKey, sharedPoint } = keyPair(`0x${toHex(secret)}`)
    const ephemeral = fromHex(publicKey)
    const key = keyOf(sharedPoint(recipient), ephemeral, recipient)
    return [new Stanza([secp256k1Stanza, toUnpadded(ephemeral)], wrap(key, fileKey))]
  },
})

const secp256k1Identity = (publicKey: Uint8Array, sharedPoint: SharedPoint): Identity => ({
  async unwrapFileKey(stanzas) {
    for (const { args, body } of stanzas) {
      if (args[0] !== secp256k1Stanza) continue
      const ephemeral = fromUnpadded(args[1] as string) as Uint8Array
      const fileKey = unwrap(keyOf(await sharedPoint(ephemeral), ephemeral, publicKey), body)
      if (fileKey) return fileKey
    }
    return null
  },
})

/** Like that of age, but other work goes on meanwhile, and the caller can give up. */
const derive = (passphrase: string, salt: Uint8Array, logN: number, signal: Signal) => {
  const key = scryptKey(passphrase, concatBytes(scryptLabel, salt), 2 ** logN)
  return signal ? raceAbort(key, signal) : key
}

const passphraseRecipient = (passphrase: string, signal: Signal): Recipient => ({
  async wrapFileKey(fileKey) {
    const salt = globalThis.crypto.getRandomValues(new Uint8Array(16))
    const key = await derive(writtenForm(passphrase), salt, workFactor, signal)
    return [new Stanza(['scrypt', toUnpadded(salt), String(workFactor)], wrap(key, fileKey))]
  },
})

const passphraseIdentity = (passphrase: string, signal: Signal): Identity => ({
  async unwrapFileKey(stanzas) {
    const [only] = stanzas
    if (only?.args[0] !== 'scrypt') return null
    const salt = fromUnpadded(only.args[1] as string) as Uint8Array
    for (const form of openingForms(passphrase)) {
      const fileKey = unwrap(await derive(form, salt, Number(only.args[2]), signal), only.body)
      if (fileKey) return fileKey
    }
    return null
  },
})

/** Throws `INVALID_INPUT` unless something can be sealed for this `age1…` recipient. */
export async function assertAgeRecipient(recipient: string, place: string): Promise<void> {
  try {
    const encrypter = new Encrypter()
    encrypter.addRecipient(recipient)
    // Also finds the points of which every secret makes the same.
    await encrypter.encrypt(new Uint8Array(0))
  } catch {
    throw invalidInput(`${place} is no age1… recipient: a character is wrong or missing. Copy it again.`)
  }
}

/** The ciphertext as a stream; each call makes a file key of its own, which nobody keeps. */
export async function* sealAge(
  chunks: AsyncIterable<Uint8Array>,
  readers: Readers,
  signal: Signal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encrypter = new Encrypter()
  if ('passphrase' in readers) encrypter.addRecipient(passphraseRecipient(readers.passphrase, signal))
  else {
    for (const key of readers.keys) encrypter.addRecipient(secp256k1Recipient(key))
    for (const recipient of readers.ageRecipients) encrypter.addRecipient(recipient)
  }
  throwIfAborted(signal)
  yield* await encrypter.encrypt(streamOf(chunks[Symbol.asyncIterator](), signal))
}

/**
 * The plaintext, block by block as each is authenticated; a missing end is told at the end. Throws `DECRYPTION`, and
 * whatever `chunks` throw.
 */
export async function* openAge(
  chunks: AsyncIterable<Uint8Array>,
  openers: Openers,
  signal: Signal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decrypter = await decrypterOf(openers, signal)
  throwIfAborted(signal)
  const source = new Source(chunks, signal)
  try {
    const { header, rest } = await readHeader(source)
    yield* await decrypter.decrypt(streamOf(source.from(concatBytes(header, rest)), signal))
  } catch (error) {
    if (signal?.aborted) throw abortError(signal)
    throw source.failed ? source.error : unlessAborted(error)
  } finally {
    await source.close()
  }
}

async function decrypterOf({ account, passphrase, identities }: Openers, signal: Signal): Promise<Decrypter> {
  const decrypter = new Decrypter()
  if (account) decrypter.addIdentity(await accountIdentity(account))
  for (const identity of identities)
    try {
      decrypter.addIdentity(identity)
    } catch {
      throw invalidInput('An identity is no AGE-SECRET-KEY: a character is wrong. Copy it again.')
    }
  if (passphrase !== undefined) decrypter.addIdentity(passphraseIdentity(passphrase, signal))
  return decrypter
}

async function accountIdentity(account: Account): Promise<Identity> {
  const { publicKey } = account
  if (!account.sharedPoint || publicKey === undefined)
    throw invalidInput('This account can not open files and what is encrypted for several: import its key.')
  const sharedPoint = account.sharedPoint.bind(account)
  return secp256k1Identity(compressedKey(fromHex(publicKey)), async key => {
    const shared = await sharedPoint(key)
    if (shared.length !== 65 || shared[0] !== 4) throw new Error('no point')
    return shared
  })
}

/** Chunks with their own error kept apart: it must not be taken for one of what they hold. */
class Source implements AsyncIterator<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #signal: Signal
  failed = false
  error: unknown

  constructor(chunks: AsyncIterable<Uint8Array>, signal: Signal) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#signal = signal
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const next = this.#chunks.next()
      return await (this.#signal ? raceAbort(next, this.#signal) : next)
    } catch (error) {
      this.failed = true
      this.error = error
      throw error
    }
  }

  /** What was read already, then what follows. */
  async *from(begin: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    yield begin
    for (let next = await this.next(); !next.done; next = await this.next()) yield next.value
  }

  /** A source that is still busy when the caller gave up is not waited for. */
  async close(): Promise<void> {
    const closed = Promise.resolve(this.#chunks.return?.()).catch(() => undefined)
    if (!this.#signal?.aborted) await closed
  }
}

/** A stream that asks for a chunk only when it is wanted, and lets other work go on between them. */
function streamOf(chunks: AsyncIterator<Uint8Array>, signal: Signal): ReadableStream<Uint8Array> {
  const work = slices()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          await work.pause()
          throwIfAborted(signal)
          const next = chunks.next()
          const { done, value } = await (signal ? raceAbort(next, signal) : next)
          if (done) return controller.close()
          // An empty chunk would be waited for again for ever.
          if (value.length) return controller.enqueue(value)
        }
      },
      cancel: async () => void (await (signal?.aborted ? undefined : chunks.return?.())),
    },
    { highWaterMark: 0 },
  )
}
