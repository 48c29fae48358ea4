// Why a node refused a message for good (protocol §4.4), in words.
import { AlephError } from '../errors.js'
import { isObject } from '../isObject.js'

const sentences: Record<number, string> = {
  [-1]: 'the node failed while processing it, which also happens when two writes carry the same time',
  0: 'its format is not valid',
  1: 'its signature is not valid',
  2: 'the sender has no permission to write this for the owner',
  3: 'its content could not be found on the network',
  4: 'the file it refers to could not be found on the network',
  5: 'the account holds too few ALEPH tokens for all of its files',
  6: 'the account has too few credits',
  100: 'an amend must name the post that it amends',
  101: 'the post that it amends is not known',
  102: 'it amends an amend; amend the original post instead',
  200: 'the file whose new version it is is not known',
  201: 'the file whose new version it is is itself a new version; name the first one',
  202: 'this way of payment is not accepted any more; pay with credits',
  500: 'it forgets nothing',
  501: 'a message that it forgets is not known, or was forgotten before',
  502: 'a message that forgets can not be forgotten',
  503: 'a file that it forgets is in use',
  504: 'it was itself forgotten',
}

/** What a node says in detail, as far as it is a few flat facts: figures, hashes, short texts. */
function flatFacts(errors: unknown): unknown[] | undefined {
  if (!Array.isArray(errors)) return undefined
  const isFact = (value: unknown) =>
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && value.length <= 200)
  return errors.slice(0, 10).map((error: unknown) =>
    isObject(error)
      ? Object.fromEntries(
          Object.entries(error)
            .filter(([name, value]) => name.length <= 100 && isFact(value))
            .slice(0, 20),
        )
      : isFact(error)
        ? error
        : undefined,
  )
}

/** `REJECTED`; details: `item_hash`, the node's `error_code`, and of its `errors` what is short and flat. */
export function rejectionError(itemHash: string, errorCode: number | undefined, errors: unknown): AlephError {
  const reason =
    errorCode === undefined
      ? 'the node gave no reason'
      : (sentences[errorCode] ?? `the node gave the code ${errorCode}`)
  return new AlephError('REJECTED', `The network rejected message ${itemHash}: ${reason}.`, {
    details: { item_hash: itemHash, error_code: errorCode, errors: flatFacts(errors) },
  })
}
