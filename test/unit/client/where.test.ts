import { strict as assert } from 'node:assert'
import fc from 'fast-check'
import { Context } from 'mingo'
import * as mingoOperators from 'mingo/operators/query'
import { Query } from 'mingo/query'
import type { AlephError } from '../../../src/client/errors.js'
import { prepareQuery } from '../../../src/client/query/prepare.js'
import { compilePattern, PatternWork, TooMuchText } from '../../../src/client/lazy/regex.js'

type Json = Record<string, unknown>

function compile(where: unknown): (document: unknown) => boolean {
  const { matches, patterns } = prepareQuery({ where })
  for (const pattern of patterns) pattern.test = compilePattern(pattern, new PatternWork())
  return document => matches(document as Json)
}

/** As a node sends it: fields of every name are fields. */
const json = (text: string) => JSON.parse(text) as Json

describe('where: what MongoDB finds is found', () => {
  const table: [what: string, where: Json, found: unknown[], left: unknown[]][] = [
    ['nothing asked', {}, [{}, { a: 1 }], []],
    ['equality of numbers and texts', { a: 1 }, [{ a: 1 }, { a: 1.0, b: 2 }], [{ a: '1' }, { a: true }, {}, { a: 2 }]],
    ['$eq', { a: { $eq: 'x' } }, [{ a: 'x' }, { a: ['y', 'x'] }], [{ a: 'X' }, { a: [['x']] }]],
    [
      'null finds fields that are missing',
      { a: null },
      [{ a: null }, {}, { a: [null] }],
      [{ a: 0 }, { a: '' }, { a: [] }],
    ],
    [
      'null at the end of a path',
      { 'a.b': null },
      [{}, { a: 4 }, { a: {} }, { a: [{ b: 5 }, {}] }],
      [{ a: [] }, { a: [1] }, { a: [5, { b: 5 }] }],
    ],
    ['$ne null', { 'a.b': { $ne: null } }, [{ a: [] }, { a: [1] }, { a: { b: 1 } }], [{}, { a: [{ b: 1 }, { c: 2 }] }]],
    [
      'a whole object, in whatever order',
      { a: { b: 1, c: 2 } },
      [{ a: { c: 2, b: 1 } }, { a: [{ b: 1, c: 2 }] }],
      [{ a: { b: 1 } }, { a: { b: 1, c: 2, d: 3 } }],
    ],
    ['a whole list', { a: [1, 2] }, [{ a: [1, 2] }, { a: [[1, 2], 3] }], [{ a: [2, 1] }, { a: [1, 2, 3] }, { a: 1 }]],
    [
      '$gt among numbers only',
      { a: { $gt: 5 } },
      [{ a: 6 }, { a: [1, 9] }],
      [{ a: 5 }, { a: '6' }, { a: null }, {}, { a: true }, { a: [6, 7].map(String) }],
    ],
    ['$gte', { a: { $gte: 5 } }, [{ a: 5 }, { a: 5.1 }], [{ a: 4.9 }]],
    ['$lt', { a: { $lt: 'b' } }, [{ a: 'a' }, { a: '' }, { a: 'B' }], [{ a: 'b' }, { a: 1 }]],
    ['$lte', { a: { $lte: 'b' } }, [{ a: 'b' }], [{ a: 'ba' }]],
    ['texts by code point', { a: { $gt: '\uffff' } }, [{ a: '😀' }], [{ a: '\ufffe' }]],
    ['$gt 0 of -0', { a: { $gte: 0 } }, [{ a: -0 }], [{ a: -1e-9 }]],
    ['false before true', { a: { $gt: false } }, [{ a: true }], [{ a: false }, { a: 1 }]],
    ['$gte null', { a: { $gte: null } }, [{ a: null }, {}], [{ a: 0 }]],
    ['$gt null', { a: { $gt: null } }, [], [{ a: null }, {}, { a: 1 }]],
    ['a range by different items', { a: { $gt: 5, $lt: 3 } }, [{ a: [1, 9] }], [{ a: 4 }, { a: [4] }]],
    [
      'lists in the order of their items',
      { a: { $gt: [1, 4] } },
      [{ a: [3, 1] }, { a: [1, 4, 0] }],
      [{ a: [1, 3] }, { a: 9 }],
    ],
    ['$in', { a: { $in: [1, 'x'] } }, [{ a: 1 }, { a: ['z', 'x'] }], [{ a: 2 }, {}, { a: [] }]],
    ['$in with null', { a: { $in: [null] } }, [{}, { a: null }], [{ a: 1 }]],
    ['$in with a list or object', { a: { $in: [[1, 2], { b: 1 }] } }, [{ a: [1, 2] }, { a: { b: 1 } }], [{ a: 1 }]],
    ['$in of nothing', { a: { $in: [] } }, [], [{}, { a: 1 }]],
    ['$in with an expression', { a: { $in: [/^x/, 1] } }, [{ a: 'xy' }, { a: 1 }], [{ a: 'yx' }]],
    ['$nin', { a: { $nin: [1, 2] } }, [{}, { a: 3 }, { a: [3] }], [{ a: 1 }, { a: [3, 2] }]],
    ['$ne', { a: { $ne: 1 } }, [{}, { a: 2 }, { a: [] }], [{ a: 1 }, { a: [1, 2] }]],
    ['$exists', { 'a.b': { $exists: true } }, [{ a: { b: null } }, { a: [{}, { b: 1 }] }], [{}, { a: 1 }, { a: [1] }]],
    [
      '$exists: false',
      { 'a.b': { $exists: false } },
      [{}, { a: [] }, { a: [1] }, { a: [{}] }],
      [{ a: [{ b: 1 }, {}] }],
    ],
    ['names of Object.prototype are no fields', { toString: { $exists: true } }, [json('{"toString":1}')], [{}]],
    ['$size', { a: { $size: 2 } }, [{ a: [1, 2] }, { a: [[], []] }], [{ a: [[1, 2]] }, { a: 'xx' }, { a: [1] }, {}]],
    ['$size at the end of a path', { 'a.b': { $size: 1 } }, [{ a: [{ b: [1] }, {}] }], [{ a: [{ b: 1 }] }]],
    ['$all', { a: { $all: [1, 2] } }, [{ a: [2, 3, 1] }], [{ a: [1] }, {}]],
    ['$all with a scalar field', { a: { $all: ['x'] } }, [{ a: 'x' }], [{ a: 'y' }]],
    ['$all of nothing', { a: { $all: [] } }, [], [{ a: [] }, { a: 1 }, {}]],
    [
      '$all with $elemMatch',
      { a: { $all: [{ $elemMatch: { b: 1 } }, { $elemMatch: { b: 2 } }] } },
      [{ a: [{ b: 2 }, { b: 1 }] }],
      [{ a: [{ b: 1 }] }],
    ],
    [
      '$elemMatch of objects',
      { a: { $elemMatch: { b: 1, c: { $gt: 1 } } } },
      [{ a: [{ b: 1, c: 2 }] }],
      [
        {
          a: [
            { b: 1, c: 1 },
            { b: 2, c: 2 },
          ],
        },
        { a: { b: 1, c: 2 } },
      ],
    ],
    [
      '$elemMatch of values',
      { a: { $elemMatch: { $gt: 3, $lt: 5 } } },
      [{ a: [1, 4] }],
      [{ a: [1, 9] }, { a: 4 }, { a: [[4]] }],
    ],
    [
      '$elemMatch with $or',
      { a: { $elemMatch: { $or: [{ b: 1 }, { b: 2 }] } } },
      [{ a: [{ b: 2 }] }],
      [{ a: [{ b: 3 }] }, { a: [] }],
    ],
    ['$elemMatch with $not', { a: { $elemMatch: { $not: { $gt: 3 } } } }, [{ a: [9, 1] }], [{ a: [9] }, { a: [] }]],
    [
      '$elemMatch of lists in a list',
      { a: { $elemMatch: { 0: 5 } } },
      [{ a: [[5, 6]] }],
      [{ a: [5] }, { a: [[6, 5]] }],
    ],
    ['$elemMatch: {}', { a: { $elemMatch: {} } }, [{ a: [{}] }, { a: [[]] }], [{ a: [] }, { a: [1] }]],
    ['$and', { $and: [{ a: 1 }, { b: 2 }] }, [{ a: 1, b: 2 }], [{ a: 1 }]],
    ['$or', { $or: [{ a: 1 }, { b: 2 }] }, [{ a: 1 }, { b: 2 }], [{ a: 2, b: 1 }]],
    ['$nor', { $nor: [{ a: 1 }, { b: 2 }] }, [{}, { a: 2 }], [{ a: 1 }, { b: 2 }]],
    ['$or beside fields', { c: 3, $or: [{ a: 1 }, { b: 2 }] }, [{ c: 3, a: 1 }], [{ a: 1 }, { c: 3 }]],
    ['$not', { a: { $not: { $gt: 5 } } }, [{}, { a: 5 }, { a: 'x' }], [{ a: 6 }, { a: [1, 6] }]],
    ['$not of several', { a: { $not: { $gt: 1, $lt: 5 } } }, [{ a: 1 }, { a: 5 }], [{ a: 3 }]],
    ['$not of an expression', { a: { $not: /x/ } }, [{}, { a: 'y' }, { a: 1 }], [{ a: 'xy' }, { a: ['y', 'x'] }]],
    ['$regex', { a: { $regex: 'oh' } }, [{ a: 'john' }, { a: ['x', 'oh'] }], [{ a: 'John'.slice(2) }, { a: 1 }, {}]],
    ['$regex with options', { a: { $regex: '^j.+n$', $options: 'is' } }, [{ a: 'JOH\nN' }], [{ a: 'xjohn' }]],
    ['$options: m', { a: { $regex: '^b$', $options: 'm' } }, [{ a: 'a\nb' }], [{ a: 'ab' }]],
    ['an expression and its flags', { a: /JOHN/iu }, [{ a: 'john' }], [{ a: 'jon' }]],
    [
      '$regex in the syntax of RE2',
      { a: { $regex: '\\Ajo\\p{L}+\\z' } },
      [{ a: 'john' }],
      [{ a: 'jo' }, { a: 'johns\n' }],
    ],
    ['$regex given as an expression', { a: { $regex: /^\u0041\/b/ } }, [{ a: 'A/b' }], [{ a: 'a/b' }]],
    [
      'paths through lists of objects',
      { 'a.b': 1 },
      [{ a: { b: 1 } }, { a: [{ b: 2 }, { b: 1 }] }],
      [{ a: [[{ b: 1 }]] }, { 'a.b': 1 }],
    ],
    [
      'lists in lists of objects',
      { 'a.b': { $gt: 1 } },
      [{ a: [{ b: [1] }, { b: [2] }] }],
      [{ a: [{ b: [1] }, { b: [0] }] }],
    ],
    ['$in behind lists', { 'a.b': { $in: [2] } }, [{ a: [{ b: [1] }, { b: [2] }] }], [{ a: [{ b: [1] }] }]],
    [
      'a number of an item',
      { 'a.1': 5 },
      [{ a: [1, 5] }, { a: [0, [5]] }, { a: { 1: 5 } }, { a: [{ 1: 5 }] }],
      [{ a: [5] }],
    ],
    ['a field of an item by number', { 'a.0.b': 1 }, [{ a: [{ b: 1 }] }], [{ a: [{ b: 2 }, { b: 1 }] }]],
    [
      'a field named __proto__',
      json('{"__proto__": {"$gt": 4}}'),
      [json('{"__proto__": 5}')],
      [{}, json('{"__proto__": 4}')],
    ],
    ['__proto__ inside of a value', json('{"a": {"__proto__": 1}}'), [json('{"a": {"__proto__": 1}}')], [{ a: {} }]],
    [
      'a path through __proto__ and constructor',
      { '__proto__.constructor': 1 },
      [json('{"__proto__": {"constructor": 1}}')],
      [{}],
    ],
    [
      'fields that look like methods',
      json('{"a": {"constructor": "x", "toString": "y"}}'),
      [json('{"a": {"toString": "y", "constructor": "x"}}')],
      [{ a: {} }],
    ],
    [
      'a document with a strange constructor',
      { a: { $gt: 1 } },
      [{ a: 2 }],
      [json('{"a": {"constructor": {"name": 5}}}')],
    ],
    ['a field that begins with $, by $eq', { a: { $eq: { $b: 1 } } }, [{ a: { $b: 1 } }], [{ a: { b: 1 } }]],
  ]
  for (const [what, where, found, left] of table)
    it(what, () => {
      const matches = compile(where)
      for (const document of found) assert.ok(matches(document), `left out ${JSON.stringify(document)}`)
      for (const document of left) assert.ok(!matches(document), `found ${JSON.stringify(document)}`)
    })
})

