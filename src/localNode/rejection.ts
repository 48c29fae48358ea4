// Why a message is refused or has to wait: the codes and details of protocol §4.4.

/** What processing throws. `retry` ones are tried again before the message is rejected with the same code. */
export class MessageError extends Error {
  override readonly name = 'MessageError'
  constructor(
    readonly code: number,
    readonly errors: readonly unknown[] = [],
    readonly retry = false,
  ) {
    super(`message error ${code}`)
  }
}

export const invalidFormat = (...errors: unknown[]) => new MessageError(0, errors)
export const invalidSignature = (text: string) => new MessageError(1, [text])
export const permissionDenied = (text: string) => new MessageError(2, [text])
export const contentUnavailable = (itemHash: string) =>
  new MessageError(3, [`File not found: ${itemHash} (could not fetch message content)`], true)
export const fileUnavailable = (fileHash: string, engine: 'storage' | 'ipfs') =>
  new MessageError(
    4,
    [
      `File not found: ${fileHash} (could not retrieve ${engine === 'ipfs' ? 'IPFS content' : 'file from storage'} at this time)`,
    ],
    true,
  )
export const insufficientBalance = (balance: string, required: string) =>
  new MessageError(5, [{ account_balance: balance, required_balance: required }])
export const insufficientCredits = (credits: string, required: string) =>
  new MessageError(6, [{ account_credits: credits, required_credits: required, min_runtime_days: 1 }])
export const noAmendTarget = () => new MessageError(100)
export const amendTargetNotFound = () => new MessageError(101, [], true)
export const cannotAmendAmend = () => new MessageError(102)
export const storeRefNotFound = (ref: string) => new MessageError(200, [ref], true)
export const storeUpdateOfUpdate = () => new MessageError(201)
export const paymentNotAllowed = () => new MessageError(202)
export const noForgetTarget = () => new MessageError(500)
export const forgetTargetNotFound = (target: { message: string } | { aggregate: string }) =>
  new MessageError(501, [target], true)
export const cannotForgetForget = (message: string) => new MessageError(502, [{ message }])
/** What the real node answers where PostgreSQL refuses its own statement (protocol §3.2): retried, never explained. */
export const internalError = () => new MessageError(-1, [], true)
