import { deepEqual, equal, match, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { lexer, type Token } from 'marked'
import { AlephError } from '../../../src/client/errors.js'
import { Http } from '../../../src/client/http/http.js'
import { systemClock } from '../../../src/client/http/clock.js'
import { reasonText } from '../../../src/core/reason.js'
import { aggregatePath } from '../../../src/core/aggregate/address.js'
import { addressPath } from '../../../src/core/readAddress.js'
import { markdownLink } from '../../../src/core/links.js'
import { Format } from '../../../src/core/format.js'
import type { ListNode } from '../../../src/core/nodes.js'
import type { Session } from '../../../src/core/session.js'
import { showDiff } from '../../../src/host/diff.js'
import { Failure, fileError } from '../../../src/host/failure.js'
import { cancellable, inStatusBar, whenSlow } from '../../../src/host/progress.js'
import { windowPrompts } from '../../../src/host/prompts.js'
import { labelText, lineText, messageText } from '../../../src/shared/plainText.js'
import { Row, RowTree, RowView } from '../../../src/views/rows.js'
import { StatusBar } from '../../../src/views/statusBar.js'
import { TreeItems } from '../../../src/views/treeItems.js'
import { shown, showItem, type Reading, type TreeItem } from '../../helpers/vscode.js'

/** `parseLinkedText` of VS Code 1.100 and 1.139, which makes links in notifications and below input boxes. */
const linkedText = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i
/** `renderLabelWithIcons`. */
const icon = /(\\)?\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)/
const movesText = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const inertTokens = new Set(['paragraph', 'text', 'escape', 'strong', 'br', 'space'])

function assertInert({ reading, text }: { reading: Reading; text: string }): void {
  const what = JSON.stringify(text.slice(0, 300))
  ok(text.length < 20_000, `${text.length} characters`)
  for (const line of text.split('\n')) ok(!movesText.test(line), `control character in ${what}`)
  if (reading === 'message') {
    // VS Code cuts a notification, joins its lines, and trims it before it looks for links.
    const parsed = text
      .slice(0, 1000)
      .replace(/\r\n|\n|\r/g, ' ')
      .trim()
    ok(!linkedText.test(parsed), `link in ${what}`)
  }
  if (reading === 'message' || reading === 'label') {
    // The icon in front is ours.
    ok(!icon.test(text.replace(/^\$\([a-z-]+\) /, '')), `icon in ${what}`)
  }
  if (reading === 'markdown') {
    const visit = (tokens: Token[]) => {
      for (const token of tokens) {
        ok(inertTokens.has(token.type), `${token.type} in ${what}`)
        if ('tokens' in token && token.tokens) visit(token.tokens)
      }
    }
    visit(lexer(text, { gfm: true, breaks: true }))
  }
}

class Tree extends RowTree<string> {
  readonly onDidChangeTreeData = () => ({ dispose: () => undefined })
  getChildren = () => []
  getParent = () => undefined

  row(text: string): Row {
    const row = new Row(text)
    row.description = text
    row.tooltip = text
    return row
  }

  override tooltip(text: string): [string, string][] {
    return [
      [text, text],
      ['Name', text],
    ]
  }
}

const prompts = windowPrompts()
const tree = new Tree()
const view = new RowView('aleph.files', tree)

