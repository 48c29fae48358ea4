// Data of strangers, and much of it: nothing of it runs, becomes part of the page, or breaks it.
import { strict as assert } from 'node:assert'
import type { EntryChange } from '../../src/shared/editorProtocol.js'
import { usePages, type EditorPage } from './editorPage.js'
import { gap, hash, history, revision, status, texts } from './sample.js'

const html = '<img src=x onerror="complain(\'it ran\')"><script>complain("it ran")</script>'
const rightToLeft = '\u202egnp.exe\u202c שלום \u2067عربي'
const nasty = [
  html,
  '__proto__',
  'constructor',
  'toString',
  '',
  rightToLeft,
  'a\u0000b\u0007\n\t',
  '\ud800',
  '${7*7}{{7*7}}',
  'x'.repeat(100_000),
]

describe('hostile data', function () {
  this.timeout(30_000)
  const open = usePages()

  /** Every edit arrives, and the page says nothing in return. */
  async function typeAndCheck(editor: EditorPage, text: string): Promise<void> {
    await editor.page.keyboard.type(text)
    await editor.post({ kind: 'flush', id: 1 })
    await editor.next('flushed')
    assert.ok(editor.text.includes(text))
  }

  const pollution = ({ page }: EditorPage) => page.evaluate(() => Object.keys(Object.prototype).length)
  const elements = ({ page }: EditorPage) =>
    page.evaluate(
      () => document.querySelectorAll('img:not(.cm-widgetBuffer), iframe, script:not([nonce]), a, b').length,
    )

  it('is text in the document, and in its path', async () => {
    const value = Object.fromEntries(nasty.map((name, i) => [name, { [name]: [html, i] }]))
    const parsed = JSON.parse(JSON.stringify(value).replace('"x"', '"__proto__"')) as unknown
    const editor = await open({ text: JSON.stringify(parsed, undefined, 2), key: html })
    const lines = editor.text.split('\n')
    for (const line of lines.flatMap((text, i) => (text.startsWith('    "') ? [i] : [])).slice(0, nasty.length)) {
      await editor.post({ kind: 'reveal', position: { line, character: 7 } })
      await editor.page.waitForFunction(() => document.querySelectorAll('.crumb').length === 3)
    }
    assert.equal(await elements(editor), 0)
    assert.equal(await pollution(editor), 0)
  })

  it('is text around the document', async () => {
    const entries = nasty.map((name): EntryChange => ({ name, kind: 'changed' }))
    const position = { line: 0, character: 0 }
    const editor = await open({
      key: rightToLeft,
      status: status({
        account: html,
        network: rightToLeft,
        publish: { isEnabled: true, isBusy: false, summary: html },
        problems: [{ start: position, end: position, severity: 'error', message: html }],
        banner: { severity: 'error', message: html + rightToLeft, actions: [{ id: html, label: html }] },
      }),
      history: history({
        rows: [
          ...nasty.map((name, n) =>
            revision(n, { author: name, sender: name, entries: [{ name, kind: 'added' }], stateReason: html }),
          ),
          revision(90, { entries, state: 'rejected', hash: '__proto__', stateReason: html }),
          gap(91, { reason: html }),
        ],
        warning: html,
        failure: html,
      }),
    })
    assert.equal(await editor.rows.count(), nasty.length + 2)
    assert.equal(await elements(editor), 0)
    assert.equal(await pollution(editor), 0)
    const choice = editor.page.getByLabel(texts.filterByEntry)
    await choice.selectOption({ label: '__proto__' })
    // The one that set it, the one that set all, and the gap.
    assert.equal(await editor.rows.count(), 3)
    const width = await editor.page.evaluate(() => document.documentElement.scrollWidth)
    assert.equal(width, 1200)
    for (const row of await editor.rows.all()) await row.click()
  })

  it('is seen for what it is', async () => {
    const editor = await open({ text: `{ "${rightToLeft}": "${rightToLeft}" }` })
    assert.equal(await editor.page.locator('.cm-specialChar').count(), 6)
  })

  it('can lie about times', async () => {
    const times = [0, -1, 1e300, -1e300, NaN, 8.64e12, 8.65e12, Number.MAX_SAFE_INTEGER]
    const editor = await open({ history: history({ rows: times.map((time, n) => revision(n, { time })) }) })
    assert.equal(await editor.rows.count(), times.length)
  })

  it('can be 10 000 entries', async () => {
    const text = JSON.stringify(
      Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`entry ${i}`, i])),
      undefined,
      2,
    )
    const all = Array.from({ length: 10_000 }, (_, i): EntryChange => ({ name: `entry ${i}`, kind: 'added' }))
    const editor = await open({
      text,
      status: status({ changes: all.map((_, i) => ({ firstLine: i + 1, lastLine: i + 1, kind: 'added' })) }),
      history: history({ rows: [revision(1, { entries: all })] }),
    })
    await editor.toLine(9000)
    await editor.button('entry 8998').waitFor()
    assert.ok((await editor.page.locator('.cm-changeBar-added').count()) < 200)
    await typeAndCheck(editor, 'here')
    assert.match((await editor.rows.first().locator('.srOnly').textContent()) ?? '', /9,997 more/)
  })

  it('can be one string of a megabyte', async () => {
    const text = `{ "a": "${'lorem ipsum '.repeat(90_000)}", "b": 1 }`
    const editor = await open({ text })
    await editor.page.keyboard.press('Control+End')
    await editor.button('users').waitFor()
    await typeAndCheck(editor, ' ')
    assert.ok((await editor.content.textContent())?.length ?? Infinity < 100_000)
    await editor.post({ kind: 'reveal', position: { line: 0, character: 500_000 } })
    await editor.button('a').waitFor()
    await typeAndCheck(editor, 'HERE')
    assert.equal(editor.text.length, text.length + 5)
  })

  it('can be five megabytes', async () => {
    const entry = (i: number) =>
      `  "entry ${i}": { "name": "Name ${i}", "values": [1, 2, 3, ${'4567, '.repeat(150)}5] }`
    const text = `{\n${Array.from({ length: 5500 }, (_, i) => entry(i)).join(',\n')}\n}`
    assert.ok(text.length > 5e6)
    const editor = await open({ text })
    await editor.toLine(3)
    await typeAndCheck(editor, ' early ')
    await editor.toLine(5000)
    await editor.button('entry 4998').waitFor()
    await typeAndCheck(editor, ' late ')
    const { line, character } = { line: 2, character: 0 }
    await editor.change([{ start: { line, character }, end: { line: 4000, character }, text: '' }])
    await typeAndCheck(editor, ' after ')
    assert.ok(editor.text.length < 2.5e6)
  })

  it('can be nested a thousand times', async () => {
    const editor = await open({ text: '['.repeat(1000) + ']'.repeat(1000) })
    await editor.post({ kind: 'reveal', position: { line: 0, character: 1000 } })
    await editor.page.getByText('…', { exact: true }).waitFor()
    assert.ok((await editor.page.locator('.crumb').count()) < 6)
    assert.equal(editor.all('failure').length, 0)
  })

  it('does not reach the page by a row’s identity', async () => {
    const rows = ['"] *', '__proto__', 'constructor', hash(1)].map(each => revision(1, { hash: each }))
    const editor = await open({ history: history({ rows }) })
    for (const [i, { hash }] of rows.entries()) {
      await editor.rows.nth(i).click()
      assert.deepEqual(editor.all('selected').at(-1)?.hashes, [hash])
    }
  })
})
