// Why something failed, as the second half of a sentence: “Could not upload logo.png: {reason}”.
import { isAlephError, type AlephError } from '../client/errors.js'
import type { Translate } from '../shared/translate.js'

/** The node's code for a sender whom the owner's `security` aggregate does not name (protocol §4.4). */
const noPermission = 2

/** Never a stack, a class name or a body. */
export function reasonText(error: unknown, t: Translate): string {
  if (!isAlephError(error)) return t('something unexpected went wrong. The log has more.')
  switch (error.code) {
    case 'INSUFFICIENT_FUNDS':
      return fundsText(error, t)
    case 'RATE_LIMITED':
      return t('the node refuses requests because there were too many. Try again in a minute.')
    case 'TIMEOUT':
      return t('the node did not answer in time. Try again, or choose another network.')
    case 'FORGOTTEN':
      return t('it was forgotten: its author or the network removed it.')
    case 'ABORTED':
      return t('it was cancelled.')
    case 'NOT_FOUND':
      return t('the node does not know it.')
    case 'REJECTED':
      if (error.details['error_code'] === noPermission)
        return t(
          'the owner of the storage has not allowed this key to act for them yet, or took that back. “Check Permission” says what is missing.',
        )
      return lowerFirst(error.message)
    default:
      // The client's own sentence; what it says depends on the case.
      return lowerFirst(error.message)
  }
}

/** Says what helps today: by credit no engine is free, and the ipfs engine helps only where it isn't chosen already. */
function fundsText({ details }: AlephError, t: Translate): string {
  if (details['uncovered'] === 'storage')
    return t(
      "the account keeps files that its ALEPH doesn't cover, so the network takes no more files with the engine storage. Choose the engine ipfs, or add ALEPH to the account.",
    )
  if (details['uncovered'] === 'empty')
    return t(
      "the account keeps files that its ALEPH doesn't cover, so the network takes no empty files. Leave them out, or add ALEPH to the account.",
    )
  const { required, available, unit } = details
  if (typeof required !== 'number' || typeof available !== 'number')
    return t('the account has too little for it. Add ALEPH or credits to the account.')
  const values = { required: rounded(required), available: rounded(available) }
  return unit === 'credits'
    ? t(
        'it needs {required} credits for its first day, and the account has {available} to spare. Add credits to the account.',
        values,
      )
    : t('it needs {required} ALEPH held, and the account has {available} to spare. Add ALEPH to the account.', values)
}

const rounded = (value: number) => String(Number(value.toPrecision(4)))

/** The first letter only when the word is an ordinary one: not `URL`, not `0x…`. */
const lowerFirst = (sentence: string) =>
  /^\p{Lu}\p{Ll}|^A /u.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence
