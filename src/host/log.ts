// The one log of the extension. Every line passes the mask, so that no key is ever written. Texts are not localised.
import type { LogOutputChannel } from 'vscode'
import type { HttpEvent } from '../client/index.js'
import { isAlephError } from '../client/errors.js'
import { RecentLines, type LogLine } from '../core/recentLines.js'
import type { SecretMask } from '../core/secretMask.js'

export class Log {
  readonly #recent = new RecentLines()

  constructor(
    private readonly channel: LogOutputChannel,
    private readonly mask: SecretMask,
  ) {}

  /** What the user did or sees. */
  info(area: string, text: string): void {
    this.channel.info(this.#line('info', area, text))
  }

  debug(area: string, text: string): void {
    this.channel.debug(this.#line('debug', area, text))
  }

  warn(area: string, text: string): void {
    this.channel.warn(this.#line('warning', area, text))
  }

  /** With the error's cause and stack, which nothing else shows. */
  error(area: string, text: string, error: unknown): void {
    this.channel.error(this.#line('error', area, `${text}: ${describe(error)}`))
  }

  http(event: HttpEvent): void {
    switch (event.type) {
      case 'answer':
        return this.debug('http', `${event.method} ${event.url} ${event.status} in ${event.durationMs} ms`)
      case 'failure':
        return this.debug('http', `${event.method} ${event.url} failed in ${event.durationMs} ms: ${event.reason}`)
      case 'wait':
        return this.debug('http', `try ${event.attempt} in ${event.delayMs} ms: ${event.reason}`)
    }
  }

  show(): void {
    this.channel.show()
  }

  /** What was logged last, whatever the level of the channel. */
  get recent(): readonly LogLine[] {
    return this.#recent.all
  }

  #line(level: LogLine['level'], area: string, text: string): string {
    const line = this.mask.apply(`[${area}] ${printable(text)}`)
    this.#recent.add({ timeMs: Date.now(), level, text: line })
    return line
  }
}

const maxLineCharacters = 20_000

/** Line breaks of a stack stay; nothing else moves the cursor or turns the text around. */
const printable = (text: string) => text.slice(0, maxLineCharacters).replace(/[^\P{C}\n]|[\u2028\u2029]/gu, ' ')

function describe(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error)
  const facts = isAlephError(error) ? ` ${error.code} ${detailsText(error.details)}` : ''
  const cause = error.cause === undefined || depth > 3 ? '' : `\n  caused by ${describe(error.cause, depth + 1)}`
  return `${error.stack ?? error.message}${facts}${cause}`
}

/** Some are what a node sent, of any size and depth. Signed messages are long, and their hash stands beside them. */
function detailsText(details: unknown): string {
  try {
    return JSON.stringify(details, withoutMessages).slice(0, 2000)
  } catch {
    return '(details that can’t be written)'
  }
}

const withoutMessages = (name: string, value: unknown) => (name === 'envelope' || name === 'record' ? undefined : value)
