// What has to hold before a message is applied, by type, in the real node's order (protocol §3, §4.2, §6.6). Each check
// returns or throws a MessageError.
import { engineOfHash, isItemHash } from '../client/message/itemHash.js'
import { canVerifyChain, signedText, verifySignature, VerifiedMemory } from '../client/message/verify.js'
import {
  amendTargetNotFound,
  cannotAmendAmend,
  cannotForgetForget,
  fileUnavailable,
  forgetTargetNotFound,
  invalidFormat,
  invalidSignature,
  noAmendTarget,
  noForgetTarget,
  paymentNotAllowed,
  permissionDenied,
  storeRefNotFound,
  storeUpdateOfUpdate,
} from './rejection.js'
import { costOf, creditOnlyFrom, freeFileBytes, paidFrom, type Payment } from './state/balances.js'
import { tagOf } from './state/files.js'
import type { MessageRow } from './state/messages.js'
import { mayActFor } from './state/permissions.js'
import type { State } from './state/state.js'
import type { Json, WireMessage } from './validate.js'

/** An upload is checked when it comes and again when it is processed; recovering the signer is the costly part. */
const verified = new VerifiedMemory(10_000)

export async function checkSignature(message: WireMessage): Promise<void> {
  const key = `${signedText(message)}\n${message.signature ?? ''}`
  if (verified.has(key)) return
  if (!canVerifyChain(message.chain)) throw invalidFormat(`Unknown chain for validation: Chain.${message.chain}`)
  const isValid = await verifySignature({ ...message, signature: message.signature ?? '' })
  if (!isValid) throw invalidSignature('The signature of the message is invalid')
  verified.add(key)
}

export function checkPermissions(state: State, row: MessageRow, content: Json): void {
  if (row.type === 'FORGET') return checkForgetPermissions(state, row, content)
  if (!mayAct(state, row))
    throw permissionDenied(`Sender ${row.sender} is not authorized to post on behalf of address ${row.owner}`)
  if (row.type === 'POST' && row.contentType === 'amend') {
    const original = row.ref === null ? undefined : state.posts.get(row.ref)?.message
    if (original && original.owner !== row.owner)
      throw permissionDenied(
        `Cannot amend post ${original.hash}: amend message address ${row.owner} ` +
          `does not match original post owner ${original.owner}`,
      )
  }
  if (row.type === 'STORE' && row.ref !== null) {
    const tag = state.files.tag(tagOf(row.owner, row.ref, row.hash))
    if (tag && tag.owner !== row.owner)
      throw permissionDenied(`${row.hash} attempts to update a file tag belonging to another user`)
  }
}

/** For an amend the attributes of the original count (protocol §3.6). */
function mayAct(state: State, row: MessageRow): boolean {
  if (row.sender.toLowerCase() === row.owner.toLowerCase()) return true
  const isAmend = row.type === 'POST' && row.contentType === 'amend'
  const original = isAmend && row.ref !== null ? state.messages.row(row.ref) : undefined
  if (!original) return mayActFor(state.aggregates, row.sender, row.owner, row)
  if (row.owner.toLowerCase() !== original.owner.toLowerCase()) return false
  return mayActFor(state.aggregates, row.sender, original.owner, original)
}

/** Per target: who might have written it may forget it. The FORGET's own owner does not matter (protocol §3.4). */
function checkForgetPermissions(state: State, row: MessageRow, content: Json): void {
  for (const hash of state.forgetTargets(row.owner, content)) {
    const entry = state.messages.get(hash)
    if (!entry || entry.status === 'pending') throw forgetTargetNotFound({ message: hash })
    if (!('row' in entry)) continue
    const target = entry.row
    if (target.type === 'FORGET') throw cannotForgetForget(hash)
    if (!mayActFor(state.aggregates, row.sender, target.owner, target))
      throw permissionDenied(
        `Sender ${row.sender} is not authorized to forget message ${hash} owned by ${target.owner}: ` +
          `the sender could not have created this target under the owner's security aggregate`,
      )
  }
}

export function checkDependencies(state: State, row: MessageRow, content: Json): void {
  if (row.type === 'POST' && row.contentType === 'amend') {
    if (!row.ref) throw noAmendTarget()
    const original = state.posts.get(row.ref)
    if (!original) throw amendTargetNotFound()
    if (original.message.contentType === 'amend') throw cannotAmendAmend()
  }
  if (row.type === 'STORE' && row.ref !== null && isItemHash(row.ref)) {
    const pin = state.files.pin(row.ref)
    if (!pin) throw storeRefNotFound(row.ref)
    if (pin.ref !== null) throw storeUpdateOfUpdate()
  }
  if (row.type === 'FORGET') {
    const hashes = content['hashes'] as string[]
    const keys = (content['aggregates'] ?? []) as string[]
    if (!hashes.length && !keys.length) throw noForgetTarget()
    for (const hash of hashes) if (!state.messages.row(hash)) throw forgetTargetNotFound({ message: hash })
    for (const key of keys) if (!state.aggregates.get(row.owner, key)) throw forgetTargetNotFound({ aggregate: key })
  }
}

const mebibyte = 1_048_576
const paymentOf = (row: MessageRow) => (row.payment ?? 'hold') as Payment
const isFree = (row: MessageRow) => row.time < paidFrom

/** Before the file is looked for: a holder must cover what it runs already, an ipfs file also its own size. */
export function checkBalanceBeforeFetch(state: State, row: MessageRow): void {
  if (row.type !== 'STORE' || isFree(row)) return
  const payment = paymentOf(row)
  if (row.time >= creditOnlyFrom && payment !== 'credit') throw paymentNotAllowed()
  const size = engineOfHash(row.contentHash ?? '') === 'ipfs' ? (state.files.get(row.contentHash ?? '')?.size ?? 0) : 0
  if (size > 0 && payment === 'hold' && size <= freeFileBytes) return
  // Estimated in whole MiB here, exact when the file is there.
  const estimated = size < mebibyte ? size : size - (size % mebibyte)
  state.balances.check(row.owner, costOf(estimated, payment), payment)
}

export function checkBalance(state: State, row: MessageRow): void {
  if (row.type !== 'STORE' || isFree(row)) return
  const payment = paymentOf(row)
  if (row.time >= creditOnlyFrom && payment !== 'credit') throw paymentNotAllowed()
  const size = state.files.get(row.contentHash ?? '')?.size ?? 0
  if (size > 0 && payment === 'hold' && size <= freeFileBytes) return
  state.balances.check(row.owner, costOf(size, payment), payment)
}

/** The file of a STORE must be here: there is no network to fetch it from. */
export function checkFile(state: State, row: MessageRow, content: Json): void {
  if (row.type !== 'STORE') return
  const engine = content['item_type'] as 'storage' | 'ipfs'
  const fileHash = row.contentHash ?? ''
  if (engineOfHash(fileHash) !== engine)
    throw invalidFormat(`Item hash '${fileHash}' is not of the expected type ('ItemType.${engine}')`)
  if (!state.files.get(fileHash)) throw fileUnavailable(fileHash, engine)
}
