// `where` of a query: checked first, then made into a function, so that a wrong one is told before anything is asked.
import { invalidInput } from '../errors.js'
import { itemOrWhole, leadsTo, parsePath, shown, type ValueTest } from './path.js'
import { areEqual, compareValues, typeRank } from './values.js'
import { isObject } from '../isObject.js'

/** A regular expression of a `where`; `test` is put in by whoever has the engine, which is loaded only if there is one. */
export interface Pattern {
  source: string
  /** Written in the syntax of JavaScript instead of RE2's. */
  isExpression: boolean
  /** Of `i`, `m` and `s`. */
  flags: string
  /** Where it stands. */
  place: string
  test: (text: string) => boolean
}

export interface Where {
  matches: (document: Record<string, unknown>) => boolean
  patterns: Pattern[]
}

const maxDepth = 32
/** Of a list of alternatives. */
const maxItems = 10_000
/** Names, texts, and one for each value. */
const maxSize = 1_000_000
const maxPatternLength = 1000
const maxPatterns = 100

const logical = ['$and', '$or', '$nor']
const fieldOperators = '$eq $ne $gt $gte $lt $lte $in $nin $not $exists $regex $options $elemMatch $size $all'.split(
  ' ',
)

/** Somewhere that operators are held against: what a path leads to, or an item of a list. */
type Subject = (test: ValueTest, options?: { isWhole: boolean }) => ValueTest

/** Throws `INVALID_INPUT`, with the operator and its place, for what can not be asked. */
export function parseWhere(where: unknown): Where {
  const parser = new WhereParser()
  const matches = parser.condition(where, 'where')
  return { matches, patterns: parser.patterns }
}

class WhereParser {
  readonly patterns: Pattern[] = []
  readonly #parents = new Set<object>()
  #size = 0

