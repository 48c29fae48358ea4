// Why something failed, as a sentence that can follow a colon: “Could not upload logo.png: {reason}”. It keeps its first
// letter, because that may belong to a name.
import { isAlephError } from '../client/errors.js'
import type { Translate } from '../shared/translate.js'

/** The node's code for a sender whom the owner's `security` aggregate does not name (protocol §4.4). */
const noPermission = 2

/** Never a stack, a class name or a body. */
export function reasonText(error: unknown, t: Translate): string {
  if (!isAlephError(error)) return t('Something unexpected went wrong. The log has more.')
  switch (error.code) {
    case 'INSUFFICIENT_FUNDS':
      return t('The account holds too little for it. Add ALEPH or credits to the account, or choose the engine ipfs.')
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