/** Through every door, alone and in the middle of a sentence of ours. */
async function throughEveryDoor(foreign: string): Promise<void> {
  for (const text of [foreign, `Couldn't upload ${foreign}: ${foreign}`, `[${foreign}](command:x)`]) {
    for (const severity of ['info', 'warning', 'error'] as const) await prompts.notify(severity, text, [])
    await prompts.confirm({ message: text, detail: text, action: 'OK' })
    await prompts.choose({ message: text, detail: `${text}\n${text}`, actions: ['OK'] })
    await prompts.tell(text, text)
    await prompts.input({ title: text, prompt: text, placeHolder: text, validate: () => text })
    await prompts.openFiles(text, 'Open')
    await prompts.openFolder(text, 'Open')
    await prompts.saveFile(text, undefined)
    const items = [{ icon: 'key', label: text, description: text, detail: text, value: text }]
    equal(await prompts.pick(items, { title: text, placeHolder: text }), text)
    deepEqual(await prompts.pickMany(items, { title: text }), [text])
    await inStatusBar(text, () => Promise.resolve())
    await cancellable(text, (_, progress) => Promise.resolve(progress.report({ message: text })))
    const item = tree.getTreeItem(text) as unknown as TreeItem
    showItem(item)
    showItem(tree.resolveTreeItem(item as never, text) as unknown as TreeItem)
    view.describe(text)
    await showDiff({} as never, {} as never, text)
    const network = { id: 'x', name: text, endpoints: [], isDevelopment: false }
    const account = { name: text, address: text, kind: 'key' }
    new StatusBar({ account, network, isReady: true, onDidChange: () => ({}) } as unknown as Session)
    shown.push({ reading: 'message', text: new Failure(text).message })
    shown.push({ reading: 'message', text: fileError('Unavailable', text).message })
    shown.push({ reading: 'plain', text: new AlephError('IO', text).message })
  }
  // VS Code names a document in notifications of its own: “Failed to save '…'”.
  const path = aggregatePath({ networkId: 'x', owner: '0x', key: foreign })
  shown.push({ reading: 'message', text: path.slice(0, 900).replaceAll('$(', '$') })
  const file = addressPath({ kind: 'file', networkId: 'x', itemHash: 'x', name: foreign })
  shown.push({ reading: 'message', text: file.replaceAll('$(', '$') })
  for (const each of shown.splice(0)) assertInert(each)
}

const nasty = [
  '[Verified report](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22id%5Cn%22%7D)',
  '[text](https://evil.example)',
  '[text](HTTPS://evil.example "title")',
  "[text](file:///etc/passwd 'title')",
  '[text]\u0000(command:x)',
  '[text]\u202e(command:x)',
  '[text]\u200b\ufeff(command:x)',
  '[text]\ud800(command:x)',
  '[text]\n(command:x)',
  '[text]\u{e0001}(command:x)',
  '[te\nxt](command:x)',
  '![image](https://evil.example/x.png)',
  '[ref]: https://evil.example\n\n[ref]',
  '<https://evil.example> https://evil.example www.evil.example a@evil.example',
  '<img src=x onerror=alert(1)><script>alert(1)</script>&lt;b&gt;',
  '$(error) $(sync~spin) \\$(key) $\u0000(key) $\u200b(key)',
  '# title\n> quote\n- list\n1. list\n```\ncode\n```\n| a | b |\n|---|---|\n---\n===',
  '**bold** _it_ ~~gone~~ `code` \\',
  'safe\u202egpj.exe \u2066x\u2069 \u200f \u061c',
  'a\u0000b\u001b[31mc\u0007\u009b\u2028\u2029',
  '\ud800 \udfff lone',
  '\u200b\u2060\ufeff\u180e',
  `Z${'\u0301'.repeat(5000)}`,
  'x'.repeat(1_000_000),
  '[a](command:b)'.repeat(80_000),
  '\n'.repeat(100_000),
  '',
]

const pieces = [
  ...[
    '[',
    ']',
    '(',
    ')',
    '](',
    '$',
    '$(',
    'command:x',
    'https://x',
    'file:x',
    ' ',
    '\n',
    '\r',
    '\t',
    '"',
    "'",
    '<',
    '>',
  ],
  ...['\u0000', '\u200b', '\u200c', '\u200d', '\u202e', '\u2066', '\ufeff', '\ud83d', '\ude00', '\u{e0041}', '\u00ad'],
  ...['!', '`', '*', '_', '~', '|', '#', '\\', '&', 'a', '1.', '-', 'key', ':', '@', '.', '%', '\u0301', '\u2028'],
]

