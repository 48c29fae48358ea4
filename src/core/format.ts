// Sizes, counts and ages as people of the user's language write them.

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
const ageUnits = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 7],
] as const

export class Format {
  #checked: string | undefined
  readonly #made = new Map<string, unknown>()

  constructor(private readonly locale: string) {}

  /** A host may name a language that this runtime does not know. The first look takes long enough to be put off. */
  get #locale(): string {
    return (this.#checked ??= isSupported(this.locale) ? this.locale : 'en')
  }

  /** Making a format takes a hundred times as long as using it, and every row of a list uses some. */
  #once<T>(name: string, make: () => T): T {
    const made = (this.#made.get(name) as T | undefined) ?? make()
    this.#made.set(name, made)
    return made
  }

  /** `1.2 MB`: decimal units, as the operating systems' file managers mostly show them. */
  size(sizeBytes: number): string {
    const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, sizeBytes)) / 3))
    // 999.96 kB would be written as 1,000 kB.
    const [power, value] = roundedUp(sizeBytes, step)
    const unit = units[power] ?? 'byte'
    const maximumFractionDigits = digits(power, value)
    const unitDisplay = power ? 'short' : 'long'
    return this.#once(
      `${unit} ${maximumFractionDigits}`,
      () => new Intl.NumberFormat(this.#locale, { style: 'unit', unit, unitDisplay, maximumFractionDigits }),
    ).format(value)
  }

  number(value: number): string {
    return this.#once('number', () => new Intl.NumberFormat(this.#locale)).format(value)
  }

  percent(share: number): string {
    return new Intl.NumberFormat(this.#locale, { style: 'percent', maximumFractionDigits: 0 }).format(share)
  }

  /** `3 min ago`, `yesterday`, and from a week on the date. A time ahead of this clock is written as its date. */
  age(timeSeconds: number, nowSeconds: number): string {
    let value = nowSeconds - timeSeconds
    if (!Number.isFinite(value)) return ''
    // Clocks differ by some seconds.
    if (value < -300) return this.date(timeSeconds, nowSeconds)
    value = Math.max(0, value)
    const format = this.#once(
      'age',
      () => new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto', style: 'short' }),
    )
    for (const [unit, size] of ageUnits) {
      if (Math.floor(value) < size) return format.format(-Math.floor(value), unit)
      value /= size
    }
    return this.date(timeSeconds, nowSeconds)
  }

  /** `12 May`, with the year when it is not the current one. */
  date(timeSeconds: number, nowSeconds: number): string {
    const date = new Date(timeSeconds * 1000)
    if (Number.isNaN(date.getTime())) return ''
    const isThisYear = date.getFullYear() === new Date(nowSeconds * 1000).getFullYear()
    return this.#once(
      isThisYear ? 'date' : 'date with year',
      () =>
        new Intl.DateTimeFormat(this.#locale, {
          day: 'numeric',
          month: 'short',
          ...(isThisYear ? {} : { year: 'numeric' }),
        }),
    ).format(date)
  }

  /** Date and time to the second, for tooltips. */
  dateTime(timeSeconds: number): string {
    const date = new Date(timeSeconds * 1000)
    if (Number.isNaN(date.getTime())) return ''
    return this.#once(
      'date and time',
      () => new Intl.DateTimeFormat(this.#locale, { dateStyle: 'medium', timeStyle: 'medium' }),
    ).format(date)
  }
}

/** Kilobytes get a digit after the point only while it tells something. */
const digits = (power: number, value: number) => (power > 1 || (power === 1 && value < 10) ? 1 : 0)

function roundedUp(sizeBytes: number, step: number): [number, number] {
  const value = sizeBytes / 1000 ** step
  const scale = 10 ** digits(step, value)
  const isNextUnit = Math.round(value * scale) / scale >= 1000 && step < units.length - 1
  return isNextUnit ? [step + 1, value / 1000] : [step, value]
}

function isSupported(locale: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(locale).length > 0
  } catch {
    return false
  }
}