describe('where: what can not be asked is told with its place', () => {
  const nested = (levels: number) => {
    let where: Json = { a: 1 }
    for (let i = 0; i < levels; i++) where = { $and: [where] }
    return where
  }
  const circle: Json = {}
  circle.$and = [circle]
  const table: [what: string, where: unknown, error: RegExp][] = [
    ['no object', 'age > 5', /`where` must be a plain object; it is string/],
    ['null', null, /`where` must be a plain object; it is null/],
    ['a list', [{ a: 1 }], /`where`/],
    ['a Map', new Map([['a', 1]]), /`where` must be a plain object; it is a Map/],
    ['$where', { $where: 'while(1);' }, /operator \$where, which is unknown; there are \$and \$or/],
    ['$expr', { $expr: { $gt: ['$a', 1] } }, /operator \$expr, which is unknown/],
    ['$text in a list', { $or: [{ a: 1 }, { $text: {} }] }, /`where\.\$or\[1\]` has the operator \$text/],
    [
      'an unknown operator of a field',
      { age: { $greater: 5 } },
      /`where\.age` has the operator \$greater, which is unknown/,
    ],
    ['$type, $mod, $near', { a: { $mod: [2, 1] } }, /\$mod, which is unknown/],
    ['an operator without a field', { $gt: 5 }, /\$gt belongs inside of a field/],
    ['$and inside of a field', { a: { $and: [{ b: 1 }] } }, /`where\.a\.\$and`: \$and holds conditions with fields/],
    ['operators and fields together', { a: { $gt: 1, b: 2 } }, /`where\.a` has operators and the field “b”/],
    [
      'an operator inside of a value',
      { a: { b: { $gt: 1 } } },
      /`where\.a`|`where\.a\.b`: \$gt stands inside of a value/,
    ],
    ['$in without a list', { a: { $in: 'x' } }, /`where\.a\.\$in`: \$in takes a list/],
    ['$nin of 10 001', { a: { $nin: Array(10_001).fill(1) } }, /more than 10000 items/],
    ['$all without a list', { a: { $all: 'x' } }, /\$all takes a list/],
    ['$or: []', { $or: [] }, /\$or needs a list of conditions that is not empty/],
    ['$and of no object', { $and: [1] }, /`where\.\$and\[0\]` must be a plain object; it is number/],
    ['$nor without a list', { $nor: { a: 1 } }, /\$nor takes a list/],
    ['$not of a value', { a: { $not: 5 } }, /\$not takes an object of operators/],
    ['$not of nothing', { a: { $not: {} } }, /\$not takes an object of operators/],
    ['$not of fields', { a: { $not: { b: 1 } } }, /has operators and the field “b”/],
    ['$exists of 1', { a: { $exists: 1 } }, /\$exists takes true or false/],
    ['$size of a half', { a: { $size: 1.5 } }, /\$size takes a whole number/],
    ['$size below 0', { a: { $size: -1 } }, /\$size takes a whole number/],
    ['$elemMatch of a value', { a: { $elemMatch: 5 } }, /\$elemMatch takes an object/],
    ['$elemMatch with a stray operator', { a: { $elemMatch: { $gt: 1, b: 2 } } }, /\$gt belongs inside of a field/],
    ['$regex of a number', { a: { $regex: 5 } }, /\$regex takes a text or a regular expression/],
    ['$options alone', { a: { $options: 'i' } }, /\$options belongs beside \$regex/],
    ['$options: g', { a: { $regex: 'x', $options: 'g' } }, /\$options knows i, m and s/],
    ['$options beside an expression', { a: { $regex: /x/, $options: 'i' } }, /leave out \$options/],
    ['a sticky expression', { a: /x/y }, /only i, m and s count/],
    ['a pattern of 1001 characters', { a: { $regex: 'x'.repeat(1001) } }, /more than 1000 characters/],
    [
      'a pattern that is no pattern',
      { a: { $regex: '(' } },
      /`where\.a\.\$regex`: this pattern can not be used: missing closing/,
    ],
    ['looking ahead', { a: { $regex: 'a(?=b)' } }, /no looking ahead or behind/],
    ['looking behind', { a: { $regex: '(?<!a)b' } }, /no looking ahead or behind/],
    ['a reference back', { a: { $regex: '(a)\\1' } }, /no references back/],
    ['a reference back by name in an expression', { a: /(?<x>a)\k<x>/ }, /no references back/],
    ['a reference back by name', { a: { $regex: '(?<x>a)\\k<x>' } }, /no references back/],
    ['a pattern that repeats too much', { a: { $regex: 'x{1000}'.repeat(100) } }, /repeats too much/],
    ['$eq of an expression', { a: { $eq: /x/ } }, /`where\.a\.\$eq` must be a plain object; it is a RegExp/],
    ['a date', { a: { $gt: new Date(0) } }, /it is a Date/],
    ['a date in a list', { a: { $in: [new Date(0)] } }, /`where\.a\.\$in\[0\]` must be a plain object; it is a Date/],
    ['an instance', { a: new (class Dog {})() }, /it is a Dog/],
    ['undefined', { a: undefined }, /`where\.a` is undefined, which JSON can not hold/],
    ['a hole in a list', { a: { $in: [, 1] } }, /\$in\[0\]` is undefined/],
    ['a function', { a: () => 1 }, /is function/],
    ['a symbol', { a: Symbol('x') }, /is symbol/],
    ['a bigint', { a: { $gt: 5n } }, /is bigint/],
    ['NaN', { a: NaN }, /is NaN/],
    ['Infinity', { a: { $lt: Infinity } }, /is Infinity/],
    ['a path with an empty name', { 'a..b': 1 }, /`where` has the field “a\.\.b”, in which a name is empty/],
    ['an empty path', { '': 1 }, /a name is empty/],
    ['a path of 101 names', { [Array(101).fill('a').join('.')]: 1 }, /more than 100 names/],
    ['33 levels', nested(17), /nested more than 32 levels deep/],
    ['20 000 levels', nested(20_000), /nested more than 32 levels deep/],
    ['a circle', circle, /refers back to an object that contains it/],
    [
      'a circle in a value',
      (() => {
        const a: unknown[] = []
        a.push(a)
        return { a }
      })(),
      /refers back/,
    ],
    ['a large value', { a: 'x'.repeat(1_000_001) }, /the whole `where` is too large/],
    [
      'a branching value',
      (() => {
        let a: unknown = [1]
        for (let i = 0; i < 28; i++) a = [a, a]
        return { a }
      })(),
      /too large/,
    ],
  ]
  for (const [what, where, message] of table)
    it(what, () => {
      assert.throws(
        () => compile(where),
        (error: AlephError) =>
          error.code === 'INVALID_INPUT' && message.test(error.message) && error.message.length < 400,
      )
    })

  it('32 levels can be asked', () => assert.ok(compile(nested(15))({ a: 1 })))

  it('what is changed after it was given changes nothing', () => {
    const list = [1]
    const where = { a: { $in: list }, b: { $eq: { c: 1 } } }
    const matches = compile(where)
    list.push(2)
    where.b.$eq.c = 2
    assert.ok(matches({ a: 1, b: { c: 1 } }))
    assert.ok(!matches({ a: 2, b: { c: 1 } }))
  })

  it('patterns that stop other engines take linear time', () => {
    const matches = compile({ a: { $regex: '^(a+)+$' } })
    assert.equal(matches({ a: `${'a'.repeat(50_000)}!` }), false)
    assert.equal(matches({ a: 'a'.repeat(50_000) }), true)
  })

  it('documents deeper than the stack are looked through', () => {
    const deep = json(`{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
    assert.equal(compile({ a: { $gt: [[1]] } })(deep), true)
    assert.equal(compile({ a: [[1]] })(deep), false)
  })
})

/** The language told once more, without haste: all values that a path leads to, then each operator by its definition. */
function naive(where: Json, document: unknown): boolean {
  const has = (value: unknown, name: string) => Object.hasOwn(value as object, name)
  const isObject = (value: unknown): value is Json =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  const reached = (value: unknown, names: string[]): unknown[] => {
    const [name, ...rest] = names
    if (name === undefined) return [value]
    if (isObject(value)) return reached(has(value, name) ? value[name] : undefined, rest)
    if (!Array.isArray(value)) return [undefined]
    const byNumber = /^\d+$/.test(name) && has(value, name) ? reached(value[Number(name)], rest) : []
    return [...byNumber, ...value.filter(isObject).flatMap(item => reached(item, names))]
  }
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(text).join()}]`
    if (isObject(value))
      return `{${Object.keys(value)
        .sort()
        .map(name => `${JSON.stringify(name)}:${text(value[name])}`)
        .join()}}`
    return JSON.stringify(value ?? null)
  }
  const kind = (value: unknown) => (value == null ? 'null' : typeof value)
  const compare = (a: unknown, b: unknown) => (text(a) === text(b) ? 0 : (a as number) < (b as number) ? -1 : 1)
  const operator = (name: string, wanted: unknown, whole: unknown[], isItem = false): boolean => {
    const each = isItem
      ? whole
      : whole.flatMap(value => (Array.isArray(value) ? [...(value as unknown[]), value] : [value]))
    const ordered = (accept: (order: number) => boolean) =>
      each.some(value => kind(value) === kind(wanted) && accept(compare(value, wanted)))
    switch (name) {
      case '$eq':
        return each.some(value => text(value) === text(wanted))
      case '$ne':
        return !operator('$eq', wanted, whole, isItem)
      case '$in':
        return (wanted as unknown[]).some(one => operator('$eq', one, whole, isItem))
      case '$nin':
        return !operator('$in', wanted, whole, isItem)
      case '$all':
        return (
          (wanted as unknown[]).length > 0 && (wanted as unknown[]).every(one => operator('$eq', one, whole, isItem))
        )
      case '$gt':
        return ordered(order => order > 0)
      case '$gte':
        return ordered(order => order >= 0)
      case '$lt':
        return ordered(order => order < 0)
      case '$lte':
        return ordered(order => order <= 0)
      case '$exists':
        return whole.some(value => value !== undefined) === wanted
      case '$size':
        return whole.some(value => Array.isArray(value) && value.length === wanted)
      case '$not':
        return !operators(wanted as Json, whole, isItem)
      case '$regex':
        return each.some(value => typeof value === 'string' && new RegExp(wanted as string).test(value))
      case '$elemMatch': {
        const lists = whole.filter(value => Array.isArray(value)) as unknown[][]
        const isOfItems = Object.keys(wanted as Json).some(one => operatorNames.has(one))
        return lists.flat().some(item => {
          if (!isOfItems) return typeof item === 'object' && item !== null && naive(wanted as Json, { ...item })
          return operators(wanted as Json, [item], true)
        })
      }
      default:
        throw new Error(name)
    }
  }
  const operators = (wanted: Json, whole: unknown[], isItem = false) =>
    Object.entries(wanted).every(([name, argument]) => operator(name, argument, whole, isItem))
  return Object.entries(where).every(([name, wanted]) => {
    const parts = wanted as Json[]
    if (name === '$and') return parts.every(part => naive(part, document))
    if (name === '$or') return parts.some(part => naive(part, document))
    if (name === '$nor') return !parts.some(part => naive(part, document))
    const whole = reached(document, name.split('.'))
    const isOperators = isObject(wanted) && Object.keys(wanted).some(one => one.startsWith('$'))
    return isOperators ? operators(wanted, whole) : operator('$eq', wanted, whole)
  })
}
const operatorNames = new Set('$eq $ne $gt $gte $lt $lte $in $nin $all $exists $size $not $regex'.split(' '))

describe('where: work', () => {
  it('is bounded for a document by the size of the patterns and the length of its texts', () => {
    const { matches, patterns } = prepareQuery({ where: { a: { $regex: '(?:a|b)*a(?:a|b){900}[cd]' } } })
    const work = new PatternWork()
    for (const pattern of patterns) pattern.test = compilePattern(pattern, work)
    work.begin()
    assert.equal(matches({ a: 'ab'.repeat(1000) }), false)
    work.begin()
    assert.throws(() => matches({ a: 'ab'.repeat(100_000) }), TooMuchText)
    // All texts of a document count together.
    work.begin()
    assert.throws(() => matches({ a: Array<string>(1000).fill('ab'.repeat(100)) }), TooMuchText)
  })

  it('is refused for more patterns than a query needs, and for paths that branch at every step', () => {
    const where = { $or: Array.from({ length: 101 }, () => ({ a: { $regex: 'x' } })) }
    assert.throws(() => prepareQuery({ where }), { code: 'INVALID_INPUT', message: /more than 100 patterns/ })
    const path = Array<string>(9).fill('0').join('.')
    assert.throws(() => prepareQuery({ where: { [path]: 1 } }), {
      code: 'INVALID_INPUT',
      message: /more than 8 numbers/,
    })
  })
})

describe('where: properties', () => {
  const scalar = fc.constantFrom<unknown>(null, 0, 1, 2, -1.5, '', 'a', 'b', 'ab', true, false)
  const fieldName = fc.constantFrom('a', 'b', '0', '__proto__', 'constructor')
  const record = (value: fc.Arbitrary<unknown>) =>
    fc.array(fc.tuple(fieldName, value), { maxLength: 3 }).map(entries => Object.fromEntries(entries) as Json)
  const { value } = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'medium' },
      scalar,
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      record(tie('value')),
    ),
  }))
  const document = record(value)
  const path = fc.array(fieldName, { minLength: 1, maxLength: 3 }).map(names => names.join('.'))
  const one = <T>(name: string, argument: fc.Arbitrary<T>) => argument.map(given => [name, given] as const)
  const object = (entries: readonly (readonly [string, unknown])[]) => Object.fromEntries(entries) as Json
  const leaf = fc.oneof(
    ...['$eq', '$ne'].map(name => one(name, value)),
    ...['$gt', '$gte', '$lt', '$lte'].map(name => one(name, scalar)),
    ...['$in', '$nin', '$all'].map(name => one(name, fc.array(value, { maxLength: 3 }))),
    one('$exists', fc.boolean()),
    one('$size', fc.nat(3)),
    one('$regex', fc.constantFrom('a', '^b', 'b$', 'a|b', '')),
  )
  const leaves = fc.array(leaf, { minLength: 1, maxLength: 2 }).map(object)
  const { condition } = fc.letrec<{ condition: Json; field: unknown }>(tie => ({
    condition: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.tuple(path, tie('field')).map(entry => object([entry])),
      fc.array(fc.tuple(path, tie('field')), { maxLength: 2 }).map(object),
      fc
        .tuple(fc.constantFrom('$and', '$or', '$nor'), fc.array(tie('condition'), { minLength: 1, maxLength: 3 }))
        .map(entry => object([entry])),
    ),
    field: fc.oneof(
      scalar,
      leaves,
      leaves.map($not => ({ $not })),
      leaves.map($elemMatch => ({ $elemMatch })),
      tie('condition').map($elemMatch => ({ $elemMatch })),
    ),
  }))

  it('finds what the definition of each operator says', () => {
    let found = 0
    fc.assert(
      fc.property(condition, fc.array(document, { minLength: 5, maxLength: 10 }), (where, documents) => {
        const matches = compile(where)
        for (const each of documents) {
          assert.equal(matches(each), naive(where, each))
          if (matches(each)) found++
        }
      }),
      { numRuns: 3000 },
    )
    assert.ok(found > 1000, 'random conditions find something')
  })

  it('finds what mingo finds in documents without lists', () => {
    const context = Context.init({ query: mingoOperators as never })
    const word = fc.constantFrom('a', 'b', 'c')
    const plainScalar = scalar.filter(given => given !== null)
    const noNullPrototype = true
    const plain = fc.dictionary(word, fc.oneof(plainScalar, fc.dictionary(word, plainScalar, { noNullPrototype })), {
      noNullPrototype,
    })
    const plainLeaf = fc.oneof(
      ...['$eq', '$ne', '$gt', '$gte', '$lt', '$lte'].map(name => one(name, plainScalar)),
      ...['$in', '$nin'].map(name => one(name, fc.array(plainScalar, { maxLength: 3 }))),
      one('$exists', fc.boolean()),
      one('$regex', fc.constantFrom('a', '^b', 'b$')),
    )
    const plainPath = fc.array(word, { minLength: 1, maxLength: 2 }).map(names => names.join('.'))
    const plainField = fc.array(plainLeaf, { minLength: 1, maxLength: 2 }).map(object)
    const plainCondition = fc
      .tuple(
        fc.constantFrom('$and', '$or', '$nor'),
        fc.array(
          fc.tuple(plainPath, plainField).map(entry => object([entry])),
          { minLength: 1, maxLength: 3 },
        ),
      )
      .map(entry => object([entry]))
    fc.assert(
      fc.property(plainCondition, fc.array(plain, { maxLength: 10 }), (where, documents) => {
        const query = new Query(where, { context })
        assert.deepEqual(
          documents.filter(compile(where)),
          documents.filter(each => query.test(each)),
        )
      }),
      { numRuns: 1000 },
    )
  })
})
