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

/** What a file of this size binds (hold) or takes per second (credit). */
export function costOf(sizeBytes: number, payment: Payment): bigint {
  const size = BigInt(sizeBytes)
  if (size === 0n) return 0n
  if (payment === 'hold') return (size * holdPerMebibyte) / mebibyte
  const billed = size < minimumCreditSize ? minimumCreditSize : size
  const cost = (billed * creditPerMebibyteHour * 10n) / (3600n * mebibyte)
  return cost > minimumCreditPerSecond ? cost : minimumCreditPerSecond
}

/** A number as it was typed, in 10⁻¹⁸. */
function toUnits(amount: number): bigint {
  const [whole = '0', fraction = ''] = /e/i.test(String(amount))
    ? amount.toFixed(18).split('.')
    : String(amount).split('.')
  return BigInt(whole) * unit + BigInt(fraction.slice(0, 18).padEnd(18, '0'))
}

const decimals = (units: bigint) => `${units / unit}.${String(units % unit).padStart(18, '0')}`

export class Balances {
  readonly held = new Map<string, number>()
  readonly credits = new Map<string, number>()
  everybodyHolds: number | undefined
  everybodysCredits: number | undefined
  readonly #running = { hold: new Map<string, bigint>(), credit: new Map<string, bigint>() }
  readonly #costs = new Map<string, { owner: string; payment: Payment; cost: bigint }>()

  balanceOf(address: string): number | undefined {
    return this.held.get(address) ?? this.everybodyHolds
  }

  creditsOf(address: string): number {
    return this.credits.get(address) ?? this.everybodysCredits ?? 0
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

  /** What `owner` holds ALEPH for, oldest first, and which of it the balance no longer covers (protocol §6.5). */
  *coverage(owner: string): Generator<{ itemHash: string; isCovered: boolean }> {
    let left = toUnits(this.balanceOf(owner) ?? 0)
    for (const [itemHash, entry] of this.#costs) {
      if (entry.owner !== owner || entry.payment !== 'hold') continue
      yield { itemHash, isCovered: left >= entry.cost }
      left = left > entry.cost ? left - entry.cost : 0n
    }
  }

  start(itemHash: string, owner: string, sizeBytes: number, payment: Payment): void {
    const cost = costOf(sizeBytes, payment)
    if (cost === 0n) return
    this.#costs.set(itemHash, { owner, payment, cost })
    this.#running[payment].set(owner, (this.#running[payment].get(owner) ?? 0n) + cost)
  }

  stop(itemHash: string): void {
    const entry = this.#costs.get(itemHash)
    if (!entry) return
    this.#costs.delete(itemHash)
    const { owner, payment, cost } = entry
    this.#running[payment].set(owner, (this.#running[payment].get(owner) ?? 0n) - cost)
  }
}
