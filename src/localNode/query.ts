// Query parameters the way the real node reads them: camelCase or snake_case, lists with commas, pydantic's errors
// (protocol §5.0, §5.1).
import { isItemHash } from '../client/message/itemHash.js'
import { enumError, fieldError, valueError, type FieldError } from './validate.js'

/** 422 with pydantic's array; `asJson` where the real node sends it as JSON. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  constructor(
    readonly errors: readonly FieldError[],
    readonly asJson = false,
  ) {
    super('query error')
  }
}

export type SortOrder = 1 | -1

/** Reads one request's parameters and collects errors in the order of reading; `check` throws them. */
export class Query {
  readonly #errors: FieldError[] = []
  constructor(
    readonly params: URLSearchParams,
    readonly asJson = false,
  ) {}

  /** A name and its other spellings; the first of repeated parameters counts. */
  text(...names: string[]): string | undefined {
    for (const name of names) {
      const value = this.params.get(name)
      if (value !== null) return value
    }
    return undefined
  }

  list(...names: string[]): string[] | undefined {
    return this.text(...names)?.split(',')
  }

  enums(values: readonly string[], ...names: string[]): string[] | undefined {
    const list = this.list(...names)
    list?.forEach((item, i) => {
      if (!values.includes(item)) this.#errors.push(enumError([names[0] ?? '', i], values, item))
    })
    return list
  }

  enum<Value extends string>(values: readonly Value[], ...names: string[]): Value | undefined {
    const text = this.text(...names)
    const value = values.find(each => each === text)
    if (text !== undefined && value === undefined) this.#errors.push(enumError([names[0] ?? ''], values, text))
    return value
  }

  hashes(...names: string[]): string[] | undefined {
    const list = this.list(...names)
    list?.forEach((item, i) => {
      if (!isItemHash(item))
        this.#errors.push(valueError([names[0] ?? '', i], `Could not determine hash type: '${item}'`, item))
    })
    return list
  }

  boolean(fallback: boolean, ...names: string[]): boolean {
    const text = this.text(...names)
    if (text === undefined) return fallback
    const value = toBoolean(text)
    if (value === undefined) {
      const message = 'Input should be a valid boolean, unable to interpret input'
      this.#errors.push(fieldError('bool_parsing', [names[0] ?? ''], message, text))
    }
    return value ?? fallback
  }

  /** `below` is a limit that is not reached, which pydantic words differently. */
  integer(
    fallback: number,
    { min, max, below }: { min: number; max?: number; below?: number },
    ...names: string[]
  ): number {
    const text = this.text(...names)
    if (text === undefined) return fallback
    const loc = [names[0] ?? '']
    if (!/^\s*[-+]?\d+(\.0+)?\s*$/.test(text)) {
      const message = 'Input should be a valid integer, unable to parse string as an integer'
      this.#errors.push(fieldError('int_parsing', loc, message, text))
      return fallback
    }
    if (below !== undefined && Number(text) >= below)
      this.#errors.push(fieldError('less_than', loc, `Input should be less than ${below}`, text, { lt: below }))
    return this.#bounded(Number(text), text, loc, min, max)
  }

  /** Seconds; 0 and nothing mean no limit. */
  date(...names: string[]): number {
    const text = this.text(...names)
    if (text === undefined) return 0
    const loc = [names[0] ?? '']
    const value = Number(text)
    if (text.trim() === '' || Number.isNaN(value)) {
      const message = 'Input should be a valid number, unable to parse string as a number'
      this.#errors.push(fieldError('float_parsing', loc, message, text))
      return 0
    }
    return this.#bounded(value, text, loc, 0)
  }

  /** At most so many code points. */
  shortText(maxLength: number, ...names: string[]): string | undefined {
    const text = this.text(...names)
    if (text !== undefined && [...text].length > maxLength) {
      const message = `String should have at most ${maxLength} characters`
      this.#errors.push(fieldError('string_too_long', [names[0] ?? ''], message, text, { max_length: maxLength }))
    }
    return text
  }

  sortOrder(...names: string[]): SortOrder {
    const text = this.text(...names)
    if (text === undefined) return -1
    if (text === '1' || text === '-1') return text === '1' ? 1 : -1
    const message = 'Input should be -1 or 1'
    this.#errors.push(fieldError('enum', [names[0] ?? ''], message, text, { expected: '-1 or 1' }))
    return -1
  }

  /** For rules that hold between parameters: pydantic checks them only when every single one is right. */
  require(condition: boolean, text: string): void {
    if (condition || this.#errors.length) return
    const shown = [...this.params].map(([key, value]) => `'${key}': '${value}'`).join(', ')
    this.#errors.push(valueError([], text, `<MultiDictProxy(${shown})>`))
  }

  check(): void {
    if (this.#errors.length) throw new QueryError(this.#errors, this.asJson)
  }

  #bounded(value: number, input: string, loc: string[], min: number, max?: number): number {
    if (value < min) {
      const message = `Input should be greater than or equal to ${min}`
      this.#errors.push(fieldError('greater_than_equal', loc, message, input, { ge: min }))
    } else if (max !== undefined && value > max) {
      const message = `Input should be less than or equal to ${max}`
      this.#errors.push(fieldError('less_than_equal', loc, message, input, { le: max }))
    }
    return value
  }
}

/** What pydantic takes for a boolean. */
export function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  if (typeof value !== 'string') return undefined
  if (/^(1|true|t|yes|y|on)$/i.test(value)) return true
  return /^(0|false|f|no|n|off)$/i.test(value) ? false : undefined
}
