// Forgetting more messages than one FORGET can name: one after the other. What is done stays done, what is gone already
// is left out, and a FORGET that may have arrived is sent again as it is.
import { isAlephError } from '../client/errors.js'
import { openEnvelope, type Envelope, type ForgetOptions } from '../client/index.js'
import type { StorageClient } from './storageClient.js'

/** What one message can name (protocol §3.4). */
const perMessage = 1000

export interface ForgetOutcome {
  /** Taken by the node, which has not said yet that they are gone. */
  readonly unconfirmed: readonly string[]
  readonly failed: readonly string[]
  /** Why the last of them failed. */
  readonly error: unknown
}

/** `forget` says whether the node confirmed. Throws a cancel only; everything else is in the outcome. */
export async function forgetBatches(
  hashes: readonly string[],
  forget: (batch: readonly string[], doneBefore: number) => Promise<'processed' | 'pending'>,
): Promise<ForgetOutcome> {
  const unconfirmed: string[] = []
  const failed: string[] = []
  let last: unknown
  for (let at = 0; at < hashes.length; at += perMessage) {
    let batch: readonly string[] = hashes.slice(at, at + perMessage)
    try {
      if ((await forgetLeft(batch, left => forget((batch = left), at))) === 'pending') unconfirmed.push(...batch)
    } catch (error) {
      if (isAlephError(error, 'ABORTED')) throw error
      last = error
      // A refusal is about these messages; whatever else goes wrong would do so again.
      const isOver = !isAlephError(error, 'REJECTED')
      failed.push(...(isOver ? hashes.slice(at) : batch))
      if (isOver) break
    }
  }
  return { unconfirmed, failed, error: last }
}

/** Without those that were forgotten already; throws when none is left. */
async function forgetLeft<T>(batch: readonly string[], forget: (left: readonly string[]) => Promise<T>): Promise<T> {
  try {
    return await forget(batch)
  } catch (error) {
    const gone: unknown = isAlephError(error, 'FORGOTTEN') ? error.details['item_hashes'] : undefined
    const left = Array.isArray(gone) ? batch.filter(hash => !gone.includes(hash)) : []
    if (!left.length) throw error
    return forget(left)
  }
}

export type Forget = (
  messages: Pick<StorageClient['messages'], 'forget' | 'resend'>,
  hashes: readonly string[],
  options: ForgetOptions,
) => Promise<'processed' | 'pending'>

/** Forgets, and as long as nobody knows whether a FORGET arrived sends the same one for the same messages. */
export function forgetOnce(): Forget {
  const open = new Map<string, Envelope>()
  return async (messages, hashes, options) => {
    const what = [...hashes].sort().join()
    const known = open.get(what)
    try {
      const { signal } = options
      const { status } = known
        ? await messages.resend(known, signal ? { signal } : {})
        : await messages.forget(hashes, options)
      open.delete(what)
      return status
    } catch (error) {
      const envelope = openEnvelope(error)
      if (envelope) open.set(what, envelope)
      else open.delete(what)
      throw error
    }
  }
}
