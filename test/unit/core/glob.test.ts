// Patterns of settings: whatever VS Code leaves out is left out, and no pattern takes long.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { pathFilter } from '../../../src/core/glob.js'
import globs from '../../fixtures/globs.json' with { type: 'json' }

const rows = globs.rows as [pattern: string, path: string, isMatch: boolean][]

/** Deterministic, so that a failure can be looked at again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
}

describe('patterns of settings', () => {
  it('leave out whatever VS Code leaves out', () => {
    ok(rows.length >= 78)
    const missed = rows.filter(([pattern, path, isMatch]) => isMatch && pathFilter(pattern)?.(path) === false)
    deepEqual(missed, [])
  })

  it('are refused only where a brace or bracket has no partner, or a range runs backwards', () => {
    deepEqual(
      rows.filter(([pattern]) => !pathFilter(pattern)),
      [],
    )
    for (const pattern of ['{a', 'a}', '[a', 'a]', '{a,[b}', '[z-a]', '**/[', '{{a}', '[]'])
      equal(pathFilter(pattern), undefined, pattern)
  })

  it('also leave out what people mean by them, where VS Code reads them otherwise', () => {
    for (const [pattern, path] of [
      ['{a,{b,c}}/x', 'b/x'],
      ['/dist', 'dist'],
      ['./dist/', 'dist'],
      ['\\[id\\]', '[id]'],
      ['src\\private', 'src/private'],
      ['page{1..3}', 'page2'],
      ['a/**/**', 'a/b'],
      // Composed and decomposed.
      ['**/caf\u00e9', 'x/cafe\u0301'],
      ['**/cafe\u0301', 'x/caf\u00e9'],
    ] as const)
      ok(pathFilter(pattern)?.(path), pattern)
  })

  it('leave out little else', () => {
    const more = rows.filter(([pattern, path, isMatch]) => !isMatch && pathFilter(pattern)?.(path))
    deepEqual(
      new Set(more.map(([pattern, path]) => `${pattern} ${path}`)),
      new Set([
        // minimatch's reading: a brace without alternatives is no brace, braces can be nested, ** is any folders.
        '{a} {a}',
        '{a,{b,c}} b',
        '{a,{b,c}} c',
        '{a,{b,c}}/x b/x',
        'a/**/** a/b',
        '{**,a}/b b',
        // The path that is meant.
        '/a a',
        './a a',
        'a//b a/b',
        // A backslash as a separator, and as an escape.
        'a\\b a/b',
        'a\\b ab',
        '**/a\\* x/a*',
        '\\[id\\] [id]',
        '**/b a\\b',
      ]),
    )
  })

  it('name nothing when they are empty', () => {
    for (const pattern of ['', ' ', '/', './']) equal(pathFilter(pattern)?.('a'), false)
  })

  it('are read in a moment, however they are written', () => {
    const long = 'a'.repeat(250)
    const path = Array.from({ length: 60 }, () => 'aaaaaaaaaaaaaa').join('/')
    for (const pattern of [
      '*a*a*a*b',
      `${'*a'.repeat(200)}b`,
      `${'**/a*/'.repeat(60)}b`,
      '{a,b}'.repeat(90),
      '{'.repeat(160) + 'a' + ',b}'.repeat(100),
      '{1..1000000}x',
      `${'{a,{b,'.repeat(40)}c${'}}'.repeat(40)}`,
      '[a-z]'.repeat(90) + '*'.repeat(40) + 'b',
      'x'.repeat(100_000),
      '\\'.repeat(400),
    ]) {
      const started = process.cpuUsage().user
      const filter = pathFilter(pattern)
      for (let count = 0; count < 10; count++) for (const each of [long, path]) filter?.(each)
      const spentMs = (process.cpuUsage().user - started) / 1000
      ok(spentMs < 5000, `${pattern.slice(0, 30)} took ${spentMs} ms`)
    }
  })

  it('never throw, and answer the same twice', () => {
    const random = randomOf(7)
    const pieces = [
      'a',
      'b',
      '/',
      '*',
      '**',
      '**/',
      '?',
      '[ab]',
      '[!a]',
      '{',
      '}',
      ',',
      '\\',
      '[',
      ']',
      '-',
      ' ',
      '!',
      'é',
    ]
    const text = (length: number) =>
      Array.from({ length: 1 + random(length) }, () => pieces[random(pieces.length)]).join('')
    for (let count = 0; count < 3000; count++) {
      const filter = pathFilter(text(9))
      const path = text(6)
      equal(filter?.(path), filter?.(path))
    }
  })
})
