// Forgetting more messages than one FORGET can name: one after the other. What is done stays done.
import { isAlephError } from '../client/errors.js'

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
    const batch = hashes.slice(at, at + perMessage)
    try {
      if ((await forget(batch, at)) === 'pending') unconfirmed.push(...batch)
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
