import { equal, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { escapeMarkdown, safeFileName, safeLabel, safeLines, shorten } from '../../../src/shared/safeText.js'

describe('texts from the network', () => {
  it('become one printable line', () => {
    equal(safeLabel(' a\n\tb\u0000\u202egnp.exe\u2066 '), 'a b gnp.exe')
    equal(safeLabel('\ud800x'), 'x')
    equal(safeLabel('   '), '')
  })

  it('are cut between characters as a reader counts them', () => {
    equal(shorten('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2), '👩‍👩‍👧‍👦…')
    equal(shorten('abc', 3), 'abc')
    equal(shorten(`x${'👩‍👩‍👧‍👦'.repeat(200)}`, 150), `x${'👩‍👩‍👧‍👦'.repeat(148)}…`)
  })

  it('keep the lines of a dialog, but not more than fit', () => {
    equal(safeLines('a\r\n\n b\u2028\u202ec'), 'a\n\nb c')
    equal(safeLines('x\n'.repeat(1000), 3), 'x\nx\nx\n…')
    equal(safeLines('abcdef', 3, 4), 'abc…')
  })

  it('have no more marks on a letter than a language has', () => {
    equal(safeLabel(`Z${'\u0301'.repeat(500)}o`), `Z${'\u0301'.repeat(8)}o`)
  })

  it('never reach outside of their folder as file names', () => {
    for (const [name, safe] of [
      ['../../etc/passwd', '.._.._etc_passwd'],
      ['..', 'file'],
      ['a/b:c*d?"e<f>g|h\\i', 'a_b_c_d__e_f_g_h_i'],
      ['con.txt', '_con.txt'],
      ['name. . ', 'name'],
      ['', 'file'],
      ['100% #1 🦊.png', '100% #1 🦊.png'],
    ] as const)
      equal(safeFileName(name), safe)
  })

  it('are no names of devices, and hide nothing', () => {
    for (const [name, safe] of [
      ['COM¹', '_COM¹'],
      ['lpt³.txt', '_lpt³.txt'],
      ['CONIN$', '_CONIN$'],
      ['conout$.log', '_conout$.log'],
      ['CLOCK$', '_CLOCK$'],
      ['nul .txt', '_nul .txt'],
      ['a\u200bb\u2060c\ufeff\u00ad.txt', 'abc.txt'],
      ['x\u{e0041}\u3164\u115f.js', 'x.js'],
      ['e\u0301.txt', 'é.txt'],
      ['\u200b', 'file'],
      ['a\u200db\ufe0f', 'ab'],
      ['👩‍💻 ❤️ 👩🏽‍🚀.png', '👩‍💻 ❤️ 👩🏽‍🚀.png'],
      ['computer$', 'computer$'],
    ] as const)
      equal(safeFileName(name), safe)
  })

  it('keep the extension of a name of 300 characters', () => {
    const name = safeFileName(`${'ö'.repeat(300)}.png`)
    ok(new TextEncoder().encode(name).length <= 200)
    ok(name.endsWith('….png'))
  })

  it('are safe file names whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
        const name = safeFileName(text)
        ok(name !== '' && name !== '.' && name !== '..')
        ok(!/[/\\:*?"<>|\p{Cc}]/u.test(name))
        ok(new TextEncoder().encode(name).length <= 200)
      }),
    )
  })

  it('lose every meaning in Markdown', () => {
    equal(
      escapeMarkdown('[x](http://evil) $(alert) <b> `c`'),
      '\\[x\\]\\(http\\://evil\\) \\$\\(alert\\) &lt;b\\> \\`c\\`',
    )
  })
})
