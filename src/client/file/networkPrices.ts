// The prices of the network: the storage entry of the `pricing` aggregate, which nodes read for every check (protocol §6.6).
import { getAggregate } from '../aggregate/read.js'
import type { Context } from '../context.js'
import { isAlephError, throwIfAborted } from '../errors.js'
import { Deadline, raceAbort } from '../http/limits.js'
import { isObject } from '../isObject.js'
import { builtInPrices, parseDecimal, type PriceList, type Prices } from './prices.js'

/** Who sets the prices; a constant of the real node. */
const pricingOwner = '0xFba561a84A537fCaa567bb7A2257e7142701ae2A'
const pricingKey = 'pricing'

/** Prices change a few times a year. */
const rememberedMs = 600_000
/** A node that doesn't answer now may do so soon. */
const builtInMs = 30_000
/** An upload goes on with an estimate rather than wait for longer. */
const patienceMs = 10_000

export class NetworkPrices implements PriceList {
  #known: { prices: Promise<Prices>; untilMs: number } | undefined

  constructor(
    private readonly context: () => Context,
    private readonly owner = pricingOwner,
  ) {}

  async get(signal?: AbortSignal): Promise<Prices> {
    throwIfAborted(signal)
    const prices = this.#current()
    return signal ? raceAbort(prices, signal) : prices
  }

  /** One reading for all who ask meanwhile: nobody's signal ends it for the others. */
  #current(): Promise<Prices> {
    const { clock } = this.context().http
    if (this.#known && clock.now() < this.#known.untilMs) return this.#known.prices
    const known = { prices: this.#read(), untilMs: Infinity }
    this.#known = known
    void known.prices.then(({ source }) => {
      known.untilMs = clock.now() + (source === 'built-in' ? builtInMs : rememberedMs)
    })
    return known.prices
  }

  async #read(): Promise<Prices> {
    const context = this.context()
    const deadline = new Deadline(context.http.clock, { silence: patienceMs })
    try {
      const options = { owner: this.owner, verify: true, signal: deadline.signal }
      const entry = await raceAbort(getAggregate(context, pricingKey, 'storage', options), deadline.signal)
      return pricesOf(entry) ?? builtInPrices
    } catch (error) {
      if (!isAlephError(error)) throw error
      return error.code === 'NOT_FOUND' ? { ...builtInPrices, source: 'node-default' } : builtInPrices
    } finally {
      deadline.end()
    }
  }
}

/** Undefined for an entry that no price can be read from. A price that is left out is 0, as nodes take it. */
function pricesOf(entry: unknown): Prices | undefined {
  const { storage } = objectOf(objectOf(entry)['price']) as { storage?: unknown }
  if (!isObject(storage)) return undefined
  const hold = parseDecimal(storage['holding'] ?? 0)
  const credit = parseDecimal(storage['credit'] ?? 0)
  return hold === undefined || credit === undefined ? undefined : { hold, credit, source: 'network' }
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {})
