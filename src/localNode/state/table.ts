// Rows in order of time, with an index for each filter, so that a list never sorts or walks through everything.
// Equal times are ordered by hash, ascending in both directions, as the real node does (protocol §5.1).

/** A place in a list; what a cursor names. */
export interface Position {
  time: number
  hash: string
}

export interface Range {
  isDescending: boolean
  /** Times from here on (inclusive) up to there (exclusive). */
  from?: number | undefined
  to?: number | undefined
  /** Continue behind this row. */
  after?: Position | undefined
}

/** What a row is filed under: one value, several, or nothing. */
export type Facet<Row> = (row: Row) => string | readonly string[] | null | undefined

class OrderedRows<Row> {
  readonly rows: Row[] = []
  constructor(
    readonly timeOf: (row: Row) => number,
    readonly hashOf: (row: Row) => string,
  ) {}

  /** The first index whose row is at or behind the place. */
  lowerBound(time: number, hash = ''): number {
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const row = this.rows[middle] as Row
      const rowTime = this.timeOf(row)
      if (rowTime < time || (rowTime === time && this.hashOf(row) < hash)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The first index whose row is later. */
  upperBound(time: number): number {
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.timeOf(this.rows[middle] as Row) <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  insert(row: Row): void {
    const last = this.rows[this.rows.length - 1]
    const time = this.timeOf(row)
    // Most messages are newer than all before.
    if (last === undefined || this.timeOf(last) < time) this.rows.push(row)
    else this.rows.splice(this.lowerBound(time, this.hashOf(row)), 0, row)
  }

  remove(row: Row): void {
    const index = this.lowerBound(this.timeOf(row), this.hashOf(row))
    if (this.rows[index] === row) this.rows.splice(index, 1)
  }

  *iterate({ isDescending, from, to, after }: Range): Generator<Row> {
    const { rows } = this
    const first = from === undefined ? 0 : this.lowerBound(from)
    const end = to === undefined ? rows.length : this.lowerBound(to)
    if (!isDescending) {
      let index = first
      // The row named by a cursor may be gone, so skip what is not behind it instead of looking for it.
      if (after) {
        index = Math.max(first, this.lowerBound(after.time, after.hash))
        if (index < end && this.isAt(rows[index] as Row, after)) index++
      }
      for (; index < end; index++) yield rows[index] as Row
      return
    }
    let groupEnd = end
    if (after) {
      const behind = this.lowerBound(after.time, after.hash)
      const sameTimeEnd = Math.min(end, this.upperBound(after.time))
      for (let i = Math.max(first, behind); i < sameTimeEnd; i++)
        if (!this.isAt(rows[i] as Row, after)) yield rows[i] as Row
      groupEnd = Math.min(end, this.lowerBound(after.time))
    }
    while (groupEnd > first) {
      const time = this.timeOf(rows[groupEnd - 1] as Row)
      const hasTies = groupEnd > 1 && this.timeOf(rows[groupEnd - 2] as Row) === time
      const groupStart = hasTies ? Math.max(first, this.lowerBound(time)) : groupEnd - 1
      for (let i = groupStart; i < groupEnd; i++) yield rows[i] as Row
      groupEnd = groupStart
    }
  }

  isAt(row: Row, place: Position): boolean {
    return this.timeOf(row) === place.time && this.hashOf(row) === place.hash
  }
}

/** For each filter the values of which a row must have one. */
export type Filters<Name extends string> = Partial<Record<Name, readonly string[] | undefined>>

export class Table<Row, Name extends string> {
  readonly #all: OrderedRows<Row>
  readonly #indexes = new Map<Name, Map<string, OrderedRows<Row>>>()

  constructor(
    readonly timeOf: (row: Row) => number,
    readonly hashOf: (row: Row) => string,
    readonly facets: Record<Name, Facet<Row>>,
  ) {
    this.#all = new OrderedRows(timeOf, hashOf)
    for (const name of Object.keys(facets) as Name[]) this.#indexes.set(name, new Map())
  }

  get size(): number {
    return this.#all.rows.length
  }

  insert(row: Row): void {
    this.#all.insert(row)
    for (const [name, index] of this.#indexes)
      for (const value of valuesOf(this.facets[name](row))) {
        let rows = index.get(value)
        if (!rows) index.set(value, (rows = new OrderedRows(this.timeOf, this.hashOf)))
        rows.insert(row)
      }
  }

  /** Call before anything that `timeOf` or a facet reads is changed. */
  remove(row: Row): void {
    this.#all.remove(row)
    for (const [name, index] of this.#indexes)
      for (const value of valuesOf(this.facets[name](row))) {
        const rows = index.get(value)
        rows?.remove(row)
        if (rows?.rows.length === 0) index.delete(value)
      }
  }

  /** The values that occur in a facet. */
  values(name: Name): string[] {
    return [...(this.#indexes.get(name)?.keys() ?? [])]
  }

  /** Rows that match every filter, in order, lazily: walks the shortest index and checks the other filters. */
  *select(filters: Filters<Name>, range: Range, predicate?: (row: Row) => boolean): Generator<Row> {
    const wanted = this.#wanted(filters)
    const lists = wanted.map(([name, values]) => this.#lists(name, values))
    let best = -1
    for (let i = 0; i < lists.length; i++) if (best < 0 || total(lists[i] ?? []) < total(lists[best] ?? [])) best = i
    const checks = wanted.filter((_, i) => i !== best).map(([name, values]) => this.#check(name, values))
    if (predicate) checks.push(predicate)
    const source = best < 0 ? this.#all.iterate(range) : this.#merge(lists[best] ?? [], range)
    for (const row of source) if (checks.every(check => check(row))) yield row
  }

  /** How many rows `select` would give; at once where a single index says it. */
  count(filters: Filters<Name>, range: Range, predicate?: (row: Row) => boolean): number {
    const wanted = this.#wanted(filters)
    const isWhole = !predicate && range.from === undefined && range.to === undefined
    if (isWhole && wanted.length === 0) return this.size
    const [only] = wanted
    if (isWhole && wanted.length === 1 && only?.[1].length === 1) return total(this.#lists(only[0], only[1]))
    let count = 0
    for (const row of this.select(filters, range, predicate)) if (row !== undefined) count++
    return count
  }

  /** The same for a few rows that the caller knows by name. */
  *among(rows: readonly Row[], filters: Filters<Name>, range: Range): Generator<Row> {
    const checks = this.#wanted(filters).map(([name, values]) => this.#check(name, values))
    const ordered = new OrderedRows(this.timeOf, this.hashOf)
    for (const row of rows) ordered.insert(row)
    for (const row of ordered.iterate(range)) if (checks.every(check => check(row))) yield row
  }

  #wanted(filters: Filters<Name>): [Name, readonly string[]][] {
    return (Object.entries(filters) as [Name, readonly string[] | undefined][]).flatMap(([name, values]) =>
      values ? [[name, [...new Set(values)]] as [Name, readonly string[]]] : [],
    )
  }

  #lists(name: Name, values: readonly string[]): OrderedRows<Row>[] {
    return values.flatMap(value => this.#indexes.get(name)?.get(value) ?? [])
  }

  #check(name: Name, values: readonly string[]): (row: Row) => boolean {
    const facet = this.facets[name]
    const set = new Set(values)
    return row => {
      const value = facet(row)
      return typeof value === 'string' ? set.has(value) : (value?.some(each => set.has(each)) ?? false)
    }
  }

  /** Several indexes as one list in order; a row that is in more than one comes once. */
  *#merge(lists: OrderedRows<Row>[], range: Range): Generator<Row> {
    const [only] = lists
    if (only && lists.length === 1) return yield* only.iterate(range)
    const sources = lists.map(list => list.iterate(range))
    const heads = sources.map(source => source.next())
    const isBefore = (a: Row, b: Row) => {
      const difference = this.timeOf(a) - this.timeOf(b)
      if (difference) return range.isDescending ? difference > 0 : difference < 0
      return this.hashOf(a) < this.hashOf(b)
    }
    for (;;) {
      let first: Row | undefined
      for (const head of heads)
        if (!head.done && (first === undefined || isBefore(head.value, first))) first = head.value
      if (first === undefined) return
      yield first
      heads.forEach((head, i) => {
        if (!head.done && head.value === first) heads[i] = (sources[i] as Generator<Row>).next()
      })
    }
  }
}

const valuesOf = (value: ReturnType<Facet<unknown>>): readonly string[] =>
  value === null || value === undefined ? [] : typeof value === 'string' ? [value] : [...new Set(value)]

const total = (lists: { rows: unknown[] }[]) => lists.reduce((sum, { rows }) => sum + rows.length, 0)
