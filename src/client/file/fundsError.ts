// A rejection for lack of funds, with the numbers that the node gave (protocol §4.4).
import { AlephError, isAlephError } from '../errors.js'

/** The codes 5 and 6 of a rejection as `INSUFFICIENT_FUNDS`, with `required` and `available` as the node gave them. */
export function asFundsError(error: unknown, hint?: string): unknown {
  if (!isAlephError(error, 'REJECTED')) return error
  const { error_code, errors } = error.details
  if (error_code !== 5 && error_code !== 6) return error
  const facts = ((Array.isArray(errors) ? errors[0] : undefined) ?? {}) as Record<string, unknown>
  const isCredit = error_code === 6
  const required = amount(isCredit ? facts.required_credits : facts.required_balance)
  const available = amount(isCredit ? facts.account_credits : facts.account_balance)
  const unit = isCredit ? 'credits' : 'ALEPH'
  const numbers =
    required === undefined || available === undefined
      ? ''
      : ` It needs ${shown(required)} ${unit} and has ${shown(available)}.`
  return new AlephError('INSUFFICIENT_FUNDS', `${error.message}${numbers}${hint ? ` ${hint}` : ''}`, {
    cause: error,
    details: { ...error.details, required, available, unit },
  })
}

function amount(value: unknown): number | undefined {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN
  return Number.isFinite(number) ? number : undefined
}

const shown = (value: number) => String(Number(value.toPrecision(4)))
