// Who holds what, and what their STOREs cost (protocol §6.6). Amounts are integers of 10⁻¹⁸, as the real node rounds.
import { insufficientBalance, insufficientCredits } from '../rejection.js'

export type Payment = 'hold' | 'credit'

const unit = 10n ** 18n
const mebibyte = 1_048_576n
/** 0.333333333 ALEPH held per MiB. */
const holdPerMebibyte = 333_333_333n * 10n ** 9n
/** 0.17967489030626108 credits per MiB and hour, in 10⁻¹⁷. */
const creditPerMebibyteHour = 17_967_489_030_626_108n
const minimumCreditSize = 25n * mebibyte
/** At least one credit per hour, per second and rounded down. */
const minimumCreditPerSecond = unit / 3600n
const daySeconds = 86_400n

/** STOREs up to this size cost a holder nothing of their own, and may be uploaded unsigned. */
export const freeFileBytes = 26_214_400
/** From here on, by the envelope's time, only credits pay (2027-01-01). */
export const creditOnlyFrom = 1_798_761_600
/** Before this, files were free (2025-04-04). */
export const paidFrom = 1_743_775_079

export interface Costs {
  /** ALEPH that has to be held. */
  hold: bigint
  /** Credits per second. */
  credit: bigint
}

/** Both costs of a file of this size; which of them counts, and the least that is billed, depends on the payment. */
export function costsOf(sizeBytes: number, payment: Payment): Costs {
  const size = BigInt(sizeBytes)
  if (size === 0n) return { hold: 0n, credit: 0n }
  const billed = payment === 'credit' && size < minimumCreditSize ? minimumCreditSize : size
  const perSecond = (billed * creditPerMebibyteHour * 10n) / (3600n * mebibyte)
  const credit = payment === 'credit' && perSecond < minimumCreditPerSecond ? minimumCreditPerSecond : perSecond
  return { hold: (billed * holdPerMebibyte) / mebibyte, credit }
}

/** What a file of this size binds (hold) or takes per second (credit). */
export const costOf = (sizeBytes: number, payment: Payment): bigint => costsOf(sizeBytes, payment)[payment]

/** A number as it was typed, in 10⁻¹⁸. */
function toUnits(amount: number): bigint {
  const [whole = '0', fraction = ''] = /e/i.test(String(amount))
    ? amount.toFixed(18).split('.')
    : String(amount).split('.')
  return BigInt(whole) * unit + BigInt(fraction.slice(0, 18).padEnd(18, '0'))
}

/** With all eighteen digits, as the real node writes amounts. */
export function decimals(units: bigint): string {
  if (units < 0n) return `-${decimals(-units)}`
  return `${units / unit}.${String(units % unit).padStart(18, '0')}`
}

/** A change of an account's credits. */
export interface CreditEntry {
  index: number
  amount: number
  time: number
}

export interface RunningCost {
  itemHash: string
  owner: string
  payment: Payment
  costs: Costs
}

/** The name under which everybody is funded who is not named. */
export const everybody = '*'

export class Balances {
  readonly held = new Map<string, number>()
  readonly credits = new Map<string, number>()
  readonly #creditHistory = new Map<string, CreditEntry[]>()
  readonly #running = { hold: new Map<string, bigint>(), credit: new Map<string, bigint>() }
  readonly #costs = new Map<string, RunningCost>()

  balanceOf(address: string): number | undefined {
    return this.held.get(address) ?? this.held.get(everybody)
  }

  creditsOf(address: string): number {
    return this.credits.get(address) ?? this.credits.get(everybody) ?? 0
  }

  setCredits(address: string, amount: number, time: number): void {
    const history = this.#creditHistory.get(address) ?? []
    this.#creditHistory.set(address, history)
    history.push({ index: history.length, amount: amount - (this.credits.get(address) ?? 0), time })
    this.credits.set(address, amount)
  }

  /** Oldest first; the amounts add up to the balance. */
  creditHistory(address: string): readonly CreditEntry[] {
    const own = this.#creditHistory.get(address)
    return own ?? this.#creditHistory.get(everybody)?.filter(({ amount }) => amount !== 0) ?? []
  }

  /** Everything `address` runs and pays by holding. */
  locked(address: string): number {
    return Number(decimals(this.#running.hold.get(address) ?? 0n))
  }

  /** Throws code 5 or 6 unless `owner` can pay `cost` on top of what runs already. */
  check(owner: string, cost: bigint, payment: Payment): void {
    const required = (this.#running[payment].get(owner) ?? 0n) + cost
    if (payment === 'credit') {
      const credits = this.creditsOf(owner)
      if (toUnits(credits) < required * daySeconds)
        throw insufficientCredits(String(credits), decimals(required * daySeconds))
    } else {
      const balance = this.balanceOf(owner) ?? 0
      if (toUnits(balance) < required) throw insufficientBalance(String(balance), decimals(required))
    }
  }

  /**
   * What `owner` pays for in this way, oldest first, and which of it the balance no longer covers (protocol §6.5).
   * Messages that do not count bind nothing here.
   */
  *coverage(
    owner: string,
    payment: Payment,
    counts: (itemHash: string) => boolean,
  ): Generator<{ itemHash: string; isCovered: boolean }> {
    let left = toUnits(payment === 'credit' ? this.creditsOf(owner) : (this.balanceOf(owner) ?? 0))
    for (const entry of this.#costs.values()) {
      if (entry.owner !== owner || entry.payment !== payment || !counts(entry.itemHash)) continue
      const required = payment === 'credit' ? entry.costs.credit * daySeconds : entry.costs.hold
      yield { itemHash: entry.itemHash, isCovered: left >= required }
      left = left > required ? left - required : 0n
    }
  }

  /** Everything that runs, oldest first. */
  running(): Iterable<RunningCost> {
    return this.#costs.values()
  }

  start(itemHash: string, owner: string, sizeBytes: number, payment: Payment): void {
    if (sizeBytes === 0) return
    const costs = costsOf(sizeBytes, payment)
    this.#costs.set(itemHash, { itemHash, owner, payment, costs })
    this.#running[payment].set(owner, (this.#running[payment].get(owner) ?? 0n) + costs[payment])
  }

  stop(itemHash: string): void {
    const entry = this.#costs.get(itemHash)
    if (!entry) return
    this.#costs.delete(itemHash)
    const { owner, payment, costs } = entry
    this.#running[payment].set(owner, (this.#running[payment].get(owner) ?? 0n) - costs[payment])
  }
}
