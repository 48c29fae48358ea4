import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IgnoreRules, readRules } from '../../../../src/core/upload/ignoreRules.js'
import { useTemporaryFolder } from '../../../helpers/temporary.js'

/** As a walk finds out: folders are looked at before what is in them. */
function isExcluded(rules: IgnoreRules, path: string): boolean {
  const names = path.split('/')
  return names.some((_, index) => rules.excludedBy(names.slice(0, index + 1).join('/'), index < names.length - 1))
}

describe('.alephignore', () => {
  const temporary = useTemporaryFolder()

  it('is read as git reads a .gitignore', () => {
    const lines = [
      '*.log',
      '/build/',
      'a/*/c',
      'a/**/c',
      '**/x',
      'x/**',
      '**',
      'a**b',
      '/**/b',
      '***/b',
      'b[0-9]',
      'b[!0-9]',
      'b[^a-c]',
      'b[]-]',
      '[[:alpha:]]1',
      '[[:digit:][:upper:]]',
      'b?',
      '\\#a',
      '\\!a',
      '\\*',
      'a\\ ',
      'a ',
      'a\\\\b',
      '#a',
      'a/',
      'a/b',
      '/a',
      'a/b/',
      '[a-',
      'b[c-a]',
      '**/',
      'a/**',
      '*/',
      '*',
      '.*',
      'a[/]b',
      'a?b',
    ]
    const paths = [
      'a',
      'a/b',
      'a/b/c',
      'a/x/c',
      'a/c',
      'x',
      'x/y',
      'y/x/z',
      'b1',
      'b',
      'bd',
      'b]',
      'b-',
      'd1',
      '1',
      'A',
      '#a',
      '!a',
      '*',
      'a ',
      'a\\b',
      'build/x',
      'y/build/x',
      'k.log',
      'y/k.log',
      'aab',
      'axb',
      'a-b',
      '.k',
      'y/.k',
      'bc',
      'é/b',
      'é',
    ]
    const folder = temporary()
    execFileSync('git', ['init', '-q', folder])
    const wrong = lines.flatMap(line => {
      writeFileSync(join(folder, '.gitignore'), `${line}\n`)
      const args = ['-C', folder, '-c', 'core.quotePath=false', 'check-ignore', '--no-index', '--stdin', '-z']
      const said = spawnSync('git', args, { input: paths.join('\0'), encoding: 'utf8' }).stdout.split('\0')
      let rules
      try {
        rules = IgnoreRules.none.with('', readRules(line))
      } catch {
        // What is refused must be what git gives up on.
        return said.filter(Boolean).map(path => `${line} should leave out ${path}`)
      }
      const read = rules
      return paths.filter(path => said.includes(path) !== isExcluded(read, path)).map(path => `${line} and ${path}`)
    })
    deepEqual(wrong, [])
  })

  it('has its last matching line, and its innermost file, decide', () => {
    const outer = IgnoreRules.none.with('', readRules('*.log\n!keep.log\n*.tmp'))
    const inner = outer.with('a/', readRules('!b.log\nkeep.log'))
    equal(inner.excludedBy('a/b.log', false), undefined)
    ok(inner.excludedBy('a/keep.log', false))
    ok(inner.excludedBy('a/c.tmp', false))
    equal(outer.excludedBy('keep.log', false), undefined)
    ok(outer.excludedBy('b.log', false))
  })

  it('names files however their accents are written', () => {
    const rules = IgnoreRules.none.with('Zoe\u0308/', readRules('caf\u00e9.txt\n'))
    ok(rules.excludedBy('Zo\u00eb/cafe\u0301.txt', false))
    ok(rules.excludedBy('Zoe\u0308/caf\u00e9.txt', false))
  })

  it('is stopped at where it is not text or not a pattern', () => {
    for (const [text, reason] of [
      ['s\0e\0', "it isn't text in the encoding that VS Code reads it in"],
      ['*.log\n\ufffd', "it isn't text in the encoding that VS Code reads it in"],
      ['*.log\nsecret[', "line 2 isn't a valid pattern"],
      ['secret\\', "line 1 isn't a valid pattern"],
      ['[[:secret:]]', "line 1 isn't a valid pattern"],
      ['x'.repeat(501), "line 1 isn't a valid pattern"],
      ['x\n'.repeat(1001), 'it has more than 1000 lines'],
    ] as const)
      throws(() => IgnoreRules.none.with('', readRules(text)), { code: 'INVALID_INPUT', message: reason })
  })

  it('takes a BOM, and lines that end as on any system', () => {
    const rules = IgnoreRules.none.with('', readRules('\ufeff*.a\r\n*.b\r*.c \n'))
    for (const name of ['x.a', 'x.b', 'x.c']) ok(rules.excludedBy(name, false), name)
  })

  it('takes no time, however it is written', () => {
    const lines = [
      '*a*a*a*a*a*b',
      `${'*a'.repeat(200)}b`,
      `${'**/a*/'.repeat(60)}b`,
      `${'[a-z]*'.repeat(80)}B`,
      '**/'.repeat(100) + 'b',
    ]
    const rules = IgnoreRules.none.with(
      '',
      readRules(
        Array.from({ length: 200 }, () => lines)
          .flat()
          .join('\n'),
      ),
    )
    const started = process.cpuUsage().user
    for (const path of ['a'.repeat(250), Array.from({ length: 60 }, () => 'aaaaaaaaaaaaaa').join('/')])
      rules.excludedBy(path, false)
    const spentMs = (process.cpuUsage().user - started) / 1000
    ok(spentMs < 5000, `${spentMs} ms`)
  })
})