  /** An object of fields and logical operators, all of which must hold. */
  condition(value: unknown, place: string): ValueTest {
    if (Array.isArray(value)) throw invalidInput(`\`${shown(place)}\` must be a plain object; it is a list.`)
    const entries = this.#enter(value, place)
    const tests = entries.map(([name, inner]) => {
      const here = `${place}.${name}`
      if (logical.includes(name)) return this.#logical(name, inner, here)
      if (!name.startsWith('$')) {
        const path = parsePath(name, place)
        return this.#field(inner, here, (test, { isWhole } = { isWhole: false }) => {
          const reached = isWhole ? test : itemOrWhole(test)
          return document => leadsTo(document, path, reached)
        })
      }
      if (fieldOperators.includes(name))
        throw invalidInput(`\`${shown(here)}\`: ${name} belongs inside of a field, as in { age: { ${name}: … } }.`)
      throw unknownOperator(name, place)
    })
    this.#leave(value)
    return every(tests)
  }

  #logical(name: string, value: unknown, place: string): ValueTest {
    const tests = this.#list(value, place, (item, here) => this.condition(item, here))
    if (!tests.length) throw invalidInput(`\`${shown(place)}\`: ${name} needs a list of conditions that is not empty.`)
    if (name === '$and') return every(tests)
    const isAny: ValueTest = document => tests.some(test => test(document))
    return name === '$or' ? isAny : not(isAny)
  }

  /** What a field must be: operators, or a value. */
  #field(value: unknown, place: string, subject: Subject): ValueTest {
    if (value instanceof RegExp) return subject(this.#expression(value, place))
    if (!isObject(value) || !Object.keys(value).some(name => name.startsWith('$')))
      return subject(this.#equality(value, place))
    return this.#operators(value, place, subject)
  }

  /** An object of operators, all of which must hold. */
  #operators(value: object, place: string, subject: Subject): ValueTest {
    const entries = this.#enter(value, place)
    const tests = entries.map(([name, inner]) => {
      const here = `${place}.${name}`
      switch (name) {
        case '$eq':
          return subject(this.#equality(inner, here, true))
        case '$ne':
          return not(subject(this.#equality(inner, here, true)))
        case '$gt':
        case '$gte':
        case '$lt':
        case '$lte':
          return subject(comparison(name, this.#value(inner, here, true)))
        case '$in':
          return subject(this.#alternatives(inner, here))
        case '$nin':
          return not(subject(this.#alternatives(inner, here)))
        case '$not':
          return not(this.#negated(inner, here, subject))
        case '$exists':
          if (typeof inner !== 'boolean') throw wrong(here, name, 'true or false')
          return inner ? subject(exists, { isWhole: true }) : not(subject(exists, { isWhole: true }))
        case '$size':
          if (!Number.isSafeInteger(inner) || (inner as number) < 0) throw wrong(here, name, 'a whole number from 0')
          return subject(list => Array.isArray(list) && list.length === inner, { isWhole: true })
        case '$elemMatch':
          return subject(this.#elemMatch(inner, here), { isWhole: true })
        case '$all':
          return this.#all(inner, here, subject)
        case '$regex':
          return subject(this.#regex(inner, (value as { $options?: unknown }).$options, here))
        case '$options':
          if (!Object.hasOwn(value, '$regex')) throw invalidInput(`\`${shown(here)}\`: $options belongs beside $regex.`)
          return () => true
        default:
          if (!name.startsWith('$'))
            throw invalidInput(
              `\`${shown(place)}\` has operators and the field “${shown(name)}”; name a field inside of it by a path with dots.`,
            )
          if (logical.includes(name))
            throw invalidInput(
              `\`${shown(here)}\`: ${name} holds conditions with fields, so it stands outside of a field.`,
            )
          throw unknownOperator(name, place)
      }
    })
    this.#leave(value)
    return every(tests)
  }

  #equality(value: unknown, place: string, mayHoldOperators = false): ValueTest {
    const wanted = this.#value(value, place, mayHoldOperators)
    return wanted === null ? found => found == null : found => areEqual(found, wanted)
  }

  #alternatives(value: unknown, place: string): ValueTest {
    const scalars = new Set<unknown>()
    const tests: ValueTest[] = []
    this.#list(value, place, (item, here) => {
      if (item instanceof RegExp) tests.push(this.#expression(item, here))
      else if (typeof item === 'object' && item !== null) tests.push(this.#equality(item, here))
      else scalars.add(this.#value(item, here))
    })
    if (scalars.has(null)) scalars.add(undefined)
    return found => scalars.has(found) || tests.some(test => test(found))
  }

  #negated(value: unknown, place: string, subject: Subject): ValueTest {
    if (value instanceof RegExp) return subject(this.#expression(value, place))
    if (!isObject(value) || !Object.keys(value).length)
      throw wrong(place, '$not', 'an object of operators, or a regular expression')
    return this.#operators(value, place, subject)
  }

  #elemMatch(value: unknown, place: string): ValueTest {
    if (!isObject(value)) throw wrong(place, '$elemMatch', 'an object')
    const names = Object.keys(value)
    const ofItems = names.length > 0 && names.every(name => name.startsWith('$') && !logical.includes(name))
    if (ofItems) {
      const test = this.#operators(value, place, test => test)
      return list => Array.isArray(list) && list.some(test)
    }
    const test = this.condition(value, place)
    // A list in a list counts as an object with its numbers as names.
    const matches = (item: unknown) => (isObject(item) ? test(item) : Array.isArray(item) && test({ ...item }))
    return list => Array.isArray(list) && list.some(matches)
  }

  #all(value: unknown, place: string, subject: Subject): ValueTest {
    const tests = this.#list(value, place, (item, here) => {
      if (!isObject(item) || !Object.hasOwn(item, '$elemMatch')) return this.#field(item, here, subject)
      return this.#operators(item, here, subject)
    })
    return tests.length ? every(tests) : () => false
  }

  #regex(value: unknown, options: unknown, place: string): ValueTest {
    if (value instanceof RegExp) {
      if (options !== undefined)
        throw invalidInput(`\`${shown(place)}\`: a regular expression has its own flags; leave out $options.`)
      return this.#expression(value, place)
    }
    if (typeof value !== 'string') throw wrong(place, '$regex', 'a text or a regular expression')
    if (options !== undefined && (typeof options !== 'string' || !/^[ims]*$/.test(options)))
      throw invalidInput(`\`${shown(place)}\`: $options knows i, m and s.`)
    return this.#pattern({ source: value, flags: options ?? '', place, isExpression: false })
  }

  #expression({ source, flags }: RegExp, place: string): ValueTest {
    // The others say how to search on, or what is on for every pattern here.
    if (/[^dgimsu]/.test(flags))
      throw invalidInput(`\`${shown(place)}\`: of the flags of an expression only i, m and s count.`)
    return this.#pattern({ source, flags: flags.replace(/[^ims]/g, ''), place, isExpression: true })
  }

  #pattern(given: Omit<Pattern, 'test'>): ValueTest {
    const { source, place } = given
    this.#grow(source.length, place)
    if (source.length > maxPatternLength)
      throw invalidInput(`\`${shown(place)}\`: the pattern has more than ${maxPatternLength} characters.`)
    if (this.patterns.length === maxPatterns)
      throw invalidInput(`\`${shown(place)}\`: the whole \`where\` has more than ${maxPatterns} patterns.`)
    const pattern: Pattern = { ...given, test: () => false }
    this.patterns.push(pattern)
    return found => typeof found === 'string' && pattern.test(found)
  }

  #list<T>(value: unknown, place: string, take: (item: unknown, place: string) => T): T[] {
    const name = place.slice(place.lastIndexOf('.') + 1)
    if (!Array.isArray(value)) throw wrong(place, name, 'a list')
    if (value.length > maxItems) throw invalidInput(`\`${shown(place)}\`: ${name} has more than ${maxItems} items.`)
    this.#enter(value, place)
    const results = Array.from(value, (item: unknown, i) => take(item, `${place}[${i}]`))
    this.#leave(value)
    return results
  }

  /** A copy of a JSON value, which nobody changes while the query runs. */
  #value(value: unknown, place: string, mayHoldOperators = false): unknown {
    this.#grow(typeof value === 'string' ? value.length : 0, place)
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    if (Array.isArray(value)) {
      this.#enter(value, place)
      const items = Array.from(value, (item: unknown, i) => this.#value(item, `${place}[${i}]`, mayHoldOperators))
      this.#leave(value)
      return items
    }
    if (typeof value !== 'object') {
      const what = typeof value === 'number' ? String(value) : typeof value
      throw invalidInput(`\`${shown(place)}\` is ${what}, which JSON can not hold.`)
    }
    // Without a prototype, `__proto__` is a name like any other.
    const copy = Object.create(null) as Record<string, unknown>
    for (const [name, inner] of this.#enter(value, place)) {
      if (name.startsWith('$') && !mayHoldOperators)
        throw invalidInput(
          `\`${shown(place)}\`: ${shown(name)} stands inside of a value; name the field by a path with dots, or say $eq.`,
        )
      copy[name] = this.#value(inner, `${place}.${name}`, mayHoldOperators)
    }
    this.#leave(value)
    return copy
  }

  /** The entries of an object; none of a list. */
  #enter(value: unknown, place: string): [string, unknown][] {
    if (typeof value !== 'object' || value === null || !(Array.isArray(value) || isPlain(value)))
      throw invalidInput(`\`${shown(place)}\` must be a plain object; it is ${describe(value)}.`)
    if (this.#parents.has(value)) throw invalidInput(`\`${shown(place)}\` refers back to an object that contains it.`)
    if (this.#parents.size >= maxDepth) throw invalidInput(`\`where\` is nested more than ${maxDepth} levels deep.`)
    this.#parents.add(value)
    this.#grow(0, place)
    if (Array.isArray(value)) return []
    const entries = Object.entries(value)
    for (const [name] of entries) this.#grow(name.length, place)
    return entries
  }

  #leave(value: unknown): void {
    this.#parents.delete(value as object)
  }

  #grow(length: number, place: string): void {
    this.#size += 1 + length
    if (this.#size > maxSize)
      throw invalidInput(`\`${shown(place)}\`: the whole \`where\` is too large (more than ${maxSize} characters).`)
  }
}

function comparison(name: string, bound: unknown): ValueTest {
  const rank = typeRank(bound)
  const isDown = name.startsWith('$l')
  const orEqual = name.endsWith('e')
  return found => {
    // Only null is beside null, and a field that is missing counts as null.
    if (typeRank(found) !== rank) return false
    const order = compareValues(found, bound)
    return order === 0 ? orEqual : order < 0 === isDown
  }
}

const exists: ValueTest = value => value !== undefined
const not =
  (test: ValueTest): ValueTest =>
  value =>
    !test(value)

function every(tests: readonly ValueTest[]): ValueTest {
  const [first] = tests
  if (first && tests.length === 1) return first
  return value => tests.every(test => test(value))
}

const isPlain = (value: object) => {
  const prototype: unknown = Object.getPrototypeOf(value)
  // Also of another realm.
  return prototype === null || Object.getPrototypeOf(prototype as object) === null
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value !== 'object') return typeof value
  const { constructor } = value
  return typeof constructor === 'function' && constructor.name
    ? `a ${shown(constructor.name)}`
    : 'another kind of object'
}

const wrong = (place: string, operator: string, wanted: string) =>
  invalidInput(`\`${shown(place)}\`: ${operator} takes ${wanted}.`)

const unknownOperator = (name: string, place: string) =>
  invalidInput(
    `\`${shown(place)}\` has the operator ${shown(name)}, which is unknown; there are ${[...logical, ...fieldOperators].join(' ')}.`,
    { operator: name.slice(0, 100) },
  )
