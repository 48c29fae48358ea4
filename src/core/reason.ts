// Why something failed, as a sentence that can follow a colon: “Could not upload logo.png: {reason}”. It keeps its first
// letter, because that may belong to a name.
import { isAlephError, type AlephError } from '../client/errors.js'
import { openEnvelope } from '../client/message/fate.js'
import type { Translate } from '../shared/translate.js'

/** The node's code for a sender whom the owner's `security` aggregate does not name (protocol §4.4). */
const noPermission = 2

/** Never a stack, a class name or a body. Of what may have arrived it says so. */
export function reasonText(error: unknown, t: Translate): string {
  if (!openEnvelope(error)) return whyText(error, t)
  const reason = whyText((error as AlephError).cause ?? error, t)
  return t("{reason} It may have arrived all the same. Trying again can't publish it twice.", { reason })
}

function whyText(error: unknown, t: Translate): string {
  if (!isAlephError(error)) return t('Something unexpected went wrong. The log has more.')
  switch (error.code) {
    case 'INSUFFICIENT_FUNDS':
      return fundsText(error, t)
    case 'RATE_LIMITED':
      return t('The node refuses requests because there were too many. Try again in a minute.')
    case 'TIMEOUT':
      return t('The node did not answer in time. Try again, or choose another network.')
    case 'FORGOTTEN':
      return t('It was forgotten: its author or the network removed it.')
    case 'ABORTED':
      return t('It was cancelled.')
    case 'NOT_FOUND':
      return t('The node does not know it.')
    case 'REJECTED':
      if (error.details['error_code'] === noPermission)
        return t(
          'The owner of the storage has not allowed this key to act for them yet, or took that back. “Check Permission” says what is missing.',
        )
      // What a node says is no text of ours.
      if (error.details['reason']) return t('{sentence} The log has what the node said.', { sentence: error.message })
      return error.message
    default:
      // The client's own sentence; what it says depends on the case.
      return error.message
  }
}

/** Says what helps today: by credit no engine is free, and the ipfs engine helps only where it isn't chosen already. */
function fundsText({ details }: AlephError, t: Translate): string {
  if (details['uncovered'] === 'storage')
    return t(
      "The account keeps files that its ALEPH doesn't cover, so the network takes no more files with the engine storage. Choose the engine ipfs, or add ALEPH to the account.",
    )
  if (details['uncovered'] === 'empty')
    return t(
      "The account keeps files that its ALEPH doesn't cover, so the network takes no empty files. Leave them out, or add ALEPH to the account.",
    )
  const { required, available, unit } = details
  if (typeof required !== 'number' || typeof available !== 'number')
    return t('The account has too little for it. Add ALEPH or credits to the account.')
  const values = { required: rounded(required), available: rounded(available) }
  return unit === 'credits'
    ? t(
        'It needs {required} credits for its first day, and the account has {available} to spare. Add credits to the account.',
        values,
      )
    : t('It needs {required} ALEPH held, and the account has {available} to spare. Add ALEPH to the account.', values)
}

const rounded = (value: number) => String(Number(value.toPrecision(4)))
