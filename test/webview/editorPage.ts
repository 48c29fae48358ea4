// The built page of the aggregate editor in a real browser, with a stand-in for the extension that keeps the document.
// The page is served over HTTP on loopback as VS Code serves it: its own policy, its own script and style, the variables
// of a theme. Whatever the policy stops, whatever the page throws or writes as an error, fails the test.
//
//   const open = usePages()
//   it('…', async () => {
//     const editor = await open({ text: '{}' })
//     await editor.page.keyboard.type('…')
//     await editor.next('edit')
//   })
import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { pageHtml } from '../../src/editors/pageHtml.js'
import {
  editorProtocolVersion,
  type EditorAction,
  type EditorStatus,
  type HistoryState,
  type PageTexts,
  type TextChange,
  type ToExtension,
  type ToPage,
} from '../../src/shared/editorProtocol.js'
import themes from '../fixtures/themes.json' with { type: 'json' }
import { lost, now, status, texts, usersHistory, usersText } from './sample.js'

export type Theme = keyof typeof themes
const cssClasses: Record<Theme, string> = {
  light: 'vscode-light',
  dark: 'vscode-dark',
  highContrast: 'vscode-high-contrast',
  highContrastLight: 'vscode-high-contrast vscode-high-contrast-light',
}
const fonts = {
  'font-family': 'system-ui, "Ubuntu", "Droid Sans", sans-serif',
  'font-size': '13px',
  'font-weight': 'normal',
  'editor-font-family': '"Droid Sans Mono", monospace',
  'editor-font-size': '14px',
  'editor-font-weight': 'normal',
}
const screenshots = join(process.cwd(), 'test/.out/screenshots')

interface Options {
  text?: string
  /** `later`: the test sends it. */
  status?: EditorStatus | 'later'
  history?: HistoryState
  /** What `getState` returns. */
  state?: unknown
  theme?: Theme
  width?: number
  height?: number
  locale?: string
  key?: string
  texts?: PageTexts
  /** `stopped`: time goes on by `page.clock` alone. `real`: figures are measured. Otherwise it is always `now`. */
  clock?: 'stopped' | 'real'
}

type Message<Kind extends ToExtension['kind']> = Extract<ToExtension, { kind: Kind }>

/** Starts a browser for the tests of the enclosing `describe`. Every page is closed after its test. */
export function usePages(): (options?: Options) => Promise<EditorPage> {
  let site: Site | undefined
  const pages: EditorPage[] = []
  before(async function () {
    this.timeout(30_000)
    site = await Site.start()
  })
  afterEach(async () => {
    const closed = pages.splice(0)
    for (const each of closed) await each.page.context().close()
    for (const each of closed) assert.deepEqual(each.complaints, [])
  })
  after(() => site?.stop())
  return async (options = {}) => {
    assert.ok(site)
    const editor = await site.open(options)
    pages.push(editor)
    return editor
  }
}

/** A server for the page's files and a browser. */
export class Site {
  private constructor(
    private readonly server: Server,
    private readonly browser: Browser,
  ) {}

