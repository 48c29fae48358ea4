// Whom something is for, as a person says it → the keys that it is sealed with.
import type { Account } from '../account.js'
import { checksumAddress } from '../account.js'
import type { Context } from '../context.js'
import { invalidInput, throwIfAborted } from '../errors.js'
import { isPageOf } from '../http/paging.js'
import { compressedKey, readSignature } from '../lazy/evm.js'
import { parseAnswer, readEnvelope } from '../message/message.js'
import { signedText } from '../message/verify.js'
import { fromHex, toHex } from '../node/encoding.js'
import { assertAgeRecipient, type Readers } from './age.js'
import { maxOwnStanzas, maxStanzas } from './ageHeader.js'
import type { EncryptFor } from './types.js'
import * as v from 'valibot'

type Kind = { self: true } | { age: string } | { key: Uint8Array } | { address: string }

interface Options {
  account: Account
  signal?: AbortSignal | undefined
}

/**
 * Keys without duplicates. An address, and `'self'` of a wallet, cost a request. Throws `INVALID_INPUT`, which never
 * repeats what was given: it may be a secret in the wrong place.
 */
export async function readersOf(
  context: Context,
  encryptFor: EncryptFor,
  { account, signal }: Options,
): Promise<Readers> {
  if (typeof encryptFor === 'object' && 'passphrase' in encryptFor) return encryptFor
  const texts = typeof encryptFor === 'string' ? [encryptFor] : encryptFor
  // All of them are read before a node is asked about one.
  const kinds = texts.map((text, i) => kindOf(text, texts.length > 1 ? `Recipient ${i + 1}` : 'The recipient', context))
  const keys = new Map<string, Uint8Array>()
  const ageRecipients = new Set<string>()
  for (const [i, kind] of kinds.entries()) {
    throwIfAborted(signal)
    if ('age' in kind) {
      await assertAgeRecipient(kind.age, `Recipient ${i + 1}`)
      ageRecipients.add(kind.age)
      continue
    }
    let key: Uint8Array
    if ('key' in kind) key = kind.key
    else if ('address' in kind) key = await keyOfAddress(context, await checksumAddress(kind.address), signal)
    else key = await keyOfAccount(context, account, signal)
    keys.set(toHex(key), key)
  }
  if (keys.size > maxOwnStanzas || keys.size + ageRecipients.size > maxStanzas)
    throw invalidInput(
      `These are too many recipients: ${maxOwnStanzas} accounts and ${maxStanzas} recipients in all can be given.`,
    )
  return { keys: [...keys.values()], ageRecipients: [...ageRecipients] }
}

function kindOf(given: string, place: string, context?: Context): Kind {
  const text = given.trim()
  if (text === 'self') return { self: true }
  if (/^AGE-SECRET-KEY-/i.test(text))
    throw invalidInput(`${place} is a secret key of age. Give the age1… that belongs to it, and the secret to nobody.`)
  if (/^age1/i.test(text)) {
    if (/^age1[02-9ac-hj-np-z]{58}$/.test(text.toLowerCase()) && text !== text.toUpperCase())
      return { age: text.toLowerCase() }
    throw invalidInput(
      `${place} is no age1… recipient of 62 characters. Those of plugins, and longer ones, can not be used here.`,
    )
  }
  const digits = /^(?:0x)?([0-9a-f]+)$/i.exec(text)?.[1]
  if (digits?.length === 64)
    throw invalidInput(
      `${place} has 64 digits, as a private key has; a public key has 66 or 130. A private key is to be given to nobody.`,
    )
  if (digits?.length === 66 || digits?.length === 130) return { key: publicKey(fromHex(digits), place) }
  if (digits?.length === 128) throw invalidInput(`${place} is a public key without its first byte: put 04 before it.`)
  if (/^0x[0-9a-f]{40}$/i.test(text)) return { address: text }
  if (context && Object.hasOwn(context.contacts, text)) {
    const contact = context.contacts[text]
    if (typeof contact !== 'string') throw invalidInput(`The contact “${text}” must be a text.`)
    return kindOf(contact, `The contact “${text}”`)
  }
  throw invalidInput(
    `${place} is no public key, no age1… recipient, no address of an EVM account and no contact. Accounts of other chains, such as Solana, have no key for this: ask for an age1… recipient.`,
  )
}

function publicKey(bytes: Uint8Array, place: string): Uint8Array {
  try {
    return compressedKey(bytes)
  } catch {
    throw invalidInput(`${place} is no public key of secp256k1, the curve of EVM accounts.`)
  }
}

async function keyOfAccount(context: Context, account: Account, signal: Options['signal']): Promise<Uint8Array> {
  if (account.publicKey !== undefined) return publicKey(fromHex(account.publicKey), 'The key of the account')
  // A wallet tells its key by what it signed.
  if (!/^0x[0-9a-f]{40}$/i.test(account.address))
    throw invalidInput('This account has no key that can be encrypted for: give an age1… recipient or a passphrase.')
  return keyOfAddress(context, account.address, signal)
}

const newest = 20
const pageSchema = v.looseObject({ messages: v.custom<unknown[]>(isPageOf(newest)) })

/**
 * The key whose address this is, from what it signed. Whatever a node answers, only this key's signature recovers to the
 * address, so neither the content nor the rest of a message has to be looked at.
 */
async function keyOfAddress(context: Context, address: string, signal: Options['signal']): Promise<Uint8Array> {
  const path = '/api/v0/messages.json'
  const query = { addresses: address, pagination: newest, page: 1, sortOrder: -1, contentFormat: 'none' }
  const answer = await context.http.request(path, { query, signal })
  for (const wire of parseAnswer(pageSchema, answer, path).messages) {
    const found = signerOf(wire)
    if (found?.sender === address && found.address === address) return found.publicKey
  }
  throw invalidInput(
    `The address ${address} has signed nothing that this node knows, so its public key is not known: ask its owner for the public key.`,
    { address },
  )
}

/** Undefined where there is no EVM signature. */
function signerOf(wire: unknown): { sender: string; address: string; publicKey: Uint8Array } | undefined {
  try {
    const { envelope } = readEnvelope(wire)
    const { signature } = envelope
    const read = readSignature(signedText(envelope), signature.startsWith('0x') ? signature : `0x${signature}`)
    return read && { sender: envelope.sender, address: read.address, publicKey: fromHex(read.publicKey.slice(2)) }
  } catch {
    return undefined
  }
}