describe('foreign text', () => {
  for (const text of nasty)
    it(`is no markup behind any door: ${JSON.stringify(text.slice(0, 60))}`, () => throughEveryDoor(text))

  it('is no markup behind any door, whatever it is made of', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map(parts => parts.join('')),
          fc.string({ unit: 'binary' }),
        ),
        throughEveryDoor,
      ),
      { numRuns: 150 },
    ))

  it('is no markup in the notification of slow work', async () => {
    let end = () => {}
    const ended = new Promise<void>(resolve => (end = resolve))
    await whenSlow(
      '[a](command:b)',
      () => ended,
      () => {
        end()
        return { dispose: () => undefined }
      },
    )
    equal(shown.length, 2)
    for (const each of shown.splice(0)) assertInert(each)
  })

  it('reads as before when it is harmless, and stays so behind a second door', () => {
    for (const text of [
      'https://api3.aleph.im/api/v0/storage/raw/abc?x=1#y',
      'price: $100 ($5 off), ${name}, f(x)[0] (1)',
      'Größe – 日本語.pdf 👩‍👩‍👧 مرحبا नमस्ते',
      'a]  (b)'.replace('  ', ' '),
      'C:\\Users\\me\\*.txt & <x> `y` **z**',
    ])
      for (const door of [messageText, labelText, lineText]) equal(door(text), text)
    const broken = messageText('[a](command:b) $(key)')
    equal(broken.replaceAll('\u200c', ''), '[a](command:b) $(key)')
    equal(messageText(broken), broken)
  })

  it('is found by the checks of this test if nothing is done about it', () => {
    const isFound = (reading: Reading, text: string) => {
      try {
        assertInert({ reading, text })
        return false
      } catch {
        return true
      }
    }
    ok(isFound('message', '[a](command:b)'))
    ok(isFound('message', 'x [a](HTTPS://b "c") y'))
    ok(isFound('label', 'x $(sync~spin)'))
    ok(isFound('markdown', '[a](b)') && isFound('markdown', '<b>') && isFound('markdown', 'https://evil.example'))
    ok(isFound('plain', 'a\u202eb'))
  })

  it('does not leave its place in a copied Markdown link', () => {
    for (const text of nasty.slice(0, 20)) {
      const [paragraph, ...others] = lexer(markdownLink(text, 'https://x.example/(a)', false))
      equal(others.length, 0)
      const { tokens = [] } = paragraph as { tokens?: Token[] }
      deepEqual(
        tokens.map(({ type }) => type),
        ['link'],
      )
      equal((tokens[0] as { href?: string }).href, 'https://x.example/%28a%29')
    }
  })
})

describe('a value that is nested too deeply', () => {
  it('has a row like others', () => {
    const items = new TreeItems(
      new Format('en'),
      () => 0,
      () => false,
      () => false,
    )
    const value: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
    const row = items.item({ kind: 'entry', id: 'x', name: 'deep', value } as ListNode)
    deepEqual([row.label, row.description], ['deep', '…'])
  })
})

describe('what a node says', () => {
  const t = (text: string, values: Record<string, unknown> = {}) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]))
  const hostile = '<h1>[Fix it](command:x)</h1>\u202e\u0000'.padEnd(100_000, '!')

  async function refusal(status: number): Promise<AlephError> {
    const http = new Http({
      endpoints: ['https://node.example'],
      fetch: () => Promise.resolve(new Response(hostile, { status })),
      upload: () => Promise.reject(new Error('not used')),
      download: () => Promise.reject(new Error('not used')),
      clock: systemClock,
      retry: { retries: 0, random: () => 0 } as never,
      onEvent: () => undefined,
    })
    try {
      await http.request('/x')
    } catch (error) {
      return error as AlephError
    }
    throw new Error('it was accepted')
  }

  for (const status of [400, 401, 402, 403, 404, 405, 413, 418, 422, 500, 503])
    it(`with HTTP ${status} is in no sentence, and bounded for the log`, async () => {
      const error = await refusal(status)
      for (const sentence of [error.message, reasonText(error, t)]) {
        ok(!/[<[]|Fix/.test(sentence), sentence)
      }
      const { reason } = error.details as { reason: string }
      ok(reason.length <= 200 && !movesText.test(reason))
      match(reason, /Fix it/)
    })

  it('leaves the case of a name as it is', () => {
    for (const sentence of [
      'Report.pdf can not be read: it is gone.',
      'QmYwAPJzv5CZsnA6 is not a CID.',
      'A b.txt is gone.',
    ])
      equal(reasonText(new AlephError('IO', sentence), t), sentence)
  })
})