  static async start(): Promise<Site> {
    const server = createServer((request, response) => {
      const name = request.url?.slice(1)
      if (name === 'aggregateEditor.js' || name === 'aggregateEditor.css') {
        response.setHeader('content-type', name.endsWith('js') ? 'text/javascript' : 'text/css')
        return response.end(readFileSync(join('dist/webview', name)))
      }
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      response.setHeader('content-type', 'text/html; charset=utf-8')
      return response.end(
        pageHtml({
          script: `${origin}/aggregateEditor.js`,
          style: `${origin}/aggregateEditor.css`,
          cspSource: origin,
          nonce: randomBytes(16).toString('base64'),
          title: 'users <&"\'>',
          lost,
          lang: 'en',
        }),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const executablePath = process.env['ALEPH_UI_BROWSER']
    if (!executablePath) throw new Error('Webview tests need a browser: run them by "npm test webview".')
    const args = (process.env['ALEPH_UI_BROWSER_ARGS'] ?? '').split(' ').filter(Boolean)
    return new Site(server, await chromium.launch({ executablePath, args }))
  }

  async stop(): Promise<void> {
    await this.browser.close()
    this.server.close()
  }

  async open(options: Options): Promise<EditorPage> {
    const { width = 1200, height = 700, theme = 'dark', clock } = options
    const context = await this.browser.newContext({
      viewport: { width, height },
      locale: 'en-GB',
      timezoneId: 'UTC',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    const editor = new EditorPage(await context.newPage(), options)
    if (clock === 'stopped') await editor.page.clock.install({ time: now })
    else if (clock !== 'real') await editor.page.clock.setFixedTime(now)
    await editor.prepare(options.state ?? null, theme)
    await editor.page.goto(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`)
    await editor.content.waitFor()
    await editor.started
    if (clock === 'stopped') await editor.page.clock.pauseAt(new Date(now.getTime() + 60_000))
    return editor
  }
}

export class EditorPage {
  /** Everything that the page has said. */
  readonly sent: ToExtension[] = []
  /** What should not have happened. */
  readonly complaints: string[] = []
  /** The document. */
  text: string
  revision = 1
  /** Edits are kept until `answer`. */
  holds = false
  /** The extension does nothing and answers nothing, until `comeBack`. */
  isGone = false
  #unread: ToExtension[] = []
  /** What a request is answered with. */
  readonly replies = new Map<EditorAction, { code: string; message: string } | 'none'>()
  /** The page has everything that it is told at first. */
  readonly started: Promise<void>
  #isStarted = () => {}
  #waiting: { isIt: (message: ToExtension) => boolean; resolve: (message: ToExtension) => void }[] = []
  readonly #held: Message<'edit'>[] = []
  /** How many messages of each kind `next` has returned. */
  readonly #read = new Map<string, number>()

  constructor(
    readonly page: Page,
    private readonly options: Options,
  ) {
    this.text = options.text ?? usersText
    page.setDefaultTimeout(8000)
    this.started = new Promise(resolve => (this.#isStarted = resolve))
    page.on('pageerror', error => this.complaints.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
  }

  get content(): Locator {
    return this.page.locator('.cm-content')
  }

  get rows(): Locator {
    return this.page.getByRole('listbox').getByRole('option')
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  async prepare(state: unknown, theme: Theme): Promise<void> {
    await this.page.exposeFunction('toExtension', (message: ToExtension) => this.#receive(message))
    await this.page.exposeFunction('complain', (text: string) => void this.complaints.push(text))
    const variables = { ...themes[theme], ...fonts }
    await this.page.addInitScript(
      ({ state, variables, cssClass }) => {
        const outside = globalThis as unknown as {
          toExtension(message: unknown): void
          complain(text: string): void
          acquireVsCodeApi(): unknown
          remembered: unknown
          /** Keys that came as far as VS Code's own listener. */
          keys: string[]
          followed: string[]
        }
        outside.followed = []
        addEventListener('click', event => {
          if (!(event.target instanceof HTMLAnchorElement)) return
          event.preventDefault()
          outside.followed.push(event.target.href)
        })
        outside.remembered = state
        outside.keys = []
        outside.acquireVsCodeApi = () => ({
          postMessage: (message: unknown) => outside.toExtension(message),
          getState: () => outside.remembered ?? undefined,
          setState: (next: unknown) => (outside.remembered = structuredClone(next)),
        })
        addEventListener('securitypolicyviolation', event =>
          outside.complain(`${event.violatedDirective} stopped ${event.blockedURI} ${event.sample}`),
        )
        addEventListener('keydown', ({ key, ctrlKey, shiftKey }) =>
          outside.keys.push(`${ctrlKey ? 'Ctrl+' : ''}${shiftKey ? 'Shift+' : ''}${key}`),
        )
        addEventListener('DOMContentLoaded', () => {
          for (const [name, value] of Object.entries(variables))
            document.documentElement.style.setProperty(`--vscode-${name}`, value)
          document.body.className = cssClass
        })
      },
      { state, variables, cssClass: cssClasses[theme] },
    )
  }

  /** The next message of a kind that no `next` has returned yet. */
  async next<Kind extends ToExtension['kind']>(kind: Kind): Promise<Message<Kind>> {
    const count = this.#read.get(kind) ?? 0
    this.#read.set(kind, count + 1)
    const there = this.all(kind)[count]
    if (there) return there
    const isIt = (message: ToExtension) => message.kind === kind && this.all(kind).length === count + 1
    return new Promise(resolve => this.#waiting.push({ isIt, resolve: message => resolve(message as Message<Kind>) }))
  }

  async nextRequest() {
    return (await this.next('request')).request
  }

  all<Kind extends ToExtension['kind']>(kind: Kind): Message<Kind>[] {
    return this.sent.filter((message): message is Message<Kind> => message.kind === kind)
  }

  async post(message: ToPage): Promise<void> {
    await this.page.evaluate(message => postMessage(message, '*'), message)
    // What the page does about it is done when a later message has come through as well.
    await this.page.evaluate(
      () =>
        new Promise<void>(resolve => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => resolve()
          port2.postMessage(0)
        }),
    )
  }

  /** Somebody else changes the document. */
  async change(changes: TextChange[]): Promise<void> {
    this.text = applied(this.text, changes)
    this.revision++
    await this.post({ kind: 'changed', revision: this.revision, changes })
  }

  /** Answers the edits that were held: each is applied, or stale when the document has moved on. */
  async answer(): Promise<void> {
    this.holds = false
    for (const edit of this.#held.splice(0)) await this.#answerEdit(edit)
  }

  async shownText(): Promise<string> {
    // Only what is in view has elements, so the text is taken as a person would take it.
    await this.content.focus()
    await this.page.keyboard.press('ControlOrMeta+a')
    await this.page.keyboard.press('ControlOrMeta+c')
    return this.page.evaluate(() => navigator.clipboard.readText())
  }

  /** Clicks the start of a line, counted from one. */
  async toLine(line: number): Promise<void> {
    await this.post({ kind: 'reveal', position: { line: line - 1, character: 0 } })
  }

  keysOfVsCode(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as unknown as { keys: string[] }).keys)
  }

  remembered(): Promise<unknown> {
    return this.page.evaluate(() => (globalThis as unknown as { remembered: unknown }).remembered)
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true })
    await this.page.screenshot({
      path: join(screenshots, `webview-${name}.png`),
      animations: 'disabled',
      caret: 'hide',
    })
  }

  /** As a host that was only busy: it does everything that was asked of it meanwhile. */
  comeBack(): void {
    this.isGone = false
    for (const message of this.#unread.splice(0)) this.#act(message)
  }

  /** The links that the page had VS Code follow. */
  followed(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as unknown as { followed: string[] }).followed)
  }

  #receive(message: ToExtension): void {
    this.sent.push(message)
    if (this.isGone) this.#unread.push(message)
    else this.#act(message)
    const done = this.#waiting.filter(({ isIt }) => isIt(message))
    this.#waiting = this.#waiting.filter(each => !done.includes(each))
    for (const { resolve } of done) resolve(message)
  }

  #act(message: ToExtension): void {
    if (message.kind === 'ready') this.#inBackground(this.#start())
    else if (message.kind === 'failure') this.complaints.push(message.message)
    else if (message.kind === 'edit') {
      if (this.holds) this.#held.push(message)
      else this.#inBackground(this.#answerEdit(message))
    } else if (message.kind === 'request') this.#inBackground(this.#answerRequest(message))
    else if (message.kind === 'beat') this.#inBackground(this.post({ kind: 'alive' }))
  }

  /** The page may be closed while it is answered. */
  #inBackground(answer: Promise<void>): void {
    answer.catch(error => {
      if (!this.page.isClosed()) this.complaints.push(String(error))
    })
  }

  async #start(): Promise<void> {
    const { options } = this
    const { locale = 'en-GB', key = 'users' } = options
    await this.post({
      kind: 'start',
      protocol: editorProtocolVersion,
      texts: options.texts ?? texts,
      locale,
      owner: '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3',
      key,
    })
    await this.post({ kind: 'text', revision: this.revision, text: this.text })
    if (options.status !== 'later') await this.post({ kind: 'status', status: options.status ?? status() })
    await this.post({ kind: 'history', history: options.history ?? usersHistory })
    this.#isStarted()
  }

  async #answerEdit({ id, revision, changes }: Message<'edit'>): Promise<void> {
    if (revision !== this.revision) return this.post({ kind: 'stale', id })
    this.text = applied(this.text, changes)
    this.revision++
    await this.post({ kind: 'applied', id, revision: this.revision })
  }

  async #answerRequest({ id, request }: Message<'request'>): Promise<void> {
    const error = this.replies.get(request.action)
    if (error !== 'none') await this.post({ kind: 'reply', id, ...(error ? { error } : {}) })
  }
}

/** As VS Code would: last change first, so that positions stay true. */
function applied(text: string, changes: TextChange[]): string {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const offset = ({ line, character }: { line: number; character: number }) => (starts[line] ?? NaN) + character
  return changes
    .map(({ start, end, text }) => ({ from: offset(start), to: offset(end), text }))
    .sort((a, b) => b.from - a.from)
    .reduce((result, { from, to, text }) => result.slice(0, from) + text + result.slice(to), text)
}
