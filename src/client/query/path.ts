// Ways into a document: `a.b.c`, through lists as MongoDB goes through them.
import { invalidInput } from '../errors.js'
import { fieldOf } from './values.js'
import { isObject } from '../isObject.js'

/** Names of fields, from the outside in. */
export type FieldPath = readonly string[]

export type ValueTest = (value: unknown) => boolean

const maxPathSteps = 100
/** Each may be a place in a list or the name of a field: so many ways of going on multiply. */
const maxNumbers = 8

const listIndex = /^(?:0|[1-9]\d{0,8})$/

/** The names in `field`. Throws `INVALID_INPUT`. */
export function parsePath(field: string, place: string): FieldPath {
  const path = field.split('.')
  if (path.includes(''))
    throw invalidInput(`\`${shown(place)}\` has the field “${shown(field)}”, in which a name is empty.`)
  if (path.length > maxPathSteps)
    throw invalidInput(`\`${shown(place)}\` has a field of more than ${maxPathSteps} names.`)
  if (path.filter(name => listIndex.test(name)).length > maxNumbers)
    throw invalidInput(`\`${shown(place)}\` has a field with more than ${maxNumbers} numbers.`)
  return path
}

/** A place or name in an error: its end says most. */
export const shown = (text: string): string => (text.length > 120 ? `…${text.slice(-120)}` : text)

/**
 * Whether `test` holds for a value that the path leads to; undefined stands for a field that is missing. A list on the way
 * stands for the objects in it, and for one of its items where the path has a number; other items lead nowhere.
 */
export function leadsTo(value: unknown, path: FieldPath, test: ValueTest, from = 0): boolean {
  const name = path[from]
  if (name === undefined) return test(value)
  if (isObject(value)) return leadsTo(fieldOf(value, name), path, test, from + 1)
  if (!Array.isArray(value)) return test(undefined)
  if (listIndex.test(name) && Number(name) < value.length && leadsTo(value[Number(name)], path, test, from + 1))
    return true
  return value.some(item => isObject(item) && leadsTo(item, path, test, from))
}

/** A list at the end of a path matches by an item, or as the whole that it is. */
export const itemOrWhole =
  (test: ValueTest): ValueTest =>
  value =>
    test(value) || (Array.isArray(value) && value.some(test))
